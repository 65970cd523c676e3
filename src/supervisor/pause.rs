//! Notices a service that stopped in the middle of a line, as one that asks something does.

use std::time::Duration;

use tokio::time::Instant;

/// Silence after which an unfinished line is shown.
const SILENCE: Duration = Duration::from_millis(100);

/// The longest silence before a line is shown once more that goes on and on.
const LONGEST: Duration = Duration::from_secs(5);

/// A second look so much later: what was in the pipe all the time has been read by then.
const AGAIN: Duration = Duration::from_millis(4);

/// When one service's unfinished line is due.
#[derive(Debug)]
pub(super) struct Pause {
    due: Option<Instant>,
    looked: bool,
    /// How often the line was shown.
    shown: u32,
    /// Whether that makes the silence longer.
    grows: bool,
}

impl Pause {
    /// The same silence each time.
    pub(super) const STEADY: Self = Self {
        due: None,
        looked: false,
        shown: 0,
        grows: false,
    };

    /// Twice as long before each further time that a line is shown: a row of dots that grows and grows is
    /// not a line a dot.
    pub(super) const GROWING: Self = Self {
        grows: true,
        ..Self::STEADY
    };

    /// Takes note that the service printed something; `unfinished`: it stopped within a line, `ended`: a
    /// line came to its end.
    pub(super) fn printed(&mut self, unfinished: bool, ended: bool) {
        if ended {
            self.shown = 0;
        }
        self.due = unfinished.then(|| Instant::now() + self.silence());
        self.looked = false;
    }

    fn silence(&self) -> Duration {
        let times = 2_u32.saturating_pow(self.shown);
        SILENCE.saturating_mul(times).min(LONGEST)
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
        let is_over = std::mem::replace(&mut self.looked, true);
        self.shown += u32::from(is_over && self.grows);
        is_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_grows_is_shown_after_longer_and_longer_silence() {
        let mut pause = Pause::GROWING;
        let mut silences = Vec::new();
        for _ in 0..8 {
            pause.printed(true, false);
            silences.push(pause.silence().as_millis());
            assert!(!pause.is_over(), "it is early");
            // Long ago: seen twice, it is over.
            pause.due = Some(Instant::now());
            assert!(!pause.is_over());
            pause.due = Some(Instant::now());
            assert!(pause.is_over());
        }
        assert_eq!(silences, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        pause.printed(true, true);
        assert_eq!(pause.silence(), SILENCE, "another line begins anew");
    }
}
