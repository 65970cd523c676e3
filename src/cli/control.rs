//! The commands of a second terminal: `ps`, `logs`, `attach`, `stop`, `start`, `restart`, `scale`.

use clap::Args;
use jiff::Timestamp;
use regex::Regex;

use crate::commands::logs;
use crate::commands::stop::Request;
use crate::service::control::Ask;
use crate::service::level::Level;
use crate::workspace::Seconds;

/// Services of the running session.
#[derive(Debug, Args)]
pub(super) struct ServicesArgs {
    /// Their names; `pixcrawler ps` lists them
    #[arg(required = true, value_name = "SERVICE")]
    pub(super) services: Vec<String>,
}

/// Which lines of the logs.
#[derive(Debug, Args)]
pub(super) struct LogsArgs {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Go on with what comes; without --since or --lines, after the last 50 lines
    #[arg(short, long)]
    follow: bool,
    /// Nothing older, of this session or others: 5m, 2h, or 2026-11-24T14:00:00Z. Without it, the
    /// last session
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<Timestamp>,
    /// Nothing below this level: trace, debug, info, warn, error
    #[arg(long, value_name = "LEVEL")]
    level: Option<Level>,
    /// Only lines in which this regular expression matches
    #[arg(long, value_name = "REGEX", value_parser = expression)]
    grep: Option<Regex>,
    /// Only so many last lines
    #[arg(short = 'n', long, value_name = "N")]
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

/// A moment: so long ago, or as RFC 3339.
fn since(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let ago = text.parse::<Seconds>().map_err(|_| {
        format!("`{text}` is no time, expected for example 5m, 2h or 2026-11-24T14:00:00Z")
    })?;
    Timestamp::now()
        .checked_sub(ago.0)
        .map_err(|_| format!("`{text}` is too long ago"))
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

/// Stop services, or the whole session.
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

/// How many of which service.
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
    let replicas = count.parse().map_err(|_| expected)?;
    if service.is_empty() {
        return Err(expected.to_owned());
    }
    Ok(Ask::Scale {
        service: service.to_owned(),
        replicas,
    })
}
