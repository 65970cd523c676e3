//! What Node is told beside the manifest.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::system::fs;
use crate::toolchain::{Answer, Cause, Preload, preloads};
use crate::workspace::Workspace;
use crate::workspace::stack::Web;

/// The variable with options for every Node.
const OPTIONS: &str = "NODE_OPTIONS";

/// With these `require` finds a file that is written without an ending.
const ENDINGS: [&str; 4] = ["", ".js", ".json", ".node"];

/// What keeps Node from running anything: it tells its version without a look at what it is to load first.
#[must_use]
pub fn node_misled(
    workspace: &Workspace,
    web: &Web,
    variables: &BTreeMap<String, String>,
) -> Option<Answer> {
    let options = variables.get(OPTIONS)?;
    let dirs = [workspace.path(&web.dir), workspace.root.clone()];
    // Where somebody stands who runs it is not known: these two are where it is run mostly.
    let is_gone = |it: &Preload| !dirs.iter().any(|dir| is_there(&dir.join(&it.path), it));
    let gone = preloads(options).into_iter().find(is_gone)?;
    Some(Answer::Misled {
        why: format!(
            "{OPTIONS} has it load {} before anything else, and there is no such file",
            gone.path
        ),
        cause: Cause::Variables(vec![OPTIONS.to_owned()]),
    })
}

fn is_there(path: &Utf8Path, it: &Preload) -> bool {
    if !it.is_required {
        return fs::exists(path);
    }
    let mut files = ENDINGS.iter().map(|ending| format!("{path}{ending}"));
    files.any(|file| fs::exists(Utf8Path::new(&file)))
}
