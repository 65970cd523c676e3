//! Parts of a Redis' address in variables of their own that are none.

use std::net::Ipv6Addr;

use url::Url;

use crate::text::and_list;

use super::Variables;
use super::groups::Groups;

/// What keeps the parts of a Redis' address from being one: the variable, why, and what to set instead, where
/// its value tells.
#[must_use]
pub fn unfit_parts(variables: &Variables, groups: &Groups) -> Vec<(String, String, Vec<String>)> {
    let fit = |name: &String, value: &String| {
        let value = value.trim();
        if let Some(prefix) = groups.redis(name, "HOST") {
            let (why, instead) = unfit_host(prefix, value)?;
            return Some((name.clone(), why, instead));
        }
        let number = value.parse::<u16>().ok();
        let why = if value.is_empty() {
            None
        } else if groups.redis(name, "PORT").is_some() {
            Some("is no port").filter(|_| number.is_none_or(|port| port == 0))
        } else if groups.redis(name, "DB").is_some() {
            Some("is no number of a database").filter(|_| number.is_none())
        } else {
            None
        };
        why.map(|why| (name.clone(), why.to_owned(), Vec::new()))
    };
    let all = variables.iter();
    all.filter_map(|(name, value)| fit(name, value)).collect()
}

/// Why a client that is given this for a host reaches nobody: it makes a name of the whole.
fn unfit_host(prefix: &str, host: &str) -> Option<(String, Vec<String>)> {
    let bare = host.trim_matches(['[', ']']);
    if host.contains("://") {
        let why = "is a URL where a host alone is meant";
        return Some((why.to_owned(), parts_of_url(prefix, host)));
    }
    if bare.parse::<Ipv6Addr>().is_ok() {
        return None;
    }
    if host.starts_with('/') {
        let why = "is the path of a socket, and a client that is given a host asks none";
        return Some((why.to_owned(), Vec::new()));
    }
    let (authority, database) = match host.split_once('/') {
        Some((authority, database)) => (authority, Some(database)),
        None => (host, None),
    };
    let (alone, port) = match authority.rsplit_once(':') {
        Some((alone, port)) => (alone, Some(port)),
        None => (authority, None),
    };
    let found = [
        ("PORT", "a port", port),
        ("DB", "a database number", database),
    ];
    let mut words: Vec<String> = Vec::new();
    let mut instead = vec![format!("{prefix}HOST={alone}")];
    for (part, what, value) in found {
        if let Some(value) = value {
            words.push(format!("{what}, which belongs in {prefix}{part}"));
            let known = value.parse::<u16>().is_ok();
            instead.extend(known.then(|| format!("{prefix}{part}={value}")));
        }
    }
    // What is no number, or more than a number, is for a person to look at.
    let is_plain = alone
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || b".-_".contains(&it));
    if alone.is_empty() || !is_plain {
        instead.clear();
    }
    (!words.is_empty()).then(|| (format!("holds {}", and_list(&words)), instead))
}

/// What to set in place of the URL of a Redis where its parts are meant; nothing of a login, which is to be seen by
/// nobody, nor where that is lost or TLS.
fn parts_of_url(prefix: &str, url: &str) -> Vec<String> {
    let url = Url::parse(url).ok();
    let plain = url.filter(|url| {
        let login = !url.username().is_empty() || url.password().is_some();
        matches!(url.scheme(), "redis" | "valkey") && !login && url.query().is_none()
    });
    let Some((url, host)) = plain
        .as_ref()
        .and_then(|url| Some((url, url.host_str().filter(|host| !host.is_empty())?)))
    else {
        return Vec::new();
    };
    let host = host.trim_matches(['[', ']']);
    let mut instead = vec![format!("{prefix}HOST={host}")];
    instead.extend(url.port().map(|port| format!("{prefix}PORT={port}")));
    let database = url.path().trim_matches('/').parse::<u16>().ok();
    instead.extend(database.map(|number| format!("{prefix}DB={number}")));
    instead
}

/// Whether the parts with these beginnings are no address.
#[must_use]
pub fn has_unfit_parts(prefix: &str, groups: &Groups, variables: &Variables) -> bool {
    let unfit = unfit_parts(variables, groups);
    unfit.iter().any(|(name, ..)| {
        name.strip_prefix(prefix)
            .is_some_and(|part| ["HOST", "PORT"].contains(&part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(pairs: &[(&str, &str)]) -> Variables {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn parts_that_are_no_address_are_told() {
        for (name, value, why, instead) in [
            ("C_REDIS_PORT", "63790000", "is no port", vec![]),
            ("C_REDIS_PORT", "6379x", "is no port", vec![]),
            (
                "C_REDIS_HOST",
                "/tmp/r.sock",
                "is the path of a socket",
                vec![],
            ),
            (
                "C_REDIS_HOST",
                "127.0.0.1:6380",
                "holds a port, which belongs in C_REDIS_PORT",
                vec!["C_REDIS_HOST=127.0.0.1", "C_REDIS_PORT=6380"],
            ),
            (
                "C_REDIS_HOST",
                "127.0.0.1/2",
                "holds a database number, which belongs in C_REDIS_DB",
                vec!["C_REDIS_HOST=127.0.0.1", "C_REDIS_DB=2"],
            ),
            (
                "C_REDIS_HOST",
                "redis://h:6380/2",
                "is a URL where a host alone is meant",
                vec!["C_REDIS_HOST=h", "C_REDIS_PORT=6380", "C_REDIS_DB=2"],
            ),
            (
                "C_REDIS_HOST",
                "redis://:pw@h:6380/2",
                "is a URL where a host alone is meant",
                vec![],
            ),
            ("C_REDIS_DB", "abc", "is no number of a database", vec![]),
            (
                "C_REDIS_HOST",
                "localhost:",
                "holds a port, which belongs in C_REDIS_PORT",
                vec!["C_REDIS_HOST=localhost"],
            ),
        ] {
            let variables = tier(&[("C_REDIS_PASSWORD", "x"), (name, value)]);
            let unfit = unfit_parts(&variables, &Groups::default());
            let [(variable, words, settings)] = unfit.as_slice() else {
                panic!("{value}: {unfit:?}");
            };
            assert_eq!(variable, name);
            assert!(words.starts_with(why), "{value}: {words}");
            assert_eq!(settings, &instead, "{value}");
            let is_address = name.ends_with("_DB");
            assert_eq!(
                has_unfit_parts("C_REDIS_", &Groups::default(), &variables),
                !is_address,
                "{value}"
            );
        }
        for sound in ["::1", "[::1]", "localhost", "db.internal"] {
            let unfit = unfit_parts(
                &tier(&[("REDIS_HOST", sound), ("REDIS_PORT", "")]),
                &Groups::default(),
            );
            assert!(unfit.is_empty(), "{sound}: {unfit:?}");
        }
    }
}
