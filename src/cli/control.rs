//! The commands of a second terminal: `ps`, `logs`, `attach`, `stop`, `start`, `restart`, `scale`.

use clap::Args;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use regex::Regex;

use crate::commands::logs;
use crate::commands::stop::Request;
use crate::service::control::Ask;
use crate::service::fleet::MOST;
use crate::service::level::Level;
use crate::workspace::Seconds;

// Services of the running session. No documentation: clap would take it for that of each command.
#[derive(Debug, Args)]
pub(super) struct ServicesArgs {
    /// Their names; `pixcrawler ps` lists them
    #[arg(required = true, value_name = "SERVICE")]
    pub(super) services: Vec<String>,
}

// Which lines of the logs.
#[derive(Debug, Args)]
pub(super) struct LogsArgs {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Go on with what comes; without --since or --lines, after the last 50 lines
    #[arg(short, long)]
    follow: bool,
    /// Nothing older, of this session or others: 5m, 1h30m, 2026-11-24 or 2026-11-24T14:00:00Z.
    /// Without it, the last session
    #[arg(long, value_name = "TIME", value_parser = since, allow_hyphen_values = true)]
    since: Option<Timestamp>,
    /// Nothing below this level: trace, debug, info, warn, error
    #[arg(long, value_name = "LEVEL")]
    level: Option<Level>,
    /// Only lines in which this regular expression matches
    #[arg(long, value_name = "REGEX", value_parser = expression)]
    grep: Option<Regex>,
    /// Only so many last lines
    #[arg(short = 'n', long, value_name = "N", value_parser = lines, allow_negative_numbers = true)]
    lines: Option<usize>,
}

impl LogsArgs {
    pub(super) fn request(self) -> logs::Request {
        logs::Request {
            services: self.services,
            follow: self.follow,
            since: self.since,
            level: self.level,
            grep: self.grep,
            lines: self.lines,
            session: None,
        }
    }
}

/// A moment: so long ago, a day or a time here, or as RFC 3339.
fn since(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let zone = TimeZone::system();
    if let Ok(here) = text.parse::<DateTime>() {
        let time = here.to_zoned(zone);
        return time
            .map(|time| time.timestamp())
            .map_err(|_| format!("`{text}` is no time that there is"));
    }
    let too_long = |_| format!("`{text}` is too long ago");
    if let Ok(ago) = text.parse::<Seconds>() {
        return Timestamp::now().checked_sub(ago.0).map_err(too_long);
    }
    let expected = "expected for example 5m, 1h30m, 2026-11-24 or 2026-11-24T14:00:00Z";
    let ago = text
        .parse::<Span>()
        .map_err(|_| format!("`{text}` is no time, {expected}"))?;
    if ago.is_negative() {
        return Err(format!(
            "`{text}` is still to come: so long ago is written without a sign, {expected}"
        ));
    }
    // Days are those of the calendar here.
    let time = Timestamp::now().to_zoned(zone).checked_sub(ago);
    time.map(|time| time.timestamp()).map_err(too_long)
}

/// How many lines.
fn lines(text: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is no number of lines, expected for example 20"))
}

/// A regular expression. One that is wrong is shown with the place, on lines of its own.
fn expression(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|error| {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default();
        let why = why.strip_prefix("error: ").unwrap_or(why);
        format!("{why}; to search for the text itself, put \\ before what has a meaning")
    })
}

// Stop services, or the whole session.
#[derive(Debug, Args)]
pub(super) struct StopArgs {
    /// Only these services; the session goes on. Without any, the session is stopped
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Kill at once whatever is left, as a second Ctrl+C does
    #[arg(long, conflicts_with = "services")]
    kill: bool,
}

impl StopArgs {
    pub(super) fn request(self) -> Request {
        Request {
            services: self.services,
            kill: self.kill,
        }
    }
}

// How many of which service.
#[derive(Debug, Args)]
pub(super) struct ScaleArgs {
    /// The service and how many of it are to run: worker=3
    #[arg(value_name = "SERVICE=N", value_parser = scale)]
    ask: Ask,
}

impl ScaleArgs {
    pub(super) fn ask(self) -> Ask {
        self.ask
    }
}

fn scale(text: &str) -> Result<Ask, String> {
    let expected = "expected a service and a number: worker=3";
    let (service, count) = text.split_once('=').ok_or(expected)?;
    let replicas = count.parse().map_err(|_| {
        if !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("{count} replicas are more than {MOST}")
        } else {
            expected.to_owned()
        }
    })?;
    if service.is_empty() {
        return Err(expected.to_owned());
    }
    Ok(Ask::Scale {
        service: service.to_owned(),
        replicas,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds_ago(text: &str) -> Result<i64, String> {
        since(text).map(|time| Timestamp::now().as_second() - time.as_second())
    }

    #[test]
    fn a_moment_is_said_in_many_ways() {
        for (text, ago) in [("5m", 300), ("90", 90), ("1h30m", 5400), ("2 hours", 7200)] {
            let said = seconds_ago(text).expect(text);
            assert!((ago..ago + 5).contains(&said), "{text}: {said}");
        }
        let day = since("2026-11-24").expect("a day");
        assert_eq!(Ok(day), since("2026-11-24T00:00"));
        assert_eq!(day.to_zoned(TimeZone::system()).hour(), 0);
        assert!(since("2026-11-24T14:00:00Z").is_ok() && since("1d12h").is_ok());
        for (text, why) in [
            ("-5m", "without a sign"),
            ("soon", "is no time, expected"),
            ("999999999999d", "is "),
        ] {
            let said = since(text).expect_err(text);
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn numbers_that_cannot_be_say_why() {
        let said = scale("mail=100000").expect_err("too many");
        assert_eq!(said, "100000 replicas are more than 100");
        assert!(scale("mail=x").is_err_and(|said| said.starts_with("expected a service")));
        assert!(scale("mail=-1").is_err_and(|said| said.starts_with("expected a service")));
        assert!(lines("-1").is_err_and(|said| said.contains("`-1` is no number of lines")));
    }
}
