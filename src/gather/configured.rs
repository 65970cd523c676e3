//! What a Celery application is configured by as a whole, found in the workspace.

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::python::{self, Configured, Taken, Target};
use crate::system::fs;
use crate::workspace::Workspace;

/// What it comes to.
pub(super) enum Whole {
    /// This stands there: the file, its text, and what it has.
    Read(Utf8PathBuf, String, Configured),
    /// It cannot be told: the offset of the call.
    Unknown(usize),
    /// It is not there: its name, and the offset of the call.
    Lost(String, usize),
    /// Nothing configures it as a whole, or what code makes that is read for itself.
    Nothing,
}

/// What the calls in a file come to; `cwd` is where the worker is started.
pub(super) fn of(
    workspace: &Workspace,
    (file, text): (&Utf8Path, &str),
    taken: &[Taken],
    cwd: &Utf8Path,
) -> Whole {
    let Some(last) = taken.last() else {
        return Whole::Nothing;
    };
    let is_other = |it: &&Taken| (&it.target, &it.namespace) != (&last.target, &last.namespace);
    if taken.iter().find(is_other).is_some() {
        return Whole::Unknown(last.offset);
    }
    let namespace = last.namespace.as_deref();
    let (path, text, inner, is_own) = match &last.target {
        Target::Own(name) => (file.to_owned(), text.to_owned(), name.as_deref(), true),
        Target::Path { level, parts } => {
            let Some((path, inner)) = module(workspace, file, cwd, *level, parts) else {
                return Whole::Unknown(last.offset);
            };
            let inner = match inner {
                [] => None,
                [name] => Some(name.as_str()),
                // A part of an object, which code makes.
                _ => return Whole::Nothing,
            };
            let Ok(text) = fs::read_text(&workspace.path(&path)) else {
                return Whole::Unknown(last.offset);
            };
            (path, text, inner, false)
        }
        Target::Made => return Whole::Nothing,
        Target::Unknown => return Whole::Unknown(last.offset),
    };
    match python::configured_by(&text, inner, namespace) {
        Some(configured) if configured.is_there => Whole::Read(path, text, configured),
        Some(_) if !is_own => match (&last.target, inner) {
            (Target::Path { level: 0, parts }, Some(name))
                if lacks(workspace, &path, &text, name) =>
            {
                Whole::Lost(parts.join("."), last.offset)
            }
            _ => Whole::Unknown(last.offset),
        },
        _ => Whole::Nothing,
    }
}

/// Whether a package has no module of that name, nor anything else that is called so.
fn lacks(workspace: &Workspace, package: &Utf8Path, text: &str, name: &str) -> bool {
    // What it takes from elsewhere, or makes when it is asked for, is not known.
    let may_have = [name, "import *", "__getattr__", "__path__", "globals("];
    let dir = package.parent().unwrap_or(Utf8Path::new(""));
    let beside = fs::entries(&workspace.path(dir));
    let is_it = |(file, _): &(String, bool)| file.split('.').next() == Some(name);
    package.file_name() == Some("__init__.py")
        && !may_have.iter().any(|it| text.contains(it))
        && !beside.iter().any(is_it)
}

/// The file of a module, and what of the path leads into it; nothing where the workspace has none.
fn module<'p>(
    workspace: &Workspace,
    file: &Utf8Path,
    cwd: &Utf8Path,
    level: usize,
    parts: &'p [String],
) -> Option<(Utf8PathBuf, &'p [String])> {
    let bases: Vec<Utf8PathBuf> = if let Some(up) = level.checked_sub(1) {
        vec![file.parent()?.ancestors().nth(up)?.to_owned()]
    } else {
        // As Python looks for it: where the worker runs, and where packages of the workspace are installed from.
        let tiers = workspace.tiers.iter().map(|tier| tier.dir.clone());
        let homes = std::iter::once(Utf8PathBuf::new()).chain(tiers);
        let homes = homes.flat_map(|dir| [dir.join("src"), dir]);
        std::iter::once(cwd.to_owned()).chain(homes).collect()
    };
    for known in (1..=parts.len()).rev() {
        let (module, inner) = parts.split_at(known);
        for base in &bases {
            let path = base.join(module.join("/"));
            for path in [path.with_extension("py"), path.join("__init__.py")] {
                if fs::is_file(&workspace.path(&path)) {
                    return Some((path, inner));
                }
            }
        }
    }
    None
}
