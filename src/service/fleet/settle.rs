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
        let mut latest = None;
        let mut seen = vec![false; self.machines.len()];
        let mut open = vec![id];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) || self.machines[at].retired {
                continue;
            }
            let machine = &self.machines[at];
            let is_bare = self.services[at].ready.probe.is_none();
            let settles = match machine.state {
                State::Ready if is_bare => Some(machine.since.saturating_add(SETTLING)),
                State::Sweeping(ending)
                    if machine.asked.is_none() && !self.is_expected(at, ending) =>
                {
                    Some(Duration::MAX)
                }
                _ => None,
            };
            latest = latest.max(settles.filter(|at| *at > now));
            open.extend(self.graph.needs(at).iter().map(|(other, _)| *other));
        }
        latest
    }
}
