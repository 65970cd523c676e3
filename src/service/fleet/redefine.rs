//! Other definitions of services while the session goes on.

use std::time::Duration;

use super::machine::Machine;
use super::message::{Effect, Why};
use super::{Fleet, Id, State};
use crate::service::definition::{Gone, Redefinition, process};
use crate::service::{Dependency, Service};
use crate::workspace::CONFIG;

impl Fleet {
    /// From now on services are started, watched and stopped like this. Those that are new start as
    /// soon as they can, those that are gone stop; who is to be started again is another order.
    #[must_use]
    pub fn redefine(&mut self, now: Duration, redefinition: Redefinition) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.reason.is_some() {
            return effects;
        }
        let Redefinition {
            services: mut fresh,
            templates,
            added,
            gone,
        } = redefinition;
        self.templates = templates;
        let planned: Vec<String> = fresh.iter().map(|new| new.name.clone()).collect();
        let mut changed: Vec<(Id, Service)> = Vec::new();
        for id in 0..self.services.len() {
            let old = &self.services[id];
            let is_gone = gone.iter().any(|one| one.service == old.name);
            let at = fresh.iter().position(|service| service.name == old.name);
            let of = old.replica.as_ref().filter(|_| !is_gone);
            let template = |of: &str| self.templates.iter().find(|it| it.name() == of);
            let group_is_gone = of.is_some_and(|of| {
                let is_whole = |one: &&Gone| one.is_first() || template(&of.of).is_none();
                let mut its = gone.iter().filter(|one| one.group == of.of);
                its.any(|one| is_whole(&one))
            });
            // Fewer are written than were: that is how many there are to be. Above a gap there is none.
            let is_fewer = of.is_some_and(|of| {
                let mut its = gone.iter().filter(|one| one.group == of.of);
                its.next().is_some() && !fresh.iter().any(|service| service.name == old.name)
            });
            // One more than is written goes on as the others of its group do, unless these are gone, are
            // fewer or have other names by now. One that was scaled away is made of what is written when
            // it comes back.
            let by_hand = of.filter(|_| !group_is_gone && !is_fewer && !self.machines[id].retired);
            let made_of = by_hand.and_then(|of| Some((template(&of.of)?, of.number)));
            let new = at.map(|at| fresh.remove(at)).or_else(|| {
                let (template, number) = made_of?;
                let new = template.instance(number).ok()?;
                (new.name == old.name).then_some(new)
            });
            match new {
                Some(new) => changed.push((id, new)),
                None if is_gone || group_is_gone || is_fewer || made_of.is_some() => {
                    self.retire(now, id, &mut effects);
                    self.machines[id].gone = true;
                }
                None => {}
            }
        }
        for (id, new) in changed {
            let machine = &mut self.machines[id];
            machine.gone &= !added.contains(&new.name);
            // New to the settings and running already: somebody has scaled to it.
            let parts = process(&self.services[id], &new);
            let is_taken_over = added.contains(&new.name) && !machine.retired;
            if is_taken_over && machine.state.is_up() && !parts.is_empty() {
                let parts = parts.into_iter().map(str::to_owned).collect();
                let why = Why::Definition(CONFIG.to_owned(), parts);
                self.restart_one(now, id, why, &mut effects);
            }
            self.replace(now, id, new, &planned);
        }
        for service in fresh {
            self.services.push(service);
            self.machines.push(Machine::new());
        }
        self.connect();
        for id in 0..self.services.len() {
            if self.machines[id].retired && added.contains(&self.services[id].name) {
                self.machines[id].retired = false;
                self.start_one(id, &mut effects);
            }
        }
        self.advance(now, &mut effects);
        effects
    }

    /// Stops a service that is one too many, or gone from the settings: nobody sees it any more.
    pub(super) fn retire(&mut self, now: Duration, id: Id, effects: &mut Vec<Effect>) {
        self.stop_one(now, id, effects);
        let machine = &mut self.machines[id];
        machine.retired = true;
        if machine.state.is_over() {
            machine.state = State::Stopped;
        }
        self.forgive(id);
    }

    /// Gives a service another definition. It goes on waiting for those that are no part of the new
    /// plan and still there: tasks of the session's start, and replicas that came later.
    fn replace(&mut self, now: Duration, id: Id, new: Service, planned: &[String]) {
        let old = std::mem::take(&mut self.services[id].after);
        let is_there = |on: &&Dependency| {
            let at = self.services.iter().position(|it| it.name == on.name);
            at.is_some_and(|at| !self.machines[at].retired) && !planned.contains(&on.name)
        };
        let kept: Vec<Dependency> = old.iter().filter(is_there).cloned().collect();
        let mut after = new.after.clone();
        after.extend(kept);
        // What it was left out for may not be asked of it any more.
        if self.machines[id].state == State::Skipped && after != old {
            self.machines[id].begin_anew();
        }
        // Who makes a wait shorter is waiting for its end.
        if let State::BackOff(at) = self.machines[id].state
            && new.back_off != self.services[id].back_off
        {
            let wait = new.back_off.wait(self.machines[id].failures, 0);
            self.machines[id].state = State::BackOff(at.min(now.saturating_add(wait)));
        }
        self.services[id] = Service { after, ..new };
    }

    /// Whether another service's process has the port that this one is to listen on: one that is
    /// about to end, or to be started again on another port.
    pub(super) fn port_is_held(&self, id: Id) -> bool {
        let port = self.services[id].port;
        let holds = |(other, machine): (Id, &Machine)| {
            other != id && machine.port == port && machine.state.is_live()
        };
        port.is_some() && self.machines.iter().enumerate().any(holds)
    }
}
