//! `pixcrawler migrate harden`: a unique index, so that two drizzle-kits cannot apply one migration twice.

use std::collections::BTreeMap;

use serde_json::Map;

use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::migrator;

use super::{Database, record};

/// Makes the index.
pub fn run(context: &Context, database: &Database, yes: bool) -> Result<Exit, Failure> {
    let setting = super::setting(context, database)?;
    record::confirm(context, yes, &setting)?;
    let config = &setting.project.config;
    let mut times: BTreeMap<i64, &str> = BTreeMap::new();
    for migration in &setting.project.journal.migrations {
        if let Some(before) = times.insert(migration.when, &migration.tag) {
            return Err(Failure::new(
                Exit::Findings,
                format!(
                    "{before} and {} have one time: the index would refuse the second",
                    migration.tag
                ),
            )
            .help("see what to do with: pixcrawler migrate check"));
        }
    }
    let done = record::edit(context, &setting, database, true, |book| {
        let mut seen: BTreeMap<i64, i64> = BTreeMap::new();
        for row in &book.rows {
            let Some(time) = row.created_at else { continue };
            if let Some(before) = seen.insert(time, row.id) {
                return Err(Failure::new(
                    Exit::Findings,
                    format!("rows {before} and {} of {} have one time: a migration was applied twice", row.id, config.shown_table()),
                )
                .help(format!(
                    "look whether its effect is there twice, undo one, then: DELETE FROM {} WHERE id = {}",
                    config.shown_table(),
                    row.id
                )));
            }
        }
        Ok((migrator::unique_index(config), ()))
    })?;
    if let Err(exit) = done {
        return Ok(exit);
    }
    record::line(
        context,
        &format!(
            "{} takes each time once: of several drizzle-kits at once, one succeeds and the others roll back",
            config.shown_table()
        ),
    );
    Ok(record::report(
        context,
        "migrate harden",
        "1 table".to_owned(),
        Vec::new(),
        Map::new(),
    ))
}
