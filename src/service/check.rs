//! How to tell that a service is ready, and that it still works.

use std::time::Duration;

use super::command::Command;
use super::endpoint::Endpoint;
use crate::env::masked_address;

/// How to tell that a service is ready, and how long that may take.
#[derive(Debug, Clone, PartialEq)]
pub struct Readiness {
    /// The check; none when the start is enough.
    pub probe: Option<Probe>,
    /// Time from the start after which it counts as failed.
    pub timeout: Duration,
    /// Time between two attempts.
    pub interval: Duration,
    /// How long one attempt may take.
    pub attempt: Duration,
    /// Time from the start to the first attempt.
    pub delay: Duration,
    /// Why nobody may ever tell that it is ready, in words: then one that still runs when its time is over counts as
    /// ready, and not as failed.
    pub settles: Option<String>,
}

impl Readiness {
    /// A check with the usual times.
    #[must_use]
    pub fn by(probe: Probe) -> Self {
        Self {
            probe: Some(probe),
            ..Self::at_start()
        }
    }

    /// Ready as soon as it runs.
    #[must_use]
    pub fn at_start() -> Self {
        Self {
            probe: None,
            timeout: Duration::from_mins(2),
            interval: Duration::from_millis(200),
            attempt: Duration::from_secs(2),
            delay: Duration::ZERO,
            settles: None,
        }
    }
}

/// How to tell that a service that was ready still works.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// The check.
    pub check: HealthCheck,
    /// Time between two attempts.
    pub interval: Duration,
    /// How long one attempt may take.
    pub attempt: Duration,
    /// Failed attempts in a row after which it counts as unhealthy.
    pub failures: u32,
}

/// Who speaks when it comes to health.
#[derive(Debug, Clone, PartialEq)]
pub enum HealthCheck {
    /// We ask.
    Ask(Probe),
    /// It says `WATCHDOG=1` by itself, at least this often.
    Watchdog(Duration),
    /// Lines with this come again and again, at least this often.
    Lines(Pattern, Duration),
}

impl Health {
    /// The longest silence of a service that speaks by itself.
    #[must_use]
    pub fn silence(&self) -> Option<Duration> {
        match &self.check {
            HealthCheck::Ask(_) => None,
            HealthCheck::Watchdog(time) | HealthCheck::Lines(_, time) => Some(*time),
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    /// This URL answers as it should.
    Http(Http),
    /// This port of this machine accepts a connection.
    Tcp(u16),
    /// A line of the output holds this.
    Log(Pattern),
    /// This command ends with success.
    Exec(Command),
    /// A Celery worker of this service's process tree answers over one of these brokers: the first that lets
    /// it in.
    Celery(Vec<Endpoint>),
    /// The service says so itself: `READY=1` over `NOTIFY_SOCKET`.
    Notify,
    /// The managed server answers in its own protocol and holds what the plan asks for.
    Managed,
}

impl Probe {
    /// What to say of a check that has not passed in time; `last` is why its last attempt failed, if
    /// one has come to an end.
    #[must_use]
    pub fn missed(&self, last: Option<&str>) -> String {
        let told = |usual: &str| last.unwrap_or(usual).to_owned();
        match self {
            Self::Http(http) => format!("{}: {}", masked_address(&http.url), told("no answer")),
            Self::Tcp(port) => told(&format!("port {port} does not answer")),
            Self::Exec(command) => told(&format!("`{command}` has not ended")),
            Self::Celery(_) => told("the worker does not answer over its broker"),
            Self::Managed => told("it does not answer"),
            Self::Log(pattern) => format!("no line with {pattern}"),
            Self::Notify => "it did not say READY=1".to_owned(),
        }
    }
}

/// What is asked over HTTP, and what must come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Http {
    /// The address.
    pub url: String,
    /// The ranges of status that are right; below 400 when empty.
    pub status: Vec<(u16, u16)>,
    /// Headers of the request.
    pub headers: Vec<(String, String)>,
    /// Headers that the answer must have; an empty text stands for any value.
    pub response_headers: Vec<(String, String)>,
    /// A text that the body must hold.
    pub body: Option<String>,
}

impl Http {
    /// An address that answers with a status below 400.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ..Self::default()
        }
    }

    /// Whether a status is right.
    #[must_use]
    pub fn accepts(&self, status: u16) -> bool {
        if self.status.is_empty() {
            return status < 400;
        }
        self.status
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&status))
    }
}

/// What a line of output must hold.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// This text.
    Text(String),
    /// A match of this.
    Regex(regex::bytes::Regex),
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(two)) => one == two,
            (Self::Regex(one), Self::Regex(two)) => one.as_str() == two.as_str(),
            _ => false,
        }
    }
}

impl Pattern {
    /// Whether one of these lines holds it. Colours within a line do not count.
    #[must_use]
    pub fn is_in(&self, lines: &[u8]) -> bool {
        let mut plain = Vec::new();
        let lines = if memchr::memchr(0x1b, lines).is_some() {
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                super::screen::harmless(
                    line.strip_suffix(b"\n").unwrap_or(line),
                    false,
                    &mut plain,
                );
                plain.push(b'\n');
            }
            &plain
        } else {
            lines
        };
        match self {
            Self::Text(text) => memchr::memmem::find(lines, text.as_bytes()).is_some(),
            // Line by line, so that `^` and `$` mean what everybody expects.
            Self::Regex(regex) => lines
                .split(|byte| *byte == b'\n')
                .any(|line| regex.is_match(line.strip_suffix(b"\r").unwrap_or(line))),
        }
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Regex(regex) => write!(f, "/{regex}/"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_found_in_single_lines_without_their_colours() {
        let regex = |text: &str| Pattern::Regex(regex::bytes::Regex::new(text).expect("sound"));
        let text = |text: &str| Pattern::Text(text.to_owned());
        assert!(text("Ready in").is_in(b"x\n \x1b[32mReady\x1b[0m in 4s\n"));
        assert!(regex(r"^Ready in \d+ms$").is_in(b"a\nReady in 41ms\r\nb\n"));
        assert!(!regex("^Ready$").is_in(b"Not Ready\nReady now\n"));
        assert!(!text("a\nb").is_in(b"a b\n"));
    }

    #[test]
    fn a_status_is_right_below_400_or_as_it_is_said() {
        let any = Http::get("x");
        assert!(any.accepts(304) && !any.accepts(404));
        let some = Http {
            status: vec![(200, 204), (401, 401)],
            ..any
        };
        assert!(some.accepts(203) && some.accepts(401) && !some.accepts(304));
    }
}
