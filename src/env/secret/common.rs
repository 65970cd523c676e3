//! Values that are also words of every log: masking them would make logs unreadable.

use std::ops::RangeInclusive;

/// Passwords that servers come with, environments, levels, what is said of a start, parts of a stack.
const WORDS: &[&str] = &[
    "postgres",
    "postgresql",
    "password",
    "redis",
    "admin",
    "root",
    "guest",
    "user",
    "test",
    "localhost",
    "pixcrawler",
    "supabase",
    "production",
    "development",
    "staging",
    "testing",
    "preview",
    "local",
    "prod",
    "default",
    "example",
    "sample",
    "debug",
    "info",
    "warning",
    "error",
    "critical",
    "verbose",
    "enabled",
    "disabled",
    "true",
    "false",
    "none",
    "null",
    "undefined",
    "required",
    "optional",
    "starting",
    "started",
    "running",
    "ready",
    "waiting",
    "stopping",
    "stopped",
    "finished",
    "completed",
    "success",
    "failed",
    "healthy",
    "application",
    "server",
    "service",
    "worker",
    "backend",
    "frontend",
    "database",
    "celery",
    "uvicorn",
    "secret",
    "token",
    "public",
    "private",
];

/// Whether a value is such a word, in whatever case, or a date.
pub(in crate::env) fn is_common(value: &str) -> bool {
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(value)) || is_date(value)
}

/// Whether a value is a day of the calendar, as the lines of logs begin with it, also with a time behind it.
fn is_date(value: &str) -> bool {
    let (Some(day), Some(time)) = (value.get(..10), value.get(10..)) else {
        return false;
    };
    let parts: Vec<&str> = match day.find(['-', '/', '.']) {
        Some(at) => day.split(&day[at..=at]).collect(),
        None => return false,
    };
    let (year, one, other) = match parts[..] {
        [year, one, other] if year.len() == 4 => (year, one, other),
        [one, other, year] if year.len() == 4 => (year, one, other),
        _ => return false,
    };
    let is_in = |part: &str, range: RangeInclusive<u16>| {
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        is_number && part.parse().is_ok_and(|number| range.contains(&number))
    };
    let has_month = is_in(one, 1..=12) || (is_in(other, 1..=12) && parts[2] == year);
    has_month
        && is_in(year, 1900..=2099)
        && [one, other]
            .iter()
            .all(|part| part.len() == 2 && is_in(part, 1..=31))
        && (time.is_empty() || is_time(time))
}

/// Whether this is a time behind a day.
fn is_time(text: &str) -> bool {
    let is_of_it = |c: char| c.is_ascii_digit() || ":.,+-Z".contains(c);
    let clock = text.strip_prefix(['T', ' ']).unwrap_or_default();
    clock.contains(':') && clock.chars().all(is_of_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_word_of_every_log() {
        for date in [
            "2026-11-30",
            "2026/11/30",
            "2026.11.30",
            "30.11.2026",
            "11/30/2026",
            "2026-11-30T10:00:00Z",
            "2026-11-30 10:00:00,123",
            "Postgres",
        ] {
            assert!(is_common(date), "{date}");
        }
        for other in [
            "2026-13-30",
            "2026-11-32",
            "2026-00-10",
            "1234-11-30",
            "2026-11-3x",
            "2026-11-30x",
            "2026-11-30T",
            "2026-11-30-4711",
            "2026-11/30",
            "20261130",
            "4711-08-15",
            "31.31.2026",
            "12-345-678",
            "123-45-6789",
            "2026-1-130",
            "+026-11-30",
            "äöüß-11-30",
            "",
        ] {
            assert!(!is_common(other), "{other}");
        }
    }
}
