//! The env file that an application's own module has loaded into the environment of its process.

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::python::Loaded;
use crate::system::fs;
use crate::workspace::Workspace;
use crate::workspace::stack::{Reads, Setting};

use super::File;

/// A setting that is read from the process environment, with the file that the application's module has loaded into
/// that before. Of several the first one counts that has the variable, and none is told; nor where another module may
/// have loaded one (`loads_before`).
pub(super) fn with(
    workspace: &Workspace,
    file: &File,
    cwd: &Utf8Path,
    setting: Setting,
    loads_before: bool,
) -> Setting {
    if loads_before || setting.reads != Reads::Process || setting.file != file.path {
        return setting;
    }
    let is_before = |offset| file.source.position(offset).line < setting.line;
    let mut before = file.module.loads.iter().filter(|it| is_before(it.offset));
    let (Some(load), None) = (before.next(), before.next()) else {
        return setting;
    };
    let loaded = match &load.file {
        Loaded::Named(named) => named.within(cwd, &file.path),
        Loaded::Nearest => nearest(workspace, &file.path),
    };
    match loaded {
        Some(loaded) => Setting {
            reads: Reads::Loaded(loaded),
            ..setting
        },
        None => setting,
    }
}

/// Whether a module may run before that one says anything: what it loads then counts first.
pub(in crate::gather) fn may_come_before(file: &File, other: &Utf8Path) -> bool {
    let is_beside = file.path.parent().is_some_and(|dir| other.starts_with(dir));
    let module = other.with_extension("");
    let mut parts = module.components();
    let is_imported = parts.any(|part| file.module.imports.iter().any(|it| it == part.as_str()));
    other != file.path && (is_beside || is_imported)
}

/// The `.env` in the folder of a module, or in the first one above that has one.
fn nearest(workspace: &Workspace, module: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut files = module.ancestors().skip(1).map(|dir| dir.join(".env"));
    files.find(|file| fs::is_file(&workspace.path(file)))
}
