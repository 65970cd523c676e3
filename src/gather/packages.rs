//! What the manifests ask for, what the locks say, and what is installed.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::lock::{self, Part, Requirement, UvLock, normal_name};
use crate::code::manifest;
use crate::system::fs;
use crate::workspace::Workspace;
use crate::workspace::stack::{Broken, Python, Stack, Web};

use super::manifests;
use super::venv::{Lost, venv};

/// One Python project: the workspace's own, or a member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Member {
    /// Its normalised name.
    pub name: String,
    /// Its folder, relative to the workspace.
    pub dir: Utf8PathBuf,
    /// `requires-python`.
    pub requires_python: Option<String>,
    /// What it depends on.
    pub requirements: Vec<Requirement>,
    /// What each of its extras adds.
    pub extras: BTreeMap<String, Vec<Requirement>>,
    /// What each of its groups adds.
    pub groups: BTreeMap<String, Vec<Requirement>>,
    /// The groups that are installed unasked.
    pub default_groups: Vec<String>,
}

impl Member {
    /// What its manifest asks for, part by part.
    pub fn asks(&self) -> impl Iterator<Item = (Part, &Requirement)> {
        let main = self.requirements.iter().map(|it| (Part::Main, it));
        let extras = self
            .extras
            .iter()
            .flat_map(|(name, all)| all.iter().map(move |it| (Part::Extra(name.clone()), it)));
        let groups = self
            .groups
            .iter()
            .flat_map(|(name, all)| all.iter().map(move |it| (Part::Group(name.clone()), it)));
        main.chain(extras).chain(groups)
    }
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
    /// Those of them of which only the description is left.
    pub hollow: Vec<String>,
    /// Why the environment's interpreter does not run.
    pub lost_interpreter: Option<Lost>,
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
    /// Whether there is a lock at all, of whichever manager.
    pub is_locked: bool,
    /// `packageManager`.
    pub package_manager: Option<String>,
    /// What `.node-version` or `.nvmrc` says, with the file.
    pub pinned_node: Option<(Utf8PathBuf, String)>,
}

/// Both sides, and what the frontend's `engines` asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Packages {
    /// The Python side, when there is one.
    pub python: Option<PythonPackages>,
    /// The web side, when there is one.
    pub web: Option<WebPackages>,
    /// The version ranges of the runtimes, by their names.
    pub engines: BTreeMap<String, String>,
    /// The manifests that cannot be read.
    pub broken: Vec<Broken>,
}

/// Bytes of an installed package's manifest that nearly always hold its version; some are 200 KB long.
const BEGINNING: usize = 4096;

/// What the managers of packages of the web call their locks.
const LOCKS: &[&str] = &[
    "bun.lock",
    "bun.lockb",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
];

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
    let mut broken = stack.broken.clone();
    let side = stack.python.as_ref();
    Packages {
        python: side.map(|side| python(workspace, side, &mut broken)),
        web: stack.web.as_ref().map(|side| web(workspace, side)),
        engines: super::stack::engines(workspace, stack),
        broken,
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
        let venv = venv(workspace, python, variables);
        if let Some(installed) = super::venv::installed(&venv) {
            side.installed = Some(installed.versions);
            side.hollow = installed.hollow;
            side.lost_interpreter = super::venv::lost_interpreter(&venv);
        }
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

/// Reads the Python side, and adds the manifests that cannot be read.
fn python(workspace: &Workspace, python: &Python, broken: &mut Vec<Broken>) -> PythonPackages {
    let top = workspace.path(&python.dir);
    let root = manifests::pyproject(workspace, &python.dir);
    let known = root.as_ref().and_then(|root| root.as_ref().ok());
    let dirs = member_dirs(workspace, &python.dir, known);
    let required_uv = known.and_then(|root| root.required_uv.clone());
    let others = dirs.into_iter().map(|dir| {
        let project = manifests::pyproject(workspace, &dir);
        (dir, project)
    });
    let mut members = Vec::new();
    for (dir, project) in std::iter::once((python.dir.clone(), root)).chain(others) {
        let project = match project {
            Some(Ok(project)) => project,
            Some(Err(unreadable)) => {
                broken.push(unreadable);
                continue;
            }
            None => continue,
        };
        let Some(name) = &project.name else { continue };
        let parts = |parts: &BTreeMap<String, Vec<String>>| {
            let part =
                |(name, texts): (&String, &Vec<String>)| (normal_name(name), requirements(texts));
            parts.iter().map(part).collect()
        };
        members.push(Member {
            name: normal_name(name),
            dir,
            requires_python: project.requires_python.clone(),
            requirements: requirements(&project.dependencies),
            extras: parts(&project.extras),
            groups: parts(&project.groups),
            default_groups: project
                .default_groups
                .iter()
                .map(|it| normal_name(it))
                .collect(),
        });
    }
    PythonPackages {
        is_workspace: python.is_workspace,
        dir: python.dir.clone(),
        members,
        required_uv,
        pinned: first_line(&top.join(".python-version")),
        ..PythonPackages::default()
    }
}

fn requirements(texts: &[String]) -> Vec<Requirement> {
    texts
        .iter()
        .filter_map(|text| Requirement::parse(text))
        .collect()
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

/// Reads the web side.
fn web(workspace: &Workspace, web: &Web) -> WebPackages {
    let package = manifests::package_json(workspace, &web.dir)
        .and_then(Result::ok)
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
        package_manager: package.package_manager,
        pinned_node: pins
            .into_iter()
            .find_map(|path| Some((path.clone(), node_version(&workspace.path(&path))?))),
        ..WebPackages::default()
    }
}

/// The lock that counts of those that can be read here, and what it was made for. Of one in bytes there is only
/// to tell that it is broken.
fn web_lock(dir: &Utf8Path) -> Option<(String, LockedFor)> {
    let of_text = |name: &str| {
        let bytes = fs::read(&dir.join(name)).ok()?;
        let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned());
        Some((name.to_owned(), text.and_then(|text| lock::web_lock(&text))))
    };
    let of_bytes = |name: &str| {
        let why = lock::bun_binary_lock(&fs::read(&dir.join(name)).ok()?).err()?;
        Some((name.to_owned(), Err(why)))
    };
    of_text("bun.lock")
        .or_else(|| of_bytes("bun.lockb"))
        .or_else(|| of_text("package-lock.json"))
}

/// What of it is installed, and what the lock was made for.
fn complete_web(side: &mut WebPackages, workspace: &Workspace, web: &Web) {
    let dir = workspace.path(&web.dir);
    // A package may be hoisted to the workspace's own folder.
    let places = [dir.join("node_modules"), workspace.path("node_modules")];
    let version = |name: &str| {
        places.iter().find_map(|place| {
            let path = place.join(name).join("package.json");
            let beginning = fs::read_beginning(&path, BEGINNING).ok()?;
            manifest::package_version(&beginning).or_else(|| {
                let goes_on = beginning.len() == BEGINNING;
                let whole = goes_on.then(|| fs::read(&path).ok()).flatten()?;
                manifest::package_version(&whole)
            })
        })
    };
    side.installed = places.iter().any(|place| fs::is_dir(place)).then(|| {
        side.asked
            .keys()
            .filter_map(|name| Some((name.clone(), version(name)?)))
            .collect()
    });
    side.lock = web_lock(&dir);
    // One for all packages of a repository stands at its top.
    let folders = [dir.as_path(), &workspace.root];
    side.is_locked = side.lock.is_some()
        || LOCKS
            .iter()
            .any(|name| folders.iter().any(|folder| fs::is_file(&folder.join(name))));
}
