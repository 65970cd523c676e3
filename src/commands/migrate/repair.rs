//! `pixcrawler migrate repair`: the record put right.

use serde_json::{Map, Value, json};

use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::migration::repair::{Wanted, repairs};
use crate::migrator;
use crate::text::plural;

use super::{Database, record};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which database.
    pub database: Database,
    /// Files that count as they are now.
    pub accept: Vec<String>,
    /// Migrations that count as applied.
    pub mark: Vec<String>,
    /// Rows that go.
    pub forget: Vec<i64>,
    /// Change nothing.
    pub dry_run: bool,
    /// Production is meant.
    pub yes: bool,
}

/// Mends the record.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    let setting = super::setting(context, &request.database)?;
    record::confirm(context, request.yes || request.dry_run, &setting)?;
    let wanted = Wanted {
        accept: request.accept.clone(),
        mark: request.mark.clone(),
        forget: request.forget.clone(),
    };
    let journal = &setting.project.journal;
    let done = record::edit(context, &setting, &request.database, false, |book| {
        let changes = repairs(journal, book, &wanted)?;
        let sql = if request.dry_run {
            String::new()
        } else {
            migrator::change_sql(&setting.project.config, journal, book, &changes)
        };
        let told: Vec<String> = changes
            .iter()
            .map(|change| change.in_words(journal))
            .collect();
        Ok((sql, told))
    })?;
    let told = match done {
        Ok(told) => told,
        Err(exit) => return Ok(exit),
    };
    for change in &told {
        record::line(context, &format!("  {change}"));
    }
    let verdict = match (told.len(), request.dry_run) {
        (0, _) => {
            "nothing to mend; files that were changed are accepted by name: --accept TAG".to_owned()
        }
        (count, true) => format!("{} would be made", plural(count, "change")),
        (count, false) => format!("{} made", plural(count, "change")),
    };
    record::line(context, &verdict);
    let extra = Map::from_iter([
        ("database".to_owned(), super::database_json(&setting.target)),
        ("changes".to_owned(), Value::from(told)),
        ("dry_run".to_owned(), json!(request.dry_run)),
    ]);
    Ok(record::report(
        context,
        "migrate repair",
        plural(journal.migrations.len(), "migration"),
        Vec::new(),
        extra,
    ))
}
