//! Edits of one file: which of them go together, the text afterwards, and what changes.

use std::collections::BTreeSet;

use crate::text::{Source, Span};

use super::Edit;

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

/// The text with the edits made; of edits that touch each other the first counts.
#[must_use]
pub fn applied(source: &Source, edits: &[&Edit]) -> String {
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
#[must_use]
pub fn diff(source: &Source, edits: &[&Edit]) -> String {
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
        let after = format!(
            "{}{}{}",
            source.shown(Span::new(span.start, edit.span.start)),
            replacement(source, edit),
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

/// What is written in a place, as people may see it. Where something secret was, the new text is shown only as far
/// as it hides its own secrets, and shows nothing more often that was hidden before.
fn replacement(source: &Source, edit: &Edit) -> String {
    let text = source.text();
    let old = text.get(edit.span.start..edit.span.end).unwrap_or_default();
    let shown = source.shown(edit.span);
    if shown == old {
        return edit.replacement.clone();
    }
    let start = edit.span.start;
    let changed = source.changed(applied(source, &[edit]));
    let new = changed.shown(Span::new(start, start + edit.replacement.len()));
    let hidden: BTreeSet<&str> = source
        .hidden_texts()
        .filter(|it| old.contains(*it))
        .collect();
    let seen = |text: &str| -> usize { hidden.iter().map(|it| text.matches(it).count()).sum() };
    if new == edit.replacement || seen(&new) > seen(&shown) {
        "••••••".to_owned()
    } else {
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_value_with_a_password_only_that_is_hidden() {
        let source = |find: fn(&str) -> Vec<Span>| {
            let text = "# x\nURL=a://me:pass@h/me\n";
            Source::with_secrets(".env", text, find)
        };
        let told = |find: fn(&str) -> Vec<Span>, replacement: &str| {
            let source = source(find);
            let edit = Edit {
                source: source.clone(),
                span: Span::new(8, 24),
                replacement: replacement.to_owned(),
            };
            diff(&source, &[&edit])
        };
        let password: fn(&str) -> Vec<Span> = |text| {
            let at = text.find("pass");
            at.map(|at| Span::new(at, at + 4)).into_iter().collect()
        };
        let before = "--- .env\n-   2 | URL=a://me:••••@h/me\n";
        assert_eq!(
            told(password, "ab://me:pass@h/me"),
            format!("{before}+   2 | URL=ab://me:••••@h/me")
        );
        // Where it would be seen, nothing is.
        let first: fn(&str) -> Vec<Span> = |_| vec![Span::new(15, 19)];
        for (find, replacement) in [
            (first, "abcdef://me:pass@h/me"),
            (password, "pass://me:pass@h"),
            (password, "nothing"),
        ] {
            assert_eq!(
                told(find, replacement),
                format!("{before}+   2 | URL=••••••"),
                "{replacement}"
            );
        }
    }

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
        assert_eq!(applied(&source, &edits), "A=\"1\"\nC=3\n");
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
        assert_eq!(applied(&source, &edits), "A=1\nB=2\nC=3");
        assert_eq!(diff(&source, &edits), "--- .env\n+     | B=2\n+     | C=3");
    }
}
