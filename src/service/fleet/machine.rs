//! One service's state.

use std::time::Duration;

use crate::service::Ending;

/// Where a service is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not all that it waits for is there.
    Waiting,
    /// It is being prepared and started.
    Launching,
    /// Its process runs and it is not ready; at this time that counts as failed.
    Starting(Duration),
    /// Ready.
    Ready,
    /// Asked to stop; at this time its tree is killed (none: already killed).
    Stopping(Option<Duration>),
    /// Its process ended; the rest of its tree is being swept.
    Sweeping(Ending),
    /// It failed and is started again at this time.
    BackOff(Duration),
    /// Over: it ended like this.
    Ended(Ending),
    /// Over: something that it waited for will never be there.
    Skipped,
}

impl State {
    /// Whether nothing will happen any more.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Ended(_) | Self::Skipped)
    }

    /// Whether a process of it may be alive.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(
            self,
            Self::Launching
                | Self::Starting(_)
                | Self::Ready
                | Self::Stopping(_)
                | Self::Sweeping(_)
        )
    }
}

/// A service's state and its history in this session.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Where it is.
    pub state: State,
    /// When its process was last started.
    pub since: Duration,
    /// How long it took to get ready, once it was.
    pub ready_after: Option<Duration>,
    /// Its process, while there is one.
    pub pid: Option<u32>,
    /// When it was asked to stop.
    pub(super) asked: Option<Duration>,
    /// Whether it was said that we wait for it.
    pub(super) announced: bool,
    /// Ends in a row without a stable time between them.
    pub(super) failures: u32,
}

/// A run of this length counts as stable: the next failure starts counting anew.
pub(super) const STABLE: Duration = Duration::from_secs(30);

/// Failures in a row after which a service is not started again.
pub(super) const CRASH_LOOP: u32 = 5;

impl Machine {
    pub(super) fn new() -> Self {
        Self {
            state: State::Waiting,
            since: Duration::ZERO,
            ready_after: None,
            pid: None,
            asked: None,
            announced: false,
            failures: 0,
        }
    }

    /// Time until the next start after a failure: 0.5 s, doubled each time, 30 s at most.
    pub(super) fn back_off(&self) -> Duration {
        let factor = 1_u32 << self.failures.saturating_sub(1).min(6);
        (Duration::from_millis(500) * factor).min(Duration::from_secs(30))
    }
}
