//! Servers that nobody uses, since a variable switches off whoever would.

use std::collections::BTreeMap;

use crate::schema::{Kind, Reader};

use super::super::endpoint::Endpoint;
use super::Variables;

/// The variable that would switch off whoever uses a Redis, by the one that names it: the backend looks at
/// `CACHE_ENABLED` before it uses what `CACHE_REDIS_HOST` and its like name.
fn switch(variable: &str) -> Option<String> {
    let (prefix, _) = variable.split_once("REDIS_")?;
    prefix.ends_with('_').then(|| format!("{prefix}ENABLED"))
}

fn is_off(value: &str) -> bool {
    Kind::truth(value, Reader::Pydantic) == Some(false)
}

/// The variable that switches off whoever uses the Redis which `variable` names, where it does so.
pub fn switched_off<'a>(value: impl Fn(&str) -> Option<&'a str>, variable: &str) -> Option<String> {
    let switch = switch(variable)?;
    is_off(value(&switch)?).then_some(switch)
}

/// Whether all tiers that see the variable of an endpoint where that has it from, and know of a switch, have it off.
#[must_use]
pub fn is_switched_off(
    tiers: &BTreeMap<String, Variables>,
    origin: impl Fn(&str, &str) -> String,
    endpoint: &Endpoint,
) -> bool {
    let Some(switch) = switch(&endpoint.variable) else {
        return false;
    };
    let sees = |tier: &str, seen: &Variables| {
        seen.contains_key(&endpoint.variable) && origin(tier, &endpoint.variable) == endpoint.origin
    };
    let naming = tiers.iter().filter(|(tier, seen)| sees(tier, seen));
    let mut switches = naming
        .filter_map(|(_, seen)| Some(seen.get(&switch)?.trim()))
        .filter(|it| !it.is_empty())
        .peekable();
    switches.peek().is_some() && switches.all(is_off)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_used_by_nobody_where_every_switch_is_off() {
        let endpoint = |variable: &str| {
            Endpoint::redis("redis://127.0.0.1:1/0", variable, ".env").expect("a URL")
        };
        let off = |variable: &str, tiers: &[(&str, Option<&str>)]| {
            let tiers = tiers.iter().map(|(tier, enabled)| {
                let mut seen = Variables::from([(variable.to_owned(), "x".to_owned())]);
                seen.extend(enabled.map(|it| ("CACHE_ENABLED".to_owned(), it.to_owned())));
                ((*tier).to_owned(), seen)
            });
            let origin = |_: &str, _: &str| ".env".to_owned();
            is_switched_off(&tiers.collect(), origin, &endpoint(variable))
        };
        let host = "CACHE_REDIS_HOST";
        assert!(off(host, &[("backend", Some("false"))]));
        assert!(off(host, &[("backend", Some(" 0 ")), ("root", None)]));
        assert!(!off(
            host,
            &[("backend", Some("false")), ("root", Some("true"))]
        ));
        for enabled in [None, Some(""), Some("true"), Some("perhaps")] {
            assert!(!off(host, &[("backend", enabled)]), "{enabled:?}");
        }
        for other in [
            "CACHE_URL",
            "CACHE_HOST",
            "LIMITER_REDIS_HOST",
            "REDIS_HOST",
        ] {
            assert!(!off(other, &[("backend", Some("false"))]), "{other}");
        }
    }
}
