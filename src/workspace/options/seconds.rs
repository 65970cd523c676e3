//! Lengths of time.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// A length of time: `"500ms"`, `"10s"`, `"2m"`, or a number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(with = "Written")]
pub struct Seconds(pub Duration);

/// The forms of a length of time.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
enum Written {
    /// Seconds.
    Number(f64),
    /// With its unit.
    Text(String),
}

impl std::str::FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let digits = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        if number.is_empty() {
            return Err(format!(
                "`{text}` is no length of time, expected for example 500ms, 10s or 2m"
            ));
        }
        let factor = match unit.trim() {
            "ms" => 0.001,
            "" | "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => {
                return Err(format!(
                    "unknown unit in `{text}`, expected for example 500ms, 10s, 2m or 1h"
                ));
            }
        };
        let number: f64 = number.parse().map_err(|_| {
            format!("`{text}` is no length of time, expected for example 500ms, 10s or 2m")
        })?;
        Duration::try_from_secs_f64(number * factor)
            .map(Seconds)
            .map_err(|_| format!("`{text}` is too long"))
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Number(seconds) => seconds.to_string().parse().map_err(D::Error::custom),
            Written::Text(text) => text.parse().map_err(D::Error::custom),
        }
    }
}
