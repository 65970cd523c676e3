//! Notices a service that stopped in the middle of a line, as one that asks something does.

use std::time::Duration;

use tokio::time::Instant;

/// Silence after which an unfinished line is shown.
const SILENCE: Duration = Duration::from_millis(100);

/// A second look so much later: what was in the pipe all the time has been read by then.
const AGAIN: Duration = Duration::from_millis(4);

/// When one service's unfinished line is due.
#[derive(Debug, Default)]
pub(super) struct Pause {
    due: Option<Instant>,
    looked: bool,
}

impl Pause {
    /// Takes note that the service printed something; `unfinished`: it stopped within a line.
    pub(super) fn printed(&mut self, unfinished: bool) {
        self.due = unfinished.then(|| Instant::now() + SILENCE);
        self.looked = false;
    }

    /// When the unfinished line is to be shown.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether it is to be shown now: true once. That time passed does not say that the service was
    /// silent: on a busy machine it may be we who come late.
    pub(super) fn is_over(&mut self) -> bool {
        if self.due.is_none_or(|at| at > Instant::now()) {
            return false;
        }
        self.due = (!self.looked).then(|| Instant::now() + AGAIN);
        std::mem::replace(&mut self.looked, true)
    }
}
