//! Why a part is not well, in its own words.

use serde_json::{Map, Value};

use crate::text::mask_passwords;

use super::body::{State, field};
use super::own::{PART, own};
use super::words::is_group;

/// Where a part tells what happened to it.
const TOLD: &[&str] = &[
    "message",
    "error",
    "exception",
    "detail",
    "output",
    "reason",
];

/// And where it tells what it is, which says little beside the others.
const DESCRIBED: &[&str] = &["description"];

/// What holds more about it: Spring has the exception in its `details`.
const MORE: &[&str] = &["details", "data"];

/// Characters that are shown: an exception may bring its whole stack along.
const SHOWN: usize = 200;

/// What is said about a part: beside its state, among its details, or by those of its own parts that are
/// not well.
pub(super) fn reason(part: &Map<String, Value>) -> Option<String> {
    // Drivers tell whole URLs, with whatever is in them.
    Some(mask_passwords(told(part)?).chars().take(SHOWN).collect())
}

fn told(part: &Map<String, Value>) -> Option<&str> {
    let more = || {
        MORE.iter()
            .find_map(|name| text(field(part, name)?.as_object()?, TOLD))
    };
    let of_parts = || {
        part.iter()
            .filter(|(name, _)| is_group(name))
            .filter_map(|(_, group)| group.as_object())
            .flat_map(Map::values)
            .filter_map(Value::as_object)
            .filter(|it| own(it, PART) >= Some(State::Degraded))
            .find_map(told)
    };
    text(part, TOLD)
        .or_else(more)
        .or_else(|| text(part, DESCRIBED))
        .or_else(of_parts)
}

fn text<'a>(object: &'a Map<String, Value>, names: &[&str]) -> Option<&'a str> {
    let texts = names
        .iter()
        .filter_map(|name| field(object, name)?.as_str());
    texts.map(str::trim).find(|text| !text.is_empty())
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
            r#"{"status":"DOWN","components":{"a":{"status":"UP","message":"fine"},"b":{"status":"DOWN","details":{"error":"refused"}}}}"#,
        ] {
            assert_eq!(told(part).as_deref(), Some("refused"), "{part}");
        }
        assert_eq!(told(r#"{"status":"DOWN","details":{"version":"7"}}"#), None);
        assert_eq!(
            told(r#"{"details":{"error":"no redis://u:hunter2@h/0"}}"#).as_deref(),
            Some("no redis://u:••••••@h/0")
        );
        let stack = format!(r#"{{"exception":"{}"}}"#, "at ".repeat(500));
        assert_eq!(told(&stack).map(|it| it.chars().count()), Some(SHOWN));
    }
}
