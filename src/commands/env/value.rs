//! Where `pixcrawler env set` takes a value from: another variable, the URL that is there, a person.

use std::io::{self, IsTerminal};

use camino::Utf8Path;
use url::Url;

use crate::env::{Origin, PartError, edit, is_placeholder, login_without_host, with_part};
use crate::failure::Failure;
use crate::gather::env_files::{Environments, Gathered};
use crate::service::endpoint::as_meant;
use crate::system::{answer, terminal};
use crate::workspace::Environment;

/// A part of a URL with its new value; none where that is what another variable has.
pub type Part = (String, Option<String>);

/// What a tier sees under another name, or a part of the URL that it sees there.
pub(super) fn same_as(
    environments: &Environments,
    tiers: &[&Gathered],
    other: &str,
) -> Result<String, Failure> {
    let (whole, part) = match other.split_once('#') {
        Some((whole, part)) => (whole, Some(part)),
        None => (other, None),
    };
    let (tier, name) = match whole.split_once(':') {
        Some((tier, name)) => (environments.gathered(tier), name),
        None => (tiers.first().copied(), whole),
    };
    let value = tier.and_then(|gathered| {
        let variable = gathered.resolved.get(name)?;
        Some(variable.value.to_string())
    });
    // Somebody may take it for `password:VALUE`.
    let known = tier.is_some() && edit::is_name(name);
    let Some(value) = value else {
        let what = if known { whole } else { "what follows --like" };
        return Err(Failure::usage(format!("{what} is not set"))
            .help("--like TIER:NAME, e.g. backend:PORT"));
    };
    if is_placeholder(&value) {
        return Err(
            Failure::usage(format!("{whole} is still a placeholder itself"))
                .help("give that one its value first"),
        );
    }
    let Some(part) = part else {
        return Ok(value);
    };
    part_of(&value, part).ok_or_else(|| {
        let part = if LOGIN.contains(&part) {
            part
        } else {
            "such part"
        };
        Failure::usage(format!("{whole} is no URL with a {part}"))
            .help("one of #user, #password, #host, #port, #database")
    })
}

/// The parts that stand alone in other variables.
const LOGIN: [&str; 5] = ["user", "password", "host", "port", "database"];

/// A part of a URL as it is meant. What stands behind the `?` is what counts for drivers.
fn part_of(url: &str, part: &str) -> Option<String> {
    if let Some((user, password)) = login_without_host(url)
        && let Some(found) = match part {
            "user" => Some(user),
            "password" => Some(password),
            _ => None,
        }
        .filter(|it| !it.is_empty())
    {
        return Some(as_meant(found));
    }
    let url = Url::parse(url.trim()).ok()?;
    if !LOGIN.contains(&part) {
        return None;
    }
    let behind = url.query_pairs().find(|(name, _)| name == part);
    let found = match (behind, part) {
        (Some((_, value)), _) => value.into_owned(),
        (None, "user") => as_meant(url.username()),
        (None, "password") => as_meant(url.password()?),
        (None, "host") => url.host_str()?.trim_matches(['[', ']']).to_owned(),
        (None, "port") => url.port()?.to_string(),
        (None, _) => as_meant(url.path().trim_start_matches('/')),
    };
    (!found.is_empty()).then_some(found)
}

/// The URL that is there.
pub(super) fn there(
    environments: &Environments,
    tiers: &[&Gathered],
    file: &Utf8Path,
    name: &str,
) -> Result<String, Failure> {
    let gathered = tiers.first().copied();
    let variable = gathered.and_then(|it| it.resolved.get(name));
    let in_file = variable.and_then(|variable| match &variable.origin {
        Origin::File(place) if place.source.path() == file => Some(variable.value.to_string()),
        _ => variable
            .shadowed
            .iter()
            .find(|loser| loser.place.source.path() == file)
            .map(|loser| loser.value.to_string()),
    });
    // The loader of another tier may be the one that sees it.
    let seen = || {
        environments.tiers().iter().find_map(|gathered| {
            let variable = gathered.resolved.get(name)?;
            let place = variable.origin.place()?;
            (place.source.path() == file).then(|| variable.value.to_string())
        })
    };
    // What another environment has of its own begins as what it has in common with development.
    let common = || {
        let mut shared = gathered?.tier.chain(Environment::Development).into_iter();
        if shared.any(|it| it == file) {
            return None;
        }
        let variable = variable?;
        match &variable.origin {
            Origin::File(_) => Some(variable.value.to_string()),
            Origin::Process => Some(variable.shadowed.first()?.value.to_string()),
        }
    };
    in_file.or_else(seen).or_else(common).ok_or_else(|| {
        Failure::usage(format!(
            "{file} sets no {name} of which a part could change"
        ))
        .help(format!("the whole of it: {name}=VALUE"))
    })
}

/// A URL with its new parts; `like` names where the value of those comes from that come without one, and has
/// it.
pub(super) fn with_parts(
    mut url: String,
    parts: &[Part],
    like: Option<(&str, &str)>,
    name: &str,
) -> Result<String, Failure> {
    for (part, value) in parts {
        let (from, value) = match (value.as_deref(), like) {
            (Some("-"), _) => (None, asked(&format!("the {part} of {name}"))?),
            (Some(value), _) => (None, value.to_owned()),
            (None, Some((other, value))) => (Some(other), value.to_owned()),
            (None, None) => (None, String::new()),
        };
        // Of a password that somebody types, nobody knows what it may look like.
        let changed = if from.is_some() && LOGIN.contains(&part.as_str()) && is_url(&value) {
            Err(PartError::WholeUrl(part.clone()))
        } else {
            with_part(&url, part, &value)
        };
        url = changed.map_err(|why| {
            Failure::usage(format!("{name}: {why}")).help(way_out(&why, from, name))
        })?;
    }
    Ok(url)
}

fn is_url(value: &str) -> bool {
    value.contains("://") && Url::parse(value.trim()).is_ok()
}

/// What to type instead; `from` is what `--like` names where the value came from there.
fn way_out(why: &PartError, from: Option<&str>, name: &str) -> String {
    match (why, from) {
        (PartError::WholeUrl(part), Some(other)) if LOGIN.contains(&part.as_str()) => {
            let whole = other.split('#').next().unwrap_or(other);
            format!("--part {part} --like {whole}#{part}")
        }
        (PartError::HostWithPort, _) => "--part host=HOST --part port=PORT".to_owned(),
        (PartError::NoHost, _) => format!("--part host=HOST, or the whole of it: {name}=VALUE"),
        _ => format!("the whole of it: {name}=VALUE"),
    }
}

/// Asks a person, who types without being seen, or reads a line of the input.
pub(super) fn asked(what: &str) -> Result<String, Failure> {
    let answer = if io::stdin().is_terminal() {
        terminal::ask_secretly(&format!("{what}: "))
    } else {
        answer::line().map(Option::unwrap_or_default)
    };
    let answer = answer.unwrap_or_default();
    let answer = answer.trim_end_matches(['\n', '\r']);
    if answer.is_empty() {
        return Err(Failure::usage(format!("nobody gave {what}")).help("run it in a terminal"));
    }
    if is_hint(answer) {
        return Err(
            Failure::usage(format!("in {what}, PASSWORD and HOST stand for yours"))
                .help("type it again, with the password and the host that are meant"),
        );
    }
    Ok(answer.to_owned())
}

/// Whether a URL has words in it by which its parts are told to whoever is asked.
fn is_hint(answer: &str) -> bool {
    is_url(answer)
        && [":PASSWORD@", "@HOST:"]
            .iter()
            .any(|word| answer.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_value_is_none() {
        for hint in [
            "redis://:PASSWORD@HOST:6379/2",
            "redis://:PASSWORD@localhost/2",
        ] {
            assert!(is_hint(hint), "{hint}");
        }
        for value in ["redis://:pw@localhost:6379/2", "PASSWORD", ":PASSWORD@"] {
            assert!(!is_hint(value), "{value}");
        }
    }

    #[test]
    fn a_part_of_a_url_is_told_as_it_is_meant() {
        let of = |part| part_of("redis://me:p%40ss%25@[::1]:6384/2?x=1", part);
        assert_eq!(of("password").as_deref(), Some("p@ss%"));
        assert_eq!(of("user").as_deref(), Some("me"));
        assert_eq!(of("host").as_deref(), Some("::1"));
        assert_eq!(of("port").as_deref(), Some("6384"));
        assert_eq!(of("database").as_deref(), Some("2"));
        assert_eq!(of("x"), None);
        assert_eq!(part_of("redis://localhost", "port"), None);
        let behind = part_of("postgresql://u:one@h/d?password=two", "password");
        assert_eq!(behind.as_deref(), Some("two"));
    }
}
