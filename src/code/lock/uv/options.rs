//! The settings by which uv chooses versions, as `uv.lock` has them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::UvLock;

/// The settings of uv's that are compared, each with the variable that counts before it.
pub const SETTINGS: [(&str, &str); 4] = [
    ("resolution", "UV_RESOLUTION"),
    ("prerelease", "UV_PRERELEASE"),
    ("fork-strategy", "UV_FORK_STRATEGY"),
    ("exclude-newer", "UV_EXCLUDE_NEWER"),
];

/// What says what holds anyway; of the second uv has had two names.
const USUAL: [&str; 4] = [
    "highest",
    "if-necessary-or-explicit",
    "if-necessary",
    "requires-python",
];

impl UvLock {
    /// Those of the settings that are known now and with which it was not made. One without a value is not set.
    #[must_use]
    pub fn differs_in_settings(&self, now: &BTreeMap<String, Option<String>>) -> Vec<String> {
        let chosen = |value: Option<&String>| {
            let value = value.map(String::as_str);
            value.filter(|it| !USUAL.contains(it)).map(str::to_owned)
        };
        let differs = |(key, now): (&String, &Option<String>)| {
            let then = |key: &str| self.options.get(key);
            let is_same = match key.as_str() {
                "exclude-newer" => same_time(then(key), then("exclude-newer-span"), now.as_deref()),
                "fork-strategy" => chosen(then(key)) == chosen(now.as_ref()),
                key => chosen(then(&format!("{key}-mode"))) == chosen(now.as_ref()),
            };
            (!is_same).then(|| key.clone())
        };
        now.iter().filter_map(differs).collect()
    }
}

/// Whether a time that is written may be the one that was locked.
fn same_time(then: Option<&String>, span: Option<&String>, now: Option<&str>) -> bool {
    let (Some(then), Some(now)) = (then, now) else {
        return then.is_none() == now.is_none();
    };
    if let Ok(time) = now.parse::<Timestamp>() {
        let then = then.parse::<Timestamp>();
        return span.is_none() && then.is_ok_and(|then| then == time);
    }
    if let Ok(date) = now.parse::<Date>() {
        return span.is_none() && is_end_of(date, then).unwrap_or(true);
    }
    let Ok(now) = now.parse::<Span>() else {
        // Only uv knows what it is.
        return true;
    };
    // uv compares how it is written: a week is not seven days.
    span.is_some_and(|then| {
        let then = then.parse::<Span>();
        then.is_ok_and(|then| then.abs().fieldwise() == now.abs().fieldwise())
    })
}

/// Whether a time is the end of a day somewhere on earth: which place was meant is not written.
fn is_end_of(date: Date, time: &str) -> Option<bool> {
    let time: Timestamp = time.parse().ok()?;
    let end = date
        .tomorrow()
        .ok()?
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()?;
    let apart = time.duration_since(end.timestamp()).as_hours();
    Some((-14..=12).contains(&apart))
}

#[cfg(test)]
mod tests {
    use super::super::super::uv_lock;

    #[test]
    fn settings_are_compared_by_what_they_mean() {
        let differs = |options: &str, key: &str, value: Option<&str>| {
            let text = format!("version = 1\nrequires-python = \">=3.9\"\n[options]\n{options}\n");
            let now = [(key.to_owned(), value.map(str::to_owned))].into();
            !uv_lock(&text)
                .expect("valid")
                .differs_in_settings(&now)
                .is_empty()
        };
        let time = "exclude-newer = \"2026-11-15T00:00:00Z\"";
        let span = "exclude-newer = \"0001-01-01T00:00:00Z\"\nexclude-newer-span = \"P1W\"";
        for (options, key, value) in [
            ("", "resolution", None),
            ("", "resolution", Some("highest")),
            ("", "prerelease", Some("if-necessary-or-explicit")),
            ("prerelease-mode = \"allow\"", "prerelease", Some("allow")),
            (
                "fork-strategy = \"fewest\"",
                "fork-strategy",
                Some("fewest"),
            ),
            ("", "exclude-newer", None),
            (time, "exclude-newer", Some("2026-11-15T01:00:00+01:00")),
            (time, "exclude-newer", Some("2026-11-14")),
            (span, "exclude-newer", Some("1 week")),
            (span, "exclude-newer", Some("P1W")),
        ] {
            assert!(!differs(options, key, value), "{options} {value:?}");
        }
        for (options, key, value) in [
            ("", "resolution", Some("lowest")),
            ("resolution-mode = \"lowest\"", "resolution", None),
            ("", "prerelease", Some("allow")),
            ("", "fork-strategy", Some("fewest")),
            (time, "exclude-newer", None),
            ("", "exclude-newer", Some("2026-11-14")),
            (time, "exclude-newer", Some("2026-11-16T00:00:00Z")),
            (time, "exclude-newer", Some("2026-11-10")),
            (time, "exclude-newer", Some("1 week")),
            (span, "exclude-newer", Some("7 days")),
            (span, "exclude-newer", Some("2026-11-14")),
        ] {
            assert!(differs(options, key, value), "{options} {value:?}");
        }
    }
}
