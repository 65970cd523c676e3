//! Where a broker's URL leads, in words.

use crate::service::assemble;
use crate::service::endpoint::{Endpoint, Secret};

use super::names;

/// Address and database of each server that a value names.
pub(super) fn leads_to(variable: &str, value: &str) -> Option<String> {
    if assemble::names_sentinels(value) {
        return Some("Redis' sentinels".to_owned());
    }
    let each: Option<Vec<String>> = assemble::alternates(variable, value)
        .map(|url| server(variable, url))
        .collect();
    each.map(|each| each.join(", else "))
}

/// Whom each server that a value names is told: user and password. They are compared, and never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Logins(Vec<(Option<String>, Option<Secret>)>);

/// Those of a value.
pub(super) fn logins(variable: &str, value: &str) -> Logins {
    let each = assemble::alternates(variable, value).map(|url| {
        let endpoint = Endpoint::redis(url, variable, "").ok()?;
        Some((endpoint.user, endpoint.password))
    });
    Logins(each.map(Option::unwrap_or_default).collect())
}

/// What is said of a broker that is no Redis: which transport it is. Only a known word is shown.
pub(super) fn no_redis(value: &str) -> String {
    let scheme = value.split_once("://").map(|(scheme, _)| scheme.trim());
    let scheme =
        scheme.filter(|it| names::takes(it) && !it.to_ascii_lowercase().starts_with("redis"));
    match scheme {
        Some(scheme) => format!("is {scheme}://, which is not asked"),
        None => "leads to no Redis".to_owned(),
    }
}

fn server(variable: &str, url: &str) -> Option<String> {
    let endpoint = Endpoint::redis(url, variable, "").ok()?;
    Some(endpoint.redis_place().replace("localhost", "127.0.0.1"))
}
