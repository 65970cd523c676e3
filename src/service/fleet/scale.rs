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

impl Fleet {
    /// Runs so many replicas of a service: the missing ones are started, those too many are
    /// stopped, the highest numbers first.
    ///
    /// # Errors
    /// Why that is not possible; nothing has changed then.
    pub fn scale(&mut self, now: Duration, name: &str, count: u32) -> Result<Vec<Effect>, String> {
        let added = self.missing(name, count)?;
        let existing = self.members(name);
        let mut effects = Vec::new();
        for id in existing {
            if self.number(id) > count {
                self.stop_one(now, id, &mut effects);
                self.machines[id].retired = true;
            } else if self.machines[id].retired {
                self.machines[id].retired = false;
                self.start_one(id);
            }
        }
        for service in added {
            self.add(service);
        }
        self.advance(now, &mut effects);
        Ok(effects)
    }

    /// The replicas that are not there yet when so many of a service are to run.
    ///
    /// # Errors
    /// Why there cannot be so many.
    pub fn missing(&self, name: &str, count: u32) -> Result<Vec<Service>, String> {
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
        let mut added = Vec::new();
        for wanted in 1..=count {
            if !existing.iter().any(|id| self.number(*id) == wanted) {
                let template = self
                    .templates
                    .iter()
                    .find(|template| template.name() == name)
                    .ok_or_else(|| format!("`{name}` cannot have replicas"))?;
                let new = template.instance(wanted)?;
                if self.services.iter().any(|other| other.name == new.name) {
                    return Err(format!(
                        "replica {wanted} of `{name}` would be `{}`, and another service has that name",
                        new.name
                    ));
                }
                added.push(new);
            }
        }
        Ok(added)
    }

    /// The names that can be scaled.
    pub fn scalable(&self) -> impl Iterator<Item = &str> {
        self.templates.iter().map(Template::name)
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

    fn add(&mut self, service: Service) {
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
        self.graph = Graph::new(&self.services);
    }

    /// Whether a service is shown: one replica too many is not, once it is gone.
    #[must_use]
    pub fn is_shown(&self, id: Id) -> bool {
        !(self.machines[id].retired && self.machines[id].state == State::Stopped)
    }
}
