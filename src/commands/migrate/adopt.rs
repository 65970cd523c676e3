//! `pixcrawler migrate adopt`: a database that has the tables already gets their record.

use serde_json::{Map, Value};

use crate::commands::Context;
use crate::diagnostic::{Finding, Severity};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::migration::repair::{Change, position};
use crate::migration::{adopt, history, rules};
use crate::migrator::{self, Verified};
use crate::text::plural;

use super::{Database, record};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which database.
    pub database: Database,
    /// The last migration that the database has.
    pub to: Option<String>,
    /// The database must be what the migrations make.
    pub verify: bool,
    /// Production is meant.
    pub yes: bool,
}

/// Puts migrations on record.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    let setting = super::setting(context, &request.database)?;
    record::confirm(context, request.yes, &setting)?;
    let journal = &setting.project.journal;
    let last = match &request.to {
        Some(tag) => position(journal, tag)?,
        None => journal.migrations.len().saturating_sub(1),
    };
    let expected = adopt::expected(journal, last);
    let found =
        super::runtime()?.block_on(migrator::columns(&setting.target, &setting.project.config))?;
    let checked = plural(expected.len(), "table");
    if !expected.is_empty() && expected.there(&found) == 0 {
        return Err(Failure::new(
            Exit::Findings,
            format!(
                "{} has none of the {checked} that the migrations make",
                setting.target.shown()
            ),
        )
        .help("apply them instead: pixcrawler migrate"));
    }
    let mut doubts = Vec::new();
    if request.verify {
        let verified = super::runtime()?.block_on(migrator::verify(
            &setting.target,
            &setting.project,
            last,
        ))?;
        doubts = match verified {
            Verified::Compared(differences) => expected.differences(&differences),
            Verified::NotPossible(why) => {
                let mut missing = expected.missing(&found);
                missing.push(in_part(&why));
                missing
            }
        };
        if doubts.iter().any(|it| it.severity == Severity::Error) {
            return Ok(record::report(
                context,
                "migrate adopt",
                checked,
                doubts,
                Map::new(),
            ));
        }
    }
    let whole = request.verify && !doubts.iter().any(|it| *it.rule == rules::VERIFIED_IN_PART);
    let done = record::edit(context, &setting, &request.database, true, |book| {
        let states = history::compare(journal, book);
        let changes: Vec<Change> = states
            .due()
            .take_while(|at| *at <= last)
            .map(|at| Change::Mark { at })
            .collect();
        let tags: Vec<String> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Mark { at } => journal.migrations.get(*at).map(|it| it.tag.clone()),
                _ => None,
            })
            .collect();
        let sql = migrator::change_sql(&setting.project.config, journal, book, &changes);
        Ok((sql, tags))
    })?;
    let tags = match done {
        Ok(tags) => tags,
        Err(exit) => return Ok(exit),
    };
    for tag in &tags {
        record::line(context, &format!("  {tag}  on record, not run"));
    }
    let verdict = match (tags.len(), request.verify) {
        (0, _) => "nothing to adopt: all is on record".to_owned(),
        (count, true) if whole => format!(
            "{} on record; the database has all that they make, {checked} among it",
            plural(count, "migration")
        ),
        (count, true) => format!(
            "{} on record; {checked} and their columns are there",
            plural(count, "migration")
        ),
        (count, false) => format!(
            "{} on record; look whether the tables fit with --verify",
            plural(count, "migration")
        ),
    };
    record::line(context, &verdict);
    let extra = Map::from_iter([
        ("database".to_owned(), super::database_json(&setting.target)),
        ("adopted".to_owned(), Value::from(tags)),
    ]);
    Ok(record::report(
        context,
        "migrate adopt",
        checked,
        doubts,
        extra,
    ))
}

fn in_part(why: &str) -> Finding {
    Finding::new(
        &rules::VERIFIED_IN_PART,
        "only tables and columns were compared",
    )
    .note(why)
    .help("let the migrations run into an empty database on this server: a role that may create one, past a pooler")
}
