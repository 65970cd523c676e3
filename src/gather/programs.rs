//! The programs that packages of an environment bring, and those of them that are not there.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::lock::normal_name;
use crate::code::settings::programs_of;
use crate::system::{access, fs};

use super::venv;

/// The programs of packages that do not run; of those packages that are asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lost {
    /// Those that are gone, by package.
    pub(super) gone: BTreeMap<String, Vec<String>>,
    /// The files of those that nobody may run.
    pub(super) shut: Vec<Utf8PathBuf>,
}

/// Looks for the programs of the packages that are asked for.
pub(super) fn lost(venv: &Utf8Path, is_asked: impl Fn(&str) -> bool) -> Lost {
    let mut lost = Lost::default();
    let python = venv::interpreter(venv);
    let (Some(packages), Some(bin)) = (venv::site_packages(venv), python.parent()) else {
        return lost;
    };
    let there: BTreeSet<String> = fs::names(bin, |_| true)
        .iter()
        .map(|name| plain(name))
        .collect();
    let described = fs::names(&packages, |name| name.ends_with(".dist-info"));
    let mut shut = BTreeSet::new();
    let mut of_package = |folder: String| {
        let (name, _) = folder.strip_suffix(".dist-info")?.rsplit_once('-')?;
        let name = normal_name(name);
        if !is_asked(&name) {
            return None;
        }
        let description = packages.join(&folder);
        let text = fs::read_text(&description.join("entry_points.txt")).ok()?;
        let mut gone = programs_of(&text);
        let there = |program: &String| there.contains(program);
        let files = gone.iter().filter(|it| there(it)).map(|it| bin.join(it));
        shut.extend(files.filter(|file| !access::executable(file)));
        gone.retain(|program| !there(program));
        if gone.is_empty() {
            return None;
        }
        // Not every installer makes all of them: what it made it wrote down.
        let record = fs::read_text(&description.join("RECORD")).ok()?;
        let made: BTreeSet<String> = record.lines().filter_map(recorded).collect();
        gone.retain(|program| made.contains(program));
        (!gone.is_empty()).then_some((name, gone))
    };
    lost.gone = described.into_iter().filter_map(&mut of_package).collect();
    lost.shut = shut.into_iter().collect();
    lost
}

/// The program that a line of a record tells of: `../../../bin/celery,sha256=…,226`.
fn recorded(line: &str) -> Option<String> {
    let path = line.trim_start_matches('"').split([',', '"']).next()?;
    let (folders, name) = path.rsplit_once('/')?;
    let is_program =
        path.starts_with("../") && matches!(folders.rsplit('/').next(), Some("bin" | "Scripts"));
    is_program.then(|| plain(name))
}

/// Its name as it is typed.
fn plain(file: &str) -> String {
    match file.strip_suffix(".exe") {
        Some(stem) if cfg!(windows) => stem.to_owned(),
        _ => file.to_owned(),
    }
}

#[cfg(all(test, unix))]
#[expect(clippy::disallowed_methods, reason = "files as others leave them")]
mod tests {
    use super::*;

    #[test]
    fn programs_that_were_installed_and_are_gone_are_told() {
        let root = fs::temporary("programs");
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        write("bin/python", "");
        write("bin/other", "");
        let folder = "lib/python3.12/site-packages/A_b-1.0.dist-info";
        write(
            &format!("{folder}/entry_points.txt"),
            "[console_scripts]\none = a:b\nother = a:c\nnever = a:d\n\n[x.y]\nz = a\n",
        );
        write(
            &format!("{folder}/RECORD"),
            "../../../bin/one,sha256=x,226\n../../../bin/other,sha256=x,2\na.py,,\n",
        );
        let mode = |path: &str, mode| {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
            std::fs::set_permissions(root.join(path), mode).expect("a mode");
        };
        mode("bin/other", 0o755);
        let told = |name: &str| lost(&root, |package| package == name);
        let gone = vec!["one".to_owned()];
        assert_eq!(told("a-b").gone, [("a-b".to_owned(), gone)].into());
        assert_eq!(told("c"), Lost::default());
        write("bin/one", "");
        mode("bin/one", 0o644);
        let shut = Lost {
            shut: vec![root.join("bin/one")],
            ..Lost::default()
        };
        assert_eq!(told("a-b"), shut);
        mode("bin/one", 0o755);
        assert_eq!(told("a-b"), Lost::default());
        std::fs::remove_dir_all(&root).expect("removed");
    }
}
