//! Development, test, staging or production.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The environment that a run is about: `--env`, else `PIXCRAWLER_ENVIRONMENT`, else development.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// On a developer's machine.
    #[default]
    Development,
    /// Under automated tests; `testing` is the same.
    #[value(alias = "testing")]
    Test,
    /// A deployment that is not yet production.
    Staging,
    /// The deployment that users see.
    Production,
}

impl Environment {
    /// Every environment.
    pub const ALL: [Self; 4] = [
        Self::Development,
        Self::Test,
        Self::Staging,
        Self::Production,
    ];

    /// Its name in files and variables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Test => "test",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// Whether a program means this environment by that word: some say `testing`.
    #[must_use]
    pub fn is_named(self, word: &str) -> bool {
        let word = word.trim();
        word.eq_ignore_ascii_case(self.as_str())
            || (self == Self::Test && word.eq_ignore_ascii_case("testing"))
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Environment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|environment| environment.is_named(text))
            .ok_or_else(|| format!("unknown environment `{text}`, expected development, test, staging or production"))
    }
}
