//! Changes of the record itself: under the same lock as a run, in one transaction.

use std::time::{Duration, Instant};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::bookkeeping;
use crate::gather::migrations::Project;
use crate::migration::journal::folder_name;
use crate::migration::repair::Change;
use crate::migration::{Book, Config, Journal, Layout, Target, history};
use crate::system::database::session::{Session, literal, name};
use crate::system::signal::Interrupts;

use super::watch::Watch;
use super::{Event, Holder, Stop, apply, connect, lock, script, table};

/// How an edit is done.
pub struct Edit<'a> {
    /// The database.
    pub target: &'a Target,
    /// The migrations.
    pub project: &'a Project,
    /// How long to wait for the database.
    pub wait: Duration,
    /// Make drizzle's table where it is missing.
    pub create: bool,
}

/// How long to wait for a runner.
const PATIENCE: Duration = Duration::from_mins(1);

impl Edit<'_> {
    /// Reads the record under the lock, lets `decide` say what is to be done, and does it.
    ///
    /// # Errors
    /// What `decide` says, or why it cannot be done; nothing was changed then.
    pub async fn run<T>(
        &self,
        interrupts: &mut Interrupts,
        report: &mut dyn FnMut(&Event),
        decide: impl FnOnce(&Book) -> Result<(String, T), Failure>,
    ) -> Result<T, Stop> {
        let config = &self.project.config;
        let mut watch = Watch::new(self.target, interrupts, report);
        let mut session = connect::wait(self.target, self.wait, &mut watch).await?;
        let refused = |error| Stop::Failure(connect::refused(self.target, config, &error));
        let key = lock::key(config);
        self.lock(&mut session, &mut watch, key).await?;
        let book = bookkeeping::read(&mut session, config)
            .await
            .map_err(refused)?;
        let done = async {
            let (sql, told) = decide(&book)?;
            if sql.is_empty() {
                return Ok(told);
            }
            let mut sql = sql;
            if !book.exists {
                if !self.create {
                    return Err(Stop::Failure(
                        Failure::usage(format!("{} has no {}", self.target.shown(), config.shown_table()))
                            .help("pixcrawler migrate makes it; for a database that has the tables already: pixcrawler migrate adopt"),
                    ));
                }
                table::ensure(&mut session, config, &self.project.journal, &book)
                    .await
                    .map_err(refused)?;
            }
            let history = history::compare(&self.project.journal, &book);
            if let Some(upgrade) = table::upgrade(config, &self.project.journal, &book, &history) {
                sql = format!("{upgrade}{sql}");
            }
            sql.push_str(";\nCOMMIT");
            session.query(&sql).await.map_err(refused)?;
            Ok(told)
        }
        .await;
        if done.is_err() {
            apply::rollback(&mut session).await;
        } else {
            let _ = session.query("ROLLBACK").await;
        }
        session.close().await;
        watch.close().await;
        done
    }

    /// Opens a transaction with the lock.
    async fn lock(
        &self,
        session: &mut Session,
        watch: &mut Watch<'_>,
        key: i64,
    ) -> Result<(), Stop> {
        let began = Instant::now();
        let config = &self.project.config;
        loop {
            let sql = format!("BEGIN; SELECT pg_catalog.pg_try_advisory_xact_lock({key})::text");
            let rows = session
                .query(&sql)
                .await
                .map_err(|error| Stop::Failure(connect::refused(self.target, config, &error)))?;
            if rows.into_iter().flatten().flatten().next().as_deref() == Some("true") {
                return Ok(());
            }
            apply::rollback(session).await;
            if began.elapsed() > PATIENCE {
                return Err(Stop::Failure(
                    Failure::new(Exit::Busy, "a runner holds the lock")
                        .help("see who it is: pixcrawler migrate lock"),
                ));
            }
            watch
                .pause(Duration::from_millis(100))
                .await
                .map_err(Stop::Interrupted)?;
        }
    }
}

/// The statements that make a change.
#[must_use]
pub fn change_sql(config: &Config, journal: &Journal, book: &Book, changes: &[Change]) -> String {
    let table = bookkeeping::table(config);
    let shape = if !book.exists && journal.layout == Layout::Folders {
        crate::migration::Shape::Named
    } else if journal.layout == Layout::Folders {
        // It is brought into that shape in the same transaction.
        crate::migration::Shape::Named
    } else {
        book.shape
    };
    let sql = changes.iter().filter_map(|change| {
        let migration = |at: &usize| journal.migrations.get(*at);
        Some(match change {
            Change::Rehash { row, at } => format!(
                "UPDATE {table} SET hash = {} WHERE id = {row}",
                literal(&migration(at)?.script.as_ref()?.hashes.exact)
            ),
            Change::Restamp { row, at } => {
                format!(
                    "UPDATE {table} SET created_at = {} WHERE id = {row}",
                    migration(at)?.when
                )
            }
            Change::Name { row, at } => format!(
                "UPDATE {table} SET name = {} WHERE id = {row}",
                literal(&folder_name(migration(at)?))
            ),
            Change::Mark { at } => script::record(config, shape, migration(at)?),
            Change::Forget { row } => format!("DELETE FROM {table} WHERE id = {row}"),
        })
    });
    sql.collect::<Vec<_>>().join(";\n")
}

/// The name of the index that `harden` makes.
#[must_use]
pub fn unique_index(config: &Config) -> String {
    let index = name(&format!("{}_created_at_once", config.table));
    format!(
        "CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {} (created_at)",
        bookkeeping::table(config)
    )
}

/// Who holds the lock of the migrations.
///
/// # Errors
/// When the database cannot be asked.
pub async fn who(
    target: &Target,
    project: &Project,
    wait: Duration,
) -> Result<Vec<Holder>, Failure> {
    let mut session = Session::connect(target, wait.max(Duration::from_secs(10)))
        .await
        .map_err(|refused| connect::unreachable(target, &refused, Duration::ZERO))?;
    let holders = lock::holders(&mut session, lock::key(&project.config)).await;
    session.close().await;
    holders.map_err(|error| connect::refused(target, &project.config, &error))
}

/// The columns of every table of the database that is nobody's own.
///
/// # Errors
/// When the database cannot be asked.
pub async fn columns(
    target: &Target,
    config: &Config,
) -> Result<crate::migration::adopt::Found, Failure> {
    let mut session = Session::connect(target, Duration::from_secs(10))
        .await
        .map_err(|refused| connect::unreachable(target, &refused, Duration::ZERO))?;
    let rows = session
        .query(
            "SELECT n.nspname::text, c.relname::text, a.attname::text FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')",
        )
        .await;
    session.close().await;
    let rows = rows.map_err(|error| connect::refused(target, config, &error))?;
    let mut found = crate::migration::adopt::Found::new();
    for row in rows {
        let mut cells = row.into_iter();
        let mut next = || cells.next().flatten();
        let (Some(schema), Some(table)) = (next(), next()) else {
            continue;
        };
        found.entry((schema, table)).or_default().extend(next());
    }
    Ok(found)
}
