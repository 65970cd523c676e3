//! Packages of a `package.json` that are to come from a place that is not there: a folder, the workspace, a catalog.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::code::manifest::PackageJson;
use crate::code::settings::line_of_json;
use crate::system::fs;
use crate::workspace::Workspace;
use crate::workspace::stack::Web;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsourced {
    /// Its name.
    pub name: String,
    /// What is asked for: `file:../lib`.
    pub asked: String,
    /// What is not there.
    pub lack: Lack,
    /// The manifest.
    pub file: Utf8PathBuf,
    /// The line in it.
    pub line: usize,
}

/// What is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// A folder or a file.
    Path,
    /// Any workspace.
    Workspace,
    /// Any catalog.
    Catalog,
}

/// Files beside the manifest at the top in which pnpm and yarn keep workspaces and catalogs.
const ELSEWHERE: [&str; 2] = ["pnpm-workspace.yaml", ".yarnrc.yml"];

/// Those that a manifest asks for; `top` is that of the folder in which is installed.
pub(super) fn unsourced(
    workspace: &Workspace,
    web: &Web,
    package: &PackageJson,
    top: &PackageJson,
) -> Vec<Unsourced> {
    let file = web.dir.join("package.json");
    let read = |file: &Utf8PathBuf| fs::read_text(&workspace.path(file)).unwrap_or_default();
    let is_elsewhere = || {
        let mut files = ELSEWHERE.iter().map(|name| web.top.join(name));
        files.any(|file| fs::is_file(&workspace.path(file)))
    };
    let lack = |asked: &str| {
        if let Some(path) = asked.strip_prefix("file:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let is_there = fs::exists(&workspace.path(&web.dir).join(path));
            (!is_there && !path.starts_with('~')).then_some(Lack::Path)
        } else if asked.starts_with("workspace:") {
            (top.workspaces.is_empty() && !is_elsewhere()).then_some(Lack::Workspace)
        } else if asked.starts_with("catalog:") {
            let text = read(&web.top.join("package.json"));
            let mut keys = ["\"catalog\"", "\"catalogs\""].iter();
            let is_there = keys.any(|key| text.contains(key));
            (!is_there && !is_elsewhere()).then_some(Lack::Catalog)
        } else {
            None
        }
    };
    let of = |part: &str, asked: &BTreeMap<String, String>| {
        let absent = asked.iter().filter_map(|(name, asked)| {
            Some(Unsourced {
                name: name.clone(),
                asked: asked.clone(),
                lack: lack(asked)?,
                line: line_of_json(&read(&file), &[part, name]),
                file: file.clone(),
            })
        });
        absent.collect::<Vec<_>>()
    };
    let mut all = of("dependencies", &package.dependencies);
    all.extend(of("devDependencies", &package.dev_dependencies));
    all
}
