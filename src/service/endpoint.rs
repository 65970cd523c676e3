//! The Postgres and Redis servers that the tiers' variables name.

use std::fmt;

use url::Url;

use crate::env::{hosts_in_list, hosts_of_sqlalchemy, is_for_asyncpg};

mod around;
mod password_file;
mod place;
mod postgres_js;
mod tls;
mod written;

pub use around::{Around, Client, Elsewhere, elsewhere, names_no_host, service};
pub use password_file::password_file;
pub use tls::ClientFiles;
use tls::{is_believed, of_redis, tls_mode};
use written::{cuts_a_password, is_name_with_port, name_as_written, with_fragment, without_host};

/// A password: readable by code, never by people.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the protocol that needs it and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Which protocol a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// The Postgres frontend/backend protocol, version 3.
    Postgres,
    /// RESP: Redis, Valkey and their relatives.
    Redis,
}

impl Protocol {
    /// The port that a URL without one means.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Postgres => 5432,
            Self::Redis => 6379,
        }
    }
}

/// How much TLS a URL asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Tls {
    /// Never (`sslmode=disable`, `redis://`).
    Off,
    /// When the server offers it: libpq's default.
    #[default]
    Preferred,
    /// Always, without checking the certificate (`sslmode=require`, `ssl_cert_reqs=CERT_NONE`).
    Required,
    /// Always, and the certificate is of an authority that we know (`sslmode=verify-ca`).
    Authority,
    /// Always, and the certificate is the host's, too (`sslmode=verify-full`, `rediss://`).
    Verified,
}

/// One server address out of a tier's environment, with where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// What the server must speak.
    pub protocol: Protocol,
    /// Host name, IP address without brackets, or a unix socket (starts with `/`): its folder for
    /// Postgres, the socket itself for Redis.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// User to log in as; none means the protocol's default.
    pub user: Option<String>,
    /// Password, percent-decoded.
    pub password: Option<Secret>,
    /// Postgres: the database's name as its driver takes it, none means that of the user. Redis: the number as
    /// text.
    pub database: Option<String>,
    /// Encryption that the URL asks for.
    pub tls: Tls,
    /// The file with the authorities that may have signed the certificate, where it is said; those of the
    /// system count beside it for a Redis.
    pub root: Option<String>,
    /// The files with our own certificate, where a Redis is to see one.
    pub client: Option<ClientFiles>,
    /// The name that the certificate is to be for, where that is another one than the host.
    pub certified: Option<String>,
    /// The variable that holds the URL, e.g. `DATABASE_URL`.
    pub variable: String,
    /// Where that variable was set, as people read it, e.g. `backend/.env:14`.
    pub origin: String,
}

/// Why a value is not the address of a server. Never holds the value, which has a password in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not parseable as a URL at all.
    #[error("is not a URL: {0}")]
    NotAUrl(String),
    /// A URL of something else.
    #[error("has the scheme `{found}`, expected {expected}")]
    Scheme {
        /// The scheme that stands there.
        found: String,
        /// What would be understood.
        expected: &'static str,
    },
    /// Drivers connect to the first of them that answers, and none of them is meant more than the others.
    #[error("names several hosts, of which the first that answers is used")]
    Hosts,
    /// Hosts and ports behind the `?` that the driver refuses.
    #[error("{0}")]
    Behind(&'static str),
    /// What stands there is no port.
    #[error("names a port that is no number from 1 to 65535")]
    NoPort,
    /// Port 0 cannot be connected to.
    #[error("names port 0")]
    Port,
    /// A Redis database is a number from 0. What stands there may be the rest of a password.
    #[error("names a Redis database that is not a number")]
    Database,
    /// `redis://a;redis://b` for somebody who connects to one.
    #[error("names several servers, as only a Celery broker's URL may")]
    Several,
    /// `user:pass@w/ord@host`: where the host begins is anybody's guess, and a wrong one shows a password.
    #[error(
        "has an `@` behind its host: a `/`, `?`, `#` or `@` of a password is written %2F, %3F, %23 or %40"
    )]
    Unencoded,
    /// A percent-encoded part that is no UTF-8.
    #[error("has a {0} that is not UTF-8 after percent-decoding")]
    Encoding(&'static str),
}

impl Endpoint {
    /// Parses a Postgres URL: `postgresql://`, `postgres://`, with or without an `SQLAlchemy` driver
    /// (`postgresql+asyncpg://`).
    ///
    /// # Errors
    /// When `value` is no such URL.
    pub fn postgres(
        value: &str,
        variable: impl Into<String>,
        origin: impl Into<String>,
    ) -> Result<Self, EndpointError> {
        // `user:password@/name?host=/cloudsql/…`: drivers take it, though it is no sound URL.
        let (text, login) = without_host(value);
        if hosts_in_list(value).len() > 1 {
            return Err(EndpointError::Hosts);
        }
        let url = parse(&with_fragment(&text))?;
        let scheme = url.scheme().split('+').next().unwrap_or_default();
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(EndpointError::Scheme {
                found: url.scheme().to_owned(),
                expected: "`postgresql://` or `postgres://`",
            });
        }
        if cuts_a_password(&url) {
            return Err(EndpointError::Unencoded);
        }
        if hosts_of_sqlalchemy(value).map_err(EndpointError::Behind)? > 1 {
            return Err(EndpointError::Hosts);
        }
        let mut endpoint = Self::read(&url, Protocol::Postgres, variable.into(), origin.into())?;
        if let Some(name) = name_as_written(&text) {
            endpoint.database = (!name.is_empty()).then(|| name.to_owned());
        }
        endpoint.log_in(login)?;
        endpoint.overridden_by(&url)?;
        endpoint.encrypted_by(&url);
        Ok(endpoint)
    }

    /// Parses a Redis URL: `redis://`, `rediss://`, `valkey://`, `valkeys://`, whose database is the path or
    /// `?db=`; or a socket's, `redis+socket:///run/redis.sock?virtual_host=1` as Celery writes it,
    /// `unix:///run/redis.sock?db=1` as redis-py does.
    ///
    /// # Errors
    /// When `value` is no such URL.
    pub fn redis(
        value: &str,
        variable: impl Into<String>,
        origin: impl Into<String>,
    ) -> Result<Self, EndpointError> {
        let variable = variable.into();
        let is_broker = variable.contains("BROKER");
        Self::read_redis(value, variable, origin.into(), is_broker)
    }

    /// The same for the broker of a Celery worker, whatever its variable is called: one that says nothing of
    /// its certificate is believed, and one that says anything of it is spoken TLS to, under `redis://` too.
    ///
    /// # Errors
    /// When `value` is no such URL.
    pub fn broker(
        value: &str,
        variable: impl Into<String>,
        origin: impl Into<String>,
    ) -> Result<Self, EndpointError> {
        Self::read_redis(value, variable.into(), origin.into(), true)
    }

    fn read_redis(
        value: &str,
        variable: String,
        origin: String,
        is_broker: bool,
    ) -> Result<Self, EndpointError> {
        let mut urls = value.split(';').filter(|part| part.contains("://"));
        if urls.nth(1).is_some() {
            return Err(EndpointError::Several);
        }
        // `unix://:password@/run/redis.sock`: no sound URL either.
        let (text, login) = without_host(value);
        let url = parse(&text)?;
        let socket = SOCKET_SCHEMES.contains(&url.scheme());
        let tls = match url.scheme() {
            "redis" if is_broker && !is_believed(&url) => of_redis(&url),
            "redis" | "valkey" => Tls::Off,
            _ if socket => Tls::Off,
            "rediss" if is_broker && is_believed(&url) => Tls::Required,
            "rediss" | "valkeys" => of_redis(&url),
            other => {
                return Err(EndpointError::Scheme {
                    found: other.to_owned(),
                    expected: "`redis://` or `rediss://`",
                });
            }
        };
        let mut endpoint = Self {
            tls,
            ..Self::read(&url, Protocol::Redis, variable, origin)?
        };
        endpoint.log_in(login)?;
        let asked = |names: &[&str]| {
            let mut pairs = url.query_pairs();
            pairs
                .find(|(key, _)| names.contains(&key.as_ref()))
                .map(|(_, value)| value.into_owned())
        };
        if endpoint.tls > Tls::Off {
            endpoint.client = ClientFiles::of_redis(&url);
        }
        if endpoint.tls >= Tls::Authority {
            endpoint.root = asked(&["ssl_ca_certs"]).filter(|file| !file.is_empty());
        }
        if socket {
            endpoint.host = format!("/{}", endpoint.database.take().unwrap_or_default());
            endpoint.database = asked(&["db", "virtual_host"])
                .map(|name| name.trim_start_matches('/').to_owned())
                .filter(|name| !name.is_empty());
            endpoint.password = endpoint
                .password
                .or_else(|| asked(&["password"]).map(Secret));
        } else if endpoint.database.is_none() {
            endpoint.database = asked(&["db"]);
        }
        endpoint.checked_database()
    }

    /// A Redis server whose host, port, password and database stand in variables of their own.
    ///
    /// # Errors
    /// When the database is no number or the port is 0.
    pub fn redis_parts(
        parts: RedisParts<'_>,
        variable: impl Into<String>,
        origin: impl Into<String>,
    ) -> Result<Self, EndpointError> {
        let port = parts.port.unwrap_or(Protocol::Redis.default_port());
        if port == 0 {
            return Err(EndpointError::Port);
        }
        Self {
            protocol: Protocol::Redis,
            host: parts
                .host
                .filter(|host| !host.is_empty())
                .unwrap_or("localhost")
                .trim_matches(['[', ']'])
                .to_owned(),
            port,
            user: None,
            password: parts
                .password
                .filter(|password| !password.is_empty())
                .map(Secret::new),
            database: parts.database.map(str::to_owned),
            tls: if parts.tls { Tls::Verified } else { Tls::Off },
            root: None,
            client: None,
            certified: None,
            variable: variable.into(),
            origin: origin.into(),
        }
        .checked_database()
    }

    fn read(
        url: &Url,
        protocol: Protocol,
        variable: String,
        origin: String,
    ) -> Result<Self, EndpointError> {
        let host = decoded(url.host_str().unwrap_or_default(), "host")?;
        let host = host.trim_matches(['[', ']']);
        let port = url.port().unwrap_or(protocol.default_port());
        if port == 0 {
            return Err(EndpointError::Port);
        }
        let some = |text: String| (!text.is_empty()).then_some(text);
        Ok(Self {
            protocol,
            host: if host.is_empty() {
                "localhost".to_owned()
            } else {
                host.to_owned()
            },
            port,
            user: some(decoded(url.username(), "user name")?),
            password: url
                .password()
                .map(|text| decoded(text, "password"))
                .transpose()?
                .and_then(some)
                .map(Secret),
            database: some(decoded(
                url.path().trim_start_matches('/'),
                "database name",
            )?),
            tls: Tls::default(),
            root: None,
            client: None,
            certified: None,
            variable,
            origin,
        })
    }

    /// User and password that stood before a host that is not there.
    fn log_in(&mut self, login: Option<(String, String)>) -> Result<(), EndpointError> {
        if let Some((user, password)) = login {
            let some = |text: String| (!text.is_empty()).then_some(text);
            self.user = some(decoded(&user, "user name")?);
            self.password = some(decoded(&password, "password")?).map(Secret);
        }
        Ok(())
    }

    /// What stands behind the `?`, socket folders too, wins over what stands before it: `SQLAlchemy`, libpq
    /// and node-postgres read it so.
    fn overridden_by(&mut self, url: &Url) -> Result<(), EndpointError> {
        let asked: Vec<(String, String)> = url
            .query_pairs()
            .into_owned()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let has_port = asked.iter().any(|(key, _)| key == "port");
        let port = |text: &str| {
            let number = text.trim().parse().map_err(|_| EndpointError::NoPort)?;
            if number == 0 {
                Err(EndpointError::Port)
            } else {
                Ok(number)
            }
        };
        for (key, value) in asked {
            match key.as_str() {
                "host" => match value.split_once(':') {
                    Some((host, number)) if !has_port && is_name_with_port(host, number) => {
                        self.port = port(number)?;
                        host.clone_into(&mut self.host);
                    }
                    _ => self.host = value,
                },
                "port" => self.port = port(&value)?,
                "user" => self.user = Some(value),
                "password" => self.password = Some(Secret(value)),
                "database" | "dbname" => self.database = Some(value),
                _ => {}
            }
        }
        Ok(())
    }

    /// What the options say about TLS. asyncpg knows `ssl` alone; all others prefer `sslmode`, and name the
    /// authorities beside it.
    fn encrypted_by(&mut self, url: &Url) {
        let get = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs
                .find(|(key, value)| key == name && !value.is_empty())
                .map(|(_, value)| value.into_owned())
        };
        let order = if is_for_asyncpg(url.as_str()) {
            ["ssl", "sslmode"]
        } else {
            ["sslmode", "ssl"]
        };
        if let Some(mode) = order.into_iter().find_map(get) {
            self.tls = tls_mode(&mode);
        }
        match get("sslrootcert") {
            Some(system) if system == "system" => self.tls = Tls::Verified,
            // As libpq does: who names them wants them looked at.
            Some(file) => {
                if self.tls == Tls::Required {
                    self.tls = Tls::Authority;
                }
                self.root = Some(file);
            }
            None => {}
        }
    }

    fn checked_database(self) -> Result<Self, EndpointError> {
        match &self.database {
            Some(name) if name.parse::<u16>().is_err() => Err(EndpointError::Database),
            _ => Ok(self),
        }
    }
}

/// How a Redis URL begins that names a socket, for the ones or the others.
pub const SOCKET_SCHEMES: &[&str] = &["redis+socket", "redis+unix", "socket", "unix"];

/// Host, port, password and database as variables of their own name them; none means the default.
#[derive(Clone, Copy, Default)]
pub struct RedisParts<'a> {
    /// Host, `localhost` when missing or empty.
    pub host: Option<&'a str>,
    /// Port, 6379 when missing.
    pub port: Option<u16>,
    /// Password; empty is none.
    pub password: Option<&'a str>,
    /// Database number as text.
    pub database: Option<&'a str>,
    /// Whether to use TLS.
    pub tls: bool,
}

/// A part of a URL as it is meant; as it stands where it makes no sense.
#[must_use]
pub fn as_meant(part: &str) -> String {
    written::decoded(part).unwrap_or_else(|| part.to_owned())
}

fn parse(value: &str) -> Result<Url, EndpointError> {
    Url::parse(value.trim()).map_err(|error| EndpointError::NotAUrl(error.to_string()))
}

/// Percent-decoding that leaves a lone `%` alone, as Python's `unquote` does: `+` stays `+`.
fn decoded(text: &str, part: &'static str) -> Result<String, EndpointError> {
    written::decoded(text).ok_or(EndpointError::Encoding(part))
}

#[cfg(test)]
mod tests;
