//! Notices a service that stopped in the middle of a line, as one that asks something does.

use std::time::Duration;

use tokio::time::Instant;

/// Silence after which an unfinished line is shown.
const SILENCE: Duration = Duration::from_millis(100);

/// When one service's unfinished line is due.
#[derive(Debug, Default)]
pub(super) struct Pause(Option<Instant>);

impl Pause {
    /// Takes note that the service printed something; `unfinished`: it stopped within a line.
    pub(super) fn printed(&mut self, unfinished: bool) {
        self.0 = unfinished.then(|| Instant::now() + SILENCE);
    }

    /// When the unfinished line is to be shown.
    pub(super) fn due(&self) -> Option<Instant> {
        self.0
    }

    /// Whether it is to be shown now: true once.
    pub(super) fn is_over(&mut self) -> bool {
        let over = self.0.is_some_and(|at| at <= Instant::now());
        if over {
            self.0 = None;
        }
        over
    }
}
