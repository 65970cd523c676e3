//! Is there a Postgres, and would it let us in? One connection attempt, classified.

pub(super) mod certified;
mod itself;
pub mod notice;
pub mod session;

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgSslMode};
use sqlx::{ConnectOptions, Connection};
use tokio::net::TcpStream;
use tokio::time::timeout_at;

use crate::service::endpoint::{Endpoint, Secret, Tls};

use super::{access, stranger, tls};

/// What a Postgres endpoint answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseState {
    /// Nothing listens on the port, or behind the socket.
    Refused,
    /// There is no such socket.
    NoSocket,
    /// The host has no address, or cannot be reached; the reason in words.
    Unreachable(String),
    /// No TCP connection in time.
    TimedOut,
    /// Something accepts connections there, and says nothing in time: it hangs, or waits for another
    /// language.
    Silent,
    /// It takes connections and breaks each off before the login is decided: it may be ending, or another one.
    HungUp,
    /// What answers there does not speak Postgres; who it is, where it tells.
    NotPostgres(Option<String>),
    /// It is starting, stopping or recovering: ask again.
    Starting,
    /// It is a standby that lets nobody in as long as it is one.
    Closed,
    /// Wrong user or password, or the server's rules forbid this login.
    AuthFailed,
    /// There is no such user, and the server says so: it asks nobody for a password.
    NoSuchRole,
    /// The login is right, the database does not exist.
    NoSuchDatabase,
    /// The server insists on TLS and the URL forbids it.
    TlsRequired,
    /// The URL insists on TLS and the server has none, or its certificate does not hold.
    TlsFailed(String),
    /// A pooler answers, and the server behind it does not; in the pooler's words, or ours.
    Behind(String),
    /// Anything else that it said, e.g. that it has too many connections already.
    Rejected(String),
    /// It lets us in.
    Accepts {
        /// Version as `150018` for 15.18, where the server tells.
        version: Option<u32>,
        /// Time to a connection that is ready for queries.
        latency: Duration,
    },
}

/// How to connect to `endpoint`; nothing is taken from `PG*` variables that the URL states, and no password
/// that does not stand there: which of them a driver takes is for whoever completes the endpoint.
#[must_use]
pub fn options(endpoint: &Endpoint) -> PgConnectOptions {
    // The library's own guess is `anonymous`.
    let user = endpoint.user.clone().or_else(access::account);
    let user = user.as_deref().unwrap_or("postgres");
    let options = PgConnectOptions::new_without_pgpass()
        .port(endpoint.port)
        .username(user)
        .password(endpoint.password.as_ref().map_or("", Secret::expose))
        .database(endpoint.database.as_deref().unwrap_or(user))
        .application_name("pixcrawler")
        // Transaction poolers hand each statement to another session.
        .statement_cache_capacity(0)
        // PgBouncer refuses parameters that it does not know.
        .extra_float_digits(None)
        .ssl_mode(match endpoint.tls {
            Tls::Off => PgSslMode::Disable,
            Tls::Preferred => PgSslMode::Prefer,
            Tls::Required => PgSslMode::Require,
            Tls::Authority => PgSslMode::VerifyCa,
            // That name is looked at by itself.
            Tls::Verified if endpoint.certified.is_some() => PgSslMode::VerifyCa,
            Tls::Verified => PgSslMode::VerifyFull,
        })
        .disable_statement_logging();
    let options = match &endpoint.root {
        Some(file) => options.ssl_root_cert(file),
        None => options,
    };
    if endpoint.is_socket() {
        options.socket(&endpoint.host)
    } else {
        options.host(&endpoint.host)
    }
}

/// Connects as libpq and asyncpg do, to whom `prefer` is a wish: whom the server's rules refuse with TLS tries
/// once without it, which `hostnossl` asks for. With whether TLS was given up for it. A certificate that `root`, the
/// file with authorities, has itself is taken as OpenSSL takes it, whatever it is for beside that.
///
/// # Errors
/// Why there is no connection; with TLS where both ways are refused alike.
pub(super) async fn connect(
    options: &PgConnectOptions,
    root: Option<&str>,
) -> sqlx::Result<(PgConnection, bool)> {
    let refused = match PgConnection::connect_with(options).await {
        Ok(connection) => return Ok((connection, false)),
        Err(error) => error,
    };
    if let Some(root) = root
        && classify(&refused) == DatabaseState::TlsFailed(tls::AUTHORITY.to_owned())
    {
        return match itself::line(options, Path::new(root)).await {
            Ok(line) => Ok((PgConnection::connect_with(&line).await?, false)),
            Err(error) if matches!(error.get_ref(), Some(inner) if inner.is::<rustls::Error>()) => {
                Err(sqlx::Error::Io(error))
            }
            Err(_) => Err(refused),
        };
    }
    let wish = matches!(options.get_ssl_mode(), PgSslMode::Prefer);
    if !wish || options.get_socket().is_some() || !may_take_plain(&refused) {
        return Err(refused);
    }
    let plain = options.clone().ssl_mode(PgSslMode::Disable);
    match PgConnection::connect_with(&plain).await {
        Ok(connection) => Ok((connection, true)),
        Err(error) if is_by_rule(&error) => Err(refused),
        // A wrong password, no such database: the rules let us go on to that.
        Err(error) => Err(error),
    }
}

/// The code of a login that the rules refuse, whatever language the server speaks.
fn is_barred(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.code().as_deref() == Some("28000"))
}

/// Whether a refusal may be of TLS alone.
fn may_take_plain(refused: &sqlx::Error) -> bool {
    is_barred(refused) && classify(refused) != DatabaseState::TlsRequired
}

/// Whether it is the rules again that refuse.
fn is_by_rule(refused: &sqlx::Error) -> bool {
    match classify(refused) {
        DatabaseState::TlsRequired => true,
        DatabaseState::Rejected(words) => is_barred(refused) && words.contains("pg_hba.conf"),
        _ => false,
    }
}

/// Whether those are a pooler's words, its own or such as it hands on: a server says which of its functions
/// refuses.
pub(super) fn is_of_pooler(refused: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = refused else {
        return false;
    };
    let told = error.try_downcast_ref::<PgDatabaseError>();
    told.is_some_and(|told| told.routine().is_none())
}

/// A file of authorities that is not there; nobody is asked then.
pub(super) fn without_root(endpoint: &Endpoint) -> Option<DatabaseState> {
    let root = endpoint.root.as_deref()?;
    (!Path::new(root).is_file())
        .then(|| DatabaseState::TlsFailed(format!("there is no file {root} with authorities")))
}

/// Connects to `endpoint` once and says how that went, within `timeout`.
pub async fn probe(endpoint: &Endpoint, timeout: Duration) -> DatabaseState {
    let started = Instant::now();
    let deadline = tokio::time::Instant::now() + timeout;
    if let Some(state) = without_root(endpoint) {
        return state;
    }
    if !endpoint.is_socket()
        && let Err(state) = reach(endpoint, deadline).await
    {
        return state;
    }
    match timeout_at(
        deadline,
        patient(&options(endpoint), endpoint.root.as_deref()),
    )
    .await
    {
        Err(_) => named(endpoint, DatabaseState::Silent).await,
        Ok(Err(error)) => named(endpoint, classify(&error)).await,
        Ok(Ok((connection, _))) => {
            let latency = started.elapsed();
            let version = connection.server_version_num();
            // Without the goodbye the server logs a connection reset.
            let _ = timeout_at(deadline, connection.close()).await;
            match timeout_at(deadline, certified::trouble(endpoint)).await {
                Ok(Some(why)) => DatabaseState::TlsFailed(why),
                _ => DatabaseState::Accepts { version, latency },
            }
        }
    }
}

/// How often, and after which time, somebody is asked again who broke the connection off.
const AGAIN: u32 = 2;
const PAUSE: Duration = Duration::from_millis(250);

/// The same, asked again where the connection is broken off: a server that is started anew ends its connections so,
/// and that says nothing of who is there.
pub(super) async fn patient(
    options: &PgConnectOptions,
    root: Option<&str>,
) -> sqlx::Result<(PgConnection, bool)> {
    let mut told = connect(options, root).await;
    for _ in 0..AGAIN {
        if !matches!(&told, Err(error) if classify(error) == DatabaseState::HungUp) {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        told = connect(options, root).await;
    }
    told
}

/// How long a second look may take at whom did not answer the first.
const SECOND_LOOK: Duration = Duration::from_millis(500);

/// What it means that a login did not come to an end in time: a dead host, or a live server that
/// speaks something else.
pub(super) async fn silent(endpoint: &Endpoint) -> DatabaseState {
    let deadline = tokio::time::Instant::now() + SECOND_LOOK;
    match reach(endpoint, deadline).await {
        _ if endpoint.is_socket() => DatabaseState::Silent,
        Ok(()) => named(endpoint, DatabaseState::Silent).await,
        Err(state) => state,
    }
}

/// Whoever speaks another language, or waits for one, is asked who it is.
pub(super) async fn named(endpoint: &Endpoint, state: DatabaseState) -> DatabaseState {
    let strange = matches!(
        state,
        DatabaseState::NotPostgres(None) | DatabaseState::Silent | DatabaseState::HungUp
    );
    if !strange || endpoint.is_socket() {
        return state;
    }
    if state == DatabaseState::Silent
        && timeout_at(
            tokio::time::Instant::now() + SECOND_LOOK,
            is_pgbouncer(endpoint),
        )
        .await
            == Ok(true)
    {
        return DatabaseState::Behind(WAITS.to_owned());
    }
    match stranger::look(&endpoint.host, endpoint.port).await {
        None => state,
        who => DatabaseState::NotPostgres(who),
    }
}

/// What it means that a pooler takes our login, or its beginning, and says nothing more.
const WAITS: &str =
    "it keeps us waiting for a session: the database is paused, or no session is free";

/// A `PgBouncer` has a database of its own for its administrators, which needs no server; a Postgres has none
/// of that name.
pub(super) async fn is_pgbouncer(endpoint: &Endpoint) -> bool {
    let options = options(endpoint).database("pgbouncer");
    match connect(&options, endpoint.root.as_deref()).await {
        Ok((connection, _)) => {
            let _ = connection.close().await;
            true
        }
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("3D000") => false,
        Err(sqlx::Error::Database(error)) => error.message().contains("not allowed"),
        Err(_) => false,
    }
}

/// A TCP connection of its own tells a dead host from a live server that speaks something else.
async fn reach(endpoint: &Endpoint, deadline: tokio::time::Instant) -> Result<(), DatabaseState> {
    let connect = TcpStream::connect((endpoint.host.as_str(), endpoint.port));
    match timeout_at(deadline, connect).await {
        Err(_) => Err(DatabaseState::TimedOut),
        Ok(Err(error)) => Err(unreachable(&error)),
        Ok(Ok(_)) => Ok(()),
    }
}

fn unreachable(error: &io::Error) -> DatabaseState {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => DatabaseState::Refused,
        io::ErrorKind::NotFound => DatabaseState::NoSocket,
        io::ErrorKind::TimedOut => DatabaseState::TimedOut,
        _ => DatabaseState::Unreachable(super::fs::plain(error)),
    }
}

/// How `PgBouncer` says that a login is wrong, without the code that a server has for it.
const POOLERS_REFUSALS: [&str; 2] = [
    "password authentication failed",
    "SASL authentication failed",
];

/// Whether what came in place of a handshake makes no sense as one.
fn is_no_tls(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|it| it.downcast_ref());
    matches!(inner, Some(rustls::Error::InvalidMessage(_)))
}

/// How `PgBouncer` says that it has no session of the server for us.
const BEHIND: [&str; 4] = [
    "server login has been failing",
    "server_login_retry",
    "query_wait_timeout",
    "cannot connect to server",
];
/// Whether a refusal is that of a `PgBouncer` in statement mode, which takes no transaction.
#[must_use]
pub fn has_no_transactions(words: &str) -> bool {
    words.contains("statement pooling mode")
}

/// Whether a server that is not ready never will be: it follows another one, and `hot_standby` is off. Servers
/// before version 14 do not tell.
fn is_closed(error: &(dyn DatabaseError + 'static)) -> bool {
    let detail = error.try_downcast_ref::<PgDatabaseError>();
    detail.and_then(PgDatabaseError::detail) == Some("Hot standby mode is disabled.")
}

/// What a failed connection attempt means.
#[must_use]
pub fn classify(error: &sqlx::Error) -> DatabaseState {
    match error {
        // The server hung up in the middle of the handshake.
        sqlx::Error::Io(error)
            if matches!(
                error.kind(),
                io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionReset
                    | io::ErrorKind::BrokenPipe
            ) =>
        {
            DatabaseState::HungUp
        }
        // An `S` is a yes to TLS, and the first letter of SSH: what comes behind it tells.
        sqlx::Error::Io(error) if is_no_tls(error) => DatabaseState::NotPostgres(None),
        // The driver hands a failed handshake over as an error of the connection.
        sqlx::Error::Io(error) if matches!(error.get_ref(), Some(inner) if inner.is::<rustls::Error>()) => {
            DatabaseState::TlsFailed(tls::in_words(&super::fs::plain(error)))
        }
        sqlx::Error::Io(error) => unreachable(error),
        // The driver takes the end of a connection for an answer to its question for TLS.
        sqlx::Error::Protocol(words) if words.contains("from SSLRequest: 0x00") => {
            DatabaseState::HungUp
        }
        sqlx::Error::Protocol(_) => DatabaseState::NotPostgres(None),
        sqlx::Error::Tls(error) => DatabaseState::TlsFailed(tls::in_words(&error.to_string())),
        sqlx::Error::Database(error) => {
            let message = error.message();
            match error.code().as_deref() {
                _ if POOLERS_REFUSALS.contains(&message) => DatabaseState::AuthFailed,
                Some("08P01") if BEHIND.iter().any(|words| message.contains(words)) => {
                    DatabaseState::Behind(message.to_owned())
                }
                // Class 28 is "invalid authorization"; the same code says that TLS is missing.
                Some("28000")
                    if message.contains("no encryption") || message.contains("SSL off") =>
                {
                    DatabaseState::TlsRequired
                }
                // Where a password is asked for, it is the password that is wrong.
                Some("28000") if message.ends_with("does not exist") => DatabaseState::NoSuchRole,
                Some("28P01") => DatabaseState::AuthFailed,
                Some("3D000") => DatabaseState::NoSuchDatabase,
                Some("57P03") if is_closed(&**error) => DatabaseState::Closed,
                // 57P01 and 57P02 are the words with which one that ends breaks a connection off.
                Some("57P01" | "57P02" | "57P03") => DatabaseState::Starting,
                // 28000, too: may not log in, no line in pg_hba.conf, no client certificate. No other
                // password helps there.
                _ => DatabaseState::Rejected(message.to_owned()),
            }
        }
        // sqlx gives no other kind for a handshake that makes no sense, e.g. a SASL method it does not know.
        other => DatabaseState::Rejected(other.to_string()),
    }
}
