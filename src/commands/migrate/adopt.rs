//! `pixcrawler migrate adopt`: a database that has the tables already gets their record.

use serde_json::{Map, Value};

use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::migration::repair::{Change, position};
use crate::migration::{adopt, history};
use crate::migrator;
use crate::text::plural;

use super::{Database, record};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which database.
    pub database: Database,
    /// The last migration that the database has.
    pub to: Option<String>,
    /// Every table and column must be there.
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
    if request.verify {
        let missing = expected.missing(&found);
        if !missing.is_empty() {
            return Ok(record::report(
                context,
                "migrate adopt",
                checked,
                missing,
                Map::new(),
            ));
        }
    }
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
        Vec::new(),
        extra,
    ))
}
