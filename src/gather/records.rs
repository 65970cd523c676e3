//! Files of installed Python packages that are gone, by the record that each installer leaves.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use crate::code::lock::normal_name;
use crate::system::fs;

/// How much of a record is read: that of a very large package goes on with what nobody looks at here.
const LONGEST: u64 = 256 * 1024;

/// What is there of each folder that a record names.
type Listed = BTreeMap<String, BTreeSet<String>>;

/// The first file of each package that was installed and is gone. Only what stands near the top is looked
/// at, and libraries wherever they are: a look at every file would take longer than all the rest. Of what lies
/// deeper it is the folders.
pub(super) fn gone(packages: &Utf8Path) -> BTreeMap<String, String> {
    let mut listed = Listed::new();
    let described = fs::names(packages, |name| name.ends_with(".dist-info"));
    let of_package = |folder: String| {
        let (name, _) = folder.strip_suffix(".dist-info")?.rsplit_once('-')?;
        let bytes = fs::beginning(&packages.join(&folder).join("RECORD"), LONGEST).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        // The last line may be cut off.
        let (text, _) = text.rsplit_once('\n')?;
        let mut files = text.lines().filter_map(recorded);
        let mut last = "";
        let gone = files.find(|file| {
            let is_near = !is_module(file) || file.matches('/').count() < 2;
            if is_near {
                return !is_there(packages, file, &mut listed);
            }
            // Files of a folder stand together.
            let (folder, _) = file.rsplit_once('/').unwrap_or_default();
            if folder == last || is_spare(folder) {
                return false;
            }
            last = folder;
            !fs::exists(&packages.join(folder))
        })?;
        Some((normal_name(name), gone.to_owned()))
    };
    described.into_iter().filter_map(of_package).collect()
}

/// The file of a line that matters: `fastapi/routing.py,sha256=…,1234`.
fn recorded(line: &str) -> Option<&str> {
    let (path, _) = line.split_once(',')?;
    let is_library = || [".so", ".pyd"].iter().any(|it| path.ends_with(it));
    // What was put elsewhere, and what was quoted for a comma in it, is left out.
    ((is_module(path) || is_library()) && !path.starts_with(['.', '/', '"'])).then_some(path)
}

fn is_module(path: &str) -> bool {
    path.strip_suffix(".py").is_some()
}

/// Whether a folder is one that images and archives are often freed of: nothing is missed without it.
fn is_spare(folder: &str) -> bool {
    let spare = ["test", "tests", "testing", "docs", "examples", "benchmarks"];
    folder.split('/').any(|part| spare.contains(&part))
}

fn is_there(packages: &Utf8Path, file: &str, listed: &mut Listed) -> bool {
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    if folder.contains('/') {
        return fs::exists(&packages.join(file));
    }
    if !listed.contains_key(folder) {
        let names = fs::names(&packages.join(folder), |_| true);
        listed.insert(folder.to_owned(), names.into_iter().collect());
    }
    let Some(names) = listed.get(folder) else {
        return true;
    };
    // Some keep only what Python compiles of it.
    names.contains(name) || names.contains(&format!("{name}c"))
}

#[cfg(all(test, unix))]
#[expect(clippy::disallowed_methods, reason = "files as others leave them")]
mod tests {
    use super::*;

    #[test]
    fn files_that_were_installed_and_are_gone_are_told() {
        let root = fs::temporary("records");
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        write(
            "A_b-1.0.dist-info/RECORD",
            "../../../bin/one,sha256=x,226\na_b/__init__.py,,\na_b/deep/er/c.py,,\na_b/tests/x/d.py,,\na_b/deep/x.so,,\nplain.py,,\n",
        );
        write("a_b/__init__.py", "");
        write("a_b/deep/x.so", "");
        write("plain.py", "");
        write("a_b/deep/er/other.py", "");
        assert_eq!(gone(&root), BTreeMap::new());
        let told = |file: &str| BTreeMap::from([("a-b".to_owned(), file.to_owned())]);
        for file in ["a_b/deep/x.so", "a_b/__init__.py", "plain.py"] {
            std::fs::remove_file(root.join(file)).expect("removed");
            assert_eq!(gone(&root), told(file));
            write(file, "");
        }
        // Of what lies deeper the folder tells.
        std::fs::remove_dir_all(root.join("a_b/deep/er")).expect("removed");
        assert_eq!(gone(&root), told("a_b/deep/er/c.py"));
        write("a_b/deep/er/other.py", "");
        std::fs::rename(root.join("plain.py"), root.join("plain.pyc")).expect("renamed");
        assert_eq!(gone(&root), BTreeMap::new());
        std::fs::remove_dir_all(&root).expect("removed");
    }
}
