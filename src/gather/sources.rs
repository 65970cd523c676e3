//! Packages that come from a folder or a file beside the workspace, as `tool.uv.sources` has them.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::lock::normal_name;
use crate::system::fs;
use crate::workspace::Workspace;

/// A package that is to come from a path where nothing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbsentSource {
    /// Its normalised name.
    pub name: String,
    /// The path, as the manifest has it.
    pub path: String,
    /// The manifest.
    pub file: Utf8PathBuf,
    /// The line in it.
    pub line: usize,
}

/// Those of the sources in a folder's manifest, by name, that are asked for and not there.
pub(super) fn absent(
    workspace: &Workspace,
    dir: &Utf8Path,
    paths: &BTreeMap<String, String>,
    is_asked: impl Fn(&str) -> bool,
) -> Vec<AbsentSource> {
    let folder = workspace.path(dir);
    let gone = paths
        .iter()
        .filter(|(name, path)| is_asked(name) && !fs::exists(&folder.join(path)));
    let absent = gone.map(|(name, path)| {
        let named = ['"', '\''].map(|quote| format!("{quote}{path}{quote}"));
        let is_it = |line: &str| {
            line.contains("path") && named.iter().any(|named| line.contains(named.as_str()))
        };
        source(workspace, dir, name, path.clone(), is_it)
    });
    absent.collect()
}

/// The folder of the member of that name, where the workspace names it and it is gone. Behind a pattern it may
/// be anywhere.
pub(super) fn lost_member(
    workspace: &Workspace,
    top: &Utf8Path,
    patterns: &[String],
    name: &str,
) -> Option<String> {
    let folders = patterns.iter().map(|it| it.trim_end_matches('/'));
    let mut gone = folders.filter(|folder| {
        let called = folder.rsplit('/').next().unwrap_or(folder);
        !folder.contains(['*', '?', '[', '!'])
            && normal_name(called) == name
            && !fs::exists(&workspace.path(top.join(folder)))
    });
    gone.next().map(str::to_owned)
}

/// A package that is to come from a member whose folder is gone.
pub(super) fn absent_member(
    workspace: &Workspace,
    dir: &Utf8Path,
    name: &str,
    folder: String,
) -> AbsentSource {
    let is_it = |line: &str| {
        let key = line.split('=').next().unwrap_or_default();
        let key = key.trim().trim_matches(['"', '\'']);
        normal_name(key) == name && line.contains("workspace")
    };
    source(workspace, dir, name, folder, is_it)
}

/// With the line of the manifest that names it; the first where it is written in another way.
fn source(
    workspace: &Workspace,
    dir: &Utf8Path,
    name: &str,
    path: String,
    is_it: impl Fn(&str) -> bool,
) -> AbsentSource {
    let file = dir.join("pyproject.toml");
    let text = fs::read_text(&workspace.path(&file)).unwrap_or_default();
    AbsentSource {
        name: name.to_owned(),
        path,
        line: text.lines().position(is_it).map_or(1, |at| at + 1),
        file,
    }
}
