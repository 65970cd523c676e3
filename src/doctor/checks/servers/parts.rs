//! Addresses whose parts stand in variables of their own: `DATABASE_HOST`, `CACHE_REDIS_PORT`.

use crate::doctor::Facts;
use crate::env::is_placeholder;
use crate::service::assemble;
use crate::service::endpoint::{Endpoint, Protocol, RedisParts, Secret, Tls, as_meant};

use super::view::View;

/// A part of an address that has a variable of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::doctor) struct Given {
    pub(in crate::doctor) part: &'static str,
    pub(in crate::doctor) variable: String,
    /// As people read it: `backend/.env:14`.
    pub(in crate::doctor) origin: String,
}

/// What the names of the parts begin with. Each is followed by HOST, PORT, USER, PASSWORD, NAME.
const POSTGRES: &[&str] = &["DATABASE_", "POSTGRES_", "DB_", "SUPABASE_DB_"];

/// The names of a database's part, the usual one first.
const NAMES: &[&str] = &["NAME", "DB", "DATABASE"];

/// Postgres servers and Redis servers that a tier names part by part, as its code puts them together.
/// A URL wins over parts of the same beginning.
pub(super) fn find(view: &View<'_>, urls: &[Endpoint]) -> Vec<Endpoint> {
    let mut found = redis(view);
    found.extend(
        POSTGRES
            .iter()
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
    POSTGRES.iter().find_map(|prefix| {
        let variable = format!("{prefix}HOST");
        let url = facts.value(tier, &format!("{prefix}URL"));
        let host = facts.value(tier, &variable)?;
        (url.is_none() && is_placeholder(host)).then_some(variable)
    })
}

/// What the server speaks whose host a variable names.
pub(super) fn of_host(variable: &str) -> Option<Protocol> {
    let prefix = variable.strip_suffix("HOST")?;
    if prefix.ends_with("REDIS_") {
        Some(Protocol::Redis)
    } else {
        POSTGRES.contains(&prefix).then_some(Protocol::Postgres)
    }
}

/// `postgresql://USER:PASSWORD@HOST:PORT/NAME`: all of host, user and password must be there.
fn postgres(view: &View<'_>, prefix: &str) -> Option<Endpoint> {
    let get = |part: &str| view.value(&format!("{prefix}{part}"));
    let variable = format!("{prefix}HOST");
    let (host, user, password) = (get("HOST")?, get("USER")?, get("PASSWORD")?);
    if is_placeholder(host) || host.contains("://") {
        return None;
    }
    let port = match get("PORT") {
        Some(port) => port.parse().ok().filter(|port| *port > 0)?,
        None => Protocol::Postgres.default_port(),
    };
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
        origin: view.origin(&variable),
        variable,
    })
}

/// Groups such as `CACHE_REDIS_PORT` and `CACHE_REDIS_DB` without a host: it is this machine.
fn redis(view: &View<'_>) -> Vec<Endpoint> {
    let seen = &view.seen;
    let get = |prefix: &str, part: &str| {
        seen.get(&format!("{prefix}REDIS_{part}"))
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    };
    let mut prefixes: Vec<&str> = seen
        .keys()
        .filter_map(|name| {
            ["REDIS_PORT", "REDIS_DB"]
                .iter()
                .find_map(|part| name.strip_suffix(part))
        })
        .filter(|prefix| get(prefix, "HOST").is_none())
        .filter(|prefix| !assemble::has_unfit_parts(prefix, seen))
        .collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    prefixes
        .into_iter()
        .filter_map(|prefix| {
            let part = ["PORT", "DB"]
                .into_iter()
                .find(|part| get(prefix, part).is_some())?;
            let variable = format!("{prefix}REDIS_{part}");
            let origin = view.origin(&variable);
            let parts = RedisParts {
                host: None,
                port: get(prefix, "PORT").and_then(|port| port.parse().ok()),
                password: get(prefix, "PASSWORD"),
                database: get(prefix, "DB"),
                tls: false,
            };
            Endpoint::redis_parts(parts, variable, origin).ok()
        })
        .collect()
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
    ["HOST", "PORT", "DB"]
        .iter()
        .find_map(|part| variable.strip_suffix(part))
        .map(str::to_owned)
}

/// The same of any part: `CACHE_REDIS_` of `CACHE_REDIS_PASSWORD`, `DB_` of `DB_USER`; none of another variable.
pub(super) fn group(variable: &str) -> Option<String> {
    let redis = ["HOST", "PORT", "PASSWORD", "DB", "SSL"];
    let redis = redis.iter().find_map(|part| {
        let prefix = variable.strip_suffix(part)?;
        prefix.ends_with("REDIS_").then_some(prefix)
    });
    let postgres = || {
        let parts = ["HOST", "PORT", "USER", "PASSWORD"].iter().chain(NAMES);
        let mut prefixes = parts.filter_map(|part| variable.strip_suffix(part));
        prefixes.find(|it| POSTGRES.contains(it))
    };
    redis.or_else(postgres).map(str::to_owned)
}

/// The parts that are set in a tier.
pub(super) fn given(view: &View<'_>, protocol: Protocol, prefix: &str) -> Vec<Given> {
    let parts = PARTS.iter().filter_map(|part| {
        let variable = name(protocol, prefix, part)?;
        view.value(&variable)?;
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
        assert_eq!(prefix("CACHE_REDIS_HOST").as_deref(), Some("CACHE_REDIS_"));
        assert_eq!(prefix("DATABASE_URL"), None);
        assert_eq!(of_host("CACHE_REDIS_HOST"), Some(Protocol::Redis));
        assert_eq!(of_host("DB_HOST"), Some(Protocol::Postgres));
        assert_eq!(of_host("SMTP_HOST"), None);
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
            ("SUPABASE_DB_DATABASE", Some("SUPABASE_DB_")),
            ("REDIS_URL", None),
            ("DATABASE_POOL_SIZE", None),
            ("SMTP_HOST", None),
        ] {
            assert_eq!(group(name).as_deref(), prefix, "{name}");
        }
    }
}
