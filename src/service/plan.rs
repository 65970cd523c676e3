//! The plan: services in order, checked before anything is spawned.

mod order;
#[cfg(test)]
mod tests;
mod wanted;

use crate::diagnostic::{Finding, Rule};

use super::replicas::Template;
use super::{Condition, Dependency, Kind, Service, clash};
pub(super) use order::CYCLE;
pub use wanted::Selection;
pub(super) use wanted::{UNKNOWN_PROFILE, UNKNOWN_SERVICE};
use wanted::{closure, roots, unknown};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[
    &UNKNOWN_SERVICE,
    &UNKNOWN_PROFILE,
    &CYCLE,
    &clash::PORT,
    &clash::NAME,
];

/// Services in an order in which each comes after what it waits for.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    services: Vec<Service>,
    templates: Vec<Template>,
}

impl Plan {
    /// Checks and orders `services`, and keeps those that are wanted with what they wait for.
    ///
    /// # Errors
    /// Every unknown name, circle and clash of names or ports, as findings.
    pub fn new(services: Vec<Service>, wanted: &Selection) -> Result<Self, Vec<Finding>> {
        Self::of(services, wanted, wanted)
    }

    /// The same for a session that runs: a name or a profile that no service has any more is not missed,
    /// and nothing else takes its place.
    ///
    /// # Errors
    /// As of [`Plan::new`].
    pub fn anew(services: Vec<Service>, wanted: &Selection) -> Result<Self, Vec<Finding>> {
        Self::of(services, wanted, &Selection::default())
    }

    fn of(
        mut services: Vec<Service>,
        wanted: &Selection,
        needed: &Selection,
    ) -> Result<Self, Vec<Finding>> {
        // Of two with one name nobody could say which is meant by anything below.
        let findings = clash::names(&services);
        if !findings.is_empty() {
            return Err(findings);
        }
        spread(&mut services);
        let findings = unknown(&services, &needed.names, &needed.profiles);
        if !findings.is_empty() {
            return Err(findings);
        }
        let kept = closure(&services, roots(&services, wanted));
        services.retain(|service| kept.contains(&service.name));
        let mut findings = clash::ports(&services, &wanted.reserved);
        match order::order(services) {
            Ok(services) if findings.is_empty() => Ok(Self {
                templates: services.iter().filter_map(template).collect(),
                services,
            }),
            Ok(_) => Err(findings),
            Err(circle) => {
                findings.push(order::finding(&circle));
                Err(findings)
            }
        }
    }

    /// With these templates for replicas, which take the place of what was guessed.
    #[must_use]
    pub fn with_templates(mut self, templates: Vec<Template>) -> Self {
        self.templates
            .retain(|guessed| !templates.iter().any(|given| given.name() == guessed.name()));
        self.templates.extend(templates);
        self
    }

    /// With one more service, which waits for all the others to be ready. It gets a longer name where
    /// a service has its own already.
    #[must_use]
    pub fn with_guest(mut self, mut guest: Service) -> Self {
        let is_taken = |name: &str| {
            let mut services = self.services.iter();
            services.any(|service| service.name == name || service.group() == name)
        };
        while is_taken(&guest.name) {
            guest.name.push_str("-command");
        }
        guest.after = self
            .services
            .iter()
            .map(|service| Dependency {
                name: service.name.clone(),
                condition: if service.kind.is_task() {
                    Condition::CompletedSuccessfully
                } else {
                    Condition::Ready
                },
            })
            .collect();
        self.services.push(guest);
        self
    }

    /// What replicas are made of.
    #[must_use]
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// The services, each after what it waits for.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The position of a service.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.services
            .iter()
            .position(|service| service.name == name)
    }
}

/// Whoever waits for a service with replicas waits for all of them.
fn spread(services: &mut [Service]) {
    let members: Vec<(String, String)> = services
        .iter()
        .filter(|service| service.replica.is_some())
        .map(|service| (service.group().to_owned(), service.name.clone()))
        .collect();
    for service in services {
        let written = std::mem::take(&mut service.after);
        for dependency in written {
            let replicas = members.iter().filter(|(of, _)| *of == dependency.name);
            let before = service.after.len();
            service.after.extend(replicas.map(|(_, name)| Dependency {
                name: name.clone(),
                condition: dependency.condition,
            }));
            if service.after.len() == before {
                service.after.push(dependency);
            }
        }
    }
}

/// What further replicas of a service are made of, if it can have some.
fn template(service: &Service) -> Option<Template> {
    let alone = service.replica.is_none() && matches!(service.kind, Kind::Process(_));
    alone.then(|| Template::new(service.clone(), None, false))
}
