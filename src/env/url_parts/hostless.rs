//! URLs without a host, which have a login all the same.

use url::Url;

use super::sound::{self, PartError, encoded, set_option};

/// A URL that names a socket or has its host behind the `?`: `redis+socket://:password@/run/redis.sock`. Its
/// drivers take a login there; the standard does not.
pub(super) struct Hostless<'a> {
    scheme: &'a str,
    pub(super) user: &'a str,
    pub(super) password: &'a str,
    /// From the slash behind the host that is not there.
    rest: &'a str,
}

/// What knows such URLs; Celery's for a Redis first.
const HOSTLESS: [&str; 6] = [
    "redis+socket",
    "redis+unix",
    "socket",
    "unix",
    "postgresql",
    "postgres",
];

impl<'a> Hostless<'a> {
    pub(super) fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.trim().split_once("://")?;
        let known = scheme.to_ascii_lowercase();
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let login = if authority.is_empty() {
            ""
        } else {
            authority.strip_suffix('@')?
        };
        let is_known = HOSTLESS.contains(&known.as_str()) || known.starts_with("postgresql+");
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        is_known.then_some(Self {
            scheme,
            user,
            password,
            rest,
        })
    }

    pub(super) fn with(&self, part: &str, value: &str) -> Result<String, PartError> {
        let socket = !self.scheme.to_ascii_lowercase().starts_with("postgres");
        let bare = format!("{}://{}", self.scheme, self.rest);
        let asked = |name: &str| {
            let url = Url::parse(&bare).ok();
            url.is_some_and(|url| url.query_pairs().any(|(known, _)| known == name))
        };
        // What Node and the schema take for no URL; beside a host that stands behind the `?`, all others take it.
        let gets_login = ["user", "password"].contains(&part)
            && !value.is_empty()
            && !asked(part)
            && self.user.is_empty()
            && self.password.is_empty();
        if gets_login && !socket && !asked("host") {
            return Err(PartError::NoHost);
        }
        let (mut user, mut password) = (self.user.to_owned(), self.password.to_owned());
        let changed = match part {
            "user" if socket || !asked(part) => {
                user = encoded(value)?;
                bare
            }
            // Before the path Celery's broker takes it, too; behind the `?` it does not.
            "password" if socket => {
                password = encoded(value)?;
                without_option(&bare, part)?
            }
            "password" if !asked(part) => {
                password = encoded(value)?;
                bare
            }
            // The path is the socket's.
            "database" if socket => {
                let names = if self.scheme.contains('+') {
                    ["virtual_host", "db"]
                } else {
                    ["db", "virtual_host"]
                };
                let mut url = Url::parse(&bare).map_err(|_| PartError::NotAUrl)?;
                set_option(&mut url, names[0], (!value.is_empty()).then_some(value));
                set_option(&mut url, names[1], None);
                url.into()
            }
            _ => sound::with_part(&bare, part, value)?,
        };
        let login = match (user.as_str(), password.as_str()) {
            ("", "") => return Ok(changed),
            (user, "") => format!("{user}@"),
            (user, password) => format!("{user}:{password}@"),
        };
        Ok(changed.replacen("://", &format!("://{login}"), 1))
    }
}

fn without_option(url: &str, option: &str) -> Result<String, PartError> {
    let mut url = Url::parse(url).map_err(|_| PartError::NotAUrl)?;
    if url.query_pairs().any(|(name, _)| name == option) {
        set_option(&mut url, option, None);
    }
    Ok(url.into())
}
