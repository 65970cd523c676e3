//! URLs of `PostgreSQL`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::env::{
    Unfit, hosts_in_list, hosts_of_sqlalchemy, is_for_asyncpg, unfit_for_asyncpg, with_part,
    with_sound_percents,
};
use crate::text::and_list;

use super::url::parse;
use super::{Misfit, Problem, slashes};

/// What a `PostgreSQL` connection string must be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostgresUrl {
    /// The driver that must be named: `asyncpg` in `postgresql+asyncpg://`.
    pub driver: Option<String>,
}

impl PostgresUrl {
    pub(super) fn check(&self, value: &str) -> Result<(), Problem> {
        slashes::check(value)?;
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
        // Without SQLAlchemy there may be several hosts, as postgres.js and psql take them.
        let list = match driver.or(self.driver.as_deref()) {
            Some(_) => Vec::new(),
            None => hosts_in_list(value),
        };
        let authority = match list.first() {
            Some(first) => {
                well_formed(&list)?;
                let login = authority.rsplit_once('@').map_or("", |(login, _)| login);
                format!("{login}@{first}")
            }
            None => authority.to_owned(),
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
        supabase_pooler(&url, self.driver.as_deref() == Some("asyncpg"))
    }

    /// Whether a value names the driver that must be named, as nobody else reads it.
    pub(super) fn claims(&self, value: &str) -> bool {
        let named = value
            .split_once("://")
            .and_then(|(it, _)| it.split_once('+'));
        named.is_some_and(|(_, driver)| self.driver.as_deref() == Some(driver))
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

/// Several hosts, each of which is a host, with or without a port.
fn well_formed(hosts: &[&str]) -> Result<(), Problem> {
    if hosts.iter().any(|host| host.is_empty()) {
        return Err(Problem::wrong("has an empty place in its list of hosts")
            .way_out("write a:5432,b:5433, or take out the comma"));
    }
    let schemes = ["postgresql".to_owned()];
    hosts
        .iter()
        .try_for_each(|host| parse(&format!("postgresql://{host}"), &schemes).map(drop))
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn several_hosts_are_for_those_who_take_them() {
        let plain = PostgresUrl::default();
        for url in [
            "postgresql://u:p@a:5432,b:5433/d",
            "postgresql://u:p@a,b/d?sslmode=require",
            "postgres://a,b:5433/d",
        ] {
            assert_eq!(plain.check(url), Ok(()), "{url}");
        }
        for (url, words) in [
            ("postgresql://u:p@a:5432,b:x/d", "a port that is no number"),
            ("postgresql://u:p@a:5432,/d", "an empty place"),
        ] {
            let told = plain.check(url).expect_err(url).message;
            assert!(told.contains(words), "{told}");
        }
        let asyncpg = PostgresUrl {
            driver: Some("asyncpg".to_owned()),
        };
        let url = "postgresql+asyncpg://u:p@a:5432,b:5433/d";
        assert!(asyncpg.check(url).is_err());
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
}
