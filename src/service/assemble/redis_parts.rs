//! A Redis of which variables name port or number, and no host: `CACHE_REDIS_PORT`. The host is what the code has for it
//! where nobody says one, and this machine where that is not known.

use std::collections::BTreeMap;

use super::super::endpoint::{Endpoint, RedisParts};
use super::Variables;
use super::groups::Groups;
use super::shared_parts::is_shared_part;
use super::switched_off::is_switched_off;
use super::unfit_parts::has_unfit_parts;

/// The parts that name one without a host, the first one that is set in its messages.
const PARTS: [&str; 2] = ["PORT", "DB"];

/// Those of one tier. `origin` tells where it sets a variable.
#[must_use]
pub fn hostless(
    seen: &Variables,
    groups: &Groups,
    origin: impl Fn(&str) -> String,
) -> Vec<Endpoint> {
    let get = |prefix: &str, part: &str| {
        seen.get(&format!("{prefix}{part}"))
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    };
    let mut prefixes: Vec<&str> = seen
        .keys()
        .filter_map(|name| PARTS.iter().find_map(|part| groups.redis(name, part)))
        .filter(|prefix| get(prefix, "HOST").is_none())
        .filter(|prefix| !has_unfit_parts(prefix, groups, seen))
        .collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    prefixes
        .into_iter()
        .filter_map(|prefix| {
            let part = PARTS.into_iter().find(|part| get(prefix, part).is_some())?;
            let variable = format!("{prefix}{part}");
            let origin = origin(&variable);
            let get = |part: &str| get(prefix, part).or_else(|| groups.said(prefix, part));
            let parts = RedisParts {
                host: groups.said(prefix, "HOST"),
                port: get("PORT").and_then(|port| port.parse().ok()),
                password: get("PASSWORD"),
                database: get("DB"),
                tls: false,
            };
            Endpoint::redis_parts(parts, variable, origin).ok()
        })
        .collect()
}

/// Those of all tiers that are used, beside the servers that are `known`: one that leads to the same port is the same server, and a
/// URL wins over parts of the same beginning.
#[must_use]
pub fn all_hostless(
    tiers: &BTreeMap<String, Variables>,
    groups: &Groups,
    origin: impl Fn(&str, &str) -> String,
    known: &[Endpoint],
) -> Vec<Endpoint> {
    let mut found: Vec<Endpoint> = Vec::new();
    for (tier, seen) in tiers {
        for new in hostless(seen, groups, |name| origin(tier, name)) {
            let prefix = PARTS
                .iter()
                .find_map(|part| groups.redis(&new.variable, part))
                .unwrap_or_default();
            let url = seen.get(&format!("{prefix}URL"));
            let is_same = |it: &Endpoint| {
                it.is_usual_loopback() && new.is_usual_loopback() && it.port == new.port
                    || it.address() == new.address()
            };
            if url.is_some_and(|it| it.contains("://"))
                || is_shared_part(tiers, &origin, tier, prefix)
                || is_switched_off(tiers, &origin, &new)
                || known.iter().chain(&found).any(is_same)
            {
                continue;
            }
            found.push(new);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(tiers: &[(&str, &[(&str, &str)])], known: &[&str]) -> Vec<String> {
        let tiers = tiers.iter().map(|(tier, set)| {
            let set = set.iter();
            let set = set.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            ((*tier).to_owned(), set.collect())
        });
        let known: Vec<Endpoint> = known
            .iter()
            .map(|url| Endpoint::redis(url, "BROKER_URL", ".env").expect(url))
            .collect();
        let origin = |tier: &str, name: &str| format!("{tier}/{name}");
        let found = all_hostless(&tiers.collect(), &Groups::default(), origin, &known);
        let shown = found.iter();
        let shown = shown.map(|it| format!("{} {}", it.variable, it.address()));
        shown.collect()
    }

    #[test]
    fn a_port_or_a_number_names_a_server_of_this_machine() {
        let port = ("REDIS_PORT", "6390");
        let told = ["REDIS_PORT localhost:6390"];
        assert_eq!(named(&[("backend", &[port])], &[]), told);
        assert_eq!(named(&[("backend", &[port, ("REDIS_DB", "1")])], &[]), told);
        let number = ("REDIS_DB", "1");
        let told = ["REDIS_DB localhost:6379"];
        assert_eq!(named(&[("backend", &[number])], &[]), told);
        for other in [
            ("REDIS_HOST", "127.0.0.1"),
            ("REDIS_URL", "redis://127.0.0.1:6391/0"),
            ("REDIS_DB", "one"),
        ] {
            assert!(
                named(&[("backend", &[port, other])], &[]).is_empty(),
                "{other:?}"
            );
        }
        // Another URL leads there, maybe with the password.
        let known = ["redis://:pw@127.0.0.1:6390/0"];
        assert!(named(&[("backend", &[port])], &known).is_empty());
        // Of two, the one that is used.
        let off = [("A_REDIS_PORT", "6390"), ("A_ENABLED", "false"), port];
        assert_eq!(
            named(&[("backend", &off)], &[]),
            ["REDIS_PORT localhost:6390"]
        );
        // Both tiers see one file.
        let both = named(&[("backend", &[port]), ("root", &[port])], &[]);
        assert_eq!(both.len(), 1, "{both:?}");
    }
}
