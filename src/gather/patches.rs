//! Patches that a `package.json` names for installed packages.

use camino::Utf8PathBuf;

use crate::code::manifest::PackageJson;
use crate::code::settings::line_of_json;
use crate::system::fs;
use crate::workspace::Workspace;
use crate::workspace::stack::{Manager, Web};

/// A patch that is named and not there: bun installs nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostPatch {
    /// The package, with its version.
    pub package: String,
    /// The file of the patch, as it is named.
    pub named: String,
    /// The manifest that names it.
    pub file: Utf8PathBuf,
    /// The line in it.
    pub line: usize,
}

/// Those of the manifest where bun installs.
pub(super) fn lost(workspace: &Workspace, web: &Web, top: &PackageJson) -> Vec<LostPatch> {
    if web.manager != Manager::Bun {
        return Vec::new();
    }
    let folder = workspace.path(&web.top);
    let file = web.top.join("package.json");
    let gone = top
        .patches()
        .filter(|(_, patch)| !fs::is_file(&folder.join(patch)));
    let lost = gone.map(|(package, named)| {
        let text = fs::read_text(&workspace.path(&file)).unwrap_or_default();
        LostPatch {
            package: package.to_owned(),
            named: named.to_owned(),
            line: line_of_json(&text, &["patchedDependencies", package]),
            file: file.clone(),
        }
    });
    lost.collect()
}
