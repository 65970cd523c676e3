//! More or fewer replicas of a service while the session goes on.

use std::time::Duration;

use super::graph::Graph;
use super::machine::Machine;
use super::message::Effect;
use super::{Fleet, Id, State};
use crate::service::replicas::Template;
use crate::service::{Dependency, Service};

/// So many replicas a service may have: more is a slip of the finger.
pub const MOST: u32 = 100;

const NO_REPLICAS: &str = "only what runs on can have replicas, no task and no managed server";

impl Fleet {
    /// Runs so many replicas of a service: the missing ones are started, those too many are
    /// stopped, the highest numbers first.
    ///
    /// # Errors
    /// Why that is not possible; nothing has changed then.
    pub fn scale(&mut self, now: Duration, name: &str, count: u32) -> Result<Vec<Effect>, String> {
        let wanted = self.wanted(name, count)?;
        let mut effects = Vec::new();
        for id in self.members(name) {
            let is_wanted = wanted.iter().any(|it| it.name == self.services[id].name);
            if !is_wanted && !self.machines[id].retired {
                self.retire(now, id, &mut effects);
            }
        }
        for service in wanted {
            let id = match self.position(&service.name) {
                Some(id) if self.machines[id].retired => {
                    let machine = &mut self.machines[id];
                    (machine.retired, machine.gone) = (false, false);
                    self.services[id] = service;
                    self.connect();
                    id
                }
                Some(id) => id,
                None => self.add(service),
            };
            // One that was stopped by hand is wanted again, and what it waits for with it.
            if !self.machines[id].state.is_up() && !self.is_done(id) {
                self.start_one(id, &mut effects);
            }
        }
        self.advance(now, &mut effects);
        Ok(effects)
    }

    /// The replicas that are not there yet when so many of a service are to run.
    ///
    /// # Errors
    /// Why there cannot be so many.
    pub fn missing(&self, name: &str, count: u32) -> Result<Vec<Service>, String> {
        let mut missing = self.wanted(name, count)?;
        missing.retain(|service| {
            let at = self.position(&service.name);
            let machine = at.map(|id| &self.machines[id]);
            machine.is_none_or(|machine| machine.retired && !machine.state.is_live())
        });
        Ok(missing)
    }

    /// The replicas that there are when so many of a service run: those that are there as they are,
    /// the others as the settings say by now.
    fn wanted(&self, name: &str, count: u32) -> Result<Vec<Service>, String> {
        if self.reason.is_some() {
            return Err("the session is stopping".to_owned());
        }
        if count > MOST {
            return Err(format!("{count} replicas are more than {MOST}"));
        }
        let existing = self.members(name);
        if let [one] = existing[..]
            && self.services[one].group() != name
        {
            let group = self.services[one].group();
            return Err(format!("it is a replica of `{group}`"));
        }
        let template = self.templates.iter().find(|it| it.name() == name);
        let one = |number: u32| {
            let Some(template) = template else {
                let is_it = |id: &&Id| self.number(**id) == number && !self.machines[**id].gone;
                return match existing.iter().find(is_it) {
                    Some(id) => Ok(self.services[*id].clone()),
                    None if existing.iter().all(|id| self.machines[*id].gone) => {
                        Err("it is not in the settings any more".to_owned())
                    }
                    None => Err(NO_REPLICAS.to_owned()),
                };
            };
            let named = template.name_of(number);
            match self.position(&named) {
                Some(id) if !existing.contains(&id) => Err(format!(
                    "replica {number} of `{name}` would be `{named}`, and another service has that name"
                )),
                Some(id) if !self.machines[id].retired => Ok(self.services[id].clone()),
                _ => template.replica(number),
            }
        };
        (1..=count).map(one).collect()
    }

    /// The service of exactly that name.
    fn position(&self, name: &str) -> Option<Id> {
        self.services
            .iter()
            .position(|service| service.name == name)
    }

    /// The names that can be scaled.
    pub fn scalable(&self) -> impl Iterator<Item = &str> {
        self.templates.iter().map(Template::name)
    }

    /// How many of its group must be wanted for a service that is retired to come back, while none of the
    /// others goes; none where that does not bring it back.
    #[must_use]
    pub fn brought_back_by(&self, id: Id) -> Option<u32> {
        let (service, number) = (&self.services[id], self.number(id));
        let members = self.members(service.group());
        if members.iter().all(|id| self.machines[*id].gone) {
            return None;
        }
        let mut templates = self.templates.iter();
        let template = templates.find(|it| it.name() == service.group());
        let comes = match template {
            Some(template) => template.name_of(number) == service.name,
            None => !self.machines[id].gone,
        };
        let there = members.iter().filter(|id| !self.machines[**id].retired);
        let highest = there.map(|id| self.number(*id)).max().unwrap_or(0);
        comes.then_some(number.max(highest))
    }

    /// Which of several a service is.
    fn number(&self, id: Id) -> u32 {
        let replica = self.services[id].replica.as_ref();
        replica.map_or(1, |replica| replica.number)
    }

    /// The services of that name: one, or all replicas.
    #[must_use]
    pub fn members(&self, name: &str) -> Vec<Id> {
        let services = self.services.iter().enumerate();
        let by = |wanted: fn(&Service) -> &str| {
            let found = services
                .clone()
                .filter(move |(_, service)| wanted(service) == name);
            found.map(|(id, _)| id).collect::<Vec<Id>>()
        };
        // A group has the name of its first member where that was not planned as one of several.
        let group = by(Service::group);
        if group.is_empty() {
            by(|service| &service.name)
        } else {
            group
        }
    }

    fn add(&mut self, service: Service) -> Id {
        let siblings = self.members(service.group());
        let is_sibling = |name: &str| siblings.iter().any(|id| self.services[*id].name == name);
        let dependents: Vec<(Id, Dependency)> = self
            .services
            .iter()
            .enumerate()
            .filter_map(|(id, other)| {
                let on = other.after.iter().find(|on| is_sibling(&on.name))?;
                Some((
                    id,
                    Dependency {
                        name: service.name.clone(),
                        condition: on.condition,
                    },
                ))
            })
            .collect();
        for (id, dependency) in dependents {
            self.services[id].after.push(dependency);
        }
        self.services.push(service);
        self.machines.push(Machine::new());
        self.connect();
        self.services.len() - 1
    }

    /// Finds out anew who waits for whom. What a replica is made of names a group where it waits for
    /// one: it waits for all that there are of it.
    pub(super) fn connect(&mut self) {
        for id in 0..self.services.len() {
            let written = std::mem::take(&mut self.services[id].after);
            let after = written.into_iter().flat_map(|on| {
                let members = match self.position(&on.name) {
                    Some(_) => Vec::new(),
                    None => self.members(&on.name),
                };
                if members.is_empty() {
                    return vec![on];
                }
                let there = members.into_iter().filter(|id| !self.machines[*id].retired);
                let each = there.map(|id| Dependency {
                    name: self.services[id].name.clone(),
                    condition: on.condition,
                });
                each.collect()
            });
            let after = after.collect();
            self.services[id].after = after;
        }
        self.graph = Graph::new(&self.services);
    }

    /// Whether a service is shown: one replica too many is not, once it is gone.
    #[must_use]
    pub fn is_shown(&self, id: Id) -> bool {
        !(self.machines[id].retired && self.machines[id].state == State::Stopped)
    }
}
