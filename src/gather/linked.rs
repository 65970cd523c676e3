//! Packages that lie each by itself, in a store below a `node_modules`, and see by links what they ask for: of which of
//! them files are gone that nobody asks for directly.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::fs;

use super::others::Damage;

/// The folder that holds the packages of a `node_modules`: bun's, npm's, pnpm's.
const STORES: &[&str] = &[".bun", ".store", ".pnpm"];

/// Whether each package of a `node_modules` lies by itself.
pub(super) fn is_store(place: &Utf8Path) -> bool {
    STORES.iter().any(|name| fs::is_dir(&place.join(name)))
}

/// Looks at what the links lead to of those that are asked for, and at what these see, and so on, but for the ones that
/// are `told` by themselves. What only lies there, as of an older version, is nobody's.
pub(super) fn damage(
    places: &[Utf8PathBuf],
    asked: impl Iterator<Item = Utf8PathBuf>,
    is_told: impl Fn(&str) -> bool,
) -> Damage {
    let stores: Vec<Utf8PathBuf> = places
        .iter()
        .flat_map(|place| STORES.iter().map(move |name| fs::real(&place.join(name))))
        .collect();
    let is_kept = |folder: &Utf8Path| stores.iter().any(|store| folder.starts_with(store));
    let mut damage = Damage::default();
    let mut seen = BTreeSet::new();
    let mut open: Vec<Utf8PathBuf> = asked.map(|it| fs::real(&it)).collect();
    while let Some(folder) = open.pop() {
        let Some((place, name)) = parted(&folder).filter(|_| is_kept(&folder)) else {
            continue;
        };
        if !seen.insert(folder.clone()) {
            continue;
        }
        if !is_told(name) && !damage.hollow.iter().any(|known| known == name) {
            damage.look(place, name, false);
        }
        let beside = packages(place).map(|name| fs::real(&place.join(name)));
        open.extend(beside.filter(|it| !seen.contains(it)));
    }
    damage.hollow.sort_unstable();
    damage
}

/// The `node_modules` in which a package lies, and its name there.
fn parted(folder: &Utf8Path) -> Option<(&Utf8Path, &str)> {
    let mut above = folder.ancestors().skip(1).take(2);
    let place = above.find(|dir| dir.file_name() == Some("node_modules"))?;
    let name = folder.strip_prefix(place).ok()?;
    Some((place, name.as_str()))
}

/// The names of what a `node_modules` has.
fn packages(place: &Utf8Path) -> impl Iterator<Item = String> {
    let names = fs::names(place, |name| !name.starts_with('.')).into_iter();
    names.flat_map(move |name| {
        if name.starts_with('@') {
            let scoped = fs::names(&place.join(&name), |_| true).into_iter();
            scoped.map(|own| format!("{name}/{own}")).collect()
        } else {
            vec![name]
        }
    })
}

#[cfg(all(test, unix))]
#[expect(clippy::disallowed_methods, reason = "files as others leave them")]
mod tests {
    use super::*;

    #[test]
    fn what_links_lead_to_is_looked_at() {
        let root = fs::temporary("linked");
        let place = root.join("node_modules");
        let write = |path: &str, text: &str| {
            let path = place.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        let main = r#"{"name": "x", "main": "./it.js"}"#;
        let kept = |name: &str| {
            let called = name.replace('/', "+");
            format!(".pnpm/{called}@1.0.0/node_modules/{name}")
        };
        for name in ["a", "b", "@s/c", "d", "old"] {
            write(&format!("{}/package.json", kept(name)), main);
        }
        for name in ["a", "b"] {
            write(&format!("{}/it.js", kept(name)), "");
        }
        write(&format!("{}/README.md", kept("@s/c")), "");
        let link = |from: &str, to: &str| {
            let from = place.join(from);
            std::fs::create_dir_all(from.parent().expect("a folder")).expect("made");
            std::os::unix::fs::symlink(place.join(to), from).expect("a link");
        };
        link("a", &kept("a"));
        let beside = |owner: &str, name: &str| {
            let folder = kept(owner);
            let folder = folder.strip_suffix(owner).expect("its own");
            link(&format!("{folder}{name}"), &kept(name));
        };
        beside("a", "b");
        beside("b", "@s/c");
        beside("@s/c", "d");
        beside("d", "a");
        // A member of the workspace is nobody's of these.
        write("../packages/m/package.json", main);
        link("m", "../packages/m");
        let asked = || ["a", "m"].map(|name| place.join(name)).into_iter();
        let places = std::slice::from_ref(&place);
        let all = damage(places, asked(), |name| name == "a");
        assert_eq!(all.hollow, ["d"]);
        let holed = [("@s/c".to_owned(), "it.js".to_owned())];
        assert_eq!(all.holed, holed.into());
        let told = damage(places, asked(), |name| name != "d");
        assert_eq!((told.hollow.len(), told.holed.len()), (1, 0));
        std::fs::remove_dir_all(&root).expect("removed");
    }
}
