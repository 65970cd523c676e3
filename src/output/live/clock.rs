//! The time of day in front of a line, made once a second.

use jiff::{Timestamp, tz::TimeZone};

/// Clocks are put forward and back at quarters of an hour, in every zone: so long an offset holds.
const QUARTER: i64 = 15 * 60;

/// How the time of day is shown.
pub(super) type Shown = [u8; 8];

/// The local time of day.
#[derive(Debug)]
pub(super) struct Clock {
    zone: TimeZone,
    quarter: i64,
    offset: i64,
    second: i64,
    shown: Shown,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self::of(TimeZone::system())
    }

    fn of(zone: TimeZone) -> Self {
        Self {
            zone,
            quarter: i64::MIN,
            offset: 0,
            second: i64::MIN,
            shown: *b"00:00:00",
        }
    }

    /// The second, and how it is shown: `14:02:11`.
    pub(super) fn time(&mut self) -> (i64, &Shown) {
        self.at(Timestamp::now())
    }

    fn at(&mut self, now: Timestamp) -> (i64, &Shown) {
        let second = now.as_second();
        if second != self.second {
            self.second = second;
            let quarter = second.div_euclid(QUARTER);
            if quarter != self.quarter {
                self.quarter = quarter;
                self.offset = i64::from(self.zone.to_offset(now).seconds());
            }
            let of_day = (second + self.offset).rem_euclid(24 * 60 * 60);
            for (at, part) in [(0, of_day / 3600), (3, of_day / 60 % 60), (6, of_day % 60)] {
                let digits = [part / 10, part % 10].map(|it| b'0' + u8::try_from(it).unwrap_or(0));
                self.shown[at..at + 2].copy_from_slice(&digits);
            }
        }
        (self.second, &self.shown)
    }
}

/// The time now as RFC 3339 with milliseconds, in UTC.
pub(super) fn timestamp() -> String {
    shown(Timestamp::now())
}

/// A time in that form that was kept in another one, more precise or less. It becomes no later: what is asked for
/// since then has what came at that time.
pub(super) fn in_milliseconds(time: &str) -> String {
    time.parse().map_or_else(|_| time.to_owned(), shown)
}

fn shown(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_behind_the_second_whatever_was_kept() {
        for (kept, shown) in [
            ("2026-11-24T14:02:33.390999Z", "2026-11-24T14:02:33.390Z"),
            ("2026-11-24T14:02:33.39Z", "2026-11-24T14:02:33.390Z"),
            ("2026-11-24T14:02:33Z", "2026-11-24T14:02:33.000Z"),
            ("then", "then"),
        ] {
            assert_eq!(in_milliseconds(kept), shown);
        }
    }

    #[test]
    fn the_time_of_day_is_that_of_the_zone_also_when_clocks_are_put_back() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
        let mut clock = Clock::of(zone.clone());
        let mut now: Timestamp = "2026-10-25T00:58:00Z".parse().expect("a time");
        for _ in 0..240 {
            let expected = now.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string();
            assert_eq!(clock.at(now).1, expected.as_bytes(), "{now}");
            now += jiff::SignedDuration::from_secs(1);
        }
    }
}
