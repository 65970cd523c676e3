//! `# pixcrawler: ignore[rule] reason`: findings that somebody has looked at and lives with.

use std::collections::BTreeMap;

use crate::diagnostic::silencer::{self, MARK};
use crate::diagnostic::{Finding, Label, Rule, Severity};
use crate::text::{Source, Span};

/// A silencer that silences nothing.
pub(super) static UNUSED: Rule = Rule {
    code: "env/unused-silencer",
    severity: Severity::Warning,
    summary: "a silencer has nothing to silence, names no rule, or gives no reason",
    text: "\
A finding that is understood and accepted is silenced at its place, on the line itself or on the one
above it, with the rule and the reason:

    # pixcrawler: ignore[env/shadowed] the shell's value is meant to win here
    LOG_LEVEL=INFO

A silencer that no longer silences anything would hide the next mistake on that line. One without a
reason tells nobody whether it may go.

Way out: delete it, or add the rule and the reason. Rules are silenced everywhere in pixcrawler.toml:

    [rules]
    \"env/exposed\" = \"off\"",
};

/// A rule in `[rules]` that there is not.
#[must_use]
pub fn unknown_rule(settings: &Source, code: &str, near: Option<&str>) -> Finding {
    let help = near.map_or_else(
        || "see all rules: pixcrawler explain".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    let finding = Finding::new(
        &UNUSED,
        format!("there is no rule `{code}` whose level could be set"),
    )
    .subject(code)
    .help(help);
    match settings.text().find(code) {
        Some(at) => finding.at(Label::new(
            settings,
            Span::new(at, at + code.len()),
            "not a rule",
        )),
        None => finding.in_file(settings.path()),
    }
}

/// A comment that silences rules on a line.
struct Silencer {
    span: Span,
    /// The line that it speaks of, from 1.
    line: usize,
    rules: Vec<String>,
    reason: bool,
    used: bool,
}

/// Takes out the findings that comments silence, and adds those about the comments themselves.
/// `sources` are the files in which silencers count.
#[must_use]
pub fn silence(findings: Vec<Finding>, sources: &[Source]) -> Vec<Finding> {
    let mut silencers: BTreeMap<&str, BTreeMap<usize, Vec<Silencer>>> = sources
        .iter()
        .filter(|source| source.text().contains(MARK))
        .map(|source| (source.path().as_str(), by_line(silencers(source))))
        .collect();
    if silencers.is_empty() {
        return findings;
    }
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        let silenced = finding.place.as_ref().is_some_and(|place| {
            let line = place.start().line;
            let of_file = silencers.get_mut(place.source.path().as_str());
            of_file.is_some_and(|all| {
                let mut any = false;
                for silencer in all.get_mut(&line).into_iter().flatten().filter(|silencer| {
                    silencer.reason && silencer.rules.iter().any(|rule| rule == finding.rule.code)
                }) {
                    silencer.used = true;
                    any = true;
                }
                any
            })
        });
        if !silenced {
            kept.push(finding);
        }
    }
    for source in sources {
        for silencer in silencers
            .remove(source.path().as_str())
            .into_iter()
            .flat_map(BTreeMap::into_values)
            .flatten()
        {
            kept.extend(complaint(source, &silencer));
        }
    }
    kept
}

fn by_line(silencers: Vec<Silencer>) -> BTreeMap<usize, Vec<Silencer>> {
    let mut lines: BTreeMap<usize, Vec<Silencer>> = BTreeMap::new();
    for silencer in silencers {
        lines.entry(silencer.line).or_default().push(silencer);
    }
    lines
}

fn complaint(source: &Source, silencer: &Silencer) -> Option<Finding> {
    let (message, help) = if silencer.rules.is_empty() {
        (
            "a silencer names no rule".to_owned(),
            "write # pixcrawler: ignore[env/rule] reason",
        )
    } else if !silencer.reason {
        (
            format!(
                "the silencer of {} gives no reason, and silences nothing",
                silencer.rules.join(", ")
            ),
            "write the reason behind the bracket",
        )
    } else if !silencer.used {
        (
            format!(
                "nothing to silence: {} is not found here",
                silencer.rules.join(", ")
            ),
            "delete the comment",
        )
    } else {
        return None;
    };
    Some(
        Finding::new(&UNUSED, message)
            .at(Label::new(source, silencer.span, "here"))
            .help(help),
    )
}

/// The silencers of a file. One on a line of its own speaks of the next assignment.
fn silencers(source: &Source) -> Vec<Silencer> {
    let text = source.text();
    let mut found = Vec::new();
    let mut next: Option<usize> = None;
    for (at, _) in text.match_indices(MARK) {
        let line_start = text
            .get(..at)
            .and_then(|before| before.rfind('\n'))
            .map_or(0, |newline| newline + 1);
        let line_end = text
            .get(at..)
            .and_then(|rest| rest.find('\n'))
            .map_or(text.len(), |newline| at + newline);
        let (before, after) = (
            text.get(line_start..at).unwrap_or_default(),
            text.get(at + MARK.len()..line_end).unwrap_or_default(),
        );
        let Some(hash) = before
            .rfind('#')
            .filter(|hash| before[hash + 1..].trim().is_empty())
        else {
            continue;
        };
        let (rules, reason) = silencer::words(after);
        let mut line = source.position(at).line;
        if before[..hash].trim().is_empty() {
            // The next assignment is the same for all comments that stand above it.
            if next.is_none_or(|next| next <= line) {
                let distance = text
                    .get(line_end..)
                    .unwrap_or_default()
                    .lines()
                    .skip(1)
                    .position(|line| {
                        !line.trim().is_empty() && !line.trim_start().starts_with('#')
                    });
                next = Some(distance.map_or(usize::MAX, |distance| line + distance + 1));
            }
            line = next.filter(|next| *next != usize::MAX).unwrap_or(line);
        }
        found.push(Silencer {
            span: Span::new(line_start + hash, line_end),
            line,
            rules,
            reason: !reason.trim().is_empty(),
            used: false,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    static RULE: Rule = Rule {
        code: "env/test",
        severity: Severity::Error,
        summary: "",
        text: "",
    };

    fn after(text: &str, line: usize) -> Vec<String> {
        let source = Source::new(".env", text);
        let span = source.line_span(line).expect("a line");
        let finding = Finding::new(&RULE, "found").at(Label::new(&source, span, ""));
        silence(vec![finding], &[source])
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn a_silencer_needs_a_rule_a_reason_and_something_to_silence() {
        assert_eq!(
            after("# pixcrawler: ignore[env/test] known\n# more\nA=1\n", 3),
            Vec::<String>::new()
        );
        assert_eq!(
            after("A=1 # pixcrawler: ignore[env/other, env/test] known\n", 1),
            Vec::<String>::new()
        );
        assert_eq!(
            after("# pixcrawler: ignore[env/test]\nA=1\n", 2),
            [
                "found",
                "the silencer of env/test gives no reason, and silences nothing"
            ]
        );
        assert_eq!(
            after("# pixcrawler: ignore[env/other] known\nA=1\n", 2),
            ["found", "nothing to silence: env/other is not found here"]
        );
        assert_eq!(
            after("# pixcrawler: ignore known\nA=1\n", 2),
            ["found", "a silencer names no rule"]
        );
    }
}
