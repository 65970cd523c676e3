//! An env file in which a merge was not finished.

use crate::diagnostic::{Finding, Label, Rule, Severity};
use crate::text::Span;
use crate::text::command::Command;
use crate::text::remedy::open_at;

use super::{EnvFile, Problem};

/// Both sides of a conflict stand in a file.
pub static UNMERGED: Rule = Rule {
    code: "env/unmerged",
    severity: Severity::Error,
    summary: "a merge was not finished in an env file",
    text: "\
The marks of a conflict (`<<<<<<<`, `=======`, `>>>>>>>`) are no assignments: loaders pass over them, with a
word in a log at most, and take of a name that both sides set one value or the other. Which side is meant
only a person knows; until then nothing else of the file is judged, and nothing in it is changed by `--fix`.

Way out: keep what is meant of both sides, and delete the lines of the marks.",
};

/// What is said of a file in which both sides stand.
#[must_use]
pub fn unmerged(file: &EnvFile) -> Option<Finding> {
    let Some(Problem::Unmerged(merge)) = &file.problem else {
        return None;
    };
    let path = file.path();
    let at = merge.line;
    let finding = Finding::new(
        &UNMERGED,
        format!("a merge was not finished here ({path}:{at})"),
    )
    .subject(path.as_str());
    let span = file.source.line_span(at).unwrap_or(Span::new(0, 0));
    let mut finding = finding.at(Label::new(&file.source, span, "here it begins"));
    if let Some(sides) = merge.sides() {
        finding = finding.note(sides);
    }
    // Of what git does not track it shows nothing.
    if file.tracked.is_some() {
        let shows = Command::new("git diff").path(path);
        finding = finding.note(format!("`{shows}` shows both sides"));
    }
    let note = "nothing else of the file is judged until then: which side is meant only you know";
    Some(finding.note(note).help(open_at(path.as_str(), at)))
}
