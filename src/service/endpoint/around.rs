//! What a driver of Postgres takes from its process' environment where a URL leaves a part open.

use camino::{Utf8Path, Utf8PathBuf};

use super::written::{is_name_with_port, leaves_open, option};
use super::{Endpoint, Secret};

/// Whose habits hold. Looked up in asyncpg 0.32 under `SQLAlchemy` 2.0, libpq 15 and postgres.js 3.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// asyncpg.
    Asyncpg,
    /// libpq, and those who follow it: psycopg, psql, node-postgres.
    Libpq,
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
}

impl Around<'_> {
    /// An empty variable is none.
    fn first(&self, names: &[&str]) -> Option<String> {
        let mut values = names.iter().filter_map(|name| (self.get)(name));
        values.find(|value| !value.is_empty())
    }
}

impl Client {
    fn hosts(self) -> &'static [&'static str] {
        match self {
            Self::Libpq => &["PGHOSTADDR", "PGHOST"],
            Self::Asyncpg | Self::PostgresJs => &["PGHOST"],
        }
    }

    fn users(self) -> &'static [&'static str] {
        match self {
            // Python's `getpass` believes these before it asks the system.
            Self::Asyncpg => &["PGUSER", "LOGNAME", "USER", "LNAME", "USERNAME"],
            Self::Libpq => &["PGUSER"],
            Self::PostgresJs => &["PGUSERNAME", "PGUSER"],
        }
    }
}

impl Endpoint {
    /// With what `client` takes from `around` for the parts that `url` leaves open. Without the URL host and
    /// port stay as they are.
    #[must_use]
    pub fn completed(mut self, url: Option<&str>, client: Client, around: Around<'_>) -> Self {
        if let Some(open) = url.and_then(leaves_open) {
            let host = around.first(client.hosts()).filter(|_| open.host);
            let first = host.as_deref().and_then(|hosts| hosts.split(',').next());
            let mut has_port = false;
            match first.and_then(|host| host.split_once(':')) {
                Some((host, port))
                    if client == Client::Asyncpg && is_name_with_port(host, port) =>
                {
                    host.clone_into(&mut self.host);
                    has_port = port.parse().map(|port| self.port = port).is_ok();
                }
                _ => {
                    if let Some(host) = first {
                        host.clone_into(&mut self.host);
                    }
                }
            }
            let port = around.first(&["PGPORT"]).filter(|_| open.port && !has_port);
            if let Some(port) = port.and_then(|port| port.parse().ok()).filter(|it| *it > 0) {
                self.port = port;
            }
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
        self
    }

    /// The password that a file of passwords has for this login, as `client` reads it.
    #[must_use]
    pub fn password_in(&self, file: &str, client: Client) -> Option<Secret> {
        let user = self.user.as_deref()?;
        let database = self.database.as_deref().unwrap_or(user);
        let port = self.port.to_string();
        let unescaped = client == Client::Libpq;
        let usual = ["/tmp", "/run/postgresql", "/var/run/postgresql"];
        let host = self.host.as_str();
        // A socket is `localhost`: each for asyncpg, for libpq the one in the folder that it has by itself.
        let local = self.is_socket() && (!unescaped || usual.contains(&host));
        let is_host = |it: &str| it == "*" || it == host && !local || it == "localhost" && local;
        let is = |it: &str, wanted: &str| it == "*" || it == wanted;
        file.lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .filter_map(|line| fields(line.trim_end_matches('\r'), unescaped))
            .find(|[at, number, name, login, _]| {
                is_host(at) && is(number, &port) && is(name, database) && is(login, user)
            })
            .map(|[.., password]| Secret::new(password))
    }
}

/// The file of passwords that `client` looks into, where the password stands nowhere else.
#[must_use]
pub fn password_file(url: Option<&str>, client: Client, around: Around<'_>) -> Option<Utf8PathBuf> {
    if client == Client::PostgresJs {
        return None;
    }
    let named = url.and_then(|url| option(url, "passfile"));
    if let Some(file) = named.or_else(|| around.first(&["PGPASSFILE"])) {
        return Some(file.into());
    }
    let (home, file) = if cfg!(windows) {
        ("APPDATA", "postgresql/pgpass.conf")
    } else {
        ("HOME", ".pgpass")
    };
    Some(Utf8Path::new(&around.first(&[home])?).join(file))
}

/// `host:port:database:user:password`, in which a backslash takes the sense out of a colon. asyncpg leaves the
/// backslash where it stands.
fn fields(line: &str, unescaped: bool) -> Option<[String; 5]> {
    let mut fields: [String; 5] = Default::default();
    let mut at = 0;
    let mut signs = line.chars();
    while let Some(sign) = signs.next() {
        match sign {
            ':' if at < 4 => at += 1,
            '\\' => {
                if !unescaped {
                    fields.get_mut(at)?.push(sign);
                }
                fields.get_mut(at)?.extend(signs.next());
            }
            sign => fields.get_mut(at)?.push(sign),
        }
    }
    (at == 4 && fields.iter().all(|field| !field.is_empty())).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_in(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        |name| {
            let mut all = variables.iter();
            all.find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        }
    }

    fn completed(url: &str, client: Client, variables: &[(&str, &str)]) -> Endpoint {
        let get = value_in(variables);
        let around = Around {
            get: &get,
            account: Some("me"),
        };
        let endpoint = Endpoint::postgres(url, "DATABASE_URL", "").expect(url);
        endpoint.completed(Some(url), client, around)
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
    }

    #[test]
    fn a_file_of_passwords_is_read_as_libpq_reads_it() {
        let file = "# mine\n\nother:5432:*:*:no\nh:5432:d:u:p\\:w:x\nlocalhost:*:*:u:of\\\\socket\n*:7:*:u:any\n*:7:*\n";
        let of = |url: &str, client| {
            let endpoint = completed(url, client, &[]);
            let password = endpoint.password_in(file, client);
            password
                .map(|it| it.expose().to_owned())
                .unwrap_or_default()
        };
        assert_eq!(of("postgresql://u@h/d", Client::Libpq), "p:w:x");
        assert_eq!(of("postgresql://u@h/d", Client::Asyncpg), "p\\:w:x");
        assert_eq!(of("postgresql://u@h/other", Client::Libpq), "");
        assert_eq!(of("postgresql://u@h:7/d", Client::Libpq), "any");
        let socket = "postgresql:///d?host=/tmp&user=u";
        assert_eq!(of(socket, Client::Libpq), "of\\socket");
        let socket = "postgresql:///d?host=/x&user=u";
        assert_eq!(of(socket, Client::Asyncpg), "of\\\\socket");
        assert_eq!(of(socket, Client::Libpq), "");
    }

    #[test]
    fn where_that_file_is() {
        let file = |url: &str, client, variables: &[(&str, &str)]| {
            let get = value_in(variables);
            let around = Around {
                get: &get,
                account: None,
            };
            password_file(Some(url), client, around).map(Utf8PathBuf::into_string)
        };
        let url = "postgresql://h/d";
        let named = [("PGPASSFILE", "/x/pass"), ("HOME", "/home/me")];
        assert_eq!(
            file(url, Client::Asyncpg, &named).as_deref(),
            Some("/x/pass")
        );
        assert_eq!(file(url, Client::PostgresJs, &named), None);
        let asked = "postgresql://h/d?passfile=%2Fy";
        assert_eq!(file(asked, Client::Libpq, &named).as_deref(), Some("/y"));
        if !cfg!(windows) {
            let usual = file(url, Client::Libpq, &[("HOME", "/home/me")]);
            assert_eq!(usual.as_deref(), Some("/home/me/.pgpass"));
        }
        assert_eq!(file(url, Client::Libpq, &[]), None);
    }
}
