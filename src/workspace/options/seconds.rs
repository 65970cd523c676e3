//! Lengths of time.

use std::fmt;
use std::time::Duration;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// A length of time: `"500ms"`, `"10s"`, `"1m30s"`, or a number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(with = "Written")]
pub struct Seconds(pub Duration);

/// The forms of a length of time, for the JSON Schema.
#[derive(schemars::JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its JSON Schema is used")]
enum Written {
    /// Seconds.
    Number(#[schemars(range(min = 0, max = 3_153_600_000_u64))] f64),
    /// With its units.
    Text(
        #[schemars(regex(
            pattern = r"^\s*((\d+\.?\d*|\.\d+)\s*|((\d+\.?\d*|\.\d+)\s*(ms|s|min|m|h|d)\s*)+)$"
        ))]
        String,
    ),
}

/// Nobody waits longer than a hundred years, and clocks do not overflow by as much.
const LONGEST: Duration = Duration::from_hours(36_500 * 24);

const EXPECTED: &str = "expected for example 500ms, 10s, 2m or 1h30m";

/// Units with their seconds, those before others that begin alike.
const UNITS: [(&str, f64); 6] = [
    ("ms", 0.001),
    ("min", 60.0),
    ("m", 60.0),
    ("s", 1.0),
    ("h", 3600.0),
    ("d", 86_400.0),
];

fn bounded(seconds: f64, shown: &str) -> Result<Seconds, String> {
    if seconds.is_nan() || seconds < 0.0 {
        return Err(format!("`{shown}` is no length of time, {EXPECTED}"));
    }
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|time| *time <= LONGEST)
        .map(Seconds)
        .ok_or_else(|| format!("`{shown}` is too long, expected 36500d or less"))
}

impl std::str::FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let none = || format!("`{text}` is no length of time, {EXPECTED}");
        let (mut rest, mut seconds) = (text, 0.0);
        while !rest.is_empty() || text.is_empty() {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
            let (number, behind) = rest.split_at(digits);
            let number: f64 = number.parse().map_err(|_| none())?;
            let behind = behind.trim_start();
            // A number alone is seconds; after another one it would be anything.
            if behind.is_empty() && rest.len() == text.len() {
                return bounded(number, text);
            }
            let unit = UNITS
                .into_iter()
                .find_map(|(unit, factor)| Some((behind.strip_prefix(unit)?, factor)));
            let (after, factor) = unit
                .filter(|(after, _)| !after.starts_with(|c: char| c.is_alphabetic()))
                .ok_or_else(|| format!("unknown unit in `{text}`, {EXPECTED}"))?;
            seconds += number * factor;
            rest = after.trim_start();
        }
        bounded(seconds, text)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a length of time such as \"500ms\", \"10s\" or \"1h30m\", or a number of seconds",
        )
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Seconds, E> {
        seconds.to_string().parse().map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Seconds, E> {
        seconds.to_string().parse().map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Seconds, E> {
        bounded(seconds, &format!("{seconds:?}")).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Seconds, E> {
        text.parse().map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units_one_or_several() {
        let time = |text: &str| text.parse::<Seconds>().map(|time| time.0);
        for (text, millis) in [
            ("5", 5_000),
            ("0", 0),
            (" 5 s ", 5_000),
            ("500ms", 500),
            ("1.5s", 1_500),
            ("2m", 120_000),
            ("2min", 120_000),
            ("1m30s", 90_000),
            ("1h 2m 3s", 3_723_000),
            ("7d", 604_800_000),
        ] {
            assert_eq!(time(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for (text, why) in [
            ("", "is no length of time"),
            ("-1s", "is no length of time"),
            ("s", "is no length of time"),
            ("1.5.5s", "is no length of time"),
            ("٣s", "is no length of time"),
            ("5S", "unknown unit"),
            ("1e9h", "unknown unit"),
            ("1m30", "unknown unit"),
            ("5sec", "unknown unit"),
            ("36501d", "is too long, expected 36500d or less"),
            ("9999999999999999999999999999d", "is too long"),
        ] {
            assert!(time(text).is_err_and(|said| said.contains(why)), "{text}");
        }
    }
}
