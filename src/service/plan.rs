//! The plan: services in order, checked before anything is spawned.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Finding, Rule, Severity};
use crate::text::{and_list, nearest};

use super::Service;

/// A service name that nobody knows.
pub(super) static UNKNOWN_SERVICE: Rule = Rule {
    code: "plan/unknown-service",
    severity: Severity::Error,
    summary: "a service is named that does not exist",
    text: "\
A name on the command line or in `depends-on` belongs to no service of this workspace.

Way out: `pixcrawler dev --dry-run` lists the services; correct the name.",
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

/// Two services on one port.
pub(super) static PORT_CLASH: Rule = Rule {
    code: "plan/port-clash",
    severity: Severity::Error,
    summary: "two services want the same port",
    text: "\
Only one process can listen on a port. The second would fail, or (Next.js) silently move to another.

Way out: give one of them another port, in its env file or as `port` in pixcrawler.toml.",
};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[&UNKNOWN_SERVICE, &CYCLE, &PORT_CLASH];

/// Services in an order in which each comes after what it waits for.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    services: Vec<Service>,
}

impl Plan {
    /// Checks and orders `services`; with `only`, keeps those and what they wait for.
    ///
    /// # Errors
    /// Every unknown name, circle and port clash, as findings.
    pub fn new(services: Vec<Service>, only: &[String]) -> Result<Self, Vec<Finding>> {
        let names: Vec<String> = services
            .iter()
            .map(|service| service.name.clone())
            .collect();
        let unknown = |name: &str, by: &str| {
            let finding = Finding::new(
                &UNKNOWN_SERVICE,
                format!("{by} names `{name}`, which is no service of this workspace"),
            )
            .subject(name);
            finding.help(match nearest(name, names.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "there are {}; see them with: pixcrawler dev --dry-run",
                    and_list(&names)
                ),
            })
        };
        let mut findings: Vec<Finding> = only
            .iter()
            .filter(|name| !names.contains(name))
            .map(|name| unknown(name, "the command line"))
            .collect();
        for service in &services {
            let missing = service
                .after
                .iter()
                .filter(|dependency| !names.contains(&dependency.name));
            findings.extend(
                missing.map(|dependency| unknown(&dependency.name, &format!("`{}`", service.name))),
            );
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let kept = if only.is_empty() {
            names.iter().cloned().collect()
        } else {
            closure(&services, only)
        };
        let services: Vec<Service> = services
            .into_iter()
            .filter(|service| kept.contains(&service.name))
            .collect();
        findings.extend(port_clashes(&services));
        match order(services) {
            Ok(services) if findings.is_empty() => Ok(Self { services }),
            Ok(_) => Err(findings),
            Err(circle) => {
                let path = circle.join("` → `");
                findings.push(
                    Finding::new(
                        &CYCLE,
                        format!("these services wait for each other: `{path}`"),
                    )
                    .subject(circle.first().cloned().unwrap_or_default())
                    .help("remove one of these depends-on entries in pixcrawler.toml"),
                );
                Err(findings)
            }
        }
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

/// The named services and everything that they wait for.
fn closure(services: &[Service], only: &[String]) -> BTreeSet<String> {
    let mut kept = BTreeSet::new();
    let mut open: Vec<String> = only.to_vec();
    while let Some(name) = open.pop() {
        if kept.insert(name.clone()) {
            let found = services.iter().filter(|service| service.name == name);
            open.extend(
                found
                    .flat_map(|service| &service.after)
                    .map(|dependency| dependency.name.clone()),
            );
        }
    }
    kept
}

fn port_clashes(services: &[Service]) -> Vec<Finding> {
    let mut seen: BTreeMap<u16, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for service in services {
        let Some(port) = service.port else { continue };
        if let Some(other) = seen.insert(port, &service.name) {
            findings.push(
                Finding::new(&PORT_CLASH, format!("`{other}` and `{}` both want port {port}", service.name))
                    .subject(service.name.clone())
                    .help(format!("give one of them another port, e.g. [services.{}] port = {} in pixcrawler.toml", service.name, port.wrapping_add(1))),
            );
        }
    }
    findings
}

/// A stable topological order, or the names of a circle.
fn order(mut open: Vec<Service>) -> Result<Vec<Service>, Vec<String>> {
    let mut done: Vec<Service> = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let free = open.iter().position(|service| {
            service
                .after
                .iter()
                .all(|dependency| done.iter().any(|other| other.name == dependency.name))
        });
        match free {
            Some(at) => done.push(open.remove(at)),
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
            names(&Plan::new(services.clone(), &[]).expect("sound")),
            ["db", "api", "web", "mail"]
        );
        assert_eq!(
            names(&Plan::new(services, &["api".to_owned()]).expect("sound")),
            ["db", "api"]
        );
    }

    #[test]
    fn circles_unknown_names_and_shared_ports_are_found_before_any_start() {
        let circle =
            Plan::new(vec![service("a", &["b"]), service("b", &["a"])], &[]).expect_err("a circle");
        assert_eq!(
            circle[0].message,
            "these services wait for each other: `a` → `b` → `a`"
        );
        let unknown =
            Plan::new(vec![service("backend", &[])], &["backed".to_owned()]).expect_err("unknown");
        assert_eq!(unknown[0].help.as_deref(), Some("did you mean `backend`?"));
        let mut one = service("one", &[]);
        one.port = Some(8000);
        let mut two = service("two", &[]);
        two.port = Some(8000);
        assert_eq!(
            Plan::new(vec![one, two], &[]).expect_err("clash")[0].message,
            "`one` and `two` both want port 8000"
        );
    }
}
