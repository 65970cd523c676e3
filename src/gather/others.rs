//! Of which installed packages files are gone that nobody asks for directly: those that others need, by the lock.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::code::lock::WebLock;
use crate::code::manifest::{self, InstalledPackage};
use crate::system::fs;

use super::entries;

/// What is left of packages, each by its folder below `node_modules`.
#[derive(Default)]
pub(super) struct Damage {
    /// Those of which only what describes them is left.
    pub(super) hollow: Vec<String>,
    /// Those of which a file is gone, with that file.
    pub(super) holed: BTreeMap<String, String>,
}

impl Damage {
    /// Looks at the package of that name below a `node_modules`, where it is there.
    pub(super) fn look(&mut self, place: &Utf8Path, name: &str, is_native: bool) {
        let folder = place.join(name);
        let text = fs::read_text_if_there(&folder.join("package.json"));
        let package = text.ok().flatten();
        let Some(package) = package.and_then(|text| manifest::installed_package(&text)) else {
            return;
        };
        let file = if is_native {
            native_gone(&folder, &package)
        } else {
            entries::gone(place, name, "*", &package)
        };
        // Who has a way in that is there is more than its manifest.
        let may_be_hollow = file.is_some() || package.entry.is_empty() || package.builds;
        if may_be_hollow && is_hollow(&folder, &package, is_native) {
            self.hollow.push(name.to_owned());
        } else if let Some(file) = file {
            self.holed.insert(name.to_owned(), file);
        }
    }
}

/// Looks at those in the lock's folders but for the ones that are `told` by themselves; `of_here` are the folders of
/// packages that are made for machines as this one.
pub(super) fn damage(
    lock: &WebLock,
    top: &Utf8Path,
    of_here: &[&str],
    is_told: impl Fn(&str) -> bool,
) -> Damage {
    let mut damage = Damage::default();
    let place = top.join("node_modules");
    let plain = lock.folders.keys().map(|it| (it.as_str(), false));
    let of_here = of_here.iter().map(|it| (*it, true));
    let dispensable = lock.dispensable.iter();
    let dispensable = dispensable.map(|(folder, platform)| (folder.as_str(), platform.is_some()));
    for (folder, is_native) in plain.chain(of_here).chain(dispensable) {
        // What lies in the folder of a member is renewed there.
        let Some(name) = folder.strip_prefix("node_modules/") else {
            continue;
        };
        if !is_told(name) {
            damage.look(&place, name, is_native);
        }
    }
    damage
}

/// Whether nothing is left but the manifest, which names files. One for some machines has a program or a library, and
/// may not name it.
pub(super) fn is_hollow(folder: &Utf8Path, package: &InstalledPackage, is_native: bool) -> bool {
    let is_else = |name: &str| {
        let describes = is_native && ["readme", "license"].iter().any(|it| begins(name, it));
        !matches!(name, "package.json" | "node_modules") && !describes
    };
    (is_native || package.names_files) && fs::names(folder, is_else).is_empty()
}

fn begins(name: &str, with: &str) -> bool {
    let beginning = name.get(..with.len());
    beginning.is_some_and(|it| it.eq_ignore_ascii_case(with))
}

/// The first file that one for some machines names and that is not there: each of them is made by a machine, whole.
fn native_gone(folder: &Utf8Path, package: &InstalledPackage) -> Option<String> {
    let is_there = |file: &String| fs::exists(&folder.join(file));
    let main = package.entry.first();
    let main = main.filter(|_| !package.entry.iter().any(is_there));
    let mut named = package.ways.iter().flat_map(|way| &way.loaded);
    let gone = main.or_else(|| named.find(|file| !is_there(file)));
    gone.map(|file| entries::plain(file))
        .or_else(|| entries::passed_on(folder, package))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "files as others leave them")]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_packages_that_others_need_is_told() {
        let root = fs::temporary("others");
        let write = |path: &str, text: &str| {
            let path = root.join("node_modules").join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        let folder = |name: &str| (format!("node_modules/{name}"), format!("{name}@1.0.0"));
        let names = ["a", "b", "a/node_modules/c", "d", "asked"];
        let lock = WebLock {
            folders: names.iter().map(|it| folder(it)).collect(),
            dispensable: [("node_modules/e".to_owned(), None)].into(),
            ..WebLock::default()
        };
        write("e/package.json", r#"{"name": "e", "main": "e.js"}"#);
        let main = r#"{"name": "x", "main": "./lib/it.js"}"#;
        write("a/package.json", r#"{"name": "a", "files": ["cjs/"]}"#);
        write("b/package.json", main);
        write("b/README.md", "");
        write("a/node_modules/c/package.json", main);
        write("a/node_modules/c/lib/it.js", "");
        write("asked/package.json", main);
        let bare = r#"{"name": "x"}"#;
        write("d/package.json", bare);
        write("@n/bin/package.json", bare);
        write("@n/bin/README.md", "");
        write(
            "@n/lib/package.json",
            r#"{"name": "x", "exports": {"./n": "./lib/n.node"}}"#,
        );
        write("@n/lib/LICENSE", "");
        write("@n/lib/index.js", "");
        write(
            "@n/whole/package.json",
            r#"{"name": "x", "main": "n.node"}"#,
        );
        write("@n/whole/n.node", "");
        let here = [
            "node_modules/@n/bin",
            "node_modules/@n/lib",
            "node_modules/@n/whole",
        ];
        let damage = damage(&lock, &root, &here, |name| name == "asked");
        assert_eq!(damage.hollow, ["a", "@n/bin", "e"]);
        let holed = [("@n/lib", "lib/n.node"), ("b", "lib/it.js")];
        let holed = holed.map(|(name, file)| (name.to_owned(), file.to_owned()));
        assert_eq!(damage.holed, holed.into());
        std::fs::remove_dir_all(&root).expect("removed");
    }
}
