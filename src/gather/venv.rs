//! uv's environment: where it is, what is installed in it, and whether it can run.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::lock::normal_name;
use crate::code::python::Version;
use crate::system::{fs, program};
use crate::workspace::Workspace;
use crate::workspace::stack::Python;

use super::refusal::{self, Refusal};

/// What is in an environment.
pub(super) struct Installed {
    /// The version of each package, by normalised name.
    pub(super) versions: BTreeMap<String, String>,
    /// Those of which only the description is left: the installers take them for installed.
    pub(super) hollow: Vec<String>,
}

/// The folder of uv's environment.
#[must_use]
pub fn venv(
    workspace: &Workspace,
    python: &Python,
    variables: &BTreeMap<String, String>,
) -> Utf8PathBuf {
    let dir = workspace.path(&python.dir);
    let venv = place(&dir, variables);
    // A file of that name says where the environment is.
    match fs::read_text_if_there(&venv) {
        Ok(Some(text)) => dir.join(text.lines().next().unwrap_or_default().trim()),
        _ => venv,
    }
}

/// Where uv looks for its environment.
fn place(dir: &Utf8Path, variables: &BTreeMap<String, String>) -> Utf8PathBuf {
    let named = variables
        .get("UV_PROJECT_ENVIRONMENT")
        .filter(|path| !path.is_empty());
    dir.join(named.map_or(".venv", String::as_str))
}

/// The interpreter of an environment.
#[must_use]
pub fn interpreter(venv: &Utf8Path) -> Utf8PathBuf {
    venv.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    })
}

/// Something in the place of a folder that its installer makes no use of: uv's environment, `node_modules`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTheWay {
    /// Where it lies, as seen from where the installer runs.
    pub path: Utf8PathBuf,
    /// What it is.
    pub what: Obstacle,
}

/// What lies where the environment is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A folder with something in it that is no environment.
    Folder,
    /// An environment without its `pyvenv.cfg`: what is left of it runs this Python, which belongs to others.
    Undescribed(Utf8PathBuf),
    /// A file that leads to no environment.
    File,
    /// A link to where nothing is.
    Link(Utf8PathBuf),
}

/// What is in the environment's way: uv takes an empty folder, or one that is described as an environment.
pub(super) fn in_the_way(
    workspace: &Workspace,
    python: &Python,
    variables: &BTreeMap<String, String>,
) -> Option<InTheWay> {
    let dir = workspace.path(&python.dir);
    let place = place(&dir, variables);
    let what = obstacle(&dir, &place, &venv(workspace, python, variables))?;
    let path = place.strip_prefix(&dir).unwrap_or(&place).to_owned();
    Some(InTheWay { path, what })
}

/// The same of a place in a project's folder, and of where it leads to.
fn obstacle(dir: &Utf8Path, place: &Utf8Path, venv: &Utf8Path) -> Option<Obstacle> {
    if fs::exists(&venv.join("pyvenv.cfg")) {
        return None;
    }
    if let Some(what) = no_folder(place) {
        return Some(what);
    }
    let program = interpreter(venv);
    if program.exists() {
        // One that lies elsewhere may be a whole Python, as in a container, and one of conda's has no such
        // description: their programs do not lead out of them.
        let real = fs::real(&program);
        let is_left = venv.starts_with(dir) && !real.starts_with(fs::real(venv));
        is_left.then_some(Obstacle::Undescribed(real))
    } else {
        let is_used = fs::is_dir(venv) && !fs::names(venv, |_| true).is_empty();
        is_used.then_some(Obstacle::Folder)
    }
}

/// What is in the place of a folder, and can be none: a link that leads to nothing, or a file.
pub(super) fn no_folder(place: &Utf8Path) -> Option<Obstacle> {
    if let Some(target) = fs::leads_nowhere(place) {
        return Some(Obstacle::Link(target));
    }
    fs::is_file(place).then_some(Obstacle::File)
}

/// What refuses to be written in an environment.
pub(super) fn refusal(
    workspace: &Workspace,
    python: &Python,
    variables: &BTreeMap<String, String>,
) -> Option<Refusal> {
    let venv = venv(workspace, python, variables);
    let folders = || {
        let programs = interpreter(&venv).parent().map(Utf8Path::to_owned);
        let mut folders: Vec<Utf8PathBuf> = programs.into_iter().collect();
        if let Some(packages) = site_packages(&venv) {
            folders.extend(fs::list(&packages));
            folders.push(packages);
        }
        folders
    };
    refusal::of(&workspace.path(&python.dir), &venv, folders)
}

/// An interpreter that does not run: what the environment's leads to, or it itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// Nothing is there: as after the Python that it was made with was removed.
    Gone(Utf8PathBuf),
    /// It lies in a folder that is closed to us.
    Closed(Utf8PathBuf),
    /// It is there and may not be executed, be it that nothing on its disk may.
    Shut(Utf8PathBuf),
}

/// Why an environment's interpreter does not run.
pub(super) fn lost_interpreter(venv: &Utf8Path) -> Option<Lost> {
    let program = interpreter(venv);
    if program.exists() {
        let is_shut = program::find(program.as_str(), &BTreeMap::new()).is_none();
        return is_shut.then_some(Lost::Shut(program));
    }
    let closed = fs::is_closed(&program);
    let target = program.read_link_utf8().unwrap_or(program);
    Some(if closed {
        Lost::Closed(target)
    } else {
        Lost::Gone(target)
    })
}

/// The version of an environment's Python, by its own description.
pub(super) fn version(venv: &Utf8Path) -> Option<Version> {
    let text = fs::read_text(&venv.join("pyvenv.cfg")).ok()?;
    let said = text.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        // As uv and virtualenv write it, and as the standard library does.
        matches!(key.trim(), "version_info" | "version").then_some(value.trim())
    })?;
    let mut parts = said.split('.');
    let mut next = || parts.next()?.parse().ok();
    Some((next()?, next()?))
}

/// Every package of an environment with its version, out of the names of the folders that describe them;
/// none where there is no environment.
pub(super) fn installed(venv: &Utf8Path) -> Option<Installed> {
    let packages = site_packages(venv)?;
    let paths = fs::list(&packages);
    let names: Vec<&str> = paths.iter().filter_map(|path| path.file_name()).collect();
    let (described, others): (Vec<&str>, Vec<&str>) = names
        .into_iter()
        .partition(|name| name.ends_with(".dist-info"));
    let modules: BTreeSet<String> = others.iter().map(|name| module(name)).collect();
    let mut installed = Installed {
        versions: BTreeMap::new(),
        hollow: Vec::new(),
    };
    for folder in described {
        let Some((name, version)) = folder
            .strip_suffix(".dist-info")
            .and_then(|stem| stem.rsplit_once('-'))
        else {
            continue;
        };
        let name = normal_name(name);
        // Most are called as their module is; for the others, the list of their files tells.
        if !modules.contains(&name) && is_hollow(&packages.join(folder), &others) {
            installed.hollow.push(name.clone());
        }
        installed.versions.insert(name, version.to_owned());
    }
    Some(installed)
}

/// The folder of an environment's packages.
pub(super) fn site_packages(venv: &Utf8Path) -> Option<Utf8PathBuf> {
    let unix = fs::list(&venv.join("lib"))
        .into_iter()
        .map(|lib| lib.join("site-packages"));
    std::iter::once(venv.join("Lib/site-packages"))
        .chain(unix)
        .find(|packages| fs::is_dir(packages))
}

/// The name of a module as a package of the same name is written: `typing_extensions.py`.
fn module(file: &str) -> String {
    normal_name(file.split('.').next().unwrap_or(file))
}

/// Whether all that a package brought is gone.
fn is_hollow(description: &Utf8Path, there: &[&str]) -> bool {
    let Ok(record) = fs::read_text(&description.join("RECORD")) else {
        return false;
    };
    let own = description.file_name().unwrap_or_default();
    let mut brought = record
        .lines()
        .filter_map(|line| line.split([',', '/']).next())
        .map(|top| top.trim_matches('"'))
        .filter(|top| !matches!(*top, "" | ".." | "__pycache__") && *top != own)
        .peekable();
    brought.peek().is_some() && brought.all(|top| !there.contains(&top))
}

#[cfg(all(test, unix))]
#[expect(clippy::disallowed_methods, reason = "files as others leave them")]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_environment_is_in_its_way() {
        let root = fs::temporary("in-the-way");
        let at = |path: &str| root.join(path);
        let what = |leads_to: &str| obstacle(&root, &at(".venv"), &at(leads_to));
        std::fs::create_dir_all(at(".venv/bin")).expect("made");
        assert_eq!(what(".venv"), Some(Obstacle::Folder));
        // A Python of its own, as conda has it.
        std::fs::write(at(".venv/bin/python"), "").expect("written");
        assert_eq!(what(".venv"), None);
        std::fs::remove_file(at(".venv/bin/python")).expect("removed");
        std::fs::write(at("base"), "").expect("written");
        std::os::unix::fs::symlink("../../base", at(".venv/bin/python")).expect("made");
        let base = fs::real(&at("base"));
        assert_eq!(what(".venv"), Some(Obstacle::Undescribed(base)));
        std::fs::write(at(".venv/pyvenv.cfg"), "").expect("written");
        assert_eq!(what(".venv"), None);
        std::fs::rename(at(".venv"), at("other")).expect("moved");
        assert_eq!(what(".venv"), None);
        std::fs::write(at(".venv"), "other\n").expect("written");
        assert_eq!(what("other"), None);
        assert_eq!(what("elsewhere"), Some(Obstacle::File));
        std::fs::remove_file(at(".venv")).expect("removed");
        std::os::unix::fs::symlink("gone", at(".venv")).expect("made");
        assert_eq!(what(".venv"), Some(Obstacle::Link("gone".into())));
        std::fs::create_dir(at("gone")).expect("made");
        assert_eq!(what(".venv"), None);
        std::fs::remove_dir_all(&root).expect("removed");
    }
}
