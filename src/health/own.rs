//! What a report, or a part in it, says of itself.

use serde_json::{Map, Value};

use super::body::{State, field, key, plain};
use super::phrase;
use super::words::{is_group, is_none};

/// Where a report speaks of itself. The worst counts.
pub(super) const OWN: &[&str] = &[
    "status", "state", "health", "healthy", "ok", "alive", "ready", "success", "up",
];

/// And where one of its components does, besides, or a report of one thing alone.
pub(super) const PART: &[&str] = &["connected", "available", "reachable", "ping", "result"];

/// And where one does so in yes and no alone: as words they may be anything, as numbers they count.
pub(super) const ASKED: &[&str] = &[
    "passed",
    "passing",
    "operational",
    "online",
    "accessible",
    "responding",
    "serving",
    "working",
];

/// What stands before such a word where it is said of all parts: `allHealthy`.
const ALL: &[&str] = &["all_", "overall_"];

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

/// What says something bad by its name where the answer is yes: `"degraded": true`. That of `critical` tells
/// how much depends on it.
const CONFESSED: &[&str] = &[
    "unhealthy",
    "degraded",
    "down",
    "failed",
    "failing",
    "error",
    "has_errors",
    "offline",
    "unavailable",
    "unreachable",
    "disconnected",
    "broken",
    "out_of_service",
    "maintenance",
    "maintenance_mode",
    "in_maintenance",
    "under_maintenance",
];

/// Characters of a text that is read as a word.
const LONGEST: usize = 200;

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
            let name = of_all(&name);
            let speaks = OWN.iter().chain(more).any(|known| *known == name)
                || ASKED.contains(&name) && value.is_boolean();
            let answer = speaks.then(|| answer(name, value)).flatten();
            answer.or_else(|| confessed(name, value))
        })
        .chain(code())
        .collect();
    let said = || said.iter().copied();
    said()
        .find(|state| *state == State::Disabled)
        .or_else(|| said().max())
}

/// Whether a report speaks of itself under this name.
pub(super) fn is_own(name: &str) -> bool {
    OWN.contains(&of_all(name))
}

/// The word that a name has for the whole: `all_healthy` is `healthy` of all.
fn of_all(name: &str) -> &str {
    let mut rests = ALL.iter().filter_map(|all| name.strip_prefix(all));
    rests.next().unwrap_or(name)
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

/// What a name says that its value says yes to: `"degraded": true`, `"failed_checks": ["db"]`.
pub(super) fn confessed(name: &str, value: &Value) -> Option<State> {
    let counts = is_group(name);
    let word = match name.split_once('_') {
        Some((first, _)) if counts => first,
        _ => name,
    };
    // `has_errors` is no word.
    let state = State::word(word).unwrap_or(State::Unhealthy);
    // Of these it may be a reason, too, and how many they are.
    let is_more = counts || matches!(name, "unhealthy" | "degraded");
    let is_list = is_more || matches!(name, "down" | "failed" | "failing");
    let is_yes = match value {
        Value::Bool(yes) => *yes,
        Value::String(text) => match plain(text).as_str() {
            "true" | "yes" | "on" => true,
            _ => is_more && !is_none(text),
        },
        Value::Number(many) => is_more && many.as_f64() > Some(0.0),
        Value::Array(list) => is_list && list.iter().any(Value::is_string),
        Value::Null | Value::Object(_) => false,
    };
    (is_yes && CONFESSED.contains(&word)).then_some(state)
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
    let is_short = text.len() <= LONGEST && !text.starts_with('<') && !is_json(text);
    is_short.then(|| phrase::state(text)).flatten()
}

/// Whether such a text leaves a doubt.
pub(super) fn is_doubtful(text: &str) -> bool {
    let is_short = text.len() <= LONGEST && !text.starts_with('<') && !is_json(text);
    is_short && phrase::is_doubtful(text)
}

/// Whether a text is JSON by how it begins, sound or not: `[+]ping ok` and `[OK] all is well` are none.
pub(super) fn is_json(text: &str) -> bool {
    let Some(list) = text.strip_prefix('[').map(str::trim_start) else {
        return text.starts_with('{');
    };
    if list.is_empty() || list.starts_with(['"', '\'', '{', '[', ']']) {
        return true;
    }
    let end = list.find(|it: char| it.is_whitespace() || matches!(it, ',' | ']'));
    let (value, behind) = list.split_at(end.unwrap_or(list.len()));
    let behind = behind.trim_start();
    let is_value = matches!(value, "true" | "false" | "null") || value.parse::<f64>().is_ok();
    is_value && (behind.is_empty() || behind == "]" || behind.starts_with(','))
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

/// What an object says of itself in a number that nobody knows: 0 is good for some and bad for others. 1 is good
/// for most.
pub(super) fn figure(object: &Map<String, Value>) -> Option<String> {
    let number = |name: &str| {
        let value = field(object, name)?;
        let number = value.as_number()?;
        // How well it is may be told in percent.
        let is_meant = name != "health" || number.as_i64() == Some(0);
        let is_told = number.as_i64() == Some(1) || answer(name, value).is_some();
        (is_meant && !is_told).then(|| number.to_string())
    };
    ["status", "state", "health"].into_iter().find_map(number)
}

/// The word that an object says of itself.
pub(super) fn said(object: &Map<String, Value>) -> Option<&str> {
    ["status", "state", "health"]
        .into_iter()
        .find_map(|name| field(object, name)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_json_is_told_from_a_mark() {
        for json in [
            "{", "[", "[]", "[ {", "[\"a", "[1, 2]", "[-1]", "[true", "[\n 1,",
        ] {
            assert!(is_json(json), "{json}");
        }
        for text in [
            "",
            "ok",
            "[+]ping ok",
            "[-]db failed",
            "[OK] fine",
            "[ok]",
            "[200] OK",
        ] {
            assert!(!is_json(text), "{text}");
        }
    }

    #[test]
    fn a_bad_name_counts_where_the_answer_is_yes() {
        let of = |text: &str| own(serde_json::from_str::<Value>(text).ok()?.as_object()?, &[]);
        for (text, state) in [
            (r#"{"status":"ok","degraded":true}"#, State::Degraded),
            (r#"{"status":"ok","isDegraded":"yes"}"#, State::Degraded),
            (r#"{"status":"ok","degraded":["cache"]}"#, State::Degraded),
            (
                r#"{"status":"ok","degraded":"cache cold"}"#,
                State::Degraded,
            ),
            (r#"{"status":"ok","unhealthy":1}"#, State::Unhealthy),
            (r#"{"status":"ok","has_errors":true}"#, State::Unhealthy),
            (r#"{"status":"ok","error":true}"#, State::Unhealthy),
            (r#"{"status":"ok","failed":["db"]}"#, State::Unhealthy),
            (r#"{"status":"ok","failedChecks":2}"#, State::Unhealthy),
            (
                r#"{"status":"ok","error":["x"],"offline":["w"]}"#,
                State::Healthy,
            ),
            (
                r#"{"status":"ok","degraded_services":["db"]}"#,
                State::Degraded,
            ),
            (
                r#"{"status":"ok","failed_checks":[],"down_services":0}"#,
                State::Healthy,
            ),
            (
                r#"{"status":"ok","disabled_services":["db"]}"#,
                State::Healthy,
            ),
            (
                r#"{"status":"ok","degraded":false,"down":"no"}"#,
                State::Healthy,
            ),
            (
                r#"{"status":"ok","degraded":"none","unhealthy":0}"#,
                State::Healthy,
            ),
            (
                r#"{"status":"ok","degraded":[],"failed":3}"#,
                State::Healthy,
            ),
            (r#"{"status":"ok","critical":true}"#, State::Healthy),
        ] {
            assert_eq!(of(text), Some(state), "{text}");
        }
        assert_eq!(of(r#"{"degraded":false}"#), None);
    }
}
