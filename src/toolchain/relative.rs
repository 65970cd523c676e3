//! A tool that another program of its name stands before, as long as the shell is in one folder.

use camino::Utf8Path;

use crate::diagnostic::{Finding, Rule, Severity};

use super::Tool;

/// PATH has an entry that is no whole path, and a tool there.
pub static RELATIVE: Rule = Rule {
    code: "tool/relative",
    severity: Severity::Warning,
    summary: "PATH has a relative entry, by which the shell finds another program than the tool",
    text: "\
An entry of PATH that does not begin with `/`, an empty one among them, means another folder in each folder. What is
typed where it leads to a program of the tool's name runs that program, and so do the commands that are printed here;
what is asked for its version is the tool that PATH has everywhere.

Way out: put the tool's own folder first with the command that is printed, and take the relative entry out of PATH
where it is set (`~/.profile`, `~/.bashrc`, `~/.zshrc`, `.envrc`).",
};

/// The shell finds `file` by that entry; `meant` is what it finds elsewhere.
#[must_use]
pub fn relative(tool: &Tool, entry: &str, file: &Utf8Path, meant: &Utf8Path) -> Finding {
    let (name, program) = (tool.name, tool.program());
    let entry = match entry {
        "" => "an empty entry, which is the folder itself".to_owned(),
        entry => format!("the relative entry `{entry}`"),
    };
    let message = format!("{name}: PATH has {entry}: `{program}` typed here runs {file}");
    Finding::new(&RELATIVE, message)
        .subject(name)
        .note(format!("asked was {meant}, which comes behind it"))
}
