//! Notices that something is over: what only it needed is given back a moment later.

use std::time::Duration;

use tokio::time::Instant;

/// What belongs together has happened by then: a state, the word of it, the file it is kept in.
const MOMENT: Duration = Duration::from_secs(1);

/// When the session is at rest again after something other than a line happened.
///
/// Once for whatever happens within the moment, so that a service that fails again and again does
/// not keep it from coming; and never again while nothing happens, so that it wakes nobody.
#[derive(Debug, Default)]
pub(super) struct Rest {
    due: Option<Instant>,
}

impl Rest {
    /// Takes note that something happened.
    pub(super) fn disturbed(&mut self, now: Instant) {
        self.due.get_or_insert(now + MOMENT);
    }

    /// When it will be over.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether it is over now: true once.
    pub(super) fn has_come(&mut self, now: Instant) -> bool {
        self.due.take_if(|at| *at <= now).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_once_for_what_happened_and_then_not_again() {
        let (mut rest, start) = (Rest::default(), Instant::now());
        assert!(!rest.has_come(start + MOMENT));
        rest.disturbed(start);
        rest.disturbed(start + MOMENT / 2);
        assert_eq!(rest.due(), Some(start + MOMENT));
        assert!(!rest.has_come(start + MOMENT / 2));
        assert!(rest.has_come(start + MOMENT));
        assert_eq!(rest.due(), None);
        rest.disturbed(start + MOMENT * 2);
        assert!(rest.has_come(start + MOMENT * 3));
    }
}
