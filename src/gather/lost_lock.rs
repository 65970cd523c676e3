//! A lock that is gone, and that the last commit has.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::workspace::Workspace;

use super::git;

/// The first lock of these in a folder that the last commit has; whoever asks knows that none of them is there.
pub(super) fn of(
    workspace: &Workspace,
    dir: &Utf8Path,
    names: impl Iterator<Item = &'static str>,
    variables: &BTreeMap<String, String>,
) -> Option<&'static str> {
    if !git::is_around(&workspace.root) {
        return None;
    }
    let mut names = names;
    names.find(|name| {
        let committed = git::committed(&workspace.root, variables, &dir.join(name));
        committed.is_some_and(|text| !text.trim().is_empty())
    })
}
