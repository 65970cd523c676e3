//! Versions, as Python's and Node's programs print them.

use std::cmp::Ordering;
use std::fmt;

/// A version: numbers, and what comes after them.
#[derive(Debug, Clone)]
pub struct Version {
    numbers: Vec<u64>,
    /// `rc1`, `beta.1`, `post0`.
    after: Option<String>,
    /// Whether that is written with a hyphen, as npm does.
    hyphen: bool,
}

impl Version {
    /// The first version in a text: `Python 3.12.8`, `v20.11.0`, `uv 0.9.1 (abc 2026-01-01)`.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        // A wrapper says before what it chose: what stands on a line of its own is the program's.
        let alone = text.lines().rev().map(str::trim);
        let alone = alone.filter(|line| !line.contains(char::is_whitespace));
        let words = text.split(|c: char| c.is_whitespace() || c == ',' || c == '(');
        alone.chain(words).find_map(Self::of_word)
    }

    fn of_word(word: &str) -> Option<Self> {
        let word = word
            .trim_start_matches(['v', 'V'])
            .trim_end_matches([')', ';']);
        let (major, rest) = word.split_once('.')?;
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        // A digit and a dot are found in any garbage that is long enough.
        let is_version = word.len() <= 40
            && !major.is_empty()
            && digits(major)
            && rest.starts_with(|c: char| c.is_ascii_digit())
            && is_sound(rest);
        is_version.then(|| Self::parse(word)).flatten()
    }

    /// `3.12.8`, `3.13.0rc1`, `18`, `20.0.0-beta.1`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', 'V']);
        if !is_sound(text) {
            return None;
        }
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (numbers, rest) = text.split_at(end);
        let numbers: Option<Vec<u64>> = numbers
            .trim_end_matches('.')
            .split('.')
            .map(|part| part.parse().ok())
            .collect();
        // Build metadata (`+local`) does not order versions.
        let rest = rest.split('+').next().unwrap_or_default();
        let after = rest.trim_start_matches(['-', '.', '_']);
        Some(Self {
            numbers: numbers?,
            after: (!after.is_empty()).then(|| after.to_owned()),
            hyphen: rest.starts_with('-'),
        })
    }

    /// The first release of a major version.
    #[must_use]
    pub fn whole(major: u64) -> Self {
        Self::of(vec![major])
    }

    /// The release of these numbers.
    pub(super) fn of(numbers: Vec<u64>) -> Self {
        Self {
            numbers,
            after: None,
            hyphen: false,
        }
    }

    /// The numbers that are written.
    pub(super) fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    pub(super) fn number(&self, at: usize) -> u64 {
        self.numbers.get(at).copied().unwrap_or(0)
    }

    /// The first of its numbers: 3.12 of 3.12.8.
    pub(super) fn line(&self, length: usize) -> Self {
        Self::of(self.numbers.iter().take(length).copied().collect())
    }

    /// Whether nothing comes after the numbers.
    pub(super) fn is_bare(&self) -> bool {
        self.after.is_none()
    }

    /// Whether it comes before the release of its numbers.
    pub(super) fn is_pre(&self) -> bool {
        self.rank().is_lt()
    }

    /// Where it stands, seen from the release of its numbers.
    fn rank(&self) -> Ordering {
        match self.after.as_deref() {
            None => Ordering::Equal,
            // `2.9.0.post0` of Python's world is a release that was packed once more.
            Some(after) if !self.hyphen && after.starts_with("post") => Ordering::Greater,
            Some(_) => Ordering::Less,
        }
    }
}

/// Whether a text is made of what versions are made of.
fn is_sound(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-' | b'_'))
}

/// Words and numbers in turn, so that `rc.9` comes before `rc.10`.
fn by_parts(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (parts(one), parts(other));
    loop {
        let order = match (one.next(), other.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                // A number comes before a word.
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// The runs of digits, and those of anything else between dots and hyphens.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(['.', '-', '_']).flat_map(|part| {
        part.as_bytes()
            .chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit())
            // What is sound is ASCII.
            .filter_map(|run| std::str::from_utf8(run).ok())
    })
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let numbers = (0..length)
            .map(|at| self.number(at).cmp(&other.number(at)))
            .find(|order| order.is_ne());
        numbers.unwrap_or_else(|| {
            let after = |version: &Self| version.after.clone().unwrap_or_default();
            self.rank()
                .cmp(&other.rank())
                .then_with(|| by_parts(&after(self), &after(other)))
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.numbers.iter().map(u64::to_string).collect();
        f.write_str(&numbers.join("."))?;
        let Some(after) = &self.after else {
            return Ok(());
        };
        let between = if self.hyphen {
            "-"
        } else if self.rank().is_gt() {
            "."
        } else {
            ""
        };
        write!(f, "{between}{after}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_not_found_in_garbage() {
        let found = |text: &str| Version::find(text).map(|version| version.to_string());
        assert_eq!(found("git version 2.40.0 (x)").as_deref(), Some("2.40.0"));
        assert_eq!(found("uv-tool (1.2.3)").as_deref(), Some("1.2.3"));
        let wrapped = "Now using node v18.1.0 (npm v9.0.1)\nv20.20.2\n";
        assert_eq!(found(wrapped).as_deref(), Some("20.20.2"));
        for text in [
            "9@\u{1}\u{2}9.9@",
            "9\u{fffd}.1",
            "1a.2",
            "9.x",
            &"1.".repeat(99),
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn versions_stand_in_their_order_and_are_shown_as_they_are_written() {
        let ordered = [
            "3.14.0a2",
            "3.14.0b1",
            "3.14.0rc1",
            "3.14.0rc10",
            "3.14.0",
            "3.14.0.post1",
            "3.14.1",
            "22.0.0-0",
            "22.0.0-alpha",
            "22.0.0-alpha.1",
            "22.0.0-rc.9",
            "22.0.0-rc.10",
            "22.0.0",
        ];
        let parsed = ordered.map(|text| Version::parse(text).expect("a version"));
        assert!(parsed.is_sorted_by(|a, b| a < b), "{parsed:?}");
        assert_eq!(parsed.map(|version| version.to_string()), ordered);
    }
}
