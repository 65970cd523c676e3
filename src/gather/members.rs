//! The members of a workspace, by the patterns of its top.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::manifest::PyProject;
use crate::system::fs;
use crate::text::glob::fits;
use crate::workspace::Workspace;

/// As many folders down a pattern is followed: `**` would go on in what is installed.
const DEPTH: usize = 6;

/// The folders of a uv workspace's members, relative to the root, without what it excludes.
pub(super) fn of_uv(
    workspace: &Workspace,
    top: &Utf8Path,
    project: &PyProject,
) -> Vec<Utf8PathBuf> {
    let mut dirs = BTreeSet::new();
    for pattern in project.members.iter().flatten() {
        let pattern = plain(pattern);
        if pattern.contains(['*', '?']) {
            let parts: Vec<&str> = pattern.split('/').collect();
            below(workspace, top, &parts, DEPTH, &mut dirs);
        } else {
            dirs.insert(top.join(pattern));
        }
    }
    let is_excluded = |dir: &Utf8PathBuf| {
        let dir = dir.strip_prefix(top).unwrap_or(dir).as_str();
        covers(&project.excluded, dir)
    };
    // The top is no member of itself.
    dirs.retain(|dir| dir != top && !dir.as_str().ends_with('.') && !is_excluded(dir));
    dirs.into_iter().collect()
}

/// The folders that patterns of a `package.json` lead to; none where one of them is of a form that is not known
/// here.
pub(super) fn of_web(
    workspace: &Workspace,
    top: &Utf8Path,
    patterns: &[String],
) -> Option<Vec<Utf8PathBuf>> {
    let mut dirs = BTreeSet::new();
    for pattern in patterns.iter().filter(|it| !it.starts_with('!')) {
        let pattern = plain(pattern);
        if pattern.contains(['{', '[', '(', '\\']) {
            return None;
        }
        let parts: Vec<&str> = pattern.split('/').collect();
        below(workspace, top, &parts, DEPTH, &mut dirs);
    }
    let is_named = |dir: &Utf8PathBuf| {
        let dir = dir.strip_prefix(top).unwrap_or(dir).as_str();
        covers(patterns, &dir.replace('\\', "/"))
    };
    Some(dirs.into_iter().filter(is_named).collect())
}

/// Whether patterns name a folder, with slashes and relative to where they stand. A later one that begins
/// with `!` takes it out again.
pub(super) fn covers(patterns: &[String], dir: &str) -> bool {
    patterns
        .iter()
        .fold(false, |covered, pattern| match pattern.strip_prefix('!') {
            Some(pattern) => covered && !fits(plain(pattern).as_bytes(), dir.as_bytes()),
            None => covered || fits(plain(pattern).as_bytes(), dir.as_bytes()),
        })
}

fn plain(pattern: &str) -> &str {
    pattern.trim_start_matches("./").trim_end_matches('/')
}

/// The folders below one that the parts of a pattern lead to.
fn below(
    workspace: &Workspace,
    dir: &Utf8Path,
    parts: &[&str],
    depth: usize,
    found: &mut BTreeSet<Utf8PathBuf>,
) {
    let Some((part, rest)) = parts.split_first() else {
        found.insert(dir.to_owned());
        return;
    };
    if depth == 0 {
        return;
    }
    // At the end it means whatever lies below.
    if *part == "**" && !rest.is_empty() {
        below(workspace, dir, rest, depth, found);
    }
    if *part != "**" && !part.contains(['*', '?']) {
        return below(workspace, &dir.join(part), rest, depth - 1, found);
    }
    for (name, is_dir) in fs::entries(&workspace.path(dir)) {
        if !is_dir || name.starts_with('.') {
            continue;
        }
        let is_last = rest.is_empty();
        if is_last && (*part == "**" || fits(part.as_bytes(), name.as_bytes())) {
            found.insert(dir.join(&name));
        }
        if name == "node_modules" {
            continue;
        }
        if *part == "**" {
            below(workspace, &dir.join(name), parts, depth - 1, found);
        } else if !is_last && fits(part.as_bytes(), name.as_bytes()) {
            below(workspace, &dir.join(name), rest, depth - 1, found);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn patterns_name_folders_and_take_them_out_again() {
        let covers = |patterns: &[&str], dir: &str| {
            let patterns: Vec<String> = patterns.iter().map(|it| (*it).to_owned()).collect();
            super::covers(&patterns, dir)
        };
        assert!(covers(&["frontend", "packages/*"], "frontend"));
        assert!(covers(&["./frontend/"], "frontend"));
        assert!(covers(&["apps/**"], "apps/a/b"));
        assert!(covers(&["services/*/api"], "services/a/api"));
        assert!(!covers(&["services/*/api"], "services/a/web"));
        assert!(!covers(&["packages/*"], "frontend"));
        assert!(!covers(&["*", "!frontend"], "frontend"));
    }
}
