//! URLs: of pages, of databases, of caches.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::env::{
    Unfit, hosts_of_sqlalchemy, is_for_asyncpg, unfit_for_asyncpg, with_part, with_sound_percents,
};
use crate::text::{and_list, or_list};

use super::{Misfit, Problem, is_local};

/// What a URL must be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Url {
    /// Accepted schemes; `http` and `https` when empty.
    pub schemes: Vec<String>,
}

impl Url {
    pub(super) fn check(&self, value: &str) -> Result<(), Problem> {
        let web = ["http".to_owned(), "https".to_owned()];
        let schemes = if self.schemes.is_empty() {
            &web[..]
        } else {
            &self.schemes[..]
        };
        let url = parse(value, schemes)?;
        if !schemes.iter().any(|scheme| scheme == url.scheme()) {
            let written = url.scheme();
            return Err(Problem::wrong(format!(
                "has the scheme `{written}`, not {}",
                or_list(schemes)
            ))
            .way_out(format!("begin it with {}://", schemes.join(":// or "))));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(Problem::wrong("names no host").way_out(format!(
                "write {}://host",
                schemes.first().map_or("https", String::as_str)
            )));
        }
        Ok(())
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.schemes.is_empty() {
            f.write_str("http:// or https:// URL")
        } else {
            write!(f, "{}:// URL", self.schemes.join(":// or "))
        }
    }
}

fn parse(value: &str, schemes: &[String]) -> Result<url::Url, Problem> {
    let host = value.split([':', '/']).next().unwrap_or_default();
    let secure = schemes.iter().find(|it| *it == "https" && !is_local(host));
    let scheme = secure.or(schemes.first()).map_or("https", String::as_str);
    if value.chars().any(char::is_whitespace) {
        return Err(Problem::wrong("has blanks in it").way_out("take out the blanks"));
    }
    url::Url::parse(value).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => Problem::wrong("has no scheme").way_out(format!("begin it with {scheme}://")),
        url::ParseError::InvalidPort => Problem::wrong("has a port that is no number from 0 to 65535").way_out("if a `:`, `/`, `?`, `#` or `@` belongs to the password, write it as %3A, %2F, %3F, %23 or %40"),
        other => Problem::wrong(format!("is no URL: {other}")).way_out(format!("write {scheme}://host")),
    })
}

/// Scheme, host and port, without a path: the form in which browsers send it.
pub(super) fn origin(value: &str) -> Result<Option<url::Url>, Problem> {
    if value == "*" {
        return Ok(None);
    }
    Url::default().check(value)?;
    let url = parse(value, &[])?;
    if let Some(origin) = value.strip_suffix('/').filter(|_| url.path() == "/") {
        return Err(Problem::new(
            Misfit::Doubtful,
            "ends with a slash, which no browser sends in an Origin header",
        )
        .way_out(format!("write {origin}"))
        .replacement(origin));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        let origin = url.origin().ascii_serialization();
        return Err(
            Problem::wrong("has a path, which no browser sends in an Origin header")
                .way_out(format!("write {origin}"))
                .replacement(origin),
        );
    }
    Ok(Some(url))
}

/// What a `PostgreSQL` connection string must be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostgresUrl {
    /// The driver that must be named: `asyncpg` in `postgresql+asyncpg://`.
    pub driver: Option<String>,
}

impl PostgresUrl {
    pub(super) fn check(&self, value: &str) -> Result<(), Problem> {
        let Some((scheme, rest)) = value.split_once("://") else {
            return Err(Problem::wrong("has no scheme")
                .way_out(format!("begin it with {}://", self.scheme())));
        };
        let (base, driver) = scheme
            .split_once('+')
            .map_or((scheme, None), |(base, driver)| (base, Some(driver)));
        if !matches!(base, "postgres" | "postgresql") {
            return Err(Problem::wrong(format!(
                "has the scheme `{scheme}`, not that of PostgreSQL"
            ))
            .way_out(format!("begin it with {}://", self.scheme())));
        }
        match (&self.driver, driver) {
            (Some(wanted), None) => {
                let message = format!(
                    "names no driver: SQLAlchemy takes psycopg2 then, which is not asynchronous, unless the code adds +{wanted}"
                );
                return Err(Problem::new(Misfit::Doubtful, message)
                    .way_out(format!("begin it with {}://", self.scheme()))
                    .replacement(format!("{}://{rest}", self.scheme())));
            }
            (Some(wanted), Some(driver)) if wanted != driver => {
                return Err(
                    Problem::wrong(format!("names the driver `{driver}`, not {wanted}"))
                        .way_out(format!("begin it with {}://", self.scheme())),
                );
            }
            (None, Some(driver)) => {
                return Err(Problem::wrong(format!(
                    "names the driver `{driver}`, which only SQLAlchemy understands"
                ))
                .way_out("begin it with postgresql://")
                .replacement(format!("postgresql://{rest}")));
            }
            (Some(_), Some(_)) if base == "postgres" => {
                return Err(Problem::wrong(
                    "begins with `postgres+`, which SQLAlchemy no longer knows",
                )
                .way_out(format!("begin it with {}://", self.scheme())));
            }
            _ => {}
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        // No database is called `x@host`.
        let path = rest.strip_prefix(authority).unwrap_or_default();
        let cut = path
            .split(['?', '#'])
            .next()
            .is_some_and(|it| it.contains('@'));
        if cut || !authority.contains('@') && rest.contains('@') {
            return Err(Problem::wrong(
                "has a `/`, `?` or `#` in its password, which ends the host",
            )
            .way_out("write it as %2F, %3F or %23 in the password"));
        }
        // SQLAlchemy takes a login before a host that stands behind the `?`, or nowhere; the standard does not.
        let host = match driver {
            Some(_) if authority.ends_with('@') => "localhost",
            _ => "",
        };
        let sound = format!("postgresql://{authority}{host}{path}");
        let url = parse(&sound, &["postgresql".to_owned()])?;
        // Which SQLAlchemy it is stands in a lock; doctor looks there.
        if let Some(unfit) = unfit_for_asyncpg(value, true).filter(|_| is_for_asyncpg(value)) {
            return Err(options(value, &unfit));
        }
        if let Err(why) = hosts_of_sqlalchemy(value) {
            return Err(Problem::wrong(why).way_out("write host=a:5432&host=b:5433 for several"));
        }
        if let Some(sound) = with_sound_percents(value).filter(|_| driver.is_none()) {
            return Err(Problem::wrong(
                "has a `%` in its login that begins no code such as %25, which drivers refuse",
            )
            .way_out("write it as %25")
            .replacement(sound));
        }
        supabase_pooler(&url, self.driver.is_some())
    }

    fn scheme(&self) -> String {
        self.driver.as_ref().map_or_else(
            || "postgresql".to_owned(),
            |driver| format!("postgresql+{driver}"),
        )
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://user:password@host:port/database", self.scheme())
    }
}

/// Options that end with a `TypeError` in the program.
fn options(value: &str, unfit: &Unfit) -> Problem {
    let names: Vec<String> = unfit.options.iter().map(|it| format!("`{it}`")).collect();
    let message = format!(
        "has {} behind its ?, which asyncpg does not take",
        and_list(&names)
    );
    let (set, out): (Vec<_>, Vec<_>) = unfit.parts.iter().partition(|(_, to)| !to.is_empty());
    let mut ways: Vec<String> = set
        .iter()
        .map(|(part, to)| format!("write {part}={to}"))
        .collect();
    if !out.is_empty() {
        let names: Vec<String> = out.iter().map(|(part, _)| part.clone()).collect();
        ways.push(format!("take out {}", and_list(&names)));
    }
    let problem = Problem::wrong(message).way_out(and_list(&ways));
    // What something is lost with is for a person to decide.
    let whole = unfit
        .parts
        .iter()
        .try_fold(value.to_owned(), |url, (part, to)| {
            with_part(&url, part, to).ok()
        });
    match whole.filter(|_| unfit.notes.is_empty()) {
        Some(url) => problem.replacement(url),
        None => problem,
    }
}

/// Supabase's pooler tells projects apart by the user's name, and its transaction mode (6543)
/// keeps no prepared statements, which asyncpg makes for every query.
fn supabase_pooler(url: &url::Url, asyncpg: bool) -> Result<(), Problem> {
    let Some(host) = url
        .host_str()
        .filter(|host| host.ends_with(".pooler.supabase.com"))
    else {
        return Ok(());
    };
    if !url.username().contains('.') {
        return Err(Problem::wrong(format!(
            "names the user `{}`, but {host} knows users only as `postgres.PROJECT`",
            url.username()
        ))
        .way_out("copy the connection string from Supabase: Project Settings, Database"));
    }
    if url.port() == Some(6543) && asyncpg {
        return Err(Problem::new(
            Misfit::Doubtful,
            "uses the transaction pooler (6543), where asyncpg's prepared statements fail",
        )
        .way_out("use the session pooler, port 5432, or give asyncpg statement_cache_size=0"));
    }
    Ok(())
}

/// Redis counts its databases from 0 and has 16 of them by default.
const LAST_REDIS_DATABASE: u32 = 15;

/// What Celery takes for its broker: one URL, or several with semicolons between, of which the next is
/// used where one fails.
pub(super) fn redis_list(value: &str) -> Result<(), Problem> {
    let mut urls = value.split(';').map(str::trim).filter(|it| !it.is_empty());
    let one = |url: &str| redis(url).and_then(|()| for_celery(url));
    let first = one(urls.next().unwrap_or_default());
    urls.try_fold((), |(), url| one(url)).and(first)
}

/// What redis-py takes and Celery does not: it has no transport for `unix` and `socket`, and its connection knows
/// no `db`.
fn for_celery(value: &str) -> Result<(), Problem> {
    let scheme = value.split("://").next().unwrap_or_default();
    if ["unix", "socket"].contains(&scheme) {
        return Err(Problem::wrong(format!(
            "has the scheme `{scheme}`, for which Celery has no transport"
        ))
        .way_out("write redis+socket:///run/redis.sock?virtual_host=2 for a socket"));
    }
    let options = value.split_once('?').map_or("", |(_, options)| options);
    if !scheme.contains('+') && options.split('&').any(|it| it.starts_with("db=")) {
        return Err(
            Problem::wrong("has `db` behind its `?`, with which no Celery worker starts")
                .way_out("end it with the number: redis://localhost:6379/2"),
        );
    }
    Ok(())
}

/// A Redis connection string.
pub(super) fn redis(value: &str) -> Result<(), Problem> {
    if value.matches("://").nth(1).is_some() {
        return Err(Problem::wrong(
            "names several servers, as only the URL of a Celery broker may",
        )
        .way_out("write one of them"));
    }
    let schemes = ["redis", "rediss", "unix", "socket", "redis+socket"].map(str::to_owned);
    let url = parse(&without_login(value), &schemes)?;
    if !schemes.iter().any(|scheme| scheme == url.scheme()) {
        return Err(Problem::wrong(format!(
            "has the scheme `{}`, not redis or rediss",
            url.scheme()
        ))
        .way_out("begin it with redis://"));
    }
    let database = url.path().trim_start_matches('/');
    if !url.scheme().starts_with("redis") || url.scheme().contains('+') || database.is_empty() {
        return Ok(());
    }
    match database.parse::<u32>() {
        // The password began before the slash, and all that follows may be the rest of it.
        Err(_) if database.contains('@') => Err(Problem::wrong(
            "has a `/`, `?` or `#` in its password, which ends the host",
        )
        .way_out("write it as %2F, %3F or %23 in the password")),
        Err(_) => Err(
            Problem::wrong("names a database that is no number, and Redis numbers its databases")
                .way_out("end it with /0"),
        ),
        Ok(number) if number > LAST_REDIS_DATABASE => Err(Problem::new(
            Misfit::Doubtful,
            format!("names the database {number}, but Redis has {LAST_REDIS_DATABASE} as the last one unless its configuration says otherwise"),
        )
        .way_out(format!("end it with /0 to /{LAST_REDIS_DATABASE}"))),
        Ok(_) => Ok(()),
    }
}

/// A socket's URL without its login: clients take one where no host is, and the standard does not.
fn without_login(value: &str) -> Cow<'_, str> {
    let bare = value.split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find(['/', '?', '#'])?;
        let (login, rest) = rest.split_at(end);
        let socket = scheme.contains('+') || ["unix", "socket"].contains(&scheme);
        (socket && login.ends_with('@')).then(|| format!("{scheme}://{rest}"))
    });
    bare.map_or(Cow::Borrowed(value), Cow::Owned)
}

/// The number of the database that a Redis URL names.
#[must_use]
pub fn redis_database(value: &str) -> Option<u32> {
    let url = url::Url::parse(value).ok()?;
    let database = url.path().trim_start_matches('/');
    if database.is_empty() {
        Some(0)
    } else {
        database.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_urls() {
        let url = Url::default();
        for value in [
            "http://localhost:8000",
            "https://a.b/c?d#e",
            "http://[::1]:80",
        ] {
            assert_eq!(url.check(value), Ok(()), "{value}");
        }
        for value in [
            "localhost:8000",
            "a.b",
            "ftp://a.b",
            "http://",
            "http://a b",
            "http://a:99999",
        ] {
            assert!(url.check(value).is_err(), "{value}");
        }
        let begin = |value| url.check(value).expect_err("no scheme").way_out;
        let told = |scheme: &str| Some(format!("begin it with {scheme}://"));
        assert_eq!(begin("abc.supabase.co"), told("https"));
        assert_eq!(begin("127.0.0.1/api"), told("http"));
        assert_eq!(
            origin("http://a.b/c")
                .expect_err("path")
                .replacement
                .as_deref(),
            Some("http://a.b")
        );
    }

    #[test]
    fn databases_need_the_driver_that_the_program_uses() {
        let asyncpg = PostgresUrl {
            driver: Some("asyncpg".to_owned()),
        };
        assert_eq!(asyncpg.check("postgresql+asyncpg://u:p@h:5432/d"), Ok(()));
        assert_eq!(
            asyncpg
                .check("postgresql://u:p@h/d")
                .expect_err("no driver")
                .replacement
                .as_deref(),
            Some("postgresql+asyncpg://u:p@h/d")
        );
        assert_eq!(PostgresUrl::default().check("postgres://u:p@h/d"), Ok(()));
        // SQLAlchemy knows sockets, also beside a login; what Node parses has a host.
        for rest in [
            "u:p@/d?host=/run/pg&port=5433",
            "u:p@/d?host=a:5432&host=b:5433",
            "u:p@/d",
            "/d",
        ] {
            let url = format!("postgresql+asyncpg://{rest}");
            assert_eq!(asyncpg.check(&url), Ok(()), "{url}");
        }
        assert!(PostgresUrl::default().check("postgresql://u:p@/d").is_err());
        for value in [
            "mysql://u:p@h/d",
            "postgresql+psycopg2://u:p@h/d",
            "u:p@h/d",
            "postgresql+asyncpg://u:p/w@h/d",
            "postgresql+asyncpg://u:p@w/x@h/d",
            "postgresql+asyncpg://u@x.pooler.supabase.com/d",
            "postgresql+asyncpg://u:p@h/d?sslmode=require",
            "postgresql+asyncpg://u:p@h/d?port=abc",
            "postgresql+asyncpg://u:p@/d?host=a&host=b",
        ] {
            assert!(asyncpg.check(value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_lone_percent_sign_is_for_python_alone() {
        let asyncpg = PostgresUrl {
            driver: Some("asyncpg".to_owned()),
        };
        assert_eq!(asyncpg.check("postgresql+asyncpg://u:100%@h/d"), Ok(()));
        let plain = PostgresUrl::default();
        let problem = plain.check("postgresql://u:100%@h/d").expect_err("no code");
        assert_eq!(
            problem.replacement.as_deref(),
            Some("postgresql://u:100%25@h/d")
        );
        assert!(!problem.message.contains("100"), "{}", problem.message);
        assert_eq!(plain.check("postgresql://u:100%25@h/d"), Ok(()));
    }

    #[test]
    fn redis_databases_are_numbers() {
        assert_eq!(
            (
                redis("redis://localhost:6379/0"),
                redis_database("redis://h/3"),
                redis_database("redis://h")
            ),
            (Ok(()), Some(3), Some(0))
        );
        assert!(redis("redis://localhost/cache").is_err());
        assert!(redis("redis://localhost/15").is_ok() && redis("redis://localhost/16").is_err());
        assert!(redis("http://localhost").is_err());
    }

    #[test]
    fn a_broker_is_what_celery_has_a_transport_for() {
        for sound in [
            "redis+socket:///run/r.sock?virtual_host=2",
            "redis+socket://:pw@/run/r.sock?virtual_host=2",
            "redis://:pw@h/2",
        ] {
            assert_eq!(redis_list(sound), Ok(()), "{sound}");
        }
        for (url, words) in [
            ("unix:///run/r.sock", "the scheme `unix`"),
            ("socket://:pw@/run/r.sock", "the scheme `socket`"),
            ("redis://:pw@h:6379/2?db=5", "`db` behind its `?`"),
        ] {
            assert_eq!(redis(url), Ok(()), "{url}");
            let told = redis_list(url).expect_err(url).message;
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn a_broker_may_be_several_and_no_password_is_ever_told() {
        let list = "redis://:pw@localhost:6390/2;redis://:S3cr3tPassw0rd@127.0.0.1:6399/2";
        assert_eq!(redis_list(list), Ok(()));
        assert_eq!(redis_list("redis://localhost:6390/2;"), Ok(()));
        for (told, words) in [
            (redis(list), "several servers"),
            (redis_list(&format!("{list};http://h")), "`http`"),
            (redis_list(&format!("{list}cret")), "no number"),
            (redis_list(""), "no scheme"),
            (redis("redis://u:1/S3cr3t@h:6379/0"), "in its password"),
        ] {
            let message = told.expect_err(words).message;
            assert!(message.contains(words), "{message}");
            assert!(!message.contains("cr3t"), "{message}");
        }
    }
}
