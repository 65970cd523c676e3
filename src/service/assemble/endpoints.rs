//! The Postgres and Redis servers that the tiers' variables name.

use std::collections::BTreeMap;

use super::super::endpoint::{Endpoint, EndpointError, Protocol, RedisParts, SOCKET_SCHEMES};
use super::Variables;
use super::groups::Groups;
use super::shared_parts::is_shared_part;
use super::unfit_parts::has_unfit_parts;

/// Every server that a tier names: as a URL in any variable, or as host, port, password and
/// database in variables of one prefix (`CACHE_REDIS_HOST` …, or one of `groups`). `origin` tells where a tier sets a
/// variable, `read` what the tier's driver makes of the value that an endpoint stands in.
#[must_use]
pub fn endpoints(
    tiers: &BTreeMap<String, Variables>,
    groups: &Groups,
    origin: impl Fn(&str, &str) -> String,
    read: impl Fn(&str, &str, Endpoint) -> Endpoint,
) -> Vec<Endpoint> {
    let mut found: Vec<Endpoint> = Vec::new();
    for (tier, variables) in tiers {
        for (name, value) in variables {
            let from = || origin(tier, name);
            let named: Vec<Endpoint> = match protocol_of(name, value) {
                Some(Protocol::Postgres) => Endpoint::postgres(value, name, from())
                    .ok()
                    .into_iter()
                    .collect(),
                Some(Protocol::Redis) => alternates(name, value)
                    .filter_map(|url| Endpoint::redis(url, name, from()).ok())
                    .collect(),
                None => groups
                    .redis(name, "HOST")
                    .filter(|prefix| !is_shared_part(tiers, &origin, tier, prefix))
                    .and_then(|prefix| parts(prefix, groups, variables, from()))
                    .into_iter()
                    .collect(),
            };
            let new = named.first().is_some_and(|endpoint| {
                !found.iter().any(|known| {
                    known.variable == endpoint.variable && known.origin == endpoint.origin
                })
            });
            if new {
                found.extend(named.into_iter().map(|one| read(tier, value, one)));
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

/// The servers of `redis://a;redis://b`: Celery takes such a list for its broker and goes to the next
/// one where one fails. Whatever else a variable holds is one URL.
pub fn alternates<'a>(name: &str, value: &'a str) -> impl Iterator<Item = &'a str> {
    let several = name.contains("BROKER") && value.contains("://");
    let (list, one) = if several { (value, "") } else { ("", value) };
    let urls = list.split(';').chain([one]).map(str::trim);
    urls.filter(|url| !url.is_empty())
}

/// Whether a URL names Redis' sentinels, who know where the server is.
#[must_use]
pub fn names_sentinels(value: &str) -> bool {
    let value = value.trim_start().to_ascii_lowercase();
    value.starts_with("sentinel://") || value.starts_with("sentinels://")
}

/// Whether a URL stands where a host is to stand alone: whoever reads it makes a name of the whole, and
/// reaches nobody.
#[must_use]
pub fn is_url_for_a_host(name: &str, value: &str) -> bool {
    name.ends_with("_HOST") && value.contains("://")
}

/// What the server must speak that a variable's URL names, if it is one of ours.
fn protocol_of(name: &str, value: &str) -> Option<Protocol> {
    if is_url_for_a_host(name, value) {
        return None;
    }
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
            let errors: Vec<EndpointError> = match protocol {
                Protocol::Postgres => Endpoint::postgres(value, name, "")
                    .err()
                    .into_iter()
                    .collect(),
                Protocol::Redis => alternates(name, value)
                    .filter_map(|url| Endpoint::redis(url, name, "").err())
                    .collect(),
            };
            let errors = errors.into_iter();
            found.extend(errors.map(|error| (tier.clone(), name.clone(), error)));
        }
    }
    found
}

fn parts(prefix: &str, groups: &Groups, variables: &Variables, origin: String) -> Option<Endpoint> {
    // One with another port, or none, would be a server that nobody names.
    if has_unfit_parts(prefix, groups, variables) {
        return None;
    }
    let get = |name: &str| {
        let set = variables.get(&format!("{prefix}{name}"));
        let set = set.map(String::as_str);
        set.or_else(|| groups.said(prefix, name))
    };
    // A model may have the number under the longer name.
    let number = || get("DATABASE").filter(|_| groups.is(prefix, Protocol::Redis));
    if get("HOST").is_some_and(|host| host.contains("://")) {
        return None;
    }
    let parts = RedisParts {
        host: get("HOST"),
        port: get("PORT").and_then(|port| port.trim().parse().ok()),
        password: get("PASSWORD"),
        database: get("DB").or_else(number),
        tls: matches!(get("SSL"), Some("true" | "True" | "1")),
    };
    Endpoint::redis_parts(parts, format!("{prefix}HOST"), origin).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_it_is(_: &str, _: &str, endpoint: Endpoint) -> Endpoint {
        endpoint
    }

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
        let found = endpoints(
            &tiers,
            &Groups::default(),
            |tier, name| format!("{tier}/{name}"),
            as_it_is,
        );
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
    fn a_model_of_the_code_is_a_group_too() {
        let mut groups = Groups::default();
        let parts = [
            ("HOST", None),
            ("PORT", Some("6390".to_owned())),
            ("DATABASE", None),
        ];
        let parts = parts.map(|(part, value)| (part.to_owned(), value)).into();
        groups.add("CACHE__", &["cache", "Settings"], &parts);
        let told = |groups: &Groups, set: &[(&str, &str)]| {
            let tiers = BTreeMap::from([("backend".to_owned(), tier(set))]);
            let found = endpoints(&tiers, groups, |_, name| name.to_owned(), as_it_is);
            let shown = found.iter();
            let shown = shown.map(|it| (it.variable.clone(), it.address(), it.redis_database()));
            shown.collect::<Vec<_>>()
        };
        let set = [("CACHE__HOST", "127.0.0.1"), ("CACHE__DATABASE", "3")];
        let wanted = ("CACHE__HOST".to_owned(), "127.0.0.1:6390".to_owned(), 3);
        assert_eq!(told(&groups, &set), [wanted]);
        assert_eq!(told(&Groups::default(), &set), []);
        let unfit = [("CACHE__HOST", "h"), ("CACHE__PORT", "none")];
        assert_eq!(told(&groups, &unfit), []);
    }

    #[test]
    fn a_url_in_the_place_of_a_host_names_no_server() {
        let tiers = BTreeMap::from([(
            "backend".to_owned(),
            tier(&[
                ("CACHE_REDIS_HOST", "redis://127.0.0.1"),
                ("CACHE_REDIS_PORT", "6380"),
                ("DATABASE_HOST", "postgresql://localhost"),
                ("REDIS_HOST", "redis://127.0.0.1/x"),
            ]),
        )]);
        assert_eq!(
            endpoints(
                &tiers,
                &Groups::default(),
                |_, name| name.to_owned(),
                as_it_is
            ),
            []
        );
        assert_eq!(unreadable(&tiers, Protocol::Redis), []);
    }

    #[test]
    fn parts_that_are_no_address_name_no_server() {
        for (name, value) in [
            ("C_REDIS_PORT", "6379x"),
            ("C_REDIS_HOST", "127.0.0.1:6380"),
            ("C_REDIS_HOST", "redis://h:6380/2"),
            ("C_REDIS_DB", "abc"),
        ] {
            let mut all = tier(&[("C_REDIS_HOST", "localhost")]);
            all.insert(name.to_owned(), value.to_owned());
            let tiers = BTreeMap::from([("backend".to_owned(), all)]);
            let found = endpoints(
                &tiers,
                &Groups::default(),
                |_, name| name.to_owned(),
                as_it_is,
            );
            assert!(found.is_empty(), "{value}: {found:?}");
        }
    }

    #[test]
    fn a_broker_may_be_one_of_several_servers() {
        let list = "redis://:a@one:1/2; redis://:b@two:2/2;";
        let tiers = BTreeMap::from([(
            "backend".to_owned(),
            tier(&[
                ("CELERY_BROKER_URL", list),
                ("CACHE_URL", "redis://one;redis://two"),
                ("OTHER_URL", "redis://:p;w@one/1"),
            ]),
        )]);
        let found = endpoints(
            &tiers,
            &Groups::default(),
            |_, name| name.to_owned(),
            as_it_is,
        );
        let shown: Vec<String> = found.iter().map(Endpoint::address).collect();
        assert_eq!(shown, ["one:1", "two:2", "one:6379"]);
        let unread = unreadable(&tiers, Protocol::Redis);
        let unread: Vec<String> = unread
            .iter()
            .map(|(_, name, error)| format!("{name} {error}"))
            .collect();
        assert_eq!(
            unread,
            ["CACHE_URL names several servers, as only a Celery broker's URL may"]
        );
    }
}
