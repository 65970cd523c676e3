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
        "{schema}CREATE TABLE IF NOT EXISTS {table} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint{more});"
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
    let found = session
        .query(&format!(
            "SELECT 1::text FROM pg_catalog.pg_namespace WHERE nspname = {}",
            literal(&config.schema)
        ))
        .await?;
    let sql = create(config, journal.layout, !found.is_empty());
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

/// The statement that records a migration, if the transaction that began at `began` still is the
/// one we are in. Gives the row's number.
pub(super) fn record(
    config: &Config,
    shape: Shape,
    migration: &Migration,
    began: Option<&str>,
) -> String {
    let hash = migration
        .script
        .as_ref()
        .map_or("", |script| script.hashes.exact.as_str());
    let (columns, values) = match shape {
        Shape::Classic => ("", String::new()),
        Shape::Named => (", name", format!(", {}", literal(&folder_name(migration)))),
    };
    let only = began.map_or_else(String::new, |began| {
        format!(" WHERE {BEGAN} = {}", literal(began))
    });
    format!(
        "INSERT INTO {} (hash, created_at{columns}) SELECT {}, {}::bigint{values}{only} RETURNING id::text",
        bookkeeping::table(config),
        literal(hash),
        migration.when
    )
}

/// The row that [`record`] wrote.
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

/// What makes the table in a database that has nothing of drizzle yet, for people.
#[must_use]
pub fn create_table(config: &Config, layout: Layout) -> String {
    create(config, layout, false)
}

/// The statement that records a migration, for people.
#[must_use]
pub fn record_sql(config: &Config, shape: Shape, layout: Layout, migration: &Migration) -> String {
    let shape = match layout {
        Layout::Folders => Shape::Named,
        Layout::Journal => shape,
    };
    record(config, shape, migration, None)
}

/// When the transaction began, in microseconds: the same as long as nobody ends it.
pub(super) const BEGAN: &str = "(extract(epoch from pg_catalog.now()) * 1000000)::bigint::text";
