//! From the text of an answer to a report, whatever its shape; and why a text is none.

use serde_json::{Map, Value};

use crate::diagnostic::{Finding, Rule, Severity};
use crate::system::http::Response;
use crate::text::mask_passwords;

use super::body::{Component, Health, State, field, key, plain};
use super::own::{
    OWN, PART, count, counted, errors, is_silent, is_switched_off, own, said, spoken, state,
};
use super::phrase::is_neutral;
use super::reason::reason;
use super::ways::{DATABASE, REDIS, WORKER};
use super::words::{is_group, is_part, is_setting};

/// It answers, and what it says cannot be read.
pub(super) static UNREADABLE: Rule = Rule {
    code: "health/unreadable",
    severity: Severity::Error,
    summary: "a health report answers 200, and what it says cannot be read",
    text: "\
A status code of 200 is no health: the report itself says it. One that breaks off, is no sound JSON
or never ends says nothing, and comes from a server that is not well. An empty one warns, and fails
with `--strict`; so does a report without a word (`{}`), and a word that nobody knows, as the
`status` of the whole or of a part. All words count: `ok, database down` is not well.

Way out: look at what comes (`curl -si URL`), and at the server's log. A report is read when it says
`{\"status\": \"healthy\"}`, or `degraded`, or `unhealthy`.",
};

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

/// Characters of an unknown word that are shown.
const SHOWN: usize = 40;

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
            Err(_) => spoken(text).map(of),
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
        Ok(Value::Object(object))
            if is_silent(&object) && report(&object).components.is_empty() =>
        {
            return Some(
                finding(format!(
                    "{url} answers {status} with a report that says nothing of its state"
                ))
                .severity(Severity::Warning),
            );
        }
        Ok(_) => return None,
        Err(error) => error,
    };
    let readable = spoken(text).is_some();
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
    let word = |name: &str| {
        let value = field(object, name)?.as_str()?;
        Some(value.to_owned())
    };
    let own = own(object, PART).max(counted(object)).or_else(|| {
        let message = field(object, "message")?.as_str()?;
        spoken(message)
    });
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
        let key = key(name);
        let key = key.as_str();
        let grouped = is_group(name).then(|| group(key, value)).flatten();
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
                .filter_map(|(value, at)| match value {
                    // `database: down`.
                    Value::String(line) => {
                        let (name, word) = line.split_once(':')?;
                        Some(member(name.trim(), &Value::from(word.trim())))
                    }
                    Value::Object(entry) => {
                        let named = NAMES.iter().find_map(|name| field(entry, name)?.as_str());
                        let name = named.map_or_else(|| format!("number {at}"), str::to_owned);
                        Some(member(&name, value))
                    }
                    _ => None,
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
        Value::Bool(_) | Value::Number(_) => part() && is_flag(name),
        _ => false,
    };
    is_one.then_some(found)
}

/// Whether a number is a figure and no answer: how long a queue is, how many workers there are. Only of a part
/// of the stack 0 says that it is not there.
fn is_figure(name: &str, value: &Value) -> bool {
    let plain = plain(name);
    let counts = ["queue", "worker", "connection"];
    let is_answer = value.as_i64().is_some_and(|it| it <= 1);
    counts.iter().any(|it| plain.contains(it)) || is_answer && !is_part(name)
}

fn telling(value: &Value) -> bool {
    match value {
        Value::String(word) => TELLING.contains(&plain(word).as_str()),
        Value::Object(object) => {
            let words = || object.values().all(|it| it.is_string() && telling(it));
            OWN.iter()
                .filter_map(|name| field(object, name))
                .any(telling)
                || !object.is_empty() && words()
        }
        _ => false,
    }
}

/// Whether true and false mean well and not well for a part of the stack: `redis` and
/// `database_connected` do, `cache_enabled` does not.
fn is_flag(name: &str) -> bool {
    let whole = is_part(name);
    let name = plain(name);
    let ends = OWN.iter().chain(PART).any(|end| {
        name.strip_suffix(end)
            .is_some_and(|rest| rest.ends_with('_'))
    });
    whole || ends
}

/// The same of a component, or of the parts that it has itself (`{"db": {"primary": {"status": …}}}`):
/// the worst counts, of those in a group also against a better word of the whole.
fn own_or_within(object: &Map<String, Value>) -> Option<State> {
    if is_switched_off(object) {
        return Some(State::Disabled);
    }
    let own = own(object, PART);
    if own == Some(State::Disabled) {
        return own;
    }
    // Details are settings as often as parts; what they say in the words of a report is meant.
    let details = field(object, "details").and_then(Value::as_object);
    let detailed = details.and_then(|it| super::own::own(it, PART));
    let grouped = object
        .iter()
        .map(|(name, value)| (key(name), value))
        .filter(|(name, _)| is_group(name) && name != "details")
        .filter_map(|(name, value)| group(&name, value))
        .flatten()
        .filter_map(|it| it.state);
    // Several of the same kind, each with a word: `"cluster": {"node1": "up", "node2": "down"}`.
    let told = object
        .iter()
        .filter(|(name, value)| !is_group(name) && value.is_object())
        .filter(|(_, value)| telling(value))
        .filter_map(|(name, value)| component(name, value).state);
    let sick = |state: &State| *state >= State::Degraded;
    let own = own
        .max(grouped.max())
        .max(detailed.filter(sick))
        .max(told.filter(sick).max())
        .max(counted(object));
    own.or_else(|| {
        let parts = object.iter().filter_map(|(name, value)| match value {
            Value::Object(_) => component(name, value).state,
            _ => flat(name, value)?.state,
        });
        parts.max()
    })
    .or_else(|| count(object))
    .or_else(|| spoken(field(object, "message")?.as_str()?))
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
    // `error: connection refused`; before another colon stands an address.
    let behind = || {
        let words = value.as_str()?.trim();
        let (before, behind) = words.split_once(':')?;
        Some(match State::word(&plain(before)) {
            Some(_) => behind.trim(),
            None => words,
        })
    };
    let errors = value.as_object().and_then(errors);
    let state = match value {
        Value::Object(object) => own_or_within(object),
        Value::Number(_) if is_figure(name, value) => None,
        other => state(other),
    };
    Component {
        name: name.to_owned(),
        // What is well, and tells of errors, is not wholly well.
        state: match state {
            Some(State::Healthy) if errors.is_some() => Some(State::Degraded),
            None if errors.is_some() => Some(State::Unhealthy),
            other => other,
        },
        doubt: doubt(value, state),
        message: value
            .as_object()
            .and_then(reason)
            .or_else(|| behind().filter(|it| !it.is_empty()).map(mask_passwords))
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
                    .filter(|(name, _)| is_group(name))
                    .filter_map(|(name, value)| group(&key(name), value))
                    .flatten()
                    .find_map(|it| Some(format!("has {}, which {}", it.name, it.doubt?)))
            };
            own().map(says).or_else(parts)
        }
        _ => None,
    }
}

fn shown(word: &str) -> String {
    mask_passwords(word.trim()).chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests;
