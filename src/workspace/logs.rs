//! `[logs]` in `pixcrawler.toml`: how much is kept.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

use super::Seconds;

/// How much of the logs is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LogOptions {
    /// A file of this size is set aside, e.g. `"10 MB"`.
    pub max_size: Size,
    /// How many files that were set aside are kept, for each service.
    pub max_files: u32,
    /// A file is set aside when it is so old, and removed when its last line is: `"7d"`.
    pub max_age: Seconds,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            max_size: Size(10 << 20),
            max_files: 5,
            max_age: Seconds(std::time::Duration::from_hours(7 * 24)),
        }
    }
}

/// A number of bytes: `"512 KB"`, `"10 MB"`, `"1 GB"` (of 1024), or a plain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(with = "Written")]
pub struct Size(pub u64);

/// The forms of a size, for the JSON Schema.
#[derive(schemars::JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its JSON Schema is used")]
enum Written {
    /// Bytes.
    Number(#[schemars(range(min = 4096, max = 1_125_899_906_842_624_u64))] u64),
    /// With its unit.
    Text(
        #[schemars(regex(
            pattern = r"^\s*(\d*[1-9]\d{3,}\s*[bB]?|0*[1-9]\d*\s*[kKmMgG]([iI]?[bB])?)\s*$"
        ))]
        String,
    ),
}

/// Less is no log.
const SMALLEST: u64 = 4 << 10;

/// No file system has files of more.
const LARGEST: u64 = 1 << 50;

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let digits = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let shift = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 0,
            "k" | "kb" | "kib" => 10,
            "m" | "mb" | "mib" => 20,
            "g" | "gb" | "gib" => 30,
            _ => {
                return Err(format!(
                    "unknown unit in `{text}`, expected for example 512 KB, 10 MB or 1 GB"
                ));
            }
        };
        if number.is_empty() {
            return Err(format!(
                "`{text}` is no size, expected for example 512 KB or 10 MB"
            ));
        }
        // More digits than fit are too large in any unit.
        let number = number.parse().unwrap_or(u64::MAX);
        match u64::checked_mul(number, 1 << shift) {
            Some(size @ SMALLEST..=LARGEST) => Ok(Self(size)),
            Some(0..SMALLEST) => Err(format!(
                "`{text}` is too small for a log file, expected 4 KB or more"
            )),
            Some(_) | None => Err(format!(
                "`{text}` is too large for a log file, expected 1048576 GB or less"
            )),
        }
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Size;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size such as \"512 KB\" or \"10 MB\", or a number of bytes")
    }

    fn visit_i64<E: Error>(self, bytes: i64) -> Result<Size, E> {
        bytes.to_string().parse().map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, bytes: u64) -> Result<Size, E> {
        bytes.to_string().parse().map_err(E::custom)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
        text.parse().map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_have_units() {
        let size = |text: &str| text.parse::<Size>().map(|size| size.0);
        assert_eq!(size("10 MB"), Ok(10 << 20));
        assert_eq!(size("512kb"), Ok(512 << 10));
        assert_eq!(size("65536"), Ok(65536));
        assert!(size("1 byte").is_err() && size("1").is_err() && size("-1 MB").is_err());
        for huge in ["99999999999999 GB", "999999999999999999999", "2000000 GB"] {
            assert!(
                size(huge).is_err_and(|why| why.contains("too large")),
                "{huge}"
            );
        }
        assert!(size("1 KB").is_err_and(|why| why.contains("4 KB or more")));
    }
}
