//! Numbers, with all that each reader accepts as one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Problem, Reader};

/// The smallest and the largest value; both may be open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The smallest value.
    pub min: Option<f64>,
    /// The largest value.
    pub max: Option<f64>,
}

impl Range {
    /// A TCP port.
    #[must_use]
    pub fn port(min: Option<f64>, max: Option<f64>) -> Self {
        Self {
            min: min.or(Some(1.0)),
            max: max.or(Some(65_535.0)),
        }
    }

    pub(super) fn check(self, value: f64) -> Result<(), Problem> {
        match (self.min, self.max) {
            (Some(min), _) if value < min => Err(Problem::out_of_range(format!(
                "is {value}, smaller than {min}"
            ))
            .way_out(self.words())),
            (_, Some(max)) if value > max => Err(Problem::out_of_range(format!(
                "is {value}, larger than {max}"
            ))
            .way_out(self.words())),
            _ => Ok(()),
        }
    }

    fn words(self) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) => format!("choose a value from {min} to {max}"),
            (Some(min), None) => format!("choose {min} or more"),
            (None, Some(max)) => format!("choose {max} or less"),
            (None, None) => String::new(),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.min, self.max) {
            (Some(min), Some(max)) => write!(f, " from {min} to {max}"),
            (Some(min), None) => write!(f, ", {min} or more"),
            (None, Some(max)) => write!(f, ", {max} or less"),
            (None, None) => Ok(()),
        }
    }
}

/// A whole number. pydantic also takes `1_000`, `+80`, `80.0` and blanks around; JavaScript's
/// `Number` also takes `0x50` and `8e3`.
#[expect(
    clippy::cast_precision_loss,
    reason = "limits of settings are far below 2^53"
)]
pub(super) fn int(value: &str, reader: Reader) -> Result<f64, Problem> {
    let read = match reader {
        Reader::Pydantic => pydantic_int(value).map(|number| number as f64),
        Reader::JavaScript => javascript(value).filter(|number| number.fract() == 0.0),
    };
    read.ok_or_else(|| not_a(value, "integer", reader))
}

/// Any number. pydantic takes what Python's `float` takes, infinity and not-a-number too.
pub(super) fn float(value: &str, reader: Reader) -> Result<f64, Problem> {
    let read = match reader {
        Reader::Pydantic => without_underscores(value.trim()).and_then(|text| text.parse().ok()),
        Reader::JavaScript => javascript(value),
    };
    read.ok_or_else(|| not_a(value, "number", reader))
}

fn not_a(value: &str, what: &str, reader: Reader) -> Problem {
    let article = if what == "integer" { "an" } else { "a" };
    if value.trim().is_empty() {
        return Problem::wrong(format!(
            "is empty, which {} does not read as {article} {what}",
            reader.name()
        ))
        .way_out("delete the line, so that the default counts, or give it a value");
    }
    let problem = Problem::wrong(format!("is not {article} {what}"));
    let digits: String = value
        .trim()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    if digits.is_empty() {
        problem.way_out(format!("write {article} {what}"))
    } else {
        problem.way_out(format!("write {article} {what}, e.g. {digits}"))
    }
}

/// What pydantic reads as a whole number, up to 64 bits of it.
pub(super) fn pydantic_int(value: &str) -> Option<i64> {
    let text = value.trim();
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    without_underscores(whole)?.parse().ok()
}

/// Underscores may stand between digits and nowhere else.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let digit = |at: Option<usize>| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(u8::is_ascii_digit)
        };
        if *byte == b'_' && !(digit(at.checked_sub(1)) && digit(Some(at + 1))) {
            return None;
        }
    }
    Some(text.replace('_', ""))
}

/// `Number(text)`, without its empty text that is zero, and without infinity.
fn javascript(value: &str) -> Option<f64> {
    let text = value.trim();
    let radix = |prefix: [&str; 2], radix| {
        let digits = prefix.iter().find_map(|prefix| text.strip_prefix(prefix))?;
        u32::from_str_radix(digits, radix).ok().map(f64::from)
    };
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    radix(["0x", "0X"], 16)
        .or_else(|| radix(["0o", "0O"], 8))
        .or_else(|| radix(["0b", "0B"], 2))
        .or_else(|| if plain { text.parse().ok() } else { None })
        .filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_what_the_reader_takes_for_one() {
        for (value, pydantic, javascript) in [
            ("80", true, true),
            ("80.0", true, true),
            ("80.5", false, false),
            ("1_000", true, false),
            ("1__0", false, false),
            ("+80", true, true),
            ("  80 ", true, true),
            ("0x50", false, true),
            ("8e3", false, true),
            ("", false, false),
            ("80x", false, false),
            ("Infinity", false, false),
        ] {
            assert_eq!(
                int(value, Reader::Pydantic).is_ok(),
                pydantic,
                "pydantic: {value:?}"
            );
            assert_eq!(
                int(value, Reader::JavaScript).is_ok(),
                javascript,
                "JavaScript: {value:?}"
            );
        }
    }

    #[test]
    fn limits_say_what_is_allowed() {
        let problem = Range::port(None, None)
            .check(70_000.0)
            .expect_err("no such port");
        assert_eq!(problem.message, "is 70000, larger than 65535");
        assert_eq!(
            problem.way_out.as_deref(),
            Some("choose a value from 1 to 65535")
        );
    }
}
