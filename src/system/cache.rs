//! Is there a Redis, and would it let us in? One connection attempt, classified.

mod address;
mod login;
mod trial;
mod words;

use std::io;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ErrorKind, RedisError};
use tokio::net::TcpStream;
use tokio::time::timeout_at;

use crate::service::endpoint::{Endpoint, Tls};

pub use trial::{Command, Refusal};
pub use words::words;

/// What a Redis endpoint answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheState {
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
    /// It takes connections and breaks each off, without an answer or in the middle of one: it may be ending, or
    /// another one.
    HungUp,
    /// What answers there does not speak RESP.
    NotRedis,
    /// It is reading its data: ask again.
    Starting,
    /// It wants a password and the URL has none.
    AuthRequired,
    /// Wrong user or password.
    AuthFailed,
    /// The URL has a password, and the server has none.
    NoPassword,
    /// The password is right, and the user may not even say PING; in the server's words.
    NoRights(String),
    /// Without a password it takes nobody but who comes from its own machine.
    Protected,
    /// It has as many clients as it takes.
    Full,
    /// It runs a script or a function that does not end, and answers nobody meanwhile; in its words.
    Busy(String),
    /// It is a replica whose primary is away, and told to answer nobody then.
    Orphaned,
    /// The URL's database number is beyond what the server has.
    NoSuchDatabase,
    /// The URL asks for TLS and the server has none, or its certificate does not hold.
    TlsFailed(String),
    /// The URL names a key of ours that we cannot use, in words; nobody was asked.
    NotAsked(String),
    /// Anything else that it said.
    Rejected(String),
    /// It answers PING.
    Accepts {
        /// Version, e.g. `7.0.15`, where the user may ask for it.
        version: Option<String>,
        /// Time to the answer to a small question, the connection being there.
        latency: Duration,
    },
}

/// What a server says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CacheFacts {
    /// `7.0.15`, or Valkey's own; where the user may ask for it.
    pub version: Option<String>,
    /// What it throws away when its memory is full: `noeviction`, `allkeys-lru` …
    pub eviction: Option<String>,
    /// Bytes that it may use; 0 for no limit.
    pub max_memory: u64,
    /// Bytes that it uses.
    pub used_memory: u64,
    /// Time to the answer to a small question, the connection being there.
    pub latency: Duration,
    /// Those of the numbers asked for that are beyond what the server has.
    pub no_databases: Vec<u16>,
    /// How many databases it has, where one was asked for that is beyond.
    pub databases: Option<u16>,
    /// `standalone`, `cluster` or `sentinel`, where it tells.
    pub mode: Option<String>,
    /// The server that it copies, where it is a replica.
    pub replica: Option<Replica>,
    /// What it refuses of what was tried.
    pub refusals: Vec<Refusal>,
    /// Why the user may choose no other database than the first one, in the server's words.
    pub first_alone: Option<String>,
    /// Whether nobody may: the server has no such command.
    pub has_no_select: bool,
}

/// A server that copies another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// Host and port of the one that it copies.
    pub of: String,
    /// It takes writes all the same, and forgets them with the next copy.
    pub writable: bool,
}

/// What is to be found out about a server besides itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Whether it has these databases.
    pub databases: &'a [u16],
    /// Whether it would take these commands; none is run.
    pub trials: &'a [Vec<Command>],
}

/// What a server says of a number that it has no database for.
const OUT_OF_RANGE: &str = "DB index is out of range";

/// And the node of a cluster, which has the first one alone.
const NOT_IN_CLUSTER: &str = "SELECT is not allowed in cluster mode";

/// What a server says of a command that it does not have.
const UNKNOWN: &str = "unknown command";

/// How long a second look may take at whom did not answer the first.
const SECOND_LOOK: Duration = Duration::from_millis(500);

/// What the reader of answers says of one that ends in its middle.
const END_OF_INPUT: &str = "end of input";

/// How often, and after which time, somebody is asked again who broke off.
const AGAIN: u32 = 2;
const PAUSE: Duration = Duration::from_millis(250);

/// Asks `endpoint` for a PING and its version, within `timeout`.
pub async fn probe(endpoint: &Endpoint, timeout: Duration) -> CacheState {
    let wanted = Wanted {
        databases: &[endpoint.redis_database()],
        trials: &[],
    };
    match examine(endpoint, wanted, timeout).await {
        Ok(CacheFacts {
            first_alone: Some(why),
            ..
        }) => CacheState::NoRights(why),
        Ok(facts) if facts.has_no_select => {
            CacheState::Rejected("unknown command 'SELECT'".to_owned())
        }
        Ok(facts) if !facts.no_databases.is_empty() => CacheState::NoSuchDatabase,
        Ok(facts) => CacheState::Accepts {
            version: facts.version,
            latency: facts.latency,
        },
        Err(state) => state,
    }
}

/// One connection, a PING, an INFO, and the rest of what is `wanted`, within `timeout`.
///
/// # Errors
/// The state that is not [`CacheState::Accepts`].
pub async fn examine(
    endpoint: &Endpoint,
    wanted: Wanted<'_>,
    timeout: Duration,
) -> Result<CacheFacts, CacheState> {
    // Every server has the first one: which of the others it lacks is asked by their numbers.
    let endpoint = &Endpoint {
        database: None,
        ..endpoint.clone()
    };
    let deadline = tokio::time::Instant::now() + timeout;
    if let Some(why) = address::without_files(endpoint) {
        return Err(CacheState::TlsFailed(why));
    }
    if let Some(why) = not_askable(endpoint) {
        return Err(CacheState::NotAsked(why));
    }
    let (mut connection, first) = match timeout_at(deadline, greeted(endpoint)).await {
        Err(_) => return Err(silent(endpoint).await),
        Ok(greeted) => greeted?,
    };
    // Who is slow has answered all the same: of the rest, what comes in time is taken.
    let mut known = CacheFacts {
        latency: first,
        ..CacheFacts::default()
    };
    let rest = async {
        let asked = Instant::now();
        let info: Result<String, RedisError> =
            redis::cmd("INFO").query_async(&mut connection).await;
        known = facts(&info.unwrap_or_default());
        // One answer may be late by chance.
        known.latency = first.min(asked.elapsed());
        for number in wanted.databases.iter().filter(|number| **number > 0) {
            match select(&mut connection, *number).await {
                Err(error) if has_no_such_database(&error.to_string()) => {
                    known.no_databases.push(*number);
                }
                Err(error) if error.code() == Some("NOPERM") => {
                    known.first_alone = error.detail().map(str::to_owned);
                }
                // Somebody gave the command another name.
                Err(error) if error.to_string().contains(UNKNOWN) => known.has_no_select = true,
                _ => {}
            }
        }
        if let Some(beyond) = known.no_databases.iter().min() {
            known.databases = Some(count(&mut connection, *beyond).await);
        }
        if let Ok(refusals) = trial::refusals(&mut connection, wanted.trials).await {
            known.refusals = refusals;
        }
    };
    let _ = timeout_at(deadline, rest).await;
    Ok(known)
}

/// A connection that has answered a PING, and the time that took. One that was broken off says nothing of who is
/// there: a server that is started anew ends its connections so, and may do so in the middle of an answer.
async fn greeted(endpoint: &Endpoint) -> Result<(MultiplexedConnection, Duration), CacheState> {
    let once = async || {
        let mut connection = connect(endpoint).await?;
        let asked = Instant::now();
        let pong: String = redis::cmd("PING").query_async(&mut connection).await?;
        Ok::<_, RedisError>((connection, pong, asked.elapsed()))
    };
    let classified = |error: RedisError| classify(&error, endpoint);
    let mut told = once().await.map_err(classified);
    for _ in 0..AGAIN {
        if !matches!(told, Err(CacheState::HungUp)) {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        told = once().await.map_err(classified);
    }
    match told? {
        (_, pong, _) if pong != "PONG" => Err(CacheState::NotRedis),
        (connection, _, latency) => Ok((connection, latency)),
    }
}

/// Why a server cannot be asked by us that may well take whom the URL is for.
#[must_use]
pub fn not_askable(endpoint: &Endpoint) -> Option<String> {
    let file = address::locked_key(endpoint)?;
    Some(format!(
        "the key in {file} wants a password, and no such key is read here"
    ))
}

/// Whether the server says that it has no such database.
async fn lacks(connection: &mut MultiplexedConnection, number: u16) -> bool {
    let chosen = select(connection, number).await;
    chosen.is_err_and(|error| has_no_such_database(&error.to_string()))
}

fn has_no_such_database(words: &str) -> bool {
    words.contains(OUT_OF_RANGE) || words.contains(NOT_IN_CLUSTER)
}

/// How many databases a server has that lacks the number `beyond`. They are numbered without a gap.
async fn count(connection: &mut MultiplexedConnection, beyond: u16) -> u16 {
    let (mut has, mut lacking) = (0, beyond);
    while has + 1 < lacking {
        let middle = has + (lacking - has) / 2;
        if lacks(connection, middle).await {
            lacking = middle;
        } else {
            has = middle;
        }
    }
    lacking
}

async fn select(connection: &mut MultiplexedConnection, number: u16) -> Result<(), RedisError> {
    let mut command = redis::cmd("SELECT");
    command.arg(number).query_async(connection).await
}

/// What it means that there was no answer in time: a dead host, or a live server that speaks
/// something else. Only then is a second connection made.
async fn silent(endpoint: &Endpoint) -> CacheState {
    if endpoint.is_socket() {
        return CacheState::Silent;
    }
    let deadline = tokio::time::Instant::now() + SECOND_LOOK;
    let connect = TcpStream::connect((endpoint.host.as_str(), endpoint.port));
    match timeout_at(deadline, connect).await {
        Err(_) => CacheState::TimedOut,
        Ok(Err(error)) => unreachable(&error),
        // A Redis without TLS waits for the end of what it takes for a line.
        Ok(Ok(_)) if endpoint.tls != Tls::Off => {
            CacheState::TlsFailed("nobody answers the handshake".to_owned())
        }
        Ok(Ok(_)) => CacheState::Silent,
    }
}

/// Changes a setting of a running server, and of its file where it has one.
///
/// # Errors
/// The server's words.
pub async fn set(endpoint: &Endpoint, name: &str, value: &str) -> Result<(), String> {
    let words = |error: RedisError| error.to_string();
    let mut connection = connect(endpoint).await.map_err(words)?;
    let changed: Result<(), RedisError> = redis::cmd("CONFIG")
        .arg("SET")
        .arg(name)
        .arg(value)
        .query_async(&mut connection)
        .await;
    changed.map_err(words)?;
    // A server without a file has none to write.
    let _: Result<(), RedisError> = redis::cmd("CONFIG")
        .arg("REWRITE")
        .query_async(&mut connection)
        .await;
    Ok(())
}

/// A connection to `endpoint`, logged in, its database selected.
///
/// # Errors
/// Whatever the connection, the login or the choice of the database failed with.
pub async fn connect(endpoint: &Endpoint) -> Result<MultiplexedConnection, RedisError> {
    if let Some(why) = address::without_files(endpoint) {
        return Err(io::Error::other(why).into());
    }
    // The callers set one deadline for everything; the library's own are shorter than a busy machine needs.
    let patient = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None);
    let mut connection = address::client(endpoint)?
        .get_multiplexed_async_connection_with_config(&patient)
        .await?;
    login::log_in(&mut connection, endpoint).await?;
    if endpoint.redis_database() > 0 {
        select(&mut connection, endpoint.redis_database()).await?;
    }
    Ok(connection)
}

fn unreachable(error: &io::Error) -> CacheState {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => CacheState::Refused,
        io::ErrorKind::TimedOut => CacheState::TimedOut,
        _ => CacheState::Unreachable(super::fs::plain(error)),
    }
}

fn classify(error: &RedisError, endpoint: &Endpoint) -> CacheState {
    let words = error.to_string();
    if has_no_such_database(&words) {
        return CacheState::NoSuchDatabase;
    }
    // A certificate of ours and a key of another.
    if error.kind() == ErrorKind::InvalidClientConfig && endpoint.client.is_some() {
        return CacheState::TlsFailed(words);
    }
    match error.code() {
        Some(code) if let Some(state) = refused(code, error.detail().unwrap_or_default()) => state,
        Some(_) => CacheState::Rejected(words),
        None => match error.kind() {
            ErrorKind::Io if let Some(state) = not_connected(error, endpoint) => state,
            ErrorKind::Io if endpoint.tls != Tls::Off => {
                CacheState::TlsFailed(super::tls::in_words(&words))
            }
            // What is left of those says that somebody was there, and not who.
            ErrorKind::Io => CacheState::HungUp,
            ErrorKind::Parse if words.contains(END_OF_INPUT) => CacheState::HungUp,
            ErrorKind::Parse | ErrorKind::UnexpectedReturnType => CacheState::NotRedis,
            _ => CacheState::Rejected(words),
        },
    }
}

/// What a server means that answers with an error: its code, and the words behind it.
fn refused(code: &str, words: &str) -> Option<CacheState> {
    Some(match code {
        "NOAUTH" => CacheState::AuthRequired,
        "WRONGPASS" => CacheState::AuthFailed,
        "NOPERM" => CacheState::NoRights(words.to_owned()),
        "DENIED" => CacheState::Protected,
        "LOADING" | "BUSYLOADING" => CacheState::Starting,
        "BUSY" => CacheState::Busy(words.to_owned()),
        "MASTERDOWN" => CacheState::Orphaned,
        "ERR" if words.contains("invalid password") => CacheState::AuthFailed,
        // As versions from 6 on say it, and those before.
        "ERR"
            if words.contains("without any password configured")
                || words.contains("no password is set") =>
        {
            CacheState::NoPassword
        }
        "ERR" if words.contains("max number of clients") => CacheState::Full,
        _ => return None,
    })
}

/// What an error of the system means, where it says that there is no connection at all: what breaks
/// off in the middle, or makes no sense, comes from somebody who is there. The library keeps the error
/// to itself, so that its words are all there is to tell a network from TLS.
fn not_connected(error: &RedisError, endpoint: &Endpoint) -> Option<CacheState> {
    const NETWORK: &[&str] = &["lookup address", "unreachable", "No route", "resolve"];
    let words = error.to_string();
    if endpoint.is_socket() && words.contains("No such file or directory") {
        return Some(CacheState::NoSocket);
    }
    if error.is_connection_refusal() {
        return Some(CacheState::Refused);
    }
    if error.is_connection_dropped() {
        return None;
    }
    if error.is_timeout() {
        return Some(CacheState::TimedOut);
    }
    let of_network = NETWORK.iter().any(|part| words.contains(part));
    (of_network || endpoint.tls == Tls::Off)
        .then(|| CacheState::Unreachable(super::fs::plain(&io::Error::other(words))))
}

/// What INFO says. Valkey tells its own version beside the Redis one that it is compatible with.
fn facts(info: &str) -> CacheFacts {
    let field = |name: &str| {
        info.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(|value| value.trim().to_owned())
    };
    let bytes = |name: &str| {
        field(name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(0)
    };
    CacheFacts {
        version: field("valkey_version").or_else(|| field("redis_version")),
        eviction: field("maxmemory_policy"),
        max_memory: bytes("maxmemory"),
        used_memory: bytes("used_memory"),
        latency: Duration::ZERO,
        no_databases: Vec::new(),
        databases: None,
        mode: field("redis_mode").or_else(|| field("server_mode")),
        replica: (field("role").as_deref() == Some("slave")).then(|| Replica {
            of: format!(
                "{}:{}",
                field("master_host").unwrap_or_default(),
                field("master_port").unwrap_or_default()
            ),
            writable: field("slave_read_only").as_deref() == Some("0"),
        }),
        refusals: Vec::new(),
        first_alone: None,
        has_no_select: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_and_a_mode_are_read() {
        let told = facts(
            "redis_version:7.0.15\r\nredis_mode:standalone\r\nrole:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\nslave_read_only:1\r\n",
        );
        let of = told
            .replica
            .as_ref()
            .map(|it| (it.of.as_str(), it.writable));
        assert_eq!(of, Some(("10.0.0.1:6379", false)));
        assert_eq!(told.mode.as_deref(), Some("standalone"));
        assert_eq!(facts("role:master\r\n").replica, None);
    }
}
