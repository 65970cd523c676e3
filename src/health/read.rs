//! From the text of an answer to a report, whatever its shape; and why a text is none.

use serde_json::{Map, Value};

use crate::diagnostic::{Finding, Rule, Severity};
use crate::system::http::Response;
use crate::text::mask_passwords;

use super::body::{Component, Health, State};
use super::ways::{DATABASE, REDIS, WORKER};

/// It answers, and what it says cannot be read.
pub(super) static UNREADABLE: Rule = Rule {
    code: "health/unreadable",
    severity: Severity::Error,
    summary: "a health report answers 200, and what it says cannot be read",
    text: "\
A status code of 200 is no health: the report itself says it. One that breaks off, is no sound JSON
or never ends says nothing, and comes from a server that is not well. An empty one, and one whose
`status` is a word that nobody knows, warn, and fail with `--strict`.

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
];

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
                components: group(&list)?,
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
    let json = text.starts_with(['{', '['])
        || response
            .header("content-type")
            .is_some_and(|kind| kind.contains("json"));
    let error = serde_json::from_str::<Value>(text).err()?;
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

/// A text without the mark that Windows programs put before it.
pub(super) fn bare(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim()
}

fn report(object: &Map<String, Value>) -> Health {
    let word = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let own = own(object, &[]);
    let mut health = Health {
        state: own,
        unknown: ["status", "state", "health"]
            .into_iter()
            .find_map(word)
            .filter(|word| own.is_none() && !word.trim().is_empty())
            .map(|word| mask_passwords(&word).chars().take(SHOWN).collect()),
        version: word("version"),
        environment: word("environment"),
        components: Vec::new(),
    };
    for (name, value) in object {
        let key = name.as_str();
        let grouped = GROUPS.contains(&key).then(|| group(value)).flatten();
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

fn group(value: &Value) -> Option<Vec<Component>> {
    match value {
        Value::Object(group) => Some(
            group
                .iter()
                .map(|(name, value)| component(name, value))
                .collect(),
        ),
        Value::Array(list) => Some(
            list.iter()
                .filter_map(|value| Some(component(value.get("name")?.as_str()?, value)))
                .collect(),
        ),
        _ => None,
    }
}

/// A component that stands beside the report's own words: `{"status": "ok", "redis": "down"}`. There
/// settings stand, too, so that it needs a name or a word that leaves no doubt.
fn flat(name: &str, value: &Value) -> Option<Component> {
    let found = component(name, value);
    found.state?;
    let part = || {
        [DATABASE, REDIS, WORKER]
            .iter()
            .any(|words| found.is(words))
    };
    let is_one = match value {
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
    let whole = [DATABASE, REDIS, WORKER]
        .iter()
        .any(|words| words.contains(&name.as_str()));
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
            .max_by_key(|it| it.state)
            .unwrap_or_else(|| component(name, &Value::Null));
    }
    let beside = || {
        ["message", "error", "detail", "output"]
            .iter()
            .find_map(|name| value.get(name)?.as_str())
    };
    // `error: connection refused`.
    let behind = || Some(value.as_str()?.split_once(':')?.1.trim());
    Component {
        name: name.to_owned(),
        state: match value {
            Value::Object(object) => own(object, PART),
            other => state(other),
        },
        message: beside()
            .or_else(behind)
            .filter(|text| !text.is_empty())
            // Drivers tell whole URLs, with whatever is in them.
            .map(mask_passwords),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn reports_of_all_shapes_are_understood() {
        let ours = Health::parse(r#"{"status":"healthy","components":{"database":{"status":"unhealthy","message":"refused"},"celery":{"status":"degraded"},"cache":{"status":"disabled"}}}"#).expect("a report");
        assert_eq!(ours.state, Some(State::Healthy));
        let sick: Vec<&str> = ours.sick().map(|it| it.name.as_str()).collect();
        assert_eq!(sick, ["database", "celery"]);
        assert_eq!(ours.components[0].message.as_deref(), Some("refused"));
        let spring = Health::parse(r#"{"status":"UP","components":{"db":{"status":"UP"}}}"#)
            .expect("a report");
        assert_eq!(spring.components[0].state, Some(State::Healthy));
        let plain = Health::parse(r#"{"status":true,"checks":{"redis":false,"db":"ok"}}"#)
            .expect("a report");
        assert_eq!(
            plain.named(&["redis"]).next().and_then(|it| it.state),
            Some(State::Unhealthy)
        );
        assert_eq!(Health::parse("<html>"), None);
        assert_eq!(Health::parse(r#"{"a":1}"#).and_then(|it| it.state), None);
        let raised = Health::parse(
            r#"{"detail":{"status":"unhealthy","checks":[{"name":"db","status":"DOWN"}]}}"#,
        )
        .expect("a report");
        assert_eq!(raised.state, Some(State::Unhealthy));
        assert_eq!(raised.components[0].state, Some(State::Unhealthy));
        let draft = Health::parse(
            r#"{"status":"pass","checks":{"redis:ping":[{"status":"pass"},{"status":"fail"}]}}"#,
        )
        .expect("a report");
        assert_eq!(draft.components[0].state, Some(State::Unhealthy));
    }

    #[test]
    fn the_worst_word_of_the_whole_counts() {
        let state = |text: &str| Health::parse(text).and_then(|it| it.state);
        for sick in [
            r#"{"healthy":false}"#,
            r#"{"ok":false}"#,
            r#"{"status":"ok","healthy":false}"#,
            r#"{"status":"success","data":{"status":"unhealthy"}}"#,
            r#"{"success":true,"data":{"health":{"status":"down"}}}"#,
            r#"{"status":503}"#,
            r#"{"status":"error: no database"}"#,
            r#"{"status":"not ready"}"#,
            "\u{feff}{\"status\":\"unhealthy\"}",
            "Unhealthy",
            "\"down\"",
            "false",
        ] {
            assert_eq!(state(sick), Some(State::Unhealthy), "{sick}");
        }
        for (well, expected) in [
            ("\u{feff}{\"status\":\"ok\"}\r\n", Some(State::Healthy)),
            ("OK", Some(State::Healthy)),
            (r#"{"detail":"Not Found"}"#, None),
            (r#"{"status":"kaputt"}"#, None),
            ("503", None),
        ] {
            assert_eq!(state(well), expected, "{well}");
        }
        let unknown = Health::parse(r#"{"status":"kaputt"}"#).and_then(|it| it.unknown);
        assert_eq!(unknown.as_deref(), Some("kaputt"));
    }

    #[test]
    fn components_stand_beside_the_status_too_and_settings_are_none() {
        let sick = |text: &str| -> Vec<String> {
            let health = Health::parse(text).expect("a report");
            health.sick().map(|it| it.name.clone()).collect()
        };
        assert_eq!(
            sick(r#"{"status":"ok","database":"disconnected","redis":"down"}"#),
            ["database", "redis"]
        );
        assert_eq!(
            sick(
                r#"{"db":false,"redis_connected":false,"storage":"unavailable","cache":{"connected":false}}"#
            ),
            ["db", "redis_connected", "storage", "cache"]
        );
        assert_eq!(
            sick(r#"{"checks":{"a":"up"},"dependencies":{"b":"down"},"data":{"c":"down"}}"#),
            ["b", "c"]
        );
        assert_eq!(
            sick(
                r#"{"status":"ok","log_level":"error","debug":false,"cache_enabled":false,"db_latency":450,"last_crawl":{"status":"failed"},"cache":{"status":"disabled","connected":false}}"#
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let told = |status: u16, body: &str, kind: &str| {
            unreadable(&Response {
                status,
                headers: vec![("content-type".to_owned(), kind.to_owned())],
                body: body.to_owned(),
                elapsed: Duration::ZERO,
                at: SystemTime::UNIX_EPOCH,
                url: "http://h/health".to_owned(),
            })
            .map(|finding| (finding.severity, finding.message))
        };
        let (severity, message) = told(200, r#"{"status": "heal"#, "").expect("it is told");
        assert_eq!(severity, Severity::Error);
        assert!(message.ends_with("breaks off in the middle"), "{message}");
        let (_, message) = told(200, "{'status': 'ok'}", "").expect("it is told");
        assert!(message.contains("no sound JSON"), "{message}");
        assert!(told(200, "oops", "application/json").is_some());
        let (severity, message) = told(200, "\u{feff}\r\n", "").expect("it is told");
        assert_eq!(severity, Severity::Warning);
        assert!(message.contains("empty body"), "{message}");
        let endless = "x".repeat(5 << 20);
        let (severity, message) = told(200, &endless, "").expect("it is told");
        assert_eq!(severity, Severity::Error);
        assert!(message.contains("does not end"), "{message}");
        for (status, body, kind) in [
            (204, "", ""),
            (200, "pong", "text/plain"),
            (200, "ok", "application/json"),
            (200, "{}", "application/json"),
        ] {
            assert_eq!(told(status, body, kind), None, "{body}");
        }
    }

    #[test]
    fn a_password_in_a_drivers_words_is_masked() {
        for told in [
            r#"{"components":{"db":{"status":"down","error":"no postgresql://a:hunter2@h/d"}}}"#,
            r#"{"db":"error: no postgresql://a:hunter2@h/d"}"#,
        ] {
            let told = Health::parse(told).expect("a report");
            assert_eq!(
                told.components[0].message.as_deref(),
                Some("no postgresql://a:••••••@h/d")
            );
        }
    }
}
