//! Whether a service that was ready still works.

use std::time::Duration;

use super::machine::{Fault, Next};
use super::message::{Effect, Notice};
use super::{Condition, Fleet, Id, Restart, State};
use crate::text::duration;

impl Fleet {
    /// A service is ready: from now on it must stay well.
    pub(super) fn begin_health(&mut self, now: Duration, id: Id, effects: &mut Vec<Effect>) {
        let Some(health) = &self.services[id].health else {
            return;
        };
        match health.silence() {
            Some(silence) => self.machines[id].silent_at = Some(now.saturating_add(silence)),
            None => effects.push(Effect::Monitor(id)),
        }
    }

    /// One check passed or failed.
    pub(super) fn checked(
        &mut self,
        now: Duration,
        id: Id,
        result: Result<(), String>,
        effects: &mut Vec<Effect>,
    ) {
        let machine = &mut self.machines[id];
        if machine.state != State::Ready {
            return;
        }
        match result {
            Ok(()) => {
                machine.misses = 0;
                machine.recovers_by = None;
                machine.hopeless = false;
                if machine.healthy.replace(true) == Some(false) {
                    effects.push(Effect::Notice(Notice::Recovered(id)));
                }
            }
            Err(why) => {
                machine.misses += 1;
                let limit = self.services[id]
                    .health
                    .as_ref()
                    .map_or(1, |health| health.failures);
                if machine.misses >= limit {
                    self.unwell(now, id, why, effects);
                }
            }
        }
    }

    /// A service that speaks by itself has spoken.
    pub(super) fn alive(&mut self, now: Duration, id: Id, effects: &mut Vec<Effect>) {
        let silence = self.services[id]
            .health
            .as_ref()
            .and_then(super::super::Health::silence);
        if let (Some(silence), State::Ready) = (silence, self.machines[id].state) {
            self.machines[id].silent_at = Some(now.saturating_add(silence));
            self.checked(now, id, Ok(()), effects);
        }
    }

    /// A service that speaks by itself has been silent too long.
    pub(super) fn silent(&mut self, now: Duration, id: Id, effects: &mut Vec<Effect>) {
        self.machines[id].silent_at = None;
        let silence = self.services[id]
            .health
            .as_ref()
            .and_then(super::super::Health::silence);
        let why = format!(
            "no sign of life for {}",
            duration(silence.unwrap_or_default())
        );
        self.unwell(now, id, why, effects);
    }

    fn unwell(&mut self, now: Duration, id: Id, why: String, effects: &mut Vec<Effect>) {
        let patience = self.services[id].ready.timeout;
        let machine = &mut self.machines[id];
        let is_news = machine.healthy.replace(false) != Some(false);
        if is_news {
            effects.push(Effect::Notice(Notice::Unhealthy(id, why)));
        }
        if self.reason.is_some() {
            return;
        }
        // One that is never started again is only reported: half a service is more than none.
        if self.services[id].restart != Restart::Never {
            machine.next = Next::AsFailed;
            machine.condemned = Some(Fault::Unhealthy);
            self.ask(now, id, effects);
        } else if is_news {
            machine.recovers_by = Some(now.saturating_add(patience));
            let needed_by = self.graph.needed_by(id).iter();
            let waits = needed_by.filter(|(_, condition)| *condition == Condition::Healthy);
            for (other, _) in waits {
                if self.machines[*other].state == State::Waiting {
                    effects.push(Effect::Notice(Notice::WaitsForHealth(*other, id)));
                }
            }
        }
    }

    /// The unhealthy service whose health somebody waits for, be it by way of others.
    #[must_use]
    pub fn waits_for_health_of(&self, id: Id) -> Option<Id> {
        let mut seen = vec![false; self.machines.len()];
        let mut open = vec![id];
        while let Some(at) = open.pop() {
            let is_seen = std::mem::replace(&mut seen[at], true);
            if is_seen || self.machines[at].state != State::Waiting {
                continue;
            }
            for &(other, condition) in self.graph.needs(at) {
                let machine = &self.machines[other];
                let is_unwell = machine.state == State::Ready && machine.healthy == Some(false);
                if condition == Condition::Healthy && is_unwell && !machine.retired {
                    return Some(other);
                }
                open.push(other);
            }
        }
        None
    }

    /// Whether somebody waits for a health that nobody waits for any longer.
    pub(super) fn waits_in_vain_for_health(&self, id: Id) -> bool {
        let other = self.waits_for_health_of(id);
        other.is_some_and(|other| self.machines[other].hopeless)
    }

    /// Whoever is to be started and waits for the health of one that is unhealthy says so.
    pub(super) fn tell_of_health(&self, id: Id, effects: &mut Vec<Effect>) {
        if let Some(other) = self.waits_for_health_of(id) {
            effects.push(Effect::Notice(Notice::WaitsForHealth(id, other)));
        }
    }

    /// A service that is never started again has been unhealthy for as long as it may take to get ready.
    pub(super) fn give_up_health(&mut self, now: Duration, id: Id) {
        let machine = &mut self.machines[id];
        if machine.recovers_by.is_some_and(|at| now >= at) {
            machine.recovers_by = None;
            machine.hopeless = machine.healthy == Some(false);
        }
    }

    /// A service has more processes than it may: nothing that it does from now on is of use.
    pub(super) fn overgrown(
        &mut self,
        now: Duration,
        id: Id,
        count: u32,
        effects: &mut Vec<Effect>,
    ) {
        let machine = &mut self.machines[id];
        if !machine.state.is_up() {
            return;
        }
        effects.push(Effect::Notice(Notice::Overgrown(id, count)));
        machine.next = Next::AsFailed;
        machine.condemned = Some(Fault::Overgrown);
        machine.asked = Some(now);
        machine.state = State::Stopping(None);
        effects.push(Effect::Kill(id));
    }

    /// The server of a service that was ready has died, and what is left of it waits for a change.
    pub(super) fn fell_silent(&mut self, now: Duration, id: Id, effects: &mut Vec<Effect>) {
        let machine = &mut self.machines[id];
        machine.state = State::Starting(Duration::MAX);
        machine.stalled = true;
        machine.silent_at = None;
        effects.push(Effect::Notice(Notice::Stalled(id)));
        if self.services[id].restart == Restart::Never {
            effects.push(Effect::Probe(id));
        } else if self.reason.is_none() {
            machine.next = Next::AsFailed;
            machine.condemned = Some(Fault::ServerDied);
            self.ask(now, id, effects);
        }
    }

    /// A service says that it is about to end. It need not be asked, only waited for.
    pub(super) fn leaving(&mut self, now: Duration, id: Id) {
        let grace = self.services[id].stop.grace;
        let machine = &mut self.machines[id];
        if matches!(machine.state, State::Starting(_) | State::Ready) {
            machine.state = State::Stopping(Some(now.saturating_add(grace)));
        }
    }
}
