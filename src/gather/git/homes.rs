//! Whose a file is: a submodule, or a checkout within the workspace, has an index and rules of its own,
//! and those of the repository around it say nothing about what lies there.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::around::repository;

/// Files that belong to one repository, whatever there is of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The folder to ask git in, relative to the workspace: the top of a repository within it, or
    /// nothing.
    pub base: Utf8PathBuf,
    /// The files, relative to that folder.
    pub paths: BTreeSet<Utf8PathBuf>,
}

/// These files, relative to `root`, by the repositories that they lie in.
#[must_use]
pub fn homes<'a>(root: &Utf8Path, paths: impl IntoIterator<Item = &'a Utf8Path>) -> Vec<Home> {
    let mut tops: BTreeMap<&Utf8Path, bool> = BTreeMap::new();
    let mut homes: BTreeMap<&Utf8Path, BTreeSet<Utf8PathBuf>> = BTreeMap::new();
    for path in paths {
        let folders = path.ancestors().skip(1);
        let mut folders = folders.filter(|folder| !folder.as_str().is_empty());
        let base = folders.find(|folder| {
            *tops
                .entry(folder)
                .or_insert_with(|| is_top(&root.join(folder)))
        });
        let base = base.unwrap_or(Utf8Path::new(""));
        let below = path.strip_prefix(base).unwrap_or(path);
        homes.entry(base).or_default().insert(below.to_owned());
    }
    let home = |(base, paths): (&Utf8Path, _)| Home {
        base: base.to_owned(),
        paths,
    };
    homes.into_iter().map(home).collect()
}

/// Whether git takes this folder for the top of a repository. It passes over a `.git` folder that is none.
#[must_use]
pub fn is_top(folder: &Utf8Path) -> bool {
    repository(folder).is_some_and(|found| found.whole || !found.own)
}
