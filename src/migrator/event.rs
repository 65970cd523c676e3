//! What happens, for whoever shows it.

use std::time::Duration;

/// A session of the server that holds what we want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process on the server.
    pub pid: i64,
    /// The role.
    pub user: String,
    /// The program that it says it is.
    pub application: String,
    /// From where it came.
    pub address: String,
    /// `active`, `idle in transaction` …
    pub state: String,
    /// Seconds since its transaction, or else its statement, began.
    pub seconds: u64,
    /// What it runs, or ran last; one line, cut.
    pub statement: String,
}

impl Holder {
    /// For one line.
    #[must_use]
    pub fn in_words(&self) -> String {
        let application = if self.application.is_empty() {
            "a session"
        } else {
            &self.application
        };
        let mut words = format!(
            "{application} (pid {}, {}, {}, {} s)",
            self.pid, self.user, self.state, self.seconds
        );
        if !self.statement.is_empty() {
            words.push_str(": ");
            words.push_str(&self.statement);
        }
        words
    }
}

/// A migration that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its name.
    pub tag: String,
    /// How many statements it had.
    pub statements: usize,
    /// How long it took, with its transaction.
    pub time: Duration,
    /// Whether it ran outside a transaction.
    pub outside: bool,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The database does not answer yet.
    Waiting {
        /// Why, in words.
        why: String,
    },
    /// Another runner is at work.
    Locked {
        /// Who.
        holders: Vec<Holder>,
    },
    /// So many are on record, so many are to come.
    Plan {
        /// How many are on record.
        applied: usize,
        /// How many there are.
        total: usize,
        /// The names of those that will run.
        steps: Vec<String>,
    },
    /// A migration begins.
    Begin {
        /// Its name.
        tag: String,
    },
    /// A statement has been running for a while.
    Running {
        /// The migration.
        tag: String,
        /// Which statement, from 1.
        statement: usize,
        /// Of how many.
        of: usize,
        /// The statement in one line, cut.
        text: String,
        /// For how long.
        time: Duration,
        /// Who holds the locks that it waits for.
        blocked_by: Vec<Holder>,
    },
    /// What the server said beside its answers.
    Notice {
        /// The migration.
        tag: String,
        /// It is a warning.
        warning: bool,
        /// What it said.
        text: String,
    },
    /// A lock was not got in time: the migration was rolled back and will be tried again.
    Retry {
        /// The migration.
        tag: String,
        /// Which attempt failed, from 1.
        attempt: u32,
        /// Of how many.
        of: u32,
        /// Until the next one.
        pause: Duration,
        /// Who held the lock.
        blocked_by: Vec<Holder>,
    },
    /// A migration is on record.
    Done(Applied),
    /// Another runner, or drizzle-kit, applied it meanwhile.
    Elsewhere {
        /// Its name.
        tag: String,
    },
}
