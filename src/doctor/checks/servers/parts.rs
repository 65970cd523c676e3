//! Addresses whose parts stand in variables of their own: `DATABASE_HOST`, `CACHE_REDIS_PORT`, `CACHE__PORT` of a model.

use crate::code::python::{self, Pasted};
use crate::doctor::Facts;
use crate::env::is_placeholder;
use crate::schema::Kind;
use crate::service::assemble::{self, Groups, HOSTS, NAMES, USERS, postgres_prefixes};
use crate::service::endpoint::{Endpoint, Protocol};

use super::super::fields;
use super::view::View;

/// A part of an address that has a variable of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::doctor) struct Given {
    pub(in crate::doctor) part: &'static str,
    pub(in crate::doctor) variable: String,
    /// As people read it: `backend/.env:14`.
    pub(in crate::doctor) origin: String,
}

/// Postgres servers and Redis servers that a tier names part by part, as its code puts them together.
/// A URL wins over parts of the same beginning.
pub(super) fn find(view: &View<'_>, urls: &[Endpoint]) -> Vec<Endpoint> {
    // Port and number without a host are this machine's.
    let mut found = assemble::hostless(&view.seen, view.groups(), |name| view.origin(name));
    found.extend(
        postgres_prefixes(view.groups())
            .filter(|prefix| {
                let url = format!("{prefix}URL");
                !urls.iter().any(|known| known.variable == url)
            })
            .filter_map(|prefix| postgres(view, prefix)),
    );
    found
}

/// The variable of a host that is still a placeholder, where no URL stands in its place.
pub(super) fn placeholder(facts: &Facts, tier: &str) -> Option<String> {
    postgres_prefixes(&facts.tiers().groups).find_map(|prefix| {
        let named = |part: &&str| facts.value(tier, &format!("{prefix}{part}"));
        let part = HOSTS.iter().find(|part| named(part).is_some())?;
        let variable = format!("{prefix}{part}");
        let url = facts.value(tier, &format!("{prefix}URL"));
        let host = facts.value(tier, &variable)?;
        (url.is_none() && is_placeholder(host)).then_some(variable)
    })
}

/// What the server speaks whose host a variable names.
pub(super) fn of_host(variable: &str, groups: &Groups) -> Option<Protocol> {
    if groups.redis(variable, "HOST").is_some() {
        return Some(Protocol::Redis);
    }
    let prefix = HOSTS.iter().find_map(|host| variable.strip_suffix(host))?;
    let mut all = postgres_prefixes(groups);
    all.any(|it| it == prefix).then_some(Protocol::Postgres)
}

/// Those of one beginning, where nothing keeps its password from being one.
fn postgres(view: &View<'_>, prefix: &str) -> Option<Endpoint> {
    if is_empty_number(view, &format!("{prefix}PORT")) {
        return None;
    }
    let value = |name: &str| view.value(name);
    let port = |name: &str, written: &str| port(view, name, written);
    let origin = |name: &str| view.origin(name);
    let found = assemble::postgres_parts(prefix, view.groups(), value, port, origin)?;
    unfit_password(view, prefix).is_none().then_some(found)
}

/// The port that a variable says. Settings of Python's that take it for a number read `5432.0` and `5_432`, too.
fn port(view: &View<'_>, name: &str, written: &str) -> Option<u16> {
    let as_number = || {
        let mut declared = view.facts.declared().iter();
        let is_read = declared.any(|it| {
            let kind = it.field.kind.as_deref();
            it.variables().any(|it| it == name) && kind.is_some_and(python::is_whole)
        });
        let number = Kind::whole(written).filter(|_| is_read)?;
        u16::try_from(number).ok()
    };
    let port: Option<u16> = written.parse().ok().or_else(as_number);
    port.filter(|port| *port > 0)
}

/// Whether a variable is set to nothing where the code takes it for a number: the usual one does not count.
fn is_empty_number(view: &View<'_>, name: &str) -> bool {
    let set = view.seen.get(name);
    set.is_some_and(|it| it.trim().is_empty())
        && fields::refuses_empty(view.facts, &view.tier.name, name)
}

/// A variable that keeps the other parts of a Postgres from being an address: why, and what else there is to know.
pub(super) struct UnfitPart {
    pub(super) variable: String,
    pub(super) why: &'static str,
    pub(super) note: Option<String>,
}

/// Those of a tier.
pub(super) fn unfit(view: &View<'_>) -> Vec<UnfitPart> {
    let of = |prefix: &'static str| {
        let get = |part: &str| view.value(&format!("{prefix}{part}"));
        let is_used = get("URL").is_none()
            && get("USER").is_some()
            && get("PASSWORD").is_some()
            && HOSTS
                .iter()
                .find_map(|part| get(part))
                .is_some_and(|it| !is_placeholder(it) && !it.contains("://"));
        let variable = format!("{prefix}PORT");
        let written = get("PORT").filter(|it| !is_placeholder(it));
        let why = match written {
            Some(it) => port(view, &variable, it).is_none().then_some("is no port"),
            None => is_empty_number(view, &variable).then_some("is empty, which is no port"),
        };
        let port = why.map(|why| UnfitPart {
            variable,
            why,
            note: None,
        });
        is_used.then_some(())?;
        port.or_else(|| unfit_password(view, prefix))
    };
    assemble::usual_postgres_prefixes().filter_map(of).collect()
}

/// A password with an `@`, where the code pastes it into a URL for `SQLAlchemy`, which ends it there.
fn unfit_password(view: &View<'_>, prefix: &str) -> Option<UnfitPart> {
    let variable = format!("{prefix}PASSWORD");
    let written = view.value(&variable).filter(|it| it.contains('@'))?;
    let (place, pasted) = pasted(view, &variable).filter(|_| !is_placeholder(written))?;
    let is_read = pasted.names_driver || uses_sqlalchemy(view);
    is_read.then(|| UnfitPart {
        variable,
        why: "has an @, and the code pastes it into a URL as it stands: SQLAlchemy takes what follows the first @ for the host",
        note: Some(format!(
            "it is pasted at {place}: there the password is written with %40 for each @, and %25 for each %"
        )),
    })
}

/// Where the code pastes a variable's value into a URL, and how.
fn pasted(view: &View<'_>, variable: &str) -> Option<(String, Pasted)> {
    let mut declared = view.facts.declared().iter();
    declared.find_map(|it| {
        let (line, pasted) = it.pasted?;
        let is_it = it.variables().any(|name| name == variable);
        is_it.then(|| (format!("{}:{line}", it.file), pasted))
    })
}

/// What to know of a password that the code pastes into a URL, where a part of it stands for another letter.
pub(super) fn decoded(view: &View<'_>, prefix: &str) -> Option<String> {
    let variable = format!("{prefix}PASSWORD");
    let written = view.value(&variable)?;
    let is_code = |at: usize| {
        let two = written.get(at + 1..at + 3);
        two.is_some_and(|two| two.bytes().all(|it| it.is_ascii_hexdigit()))
    };
    let mut percents = written.match_indices('%');
    percents.find(|(at, _)| is_code(*at))?;
    let (place, _) = pasted(view, &variable)?;
    Some(format!(
        "the code pastes {variable} into a URL ({place}), where a % and two digits are read as one letter: each % of the password itself is written %25"
    ))
}

/// Whether one of the Python projects asks for `SQLAlchemy`.
fn uses_sqlalchemy(view: &View<'_>) -> bool {
    let python = view.facts.packages().python.as_ref();
    let members = python.into_iter().flat_map(|python| &python.members);
    let mut requirements = members.flat_map(|member| &member.requirements);
    requirements.any(|it| it.name == "sqlalchemy")
}

/// Whether an endpoint is but the part of an address that another tier has the other parts of.
pub(super) fn is_shared(facts: &Facts, tier: &str, variable: &str) -> bool {
    let is_whole = facts
        .value(tier, variable)
        .is_some_and(|it| it.contains("://"));
    let origin = |tier: &str, name: &str| facts.origin(tier, name);
    let shared =
        |prefix: String| assemble::is_shared_part(&facts.tiers().seen, origin, tier, &prefix);
    !is_whole && prefix(variable).is_some_and(shared)
}

/// `CACHE_REDIS_` of `CACHE_REDIS_HOST`.
pub(super) fn prefix(variable: &str) -> Option<String> {
    HOSTS
        .iter()
        .chain(&["PORT", "DB"])
        .find_map(|part| variable.strip_suffix(part))
        .map(str::to_owned)
}

/// The same of any part: `CACHE_REDIS_` of `CACHE_REDIS_PASSWORD`, `DB_` of `DB_USER`; none of another variable.
pub(super) fn group(variable: &str, groups: &Groups) -> Option<String> {
    let redis = ["HOST", "PORT", "PASSWORD", "DB", "SSL"];
    let redis = redis.iter().find_map(|part| groups.redis(variable, part));
    let postgres = || {
        let parts = ["PORT", "PASSWORD"].iter();
        let parts = parts.chain(HOSTS).chain(USERS).chain(NAMES);
        let mut prefixes = parts.filter_map(|part| variable.strip_suffix(part));
        prefixes.find(|it| postgres_prefixes(groups).any(|known| known == *it))
    };
    redis.or_else(postgres).map(str::to_owned)
}

/// The parts that are set in a tier.
pub(super) fn given(view: &View<'_>, protocol: Protocol, prefix: &str) -> Vec<Given> {
    let parts = PARTS.iter().filter_map(|part| {
        let usual = name(protocol, prefix, part)?;
        let others: &[&str] = match (*part, protocol) {
            ("host", Protocol::Postgres) => HOSTS,
            ("database", Protocol::Postgres) => NAMES,
            _ if !view.groups().is(prefix, protocol) => &[],
            ("user", _) => USERS,
            ("database", Protocol::Redis) => &["DATABASE"],
            _ => &[],
        };
        let others = others.iter().map(|part| format!("{prefix}{part}"));
        let mut all = std::iter::once(usual).chain(others);
        let variable = all.find(|it| view.value(it).is_some())?;
        Some(Given {
            part,
            origin: view.origin(&variable),
            variable,
        })
    });
    parts.collect()
}

/// What an address consists of.
const PARTS: [&str; 5] = ["host", "port", "user", "password", "database"];

/// The variables that hold the parts.
pub(super) fn names(protocol: Protocol, prefix: &str) -> Vec<String> {
    PARTS
        .iter()
        .filter_map(|part| name(protocol, prefix, part))
        .collect()
}

/// The variable that holds a part.
pub(super) fn name(protocol: Protocol, prefix: &str, part: &str) -> Option<String> {
    let suffix = match (part, protocol) {
        ("host", _) => "HOST",
        ("port", _) => "PORT",
        ("user", _) => "USER",
        ("password", _) => "PASSWORD",
        ("database", Protocol::Redis) => "DB",
        ("database", Protocol::Postgres) => "NAME",
        _ => return None,
    };
    Some(format!("{prefix}{suffix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_by_their_names() {
        let mut groups = Groups::default();
        let parts = std::collections::BTreeMap::from([("HOST".to_owned(), None)]);
        groups.add("CACHE__", &["cache"], &parts);
        groups.add("MAIN__", &["main", "PostgresModel"], &parts);
        let none = Groups::default();
        let of_host = |name| of_host(name, &groups);
        assert_eq!(of_host("CACHE__HOST"), Some(Protocol::Redis));
        assert_eq!(of_host("MAIN__HOST"), Some(Protocol::Postgres));
        assert_eq!(group("MAIN__USERNAME", &groups).as_deref(), Some("MAIN__"));
        assert_eq!(group("CACHE__PORT", &groups).as_deref(), Some("CACHE__"));
        assert_eq!(group("CACHE__PORT", &none), None);
        assert_eq!(prefix("CACHE_REDIS_HOST").as_deref(), Some("CACHE_REDIS_"));
        assert_eq!(prefix("DATABASE_URL"), None);
        assert_eq!(of_host("CACHE_REDIS_HOST"), Some(Protocol::Redis));
        assert_eq!(of_host("DB_HOST"), Some(Protocol::Postgres));
        assert_eq!(of_host("POSTGRES_SERVER"), Some(Protocol::Postgres));
        assert_eq!(prefix("POSTGRES_SERVER").as_deref(), Some("POSTGRES_"));
        for name in ["SMTP_HOST", "SMTP_SERVER"] {
            assert_eq!(of_host(name), None, "{name}");
        }
        let of = |protocol, part| name(protocol, "X_", part);
        assert_eq!(of(Protocol::Redis, "database").as_deref(), Some("X_DB"));
        assert_eq!(
            of(Protocol::Postgres, "database").as_deref(),
            Some("X_NAME")
        );
        assert_eq!(of(Protocol::Postgres, "ssl"), None);
        for (name, prefix) in [
            ("CACHE_REDIS_PASSWORD", Some("CACHE_REDIS_")),
            ("REDIS_DB", Some("REDIS_")),
            ("DB_USER", Some("DB_")),
            ("POSTGRES_SERVER", Some("POSTGRES_")),
            ("SUPABASE_DB_DATABASE", Some("SUPABASE_DB_")),
            ("REDIS_URL", None),
            ("DATABASE_POOL_SIZE", None),
            ("SMTP_HOST", None),
        ] {
            assert_eq!(group(name, &none).as_deref(), prefix, "{name}");
        }
    }
}
