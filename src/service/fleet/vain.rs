//! Whoever waits for all to be ready is not left waiting for what does not come by itself.

use super::graph::Verdict;
use super::message::Reason;
use super::{Fleet, Id, State};

impl Fleet {
    /// Whether somebody waits for all of them: a guest, or whoever wants nothing but that.
    #[must_use]
    pub fn is_all_awaited(&self) -> bool {
        self.policy.until_ready || self.guest().is_some()
    }

    /// Why it is of no use to wait any longer for all to be ready: nobody is on the way any more. With
    /// `missing` that is not ready.
    pub(super) fn in_vain(&self, missing: Option<Id>) -> Option<Reason> {
        let mut all = 0..self.machines.len();
        if self.reason.is_some() || !self.is_all_awaited() || all.any(|id| self.is_on_the_way(id)) {
            return None;
        }
        let guest = self.guest();
        if let Some(other) = guest.and_then(|guest| self.held_by(guest)) {
            return Some(Reason::Without(other));
        }
        let mut all = 0..self.machines.len();
        if let Some(waits) = all.find(|id| self.waits_in_vain_for_health(*id)) {
            return Some(Reason::Service(waits));
        }
        if !self.policy.until_ready {
            return None;
        }
        if let Some((failed, _)) = self.failed {
            return Some(Reason::Service(failed));
        }
        let missing = missing?;
        let held_by = self.held_by(missing);
        Some(held_by.map_or(Reason::Service(missing), Reason::Without))
    }

    /// Whether the start is over: everything was ready once, or nobody is on the way any more.
    #[must_use]
    pub fn has_started(&self) -> bool {
        self.was_ready() || !(0..self.machines.len()).any(|id| self.is_on_the_way(id))
    }

    /// Whether the others go on when a service ends.
    #[must_use]
    pub fn keeps_going(&self) -> bool {
        self.policy.keep_going
    }

    /// Whether the start has come to its end without all that was wanted, and the rest goes on.
    pub(super) fn has_settled(&self) -> bool {
        let mut machines = self.machines.iter();
        self.policy.keep_going
            && !self.all_ready
            && !self.is_all_awaited()
            && machines.any(|machine| machine.state == State::Ready)
            && self.has_started()
    }

    /// Whether something may still come of a service without an order.
    pub(super) fn is_on_the_way(&self, id: Id) -> bool {
        let machine = &self.machines[id];
        match machine.state {
            State::Ready => false,
            State::Waiting if self.port_is_held(id) => true,
            State::Waiting => self.held_by(id).is_none() && !self.waits_in_vain_for_health(id),
            state => !state.is_over() || machine.awaits_change(),
        }
    }

    /// The service that was stopped by hand and without which this one does not start, be it because
    /// others that it waits for wait for that; itself, where that was stopped.
    #[must_use]
    pub fn held_by(&self, id: Id) -> Option<Id> {
        let mut seen = vec![false; self.machines.len()];
        let mut open = vec![id];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) || self.machines[at].retired {
                continue;
            }
            match self.machines[at].state {
                State::Stopped => return Some(at),
                State::Waiting => {
                    let open_ones = self.awaits(at).filter(|(other, condition)| {
                        matches!(self.dependency(*other, *condition), Verdict::NotYet)
                    });
                    open.extend(open_ones.map(|(other, _)| other));
                }
                _ => {}
            }
        }
        None
    }
}
