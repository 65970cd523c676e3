//! How long somebody waits for another runner, and when that is worth a word.

use std::time::{Duration, Instant};

/// How long somebody waits for another runner.
pub(super) struct Patience {
    since: Instant,
    limit: Duration,
    told: Option<Instant>,
    /// Who was in the way, in words.
    pub(super) holders: Vec<String>,
}

impl Patience {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            since: Instant::now(),
            limit,
            told: None,
            holders: Vec::new(),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.since.elapsed() >= self.limit
    }

    /// After half a second, and then every ten.
    pub(super) fn is_worth_a_word(&mut self) -> bool {
        let due = match self.told {
            None => self.since.elapsed() >= Duration::from_millis(500) || self.is_over(),
            Some(told) => told.elapsed() >= Duration::from_secs(10),
        };
        if due {
            self.told = Some(Instant::now());
        }
        due
    }
}
