//! What is asked and answered.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Snapshot;
use crate::exit::Exit;

/// The version of the messages. Fields may be added to a version; none changes its meaning or goes.
pub const PROTOCOL: u32 = 1;

/// What another terminal sends, once per connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// [`PROTOCOL`] of the one who asks.
    pub protocol: u32,
    /// What it wants.
    #[serde(flatten)]
    pub ask: Ask,
}

impl Request {
    /// A request of this program's version.
    #[must_use]
    pub fn new(ask: Ask) -> Self {
        Self {
            protocol: PROTOCOL,
            ask,
        }
    }
}

/// What another terminal may want.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Ask {
    /// The state of everything, once; then the lines that services have begun and not ended.
    State,
    /// The state of everything, then all that happens until one of the two leaves.
    Follow,
    /// These services are to stop; without any, the session.
    Stop {
        /// Their names.
        services: Vec<String>,
    },
    /// These services are to run.
    Start {
        /// Their names.
        services: Vec<String>,
    },
    /// These services are to stop and to run again.
    Restart {
        /// Their names.
        services: Vec<String>,
    },
    /// So many of a service are to run.
    Scale {
        /// Its name.
        service: String,
        /// How many.
        replicas: u16,
    },
    /// Whatever is left is to be killed: the second Ctrl+C.
    Kill,
}

/// What a session answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The state of everything.
    State(Box<Snapshot>),
    /// A service printed something.
    Printed(Printed),
    /// Something happened.
    Happened(Happened),
    /// So many lines were left out, since the reader is slow.
    LeftOut(u64),
    /// The order was carried out; in words, what became of it.
    Done(String),
    /// The order was not carried out.
    Refused(Refusal),
    /// The session is over: nothing follows.
    Over,
}

/// Whole lines of a service, without control sequences that could harm, secrets masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// When, as RFC 3339 in UTC.
    pub time: String,
    /// The service's name.
    pub service: String,
    /// The number of the first line, counted over the whole session from 1.
    pub seq: u64,
    /// The lines, each with its newline.
    pub text: String,
}

impl Printed {
    /// How many lines there are.
    pub(super) fn lines(&self) -> u64 {
        memchr::memchr_iter(b'\n', self.text.as_bytes()).count() as u64
    }
}

/// Something that happened, for people and for programs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Happened {
    /// Its number among all that happened in the session, counted from 1; 0 when it is not known.
    #[serde(default)]
    pub number: u64,
    /// How it is to be taken.
    pub mood: Mood,
    /// In words; empty when there is nothing to say.
    pub text: String,
    /// The object that `dev --format json` prints.
    pub event: Value,
}

/// How something is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mood {
    /// As it goes.
    Calm,
    /// Fine.
    Good,
    /// Look at it.
    Careful,
    /// Broken.
    Bad,
}

/// Why an order was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The exit code that it is worth.
    pub exit: u8,
    /// What is wrong.
    pub message: String,
    /// The way out.
    #[serde(default)]
    pub help: Option<String>,
}

impl Refusal {
    /// A refusal with its way out.
    #[must_use]
    pub fn new(exit: Exit, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            exit: exit.code(),
            message: message.into(),
            help: Some(help.into()),
        }
    }
}
