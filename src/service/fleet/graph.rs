//! Who waits for whom, by number.

use std::collections::HashMap;

use super::{Condition, Ending, Fleet, Id, Service, State};

/// The dependencies of a plan's services, looked up once.
#[derive(Debug, Default)]
pub(super) struct Graph {
    needs: Vec<Vec<(Id, Condition)>>,
    needed_by: Vec<Vec<(Id, Condition)>>,
}

impl Graph {
    pub(super) fn new(services: &[Service]) -> Self {
        let positions: HashMap<&str, Id> = services
            .iter()
            .enumerate()
            .map(|(id, service)| (service.name.as_str(), id))
            .collect();
        let mut graph = Self {
            needs: vec![Vec::new(); services.len()],
            needed_by: vec![Vec::new(); services.len()],
        };
        for (id, service) in services.iter().enumerate() {
            for dependency in &service.after {
                if let Some(&other) = positions.get(dependency.name.as_str()) {
                    graph.needs[id].push((other, dependency.condition));
                    graph.needed_by[other].push((id, dependency.condition));
                }
            }
        }
        graph
    }

    /// What `id` waits for, and what must be so.
    pub(super) fn needs(&self, id: Id) -> &[(Id, Condition)] {
        &self.needs[id]
    }

    /// Who waits for `id`, and for what.
    pub(super) fn needed_by(&self, id: Id) -> &[(Id, Condition)] {
        &self.needed_by[id]
    }
}

/// Whether a service may start.
pub(super) enum Verdict {
    Met,
    NotYet,
    /// This one will never be there.
    Never(Id),
}

impl Fleet {
    /// Whether all that a service waits for is there.
    pub(super) fn dependencies(&self, id: Id) -> Verdict {
        let mut verdict = Verdict::Met;
        let there = |(other, _): &(Id, Condition)| !self.machines[*other].retired;
        for (other, condition) in self.awaits(id).filter(there) {
            // A guest waits for all to be well, and one that ended as it may is.
            let ended = self.is_guest(id) && self.has_ended_well(other);
            match self.dependency(other, condition) {
                _ if ended => {}
                Verdict::Met
                    if self.has_served(other, condition) && self.comes_back_behind(other) =>
                {
                    verdict = Verdict::NotYet;
                }
                Verdict::Met => {}
                Verdict::NotYet => verdict = Verdict::NotYet,
                never @ Verdict::Never(_) => return never,
            }
        }
        verdict
    }

    /// What a service waits for before it starts: what it names, and what was brought along for it.
    pub(super) fn awaits(&self, id: Id) -> impl DoubleEndedIterator<Item = (Id, Condition)> {
        let named = self.graph.needs(id).iter();
        named.chain(&self.machines[id].behind).copied()
    }

    pub(super) fn dependency(&self, other: Id, condition: Condition) -> Verdict {
        let (service, machine) = (&self.services[other], &self.machines[other]);
        let met = match (condition, machine.state) {
            (_, State::Skipped) => return Verdict::Never(other),
            // It comes with the next change.
            (_, State::Ended(_)) if machine.stalled => return Verdict::NotYet,
            (Condition::Completed, State::Ended(_))
            | (Condition::Started, State::Starting(_) | State::Ready)
            | (Condition::Ready, State::Ready) => true,
            (Condition::Healthy, State::Ready)
                if service.health.is_none() || machine.healthy == Some(true) =>
            {
                true
            }
            (Condition::CompletedSuccessfully, State::Ended(ending)) => {
                self.succeeds(other, ending)
            }
            (Condition::Ready | Condition::Healthy, State::Ended(_)) => self.is_done(other),
            (Condition::Started, State::Ended(ending)) => {
                !matches!(ending, Ending::Aborted | Ending::Unstarted)
            }
            // What was stopped by hand may be started by hand.
            _ => return Verdict::NotYet,
        };
        if met {
            Verdict::Met
        } else {
            Verdict::Never(other)
        }
    }

    /// Whether what somebody waits for of a service is so.
    pub(super) fn is_met(&self, other: Id, condition: Condition) -> bool {
        matches!(self.dependency(other, condition), Verdict::Met)
    }

    /// Whether a service is a task that has done its work.
    pub(super) fn is_done(&self, id: Id) -> bool {
        let service = &self.services[id];
        let done = |ending: Ending| service.kind.is_task() && self.succeeds(id, ending);
        matches!(self.machines[id].state, State::Ended(ending) if done(ending))
    }

    /// Whether somebody counts on an end like this: a task that succeeds, or what others wait for
    /// to be completed.
    #[must_use]
    pub fn is_expected(&self, id: Id, ending: Ending) -> bool {
        let service = &self.services[id];
        let success = self.succeeds(id, ending);
        let ran = !matches!(ending, Ending::Aborted | Ending::Unstarted);
        service.kind.is_task() && success
            || self.graph.needed_by(id).iter().any(|(_, condition)| {
                matches!(condition, Condition::Completed) && ran
                    || matches!(condition, Condition::CompletedSuccessfully) && success
            })
    }

    /// Whether this end of a service is a success: its code says so, and nobody had to end it because
    /// it had failed.
    #[must_use]
    pub fn succeeds(&self, id: Id, ending: Ending) -> bool {
        self.machines[id].succeeds(&self.services[id], ending)
    }

    /// Whether a service ended, and somebody counts on that.
    fn has_ended_well(&self, id: Id) -> bool {
        matches!(self.machines[id].state, State::Ended(ending) if self.is_expected(id, ending))
    }

    /// Whether somebody who lives counts on a service, be it through one that has ended: what a task
    /// waited for is needed by whoever waited for the task.
    pub(super) fn has_live_dependents(&self, id: Id) -> bool {
        let mut seen = vec![false; self.machines.len()];
        seen[id] = true;
        let mut open = vec![id];
        while let Some(at) = open.pop() {
            for &(other, _) in self.graph.needed_by(at) {
                if self.machines[other].state.is_live() {
                    return true;
                }
                if !std::mem::replace(&mut seen[other], true) {
                    open.push(other);
                }
            }
        }
        false
    }
}
