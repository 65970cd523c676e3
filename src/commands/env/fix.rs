//! `env check --fix`: the edits that are certain, shown first, each file whole or not at all.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use crate::commands::Context;
use crate::diagnostic::{Edit, Report};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::system::fs;
use crate::text::{Source, Span, plural};
use crate::workspace::Workspace;

/// Applies what can be applied. True if a file was changed.
pub(super) fn apply(
    context: &Context,
    workspace: &Workspace,
    report: &Report,
) -> Result<bool, Failure> {
    let mut by_file: BTreeMap<Utf8PathBuf, Vec<&Edit>> = BTreeMap::new();
    for edit in report
        .findings()
        .iter()
        .filter_map(|finding| finding.fix.as_ref())
        .flat_map(|fix| &fix.edits)
    {
        by_file
            .entry(edit.source.path().to_owned())
            .or_default()
            .push(edit);
    }
    for (path, edits) in &by_file {
        let Some(source) = edits.first().map(|edit| &edit.source) else {
            continue;
        };
        let text = edited(source, edits);
        context.say(&diff(source, edits));
        let absolute = workspace.path(path);
        // Somebody may have saved the file since it was read.
        if fs::read_text(&absolute).ok().as_deref() != Some(source.text()) {
            return Err(
                Failure::new(Exit::Findings, format!("{path} was changed meanwhile"))
                    .help("run the command again"),
            );
        }
        fs::write_atomic(&absolute, text.as_bytes())
            .map_err(|error| Failure::new(Exit::Findings, error.to_string()))?;
    }
    if !by_file.is_empty() {
        let count = by_file.values().map(Vec::len).sum();
        context.say(&format!(
            "applied {} in {}\n",
            plural(count, "change"),
            plural(by_file.len(), "file")
        ));
    }
    Ok(!by_file.is_empty())
}

/// The edits of one file that do not touch each other, first place first. Lines may be added one
/// behind the other; the same change that two tiers ask for is made once.
fn separate<'a>(edits: &[&'a Edit]) -> Vec<&'a Edit> {
    let mut sorted = edits.to_vec();
    sorted.sort_by_key(|edit| edit.span);
    let mut end = 0;
    let mut added: BTreeSet<(usize, &str)> = BTreeSet::new();
    sorted.retain(|edit| {
        let Span { start, end: behind } = edit.span;
        let free = start >= end && added.insert((start, &edit.replacement));
        if free {
            end = behind;
        }
        free
    });
    sorted
}

fn edited(source: &Source, edits: &[&Edit]) -> String {
    let mut text = String::with_capacity(source.text().len());
    let mut kept = 0;
    for edit in separate(edits) {
        if let Some(between) = source
            .text()
            .get(kept..edit.span.start)
            .filter(|_| source.text().is_char_boundary(edit.span.end))
        {
            text.push_str(between);
            text.push_str(&edit.replacement);
            kept = edit.span.end;
        }
    }
    text.push_str(source.text().get(kept..).unwrap_or_default());
    text
}

/// What changes, line by line, with secrets hidden.
fn diff(source: &Source, edits: &[&Edit]) -> String {
    let mut lines = vec![format!("--- {}", source.path())];
    for edit in separate(edits) {
        let line = source.position(edit.span.start).line;
        if edit.span.start == edit.span.end {
            lines.extend(
                edit.replacement
                    .lines()
                    .filter(|added| !added.is_empty())
                    .map(|added| format!("+     | {added}")),
            );
            continue;
        }
        let Some(span) = source.line_span(line) else {
            continue;
        };
        lines.push(format!("-{line:>4} | {}", source.shown(span)));
        let hidden = source.shown(edit.span)
            != source
                .text()
                .get(edit.span.start..edit.span.end)
                .unwrap_or_default();
        let replacement = if hidden {
            "••••••".to_owned()
        } else {
            edit.replacement.clone()
        };
        let after = format!(
            "{}{replacement}{}",
            source.shown(Span::new(span.start, edit.span.start)),
            source.shown(Span::new(edit.span.end.min(span.end), span.end))
        );
        if !(edit.replacement.is_empty()
            && edit.span.start <= span.start
            && edit.span.end >= span.end)
        {
            lines.push(format!("+{line:>4} | {after}"));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_that_overlap_are_applied_once() {
        let source = Source::new(".env", "A=1\nB=2\nC=3\n");
        let edit = |start, end, text: &str| Edit {
            source: source.clone(),
            span: Span::new(start, end),
            replacement: text.to_owned(),
        };
        let edits = [edit(4, 8, ""), edit(6, 7, "x"), edit(2, 3, "\"1\"")];
        let edits: Vec<&Edit> = edits.iter().collect();
        assert_eq!(edited(&source, &edits), "A=\"1\"\nC=3\n");
        assert_eq!(
            diff(&source, &edits),
            "--- .env\n-   1 | A=1\n+   1 | A=\"1\"\n-   2 | B=2"
        );
    }

    #[test]
    fn lines_are_added_one_behind_the_other() {
        let source = Source::new(".env", "A=1");
        let add = |text: &str| Edit {
            source: source.clone(),
            span: Span::new(3, 3),
            replacement: text.to_owned(),
        };
        let edits = [add("\nB=2"), add("\nC=3"), add("\nB=2")];
        let edits: Vec<&Edit> = edits.iter().collect();
        assert_eq!(edited(&source, &edits), "A=1\nB=2\nC=3");
        assert_eq!(diff(&source, &edits), "--- .env\n+     | B=2\n+     | C=3");
    }
}
