//! Env files that this user may not read.

use camino::Utf8Path;

use crate::system::{access, fs};
use crate::text::command::Command;
use crate::workspace::Workspace;

/// The command that lets us read one: the file itself is to be ours, or the folder on the way to it that
/// hides it. None where its owner is not known.
pub(super) fn cure(workspace: &Workspace, path: &Utf8Path) -> Option<String> {
    let mut way = path.ancestors().filter(|it| !it.as_str().is_empty());
    let seen = way.find(|it| fs::exists(&workspace.path(it)))?;
    let owner = access::owner(&workspace.path(seen))?;
    let own = "sudo chown \"$(id -un)\"";
    let command = match (owner.is_us, seen == path) {
        (true, true) => Command::new("chmod u+r"),
        (true, false) => Command::new("chmod u+rx"),
        (false, true) => Command::new(own),
        (false, false) => Command::new("sudo chown -R \"$(id -un)\""),
    };
    Some(command.path(seen).to_string())
}
