//! A closer look at a Postgres: one connection, one question, everything that a check wants to know.

use std::time::{Duration, Instant, SystemTime};

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Row};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout_at;

use crate::service::endpoint::{Endpoint, Tls};

use super::database::{self, DatabaseState};
use super::net;

/// What stands between us and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooler {
    /// Each transaction may run in another session.
    Transaction,
    /// A client keeps its session.
    Session,
    /// Each statement may run in another session, and there are no transactions.
    Statement,
}

/// Whether a database can be made on a server, by the user of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// The user may make one.
    Allowed,
    /// The user may make none.
    Barred,
    /// The server is a standby: nobody makes any there.
    Standby,
}

/// What a server says about itself.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "answers to questions that have nothing to do with each other"
)]
pub struct PostgresFacts {
    /// `15.18`.
    pub version: String,
    /// Whether the line from us to whoever answers there is encrypted.
    pub encrypted: bool,
    /// Whether it could be; asked only where it matters, false where it was not.
    pub offers_tls: bool,
    /// The server's rules refused us with TLS, and took us without it.
    pub refuses_tls: bool,
    /// The host is this machine by another name than `localhost`; looked up where nothing is encrypted.
    pub own: bool,
    /// Connections that the server allows.
    pub max_connections: u32,
    /// Of those, kept for administrators.
    pub reserved: u32,
    /// Those that our role may have, where it has a limit of its own.
    pub of_role: Option<u32>,
    /// Those that the database takes, where it has a limit of its own.
    pub of_database: Option<u32>,
    /// Connections of clients at this moment, ours among them.
    pub in_use: u32,
    /// Its clock, in seconds since 1970.
    pub clock: f64,
    /// Our clock when it was asked.
    pub asked: SystemTime,
    /// Time from a question to its answer.
    pub round_trip: Duration,
    /// Time to a connection that is ready for queries.
    pub connected: Duration,
    /// A pooler that stands in between.
    pub pooler: Option<Pooler>,
    /// Since when the server runs, in seconds since 1970 to the microsecond, and the number of the database:
    /// two addresses with the same are one place.
    pub identity: String,
    /// It is a standby, which follows another server and takes no writes.
    pub standby: bool,
    /// Transactions that say nothing else may only read.
    pub read_only: bool,
    /// Where that was set, as `pg_settings` calls it, with ` own` behind it where our user owns the database.
    pub read_only_by: Option<String>,
    /// The file of the server that says so, and the line there, where our user may know it.
    pub read_only_file: Option<String>,
}

/// Who lets nobody in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What it comes to.
    pub state: DatabaseState,
    /// It is a pooler that says so, for itself or for the server behind it.
    pub pooler: bool,
}

impl From<DatabaseState> for Refusal {
    fn from(state: DatabaseState) -> Self {
        Self {
            state,
            pooler: false,
        }
    }
}

const QUESTION: &str = "\
SELECT current_setting('server_version'), current_setting('max_connections'), \
current_setting('superuser_reserved_connections'), \
(SELECT count(*)::text FROM pg_stat_activity WHERE backend_type = 'client backend'), \
COALESCE((SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()), 'false'), \
COALESCE(inet_server_port()::text, ''), extract(epoch FROM clock_timestamp())::text, \
pg_backend_pid()::text, \
extract(epoch FROM pg_postmaster_start_time())::text || '/' || \
COALESCE((SELECT oid::text FROM pg_database WHERE datname = current_database()), ''), \
pg_is_in_recovery()::text, current_setting('default_transaction_read_only'), \
(SELECT rolconnlimit::text FROM pg_roles WHERE rolname = session_user AND NOT rolsuper), \
(SELECT datconnlimit::text FROM pg_database WHERE datname = current_database() \
AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = session_user AND rolsuper)), \
CASE WHEN current_setting('default_transaction_read_only') = 'on' THEN \
(SELECT source FROM pg_settings WHERE name = 'default_transaction_read_only') || \
COALESCE((SELECT CASE WHEN pg_has_role(session_user, datdba, 'USAGE') THEN ' own' END \
FROM pg_database WHERE datname = current_database()), '') END, \
CASE WHEN current_setting('default_transaction_read_only') = 'on' THEN \
(SELECT sourcefile || ':' || sourceline FROM pg_settings WHERE name = 'default_transaction_read_only') END";

/// Connects once, asks once, and says how that went, within `timeout`; with the open connection. A
/// second one is made only to tell a pooler's mode, or who it is that does not answer.
///
/// # Errors
/// Who lets nobody in.
pub async fn examine(
    endpoint: &Endpoint,
    timeout: Duration,
) -> Result<(PostgresFacts, PgConnection), Refusal> {
    if let Some(state) = database::without_root(endpoint) {
        return Err(state.into());
    }
    let began = Instant::now();
    let deadline = tokio::time::Instant::now() + timeout;
    let root = endpoint.root.as_deref();
    let asked = async {
        let (mut connection, refuses_tls) =
            database::patient(&database::options(endpoint), root).await?;
        let connected = began.elapsed();
        if let Some(why) = database::certified::trouble(endpoint).await {
            let _ = connection.close().await;
            return Ok(Err(DatabaseState::TlsFailed(why)));
        }
        let (asked, at) = (SystemTime::now(), Instant::now());
        let row = sqlx::raw_sql(QUESTION).fetch_one(&mut connection).await?;
        let round_trip = at.elapsed();
        let text = |column: usize| row.try_get::<String, _>(column).unwrap_or_default();
        let number = |column: usize| text(column).trim().parse().unwrap_or(0);
        // -1 is none; superusers have none either.
        let limit = |column: usize| text(column).parse().ok();
        let port: Option<u16> = text(5).parse().ok();
        let pooler = if is_suspect(endpoint, port) {
            mode(endpoint, &mut connection, &text(7)).await
        } else {
            None
        };
        let seen = text(4) == "true";
        let elsewhere = !endpoint.is_local() && !endpoint.is_socket();
        let (encrypted, offers_tls) = if refuses_tls {
            (false, false)
        } else {
            line(endpoint, seen, elsewhere, pooler).await
        };
        let facts = PostgresFacts {
            // Debian appends its package's version.
            version: text(0)
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned(),
            encrypted,
            offers_tls,
            refuses_tls,
            own: elsewhere && !encrypted && is_own(endpoint).await,
            max_connections: number(1),
            reserved: number(2),
            of_role: limit(11),
            of_database: limit(12),
            in_use: number(3),
            clock: text(6).parse().unwrap_or(0.0),
            asked: asked + round_trip / 2,
            round_trip,
            connected,
            pooler,
            identity: text(8),
            standby: text(9) == "true",
            read_only: text(10) == "on",
            read_only_by: Some(text(13)).filter(|source| !source.is_empty()),
            read_only_file: Some(text(14)).filter(|file| !file.is_empty()),
        };
        Ok(Ok((facts, connection)))
    };
    match timeout_at(deadline, asked).await {
        Err(_) => Err(database::silent(endpoint).await.into()),
        Ok(Err(error)) => Err(Refusal {
            pooler: database::is_of_pooler(&error),
            state: database::named(endpoint, database::classify(&error)).await,
        }),
        Ok(Ok(asked)) => asked.map_err(Refusal::from),
    }
}

/// Whether the line from us is encrypted, and whether it could be. What the server sees of it is, behind a
/// pooler, the pooler's own line.
async fn line(
    endpoint: &Endpoint,
    seen: bool,
    elsewhere: bool,
    pooler: Option<Pooler>,
) -> (bool, bool) {
    match endpoint.tls {
        Tls::Off => (false, elsewhere && offers_tls(endpoint).await),
        // Whoever offers it gets it.
        Tls::Preferred if !endpoint.is_socket() && (pooler.is_some() || elsewhere && !seen) => {
            let offered = offers_tls(endpoint).await;
            (offered, offered)
        }
        Tls::Preferred => (seen, seen),
        Tls::Required | Tls::Authority | Tls::Verified => (true, true),
    }
}

/// How long the answer to the question for TLS may take; it is one byte.
const OFFER: Duration = Duration::from_secs(2);

/// Asks for TLS as every client does, and goes away with the answer.
async fn offers_tls(endpoint: &Endpoint) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect((endpoint.host.as_str(), endpoint.port))
            .await
            .ok()?;
        stream
            .write_all(&database::certified::QUESTION)
            .await
            .ok()?;
        stream.read_u8().await.ok()
    };
    matches!(tokio::time::timeout(OFFER, asked).await, Ok(Some(b'S')))
}

/// Whether a name leads to this machine: only on addresses of its own can one listen.
async fn is_own(endpoint: &Endpoint) -> bool {
    match tokio::net::lookup_host((endpoint.host.as_str(), endpoint.port)).await {
        Ok(mut addresses) => addresses.any(|address| net::is_own(address.ip())),
        Err(_) => false,
    }
}

/// Whether a database can be made there; none where that cannot be found out.
pub async fn creation(endpoint: &Endpoint) -> Option<Creation> {
    let options = database::options(endpoint).database("postgres");
    let (mut connection, _) = database::connect(&options, endpoint.root.as_deref())
        .await
        .ok()?;
    let question = "SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' WHEN rolcreatedb OR rolsuper \
                    THEN 'allowed' ELSE 'barred' END FROM pg_roles WHERE rolname = current_user";
    let row = sqlx::raw_sql(question).fetch_one(&mut connection).await;
    let _ = connection.close().await;
    let told: String = row.ok()?.try_get(0).ok()?;
    Some(match told.as_str() {
        "standby" => Creation::Standby,
        "allowed" => Creation::Allowed,
        _ => Creation::Barred,
    })
}

/// Makes the database that `endpoint` names, as its user; from the database that every server has.
///
/// # Errors
/// The server's words.
pub async fn create_database(endpoint: &Endpoint) -> Result<(), String> {
    let Some(name) = endpoint.database.as_deref() else {
        return Err("no database is named".to_owned());
    };
    let words = |error: sqlx::Error| match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        error => error.to_string(),
    };
    let mut connection = None;
    let mut why = String::new();
    for other in ["postgres", "template1"] {
        let options = database::options(endpoint).database(other);
        match database::connect(&options, endpoint.root.as_deref()).await {
            Ok((open, _)) => {
                connection = Some(open);
                break;
            }
            Err(error) => why = words(error),
        }
    }
    let mut connection = connection.ok_or(why)?;
    let sql = format!("CREATE DATABASE {}", database::session::name(name));
    let made = sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await;
    let _ = connection.close().await;
    made.map(drop).map_err(words)
}

/// Whether something may stand in between: the server itself listens elsewhere. A forwarded port
/// looks alike, so this proves nothing.
fn is_suspect(endpoint: &Endpoint, server_port: Option<u16>) -> bool {
    let elsewhere = !endpoint.is_socket() && server_port != Some(endpoint.port);
    elsewhere || is_supavisor(endpoint)
}

fn is_supavisor(endpoint: &Endpoint) -> bool {
    endpoint.host.ends_with(".pooler.supabase.com")
}

/// With a pooler that hands out sessions by transaction, ours is free while we are idle: another
/// client gets it, and we get another one afterwards. With any other server we keep ours.
async fn mode(endpoint: &Endpoint, first: &mut PgConnection, process: &str) -> Option<Pooler> {
    let options = database::options(endpoint);
    if let Ok((mut second, _)) = database::connect(&options, endpoint.root.as_deref()).await {
        let begun = match sqlx::raw_sql("BEGIN").execute(&mut second).await {
            Ok(_) => true,
            // It says so, and hangs up.
            Err(error) if database::has_no_transactions(&error.to_string()) => {
                return Some(Pooler::Statement);
            }
            Err(_) => false,
        };
        let holds = pid(&mut second).await;
        let ours = pid(first).await;
        if begun {
            let _ = sqlx::raw_sql("ROLLBACK").execute(&mut second).await;
        }
        let _ = second.close().await;
        if let (Some(holds), Some(ours)) = (holds, ours)
            && (holds == process || ours != process)
        {
            return Some(Pooler::Transaction);
        }
    }
    if is_supavisor(endpoint) {
        return Some(Pooler::Session);
    }
    database::is_pgbouncer(endpoint)
        .await
        .then_some(Pooler::Session)
}

async fn pid(connection: &mut PgConnection) -> Option<String> {
    let row: PgRow = sqlx::raw_sql("SELECT pg_backend_pid()::text")
        .fetch_one(connection)
        .await
        .ok()?;
    row.try_get(0).ok()
}
