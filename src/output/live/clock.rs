//! The time of day in front of a line, formatted once a second.

use jiff::{Timestamp, tz::TimeZone};

/// The local time of day.
#[derive(Debug)]
pub(super) struct Clock {
    zone: TimeZone,
    second: i64,
    text: String,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            zone: TimeZone::system(),
            second: i64::MIN,
            text: String::new(),
        }
    }

    /// The second, and how it is shown: `14:02:11`.
    pub(super) fn time(&mut self) -> (i64, &str) {
        let now = Timestamp::now();
        if now.as_second() != self.second {
            self.second = now.as_second();
            self.text = now
                .to_zoned(self.zone.clone())
                .strftime("%H:%M:%S")
                .to_string();
        }
        (self.second, &self.text)
    }
}

/// The time now as RFC 3339 with milliseconds, in UTC.
pub(super) fn timestamp() -> String {
    Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
        .to_string()
}
