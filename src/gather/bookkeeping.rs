//! Reads what a database keeps of the migrations that were applied to it. Only looks: drizzle-kit
//! creates its schema whenever it runs, and so needs rights that looking does not.

use crate::migration::{Book, Config, Row, Shape};
use crate::system::database::session::{Session, SqlError, literal, name};

/// The table as SQL writes it.
#[must_use]
pub fn table(config: &Config) -> String {
    format!("{}.{}", name(&config.schema), name(&config.table))
}

/// Reads the record.
///
/// # Errors
/// What the server says, e.g. that the role may not look.
pub async fn read(session: &mut Session, config: &Config) -> Result<Book, SqlError> {
    let table = table(config);
    let columns = session
        .query(&format!(
            "SELECT a.attname::text FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = {} AND c.relname = {} AND a.attnum > 0 AND NOT a.attisdropped",
            literal(&config.schema),
            literal(&config.table)
        ))
        .await?;
    if columns.is_empty() {
        return Ok(Book::default());
    }
    let has = |wanted: &str| {
        columns
            .iter()
            .any(|row| row.first().and_then(Option::as_deref) == Some(wanted))
    };
    let shape = if has("name") {
        Shape::Named
    } else {
        Shape::Classic
    };
    let or_null = |column: &'static str| {
        if has(column) {
            format!("{column}::text")
        } else {
            "NULL".to_owned()
        }
    };
    let rows = session
        .query(&format!(
            "SELECT id::text, hash::text, created_at::text, {}, {} FROM {table} ORDER BY id",
            or_null("name"),
            or_null("applied_at")
        ))
        .await?;
    let rows = rows.into_iter().map(|row| {
        let mut cells = row.into_iter();
        let mut next = || cells.next().flatten();
        Row {
            id: next().and_then(|text| text.parse().ok()).unwrap_or(0),
            hash: next().unwrap_or_default(),
            created_at: next().and_then(|text| text.parse().ok()),
            name: next(),
            applied_at: next(),
        }
    });
    Ok(Book {
        exists: true,
        shape,
        rows: rows.collect(),
    })
}
