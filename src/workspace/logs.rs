//! `[logs]` in `pixcrawler.toml`: how much is kept.

use serde::de::Error as _;
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
#[schemars(with = "String")]
pub struct Size(pub u64);

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
        let number: u64 = number
            .parse()
            .map_err(|_| format!("`{text}` is no size, expected for example 512 KB or 10 MB"))?;
        let size = number.checked_mul(1 << shift).filter(|size| *size >= 4096);
        size.map(Self)
            .ok_or_else(|| format!("`{text}` is no size for a log file, expected 4 KB or more"))
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(u64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(bytes) => bytes.to_string().parse().map_err(D::Error::custom),
            Written::Text(text) => text.parse().map_err(D::Error::custom),
        }
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
        assert!(size("99999999999999 GB").is_err());
    }
}
