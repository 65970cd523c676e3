//! Whether what has just been started will stay.

use std::time::Duration;

use super::{Fleet, Id, State};

/// Of a service without a readiness check nobody knows more than that it runs: who has run for so long did
/// not end at once.
const SETTLING: Duration = Duration::from_millis(150);

impl Fleet {
    /// Until when it has to be seen whether a service stays: it, or one that it waits for, be it by way of
    /// others, has no readiness check and was started a moment ago, or has ended a moment ago and what
    /// comes of that is open ([`Duration::MAX`]: that is news). None where all have settled.
    #[must_use]
    pub fn settles_at(&self, id: Id, now: Duration) -> Option<Duration> {
        let settles = |at: Id| {
            let machine = &self.machines[at];
            let is_bare = self.services[at].ready.probe.is_none();
            match machine.state {
                State::Ready if is_bare => Some(machine.since.saturating_add(SETTLING)),
                State::Sweeping(ending)
                    if machine.asked.is_none() && !self.is_expected(at, ending) =>
                {
                    Some(Duration::MAX)
                }
                _ => None,
            }
        };
        let all = self.with_needs(id).into_iter().filter_map(settles);
        all.filter(|at| *at > now).max()
    }
}
