//! Why the whole or a part of it is not well, in its own words, and the errors that it tells of beside its word.

use serde_json::{Map, Value};

use crate::env::mask_told_as;

use super::body::{State, field, key, plain};
use super::own::{OWN, PART, confessed, own, said, spoken};
use super::shown;
use super::words::{is_group, is_none, is_past, is_setting};

/// Where is told what happened.
const TOLD: &[&str] = &[
    "message",
    "messages",
    "msg",
    "error",
    "error_message",
    "err",
    "cause",
    "exception",
    "detail",
    "output",
    "reason",
    "reasons",
    "notification_message",
    "short_summary",
];

/// And how such names end: `degraded_reasons`.
const ENDS: &[&str] = &["_reason", "_reasons"];

/// And where a part tells what it is, which says little beside the others.
const DESCRIBED: &[&str] = &["description"];

/// What holds more about it: Spring has the exception in its `details`.
const MORE: &[&str] = &["details", "data"];

/// What an entry of a list is called.
const CALLED: &[&str] = &["name", "id", "host", "node", "instance", "address", "key"];

/// Where a report tells of errors beside its word.
const ERRORS: &[&str] = &["errors", "error", "failures", "problems"];

/// Characters that are shown: an exception may bring its whole stack along.
const SHOWN: usize = 200;

/// Of several reasons, how many are shown.
const SEVERAL: usize = 4;

/// What is said about a part: beside its state, among its details, or by those of its own parts that are
/// not well.
pub(super) fn reason(part: &Map<String, Value>) -> Option<String> {
    told(part).map(|it| shown(&it))
}

/// What is said about the whole, beside its word.
pub(super) fn of_whole(report: &Map<String, Value>) -> Option<String> {
    let reason =
        text(report, TOLD).filter(|it| said(report).is_none_or(|word| plain(word) != plain(it)));
    reason.map(|it| shown(&it))
}

/// What stands in a group: the words about the whole, which are no parts, and the group without them.
pub(super) fn apart(group: &Value) -> (Map<String, Value>, Value) {
    let Value::Object(all) = group else {
        return (Map::new(), group.clone());
    };
    let has_parts = |value: &Value| match value {
        Value::Object(_) => true,
        Value::Array(list) => list.iter().any(Value::is_object),
        _ => false,
    };
    let is_words = |name: &str, value: &Value| {
        let name = key(name);
        let lists = [TOLD, DESCRIBED, ERRORS];
        let is_known = lists.iter().any(|names| names.contains(&name.as_str()))
            || ENDS.iter().any(|end| name.ends_with(end));
        is_known && !has_parts(value)
    };
    let both = all.clone().into_iter();
    let (words, parts) = both.partition(|(name, value)| is_words(name, value));
    (words, Value::Object(parts))
}

/// What is told that says by its words that something is not well.
pub(super) fn bad(object: &Map<String, Value>) -> Option<String> {
    let all = object.values().filter_map(words);
    let mut sick = all.filter(|it| spoken(it) >= Some(State::Degraded));
    sick.next().map(|it| shown(&it))
}

/// What a report without a word of its own tells where others tell that nothing is wrong: it counts where it is bad.
/// That something is not found says only that it was asked for.
pub(super) fn confided(report: &Map<String, Value>) -> Option<String> {
    const NAMES: &[&str] = &["detail", "msg", "reason"];
    let all = NAMES
        .iter()
        .filter_map(|name| field(report, name)?.as_str());
    let mut bad = all
        .filter(|it| spoken(it) == Some(State::Unhealthy))
        .filter(|it| plain(it) != "not_found");
    bad.next().map(shown)
}

/// The errors that are told of.
pub(super) fn errors(object: &Map<String, Value>) -> Option<String> {
    let told = ERRORS.iter().find_map(|name| {
        let value = field(object, name)?;
        words(value).or_else(|| first_text(value))
    });
    told.map(|it| shown(&it))
}

/// Words about a part as they may be shown.
pub(super) fn shown(text: &str) -> String {
    shown::shown(text, SHOWN)
}

fn told(part: &Map<String, Value>) -> Option<String> {
    let more = || {
        MORE.iter().find_map(|name| match field(part, name)? {
            Value::Object(more) => text(more, TOLD),
            told @ (Value::String(_) | Value::Array(_)) => words(told),
            _ => None,
        })
    };
    let is_sick = |it: &&Map<String, Value>| own(it, PART) >= Some(State::Degraded);
    let of_parts = || {
        let grouped = part.iter().filter(|(name, _)| is_group(name));
        let grouped = grouped.filter_map(|(_, group)| group.as_object());
        // Or several of the same kind, each by its name: `"db": {"primary": {"status": "down"}}`.
        let mut all = grouped.flat_map(Map::values).chain(part.values());
        all.find_map(|it| it.as_object().filter(is_sick).and_then(told))
    };
    text(part, TOLD)
        .or_else(more)
        .or_else(|| text(part, DESCRIBED))
        .or_else(of_parts)
        .or_else(|| of_lists(part))
}

/// What is said of the first that is not well in one of its lists, by the name of that one: `b: down`.
fn of_lists(part: &Map<String, Value>) -> Option<String> {
    let details = MORE
        .iter()
        .filter_map(|name| field(part, name)?.as_object());
    let all = part.iter().chain(details.flatten());
    let lists = all.filter_map(|(name, value)| Some((name, value.as_array()?)));
    let mut entries = lists
        .filter(|(name, _)| !is_past(name))
        .flat_map(|(name, list)| list.iter().map(move |it| (name, it)));
    entries.find_map(|(list, entry)| {
        let entry = entry.as_object()?;
        own(entry, PART).filter(|it| *it >= State::Degraded)?;
        let name = CALLED.iter().find_map(|name| field(entry, name)?.as_str());
        let says = told(entry).or_else(|| said(entry).map(str::to_owned))?;
        Some(format!("{}: {says}", name.unwrap_or(list)))
    })
}

fn text(object: &Map<String, Value>, names: &[&str]) -> Option<String> {
    let ending = || {
        let all = object.iter();
        all.filter(|(name, _)| ENDS.iter().any(|end| key(name).ends_with(end)))
            .find_map(|(_, value)| words(value))
    };
    // `"failed": ["db"]`.
    let listed = || {
        let mut all = object.iter().filter(|(_, value)| value.is_array());
        all.find(|(name, value)| confessed(&key(name), value).is_some())
            .and_then(|(name, value)| Some(format!("{name}: {}", words(value)?)))
    };
    names
        .iter()
        .find_map(|name| words(field(object, name)?))
        .or_else(ending)
        .or_else(listed)
}

/// What a reason says that is a text, a list of them, or an object around one.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|it| !is_none(it)),
        Value::Array(list) => joined(list.iter().filter_map(words)),
        Value::Object(object) => text(object, TOLD)
            .or_else(|| text(object, DESCRIBED))
            .or_else(|| {
                joined(
                    object
                        .iter()
                        .filter_map(|(name, value)| of_name(name, value)),
                )
            }),
        _ => None,
    }
}

fn joined(all: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = all.take(SEVERAL).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// What stands under a name in a reason: what a part says that is not well, or a text under a code of its own. A
/// bare word says nothing without its name.
fn of_name(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Object(part) => {
            let is_well = own(part, PART).is_some_and(|it| it < State::Degraded);
            let says = || words(value).or_else(|| said(part).map(str::to_owned));
            let says = (!is_well).then(says).flatten()?;
            Some(format!("{name}: {says}"))
        }
        Value::String(text) => match State::word(&plain(text)) {
            _ if OWN.contains(&key(name).as_str()) || is_setting(name) => None,
            Some(state) if state < State::Degraded => None,
            Some(_) => Some(format!("{name}: {}", text.trim())),
            None => words(&of(name, text)),
        },
        _ => None,
    }
}

/// Whatever stands there: that something does is an error, too.
fn first_text(value: &Value) -> Option<String> {
    match value {
        Value::String(_) => words(value),
        Value::Array(list) => list.iter().find_map(first_text),
        Value::Object(object) => object.iter().find_map(|(name, value)| match value {
            Value::String(text) => words(&of(name, text)),
            other => first_text(other),
        }),
        _ => None,
    }
}

/// A text as it may be told without the name that it has.
fn of(name: &str, text: &str) -> Value {
    Value::String(mask_told_as(name, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_framework_has_a_place_for_it() {
        let told = |part: &str| {
            let part: Value = serde_json::from_str(part).expect("JSON");
            reason(part.as_object()?)
        };
        for part in [
            r#"{"status":"down","message":"refused"}"#,
            r#"{"Status":"Unhealthy","Description":"refused"}"#,
            r#"{"status":"Unhealthy","description":"Redis","exception":" refused "}"#,
            r#"{"status":"DOWN","details":{"error":"refused"}}"#,
            r#"{"status":"DOWN","description":"Redis","details":{"error":"refused"}}"#,
            r#"{"status":"DOWN","error":"","data":{"message":"refused"}}"#,
            r#"{"status":"down","details":"refused"}"#,
            r#"{"status":"down","details":["refused"]}"#,
            r#"{"status":"down","msg":"refused"}"#,
            r#"{"status":"down","errorMessage":"refused"}"#,
            r#"{"primary":{"status":"down","error":"refused"},"replica":{"status":"up","message":"fine"}}"#,
            r#"{"details":{"primary":{"status":"down","error":"refused"}}}"#,
            r#"{"status":"DOWN","components":{"a":{"status":"UP","message":"fine"},"b":{"status":"DOWN","details":{"error":"refused"}}}}"#,
        ] {
            assert_eq!(told(part).as_deref(), Some("refused"), "{part}");
        }
        assert_eq!(told(r#"{"status":"DOWN","details":{"version":"7"}}"#), None);
        assert_eq!(
            told(r#"{"details":{"error":"no redis://u:hunter2@h/0"}}"#).as_deref(),
            Some("no redis://u:••••••@h/0")
        );
        for (part, reason) in [
            (
                r#"{"status":"down","error":{"code":"ECONNREFUSED","message":"refused"}}"#,
                "refused",
            ),
            (r#"{"error":{"code":"ECONNREFUSED"}}"#, "ECONNREFUSED"),
            (
                r#"{"error":{"hint":"refused","password":"Geheim12345"}}"#,
                "hint: refused; ••••••",
            ),
            (
                r#"{"error":"sent {\"password\": \"Geheim12345\"}"}"#,
                "sent {\"password\": \"••••••\"}",
            ),
            (
                r#"{"status":"error","level":40,"messages":{"db.0001":"no database"}}"#,
                "no database",
            ),
            (r#"{"reasons":["one","two"]}"#, "one; two"),
            (
                r#"{"degraded":true,"degraded_reasons":["cache cold"]}"#,
                "cache cold",
            ),
            (r#"{"error":"none","reason":"locked"}"#, "locked"),
            (
                r#"{"status":"failed","notificationMessage":"","shortSummary":"late"}"#,
                "late",
            ),
        ] {
            assert_eq!(told(part).as_deref(), Some(reason), "{part}");
        }
        let stack = format!(r#"{{"exception":"{}"}}"#, "at ".repeat(500));
        assert_eq!(told(&stack).map(|it| it.chars().count()), Some(SHOWN));
    }

    #[test]
    fn the_whole_tells_more_than_its_word() {
        let of = |text: &str| {
            let report: Value = serde_json::from_str(text).expect("JSON");
            let report = report.as_object()?;
            of_whole(report).or_else(|| errors(report))
        };
        for (text, reason) in [
            (r#"{"status":"unhealthy","reason":"locked"}"#, "locked"),
            (r#"{"status":"down","message":"locked"}"#, "locked"),
            (r#"{"status":"down","errors":["a","b"]}"#, "a; b"),
            (
                r#"{"status":"ok","failed_checks":["db","mail"]}"#,
                "failed_checks: db; mail",
            ),
            (
                r#"{"status":"error","info":{},"error":{"database":{"status":"down","message":"late"}}}"#,
                "database: late",
            ),
            (
                r#"{"status":"error","error":{"database":{"status":"down"}}}"#,
                "database: down",
            ),
            (r#"{"status":"ok","error":{"status":"down"}}"#, "down"),
            (r#"{"errors":[{"api_key":"9f8e7d6c5b4a"}]}"#, "••••••"),
            (
                r#"{"errors":{"a":{"api_key":"9f8e7d6c5b4a"}}}"#,
                "a: ••••••",
            ),
            (
                r#"{"status":"down","message":"no redis://u:hunter2@h/0"}"#,
                "no redis://u:••••••@h/0",
            ),
        ] {
            assert_eq!(of(text).as_deref(), Some(reason), "{text}");
        }
        for silent in [
            r#"{"status":"down","message":"DOWN"}"#,
            r#"{"status":"down","error":"none","errors":[],"problems":{}}"#,
            r#"{"detail":{"status":"down","host":"h"}}"#,
        ] {
            assert_eq!(of(silent), None, "{silent}");
        }
    }
}
