//! Packages that come from a folder or a file beside the workspace, as `tool.uv.sources` has them.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

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
        let file = dir.join("pyproject.toml");
        AbsentSource {
            name: name.clone(),
            path: path.clone(),
            line: line(&workspace.path(&file), path),
            file,
        }
    });
    absent.collect()
}

/// The line on which a source names its path; the first where it is written in another way.
fn line(file: &Utf8Path, path: &str) -> usize {
    let text = fs::read_text(file).unwrap_or_default();
    let named = ['"', '\''].map(|quote| format!("{quote}{path}{quote}"));
    let is_it = |line: &str| {
        line.contains("path") && named.iter().any(|named| line.contains(named.as_str()))
    };
    text.lines().position(is_it).map_or(1, |at| at + 1)
}
