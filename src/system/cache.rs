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
    /// TCP connects; the TLS that `rediss://` asks for is not part of this check.
    Encrypted {
        /// Time to the TCP connection.
        latency: Duration,
    },
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

/// Asks `endpoint` for a PING and its version, within `timeout`.
pub async fn probe(endpoint: &Endpoint, timeout: Duration) -> CacheState {
    let started = Instant::now();
    let deadline = tokio::time::Instant::now() + timeout;
    match timeout_at(
        deadline,
        TcpStream::connect((endpoint.host.as_str(), endpoint.port)),
    )
    .await
    {
        Err(_) => return CacheState::TimedOut,
        Ok(Err(error)) => return unreachable(&error),
        Ok(Ok(_)) if endpoint.tls != Tls::Off => {
            return CacheState::Encrypted {
                latency: started.elapsed(),
            };
        }
        Ok(Ok(_)) => {}
    }
    let answer = async {
        let mut connection = connect(endpoint).await?;
        let pong: String = redis::cmd("PING").query_async(&mut connection).await?;
        let latency = started.elapsed();
        let info: Option<String> = redis::cmd("INFO")
            .arg("server")
            .query_async(&mut connection)
            .await
            .ok();
        Ok::<_, RedisError>((pong, latency, info))
    };
    match timeout_at(deadline, answer).await {
        Err(_) => CacheState::NotRedis,
        Ok(Err(error)) => classify(&error, endpoint.password.is_some()),
        Ok(Ok((pong, _, _))) if pong != "PONG" => CacheState::NotRedis,
        Ok(Ok((_, latency, info))) => CacheState::Accepts {
            version: info.as_deref().and_then(version),
            latency,
        },
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
    let address = ConnectionAddr::Tcp(endpoint.host.clone(), endpoint.port);
    Ok(address.into_connection_info()?.set_redis_settings(login))
}

fn unreachable(error: &io::Error) -> CacheState {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => CacheState::Refused,
        io::ErrorKind::TimedOut => CacheState::TimedOut,
        _ => CacheState::Unreachable(error.to_string()),
    }
}

fn classify(error: &RedisError, had_password: bool) -> CacheState {
    let detail = error.detail().unwrap_or_default();
    match error.code() {
        Some("NOAUTH") => CacheState::AuthRequired,
        Some("WRONGPASS" | "NOPERM") => CacheState::AuthFailed,
        Some("LOADING" | "BUSYLOADING") => CacheState::Starting,
        Some("ERR") if detail.contains("DB index is out of range") => CacheState::NoSuchDatabase,
        Some("ERR") if detail.contains("invalid password") => CacheState::AuthFailed,
        Some(_) => CacheState::Rejected(error.to_string()),
        None => match error.kind() {
            ErrorKind::AuthenticationFailed if had_password => CacheState::AuthFailed,
            ErrorKind::AuthenticationFailed => CacheState::AuthRequired,
            ErrorKind::Parse | ErrorKind::Io | ErrorKind::UnexpectedReturnType => {
                CacheState::NotRedis
            }
            _ => CacheState::Rejected(error.to_string()),
        },
    }
}

/// The version out of INFO: Valkey tells its own beside the Redis one that it is compatible with.
fn version(info: &str) -> Option<String> {
    let field = |name: &str| {
        info.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(|value| value.trim().to_owned())
    };
    field("valkey_version").or_else(|| field("redis_version"))
}
