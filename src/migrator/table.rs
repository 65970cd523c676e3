//! Drizzle's own table: made as drizzle makes it, and only where it is missing.

use std::fmt::Write;

use crate::gather::bookkeeping;
use crate::migration::journal::folder_name;
use crate::migration::{Book, Config, History, Journal, Layout, Migration, Row, Shape};
use crate::system::database::session::{Session, SqlError, literal, name};

/// The statements that make the table.
#[must_use]
pub(super) fn create(config: &Config, layout: Layout, schema_is_there: bool) -> String {
    let table = bookkeeping::table(config);
    let schema = if schema_is_there {
        String::new()
    } else {
        format!("CREATE SCHEMA IF NOT EXISTS {};\n", name(&config.schema))
    };
    let more = match layout {
        Layout::Journal => "",
        Layout::Folders => ", name text, applied_at timestamp with time zone DEFAULT now()",
    };
    format!(
        "{schema}CREATE TABLE IF NOT EXISTS {table} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint{more})"
    )
}

/// Makes the table, if it is not there. Two that do so at once both succeed.
pub(super) async fn ensure(
    session: &mut Session,
    config: &Config,
    journal: &Journal,
    book: &Book,
) -> Result<(), SqlError> {
    if book.exists {
        return Ok(());
    }
    let sql = create(config, journal.layout, book.schema);
    match session.query(&sql).await {
        // Somebody made it at the same moment: `IF NOT EXISTS` looks before it leaps.
        Err(error) if matches!(error.code.as_str(), "23505" | "42P06" | "42P07" | "42710") => {
            session.query(&sql).await.map(|_| ())
        }
        result => result.map(|_| ()),
    }
}

/// What brings a table of drizzle-kit 0.x into the shape that 1.0 expects, as 1.0 does it itself.
#[must_use]
pub(super) fn upgrade(
    config: &Config,
    journal: &Journal,
    book: &Book,
    history: &History,
) -> Option<String> {
    if !book.exists || journal.layout != Layout::Folders || book.shape == Shape::Named {
        return None;
    }
    let table = bookkeeping::table(config);
    let mut sql = format!(
        "ALTER TABLE {table} ADD COLUMN IF NOT EXISTS name text;\nALTER TABLE {table} ADD COLUMN IF NOT EXISTS applied_at timestamp with time zone DEFAULT now();\n"
    );
    for (migration, state) in journal.migrations.iter().zip(&history.states) {
        if let Some(row) = state.row() {
            let _ = writeln!(
                sql,
                "UPDATE {table} SET name = {}, applied_at = NULL WHERE id = {row};",
                literal(&migration.tag)
            );
        }
    }
    Some(sql)
}

/// The row that was written.
#[must_use]
pub(super) fn row(migration: &Migration, id: i64) -> Option<Row> {
    Some(Row {
        id,
        hash: migration.script.as_ref()?.hashes.exact.clone(),
        created_at: Some(migration.when),
        name: Some(folder_name(migration)),
        applied_at: None,
    })
}
