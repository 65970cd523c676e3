//! What a report, or a part in it, says of itself, and of errors beside that.

use serde_json::{Map, Value};

use crate::text::mask_passwords;

use super::body::{State, field, key, plain};
use super::phrase;

/// Where a report speaks of itself. The worst counts.
pub(super) const OWN: &[&str] = &[
    "status", "state", "health", "healthy", "ok", "alive", "ready", "success", "up",
];

/// And where one of its components does, besides, or a report of one thing alone.
pub(super) const PART: &[&str] = &["connected", "available", "reachable", "ping", "result"];

/// Where a status code stands beside other words. A good one says only that there is an answer.
const CODES: &[&str] = &["code", "status_code"];

/// Of the words above those that ask for yes or no: 0 is no.
const QUESTIONS: &[&str] = &[
    "healthy",
    "ok",
    "alive",
    "ready",
    "success",
    "up",
    "connected",
    "reachable",
];

/// What is not used, where it is false.
const SWITCHES: &[&str] = &["enabled", "configured"];

/// What counts parts by how well they are.
const COUNTS: &[&str] = &["summary", "counts", "totals"];

/// And what it calls those that are not.
const SICK: &[&str] = &[
    "unhealthy",
    "down",
    "failed",
    "failing",
    "failures",
    "errors",
];

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

/// Characters of an error that are shown, and of a text that is read as one.
const SHOWN_ERROR: usize = 200;

/// What an object says of itself. What is switched off may well be unconnected, too.
pub(super) fn own(object: &Map<String, Value>, more: &[&str]) -> Option<State> {
    let code = || {
        let mut codes = CODES
            .iter()
            .filter_map(|name| field(object, name)?.as_u64());
        codes
            .any(|it| (400..=599).contains(&it))
            .then_some(State::Unhealthy)
    };
    let said: Vec<State> = object
        .iter()
        .filter_map(|(name, value)| {
            let name = key(name);
            let speaks = OWN.iter().chain(more).any(|known| *known == name);
            speaks.then(|| answer(&name, value)).flatten()
        })
        .chain(code())
        .collect();
    let said = || said.iter().copied();
    said()
        .find(|state| *state == State::Disabled)
        .or_else(|| said().max())
}

/// What stands behind one of the words that a report or a part has for itself.
fn answer(name: &str, value: &Value) -> Option<State> {
    match value {
        Value::Number(number) if QUESTIONS.contains(&name) => match number.as_i64()? {
            0 => Some(State::Unhealthy),
            1 => Some(State::Healthy),
            _ => None,
        },
        // How long it took, how many there are.
        Value::Number(_) if !["status", "state", "health"].contains(&name) => None,
        // 0 is good for some and bad for others.
        Value::Number(number) if number.as_i64().is_none_or(|it| it <= 1) => None,
        other => state(other),
    }
}

/// Whether some are counted that are not well: `"summary": {"healthy": 3, "unhealthy": 1}`.
pub(super) fn counted(object: &Map<String, Value>) -> Option<State> {
    let counts = COUNTS
        .iter()
        .filter_map(|name| field(object, name)?.as_object());
    counts.filter_map(count).max()
}

/// The same of what counts.
pub(super) fn count(counts: &Map<String, Value>) -> Option<State> {
    let sick = SICK.iter().filter_map(|name| field(counts, name)?.as_u64());
    sick.max().filter(|it| *it > 0).map(|_| State::Unhealthy)
}

/// Whether it is told to be not used, in yes and no.
pub(super) fn is_switched_off(object: &Map<String, Value>) -> bool {
    let mut switches = SWITCHES.iter().filter_map(|name| field(object, name));
    switches.any(|it| match it {
        Value::Bool(on) => !on,
        Value::String(word) => word.trim().eq_ignore_ascii_case("false"),
        _ => false,
    })
}

pub(super) fn state(value: &Value) -> Option<State> {
    match value {
        Value::Bool(true) => Some(State::Healthy),
        Value::Bool(false) => Some(State::Unhealthy),
        Value::String(word) => phrase::state(word),
        // Some repeat the status code; others have 1 for yes.
        Value::Number(number) => match number.as_i64()? {
            200..=299 | 1 => Some(State::Healthy),
            400..=599 | ..=0 => Some(State::Unhealthy),
            _ => None,
        },
        Value::Array(list) => list.iter().filter_map(state).max(),
        _ => None,
    }
}

/// What a text says that is no JSON: a few words. A page or a file that breaks off has words, too.
pub(super) fn spoken(text: &str) -> Option<State> {
    let is_short = text.len() <= SHOWN_ERROR && !text.starts_with(['{', '[', '<']);
    is_short.then(|| phrase::state(text)).flatten()
}

/// Whether there is nothing in a report, or nothing where it speaks of itself: `{"status": ""}`.
pub(super) fn is_silent(object: &Map<String, Value>) -> bool {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(word) => word.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    let mut words = ["status", "state", "health"]
        .iter()
        .filter_map(|name| field(object, name));
    object.is_empty() || words.any(is_empty)
}

/// The word that an object says of itself.
pub(super) fn said(object: &Map<String, Value>) -> Option<&str> {
    ["status", "state", "health"]
        .into_iter()
        .find_map(|name| field(object, name)?.as_str())
}

/// The first of the errors that are told of.
pub(super) fn errors(object: &Map<String, Value>) -> Option<String> {
    let told = ERRORS
        .iter()
        .find_map(|name| first_text(field(object, name)?))?;
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
