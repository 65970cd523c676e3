//! What of journals is more than the limits allow goes, and whoever said little keeps what it said.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::fs::{self, File};
use std::io;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use crate::service::record;
use crate::system::fs::write_atomic;

use super::{Limits, is_older, micros};

/// Removes of these files, the oldest first, those that are too old, and the oldest of the others until the
/// rest is within the limits. What comes after such a file in the same session takes in what is worth most.
pub(super) fn prune(files: Vec<Utf8PathBuf>, limits: Limits) {
    let room = limits.size.saturating_mul(u64::from(limits.files));
    let mut used = 0;
    let mut next: Option<Utf8PathBuf> = None;
    for path in files.into_iter().rev() {
        used += fs::metadata(&path).map_or(0, |data| data.len());
        if used <= room && !is_older(&path, limits.age) {
            next = Some(path);
            continue;
        }
        if let Some(next) = next.as_ref().filter(|next| session(next) == session(&path)) {
            // Limits hold, whatever fails.
            let _ = take_in(&path, next, limits);
        }
        let _ = fs::remove_file(path);
    }
}

/// The session that a journal is of, by its name.
fn session(path: &Utf8Path) -> Option<&str> {
    Some(path.file_stem()?.rsplit_once('.')?.0)
}

/// A file takes in what there is room for of the one before it. Whoever reads in this moment may see
/// some of it twice.
fn take_in(old: &Utf8Path, next: &Utf8Path, limits: Limits) -> io::Result<()> {
    let modified = fs::metadata(next)?.modified()?;
    let mut both = fs::read_to_string(old)?;
    if !both.ends_with('\n') {
        both.push('\n');
    }
    both.push_str(&fs::read_to_string(next)?);
    let room = usize::try_from(limits.size).unwrap_or(usize::MAX);
    let oldest = SystemTime::now().checked_sub(limits.age);
    let oldest = oldest.and_then(|oldest| jiff::Timestamp::try_from(oldest).ok());
    let oldest = oldest.map(micros).unwrap_or_default();
    write_atomic(next, record::distilled(&both, room, &oldest).as_bytes())?;
    // It is as old as what came last in it.
    File::options()
        .write(true)
        .open(next)?
        .set_modified(modified)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_journal_that_takes_in_another_is_as_old_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = Utf8PathBuf::try_from(folder.path().to_owned()).expect("UTF-8");
        let file = |name: &str, age: u64| {
            let path = folder.join(name);
            let head = r#"{"session":"m","began":"2026-11-24T14:00:00.000000Z","services":[]}"#;
            fs::write(&path, format!("{head}\n")).expect("a file");
            let time = SystemTime::now() - Duration::from_hours(age);
            let opened = File::options().write(true).open(&path).expect("a file");
            opened.set_modified(time).expect("a time");
            path
        };
        let (old, next) = (file("m.1.jsonl", 48), file("m.2.jsonl", 5));
        let of = |path: &Utf8Path| fs::metadata(path).and_then(|data| data.modified());
        let before = of(&next).expect("a time");
        let limits = Limits {
            size: 1 << 20,
            files: 2,
            age: Duration::from_hours(24),
        };
        prune(vec![old.clone(), next.clone()], limits);
        assert!(!old.exists(), "it is too old");
        assert_eq!(of(&next).expect("a time"), before);
    }
}
