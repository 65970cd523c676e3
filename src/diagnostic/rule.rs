//! Rules: what can be found. Each is declared once, next to the check that finds it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing, nothing to do.
    Info,
    /// Look at it: it works, but not as somebody thinks.
    Warning,
    /// Broken, or will break.
    Error,
}

impl Severity {
    /// The word that stands in front of a message.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "info" => Ok(Self::Info),
            "warning" | "warnings" | "warn" => Ok(Self::Warning),
            "error" | "errors" => Ok(Self::Error),
            other => Err(format!(
                "unknown severity `{other}`, expected error, warning or info"
            )),
        }
    }
}

/// Something that can be found.
#[derive(Debug)]
pub struct Rule {
    /// `domain/name`, stable: people write it into silencers and CI settings.
    pub code: &'static str,
    /// Its severity unless the workspace's `[rules]` says otherwise.
    pub severity: Severity,
    /// One line without a full stop.
    pub summary: &'static str,
    /// The long text of `pixcrawler explain`: why it matters, an example, the way out.
    pub text: &'static str,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Rule {}
