//! Is there a Redis, and would it let us in? One connection attempt, classified.

use std::io;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo,
    RedisConnectionInfo, RedisError,
};
use tokio::net::TcpStream;
use tokio::time::timeout_at;

use crate::service::endpoint::{Endpoint, Tls};

/// What a Redis endpoint answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheState {
    /// Nothing listens on the port.
    Refused,
    /// The host has no address, or cannot be reached; the reason in words.
    Unreachable(String),
    /// No TCP connection in time.
    TimedOut,
    /// Something accepts connections there, and does not speak RESP (or not in time).
    NotRedis,
    /// It is reading its data: ask again.
    Starting,
    /// It wants a password and the URL has none.
    AuthRequired,
    /// Wrong user or password.
    AuthFailed,
    /// The URL's database number is beyond what the server has.
    NoSuchDatabase,
    /// The URL asks for TLS and the server has none, or its certificate does not hold.
    TlsFailed(String),
    /// Anything else that it said.
    Rejected(String),
    /// It answers PING.
    Accepts {
        /// Version, e.g. `7.0.15`, where the user may ask for it.
        version: Option<String>,
        /// Time to the answer of PING.
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
    /// Time to the answer of PING.
    pub latency: Duration,
}

/// Asks `endpoint` for a PING and its version, within `timeout`.
pub async fn probe(endpoint: &Endpoint, timeout: Duration) -> CacheState {
    match examine(endpoint, timeout).await {
        Ok(facts) => CacheState::Accepts {
            version: facts.version,
            latency: facts.latency,
        },
        Err(state) => state,
    }
}

/// One connection, a PING and an INFO, within `timeout`.
///
/// # Errors
/// The state that is not [`CacheState::Accepts`].
pub async fn examine(endpoint: &Endpoint, timeout: Duration) -> Result<CacheFacts, CacheState> {
    let started = Instant::now();
    let deadline = tokio::time::Instant::now() + timeout;
    match timeout_at(
        deadline,
        TcpStream::connect((endpoint.host.as_str(), endpoint.port)),
    )
    .await
    {
        Err(_) => return Err(CacheState::TimedOut),
        Ok(Err(error)) => return Err(unreachable(&error)),
        Ok(Ok(_)) => {}
    }
    let answer = async {
        let mut connection = connect(endpoint).await?;
        let pong: String = redis::cmd("PING").query_async(&mut connection).await?;
        let latency = started.elapsed();
        let info: Option<String> = redis::cmd("INFO").query_async(&mut connection).await.ok();
        Ok::<_, RedisError>((pong, latency, info))
    };
    match timeout_at(deadline, answer).await {
        Err(_) => Err(CacheState::NotRedis),
        Ok(Err(error)) => Err(classify(&error, endpoint)),
        Ok(Ok((pong, _, _))) if pong != "PONG" => Err(CacheState::NotRedis),
        Ok(Ok((_, latency, info))) => Ok(CacheFacts {
            latency,
            ..facts(&info.unwrap_or_default())
        }),
    }
}

/// A connection to `endpoint`, logged in, its database selected.
///
/// # Errors
/// Whatever the connection, the login or the choice of the database failed with.
pub async fn connect(endpoint: &Endpoint) -> Result<MultiplexedConnection, RedisError> {
    // The callers set one deadline for everything; the library's own are shorter than a busy machine needs.
    let patient = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None);
    Client::open(address(endpoint)?)?
        .get_multiplexed_async_connection_with_config(&patient)
        .await
}

fn address(endpoint: &Endpoint) -> Result<ConnectionInfo, RedisError> {
    let mut login = RedisConnectionInfo::default()
        .set_db(i64::from(endpoint.redis_database()))
        .set_skip_set_lib_name();
    if let Some(user) = &endpoint.user {
        login = login.set_username(user);
    }
    if let Some(password) = &endpoint.password {
        login = login.set_password(password.expose());
    }
    let (host, port) = (endpoint.host.clone(), endpoint.port);
    let address = if endpoint.tls == Tls::Off {
        ConnectionAddr::Tcp(host, port)
    } else {
        // As the Python and JavaScript clients: the certificate is checked.
        ConnectionAddr::TcpTls {
            host,
            port,
            insecure: false,
            tls_params: None,
        }
    };
    Ok(address.into_connection_info()?.set_redis_settings(login))
}

fn unreachable(error: &io::Error) -> CacheState {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => CacheState::Refused,
        io::ErrorKind::TimedOut => CacheState::TimedOut,
        _ => CacheState::Unreachable(super::fs::plain(error)),
    }
}

fn classify(error: &RedisError, endpoint: &Endpoint) -> CacheState {
    let had_password = endpoint.password.is_some();
    let detail = error.detail().unwrap_or_default();
    // While it chooses a database, the library wraps what the server said into words of its own.
    let words = error.to_string();
    if words.contains("Authentication required") {
        return CacheState::AuthRequired;
    }
    if words.contains("DB index is out of range") {
        return CacheState::NoSuchDatabase;
    }
    match error.code() {
        Some("NOAUTH") => CacheState::AuthRequired,
        Some("WRONGPASS" | "NOPERM") => CacheState::AuthFailed,
        Some("LOADING" | "BUSYLOADING") => CacheState::Starting,
        Some("ERR") if detail.contains("invalid password") => CacheState::AuthFailed,
        Some(_) => CacheState::Rejected(words),
        None => match error.kind() {
            ErrorKind::AuthenticationFailed if had_password => CacheState::AuthFailed,
            ErrorKind::AuthenticationFailed => CacheState::AuthRequired,
            ErrorKind::Io if endpoint.tls != Tls::Off => CacheState::TlsFailed(words),
            ErrorKind::Parse | ErrorKind::Io | ErrorKind::UnexpectedReturnType => {
                CacheState::NotRedis
            }
            _ => CacheState::Rejected(words),
        },
    }
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
    }
}
