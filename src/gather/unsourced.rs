//! Packages of a `package.json` that are to come from a place that is not there: a folder, the workspace, a catalog.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::code::lock::{Catalogs, catalog_of};
use crate::code::manifest::PackageJson;
use crate::code::settings::line_of_json;
use crate::system::fs;
use crate::toolchain::{Range, Version};
use crate::workspace::Workspace;
use crate::workspace::stack::{Manager, Web};

use super::{manifests, members};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// A folder or a file.
    Path,
    /// Any workspace.
    Workspace,
    /// Any catalog.
    Catalog,
    /// A catalog of that name.
    CatalogOf(String),
    /// The package in the catalog.
    Entry,
    /// A workspace of that name.
    Member,
    /// A link of that name.
    Link,
    /// The version that the workspace of that name is to have: it is this one, or has none.
    Version(Option<String>),
}

/// Files beside the manifest at the top in which pnpm and yarn keep workspaces and catalogs.
const ELSEWHERE: [&str; 2] = ["pnpm-workspace.yaml", ".yarnrc.yml"];

/// Those that a manifest asks for; `top` is that of the folder in which is installed.
pub(super) fn unsourced(
    workspace: &Workspace,
    web: &Web,
    package: &PackageJson,
    top: &PackageJson,
    variables: &BTreeMap<String, String>,
) -> Vec<Unsourced> {
    let file = web.dir.join("package.json");
    let read = |file: &Utf8PathBuf| fs::read_text(&workspace.path(file)).unwrap_or_default();
    let is_elsewhere = || {
        let mut files = ELSEWHERE.iter().map(|name| web.top.join(name));
        files.any(|file| fs::is_file(&workspace.path(file)))
    };
    let is_bun = web.manager == Manager::Bun;
    let known = is_bun.then(|| versions(workspace, web, top)).flatten();
    let lack = |name: &str, asked: &str| {
        if let Some(path) = asked.strip_prefix("file:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let is_there = fs::exists(&workspace.path(&web.dir).join(path));
            (!is_there && !path.starts_with('~')).then_some(Lack::Path)
        } else if let Some(linked) = asked.strip_prefix("link:").filter(|_| is_bun) {
            of_link(workspace, web, name, linked, variables)
        } else if let Some(range) = asked.strip_prefix("workspace:") {
            if top.patterns().is_empty() {
                return (!is_elsewhere()).then_some(Lack::Workspace);
            }
            of_member(known.as_ref()?, name, range)
        } else if let Some(catalog) = catalog_of(asked) {
            let text = read(&web.top.join("package.json"));
            let mut keys = ["\"catalog\"", "\"catalogs\""].iter();
            if !keys.any(|key| text.contains(key)) {
                return (!is_elsewhere()).then_some(Lack::Catalog);
            }
            is_bun
                .then(|| of_catalog(&top.catalogs(), catalog, name, asked))
                .flatten()
        } else {
            None
        }
    };
    let of = |part: &str, asked: &BTreeMap<String, String>| {
        let absent = asked.iter().filter_map(|(name, asked)| {
            Some(Unsourced {
                name: name.clone(),
                asked: asked.clone(),
                lack: lack(name, asked)?,
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

/// What a `link:` lacks of bun's: it names a package in whose folder `bun link` was typed, or a folder.
fn of_link(
    workspace: &Workspace,
    web: &Web,
    name: &str,
    linked: &str,
    variables: &BTreeMap<String, String>,
) -> Option<Lack> {
    if linked.starts_with(['.', '/']) {
        let is_there = fs::exists(&workspace.path(&web.dir).join(linked));
        return (!is_there).then_some(Lack::Path);
    }
    let of = |name: &str| variables.get(name).filter(|it| !it.is_empty());
    let home = of("BUN_INSTALL")
        .map(Utf8PathBuf::from)
        .or_else(|| Some(Utf8PathBuf::from(of("HOME")?).join(".bun")))?;
    // Of another folder for all that is linked we know nothing.
    let is_elsewhere = of("BUN_INSTALL_GLOBAL_DIR").is_some() || cfg!(windows);
    let all = home.join("install/global/node_modules");
    let places =
        [&web.dir, &web.top].map(|dir| workspace.path(dir).join("node_modules").join(name));
    let is_there = fs::exists(&all.join(linked)) || places.iter().any(|it| fs::exists(it));
    (!is_there && !is_elsewhere).then_some(Lack::Link)
}

/// The versions of the workspaces that bun installs, by name; none where not all of them are known here.
fn versions(
    workspace: &Workspace,
    web: &Web,
    top: &PackageJson,
) -> Option<BTreeMap<String, Option<String>>> {
    let dirs = members::of_web(workspace, &web.top, &top.patterns())?;
    let read = |dir: &Utf8PathBuf| manifests::package_json(workspace, dir)?.ok();
    let packages = dirs.iter().filter_map(read);
    let own = (top.name.clone(), top.version.clone());
    let all = packages.map(|package| (package.name, package.version));
    let named = all
        .chain([own])
        .filter_map(|(name, version)| Some((name?, version)));
    Some(named.collect())
}

/// What a `workspace:` lacks of bun's. Behind it may stand a path, a tag, or a way to write a version, too.
fn of_member(known: &BTreeMap<String, Option<String>>, name: &str, asked: &str) -> Option<Lack> {
    let range = Range::of_npm(asked);
    let is_range = range.unread().is_empty() && !matches!(asked.trim(), "" | "*" | "^" | "~");
    if asked.contains(['/', '@', ':']) {
        return None;
    }
    let Some(version) = known.get(name) else {
        return Some(Lack::Member);
    };
    let read = version.as_deref().and_then(Version::parse);
    let fits = match (&read, version) {
        (Some(read), _) => range.contains(read),
        // One that cannot be read is bun's to judge.
        (None, Some(_)) => true,
        (None, None) => false,
    };
    (is_range && !fits).then(|| Lack::Version(version.clone()))
}

/// What a catalog lacks of bun's.
fn of_catalog(catalogs: &Catalogs, catalog: &str, name: &str, asked: &str) -> Option<Lack> {
    if !catalogs.has(catalog) {
        return Some(Lack::CatalogOf(catalog.to_owned()));
    }
    catalogs
        .version(name, asked)
        .is_none()
        .then_some(Lack::Entry)
}

/// A workspace that is named by its folder, where no manifest is: bun refuses to install any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostWorkspace {
    /// As it is named.
    pub named: String,
    /// The manifest that names it.
    pub file: Utf8PathBuf,
    /// The line in it.
    pub line: usize,
}

/// Those of them.
pub(super) fn lost(workspace: &Workspace, web: &Web, top: &PackageJson) -> Vec<LostWorkspace> {
    let file = web.top.join("package.json");
    let is_lost = |pattern: &String| {
        let folder = workspace.path(&web.top).join(pattern);
        let is_pattern = pattern.contains(['*', '?', '[', '{', '!', '(']);
        !is_pattern && !fs::is_file(&folder.join("package.json"))
    };
    let all = top
        .patterns()
        .into_iter()
        .filter(|_| web.manager == Manager::Bun);
    let lost = all.filter(is_lost).map(|named| {
        let text = fs::read_text(&workspace.path(&file)).unwrap_or_default();
        let quoted = format!("\"{named}\"");
        let below = line_of_json(&text, &["workspaces"]);
        let lines = text.lines().enumerate().skip(below - 1);
        let mut lines = lines.filter(|(_, line)| line.contains(&quoted));
        LostWorkspace {
            line: lines.next().map_or(below, |(at, _)| at + 1),
            file: file.clone(),
            named,
        }
    });
    lost.collect()
}
