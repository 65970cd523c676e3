//! What is wrong with the SQL of migrations, before any database is asked.

mod danger;
mod enums;
mod rules;
mod silence;
mod statements;
mod tables;

use crate::code::sql;
use crate::diagnostic::{Finding, Label};
use crate::text::{Source, Span};

use super::journal::{Journal, Migration, Script};

pub use rules::RULES;
pub use silence::silence;

/// A table that `schema.ts` declares.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// The table.
    pub name: sql::Name,
    /// Where its name is written.
    pub place: Label,
}

/// What is known beside the migrations themselves.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The last migration that somebody looked at: it and those before it are no news.
    pub reviewed: Option<String>,
    /// The tables of `schema.ts`.
    pub declared: Vec<Declared>,
    /// The tables that the newest snapshot knows.
    pub snapshot: Vec<sql::Name>,
    /// SQL files that no journal names, such as `production_schema.sql`.
    pub beside: Vec<Source>,
}

/// A migration with what its SQL says.
struct Read<'a> {
    tag: &'a str,
    script: &'a Script,
    facts: sql::Script,
    /// The first line says that there is no transaction.
    alone: bool,
    /// Nobody looked at it yet.
    new: bool,
}

impl Read<'_> {
    fn text(&self) -> &str {
        self.script.source.text()
    }

    fn at(&self, span: Span, message: impl Into<String>) -> Label {
        Label::new(&self.script.source, span, message)
    }

    /// A part of the file on one line, short enough for a message.
    fn excerpt(&self, span: Span) -> String {
        const LONGEST: usize = 60;
        let text = self.text().get(span.start..span.end).unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.trim_end_matches(';').to_owned();
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }
}

/// What would stop one migration half-way, whatever the database: known before anything runs.
#[must_use]
pub fn stoppers(migration: &Migration) -> Vec<Finding> {
    let Some(read) = read(migration) else {
        return Vec::new();
    };
    let mut findings = statements::check(&read);
    // The server's grammar is the judge of what it understands.
    findings.retain(|finding| *finding.rule != rules::NOT_UNDERSTOOD);
    findings
}

/// Values of enums that one of the migrations adds and a later one uses, when one transaction holds them all.
#[must_use]
pub fn enum_values_of_a_batch<'a>(migrations: impl Iterator<Item = &'a Migration>) -> Vec<Finding> {
    let read: Vec<Read<'_>> = migrations.filter_map(read).collect();
    enums::in_one_batch(&read)
}

fn read(migration: &Migration) -> Option<Read<'_>> {
    let script = migration.script.as_ref()?;
    let text = script.source.text();
    Some(Read {
        tag: &migration.tag,
        facts: sql::read(text),
        alone: sql::has_no_transaction(text),
        new: true,
        script,
    })
}

/// Everything that the SQL tells, without what comments in it silence.
#[must_use]
pub fn check(journal: &Journal, surroundings: &Surroundings) -> Vec<Finding> {
    let reviewed = surroundings
        .reviewed
        .as_deref()
        .and_then(|tag| journal.position(tag));
    let migrations: Vec<Read<'_>> = journal
        .migrations
        .iter()
        .enumerate()
        .filter_map(|(at, migration)| {
            let read = read(migration)?;
            Some(Read {
                new: reviewed.is_none_or(|reviewed| at > reviewed),
                ..read
            })
        })
        .collect();
    let mut findings = Vec::new();
    for migration in &migrations {
        findings.extend(statements::check(migration));
        if migration.new {
            findings.extend(danger::check(migration));
        }
    }
    findings.extend(enums::check(&migrations));
    findings.extend(tables::check(&migrations, surroundings));
    findings
}
