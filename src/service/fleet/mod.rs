//! All services of a session as one pure state machine: `step(now, input) → effects`.
//!
//! The supervisor performs the effects and reports what came of them as further inputs. Times are
//! measured from the session's start and handed in; nothing here reads a clock.

mod end;
mod graph;
mod guest;
mod health;
mod machine;
mod message;
mod one;
#[cfg(test)]
mod properties;
mod redefine;
mod scale;
mod settle;
mod standing;
#[cfg(test)]
pub(super) mod tests;
mod vain;
mod view;
mod want;

use std::time::Duration;

use super::replicas::Template;
use super::{Condition, Ending, Kind, Plan, Restart, Service};

use graph::{Graph, Verdict};
pub use machine::{Fault, Machine, Phase, State};
pub use message::{Effect, Input, Notice, Outcome, Policy, Reason, Rest, Why};
pub use scale::MOST;
pub use standing::Standing;
pub use view::View;
pub use want::Want;

/// A service's position in the plan.
pub type Id = usize;

/// All services of a session.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is true or false by itself"
)]
pub struct Fleet {
    services: Vec<Service>,
    machines: Vec<Machine>,
    templates: Vec<Template>,
    graph: Graph,
    policy: Policy,
    reason: Option<Reason>,
    killed: bool,
    held_up: bool,
    settled: bool,
    all_ready: bool,
    failed: Option<(Id, Ending)>,
    guest_ended: Option<Ending>,
    chance: u64,
}

impl Fleet {
    /// A session that has not begun.
    #[must_use]
    pub fn new(plan: &Plan, policy: Policy) -> Self {
        let services = plan.services().to_vec();
        let machines = services.iter().map(|_| Machine::new()).collect();
        Self {
            graph: Graph::new(&services),
            templates: plan.templates().to_vec(),
            chance: policy.seed,
            services,
            machines,
            policy,
            reason: None,
            killed: false,
            held_up: false,
            settled: false,
            all_ready: false,
            failed: None,
            guest_ended: None,
        }
    }

    /// The services, in the plan's order.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// A service's state.
    #[must_use]
    pub fn machine(&self, id: Id) -> &Machine {
        &self.machines[id]
    }

    /// Whether everything was ready once.
    #[must_use]
    pub fn was_ready(&self) -> bool {
        self.all_ready
    }

    /// Why the session ends, once it does.
    #[must_use]
    pub fn stopping(&self) -> Option<Reason> {
        self.reason
    }

    /// Whether it was said, while the session ends, that somebody does not: who presses Ctrl+C then has read
    /// that it kills. Before that it may have been meant for the beginning of the end.
    #[must_use]
    pub fn is_held_up(&self) -> bool {
        self.held_up
    }

    /// How the session ended; none while something may still happen. What was stopped by hand may
    /// be started again, and keeps the session open, as does what waits for a change; so does a name all
    /// of whose replicas were scaled away, when nothing else is left.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        let over = |machine: &Machine| {
            let stopped = machine.state == State::Stopped && !machine.retired;
            let held = stopped || machine.awaits_change();
            machine.state.is_over() && (self.reason.is_some() || !held)
        };
        let empty = self.reason.is_none() && self.machines.iter().all(|machine| machine.retired);
        (!empty && self.machines.iter().all(over)).then_some(Outcome {
            reason: self.reason,
            failed: self.failed,
            guest: self.guest_ended,
            killed: self.killed,
            ready: self.all_ready,
        })
    }

    /// When [`Input::Tick`] is due next.
    #[must_use]
    pub fn wake_at(&self) -> Option<Duration> {
        let deadlines = self
            .machines
            .iter()
            .filter_map(|machine| match machine.state {
                // Some have no end of patience.
                State::Starting(at) | State::BackOff(at) => (at < Duration::MAX).then_some(at),
                State::Ready => [machine.silent_at, machine.recovers_by]
                    .into_iter()
                    .flatten()
                    .min(),
                State::Stopping(until) => machine.patience(until),
                State::Sweeping(_) => machine.patience(machine.rest_until),
                _ => None,
            });
        let timeout = self
            .policy
            .timeout
            .filter(|_| !self.all_ready && self.reason.is_none());
        deadlines.chain(timeout).min()
    }

    /// Takes note of what happened, and says what is to be done.
    pub fn step(&mut self, now: Duration, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Launched(id, pid) => self.launched(now, id, pid, &mut effects),
            Input::LaunchFailed(id, why) => {
                self.note_guest(id, Ending::Unstarted);
                effects.push(Effect::Notice(Notice::LaunchFailed(id, why)));
                self.over(now, id, Ending::Unstarted, &mut effects);
            }
            Input::Passed(id) => self.passed(now, id, &mut effects),
            Input::Unready(id, why) => self.machines[id].unready = Some(why),
            Input::Broken(id, why) => self.broken(now, id, why, &mut effects),
            Input::Stalled(id) => self.stalled(now, id, &mut effects),
            Input::ServerEnded(id, ending) => self.machines[id].server_ending = Some(ending),
            Input::Ended(id, ending) => self.ended(now, id, ending, &mut effects),
            Input::Gone(id) => self.gone(now, id, &mut effects),
            Input::Checked(id, result) => self.checked(now, id, result, &mut effects),
            Input::Alive(id) => self.alive(now, id, &mut effects),
            Input::Leaving(id) => self.leaving(now, id),
            Input::Refused(id) if self.machines[id].state.is_up() => {
                effects.push(Effect::Notice(Notice::Refused(id)));
            }
            Input::Begin | Input::Refused(_) => {}
            Input::Busy(id, tasks) => self.machines[id].busy = tasks,
            Input::Overgrown(id, count) => self.overgrown(now, id, count, &mut effects),
            Input::StopOne(id) => self.stop_one(now, id, &mut effects),
            Input::StartOne(id) => self.start_one(id, &mut effects),
            Input::RestartOne(id, why) => self.restart_one(now, id, why, &mut effects),
            Input::Tick => self.tick(now, &mut effects),
            Input::Stop(reason) => self.stop(reason, &mut effects),
            Input::Kill => self.kill(now, &mut effects),
        }
        self.advance(now, &mut effects);
        effects
    }

    fn launched(&mut self, now: Duration, id: Id, pid: u32, effects: &mut Vec<Effect>) {
        let machine = &mut self.machines[id];
        machine.pid = Some(pid);
        machine.since = now;
        // It may have been asked to stop while it was being started.
        if machine.state != State::Launching {
            return;
        }
        let service = &self.services[id];
        machine.state = State::Starting(now.saturating_add(service.ready.timeout));
        if service.kind.is_task() {
            // A task is done when it ends; how long an installation takes nobody knows.
            machine.state = State::Starting(Duration::MAX);
        } else if service.ready.probe.is_some() {
            effects.push(Effect::Probe(id));
        } else {
            self.passed(now, id, effects);
        }
    }

    fn passed(&mut self, now: Duration, id: Id, effects: &mut Vec<Effect>) {
        let machine = &mut self.machines[id];
        // Of one that did not get ready in time that was said, and it is about to be asked.
        if matches!(machine.state, State::Starting(_)) && machine.condemned.is_none() {
            let after = now.saturating_sub(machine.since);
            machine.state = State::Ready;
            let again = std::mem::take(&mut machine.stalled) && machine.ready_after.is_some();
            machine.server_ending = None;
            machine.ready_after.get_or_insert(after);
            // Without a check that only means that it runs.
            machine.for_a_save &= self.services[id].ready.probe.is_none();
            if again {
                effects.push(Effect::Notice(Notice::Recovered(id)));
            } else if !self.is_guest(id) {
                effects.push(Effect::Notice(Notice::Ready(id, after)));
            }
            self.begin_health(now, id, effects);
        }
    }

    fn broken(&mut self, now: Duration, id: Id, why: String, effects: &mut Vec<Effect>) {
        let machine = &mut self.machines[id];
        if !matches!(machine.state, State::Starting(_)) || machine.condemned.is_some() {
            return;
        }
        // It may have to wait for others before it is asked to stop: its time is over once.
        machine.state = State::Starting(Duration::MAX);
        // Whoever ends the session has not waited for it either.
        if self.reason.is_some() {
            return;
        }
        machine.condemned = Some(Fault::NotReady);
        effects.push(Effect::Notice(Notice::NotReady(id, why)));
        self.note_failure(id, Ending::Aborted);
        if self.policy.keep_going {
            self.ask(now, id, effects);
        } else {
            self.stop(Reason::Service(id), effects);
        }
    }

    /// What to say of a service that did not get ready in time.
    fn too_late(&self, id: Id) -> String {
        let ready = &self.services[id].ready;
        let waited = format!("not ready after {}", crate::text::duration(ready.timeout));
        match self.missed(id) {
            Some(missed) => format!("{waited}: {missed}"),
            None => waited,
        }
    }

    fn missed(&self, id: Id) -> Option<String> {
        let probe = self.services[id].ready.probe.as_ref()?;
        Some(probe.missed(self.machines[id].unready.as_deref()))
    }

    /// What is missing for a service to be ready that runs, and is not or was not.
    #[must_use]
    pub fn why_unready(&self, id: Id) -> Option<String> {
        let machine = &self.machines[id];
        let runs = matches!(machine.state, State::Starting(_) | State::Stopping(_));
        self.missed(id)
            .filter(|_| runs && machine.ready_after.is_none())
    }

    fn stalled(&mut self, now: Duration, id: Id, effects: &mut Vec<Effect>) {
        if self.machines[id].state == State::Ready {
            return self.fell_silent(now, id, effects);
        }
        if !matches!(self.machines[id].state, State::Starting(_)) {
            return;
        }
        if self.policy.until_ready {
            return self.broken(now, id, "its server could not start".to_owned(), effects);
        }
        // How long somebody takes to mend the code nobody knows.
        self.machines[id].state = State::Starting(Duration::MAX);
        self.machines[id].stalled = true;
        effects.push(Effect::Notice(Notice::Stalled(id)));
    }

    fn tick(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        for id in 0..self.machines.len() {
            self.give_up_health(now, id);
            match self.machines[id].state {
                State::Starting(at) if now >= at => {
                    if self.services[id].ready.settles.is_some() {
                        self.passed(now, id, effects);
                    } else {
                        self.broken(now, id, self.too_late(id), effects);
                    }
                }
                State::BackOff(at) if now >= at => self.machines[id].state = State::Waiting,
                State::Ready if self.machines[id].silent_at.is_some_and(|at| now >= at) => {
                    self.silent(now, id, effects);
                }
                State::Stopping(Some(at)) => self.wait_for(now, id, at, effects),
                State::Sweeping(_) => {
                    if let Some(at) = self.machines[id].rest_until {
                        self.wait_for(now, id, at, effects);
                    }
                }
                _ => {}
            }
        }
        if !self.all_ready && self.policy.timeout.is_some_and(|timeout| now >= timeout) {
            self.stop(Reason::TooSlow, effects);
        }
    }

    /// A service was asked, and is killed at this time.
    fn wait_for(&mut self, now: Duration, id: Id, until: Duration, effects: &mut Vec<Effect>) {
        let machine = &mut self.machines[id];
        if now >= until {
            machine.rest_until = None;
            machine.killed = true;
            if machine.state == State::Stopping(Some(until)) {
                machine.state = State::Stopping(None);
                if machine.asked.is_none() {
                    machine.condemned = Some(Fault::Lingering);
                }
            }
            effects.push(Effect::Notice(Notice::Killing(id)));
            effects.push(Effect::Kill(id));
        } else if machine.announce_at().is_some_and(|at| now >= at) {
            machine.announced = true;
            self.held_up |= self.reason.is_some();
            let left = until.saturating_sub(now);
            effects.push(Effect::Notice(Notice::WaitingFor(id, left)));
        }
    }

    fn stop(&mut self, reason: Reason, effects: &mut Vec<Effect>) {
        if self.reason.is_none() {
            self.reason = Some(reason);
            effects.push(Effect::Notice(Notice::Stopping(reason)));
        }
    }

    fn kill(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        self.stop(Reason::Asked, effects);
        self.killed = true;
        for id in 0..self.machines.len() {
            let machine = &mut self.machines[id];
            if machine.state.is_live() && machine.state != State::Stopping(None) {
                if !matches!(machine.state, State::Sweeping(_)) {
                    machine.state = State::Stopping(None);
                    machine.asked.get_or_insert(now);
                }
                machine.rest_until = None;
                effects.push(Effect::Kill(id));
            }
        }
    }

    fn ask(&mut self, now: Duration, id: Id, effects: &mut Vec<Effect>) {
        let machine = &mut self.machines[id];
        machine.asked = Some(now);
        machine.announced = false;
        machine.state = State::Stopping(Some(now.saturating_add(self.services[id].stop.grace)));
        effects.push(Effect::Ask(id));
    }

    /// Starts what can start, stops what can stop, and notices when all is ready.
    fn advance(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if self.reason.is_some() {
            return self.wind_down(now, effects);
        }
        // Who can never start is left out first: that may be the end of the session, in which nothing starts.
        for id in 0..self.machines.len() {
            if self.machines[id].state == State::Waiting
                && !self.port_is_held(id)
                && let Verdict::Never(other) = self.dependencies(id)
            {
                self.machines[id].state = State::Skipped;
                // Its end was none for whoever waits for any end; for this one it was.
                if let State::Ended(ending) = self.machines[other].state {
                    self.note_failure(other, ending);
                }
                effects.push(Effect::Notice(Notice::Skipped(id, other)));
            }
        }
        self.miss_guest(effects);
        if self.reason.is_some() {
            return self.wind_down(now, effects);
        }
        for id in 0..self.machines.len() {
            if self.machines[id].state == State::Waiting
                && !self.port_is_held(id)
                && matches!(self.dependencies(id), Verdict::Met)
            {
                self.machines[id].launch(now, self.services[id].port);
                effects.push(Effect::Notice(Notice::Starting(id)));
                effects.push(Effect::Launch(id));
            }
        }
        let ready = |id: Id| match self.machines[id].state {
            State::Ready => true,
            // Nobody misses what was stopped by hand, but for those who wait for all.
            State::Stopped => self.machines[id].retired || !self.is_all_awaited(),
            State::Ended(ending) | State::Sweeping(ending) => self.is_expected(id, ending),
            _ => self.is_guest(id),
        };
        let missing = (0..self.machines.len()).find(|id| !ready(*id));
        if !self.all_ready && missing.is_none() {
            self.all_ready = true;
            effects.push(Effect::Notice(Notice::AllReady));
            if self.policy.until_ready {
                self.stop(Reason::AllReady, effects);
                self.wind_down(now, effects);
            }
        }
        if missing.is_some() && self.has_settled() && !std::mem::replace(&mut self.settled, true) {
            effects.push(Effect::Notice(Notice::Settled));
        }
        if let Some(reason) = self.in_vain(missing) {
            self.stop(reason, effects);
            self.wind_down(now, effects);
        }
    }

    /// While stopping: asks every service on which no live service depends any more.
    fn wind_down(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        for id in (0..self.machines.len()).rev() {
            match self.machines[id].state {
                State::Waiting | State::BackOff(_) => {
                    self.machines[id].state = State::Ended(Ending::Aborted);
                }
                State::Launching | State::Starting(_) | State::Ready
                    if !self.has_live_dependents(id) =>
                {
                    self.ask(now, id, effects);
                }
                // Nothing is started again any more: it has failed.
                State::Ended(_) => self.machines[id].stalled = false,
                _ => {}
            }
        }
    }
}
