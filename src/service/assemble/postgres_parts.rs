//! A Postgres whose address stands in variables of its own, part by part: `DATABASE_HOST`, `DATABASE_USER` …

use std::collections::BTreeMap;

use crate::env::is_placeholder;
use crate::schema::Kind;

use super::super::endpoint::{Endpoint, Protocol, Secret, Tls, as_meant};
use super::Variables;
use super::groups::{Groups, is_port_of_others};
use super::shared_parts::is_shared_part;

/// What the names of the parts begin with. Each is followed by HOST, PORT, USER, PASSWORD, NAME.
const PREFIXES: &[&str] = &["DATABASE_", "POSTGRES_", "DB_", "SUPABASE_DB_"];

/// Those of them that a server of another kind may have, too.
const ANYBODYS: &[&str] = &["DATABASE_", "DB_"];

/// The names of a host's part, the usual one first: templates of `FastAPI`'s have the second.
pub const HOSTS: &[&str] = &["HOST", "SERVER", "HOSTNAME"];

/// The names of a database's part, the usual one first.
pub const NAMES: &[&str] = &["NAME", "DB", "DATABASE"];

/// The same of a user's.
pub const USERS: &[&str] = &["USER", "USERNAME"];

/// All beginnings of a Postgres' parts: those that everybody knows, and those of the code's models.
pub fn postgres_prefixes(groups: &Groups) -> impl Iterator<Item = &str> {
    let known = PREFIXES.iter().copied();
    known.chain(groups.of(Protocol::Postgres))
}

/// The beginnings that everybody knows.
pub fn usual_postgres_prefixes() -> impl Iterator<Item = &'static str> {
    PREFIXES.iter().copied()
}

/// `postgresql://USER:PASSWORD@HOST:PORT/NAME` of the parts that begin so: all of host, user and password must be
/// there. `value` has what is set, without what is empty; `port` reads a port by its variable, `origin` tells where
/// a variable stands.
pub fn postgres_parts<'v>(
    prefix: &'v str,
    groups: &'v Groups,
    value: impl Fn(&str) -> Option<&'v str>,
    port: impl Fn(&str, &str) -> Option<u16>,
    origin: impl Fn(&str) -> String,
) -> Option<Endpoint> {
    let get = |part: &str| {
        let set = value(&format!("{prefix}{part}"));
        set.or_else(|| groups.said(prefix, part).filter(|it| !it.is_empty()))
    };
    // What nobody sets is no address, whatever the code would take for it.
    let called = HOSTS
        .iter()
        .find(|it| value(&format!("{prefix}{it}")).is_some())?;
    let variable = format!("{prefix}{called}");
    let mut user = USERS
        .iter()
        .filter(|it| **it == "USER" || groups.is(prefix, Protocol::Postgres));
    let user = user.find_map(|part| get(part))?;
    let (host, password) = (get(called)?, get("PASSWORD")?);
    if is_placeholder(host) || host.contains("://") {
        return None;
    }
    let port = match get("PORT") {
        Some(written) => port(&format!("{prefix}PORT"), written)?,
        None => Protocol::Postgres.default_port(),
    };
    if ANYBODYS.contains(&prefix) && is_port_of_others(port) {
        return None;
    }
    let name = NAMES.iter().find_map(|part| get(part));
    // The code writes them into a URL as they are, and drivers decode what stands there.
    Some(Endpoint {
        protocol: Protocol::Postgres,
        host: host.trim_matches(['[', ']']).to_owned(),
        port,
        user: Some(as_meant(user)),
        password: Some(Secret::new(as_meant(password))),
        database: Some(name.unwrap_or("postgres").to_owned()),
        tls: Tls::default(),
        root: None,
        client: None,
        certified: None,
        origin: origin(&variable),
        variable,
    })
}

/// Every Postgres that a tier names part by part, beside those that are `known`. A URL wins over parts of the same
/// beginning, and over parts that give its login another password: whoever starts a server cannot serve both.
#[must_use]
pub fn by_parts(
    tiers: &BTreeMap<String, Variables>,
    groups: &Groups,
    origin: impl Fn(&str, &str) -> String,
    known: &[Endpoint],
) -> Vec<Endpoint> {
    let mut found: Vec<Endpoint> = Vec::new();
    for (tier, seen) in tiers {
        let value = |name: &str| {
            seen.get(name)
                .map(|it| it.trim())
                .filter(|it| !it.is_empty())
        };
        // Settings of Python's that take it for a number read `5432.0` and `5_432`, too.
        let port = |_: &str, written: &str| {
            let number = || u16::try_from(Kind::whole(written)?).ok();
            let port = written.parse().ok().or_else(number);
            port.filter(|port| *port > 0)
        };
        for prefix in postgres_prefixes(groups) {
            let has_url = value(&format!("{prefix}URL")).is_some_and(|it| it.contains("://"));
            if has_url || is_shared_part(tiers, &origin, tier, prefix) {
                continue;
            }
            let place = |name: &str| origin(tier, name);
            let Some(new) = postgres_parts(prefix, groups, value, port, place) else {
                continue;
            };
            let mut all = known.iter().chain(&found);
            if !all.any(|it| is_same(it, &new) || disagrees(it, &new)) {
                found.push(new);
            }
        }
    }
    found
}

/// Whether it is the same variable at the same place, seen by two tiers.
fn is_same(one: &Endpoint, other: &Endpoint) -> bool {
    one.variable == other.variable && one.origin == other.origin
}

/// Whether one login of one server has two passwords.
fn disagrees(one: &Endpoint, other: &Endpoint) -> bool {
    one.protocol == other.protocol
        && one.port == other.port
        && one.user == other.user
        && one.password != other.password
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(tiers: &[(&str, &[(&str, &str)])], groups: &Groups, urls: &[&str]) -> Vec<String> {
        let tiers = tiers.iter().map(|(tier, set)| {
            let set = set.iter();
            let set = set.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            ((*tier).to_owned(), set.collect())
        });
        let known: Vec<Endpoint> = urls
            .iter()
            .map(|url| Endpoint::postgres(url, "DIRECT_URL", ".env").expect(url))
            .collect();
        let origin = |tier: &str, name: &str| format!("{tier}/{name}");
        let found = by_parts(&tiers.collect(), groups, origin, &known);
        let shown = found.iter().map(|it| {
            let user = it.user.as_deref().unwrap_or_default();
            let database = it.database.as_deref().unwrap_or_default();
            format!("{} {user}@{}/{database}", it.variable, it.address())
        });
        shown.collect()
    }

    const OWN: [(&str, &str); 5] = [
        ("DATABASE_HOST", "127.0.0.1"),
        ("DATABASE_NAME", "app"),
        ("DATABASE_PASSWORD", "pw"),
        ("DATABASE_PORT", "5_433"),
        ("DATABASE_USER", "u"),
    ];

    #[test]
    fn parts_of_a_postgres_name_one() {
        let none = Groups::default();
        let told = ["DATABASE_HOST u@127.0.0.1:5433/app"];
        assert_eq!(named(&[("backend", &OWN)], &none, &[]), told);
        // Nobody knows whose it is, or a URL says it.
        for at in [0, 2, 4] {
            let mut less = OWN.to_vec();
            less.remove(at);
            assert!(named(&[("backend", &less)], &none, &[]).is_empty());
        }
        let mut with_url = OWN.to_vec();
        with_url.push(("DATABASE_URL", "postgresql://u:pw@localhost/x"));
        assert!(named(&[("backend", &with_url)], &none, &[]).is_empty());
        let mut of_mysql = OWN.to_vec();
        of_mysql[3].1 = "3306";
        assert!(named(&[("backend", &of_mysql)], &none, &[]).is_empty());
    }

    #[test]
    fn a_host_may_be_called_a_server() {
        for part in ["SERVER", "HOSTNAME"] {
            let host = format!("POSTGRES_{part}");
            let set = [
                ("POSTGRES_DB", "app"),
                ("POSTGRES_PASSWORD", "pw"),
                ("POSTGRES_USER", "u"),
                (host.as_str(), "127.0.0.1"),
            ];
            let told = [format!("{host} u@127.0.0.1:5432/app")];
            assert_eq!(named(&[("root", &set)], &Groups::default(), &[]), told);
        }
    }

    #[test]
    fn parts_give_no_login_a_second_password() {
        let none = Groups::default();
        let with = |url: &str| named(&[("backend", &OWN)], &none, &[url]).len();
        assert_eq!(with("postgresql://u:other@localhost:5433/app"), 0);
        assert_eq!(with("postgresql://u:pw@localhost:5433/app"), 1);
        assert_eq!(with("postgresql://other:other@localhost:5433/app"), 1);
    }

    #[test]
    fn a_model_of_the_code_has_parts_too() {
        let mut groups = Groups::default();
        let parts = [("HOST", None), ("PORT", Some("5439".to_owned()))];
        let parts = parts.map(|(part, value)| (part.to_owned(), value)).into();
        groups.add("DATABASE__", &["database", "Settings"], &parts);
        let set = [
            ("DATABASE__HOST", "127.0.0.1"),
            ("DATABASE__PASSWORD", "pw"),
            ("DATABASE__USERNAME", "u"),
        ];
        let told = ["DATABASE__HOST u@127.0.0.1:5439/postgres"];
        assert_eq!(named(&[("backend", &set)], &groups, &[]), told);
        assert!(named(&[("backend", &set)], &Groups::default(), &[]).is_empty());
    }
}
