//! Whether the files are there by which others come into an installed package of JavaScript.

use camino::Utf8Path;

use crate::code::manifest::InstalledPackage;
use crate::system::fs;

/// The first file that a package in that folder says to have and that is not there: the one that Node loads for its
/// name, or of its programs where all of them are gone. `asked` is the range that it is asked for by, and `place` the
/// `node_modules` where it was found. Of what is built here nobody knows whether it was.
pub(super) fn gone(
    place: &Utf8Path,
    name: &str,
    asked: &str,
    package: &InstalledPackage,
) -> Option<String> {
    if package.builds || !is_of_registry(asked) {
        return None;
    }
    let folder = place.join(name);
    let is_there = |file: &str| fs::exists(&folder.join(file));
    let plain = |file: &str| file.trim_start_matches("./").to_owned();
    let mut programs = package.programs(name).map(|(_, file)| file);
    let gone = match package.entry.first() {
        Some(first) if !package.entry.iter().any(|file| is_there(file)) => Some(plain(first)),
        _ => {
            let first = programs.next()?;
            let is_one_there = is_there(first) || programs.any(is_there);
            (!is_one_there).then(|| plain(first))
        }
    };
    // A member of the workspace is a link to its sources, which may be built later.
    gone.filter(|_| fs::real(&folder).starts_with(fs::real(place)))
}

/// Whether it comes as its makers published it: by a range, a tag, another name, or what a catalog says.
fn is_of_registry(asked: &str) -> bool {
    if asked.starts_with("npm:") || asked.starts_with("catalog:") {
        return true;
    }
    !asked.contains([':', '/'])
}

#[cfg(all(test, unix))]
#[expect(clippy::disallowed_methods, reason = "files as others leave them")]
mod tests {
    use super::*;
    use crate::code::manifest::installed_package;

    #[test]
    fn what_a_package_says_to_have_is_there_or_gone() {
        let root = fs::temporary("entries");
        let place = root.join("node_modules");
        let write = |path: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, "").expect("written");
        };
        let gone = |name: &str, asked: &str, rest: &str| {
            let text = format!(r#"{{"name": "x", {rest}}}"#);
            let package = installed_package(&text).expect("a package");
            super::gone(&place, name, asked, &package)
        };
        write("node_modules/x/package.json");
        let main = r#""main": "./dist/it""#;
        assert_eq!(gone("x", "^1", main), Some("dist/it".to_owned()));
        assert_eq!(gone("x", "npm:@a/x@1", main), Some("dist/it".to_owned()));
        for asked in ["workspace:*", "file:../x", "a/x", "git+https://x/y"] {
            assert_eq!(gone("x", asked, main), None, "{asked}");
        }
        let made = format!(r#"{main}, "scripts": {{"postinstall": "make"}}"#);
        assert_eq!(gone("x", "^1", &made), None);
        write("node_modules/x/dist/it.js");
        assert_eq!(gone("x", "^1", main), None);
        let programs = r#""bin": {"a": "a.js", "b": "b.js"}"#;
        assert_eq!(gone("x", "^1", programs), Some("a.js".to_owned()));
        write("node_modules/x/b.js");
        assert_eq!(gone("x", "^1", programs), None);
        // A member that is not built yet.
        write("packages/y/package.json");
        std::os::unix::fs::symlink("../packages/y", place.join("y")).expect("a link");
        assert_eq!(gone("y", "*", main), None);
        std::fs::remove_dir_all(&root).expect("removed");
    }
}
