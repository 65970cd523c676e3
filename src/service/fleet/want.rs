//! For want of whom a service is not started, and what is looked at behind those that have ended.

use std::time::Duration;

use super::graph::Verdict;
use super::machine::Fault;
use super::message::Reason;
use super::{Condition, Ending, Fleet, Id, State};

/// Who is missing, and how that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// The service.
    pub id: Id,
    /// How, behind its name: `ended with exit code 1`.
    pub how: String,
    /// It was stopped by hand: whoever waits for it starts with it.
    pub is_held: bool,
}

impl Want {
    fn new(id: Id, how: String) -> Self {
        Self {
            id,
            how,
            is_held: false,
        }
    }
}

impl Fleet {
    /// For want of whom a service is not started that was to be: of those that it waits for, be it by way of
    /// others, the first that has failed, that waits for a change, or that was stopped by hand; where the
    /// session ends, the one that it ends for. None while it may still come.
    #[must_use]
    pub fn want(&self, id: Id) -> Option<Want> {
        let is_waiting = self.machines[id].state == State::Waiting;
        let of = |id: Id, how: &str| Some(Want::new(id, how.to_owned()));
        if is_waiting && let Some(held_by) = self.held_by(id) {
            return Some(Want {
                is_held: true,
                ..Want::new(held_by, "was stopped by hand".to_owned())
            });
        }
        let mut seen = vec![false; self.machines.len()];
        let mut open = vec![id];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) || self.machines[at].retired {
                continue;
            }
            let machine = &self.machines[at];
            match machine.state {
                // Others wait for it, and it for them.
                State::Waiting | State::Skipped | State::Ended(Ending::Aborted) => {
                    let missing = self.awaits(at).rev();
                    let missing =
                        missing.filter(|(other, condition)| !self.is_met(*other, *condition));
                    open.extend(missing.map(|(other, _)| other));
                }
                State::Starting(_) if machine.stalled => {
                    return of(at, "waits for a change of the code");
                }
                State::Ended(ending) if machine.stalled => {
                    let how = machine.how_it_ended(ending);
                    return of(at, &format!("{how}, and waits for a change of the code"));
                }
                _ if machine.hopeless => return of(at, "is unhealthy"),
                // Whoever waits is started when that comes back.
                _ if is_waiting => {}
                _ if let Some(fault) = machine.condemned => return of(at, fault.as_verb()),
                State::Ended(ending) => return of(at, &machine.how_it_ended(ending)),
                _ => {}
            }
        }
        self.ends_for().filter(|want| want.id != id)
    }

    /// Whom a service that is ready needs and has lost since that time: of those that it waits for, be it by
    /// way of others, the first that has ended, and nobody counted on that. A session that keeps going goes
    /// on without such a one.
    #[must_use]
    pub fn lost_since(&self, id: Id, time: Duration) -> Option<Want> {
        self.with_needs(id).into_iter().find_map(|at| {
            let machine = &self.machines[at];
            let State::Ended(ending) = machine.state else {
                return None;
            };
            if machine.ended_at < time || self.is_expected(at, ending) {
                return None;
            }
            let mut how = machine.how_it_ended(ending);
            if machine.stalled {
                how.push_str(", and waits for a change of the code");
            }
            Some(Want::new(at, how))
        })
    }

    /// A service and those that it waits for, be it by way of others, each once; none that is retired, nor what
    /// only such a one waits for.
    pub(super) fn with_needs(&self, id: Id) -> Vec<Id> {
        let mut seen = vec![false; self.machines.len()];
        let mut open = vec![id];
        let mut all = Vec::new();
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) || self.machines[at].retired {
                continue;
            }
            all.push(at);
            open.extend(self.graph.needs(at).iter().rev().map(|(other, _)| *other));
        }
        all
    }

    /// The service without which the others are not to go on, once the session ends for it.
    #[must_use]
    pub fn ends_for(&self) -> Option<Want> {
        let Some(Reason::Service(id)) = self.reason else {
            return None;
        };
        let machine = &self.machines[id];
        let how = match (machine.condemned.map(Fault::as_verb), machine.ending) {
            (Some(fault), _) => fault.to_owned(),
            (None, Some(ending)) => machine.how_it_ended(ending),
            (None, None) => "was not started".to_owned(),
        };
        Some(Want::new(id, how))
    }

    /// Whether what somebody waits for of a service is so since that has ended: it need not do so again.
    pub(super) fn has_served(&self, id: Id, condition: Condition) -> bool {
        matches!(self.machines[id].state, State::Ended(_)) && self.is_met(id, condition)
    }

    /// Whether somebody behind a service that has served is on the way back: a task whose work is done may
    /// have needed a server, and so does whoever waited for the task.
    pub(super) fn comes_back_behind(&self, id: Id) -> bool {
        let mut seen = vec![false; self.machines.len()];
        let mut open = vec![id];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            for &(other, condition) in self.graph.needs(at) {
                if self.machines[other].retired {
                    continue;
                }
                match self.dependency(other, condition) {
                    Verdict::NotYet if self.is_on_the_way(other) => return true,
                    Verdict::Met if self.has_served(other, condition) => open.push(other),
                    _ => {}
                }
            }
        }
        false
    }
}
