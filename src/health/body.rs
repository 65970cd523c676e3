//! What a health report says, whatever its shape. A status code of 200 does not mean healthy.

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
    /// The word of any framework for it, with what is said behind it: `error: refused`.
    #[must_use]
    pub fn of(words: &str) -> Option<Self> {
        let whole = plain(words);
        let first = || plain(words.split([':', '(', ',']).next().unwrap_or_default());
        Self::word(&whole).or_else(|| Self::word(&first()))
    }

    fn word(word: &str) -> Option<Self> {
        Some(match word {
            "healthy" | "ok" | "up" | "pass" | "passing" | "ready" | "alive" | "live"
            | "connected" | "true" | "success" | "online" | "operational" | "available"
            | "reachable" | "running" | "active" => Self::Healthy,
            "degraded" | "warn" | "warning" | "slow" | "partial" => Self::Degraded,
            "unhealthy" | "down" | "fail" | "failed" | "failing" | "failure" | "error"
            | "critical" | "not_ready" | "not_ok" | "not_healthy" | "not_connected"
            | "disconnected" | "unavailable" | "unreachable" | "offline" | "timeout"
            | "refused" | "dead" | "false" => Self::Unhealthy,
            "disabled" | "skipped" | "not_configured" => Self::Disabled,
            _ => return None,
        })
    }
}

/// `Not ready` is `not_ready`.
fn plain(words: &str) -> String {
    words.trim().to_ascii_lowercase().replace([' ', '-'], "_")
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// How well the whole is.
    pub state: Option<State>,
    /// What it says of itself instead, in a word that nobody knows.
    pub unknown: Option<String>,
    /// `1.0.0`, where it tells.
    pub version: Option<String>,
    /// The environment that it says it runs in.
    pub environment: Option<String>,
    /// What it stands on.
    pub components: Vec<Component>,
}

impl Health {
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
