//! What a driver of Postgres takes from its process' environment where a URL leaves a part open.

use std::net::IpAddr;

use camino::Utf8Path;

use crate::env::{is_tls_mode, says_nothing_of_tls};

use super::tls::{of_pgssl, of_pgsslmode, tls_mode};
use super::written::{is_name_with_port, leaves_open, option};
use super::{Endpoint, Secret, Tls};

/// Whose habits hold, as of asyncpg 0.32 under `SQLAlchemy` 2.0, libpq 15, postgres.js 3.4, node-postgres 8.23.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// asyncpg.
    Asyncpg,
    /// libpq, and those who follow it: psycopg, psql.
    Libpq,
    /// node-postgres.
    NodePostgres,
    /// postgres.js.
    PostgresJs,
}

/// The environment of a process.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The value of a variable.
    pub get: &'a dyn Fn(&str) -> Option<String>,
    /// The account that the process runs as, where it has a name.
    pub account: Option<&'a str>,
    /// The home of that account, as the system knows it.
    pub home: Option<&'a Utf8Path>,
}

impl Around<'_> {
    /// An empty variable is none.
    pub(super) fn first(&self, names: &'static [&'static str]) -> Option<String> {
        self.named(names).map(|(_, value)| value)
    }

    fn named(&self, names: &'static [&'static str]) -> Option<(&'static str, String)> {
        let mut all = names
            .iter()
            .filter_map(|name| Some((*name, (self.get)(name)?)));
        all.find(|(_, value)| !value.is_empty())
    }
}

/// The variables that say what a URL leaves open of an address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// The one that says the host.
    pub host: Option<&'static str>,
    /// The one that says the port.
    pub port: Option<&'static str>,
    /// What that one says is no port: libpq and asyncpg refuse it, postgres.js takes the digits at its beginning.
    pub unfit: bool,
    /// The one that says whether to use TLS, where the URL does not.
    pub tls: Option<&'static str>,
    /// What that one says is nothing that asyncpg knows, which refuses to connect then.
    pub unfit_tls: bool,
}

/// Who says what `url` leaves open of its address to `client`.
#[must_use]
pub fn elsewhere(url: &str, client: Client, around: Around<'_>) -> Elsewhere {
    let tls = tls(url, client, around).map(|(name, _)| name);
    let word = tls.and_then(|name| (around.get)(name));
    Elsewhere {
        tls,
        unfit_tls: client == Client::Asyncpg && word.is_some_and(|it| !is_tls_mode(&it)),
        ..address(url, client, around).elsewhere
    }
}

/// What a variable says of TLS, where `url` says nothing of it.
fn tls(url: &str, client: Client, around: Around<'_>) -> Option<(&'static str, Tls)> {
    let (names, read): (&'static [_], fn(&str) -> Option<Tls>) = match client {
        Client::Asyncpg | Client::Libpq => (&["PGSSLMODE"], |word| Some(tls_mode(word))),
        Client::NodePostgres => (&["PGSSLMODE"], of_pgsslmode),
        Client::PostgresJs => (&["PGSSL"], |word| Some(of_pgssl(word))),
    };
    let (name, value) = around.named(names).filter(|_| says_nothing_of_tls(url))?;
    Some((name, read(&value)?))
}

/// Whether `url` leaves the host open to `client`.
#[must_use]
pub fn names_no_host(url: &str, client: Client) -> bool {
    leaves_open(url, client != Client::PostgresJs).is_some_and(|open| open.host)
}

/// The service that says where the server of `url` is, and who names it: what stands in its file is known to the client
/// alone. Only where the URL leaves the host open; asyncpg looks at no variable for it.
#[must_use]
pub fn service(url: &str, client: Client, around: Around<'_>) -> Option<(String, &'static str)> {
    if client.is_node() || !names_no_host(url, client) {
        return None;
    }
    if let Some(name) = option(url, "service") {
        return Some((name, "its option `service`"));
    }
    let named = around
        .first(&["PGSERVICE"])
        .filter(|_| client == Client::Libpq);
    named.map(|name| (name, "PGSERVICE"))
}

#[derive(Default)]
struct Address {
    elsewhere: Elsewhere,
    host: Option<String>,
    port: Option<u16>,
}

fn address(url: &str, client: Client, around: Around<'_>) -> Address {
    let mut found = Address::default();
    let Some(open) = leaves_open(url, client != Client::PostgresJs) else {
        return found;
    };
    let hosts = around.named(client.hosts()).filter(|_| open.host);
    let several = hosts
        .as_ref()
        .map_or(1, |(_, hosts)| hosts.split(',').count());
    let mut told = None;
    if let Some((name, hosts)) = &hosts {
        let first = hosts.split(',').next().unwrap_or_default();
        let (host, port) = client.parted(first);
        found.host = Some(host.to_owned());
        found.elsewhere.host = Some(name);
        told = port.map(|port| (*name, port.to_owned()));
    }
    let told = told.or_else(|| {
        let (name, ports) = around.named(&["PGPORT"]).filter(|_| open.port)?;
        // One for each host, or one for all of them.
        let count = ports.split(',').count();
        let fits = count == 1 || count == several || client.is_node();
        let first = ports.split(',').next().filter(|_| fits);
        Some((name, first.unwrap_or(&ports).trim().to_owned()))
    });
    if let Some((name, port)) = told {
        found.port = port.parse().ok().filter(|port| *port > 0);
        found.elsewhere.port = Some(name);
        found.elsewhere.unfit = found.port.is_none();
    }
    found
}

impl Client {
    fn is_node(self) -> bool {
        matches!(self, Self::NodePostgres | Self::PostgresJs)
    }

    fn hosts(self) -> &'static [&'static str] {
        match self {
            Self::Libpq => &["PGHOSTADDR", "PGHOST"],
            Self::Asyncpg | Self::NodePostgres | Self::PostgresJs => &["PGHOST"],
        }
    }

    fn users(self) -> &'static [&'static str] {
        match self {
            // Python's `getpass` believes these before it asks the system.
            Self::Asyncpg => &["PGUSER", "LOGNAME", "USER", "LNAME", "USERNAME"],
            Self::Libpq => &["PGUSER"],
            Self::NodePostgres if cfg!(windows) => &["PGUSER", "USERNAME"],
            Self::NodePostgres => &["PGUSER", "USER"],
            Self::PostgresJs => &["PGUSERNAME", "PGUSER"],
        }
    }

    /// A host as a variable has it, without its port, and that; to libpq and node-postgres all of it is the host.
    fn parted(self, host: &str) -> (&str, Option<&str>) {
        match host.split_once(':') {
            Some((name, port))
                if matches!(self, Self::Asyncpg | Self::PostgresJs)
                    && is_name_with_port(name, port) =>
            {
                (name, Some(port).filter(|port| !port.is_empty()))
            }
            _ => (host, None),
        }
    }
}

impl Endpoint {
    /// With what `client` takes from `around` for the parts that `url` leaves open.
    #[must_use]
    pub fn completed(mut self, url: &str, client: Client, around: Around<'_>) -> Self {
        let Address { host, port, .. } = address(url, client, around);
        if let Some(host) = host {
            self.host = host;
        }
        if let Some(port) = port {
            self.port = port;
        }
        if self.user.is_none() {
            let account = || around.account.map(str::to_owned);
            self.user = around.first(client.users()).or_else(account);
        }
        if self.database.is_none() {
            self.database = around.first(&["PGDATABASE"]);
        }
        if self.password.is_none() {
            self.password = around.first(&["PGPASSWORD"]).map(Secret::new);
        }
        if let Some((_, mode)) = tls(url, client, around).filter(|_| !self.is_socket()) {
            self.tls = mode;
        }
        // It tells Node no name for an address, and Node asks for this one then.
        let unnamed = client == Client::PostgresJs && self.host.parse::<IpAddr>().is_ok();
        if unnamed && self.tls == Tls::Verified {
            self.certified = Some("localhost".to_owned());
        }
        self
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::service::endpoint) fn value_in(
        variables: &[(&str, &str)],
    ) -> impl Fn(&str) -> Option<String> {
        |name| {
            let mut all = variables.iter();
            all.find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        }
    }

    pub(in crate::service::endpoint) fn completed(
        url: &str,
        client: Client,
        variables: &[(&str, &str)],
    ) -> Endpoint {
        let get = value_in(variables);
        let around = Around {
            get: &get,
            account: Some("me"),
            home: None,
        };
        let endpoint = Endpoint::postgres(url, "DATABASE_URL", "").expect(url);
        endpoint.completed(url, client, around)
    }

    fn shown(endpoint: &Endpoint) -> String {
        format!(
            "{}:{}@{}/{}",
            endpoint.user.as_deref().unwrap_or("-"),
            endpoint.password.as_ref().map_or("-", Secret::expose),
            endpoint.address(),
            endpoint.database.as_deref().unwrap_or("-"),
        )
    }

    const ALL: &[(&str, &str)] = &[
        ("PGHOST", "db.internal"),
        ("PGPORT", "5433"),
        ("PGUSER", "app"),
        ("PGPASSWORD", "pw"),
        ("PGDATABASE", "pix"),
    ];

    #[test]
    fn a_service_says_where_a_server_is_that_nobody_names() {
        let told = |url: &str, client| {
            let get = value_in(&[("PGSERVICE", "prod")]);
            let around = Around {
                get: &get,
                account: None,
                home: None,
            };
            service(url, client, around).map(|(name, _)| name)
        };
        let (asyncpg, libpq) = (Client::Asyncpg, Client::Libpq);
        assert_eq!(told("postgresql:///d", libpq).as_deref(), Some("prod"));
        let own = "postgresql+asyncpg:///d?service=own";
        assert_eq!(told(own, asyncpg).as_deref(), Some("own"));
        for (url, client) in [
            ("postgresql+asyncpg:///d", asyncpg),
            ("postgresql://h/d", libpq),
            ("postgresql:///d?host=/run/x", libpq),
            ("postgresql:///d", Client::PostgresJs),
        ] {
            assert_eq!(told(url, client), None, "{url}");
        }
    }

    #[test]
    fn what_is_open_comes_from_the_environment_and_what_is_said_stays() {
        for client in [Client::Asyncpg, Client::Libpq, Client::PostgresJs] {
            let open = completed("postgresql:///", client, ALL);
            assert_eq!(shown(&open), "app:pw@db.internal:5433/pix", "{client:?}");
            let said = "postgresql://u:p@127.0.0.1:7/d";
            let stays = completed(said, client, ALL);
            assert_eq!(shown(&stays), "u:p@127.0.0.1:7/d", "{client:?}");
            let half = completed("postgresql://u@[::1]/d", client, ALL);
            assert_eq!(shown(&half), "u:pw@[::1]:5433/d", "{client:?}");
            let bare = completed("postgresql:///d", client, &[]);
            assert_eq!(shown(&bare), "me:-@localhost:5432/d", "{client:?}");
        }
        let socket = "postgresql+asyncpg://u@/d?host=/run/x&port=7";
        let socket = completed(socket, Client::Asyncpg, ALL);
        assert_eq!((socket.host.as_str(), socket.port), ("/run/x", 7));
    }

    #[test]
    fn each_driver_has_names_of_its_own() {
        let user = |client, variables: &[(&str, &str)]| {
            let all = completed("postgresql://h/d", client, variables);
            all.user.unwrap_or_default()
        };
        let several = [("PGUSERNAME", "node"), ("LOGNAME", "python")];
        assert_eq!(user(Client::PostgresJs, &several), "node");
        assert_eq!(user(Client::Asyncpg, &several), "python");
        assert_eq!(user(Client::Libpq, &several), "me");
        let at = [("PGHOST", "a:7,b:8")];
        let host = |client| completed("postgresql:///d", client, &at).address();
        assert_eq!(host(Client::Asyncpg), "a:7");
        assert_eq!(host(Client::PostgresJs), "a:7");
        assert_eq!(host(Client::Libpq), "[a:7]:5432");
    }

    #[test]
    fn node_asks_a_server_without_a_name_for_its_own() {
        let name = |url: &str, client| {
            let read = Endpoint::postgres(url, "POSTGRES_URL", "").expect(url);
            let read = read.as_postgres_js(url);
            let get = value_in(&[]);
            let around = Around {
                get: &get,
                account: None,
                home: None,
            };
            read.completed(url, client, around).certified
        };
        let url = "postgresql://u:p@127.0.0.1/d?sslmode=verify-ca";
        let own = Some("localhost".to_owned());
        assert_eq!(name(url, Client::PostgresJs), own);
        assert_eq!(name(url, Client::Libpq), None);
        let believed = "postgresql://u:p@127.0.0.1/d?sslmode=require";
        assert_eq!(name(believed, Client::PostgresJs), None);
        let named = "postgresql://u:p@db/d?sslmode=verify-full";
        assert_eq!(name(named, Client::PostgresJs), None);
    }

    #[test]
    fn who_says_an_address_is_known() {
        let of = |url: &str, client, variables: &[(&str, &str)]| {
            let get = value_in(variables);
            let around = Around {
                get: &get,
                account: None,
                home: None,
            };
            let is = elsewhere(url, client, around);
            (is.host, is.port, is.unfit)
        };
        let (open, half) = ("postgresql:///d", "postgresql://h/d");
        let both = [("PGHOST", "127.0.0.1"), ("PGPORT", "5433")];
        let (host, port) = (Some("PGHOST"), Some("PGPORT"));
        assert_eq!(of(open, Client::Asyncpg, &both), (host, port, false));
        assert_eq!(of(half, Client::Asyncpg, &both), (None, port, false));
        let said = "postgresql://h:7/d";
        assert_eq!(of(said, Client::Libpq, &both), (None, None, false));
        let alone = [("PGHOST", "a:7")];
        assert_eq!(of(open, Client::PostgresJs, &alone), (host, host, false));
        for client in [Client::Asyncpg, Client::Libpq, Client::PostgresJs] {
            for none in ["54x", "0", "70000", "x"] {
                let told = of(half, client, &[("PGPORT", none)]);
                assert_eq!(told, (None, port, true), "{client:?} {none}");
            }
        }
        let two = [("PGHOST", "a,b"), ("PGPORT", "1,2")];
        assert_eq!(of(open, Client::Libpq, &two), (host, port, false));
        assert_eq!(of(half, Client::Libpq, &two), (None, port, true));
        // What stands behind the `?` is nothing to postgres.js.
        let behind = "postgresql:///d?host=h&port=7";
        assert_eq!(of(behind, Client::Libpq, &both), (None, None, false));
        assert_eq!(of(behind, Client::PostgresJs, &both), (host, port, false));
    }
}
