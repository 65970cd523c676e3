//! What the manifests ask for, what the locks say, and what is installed.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::lock::{self, Requirement, UvLock, normal_name};
use crate::code::manifest;
use crate::system::fs;
use crate::workspace::Workspace;
use crate::workspace::stack::{Python, Stack, Web};

/// One Python project: the workspace's own, or a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its normalised name.
    pub name: String,
    /// Its folder, relative to the workspace.
    pub dir: Utf8PathBuf,
    /// `requires-python`.
    pub requires_python: Option<String>,
    /// What it depends on.
    pub requirements: Vec<Requirement>,
}

/// The Python side, as files tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PythonPackages {
    /// Whether it is a uv workspace.
    pub is_workspace: bool,
    /// The folder of the workspace (or of the only project), relative to the root.
    pub dir: Utf8PathBuf,
    /// The project at that folder first, then its members.
    pub members: Vec<Member>,
    /// The versions of uv that it works with.
    pub required_uv: Option<String>,
    /// What `.python-version` says.
    pub pinned: Option<String>,
    /// What is installed, by normalised name; none while there is no environment.
    pub installed: Option<BTreeMap<String, String>>,
    /// What the lock says; none where there is none.
    pub lock: Option<Result<UvLock, String>>,
}

/// The dependencies that a lock was made for, or why it cannot be read.
pub type LockedFor = Result<BTreeMap<String, String>, String>;

/// The web side, as files tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebPackages {
    /// Direct dependencies with their ranges.
    pub asked: BTreeMap<String, String>,
    /// The version of each that is installed; none while there is no `node_modules`.
    pub installed: Option<BTreeMap<String, String>>,
    /// The lock's file name, and what it was made for.
    pub lock: Option<(String, LockedFor)>,
    /// `packageManager`.
    pub package_manager: Option<String>,
    /// What `.node-version` or `.nvmrc` says, with the file.
    pub pinned_node: Option<(Utf8PathBuf, String)>,
}

/// Both sides, and what the frontend's `engines` asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages {
    /// The Python side, when there is one.
    pub python: Option<PythonPackages>,
    /// The web side, when there is one.
    pub web: Option<WebPackages>,
    /// The version ranges of the runtimes, by their names.
    pub engines: BTreeMap<String, String>,
}

/// Reads both sides.
#[must_use]
pub fn read(
    workspace: &Workspace,
    stack: &Stack,
    variables: &BTreeMap<String, String>,
) -> Packages {
    complete(manifests(workspace, stack), workspace, stack, variables)
}

/// What the manifests ask for: enough to choose tools by, and read in a moment. What is installed and
/// what is locked is not there yet.
#[must_use]
pub fn manifests(workspace: &Workspace, stack: &Stack) -> Packages {
    Packages {
        python: stack.python.as_ref().map(|side| python(workspace, side)),
        web: stack.web.as_ref().map(|side| web(workspace, side)),
        engines: super::stack::engines(workspace, stack),
    }
}

/// The same with what is installed and what is locked.
#[must_use]
pub fn complete(
    mut packages: Packages,
    workspace: &Workspace,
    stack: &Stack,
    variables: &BTreeMap<String, String>,
) -> Packages {
    if let (Some(side), Some(python)) = (&mut packages.python, &stack.python) {
        side.installed = installed(&venv(workspace, python, variables));
        side.lock = fs::read_text_if_there(&workspace.path(&python.dir).join("uv.lock"))
            .ok()
            .flatten()
            .map(|text| lock::uv_lock(&text));
    }
    if let (Some(side), Some(web)) = (&mut packages.web, &stack.web) {
        complete_web(side, workspace, web);
    }
    packages
}

/// The folder of uv's environment.
#[must_use]
pub fn venv(
    workspace: &Workspace,
    python: &Python,
    variables: &BTreeMap<String, String>,
) -> Utf8PathBuf {
    let named = variables
        .get("UV_PROJECT_ENVIRONMENT")
        .filter(|path| !path.is_empty());
    workspace
        .path(&python.dir)
        .join(named.map_or(".venv", String::as_str))
}

/// Reads the Python side.
fn python(workspace: &Workspace, python: &Python) -> PythonPackages {
    let top = workspace.path(&python.dir);
    let root = project(&top);
    let mut members = Vec::new();
    let mut dirs = vec![python.dir.clone()];
    dirs.extend(member_dirs(workspace, &python.dir, root.as_ref()));
    for dir in dirs {
        let Some(project) = project(&workspace.path(&dir)) else {
            continue;
        };
        let Some(name) = &project.name else { continue };
        members.push(Member {
            name: normal_name(name),
            dir,
            requires_python: project.requires_python.clone(),
            requirements: project
                .dependencies
                .iter()
                .filter_map(|text| Requirement::parse(text))
                .collect(),
        });
    }
    PythonPackages {
        is_workspace: python.is_workspace,
        dir: python.dir.clone(),
        members,
        required_uv: root.and_then(|root| root.required_uv),
        pinned: first_line(&top.join(".python-version")),
        installed: None,
        lock: None,
    }
}

fn project(dir: &Utf8Path) -> Option<manifest::PyProject> {
    manifest::pyproject(&fs::read_text(&dir.join("pyproject.toml")).ok()?).ok()
}

/// The members that the patterns name: a folder, or `packages/*`.
fn member_dirs(
    workspace: &Workspace,
    top: &Utf8Path,
    root: Option<&manifest::PyProject>,
) -> Vec<Utf8PathBuf> {
    let patterns = root
        .and_then(|root| root.members.clone())
        .unwrap_or_default();
    let mut dirs = BTreeSet::new();
    for pattern in patterns {
        let pattern = pattern.trim_end_matches('/');
        match pattern.split_once('*') {
            None => drop(dirs.insert(top.join(pattern))),
            Some((before, _)) => {
                let parent = top.join(before.rsplit_once('/').map_or("", |(parent, _)| parent));
                let prefix = before.rsplit('/').next().unwrap_or_default();
                let children = fs::list(&workspace.path(&parent)).into_iter();
                let names = children.filter_map(|path| path.file_name().map(str::to_owned));
                dirs.extend(
                    names
                        .filter(|name| name.starts_with(prefix))
                        .map(|name| parent.join(name)),
                );
            }
        }
    }
    dirs.into_iter().collect()
}

fn first_line(path: &Utf8Path) -> Option<String> {
    let text = fs::read_text(path).ok()?;
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))?;
    Some(line.to_owned())
}

/// The same without a remark behind it, which nvm and its kin leave out.
fn node_version(path: &Utf8Path) -> Option<String> {
    let line = first_line(path)?;
    let (version, _) = line.split_once('#').unwrap_or((&line, ""));
    Some(version.trim().to_owned())
}

/// Every package of an environment with its version, out of the names of the folders that describe them.
fn installed(venv: &Utf8Path) -> Option<BTreeMap<String, String>> {
    let unix = fs::list(&venv.join("lib"))
        .into_iter()
        .map(|lib| lib.join("site-packages"));
    let packages = std::iter::once(venv.join("Lib/site-packages"))
        .chain(unix)
        .find(|packages| fs::is_dir(packages))?;
    let names = fs::list(&packages).into_iter();
    let described = names.filter_map(|path| {
        let (name, version) = path
            .file_name()?
            .strip_suffix(".dist-info")?
            .rsplit_once('-')?;
        Some((normal_name(name), version.to_owned()))
    });
    Some(described.collect())
}

/// Reads the web side.
fn web(workspace: &Workspace, web: &Web) -> WebPackages {
    let dir = workspace.path(&web.dir);
    let package = fs::read_text(&dir.join("package.json"))
        .ok()
        .and_then(|text| manifest::package_json(&text).ok())
        .unwrap_or_default();
    let mut asked = package.dependencies;
    asked.extend(package.dev_dependencies);
    let pins = [
        web.dir.join(".node-version"),
        web.dir.join(".nvmrc"),
        ".node-version".into(),
        ".nvmrc".into(),
    ];
    WebPackages {
        asked,
        installed: None,
        lock: None,
        package_manager: package.package_manager,
        pinned_node: pins
            .into_iter()
            .find_map(|path| Some((path.clone(), node_version(&workspace.path(&path))?))),
    }
}

/// What of it is installed, and what the lock was made for.
fn complete_web(side: &mut WebPackages, workspace: &Workspace, web: &Web) {
    let dir = workspace.path(&web.dir);
    // A package may be hoisted to the workspace's own folder.
    let places = [dir.join("node_modules"), workspace.path("node_modules")];
    let version = |name: &str| {
        places.iter().find_map(|place| {
            let text = fs::read_text(&place.join(name).join("package.json")).ok()?;
            manifest::package_version(&text)
        })
    };
    side.installed = places.iter().any(|place| fs::is_dir(place)).then(|| {
        side.asked
            .keys()
            .filter_map(|name| Some((name.clone(), version(name)?)))
            .collect()
    });
    side.lock = ["bun.lock", "package-lock.json"]
        .into_iter()
        .find_map(|name| {
            let text = fs::read_text(&dir.join(name)).ok()?;
            Some((name.to_owned(), lock::web_lock(&text)))
        });
}
