//! What the manifests ask for, what the locks say, and what is installed.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::lock::{self, Everywhere, Own, Part, Requirement, UvLock, normal_name};
use crate::code::manifest;
use crate::code::settings::line_of;
use crate::system::fs;
use crate::toolchain::Pin;
use crate::workspace::Workspace;
use crate::workspace::stack::{Broken, Manager, Python, Stack};

use super::refusal::Refusal;
use super::scripts::{self, Elsewhere};
use super::venv::{InTheWay, Lost, venv};
use super::web;
use super::{built, manifests, members as folders, pins, programs, records, refused, sources};

pub use super::sources::AbsentSource;
pub use super::web::WebPackages;

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
    /// Its version, where it is written.
    pub version: Option<String>,
    /// The groups that it names as those that are installed unasked; none where those are the usual ones.
    pub named_groups: Option<BTreeSet<String>>,
}

impl Member {
    /// What a lock has of it beside what it asks for.
    #[must_use]
    pub fn own(&self) -> Own {
        Own {
            version: self.version.clone(),
            extras: self.extras.keys().cloned().collect(),
            groups: self.groups.keys().cloned().collect(),
            default_groups: self.named_groups.clone(),
        }
    }

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
    /// The Python that asdf or mise would choose, where a file of theirs names one.
    pub listed_python: Option<Pin>,
    /// What is installed, by normalised name; none while there is no environment.
    pub installed: Option<BTreeMap<String, String>>,
    /// Those of them of which only the description is left.
    pub hollow: Vec<String>,
    /// Those of which a file is gone, with the first such file.
    pub holed: BTreeMap<String, String>,
    /// The programs of installed packages that are gone, by package.
    pub lost_programs: BTreeMap<String, Vec<String>>,
    /// The files of programs that may not be run, as seen from the workspace.
    pub shut_programs: Vec<Utf8PathBuf>,
    /// Why the environment's interpreter does not run.
    pub lost_interpreter: Option<Lost>,
    /// What is in the environment's place and is none.
    pub in_the_way: Option<InTheWay>,
    /// What of the environment refuses to be written.
    pub refusal: Option<Refusal>,
    /// What its programs start instead of it.
    pub elsewhere: Option<Elsewhere>,
    /// What the workspace's own manifest says for all packages.
    pub everywhere: Everywhere,
    /// The line of its `constraint-dependencies`; the first where there are none.
    pub constraints_at: usize,
    /// What is to come from a path where nothing is.
    pub absent_sources: Vec<AbsentSource>,
    /// Whether a folder is in the lock's place.
    pub lock_is_folder: bool,
    /// Whether uv, who is asked of manifests and lock, builds nothing for an answer: that runs code of the workspace.
    pub is_static: bool,
    /// What the lock says; none where there is none.
    pub lock: Option<Result<UvLock, String>>,
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

/// Reads both sides.
#[must_use]
pub fn read(
    workspace: &Workspace,
    stack: &Stack,
    variables: &BTreeMap<String, String>,
) -> Packages {
    let manifests = manifests(workspace, stack, variables);
    complete(manifests, workspace, stack, variables)
}

/// What the manifests ask for: enough to choose tools by, and read in a moment. What is installed and
/// what is locked is not there yet.
#[must_use]
pub fn manifests(
    workspace: &Workspace,
    stack: &Stack,
    variables: &BTreeMap<String, String>,
) -> Packages {
    let mut broken = stack.broken.clone();
    let side = stack.python.as_ref();
    if let Some(web) = stack.web.as_ref().filter(|it| it.manager == Manager::Bun) {
        let of_bun = |dir| manifests::refused_by_bun(workspace, dir);
        let is_top = web.dir == web.top;
        broken.extend(of_bun(&web.dir));
        broken.extend(of_bun(&web.top).filter(|_| !is_top));
    }
    Packages {
        python: side.map(|side| python(workspace, side, variables, &mut broken)),
        web: stack
            .web
            .as_ref()
            .map(|side| web::asked(workspace, side, variables)),
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
        side.in_the_way = super::venv::in_the_way(workspace, python, variables);
        side.refusal = super::venv::refusal(workspace, python, variables);
        if let Some(installed) = super::venv::installed(&venv) {
            side.installed = Some(installed.versions);
            side.hollow = installed.hollow;
            side.holed = super::venv::site_packages(&venv)
                .map(|packages| records::gone(&packages))
                .unwrap_or_default();
            side.holed.retain(|name, _| !side.hollow.contains(name));
            let asks = side.members.iter().flat_map(Member::asks);
            let asked: BTreeSet<&str> = asks.map(|(_, asked)| asked.name.as_str()).collect();
            let lost = programs::lost(&venv, |name| asked.contains(name));
            side.lost_programs = lost.gone;
            let own = |file: &Utf8PathBuf| below(workspace, file);
            side.shut_programs = lost.shut.iter().map(own).collect();
            side.lost_interpreter = super::venv::lost_interpreter(&venv);
            side.elsewhere = scripts::elsewhere(&venv);
        }
        let file = workspace.path(&python.dir).join("uv.lock");
        side.lock_is_folder = fs::is_dir(&file);
        side.lock = if side.lock_is_folder {
            Some(Err(lock::FOLDER.to_owned()))
        } else if let Some(target) = fs::leads_nowhere(&file) {
            Some(Err(lock::leads_nowhere(target.as_str())))
        } else {
            let text = fs::read_text_if_there(&file).ok().flatten();
            text.map(|text| lock::uv_lock(&text).map_err(|why| lock::or_unfinished(&text, why)))
        };
    }
    if let (Some(side), Some(web)) = (&mut packages.web, &stack.web) {
        web::complete(side, workspace, web, variables);
    }
    packages
}

/// Reads the Python side, and adds the manifests that cannot be read.
fn python(
    workspace: &Workspace,
    python: &Python,
    variables: &BTreeMap<String, String>,
    broken: &mut Vec<Broken>,
) -> PythonPackages {
    let top = workspace.path(&python.dir);
    let root = manifests::pyproject(workspace, &python.dir);
    let dirs = root
        .as_ref()
        .and_then(|root| root.as_ref().ok())
        .map(|root| folders::of_uv(workspace, &python.dir, root));
    let others = dirs.into_iter().flatten().filter_map(|dir| {
        let project = manifests::pyproject(workspace, &dir);
        let is_left_alone = matches!(&project, Some(Ok(project)) if project.is_unmanaged);
        (!is_left_alone).then_some((dir, project))
    });
    let known = root.as_ref().and_then(|root| root.as_ref().ok());
    let mut everywhere = known.map(|root| Everywhere {
        constraints: requirements(&root.constraints),
        overrides: requirements(&root.overrides),
        environments: root.environments.clone(),
        excluded: root.locking.excluded.clone(),
        required: root.locking.required.clone(),
        // Folders that such a pattern leads to are not looked for.
        has_others: root
            .members
            .iter()
            .flatten()
            .any(|it| it.contains(['[', '{', '\\'])),
        ..Everywhere::default()
    });
    let constraints_at = constraints_at(&top, everywhere.as_ref());
    // uv reads its own file, and then not what the manifest has for it.
    let required_uv = match fs::read_text(&top.join("uv.toml")) {
        Ok(text) => manifest::required_uv(&text),
        Err(_) => known.and_then(|root| root.required_uv.clone()),
    };
    let mut is_lacking = false;
    let mut members = Vec::new();
    let patterns = known.and_then(|root| root.members.clone());
    let mut sources = Vec::new();
    let mut projects = Vec::new();
    let mut bare = Vec::new();
    for (dir, project) in std::iter::once((python.dir.clone(), root)).chain(others) {
        let project = match project {
            Some(Ok(project)) => project,
            Some(Err(unreadable)) => {
                broken.push(unreadable);
                is_lacking = true;
                continue;
            }
            None => {
                if let Some(gone) = manifests::gone_pyproject(workspace, &dir) {
                    broken.push(gone);
                    is_lacking = true;
                } else {
                    bare.push(dir);
                }
                continue;
            }
        };
        sources.push((dir.clone(), project.paths(), project.siblings()));
        projects.push((dir.clone(), project.clone()));
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
            version: project.locking.version.clone(),
            named_groups: project.locking.default_groups.clone(),
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
    if let Some(everywhere) = &mut everywhere {
        let conflicts = projects.iter().map(|(_, it)| &it.locking.conflicts);
        everywhere.conflicts = conflicts.flatten().cloned().collect();
        everywhere.members = members.iter().map(|it| it.name.clone()).collect();
    }
    broken.extend(refused::bare(workspace, &projects, &bare));
    broken.extend(refused::refused(
        workspace, &projects, is_lacking, variables,
    ));
    PythonPackages {
        is_workspace: python.is_workspace,
        dir: python.dir.clone(),
        listed_python: pins::listed(workspace, [&python.dir], "python"),
        absent_sources: absent_sources(workspace, &sources, &members, patterns.as_deref()),
        is_static: !is_lacking && built::is_static(workspace, &projects),
        members,
        everywhere: everywhere.unwrap_or_default(),
        constraints_at,
        required_uv,
        ..PythonPackages::default()
    }
}

/// The line of the bounds that a workspace's manifest has for all packages; the first where there are none.
fn constraints_at(top: &Utf8Path, everywhere: Option<&Everywhere>) -> usize {
    if everywhere.is_none_or(|it| it.constraints.is_empty()) {
        return 1;
    }
    let text = fs::read_text(&top.join("pyproject.toml")).unwrap_or_default();
    line_of(&text, "constraint-dependencies")
}

/// What a manifest in a folder takes from paths, and from other members.
type Sources = (Utf8PathBuf, BTreeMap<String, String>, BTreeSet<String>);

/// The sources of each manifest that are not there; what the first has counts for all members.
fn absent_sources(
    workspace: &Workspace,
    sources: &[Sources],
    members: &[Member],
    patterns: Option<&[String]>,
) -> Vec<AbsentSource> {
    let top = sources.first().map_or(Utf8Path::new(""), |(dir, ..)| dir);
    let is_member = |name: &str| members.iter().any(|member| member.name == name);
    let of_folder = |(at, (dir, paths, siblings)): (usize, &Sources)| {
        let is_asked = |name: &str| {
            let mut heard = members.iter().filter(|it| at == 0 || it.dir == *dir);
            heard.any(|member| member.asks().any(|(_, asked)| asked.name == name))
        };
        let mut absent = sources::absent(workspace, dir, paths, is_asked);
        let strangers = siblings.iter();
        let strangers = strangers.filter(|name| is_asked(name) && !is_member(name));
        absent.extend(strangers.filter_map(|name| {
            let folder = sources::lost_member(workspace, top, patterns?, name)?;
            Some(sources::absent_member(workspace, dir, name, folder))
        }));
        absent
    };
    sources.iter().enumerate().flat_map(of_folder).collect()
}

/// A file as seen from the workspace.
fn below(workspace: &Workspace, file: &Utf8Path) -> Utf8PathBuf {
    file.strip_prefix(&workspace.root)
        .unwrap_or(file)
        .to_owned()
}

fn requirements(texts: &[String]) -> Vec<Requirement> {
    texts
        .iter()
        .filter_map(|text| Requirement::parse(text))
        .collect()
}
