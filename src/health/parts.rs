//! The parts that a report speaks of, wherever they stand in it.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::env::mask_told_as;

use super::body::{Component, State, field, key, plain};
use super::own::{
    ASKED, OWN, PART, count, counted, figure, is_switched_off, own, said, spoken, state,
};
use super::phrase::is_neutral;
use super::reason::{self, errors, reason};
use super::shown;
use super::ways::{DATABASE, REDIS, WORKER};
use super::words::{is_group, is_part, is_past, is_setting};

/// What an entry of a list calls itself.
pub(super) const NAMES: &[&str] = &["name", "id", "component", "service", "key"];

/// What a list calls itself that has an entry for each of several of the same kind.
const INSTANCES: &[&str] = &[
    "nodes",
    "replicas",
    "shards",
    "instances",
    "members",
    "hosts",
    "servers",
    "brokers",
    "disks",
];

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

/// What tells how many workers there are.
const FIGURES: &[&str] = &[
    "count",
    "total",
    "online",
    "active",
    "idle",
    "busy",
    "running",
    "available",
    "alive",
    "ready",
    "registered",
    "connected",
    "size",
    "length",
];

/// Characters of an unknown word that are shown.
const SHOWN: usize = 40;

/// What its members say in words that nobody knows counts only where they stand for parts.
pub(super) fn group(key: &str, value: &Value) -> Option<Vec<Component>> {
    let member = |name: &str, value: &Value| {
        let found = component(name, value);
        let counts = match key {
            "details" => is_part(name),
            _ => !is_setting(name),
        };
        Component {
            doubt: found.doubt.filter(|_| counts),
            ..found
        }
    };
    // Results are also of other things than checks, which have no state.
    let is_meant = |value: &Value| key != "results" || speaks(value) || telling(value);
    match value {
        Value::Object(group) => Some(
            group
                .iter()
                .filter(|(_, value)| is_meant(value))
                .map(|(name, value)| member(name, value))
                .collect(),
        ),
        Value::Array(list) => Some(
            list.iter()
                .zip(1..)
                .filter(|(value, _)| is_meant(value))
                .filter_map(|(value, at)| match value {
                    // `database: down`.
                    Value::String(line) => {
                        let (name, word) = line.split_once(':')?;
                        Some(member(name.trim(), &Value::from(word.trim())))
                    }
                    Value::Object(entry) => {
                        let named = NAMES.iter().find_map(|name| field(entry, name)?.as_str());
                        // `{"redis": {"status": "down"}}`.
                        let (named, value) = match (named, alone(entry)) {
                            (None, Some((name, value))) => (Some(name), value),
                            (named, _) => (named, value),
                        };
                        let name = named.map_or_else(|| format!("number {at}"), str::to_owned);
                        Some(member(&name, value))
                    }
                    _ => None,
                })
                .filter(|it| it.state.is_some() || it.doubt.is_some() || !is_numbered(&it.name))
                .collect(),
        ),
        _ => None,
    }
}

/// A group whose name nobody knows: each of its members says of itself how well it is, and one in a word that
/// leaves no doubt what of. What was counts for nothing.
pub(super) fn unnamed_group(name: &str, value: &Value) -> Option<Vec<Component>> {
    let members: Vec<&Value> = match value {
        Value::Object(group) => group.values().collect(),
        Value::Array(list) => {
            let named = |it: &Value| NAMES.iter().any(|name| it.get(*name).is_some());
            list.iter().all(named).then(|| list.iter().collect())?
        }
        _ => return None,
    };
    let key = key(name);
    let is_one = !is_past(name)
        && !is_part(name)
        && members.iter().all(|it| speaks(it))
        && members.iter().any(|it| telling(it));
    is_one.then(|| group(&key, value)).flatten()
}

/// The one part that an entry of a list is about, where its name is all that stands there.
fn alone(entry: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, value) = entry.iter().next().filter(|_| entry.len() == 1)?;
    let is_words = OWN.iter().chain(PART).any(|known| *known == key(name));
    let is_named = value.is_object() || is_part(name) && value.is_string();
    (is_named && !is_words && !is_group(name)).then_some((name, value))
}

/// Whether a list has an entry for each of several of the same kind, of which one says how well it is.
fn is_listed(name: &str, list: &[Value]) -> bool {
    let is_named = || {
        let key = key(name);
        let word = key.rsplit('_').next().unwrap_or_default();
        INSTANCES.contains(&word) && list.iter().any(speaks)
    };
    !list.is_empty()
        && !is_past(name)
        && list.iter().all(Value::is_object)
        && (list.iter().any(telling_within) || is_named())
}

/// Whether what stands under a name tells of parts that it has, however deep, in words that leave no doubt.
fn has_parts(name: &str, value: &Value) -> bool {
    match value {
        Value::Array(list) => is_listed(name, list),
        Value::Object(_) => telling_within(value),
        _ => false,
    }
}

/// The same of an object that may itself say how well it is.
fn telling_within(value: &Value) -> bool {
    let within = |it: &Map<String, Value>| {
        it.iter()
            .any(|(name, value)| !is_past(name) && has_parts(name, value))
    };
    telling(value) || value.as_object().is_some_and(within)
}

/// Whether an object says of itself how well it is.
fn speaks(value: &Value) -> bool {
    value.as_object().is_some_and(|it| own(it, &[]).is_some())
}

/// One of each name: two groups may tell of it, one in a word and the other why. The worse counts, unless it is
/// switched off.
pub(super) fn merged(all: Vec<Component>) -> Vec<Component> {
    let mut merged: Vec<Component> = Vec::with_capacity(all.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for it in all {
        let place = places.entry(key(&it.name)).or_insert(merged.len());
        match merged.get_mut(*place).filter(|_| !is_numbered(&it.name)) {
            None => merged.push(it),
            Some(known) => {
                let (worse, other) = if it.state > known.state {
                    (it, known.clone())
                } else {
                    (known.clone(), it)
                };
                let both = [worse.state, other.state];
                let state = if both.contains(&Some(State::Disabled)) {
                    Some(State::Disabled)
                } else {
                    worse.state
                };
                let doubt = worse.doubt.or(other.doubt);
                *known = Component {
                    name: known.name.clone(),
                    state,
                    // A word that nobody knows makes nothing bad better.
                    doubt: doubt.filter(|_| state < Some(State::Degraded)),
                    message: worse.message.or(other.message),
                };
            }
        }
    }
    merged
}

/// Whether it has no name but its place in a list.
fn is_numbered(name: &str) -> bool {
    name.starts_with("number ")
}

/// A component that stands beside the report's own words: `{"status": "ok", "redis": "down"}`. There
/// settings stand, too, so that it needs a name or a word that leaves no doubt.
pub(super) fn flat(name: &str, value: &Value) -> Option<Component> {
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
        Value::Array(list) => is_listed(name, list),
        Value::Null => false,
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

/// Whether what is said leaves no doubt that it is said of how well something is.
pub(super) fn telling(value: &Value) -> bool {
    match value {
        Value::String(word) => TELLING.contains(&plain(word).as_str()),
        Value::Object(object) => {
            let words = || object.values().all(|it| it.is_string() && telling(it));
            let is_asked = || field(object, "healthy").is_some_and(Value::is_boolean);
            OWN.iter()
                .filter_map(|name| field(object, name))
                .any(telling)
                || is_asked()
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
    let ends = OWN.iter().chain(PART).chain(ASKED).any(|end| {
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
    // Several of the same kind, each with a word: `"cluster": {"node1": "up", "node2": "down"}`; Spring has them
    // among its details.
    let told = object
        .iter()
        .chain(details.into_iter().flatten())
        .filter(|(name, value)| !is_group(name) && has_parts(name, value))
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
    if let Some(list) = value.as_array().filter(|it| !it.is_empty()) {
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
    // What is well, and tells of errors, is not wholly well.
    let judged = match state {
        Some(State::Healthy) if errors.is_some() => Some(State::Degraded),
        None if errors.is_some() => Some(State::Unhealthy),
        other => other,
    };
    Component {
        name: reason::shown(name),
        state: judged,
        // A word that nobody knows makes nothing bad better.
        doubt: doubt(name, value, state).filter(|_| judged < Some(State::Degraded)),
        message: value
            .as_object()
            .and_then(reason)
            .or_else(|| {
                let behind = behind().filter(|it| !it.is_empty())?;
                Some(reason::shown(&mask_told_as(name, behind)))
            })
            .or(errors),
    }
}

/// Whether a name counts workers: that none are there may be how it is, and may be what is wrong.
fn is_workers(name: &str) -> bool {
    matches!(
        key(name).as_str(),
        "workers"
            | "celery_workers"
            | "active_workers"
            | "online_workers"
            | "workers_online"
            | "worker_count"
            | "workers_count"
    )
}

/// Whether a part is nothing without workers.
fn is_named_for_workers(name: &str) -> bool {
    let name = plain(name);
    ["celery", "worker"].iter().any(|it| name.contains(it))
}

/// Whether all figures of workers are 0, of those that tell how many there are: `{"count": 0}`.
fn counts_none(workers: &Map<String, Value>) -> bool {
    let all = FIGURES.iter().filter_map(|name| field(workers, name));
    let mut all = all.filter_map(Value::as_u64).peekable();
    all.peek().is_some() && all.all(|it| it == 0)
}

/// What is said in a word that nobody knows, of a component that is `state` otherwise, or of a part of it.
fn doubt(name: &str, value: &Value, state: Option<State>) -> Option<String> {
    let says = |word: &str| format!("says `{}`", shown(word));
    match (value, state) {
        (Value::Number(many), None) if is_workers(name) && many.as_u64() == Some(0) => {
            Some(says("0"))
        }
        (Value::Array(list), None) if is_workers(name) && list.is_empty() => Some(says("[]")),
        (Value::String(word), None) => (!is_neutral(word)).then(|| says(&mask_told_as(name, word))),
        (Value::Object(object), None | Some(State::Healthy)) => {
            let word = said(object).filter(|word| !is_neutral(word));
            let own = || word.map(str::to_owned).or_else(|| figure(object));
            // `"celery": {"workers": []}`, `{}` or `0`.
            let none = || {
                let mut all = object.iter().filter(|(name, _)| is_workers(name));
                let is_none = all.any(|(_, it)| match it {
                    Value::Array(list) => list.is_empty(),
                    Value::Object(named) => named.is_empty() || counts_none(named),
                    other => other.as_u64() == Some(0),
                });
                let is_none = is_none || is_workers(name) && counts_none(object);
                is_none.then(|| "tells of no workers".to_owned())
            };
            let parts = || {
                object
                    .iter()
                    .filter(|(name, _)| is_group(name))
                    .filter_map(|(name, value)| group(&key(name), value))
                    .flatten()
                    .find_map(|it| Some(format!("has {}, which {}", it.name, it.doubt?)))
            };
            let own = || own().map(|it| says(&it)).or_else(none);
            // A good word is none where nobody is there to do the work.
            let well_without = || is_named_for_workers(name).then(none).flatten();
            match state {
                None => own(),
                Some(_) => well_without(),
            }
            .or_else(parts)
        }
        _ => None,
    }
}

pub(super) fn shown(word: &str) -> String {
    shown::shown(word, SHOWN)
}
