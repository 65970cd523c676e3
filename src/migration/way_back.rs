//! The commands that bring a file back as it was when it ran.

use crate::diagnostic::Finding;
use crate::text::command::Command;

use super::journal::Migration;

/// What is to be done about a file that was changed after it ran, where nobody has it as it ran.
pub(super) const OTHERWISE: &str = "where the change is harmless, it goes on record; else write the file as it ran, and a new migration";

/// What is to be done about a file that is gone, where git does not have it.
pub(super) const FROM_ELSEWHERE: &str =
    "bring the file back from another checkout, a branch or a backup";

/// The command that puts a changed file on record.
pub(super) fn accepting(tag: &str) -> String {
    Command::new("pixcrawler migrate repair --accept")
        .word(tag)
        .to_string()
}

/// The finding of a file that was changed after it ran, with the way back: git has it as it ran.
#[must_use]
pub fn of_changed(mut finding: Finding, migration: &Migration) -> Finding {
    finding.notes.retain(|note| note != OTHERWISE);
    let accepting = accepting(&migration.tag);
    finding
        .note("the last commit has it as it ran; what was to be changed goes into a new migration")
        .note(format!("if the change is harmless: {accepting}"))
        .help(from("HEAD", migration))
}

/// The finding of a file that is gone, with the way back: a commit of git's has it, maybe as something else than
/// what ran.
#[must_use]
pub fn of_deleted(mut finding: Finding, migration: &Migration, commit: &str, ran: bool) -> Finding {
    finding.notes.retain(|note| note != FROM_ELSEWHERE);
    let whose = if commit == "HEAD" {
        "the last commit".to_owned()
    } else {
        format!("commit {commit}")
    };
    let finding = finding.help(from(commit, migration));
    if ran {
        finding.note(format!("{whose} has it as it ran"))
    } else {
        finding.note(format!("{whose} has it, but not as it ran"))
    }
}

fn from(commit: &str, migration: &Migration) -> String {
    Command::new("git checkout")
        .word(commit)
        .fixed("--")
        .path(&migration.path)
        .to_string()
}
