//! What a health report says, whatever its shape. A status code of 200 does not mean healthy.

use serde_json::Value;

use crate::text::mask_passwords;

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Switched off on purpose.
    Disabled,
    /// Fine.
    Healthy,
    /// It works, with less.
    Degraded,
    /// It does not work.
    Unhealthy,
}

impl State {
    /// The word of any framework for it.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Some(match word.trim().to_ascii_lowercase().as_str() {
            "healthy" | "ok" | "up" | "pass" | "passing" | "ready" | "alive" | "connected"
            | "true" | "success" => Self::Healthy,
            "degraded" | "warn" | "warning" | "slow" | "partial" => Self::Degraded,
            "unhealthy" | "down" | "fail" | "failed" | "failing" | "error" | "critical"
            | "not_ready" | "disconnected" | "unavailable" | "false" => Self::Unhealthy,
            "disabled" | "skipped" | "not_configured" => Self::Disabled,
            _ => return None,
        })
    }
}

/// One thing that the application stands on, as it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its name: `database`.
    pub name: String,
    /// How well it is; none when the report uses a word that nobody knows.
    pub state: Option<State>,
    /// What is said about it.
    pub message: Option<String>,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// How well the whole is.
    pub state: Option<State>,
    /// `1.0.0`, where it tells.
    pub version: Option<String>,
    /// The environment that it says it runs in.
    pub environment: Option<String>,
    /// What it stands on.
    pub components: Vec<Component>,
}

impl Health {
    /// Reads a report; none when the text is no JSON object.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let object = value.as_object()?;
        // Frameworks put what is raised into an envelope: `{"detail": {"status": …}}`.
        let object = ["detail", "data"]
            .into_iter()
            .filter_map(|name| object.get(name)?.as_object())
            .find(|inner| inner.contains_key("status") && !object.contains_key("status"))
            .unwrap_or(object);
        let word = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
        let groups = [
            "components",
            "checks",
            "dependencies",
            "services",
            "details",
            "entries",
        ];
        let components = groups
            .into_iter()
            .find_map(|name| match object.get(name)? {
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
            })
            .unwrap_or_default();
        Some(Self {
            state: object.get("status").and_then(state),
            version: word("version"),
            environment: word("environment"),
            components,
        })
    }

    /// The components that are not well.
    pub fn sick(&self) -> impl Iterator<Item = &Component> {
        self.components
            .iter()
            .filter(|component| component.state >= Some(State::Degraded))
    }

    /// The components whose names have one of these words.
    pub fn named<'a>(&'a self, words: &'a [&'a str]) -> impl Iterator<Item = &'a Component> {
        self.components.iter().filter(|it| it.is(words))
    }
}

impl Component {
    /// Whether its name has one of these words.
    #[must_use]
    pub fn is(&self, words: &[&str]) -> bool {
        let name = self.name.to_ascii_lowercase();
        words.iter().any(|word| name.contains(word))
    }
}

fn state(value: &Value) -> Option<State> {
    match value {
        Value::Bool(true) => Some(State::Healthy),
        Value::Bool(false) => Some(State::Unhealthy),
        Value::String(word) => State::of(word),
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
    let text = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| value.get(name)?.as_str())
            .filter(|text| !text.is_empty())
            // Drivers tell whole URLs, with whatever is in them.
            .map(mask_passwords)
    };
    let inner = value.as_object().and_then(|object| {
        ["status", "state", "healthy", "ok"]
            .iter()
            .find_map(|name| object.get(*name))
    });
    Component {
        name: name.to_owned(),
        state: state(inner.unwrap_or(value)),
        message: text(&["message", "error", "detail", "output"]),
    }
}

#[cfg(test)]
mod tests {
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
    fn a_password_in_a_drivers_words_is_masked() {
        let told = Health::parse(
            r#"{"components":{"db":{"status":"down","error":"no postgresql://a:hunter2@h/d"}}}"#,
        )
        .expect("a report");
        assert_eq!(
            told.components[0].message.as_deref(),
            Some("no postgresql://a:••••••@h/d")
        );
    }
}
