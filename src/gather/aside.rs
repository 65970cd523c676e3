//! The command that keeps data and clears its place.

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::fs;
use crate::text::command::Command;

/// Moves `data` to a name beside it that nothing has, with the password without which nobody administers it: the
/// next server there gets one of its own.
#[must_use]
pub fn command(data: &Utf8Path) -> String {
    let moved = |from: &Utf8Path, to: &Utf8Path| {
        Command::new(if cfg!(windows) { "move" } else { "mv" })
            .path(from)
            .path(to)
    };
    let aside = free(data);
    let password = |data: &Utf8Path| {
        let name = data.file_name().unwrap_or_default();
        data.with_file_name(format!("{name}.password"))
    };
    let line = moved(data, &aside);
    if fs::exists(&password(data)) {
        let with = moved(&password(data), &password(&aside));
        return line.and(with).into();
    }
    line.into()
}

/// `DATA.old`, or with a number where earlier data was put there: moved to a folder that is there, it would land
/// in that.
fn free(data: &Utf8Path) -> Utf8PathBuf {
    let name = data.file_name().unwrap_or_default();
    let mut names = (1_u32..).map(|number| match number {
        1 => data.with_file_name(format!("{name}.old")),
        number => data.with_file_name(format!("{name}.old-{number}")),
    });
    let is_free = |path: &Utf8PathBuf| !fs::exists(path);
    names.find(is_free).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_before_is_left_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let data = Utf8PathBuf::from_path_buf(dir.path().join("postgres")).expect("UTF-8");
        assert_eq!(free(&data), data.with_file_name("postgres.old"));
        let kept = data.with_file_name("postgres.old");
        fs::create_dir_all(&kept).expect("writable");
        let line = command(&data);
        let ends = |line: &str, name: &str| line.trim_end_matches(['\'', '"']).ends_with(name);
        assert!(ends(&line, "postgres.old-2"), "{line}");
        fs::write_private(&data.with_file_name("postgres.password"), b"x").expect("writable");
        let line = command(&data);
        assert!(ends(&line, "postgres.old-2.password"), "{line}");
    }
}
