//! The file of passwords that a driver of Postgres looks into, where the password of a login stands nowhere else.

use camino::{Utf8Path, Utf8PathBuf};

use super::around::{Around, Client};
use super::written::option;
use super::{Endpoint, Secret};

impl Endpoint {
    /// The password that a file of passwords has for this login, as `client` reads it.
    #[must_use]
    pub fn password_in(&self, file: &str, client: Client) -> Option<Secret> {
        let user = self.user.as_deref()?;
        let database = self.database.as_deref().unwrap_or(user);
        let port = self.port.to_string();
        let unescaped = client != Client::Asyncpg;
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
pub fn password_file(url: &str, client: Client, around: Around<'_>) -> Option<Utf8PathBuf> {
    if client == Client::PostgresJs {
        return None;
    }
    let named = option(url, "passfile").filter(|_| client != Client::NodePostgres);
    if let Some(file) = named.or_else(|| around.first(&["PGPASSFILE"])) {
        return Some(file.into());
    }
    if cfg!(windows) {
        let home = around.first(&["APPDATA"])?;
        return Some(Utf8Path::new(&home).join("postgresql/pgpass.conf"));
    }
    let home = match (around.get)("HOME") {
        Some(home) if !home.is_empty() => home,
        // Python makes the root of an empty one; libpq takes it for none.
        Some(_) if client == Client::Asyncpg => "/".to_owned(),
        _ => around.home?.to_string(),
    };
    Some(Utf8Path::new(&home).join(".pgpass"))
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
    use super::super::around::tests::{completed, value_in};
    use super::*;

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
                home: Some(Utf8Path::new("/home/own")),
            };
            password_file(url, client, around).map(Utf8PathBuf::into_string)
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
            let own = Some("/home/own/.pgpass".to_owned());
            assert_eq!(file(url, Client::Libpq, &[]), own);
            assert_eq!(file(url, Client::Asyncpg, &[]), own);
            let empty = [("HOME", "")];
            assert_eq!(file(url, Client::Libpq, &empty), own);
            let root = file(url, Client::Asyncpg, &empty);
            assert_eq!(root.as_deref(), Some("/.pgpass"));
        }
    }
}
