//! Reads what a database keeps of the migrations that were applied to it. Only looks: drizzle-kit
//! creates its schema whenever it runs, and so needs rights that looking does not.

use crate::code::sql::Name;
use crate::migration::{Book, Config, Row, Shape};
use crate::system::database::session::{Session, SqlError, literal, name};

/// What a database keeps beside Drizzle's record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Beside {
    /// The rows of alembic's table; none where there is no such table, or no alembic.
    pub alembic: Option<Vec<String>>,
    /// Other tools, each with the table of its record.
    pub tools: Vec<(&'static str, &'static str)>,
    /// Indexes that a failed `CREATE INDEX CONCURRENTLY` left behind.
    pub invalid: Vec<InvalidIndex>,
    /// It has the schema in which Supabase keeps its users.
    pub has_auth: bool,
}

/// An index that is kept up to date and never used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidIndex {
    /// As SQL writes it.
    pub name: String,
    /// Its table, likewise.
    pub table: String,
    /// The statement that makes it.
    pub definition: String,
}

/// Without those that somebody is building at this moment.
const INVALID: &str = "SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, pg_catalog.pg_get_indexdef(i.indexrelid) \
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid WHERE NOT i.indisvalid AND c.relkind = 'r' \
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_locks l WHERE l.relation = i.indexrelid AND l.granted AND l.mode <> 'AccessShareLock') ORDER BY 1";

/// Tables in which other tools keep their records.
const TOOLS: &[(&str, &str)] = &[
    ("supabase", "supabase_migrations.schema_migrations"),
    ("sqlx", "public._sqlx_migrations"),
    ("dbmate", "public.schema_migrations"),
    ("prisma", "public._prisma_migrations"),
    ("atlas", "atlas_schema_revisions.atlas_schema_revisions"),
    ("flyway", "public.flyway_schema_history"),
    ("knex", "public.knex_migrations"),
    ("django", "public.django_migrations"),
];

/// Looks for alembic's table and for those of other tools.
///
/// # Errors
/// What the server says, e.g. that the role may not look.
pub async fn beside(session: &mut Session, alembic: Option<&Name>) -> Result<Beside, SqlError> {
    let there = |table: &str| {
        format!(
            "(pg_catalog.to_regclass({}) IS NOT NULL)::text",
            literal(table)
        )
    };
    let auth = "(pg_catalog.to_regnamespace('auth') IS NOT NULL)::text".to_owned();
    let tables = TOOLS.iter().map(|(_, table)| there(table));
    let columns: Vec<String> = tables.chain([auth]).collect();
    let rows = session
        .query(&format!("SELECT {}", columns.join(", ")))
        .await?;
    let is_true = |cell: &Option<String>| cell.as_deref().is_some_and(|text| text.starts_with('t'));
    let row = rows.first().map_or(&[][..], Vec::as_slice);
    let tools = row.iter().zip(TOOLS);
    let tools = tools
        .filter(|(cell, _)| is_true(cell))
        .map(|(_, tool)| *tool);
    let mut found = Beside {
        alembic: None,
        tools: tools.collect(),
        invalid: invalid(session).await?,
        has_auth: row.get(TOOLS.len()).is_some_and(is_true),
    };
    if let Some(alembic) = alembic {
        // Without a schema it lies in the search path, which is alembic's rule too.
        let table = match &alembic.schema {
            Some(schema) => format!("{}.{}", name(schema), name(&alembic.name)),
            None => name(&alembic.name),
        };
        let rows = session.query(&format!("SELECT {}", there(&table))).await?;
        if rows
            .first()
            .and_then(|row| row.first())
            .is_some_and(is_true)
        {
            let rows = session
                .query(&format!("SELECT version_num::text FROM {table} ORDER BY 1"))
                .await?;
            found.alembic = Some(
                rows.into_iter()
                    .filter_map(|row| row.into_iter().next()?)
                    .collect(),
            );
        }
    }
    Ok(found)
}

async fn invalid(session: &mut Session) -> Result<Vec<InvalidIndex>, SqlError> {
    let rows = session.query(INVALID).await?;
    let read = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter().flatten();
        Some(InvalidIndex {
            name: cells.next()?,
            table: cells.next()?,
            definition: cells.next()?,
        })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

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
        let schema = session
            .query(&format!(
                "SELECT 1::text FROM pg_catalog.pg_namespace WHERE nspname = {}",
                literal(&config.schema)
            ))
            .await?;
        return Ok(Book {
            schema: !schema.is_empty(),
            ..Book::default()
        });
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
        schema: true,
        exists: true,
        shape,
        rows: rows.collect(),
    })
}
