//! The programs that packages of an environment bring, and those of them that are not there.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use crate::code::lock::normal_name;
use crate::code::settings::programs_of;
use crate::system::fs;

use super::venv;

/// The programs of packages that are gone, by package; of those packages that are asked for.
pub(super) fn lost(
    venv: &Utf8Path,
    is_asked: impl Fn(&str) -> bool,
) -> BTreeMap<String, Vec<String>> {
    let python = venv::interpreter(venv);
    let (Some(packages), Some(bin)) = (venv::site_packages(venv), python.parent()) else {
        return BTreeMap::new();
    };
    let there: BTreeSet<String> = fs::names(bin, |_| true)
        .iter()
        .map(|name| plain(name))
        .collect();
    let described = fs::names(&packages, |name| name.ends_with(".dist-info"));
    let of_package = |folder: String| {
        let (name, _) = folder.strip_suffix(".dist-info")?.rsplit_once('-')?;
        let name = normal_name(name);
        if !is_asked(&name) {
            return None;
        }
        let description = packages.join(&folder);
        let text = fs::read_text(&description.join("entry_points.txt")).ok()?;
        let mut gone = programs_of(&text);
        gone.retain(|program| !there.contains(program));
        if gone.is_empty() {
            return None;
        }
        // Not every installer makes all of them: what it made it wrote down.
        let record = fs::read_text(&description.join("RECORD")).ok()?;
        let made: BTreeSet<String> = record.lines().filter_map(recorded).collect();
        gone.retain(|program| made.contains(program));
        (!gone.is_empty()).then_some((name, gone))
    };
    described.into_iter().filter_map(of_package).collect()
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
        let told = |name: &str| lost(&root, |package| package == name);
        let gone = vec!["one".to_owned()];
        assert_eq!(told("a-b"), [("a-b".to_owned(), gone)].into());
        assert_eq!(told("c"), BTreeMap::new());
        write("bin/one", "");
        assert_eq!(told("a-b"), BTreeMap::new());
        std::fs::remove_dir_all(&root).expect("removed");
    }
}
