//! The SQL of a run that is ours: one source for those who run it and for those who only show it.

use std::time::Duration;

use crate::code::sql::Statement;
use crate::gather::bookkeeping;
use crate::migration::journal::folder_name;
use crate::migration::{Config, Hashes, Migration, Shape};
use crate::system::database::session::literal;

use super::Options;

/// The table in which a migration without a transaction notes how far it came. A schema of our own: drizzle-kit
/// 1.0 offers to drop what it does not know in the others.
pub(super) const MARKS: &str = "pixcrawler.migration_steps";

/// Where a transaction keeps the time of the migration that it is for. The setting goes with the transaction:
/// when a file ended that by itself, the row has no time any more and is refused.
const WHEN: &str = "pixcrawler.created_at";

/// What opens every transaction.
pub(super) struct Frame<'a> {
    pub(super) config: &'a Config,
    pub(super) options: &'a Options,
    pub(super) key: i64,
    /// The server can notice that we are gone while it works.
    pub(super) notices: bool,
}

impl Frame<'_> {
    /// Opens a transaction with the lock, and with nobody else writing rows. Gives whether the lock was got,
    /// the session's number, and the number of the newest row.
    pub(super) fn open(&self, migration: &Migration) -> String {
        let table = bookkeeping::table(self.config);
        format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED;\n{}{};\n\
             SELECT pg_catalog.pg_try_advisory_xact_lock({})::text, pg_catalog.pg_backend_pid()::text;\n\
             LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;\n\
             SELECT coalesce(max(id), 0)::text FROM {table};\n",
            self.limits("SET LOCAL", self.options.lock_timeout),
            stamp(migration),
            self.key,
        )
    }

    /// `SET` or `SET LOCAL` of the timeouts, and of how soon the server notices that we are gone.
    pub(super) fn limits(&self, set: &str, lock: Duration) -> String {
        let notices = if self.notices {
            format!("{set} client_connection_check_interval = '1s';\n")
        } else {
            String::new()
        };
        format!(
            "{set} lock_timeout = {};\n{set} statement_timeout = {};\n{notices}",
            lock.as_millis(),
            self.options.statement_timeout.as_millis()
        )
    }

    /// Records the migration whose time the transaction keeps. Gives the row's number.
    pub(super) fn record(&self, shape: Shape, migration: &Migration) -> String {
        insert(
            self.config,
            shape,
            migration,
            &format!("pg_catalog.current_setting('{WHEN}')::bigint"),
        )
    }
}

/// From here on the transaction is for this migration.
pub(super) fn stamp(migration: &Migration) -> String {
    format!("SET LOCAL {WHEN} = '{}'", migration.when)
}

/// Records a migration in whatever transaction there is.
pub(super) fn record(config: &Config, shape: Shape, migration: &Migration) -> String {
    insert(config, shape, migration, &migration.when.to_string())
}

fn insert(config: &Config, shape: Shape, migration: &Migration, when: &str) -> String {
    let hash = migration
        .script
        .as_ref()
        .map_or("", |script| script.hashes.exact.as_str());
    let (column, name) = match shape {
        Shape::Classic => ("", String::new()),
        Shape::Named => (", name", format!(", {}", literal(&folder_name(migration)))),
    };
    format!(
        "INSERT INTO {} (hash, created_at{column}) VALUES ({}, {when}{name}) RETURNING id::text",
        bookkeeping::table(config),
        literal(hash),
    )
}

/// Whether nobody is at work: the lock goes with the statement.
pub(super) fn is_free(key: i64) -> String {
    format!("SELECT pg_catalog.pg_try_advisory_xact_lock({key})::text")
}

/// The session's lock.
pub(super) fn lock(key: i64) -> String {
    format!("SELECT pg_catalog.pg_try_advisory_lock({key})::text")
}

/// The end of the session's lock.
pub(super) fn unlock(key: i64) -> String {
    format!("SELECT pg_catalog.pg_advisory_unlock({key})::text")
}

/// Makes the table of the marks.
pub(super) fn make_marks(schema_is_there: bool) -> String {
    let schema = if schema_is_there {
        ""
    } else {
        "CREATE SCHEMA pixcrawler;\n"
    };
    format!(
        "{schema}CREATE TABLE {MARKS} (tag text, hash text, statement integer, done boolean, PRIMARY KEY (tag, statement))"
    )
}

/// By what a statement is known again, whatever its line ends.
pub(super) fn hash(migration: &Migration, statement: &Statement) -> String {
    let text = migration
        .script
        .as_ref()
        .and_then(|script| {
            script
                .source
                .text()
                .get(statement.span.start..statement.span.end)
        })
        .unwrap_or_default();
    Hashes::of(text).lf
}

/// Notes that a statement began, or is done.
pub(super) fn mark(migration: &Migration, statement: &Statement, at: usize, done: bool) -> String {
    let hash = literal(&hash(migration, statement));
    format!(
        "INSERT INTO {MARKS} (tag, hash, statement, done) VALUES ({}, {hash}, {at}, {done}) ON CONFLICT (tag, statement) DO UPDATE SET hash = {hash}, done = {done}",
        literal(&migration.tag),
    )
}

/// The marks of a migration that is done.
pub(super) fn unmark(migration: &Migration) -> String {
    format!(
        "DELETE FROM {MARKS} WHERE tag = {}",
        literal(&migration.tag)
    )
}

/// What we made for the marks goes with the last of them; what somebody else put there stays.
pub(super) fn sweep() -> String {
    format!(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM {MARKS}) THEN DROP TABLE {MARKS}; DROP SCHEMA pixcrawler; END IF; EXCEPTION WHEN OTHERS THEN NULL; END $$"
    )
}
