//! A tool that the shell finds elsewhere than we do: by an entry of PATH that means another folder in each folder.

use crate::diagnostic::Finding;
use crate::doctor::Facts;
use crate::system::{program, variables};
use crate::text::remedy;
use crate::toolchain::{self, Tool};

/// What is to be said of a tool that is asked by its name alone.
pub(super) fn finding(facts: &Facts, tool: &Tool) -> Option<Finding> {
    // There every shell looks into its own folder first, whatever PATH has.
    if cfg!(windows) {
        return None;
    }
    let known = &facts.questions.variables;
    let name = tool.command.first()?;
    // uv finds a Python, and has a row of its own.
    if name.contains('/') || tool.name == "python" && name == "uv" {
        return None;
    }
    let here = variables::current_dir().ok()?;
    let (entry, file) = program::by_relative_entry(name, &here, known)?;
    let meant = program::find(name, known).filter(|meant| *meant != file)?;
    let help = remedy::on_path(meant.parent()?.as_str());
    Some(toolchain::relative(tool, &entry, &file, &meant).help(help))
}
