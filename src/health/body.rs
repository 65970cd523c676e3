//! What a health report says, whatever its shape. A status code of 200 does not mean healthy.

use serde_json::{Map, Value};

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
    /// The word of any framework for it, as [`plain`] writes it.
    pub(super) fn word(word: &str) -> Option<Self> {
        Some(match word {
            "healthy" | "ok" | "up" | "pass" | "passing" | "passed" | "ready" | "alive"
            | "live" | "connected" | "true" | "success" | "online" | "operational"
            | "available" | "reachable" | "accessible" | "running" | "active" | "serving"
            | "started" | "open" | "yes" | "green" | "on" | "good" | "fine" | "normal" | "pong"
            | "idle" | "responding" | "established" => Self::Healthy,
            "degraded" | "warn" | "warning" | "slow" | "partial" | "yellow" | "unstable"
            | "partial_outage" => Self::Degraded,
            "unhealthy" | "down" | "fail" | "failed" | "failing" | "failure" | "error" | "err"
            | "critical" | "fatal" | "disconnected" | "unavailable" | "unreachable"
            | "inaccessible" | "unresponsive" | "offline" | "timeout" | "timed_out" | "refused"
            | "dead" | "false" | "out_of_service" | "stopped" | "lost" | "broken" | "closed"
            | "inactive" | "no" | "outage" | "major_outage" | "red" | "crashed" | "killed"
            | "exited" | "terminated" | "aborted" | "gone" | "missing" | "bad" | "nok"
            | "connection_refused" | "connection_lost" | "connection_error" => Self::Unhealthy,
            "disabled" | "skipped" | "off" | "unused" | "not_configured" | "not_enabled"
            | "not_used" | "not_installed" | "not_applicable" => Self::Disabled,
            // `NOT_SERVING`, `not ready`.
            _ if word.strip_prefix("not_").and_then(Self::word) == Some(Self::Healthy) => {
                Self::Unhealthy
            }
            _ => return None,
        })
    }
}

/// `Not ready` is `not_ready`, and so is `NotReady`.
pub(super) fn plain(words: &str) -> String {
    let mut plain = String::with_capacity(words.len());
    let mut after_small = false;
    for letter in words.trim().chars() {
        if after_small && letter.is_ascii_uppercase() {
            plain.push('_');
        }
        after_small = letter.is_ascii_lowercase();
        plain.push(match letter {
            ' ' | '-' => '_',
            other => other.to_ascii_lowercase(),
        });
    }
    plain
}

/// The name of a field as they are compared: `Status` is `status`, and `isHealthy`, `is_healthy` and
/// `Healthy` are one.
pub(super) fn key(name: &str) -> String {
    let plain = plain(name);
    match plain.strip_prefix("is_") {
        Some(asked) => asked.to_owned(),
        None => plain,
    }
}

/// What an object has under a name, however it writes it.
pub(super) fn field<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let otherwise = || {
        object
            .iter()
            .find(|(known, _)| key(known) == name)
            .map(|(_, value)| value)
    };
    object.get(name).or_else(otherwise)
}

/// One thing that the application stands on, as it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its name: `database`.
    pub name: String,
    /// How well it is; none when the report does not say, or uses a word that nobody knows.
    pub state: Option<State>,
    /// What it says in a word that nobody knows: "says `starting`".
    pub doubt: Option<String>,
    /// What is said about it.
    pub message: Option<String>,
}

/// A report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// How well the whole is.
    pub state: Option<State>,
    /// What it says of itself instead, in a word that nobody knows.
    pub unknown: Option<String>,
    /// The errors that it tells of beside its word.
    pub errors: Option<String>,
    /// Why, in its own words.
    pub reason: Option<String>,
    /// `1.0.0`, where it tells.
    pub version: Option<String>,
    /// The environment that it says it runs in.
    pub environment: Option<String>,
    /// What it stands on.
    pub components: Vec<Component>,
}

impl Health {
    /// Whether it says anything of how well something is.
    #[must_use]
    pub fn speaks(&self) -> bool {
        self.state.is_some() || self.unknown.is_some() || !self.components.is_empty()
    }

    /// How the worst is of all that it speaks of.
    #[must_use]
    pub fn worst(&self) -> Option<State> {
        self.components
            .iter()
            .filter_map(|it| it.state)
            .max()
            .max(self.state)
    }

    /// What it says beside its word where that is no good one, each once.
    pub fn told(&self) -> impl Iterator<Item = String> {
        let more = self
            .errors
            .iter()
            .filter(|it| self.reason.as_ref() != Some(*it));
        self.reason.iter().chain(more).cloned()
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
    /// Whether it says that no worker answers, which is all that is wrong with it.
    #[must_use]
    pub(super) fn lacks_workers(&self) -> bool {
        const NONE: &[&str] = &["no", "0", "zero"];
        let told = [&self.doubt, &self.message].into_iter().flatten();
        let is_it = |told: &String| {
            let told = told.to_ascii_lowercase();
            let words = told.split(|it: char| !it.is_alphanumeric());
            let words: Vec<&str> = words.filter(|it| !it.is_empty()).collect();
            // `no active workers found`, `0 workers`.
            let mut none = words
                .iter()
                .enumerate()
                .filter(|(_, it)| NONE.contains(*it));
            none.any(|(at, _)| {
                let mut next = words.iter().skip(at + 1).take(2);
                next.any(|it| it.starts_with("worker"))
            })
        };
        self.is(&["celery", "worker"]) && told.into_iter().any(is_it)
    }

    /// Whether its name has one of these words.
    #[must_use]
    pub fn is(&self, words: &[&str]) -> bool {
        let name = self.name.to_ascii_lowercase();
        words.iter().any(|word| name.contains(word))
    }
}
