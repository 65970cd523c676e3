//! `-- pixcrawler: ignore[rule] reason` in a migration: findings that somebody lives with.

use crate::code::sql;
use crate::diagnostic::silencer::{self, MARK};
use crate::diagnostic::{Finding, Label};
use crate::text::{Source, Span};

use super::rules::UNUSED_SILENCER;

/// A comment that silences rules.
struct Silencer {
    source: Source,
    span: Span,
    /// The part of the file that it speaks of.
    covers: Span,
    rules: Vec<String>,
    reason: bool,
    used: bool,
}

/// Takes out what comments silence, and adds what is wrong with the comments. `sources` are the files
/// in which they count.
#[must_use]
pub fn silence(findings: Vec<Finding>, sources: &[Source]) -> Vec<Finding> {
    let mut silencers: Vec<Silencer> = sources.iter().flat_map(silencers).collect();
    if silencers.is_empty() {
        return findings;
    }
    let mut kept: Vec<Finding> = findings
        .into_iter()
        .filter(|finding| {
            let Some(place) = &finding.place else {
                return true;
            };
            let mut silenced = false;
            for silencer in &mut silencers {
                let here = silencer.source.path() == place.source.path()
                    && silencer.covers.start <= place.span.start
                    && place.span.start < silencer.covers.end;
                let named = silencer.rules.iter().any(|rule| rule == finding.rule.code);
                if here && named && silencer.reason {
                    silencer.used = true;
                    silenced = true;
                }
            }
            !silenced
        })
        .collect();
    kept.extend(silencers.iter().filter_map(complaint));
    kept
}

fn complaint(silencer: &Silencer) -> Option<Finding> {
    let rules = silencer.rules.join(", ");
    let (message, help) = if silencer.rules.is_empty() {
        (
            "a silencer names no rule".to_owned(),
            "write -- pixcrawler: ignore[migrate/rule] reason",
        )
    } else if !silencer.reason {
        (
            format!("the silencer of {rules} gives no reason, and silences nothing"),
            "write the reason behind the bracket",
        )
    } else if !silencer.used {
        (
            format!("nothing to silence: {rules} is not found here"),
            "delete the comment",
        )
    } else {
        return None;
    };
    Some(
        Finding::new(&UNUSED_SILENCER, message)
            .at(Label::new(&silencer.source, silencer.span, "here"))
            .help(help),
    )
}

/// The silencers of a file. At the end of a line they speak of that line, above a statement of all of it.
fn silencers(source: &Source) -> Vec<Silencer> {
    let text = source.text();
    if !text.contains(MARK) {
        return Vec::new();
    }
    let statements = sql::read(text).statements;
    let comments = sql::comments(text);
    let marked = comments.into_iter().filter_map(|span| {
        let comment = text.get(span.start..span.end)?;
        let body = comment.trim_start_matches(['-', '/', '*', ' ', '\t']);
        let after = body.strip_prefix(MARK)?.trim_end_matches(['*', '/']);
        let (rules, reason) = silencer::words(after);
        let line = text
            .get(..span.start)?
            .rfind('\n')
            .map_or(0, |newline| newline + 1);
        let alone = text.get(line..span.start)?.trim().is_empty();
        let covers = if alone {
            statements
                .iter()
                .map(|statement| statement.span)
                .find(|statement| statement.end > span.end)
                .unwrap_or(span)
        } else {
            Span::new(line, span.start)
        };
        Some(Silencer {
            source: source.clone(),
            span,
            covers,
            rules,
            reason: !reason.trim().is_empty(),
            used: false,
        })
    });
    marked.collect()
}
