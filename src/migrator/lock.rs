//! One runner at a time. The lock is asked for again and again, never waited for: whoever waits in
//! `pg_advisory_lock` holds a snapshot that the holder's `CREATE INDEX CONCURRENTLY` waits for.

use sha2::{Digest, Sha256};

use crate::gather::bookkeeping;
use crate::migration::Config;
use crate::system::database::session::{Session, SqlError, literal};

use super::{Holder, script};

/// How long the server may take to give it back; the end of the session does so too.
const GOODBYE: std::time::Duration = std::time::Duration::from_secs(5);

/// The number of the lock: one for each table of drizzle's. Locks are per database by themselves.
#[must_use]
pub fn key(config: &Config) -> i64 {
    let digest = Sha256::digest(format!("pixcrawler migrate {}", config.shown_table()));
    let mut bytes = [0; 8];
    bytes.copy_from_slice(digest.as_slice().get(..8).unwrap_or(&[0; 8]));
    i64::from_be_bytes(bytes)
}

/// Whether nobody holds the lock at this moment.
pub(super) async fn is_free(session: &mut Session, key: i64) -> Result<bool, SqlError> {
    asked(session, &script::is_free(key)).await
}

/// Takes the lock for the whole session, if it is free.
pub(super) async fn try_session(session: &mut Session, key: i64) -> Result<bool, SqlError> {
    asked(session, &script::lock(key)).await
}

/// Gives the session's lock back.
pub(super) async fn release(session: &mut Session, key: i64) {
    let _ = tokio::time::timeout(GOODBYE, asked(session, &script::unlock(key))).await;
}

async fn asked(session: &mut Session, sql: &str) -> Result<bool, SqlError> {
    let rows = session.query(sql).await?;
    Ok(rows
        .first()
        .and_then(|row| row.first())
        .is_some_and(|cell| cell.as_deref() == Some("true")))
}

/// What is asked of `pg_stat_activity` about each session.
const ABOUT: &str = "a.pid::text, coalesce(a.usename::text, ''), coalesce(a.application_name, ''), \
    coalesce(a.client_addr::text, 'local'), coalesce(a.state, ''), \
    greatest(0, extract(epoch from clock_timestamp() - coalesce(a.xact_start, a.query_start)))::bigint::text, \
    left(regexp_replace(coalesce(a.query, ''), '\\s+', ' ', 'g'), 120)";

/// Who holds the lock.
///
/// # Errors
/// What the server says.
pub async fn holders(session: &mut Session, key: i64) -> Result<Vec<Holder>, SqlError> {
    // A lock of 64 bits is shown as two halves.
    let bits = key.cast_unsigned();
    let (high, low) = (bits >> 32, bits & 0xffff_ffff);
    read(
        session,
        &format!(
            "SELECT {ABOUT} FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
             WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = {high} AND l.objid = {low} \
             AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) \
             AND l.pid <> pg_catalog.pg_backend_pid()"
        ),
    )
    .await
}

/// Who has written drizzle's table and not committed, or keeps others from writing it.
pub(super) async fn writers(
    session: &mut Session,
    config: &Config,
) -> Result<Vec<Holder>, SqlError> {
    read(
        session,
        &format!(
            "SELECT {ABOUT} FROM pg_catalog.pg_stat_activity a WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.pid IN \
             (SELECT l.pid FROM pg_catalog.pg_locks l WHERE l.granted AND l.relation = pg_catalog.to_regclass({}) \
             AND l.mode NOT IN ('AccessShareLock', 'RowShareLock'))",
            literal(&bookkeeping::table(config))
        ),
    )
    .await
}

/// Who holds the locks that the session `pid` waits for.
pub(super) async fn blockers(session: &mut Session, pid: i64) -> Result<Vec<Holder>, SqlError> {
    read(
        session,
        &format!(
            "SELECT {ABOUT} FROM pg_catalog.pg_stat_activity a WHERE a.pid = ANY (pg_catalog.pg_blocking_pids({pid}))"
        ),
    )
    .await
}

async fn read(session: &mut Session, sql: &str) -> Result<Vec<Holder>, SqlError> {
    let rows = session.query(sql).await?;
    let holder = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter();
        let mut next = || cells.next().flatten().unwrap_or_default();
        Holder {
            pid: next().parse().unwrap_or(0),
            user: next(),
            application: next(),
            address: next(),
            state: next(),
            seconds: next().parse().unwrap_or(0),
            statement: crate::text::mask_sql(&next()),
        }
    };
    Ok(rows.into_iter().map(holder).collect())
}
