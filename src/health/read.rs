//! From the text of an answer to a report, whatever its shape; and why a text is none.

use serde_json::{Map, Value};

use crate::diagnostic::{Finding, Rule, Severity};
use crate::system::http::Response;
use crate::text::mask_passwords;

use super::body::{Component, Health, State, plain};
use super::ways::{DATABASE, REDIS, WORKER};
use super::words::{is_neutral, is_part, is_setting};

/// It answers, and what it says cannot be read.
pub(super) static UNREADABLE: Rule = Rule {
    code: "health/unreadable",
    severity: Severity::Error,
    summary: "a health report answers 200, and what it says cannot be read",
    text: "\
A status code of 200 is no health: the report itself says it. One that breaks off, is no sound JSON
or never ends says nothing, and comes from a server that is not well. An empty one warns, and fails
with `--strict`; so does a word that nobody knows, as the `status` of the whole or of a part.

Way out: look at what comes (`curl -si URL`), and at the server's log. A report is read when it says
`{\"status\": \"healthy\"}`, or `degraded`, or `unhealthy`.",
};

/// Where a report speaks of itself. The worst counts.
const OWN: &[&str] = &[
    "status", "state", "health", "healthy", "ok", "alive", "ready", "success", "up",
];

/// And where one of its components does, besides.
const PART: &[&str] = &["connected", "available", "reachable"];

/// What holds components.
const GROUPS: &[&str] = &[
    "components",
    "checks",
    "dependencies",
    "services",
    "details",
    "entries",
];

/// What an entry of a list calls itself.
const NAMES: &[&str] = &["name", "id", "component", "service", "key"];

/// What a report is wrapped in: frameworks do it with all that is raised (`{"detail": {"status": …}}`)
/// or answered.
const ENVELOPES: &[&str] = &["detail", "data", "health", "status", "result", "payload"];

/// Words that are said of nothing else than health, so that any name may have them: `"log_level":
/// "error"` is no component.
const TELLING: &[&str] = &[
    "healthy",
    "unhealthy",
    "degraded",
    "up",
    "down",
    "connected",
    "disconnected",
    "unavailable",
    "unreachable",
    "out_of_service",
    "not_serving",
];

/// Words that answer a question: about what, the name beside them tells.
const ANSWERS: &[&str] = &["yes", "no", "true", "false", "on", "off"];

/// Where a report tells of errors beside its word.
const ERRORS: &[&str] = &["errors", "error", "failures", "problems"];

/// What stands there where there is none.
const NO_ERRORS: &[&str] = &[
    "",
    "none",
    "null",
    "no",
    "ok",
    "false",
    "0",
    "-",
    "no_error",
    "no_errors",
    "n/a",
];

/// Characters of an unknown word that are shown.
const SHOWN: usize = 40;

/// And of an error.
const SHOWN_ERROR: usize = 200;

impl Health {
    /// Reads a report; none when the text is neither JSON nor a word of health.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = bare(text);
        let of = |state| Self {
            state: Some(state),
            ..Self::default()
        };
        match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Some(report(&object)),
            Ok(list @ Value::Array(_)) => Some(Self {
                components: group("", &list)?,
                ..Self::default()
            }),
            Ok(Value::Number(_)) => None,
            Ok(value) => state(&value).map(of),
            Err(_) => State::of(text).map(of),
        }
    }

    /// With what its envelope has: of the two words, the worse.
    fn within(mut self, inner: Self) -> Self {
        self.state = self.state.max(inner.state);
        self.unknown = self.unknown.or(inner.unknown);
        self.errors = self.errors.or(inner.errors);
        self.version = self.version.or(inner.version);
        self.environment = self.environment.or(inner.environment);
        self.components.extend(inner.components);
        self
    }
}

/// Why a report that came with a good status code cannot be read; none where it is readable, or
/// does not look like a report.
pub(super) fn unreadable(response: &Response) -> Option<Finding> {
    let url = &response.url;
    let status = response.status;
    let finding = |message: String| Finding::new(&UNREADABLE, message);
    if response.is_cut() {
        return Some(finding(format!(
            "{url} answers {status} with a body that does not end"
        )));
    }
    let text = bare(&response.body);
    // 204 says that there is none.
    if text.is_empty() {
        return (status != 204).then(|| {
            finding(format!(
                "{url} answers {status} with an empty body, which says nothing of its health"
            ))
            .severity(Severity::Warning)
        });
    }
    if let Some(how) = is_compressed(response) {
        return Some(finding(format!(
            "{url} answers {status} with a body that is compressed ({how}), which nobody asked for"
        )));
    }
    let json = text.starts_with(['{', '['])
        || response
            .header("content-type")
            .is_some_and(|kind| kind.contains("json"));
    let error = match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(_) | Value::Null | Value::Number(_))
            if Health::parse(text).is_none_or(|it| it.components.is_empty()) =>
        {
            return Some(
                finding(format!(
                    "{url} answers {status} with JSON that says nothing of its health"
                ))
                .severity(Severity::Warning),
            );
        }
        Ok(_) => return None,
        Err(error) => error,
    };
    let readable = State::of(text).is_some();
    (json && !readable).then(|| {
        let why = if error.is_eof() {
            "that breaks off in the middle".to_owned()
        } else {
            format!("that is no sound JSON: {error}")
        };
        finding(format!("{url} answers {status} with a report {why}"))
    })
}

/// How a body is compressed that was not to be: it was not read.
pub(super) fn is_compressed(response: &Response) -> Option<&str> {
    let how = response.header("content-encoding")?.trim();
    (!how.is_empty() && !how.eq_ignore_ascii_case("identity")).then_some(how)
}

/// A text without the mark that Windows programs put before it.
fn bare(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim()
}

fn report(object: &Map<String, Value>) -> Health {
    let word = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let own = own(object, &[]);
    let mut health = Health {
        state: own,
        unknown: said(object)
            .filter(|word| own.is_none() && !word.trim().is_empty())
            .map(shown),
        errors: errors(object),
        version: word("version"),
        environment: word("environment"),
        components: Vec::new(),
    };
    for (name, value) in object {
        let key = name.as_str();
        let grouped = GROUPS.contains(&key).then(|| group(key, value)).flatten();
        match (grouped, value) {
            (Some(components), _) => health.components.extend(components),
            (None, Value::Object(inner)) if ENVELOPES.contains(&key) => {
                health = health.within(report(inner));
            }
            _ if OWN.contains(&key) => {}
            _ => health.components.extend(flat(name, value)),
        }
    }
    if health.state.is_some() {
        health.unknown = None;
    }
    health
}

/// What its members say in words that nobody knows counts only where they stand for parts.
fn group(key: &str, value: &Value) -> Option<Vec<Component>> {
    let member = |name: &str, value: &Value| {
        let found = component(name, value);
        let counts = if key == "details" {
            is_part(name)
        } else {
            !is_setting(name)
        };
        Component {
            doubt: found.doubt.filter(|_| counts),
            ..found
        }
    };
    match value {
        Value::Object(group) => Some(
            group
                .iter()
                .map(|(name, value)| member(name, value))
                .collect(),
        ),
        Value::Array(list) => Some(
            list.iter()
                .zip(1..)
                .filter(|(value, _)| value.is_object())
                .map(|(value, at)| {
                    let named = NAMES.iter().find_map(|name| value.get(*name)?.as_str());
                    let name = named.map_or_else(|| format!("number {at}"), str::to_owned);
                    member(&name, value)
                })
                .filter(|it| {
                    it.state.is_some() || it.doubt.is_some() || !it.name.starts_with("number ")
                })
                .collect(),
        ),
        _ => None,
    }
}

/// A component that stands beside the report's own words: `{"status": "ok", "redis": "down"}`. There
/// settings stand, too, so that it needs a name or a word that leaves no doubt.
fn flat(name: &str, value: &Value) -> Option<Component> {
    let found = component(name, value);
    if found.state.is_none() {
        return Some(found).filter(|it| it.doubt.is_some() && is_part(name));
    }
    let part = || {
        let named = || {
            [DATABASE, REDIS, WORKER]
                .iter()
                .any(|words| found.is(words))
        };
        named() || is_part(name)
    };
    let is_one = match value {
        Value::String(word) if ANSWERS.contains(&plain(word).as_str()) => part() && is_flag(name),
        Value::String(_) | Value::Object(_) => part() || telling(value),
        Value::Bool(_) => part() && is_flag(name),
        _ => false,
    };
    is_one.then_some(found)
}

fn telling(value: &Value) -> bool {
    match value {
        Value::String(word) => TELLING.contains(&word.trim().to_ascii_lowercase().as_str()),
        Value::Object(object) => OWN.iter().filter_map(|name| object.get(*name)).any(telling),
        _ => false,
    }
}

/// Whether true and false mean well and not well for a part of the stack: `redis` and
/// `database_connected` do, `cache_enabled` does not.
fn is_flag(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let whole = is_part(&name);
    let ends = OWN.iter().chain(PART).any(|end| {
        name.strip_suffix(end)
            .is_some_and(|rest| rest.ends_with(['_', '-']))
    });
    whole || ends
}

/// What an object says of itself. What is switched off may well be unconnected, too.
fn own(object: &Map<String, Value>, more: &[&str]) -> Option<State> {
    let said = || {
        OWN.iter()
            .chain(more)
            .filter_map(|name| state(object.get(*name)?))
    };
    said()
        .find(|state| *state == State::Disabled)
        .or_else(|| said().max())
}

/// The same of a component, or of the parts that it has itself (`{"db": {"primary": {"status": …}}}`):
/// the worst counts, of those in a group also against a better word of the whole.
fn own_or_within(object: &Map<String, Value>) -> Option<State> {
    let own = own(object, PART);
    if own == Some(State::Disabled) {
        return own;
    }
    // Details are settings as often as parts.
    let grouped = object
        .iter()
        .filter(|(name, _)| GROUPS.contains(&name.as_str()) && *name != "details")
        .filter_map(|(key, value)| group(key, value))
        .flatten()
        .filter_map(|it| it.state);
    own.max(grouped.max()).or_else(|| {
        let parts = object.iter().filter_map(|(name, value)| match value {
            Value::Object(_) => component(name, value).state,
            _ => flat(name, value)?.state,
        });
        parts.max()
    })
}

fn state(value: &Value) -> Option<State> {
    match value {
        Value::Bool(true) => Some(State::Healthy),
        Value::Bool(false) => Some(State::Unhealthy),
        Value::String(word) => State::of(word),
        // Some repeat the status code.
        Value::Number(number) => match number.as_u64()? {
            200..=299 => Some(State::Healthy),
            400..=599 => Some(State::Unhealthy),
            _ => None,
        },
        _ => None,
    }
}

fn component(name: &str, value: &Value) -> Component {
    // Some give a list for each: one entry, or one for each instance, of which the worst counts.
    if let Some(list) = value.as_array() {
        let all = list.iter().map(|value| component(name, value));
        return all
            .max_by_key(|it| {
                let sick = it.state.filter(|state| *state >= State::Degraded);
                (sick, it.doubt.is_some(), it.state)
            })
            .unwrap_or_else(|| component(name, &Value::Null));
    }
    let beside = || {
        ["message", "error", "detail", "output"]
            .iter()
            .find_map(|name| value.get(name)?.as_str())
    };
    // `error: connection refused`.
    let behind = || Some(value.as_str()?.split_once(':')?.1.trim());
    let errors = value.as_object().and_then(errors);
    let state = match value {
        Value::Object(object) => own_or_within(object),
        other => state(other),
    };
    Component {
        name: name.to_owned(),
        // What is well, and tells of errors, is not wholly well.
        state: match state {
            Some(State::Healthy) if errors.is_some() => Some(State::Degraded),
            other => other,
        },
        doubt: doubt(value, state),
        message: beside()
            .or_else(behind)
            .filter(|text| !text.is_empty())
            // Drivers tell whole URLs, with whatever is in them.
            .map(mask_passwords)
            .or(errors),
    }
}

/// What is said in a word that nobody knows, of a component that is `state` otherwise, or of a part of it.
fn doubt(value: &Value, state: Option<State>) -> Option<String> {
    let says = |word: &str| format!("says `{}`", shown(word));
    match (value, state) {
        (Value::String(word), None) => (!is_neutral(word)).then(|| says(word)),
        (Value::Object(object), None | Some(State::Healthy)) => {
            let own = || said(object).filter(|word| state.is_none() && !is_neutral(word));
            let parts = || {
                object
                    .iter()
                    .filter(|(key, _)| GROUPS.contains(&key.as_str()))
                    .filter_map(|(key, value)| group(key, value))
                    .flatten()
                    .find_map(|it| Some(format!("has {}, which {}", it.name, it.doubt?)))
            };
            own().map(says).or_else(parts)
        }
        _ => None,
    }
}

/// The word that an object says of itself.
fn said(object: &Map<String, Value>) -> Option<&str> {
    ["status", "state", "health"]
        .into_iter()
        .find_map(|name| object.get(name)?.as_str())
}

fn shown(word: &str) -> String {
    mask_passwords(word.trim()).chars().take(SHOWN).collect()
}

/// The first of the errors that are told of.
fn errors(object: &Map<String, Value>) -> Option<String> {
    let told = ERRORS
        .iter()
        .find_map(|name| first_text(object.get(*name)?))?;
    Some(mask_passwords(told).chars().take(SHOWN_ERROR).collect())
}

fn first_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => {
            Some(text.trim()).filter(|it| !NO_ERRORS.contains(&plain(it).as_str()))
        }
        Value::Array(list) => list.iter().find_map(first_text),
        Value::Object(object) => object.values().find_map(first_text),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
