//! What is wrong with the files by themselves, before any database is asked.

use std::collections::BTreeMap;

use crate::diagnostic::{Finding, Label, Severity};
use crate::text::Span;
use crate::text::command::Command;
use crate::text::encoding;

use super::journal::{Journal, Migration, Script};
use super::rules;

/// Everything that the files alone tell.
#[must_use]
pub fn check(journal: &Journal) -> Vec<Finding> {
    let mut findings = order(journal);
    findings.extend(repeated(journal));
    for migration in &journal.migrations {
        match &migration.script {
            Some(script) => findings.extend(encoding(script, &migration.tag)),
            None => findings.push(missing(migration)),
        }
    }
    findings.extend(orphans(journal));
    findings.extend(snapshots(journal));
    findings
}

/// Times must grow: drizzle-kit applies what is newer than the newest row.
fn order(journal: &Journal) -> Vec<Finding> {
    let mut newest: Option<&Migration> = None;
    let mut findings = Vec::new();
    for migration in &journal.migrations {
        if let Some(before) = newest.filter(|before| migration.when <= before.when) {
            let how = if migration.when == before.when {
                "the same time as"
            } else {
                "an earlier time than"
            };
            let mut finding = Finding::new(
                &rules::NOT_INCREASING,
                format!("{} has {how} {}, which stands before it", migration.tag, before.tag),
            )
            .subject(&migration.tag)
            .note("where the earlier one is applied already, drizzle-kit skips this one for ever and exits with 0")
            .help(format!("write a `when` above {} for {}", before.when, migration.tag));
            if let Some(label) = &migration.when_at {
                finding = finding.at(label.clone());
            }
            if let Some(label) = &before.when_at {
                finding = finding.related(label.clone());
            }
            findings.push(finding);
        } else {
            newest = Some(migration);
        }
    }
    findings
}

/// A name that comes twice is one file that would run twice.
fn repeated(journal: &Journal) -> Vec<Finding> {
    let mut seen: BTreeMap<&str, &Migration> = BTreeMap::new();
    let mut findings = Vec::new();
    for migration in &journal.migrations {
        let Some(before) = seen.insert(&migration.tag, migration) else {
            continue;
        };
        let mut finding = Finding::new(
            &rules::REPEATED,
            format!("{} stands twice in the journal", migration.tag),
        )
        .subject(&migration.tag)
        .help("delete one of the two entries");
        if let Some(label) = migration.place("again") {
            finding = finding.at(label);
        }
        if let Some(label) = before.place("for the first time") {
            finding = finding.related(label);
        }
        findings.push(finding);
    }
    findings
}

/// What no server accepts: a byte order mark, bytes that are no UTF-8.
#[must_use]
pub fn encoding(script: &Script, tag: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let text = script.source.text();
    let path = script.source.path();
    if text.starts_with('\u{feff}') {
        findings.push(
            Finding::new(&rules::BOM, format!("{path} begins with a byte order mark"))
                .subject(tag)
                .at(Label::new(
                    &script.source,
                    Span::new(0, '\u{feff}'.len_utf8()),
                    "here",
                ))
                .note("PostgreSQL takes it for a part of the first word and refuses the file")
                .help(
                    Command::new("sed -i '1s/^\\xEF\\xBB\\xBF//'")
                        .path(path)
                        .to_string(),
                ),
        );
    }
    if let Some(at) = script.not_utf8 {
        findings.push(
            Finding::new(&rules::NOT_UTF8, format!("{path} is not UTF-8"))
                .subject(tag)
                .at(Label::new(
                    &script.source,
                    Span::new(at, at + '\u{fffd}'.len_utf8()),
                    "this byte is not UTF-8",
                ))
                .note("drizzle-kit puts U+FFFD in its place, and the text that reaches the database is another one")
                .help(encoding::mended(
                    script.source.text(),
                    path.as_str(),
                    script.source.position(at).line,
                )),
        );
    }
    findings
}

fn missing(migration: &Migration) -> Finding {
    let finding = Finding::new(
        &rules::MISSING_FILE,
        format!("{} is not there, and the journal names it", migration.path),
    )
    .subject(&migration.tag)
    .help("bring the file back, or delete the entry if the migration was never meant to stay");
    match migration.place("no such file") {
        Some(label) => finding.at(label),
        None => finding.in_file(&migration.path),
    }
}

/// Files that look like migrations and that nobody applies.
#[must_use]
pub fn orphans(journal: &Journal) -> Vec<Finding> {
    let orphan = |script: &Script| {
        let path = script.source.path();
        let span = script.source.line_span(1).unwrap_or_default();
        Finding::new(
            &rules::ORPHAN,
            format!("{path} looks like a migration, and the journal does not name it"),
        )
        .subject(path.file_stem().unwrap_or_default())
        .at(Label::new(&script.source, span, "never applied"))
        .note("drizzle-kit applies what the journal names and nothing else")
        .help("write migrations with: pixcrawler migrate new NAME; or move the file elsewhere")
    };
    journal.orphans.iter().map(orphan).collect()
}

/// Two snapshots with one parent: two branches each generated a migration.
fn snapshots(journal: &Journal) -> Vec<Finding> {
    let mut children: BTreeMap<&str, Vec<&super::journal::Snapshot>> = BTreeMap::new();
    for snapshot in &journal.snapshots {
        for parent in &snapshot.parents {
            children.entry(parent).or_default().push(snapshot);
        }
    }
    let collides = children.into_values().filter(|children| children.len() > 1);
    collides
        .filter_map(|children| {
            let (last, before) = children.split_last()?;
            let first = before.first()?;
            Some(
                Finding::new(
                    &rules::COLLISION,
                    format!("{} and {} build on the same snapshot", first.path, last.path),
                )
                .severity(Severity::Error)
                .in_file(&last.path)
                .note("two branches each generated a migration; drizzle-kit refuses to generate another one")
                .help("delete the newer migration, its snapshot and its journal entry, then: drizzle-kit generate"),
            )
        })
        .collect()
}
