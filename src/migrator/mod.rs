//! Performs a plan of migrations: one runner at a time, each migration in a transaction of its own
//! with its row, so that whatever ends the process leaves none half done.

mod apply;
mod batch;
mod connect;
mod edit;
mod event;
mod fresh;
mod lock;
mod outside;
mod patience;
mod preview;
mod run;
mod script;
mod table;
mod verify;
mod watch;

use std::time::Duration;

use crate::diagnostic::Finding;
use crate::failure::Failure;
use crate::migration::plan::Wishes;

pub use connect::{refused, unreachable};
pub use edit::{Edit, change_sql, columns, unique_index, who};
pub use event::{Applied, Event, Holder};
pub use fresh::fresh;
pub use lock::{holders, key};
pub use preview::{Piece, Preview, Step, preview};
pub use run::up;
pub use verify::{Verified, verify};

/// How to go about it.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long to wait until the database answers.
    pub wait: Duration,
    /// How long to wait until another runner is done.
    pub lock_wait: Duration,
    /// How long a statement may wait for a lock of the server.
    pub lock_timeout: Duration,
    /// How long a statement may run; zero is for ever.
    pub statement_timeout: Duration,
    /// How often a migration is tried again when a lock was not got in time.
    pub retries: u32,
    /// All in one transaction, as drizzle-kit does it.
    pub single_transaction: bool,
    /// What was asked for.
    pub wishes: Wishes,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            wait: Duration::ZERO,
            lock_wait: Duration::from_mins(1),
            lock_timeout: Duration::from_secs(5),
            statement_timeout: Duration::ZERO,
            retries: 5,
            single_transaction: false,
            wishes: Wishes::default(),
        }
    }
}

/// Why the run stopped before its end.
#[derive(Debug)]
pub enum Stop {
    /// The files and the rows disagree, or a migration cannot run like that: nothing was run.
    Refused(Vec<Finding>),
    /// A statement failed, and its migration was rolled back.
    Failed(Box<Finding>),
    /// The server could not be reached, or is busy.
    Failure(Failure),
    /// The user wants to stop; the number of the signal.
    Interrupted(i32),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// What was applied, in order.
    pub applied: Vec<Applied>,
    /// How many of how many are on record now.
    pub on_record: (usize, usize),
    /// What is worth knowing.
    pub warnings: Vec<Finding>,
    /// Why it stopped; none when all was done.
    pub stop: Option<Stop>,
}
