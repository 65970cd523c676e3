//! A name that a file sets more than once.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::diagnostic::{Edit, Finding, Fix, Label, Rule, Severity};
use crate::text::Span;

use super::EnvFile;
use super::dialect::{Binding, Dialect, Loaded};

/// A name that is set twice in one file.
pub(super) static DUPLICATE: Rule = Rule {
    code: "env/duplicate",
    severity: Severity::Warning,
    summary: "a file sets a variable more than once",
    text: "\
Of several lines with one name only one counts: the last for nearly every loader, the first for
dotenvy and uv. Who edits the other one wonders why nothing changes. pydantic-settings ignores case,
so that `port=` and `PORT=` are one variable too.

Way out: delete the line that does not count. `--fix` deletes it where both set the same value, and makes
a comment of it where they do not: which one was meant is yours to say.",
};

/// Of each name the line that does not count.
pub(super) fn duplicates(file: &EnvFile, loaded: &Loaded, dialect: Dialect) -> Vec<Finding> {
    if loaded.values.len() == loaded.bindings.len() {
        // As many names as lines: no name comes twice.
        return Vec::new();
    }
    let mut seen: HashMap<Cow<'_, str>, usize, RandomState> =
        HashMap::with_capacity_and_hasher(loaded.bindings.len(), RandomState::default());
    let mut findings = Vec::new();
    let first_wins = dialect == Dialect::Dotenvy;
    for (at, binding) in loaded.bindings.iter().enumerate() {
        let Some(before) = seen
            .insert(super::resolve::key(dialect, &binding.name), at)
            .and_then(|before| loaded.bindings.get(before))
        else {
            continue;
        };
        let (counts, dead) = if first_wins {
            (before, binding)
        } else {
            (binding, before)
        };
        let line = file.source.position(dead.name_span.start).line;
        let same = counts.value == dead.value;
        let how = if same { ", to the same value" } else { "" };
        let mut finding = Finding::new(
            &DUPLICATE,
            format!("`{}` is set twice in {}{how}", counts.name, file.path()),
        )
        .subject(counts.name.as_str())
        .at(Label::new(
            &file.source,
            counts.name_span.clone(),
            "this one counts",
        ))
        .related(Label::new(
            &file.source,
            dead.name_span.clone(),
            "this one has no effect",
        ))
        .help(format!("delete line {line}"));
        if let Some(lines) = lines_of(file, dead) {
            let edit = |replacement: String| Edit {
                source: file.source.clone(),
                span: lines,
                replacement,
            };
            if same {
                finding = finding.fix(Fix {
                    title: format!("delete line {line}, which has no effect"),
                    edits: vec![edit(String::new())],
                });
            } else if let Some(comment) = comment_of(file, dead, lines) {
                finding = finding.fix(Fix {
                    title: format!("make line {line}, which has no effect, a comment"),
                    edits: vec![edit(comment)],
                });
            }
        }
        findings.push(finding);
    }
    findings
}

/// The lines of an assignment, with the line end; none where something else stands on them, which may be
/// behind a carriage return.
fn lines_of(file: &EnvFile, binding: &Binding) -> Option<Span> {
    let text = file.source.text();
    let start = text
        .get(..binding.name_span.start)?
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let end = text
        .get(binding.value_span.end..)?
        .find('\n')
        .map_or(text.len(), |at| binding.value_span.end + at + 1);
    let before = text.get(start..binding.name_span.start)?.trim();
    let own = text.get(start..end)?.trim_end_matches(['\r', '\n']);
    let alone = matches!(before, "" | "export") && !own.replace("\r\n", "\n").contains('\r');
    alone.then(|| Span::new(start, end))
}

/// An assignment's line as a comment, where nothing but the assignment itself is lost by it: it is one
/// line, and nothing in the file is made of its value.
fn comment_of(file: &EnvFile, binding: &Binding, lines: Span) -> Option<String> {
    let text = file.source.text();
    let own = text.get(lines.start..lines.end)?;
    let used = |form: &str| text.contains(&format!("{form}{}", binding.name));
    let one = !own.trim_end_matches('\n').contains('\n');
    (one && !used("$") && !used("${")).then(|| format!("# {own}"))
}
