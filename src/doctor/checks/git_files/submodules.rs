//! Submodules that hold no tier: an env file in one is as easily given away.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::doctor::Facts;
use crate::gather::git::{self, Home, Tracked};
use crate::system::fs;

use super::NAMES;

/// Those that are not among the `homes` of the tiers' files, each with the env files that lie in it. One that is yet
/// to be made is nobody's wish there.
pub(super) fn others(facts: &Facts, homes: &[Home]) -> Vec<Home> {
    let root = &facts.workspace().root;
    let mut next = match facts.tracked() {
        Tracked::Paths(paths) => tops(root, Utf8Path::new(""), paths),
        Tracked::Nowhere | Tracked::Unknown(_) => BTreeSet::new(),
    };
    let mut known: BTreeSet<Utf8PathBuf> = BTreeSet::new();
    let of_tiers = homes.iter().filter(|home| !home.base.as_str().is_empty());
    next.extend(of_tiers.map(|home| home.base.clone()));
    // A submodule may have others.
    while let Some(base) = next.pop_first() {
        if known.contains(&base) {
            continue;
        }
        if let Tracked::Paths(paths) = facts.tracked_in(&root.join(&base), &|_| true) {
            next.extend(tops(root, &base, &paths));
        }
        known.insert(base);
    }
    let is_known = |base: &Utf8PathBuf| homes.iter().any(|home| home.base == *base);
    let others = known.into_iter().filter(|base| !is_known(base));
    let home = |base: Utf8PathBuf| {
        let names = NAMES.iter().map(Utf8PathBuf::from);
        let paths = names.filter(|name| fs::is_file(&root.join(&base).join(name)));
        Home {
            paths: paths.collect(),
            base,
        }
    };
    others.map(home).collect()
}

/// What of these paths is a repository of its own: of a submodule git tracks its folder.
fn tops(root: &Utf8Path, base: &Utf8Path, paths: &BTreeSet<Utf8PathBuf>) -> BTreeSet<Utf8PathBuf> {
    let paths = paths.iter().map(|path| base.join(path));
    paths.filter(|path| git::is_top(&root.join(path))).collect()
}
