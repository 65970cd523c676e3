//! The Postgres and Redis servers that the tiers' variables name.

use std::collections::BTreeMap;

use crate::workspace::stack::CeleryApp;

use super::super::endpoint::{Endpoint, EndpointError, Protocol, RedisParts, SOCKET_SCHEMES};
use super::Variables;

/// Every server that a tier names: as a URL in any variable, or as host, port, password and
/// database in variables of one prefix (`CACHE_REDIS_HOST` …). `origin` tells where a tier sets a
/// variable.
#[must_use]
pub fn endpoints(
    tiers: &BTreeMap<String, Variables>,
    origin: impl Fn(&str, &str) -> String,
) -> Vec<Endpoint> {
    let mut found: Vec<Endpoint> = Vec::new();
    for (tier, variables) in tiers {
        for (name, value) in variables {
            let from = || origin(tier, name);
            let endpoint = match protocol_of(name, value) {
                Some(Protocol::Postgres) => Endpoint::postgres(value, name, from()).ok(),
                Some(Protocol::Redis) => Endpoint::redis(value, name, from()).ok(),
                None => match name.strip_suffix("REDIS_HOST") {
                    Some(prefix) => parts(prefix, variables, from()),
                    None => None,
                },
            };
            if let Some(endpoint) = endpoint
                && !found.iter().any(|known| {
                    known.variable == endpoint.variable && known.origin == endpoint.origin
                })
            {
                found.push(endpoint);
            }
        }
    }
    // The variable that everybody knows names a server in messages, whatever the alphabet says.
    found.sort_by_key(|endpoint| {
        !matches!(
            endpoint.variable.as_str(),
            "DATABASE_URL" | "REDIS_URL" | "CELERY_BROKER_URL"
        )
    });
    found
}

/// What the server must speak that a variable's URL names, if it is one of ours.
fn protocol_of(name: &str, value: &str) -> Option<Protocol> {
    let scheme = value.split_once("://")?.0.to_ascii_lowercase();
    match scheme.split('+').next().unwrap_or_default() {
        "postgres" | "postgresql" => Some(Protocol::Postgres),
        "redis" | "rediss" | "valkey" | "valkeys" => Some(Protocol::Redis),
        // Docker's socket begins like this, too: here only the name tells.
        other if SOCKET_SCHEMES.contains(&other) => {
            ["REDIS", "CELERY", "BROKER", "CACHE", "LIMITER"]
                .iter()
                .any(|word| name.contains(word))
                .then_some(Protocol::Redis)
        }
        _ => None,
    }
}

/// The URLs of servers that cannot be understood: tier, variable, why.
#[must_use]
pub fn unreadable(
    tiers: &BTreeMap<String, Variables>,
    protocol: Protocol,
) -> Vec<(String, String, EndpointError)> {
    let mut found = Vec::new();
    for (tier, variables) in tiers {
        for (name, value) in variables {
            if protocol_of(name, value) != Some(protocol) {
                continue;
            }
            let said = match protocol {
                Protocol::Postgres => Endpoint::postgres(value, name, ""),
                Protocol::Redis => Endpoint::redis(value, name, ""),
            };
            if let Err(error) = said {
                found.push((tier.clone(), name.clone(), error));
            }
        }
    }
    found
}

fn parts(prefix: &str, variables: &Variables, origin: String) -> Option<Endpoint> {
    let get = |name: &str| {
        variables
            .get(&format!("{prefix}REDIS_{name}"))
            .map(String::as_str)
    };
    let parts = RedisParts {
        host: get("HOST"),
        port: get("PORT").and_then(|port| port.trim().parse().ok()),
        password: get("PASSWORD"),
        database: get("DB"),
        tls: matches!(get("SSL"), Some("true" | "True" | "1")),
    };
    Endpoint::redis_parts(parts, format!("{prefix}REDIS_HOST"), origin).ok()
}

/// The broker that a Celery application's worker connects to: the first of its variables that is
/// set in any tier, else Celery's Redis default when the application has settings for one.
#[must_use]
pub fn broker(celery: &CeleryApp, tiers: &BTreeMap<String, Variables>) -> Option<Endpoint> {
    let tiers = || {
        ["backend", "root"]
            .into_iter()
            .filter_map(|name| tiers.get(name))
    };
    let value = celery.broker_variables.iter().find_map(|name| {
        let value = tiers()
            .find_map(|variables| variables.get(name))
            .filter(|value| !value.is_empty())?;
        Some((name, value))
    });
    match value {
        Some((name, value)) => Endpoint::redis(value, name, "").ok(),
        None => Endpoint::redis(
            "redis://localhost:6379/0",
            celery.broker_variables.first()?,
            "default",
        )
        .ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(pairs: &[(&str, &str)]) -> Variables {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn urls_and_groups_of_variables_name_servers() {
        let tiers = BTreeMap::from([(
            "backend".to_owned(),
            tier(&[
                ("ALEMBIC_URL", "postgresql://u:p@localhost/x"),
                ("CACHE_REDIS_DB", "1"),
                ("CACHE_REDIS_HOST", "127.0.0.1"),
                ("CACHE_REDIS_PORT", "6380"),
                ("DATABASE_URL", "postgresql+asyncpg://u:p@localhost:5433/x"),
                ("SITE", "https://localhost"),
            ]),
        )]);
        let found = endpoints(&tiers, |tier, name| format!("{tier}/{name}"));
        let shown: Vec<String> = found
            .iter()
            .map(|endpoint| format!("{} {}", endpoint.variable, endpoint.address()))
            .collect();
        assert_eq!(
            shown,
            [
                "DATABASE_URL localhost:5433",
                "ALEMBIC_URL localhost:5432",
                "CACHE_REDIS_HOST 127.0.0.1:6380"
            ]
        );
    }

    #[test]
    fn the_worker_reads_the_broker_variable_of_its_own_settings() {
        let celery = CeleryApp {
            target: "celery_core.app".to_owned(),
            cwd: "".into(),
            file: "celery_core/app.py".into(),
            line: 1,
            broker_variables: vec![
                "PIXCRAWLER_CELERY_BROKER_URL".to_owned(),
                "CELERY_BROKER_URL".to_owned(),
            ],
            mentions: Vec::new(),
        };
        let tiers = BTreeMap::from([
            (
                "root".to_owned(),
                tier(&[("PIXCRAWLER_CELERY_BROKER_URL", "redis://localhost/1")]),
            ),
            (
                "backend".to_owned(),
                tier(&[("CELERY_BROKER_URL", "redis://localhost/7")]),
            ),
        ]);
        assert_eq!(
            broker(&celery, &tiers).map(|broker| broker.redis_database()),
            Some(1)
        );
        assert_eq!(
            broker(&celery, &BTreeMap::new()).map(|broker| broker.address()),
            Some("localhost:6379".to_owned())
        );
    }
}
