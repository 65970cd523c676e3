//! The plan: services in order, checked before anything is spawned.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Finding, Rule, Severity};
use crate::text::{and_list, nearest};

use super::replicas::Template;
use super::{Condition, Dependency, Kind, Service, clash};

/// A service name that nobody knows.
pub(super) static UNKNOWN_SERVICE: Rule = Rule {
    code: "plan/unknown-service",
    severity: Severity::Error,
    summary: "a service is named that does not exist",
    text: "\
A name on the command line or in `depends-on` belongs to no service of this workspace.

Way out: `pixcrawler dev --dry-run` lists the services; correct the name.",
};

/// A profile that no service has.
pub(super) static UNKNOWN_PROFILE: Rule = Rule {
    code: "plan/unknown-profile",
    severity: Severity::Error,
    summary: "a profile is named that no service has",
    text: "\
`--profile NAME` adds the services that name this profile in `profiles`. None of them does.

Way out: `pixcrawler dev --dry-run --format json` shows the profiles; correct the name.",
};

/// Services that wait for each other.
pub(super) static CYCLE: Rule = Rule {
    code: "plan/cycle",
    severity: Severity::Error,
    summary: "services wait for each other",
    text: "\
Each service of the circle waits for another one of it, so none would ever start.

Way out: remove one of the named `depends-on` entries in pixcrawler.toml.",
};

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

/// Which of the services are wanted.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// These and what they wait for; all when empty.
    pub names: Vec<String>,
    /// Services with profiles are wanted with one of these only.
    pub profiles: Vec<String>,
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
        let mut findings = clash::ports(&services);
        match order(services) {
            Ok(services) if findings.is_empty() => Ok(Self {
                templates: services.iter().filter_map(template).collect(),
                services,
            }),
            Ok(_) => Err(findings),
            Err(circle) => {
                let message = match circle.as_slice() {
                    [name, same] if name == same => format!("`{name}` waits for itself"),
                    _ => format!(
                        "these services wait for each other: `{}`",
                        circle.join("` → `")
                    ),
                };
                findings.push(
                    Finding::new(&CYCLE, message)
                        .subject(circle.first().cloned().unwrap_or_default())
                        .help("remove one of these depends-on entries in pixcrawler.toml"),
                );
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

/// Names and profiles that nobody has.
fn unknown(services: &[Service], wanted: &[String], profiles: &[String]) -> Vec<Finding> {
    let names: Vec<String> = services
        .iter()
        .map(|service| service.name.clone())
        .collect();
    let groups: BTreeSet<&str> = services.iter().map(Service::group).collect();
    let unknown = |name: &str, by: &str| {
        let finding = Finding::new(
            &UNKNOWN_SERVICE,
            format!("{by} names `{name}`, which is no service of this workspace"),
        )
        .subject(name);
        // Nobody means to wait for itself.
        let others = names.iter().map(String::as_str);
        let others = others.filter(|other| by.trim_matches('`') != *other);
        finding.help(match nearest(name, others) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", and_list(&names)),
        })
    };
    let is_known = |name: &String| names.contains(name) || groups.contains(name.as_str());
    let mut findings: Vec<Finding> = wanted
        .iter()
        .filter(|name| !is_known(name))
        .map(|name| unknown(name, "the command line"))
        .collect();
    for service in services {
        let missing = service
            .after
            .iter()
            .filter(|dependency| !names.contains(&dependency.name));
        for dependency in missing {
            let finding = unknown(&dependency.name, &format!("`{}`", service.group()));
            // Replicas are written once.
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    findings.extend(unknown_profiles(services, profiles));
    findings
}

fn unknown_profiles(services: &[Service], wanted: &[String]) -> Vec<Finding> {
    let known: BTreeSet<&str> = services
        .iter()
        .flat_map(|service| service.profiles.iter().map(String::as_str))
        .collect();
    let finding = |name: &String| {
        let known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
        Finding::new(
            &UNKNOWN_PROFILE,
            format!("no service has the profile `{name}`"),
        )
        .subject(name.clone())
        .help(match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => {
                format!("add profiles = [\"{name}\"] to a service in pixcrawler.toml")
            }
            None => format!("there are {}", and_list(&known)),
        })
    };
    let missing = wanted.iter().filter(|name| !known.contains(name.as_str()));
    missing.map(finding).collect()
}

/// The services that are wanted for their own sake.
fn roots(services: &[Service], wanted: &Selection) -> Vec<String> {
    let chosen = |service: &&Service| {
        if !wanted.names.is_empty() {
            return wanted
                .names
                .iter()
                .any(|name| *name == service.name || name == service.group());
        }
        service.profiles.is_empty()
            || service
                .profiles
                .iter()
                .any(|profile| wanted.profiles.contains(profile))
    };
    let with_profile = |service: &&Service| {
        !wanted.names.is_empty()
            && service
                .profiles
                .iter()
                .any(|profile| wanted.profiles.contains(profile))
    };
    services
        .iter()
        .filter(|service| chosen(service) || with_profile(service))
        .map(|service| service.name.clone())
        .collect()
}

/// The named services and everything that they wait for.
fn closure(services: &[Service], mut open: Vec<String>) -> BTreeSet<String> {
    let by_name: BTreeMap<&str, &Service> = services
        .iter()
        .map(|service| (service.name.as_str(), service))
        .collect();
    let mut kept = BTreeSet::new();
    while let Some(name) = open.pop() {
        let found = by_name.get(name.as_str());
        if kept.insert(name)
            && let Some(service) = found
        {
            open.extend(
                service
                    .after
                    .iter()
                    .map(|dependency| dependency.name.clone()),
            );
        }
    }
    kept
}

/// What further replicas of a service are made of, if it can have some.
fn template(service: &Service) -> Option<Template> {
    let alone = service.replica.is_none() && matches!(service.kind, Kind::Process(_));
    alone.then(|| Template::new(service.clone(), None, false))
}

/// A stable topological order, or the names of a circle.
fn order(mut open: Vec<Service>) -> Result<Vec<Service>, Vec<String>> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut done: Vec<Service> = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let mut after = open.iter().map(|service| &service.after);
        match after.position(|after| after.iter().all(|on| names.contains(&on.name))) {
            Some(at) => {
                let service = open.remove(at);
                names.insert(service.name.clone());
                done.push(service);
            }
            None => return Err(circle(&open)),
        }
    }
    Ok(done)
}

/// Follows dependencies among services that all wait until a name comes twice.
fn circle(stuck: &[Service]) -> Vec<String> {
    let mut path: Vec<String> = Vec::new();
    let mut at = stuck.first();
    while let Some(service) = at {
        if let Some(start) = path.iter().position(|name| *name == service.name) {
            path.push(service.name.clone());
            return path.split_off(start);
        }
        path.push(service.name.clone());
        at = service
            .after
            .iter()
            .find_map(|dependency| stuck.iter().find(|other| other.name == dependency.name));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::super::fleet::tests::service;
    use super::*;

    fn all() -> Selection {
        Selection::default()
    }

    fn only(name: &str) -> Selection {
        Selection {
            names: vec![name.to_owned()],
            ..all()
        }
    }

    fn names(plan: &Plan) -> Vec<&str> {
        plan.services()
            .iter()
            .map(|service| service.name.as_str())
            .collect()
    }

    #[test]
    fn services_come_after_what_they_wait_for() {
        let services = vec![
            service("web", &["api"]),
            service("api", &["db"]),
            service("db", &[]),
            service("mail", &[]),
        ];
        assert_eq!(
            names(&Plan::new(services.clone(), &all()).expect("sound")),
            ["db", "api", "web", "mail"]
        );
        assert_eq!(
            names(&Plan::new(services, &only("api")).expect("sound")),
            ["db", "api"]
        );
    }

    #[test]
    fn a_session_that_runs_keeps_to_what_it_was_started_for() {
        let replica = |number: u32| Service {
            replica: Some(crate::service::Replica {
                of: "worker".to_owned(),
                number,
            }),
            ..service(&format!("worker-{number}"), &[])
        };
        let services = vec![replica(1), replica(2), service("mail", &[])];
        let anew = |name: &str| Plan::anew(services.clone(), &only(name)).expect("sound");
        assert_eq!(names(&anew("worker")), ["worker-1", "worker-2"]);
        assert_eq!(names(&anew("worker-2")), ["worker-2"]);
        assert!(anew("gone").services().is_empty());
    }

    #[test]
    fn circles_unknown_names_and_shared_ports_are_found_before_any_start() {
        let circle = Plan::new(vec![service("a", &["b"]), service("b", &["a"])], &all())
            .expect_err("a circle");
        assert_eq!(
            circle[0].message,
            "these services wait for each other: `a` → `b` → `a`"
        );
        let unknown =
            Plan::new(vec![service("backend", &[])], &only("backed")).expect_err("unknown");
        assert_eq!(unknown[0].help.as_deref(), Some("did you mean `backend`?"));
        let mut one = service("one", &[]);
        one.port = Some(8000);
        let mut two = service("two", &[]);
        two.port = Some(8000);
        assert_eq!(
            Plan::new(vec![one, two], &all()).expect_err("clash")[0].message,
            "`one` and `two` both want port 8000"
        );
    }

    #[test]
    fn profiles_add_what_is_theirs_and_needs_bring_it_too() {
        let with = |name: &str, profile: &str, after: &[&str]| {
            let mut one = service(name, after);
            one.profiles = vec![profile.to_owned()];
            one
        };
        let services = vec![
            service("api", &[]),
            with("mail", "debug", &[]),
            with("shop", "full", &["mail"]),
        ];
        let plan = |profiles: &[&str]| {
            let profiles = profiles.iter().map(|name| (*name).to_owned()).collect();
            Plan::new(services.clone(), &Selection { profiles, ..all() })
        };
        assert_eq!(names(&plan(&[]).expect("sound")), ["api"]);
        assert_eq!(names(&plan(&["debug"]).expect("sound")), ["api", "mail"]);
        assert_eq!(
            names(&plan(&["full"]).expect("sound")),
            ["api", "mail", "shop"]
        );
        let unknown = plan(&["dbug"]).expect_err("a slip");
        assert_eq!(unknown[0].help.as_deref(), Some("did you mean `debug`?"));
        // Who is asked for by name comes without its profile.
        let mail = Plan::new(services.clone(), &only("mail")).expect("sound");
        assert_eq!(names(&mail), ["mail"]);
    }

    #[test]
    fn who_waits_for_a_service_waits_for_all_its_replicas() {
        let replica = |number: u32| {
            let mut one = service(&format!("worker-{number}"), &[]);
            one.replica = Some(crate::service::Replica {
                of: "worker".to_owned(),
                number,
            });
            one
        };
        let services = vec![service("api", &["worker"]), replica(1), replica(2)];
        let plan = Plan::new(services, &only("api")).expect("sound");
        assert_eq!(names(&plan), ["worker-1", "worker-2", "api"]);
    }
}
