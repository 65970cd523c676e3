//! Orders for one service: stop, start, restart.
//!
//! They concern that one alone. Whoever depends on it goes on, as it would if the service had
//! crashed for a moment; one that has not started yet waits until it is started again.

use std::time::Duration;

use super::machine::Next;
use super::message::{Effect, Notice, Why};
use super::{Fleet, Id, State};

impl Fleet {
    pub(super) fn stop_one(&mut self, now: Duration, id: Id, effects: &mut Vec<Effect>) {
        match self.machines[id].state {
            // One that was skipped does not come with what it waited for any more.
            State::Waiting | State::BackOff(_) | State::Skipped => {
                self.machines[id].state = State::Stopped;
                effects.push(Effect::Notice(Notice::Stopped(id, Duration::ZERO)));
                self.dismissed(id, None, effects);
            }
            State::Launching | State::Starting(_) | State::Ready => {
                self.machines[id].next = Next::Stay;
                self.ask(now, id, effects);
            }
            State::Stopping(_) | State::Sweeping(_) => self.machines[id].next = Next::Stay,
            State::Ended(_) if self.machines[id].stalled => {
                self.machines[id].stalled = false;
                self.machines[id].state = State::Stopped;
            }
            State::Stopped | State::Ended(_) => {}
        }
    }

    /// Starts a service; nothing is to be done for one that runs.
    pub(super) fn start_one(&mut self, id: Id, effects: &mut Vec<Effect>) {
        if !self.machines[id].state.is_up() {
            self.bring(id, effects);
            self.tell_of_health(id, effects);
        }
    }

    /// Starts a service that is down, and all without which it does not start.
    fn bring(&mut self, id: Id, effects: &mut Vec<Effect>) {
        if self.reason.is_some() {
            return;
        }
        // What it waits for is started too where it is not there and nothing is on the way. A task
        // that has done its work need not do it again; what it needed for that is needed still.
        let mut open = vec![(id, id, false)];
        let mut seen = vec![[false; 2]; self.machines.len()];
        while let Some((at, by, stays)) = open.pop() {
            if std::mem::replace(&mut seen[at][usize::from(stays)], true)
                || self.machines[at].retired && at != id
            {
                continue;
            }
            match self.machines[at].state {
                _ if stays => {}
                State::BackOff(_) => self.renew(at),
                State::Stopped | State::Ended(_) | State::Skipped => {
                    self.renew(at);
                    if at != id {
                        effects.push(Effect::Notice(Notice::Needed(at, by)));
                    }
                }
                State::Stopping(_) | State::Sweeping(_) => {
                    if at != id && self.machines[at].next != Next::Again {
                        effects.push(Effect::Notice(Notice::Needed(at, by)));
                    }
                    self.machines[at].next = Next::Again;
                    self.machines[at].for_a_save = false;
                }
                _ => {}
            }
            let by = if stays { by } else { at };
            for (other, condition) in self.graph.needs(at).to_vec() {
                let done = self.is_done(other) || self.has_served(other, condition);
                open.push((other, by, done));
                // Whoever it is brought along for waits for it as for what it names itself.
                let is_behind = stays && !done && !self.is_met(other, condition);
                let comes = by == id || !self.machines[by].state.is_up();
                let entry = (other, condition);
                if is_behind && comes && !self.machines[by].behind.contains(&entry) {
                    self.machines[by].behind.push(entry);
                }
            }
        }
    }

    pub(super) fn restart_one(
        &mut self,
        now: Duration,
        id: Id,
        why: Why,
        effects: &mut Vec<Effect>,
    ) {
        if self.reason.is_some() {
            return;
        }
        let asked = why == Why::Asked;
        if asked {
            // As with a start: it would wait for ever for what somebody has stopped.
            self.bring(id, effects);
        }
        match self.machines[id].state {
            State::Launching | State::Starting(_) | State::Ready => {
                effects.push(Effect::Notice(Notice::Renewing(id, why)));
                self.machines[id].next = Next::Again;
                self.machines[id].failures = 0;
                self.machines[id].for_a_save = !asked || self.machines[id].stalled;
                self.ask(now, id, effects);
            }
            _ if asked => {}
            // What somebody stopped by hand stays stopped, whatever file changes, and so does what
            // it waits for.
            State::Ended(_) | State::BackOff(_) | State::Skipped => {
                effects.push(Effect::Notice(Notice::Renewing(id, why)));
                self.renew(id);
                self.machines[id].for_a_save = true;
                self.tell_of_health(id, effects);
            }
            State::Stopping(_) | State::Sweeping(_) => match self.machines[id].next {
                Next::Stay | Next::Again => {}
                Next::AsPolicy | Next::AsFailed => {
                    effects.push(Effect::Notice(Notice::Renewing(id, why)));
                    self.machines[id].next = Next::Again;
                    self.machines[id].for_a_save = true;
                }
            },
            _ => {}
        }
    }

    /// Starts a service over, and lets those wait again that were skipped for want of it.
    fn renew(&mut self, id: Id) {
        self.forgive(id);
        // Who tries again what is kept for the next change loses nothing when it fails as before.
        self.machines[id].for_a_save = self.machines[id].stalled;
        self.machines[id].begin_anew();
        self.machines[id].failures = 0;
        self.machines[id].retired = false;
        self.machines[id].behind.clear();
        let mut open: Vec<Id> = self.dependents(id).collect();
        while let Some(at) = open.pop() {
            if self.machines[at].state == State::Skipped {
                self.machines[at].begin_anew();
                open.extend(self.dependents(at));
            }
        }
    }

    fn dependents(&self, id: Id) -> impl Iterator<Item = Id> {
        let named = self.graph.needed_by(id).iter().map(|(other, _)| *other);
        let all = self.machines.iter().enumerate();
        let behind = all.filter(move |(_, one)| one.behind.iter().any(|(other, _)| *other == id));
        named.chain(behind.map(|(at, _)| at))
    }
}
