//! What only one service of a plan can have: its name, its port.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Finding, Rule, Severity};

use super::ports::line;
use super::{Service, procfile};

/// Two services on one port.
pub(super) static PORT: Rule = Rule {
    code: "plan/port-clash",
    severity: Severity::Error,
    summary: "two services want the same port",
    text: "\
Only one process can listen on a port. The second would fail, or (Next.js) silently move to another.

Way out: give one of them another port, in its env file or as `port` in pixcrawler.toml.",
};

/// Two services of one name, or nearly.
pub(super) static NAME: Rule = Rule {
    code: "plan/name-clash",
    severity: Severity::Error,
    summary: "two services have one name, or names that a disk may not tell apart",
    text: "\
The replicas of `web` are `web-1`, `web-2`, …. Where another service has one of these names, the two
would write to one log, and an order for one would reach the other. Names that differ in nothing but
capital letters are one file to the disks of macOS and Windows: the two would write to one log there.

Way out: give the other service another name, or run fewer of the first (`replicas`, `--scale`).",
};

/// Names that more than one service has. The settings cannot say one twice: a replica is among them.
pub(super) fn names(services: &[Service]) -> Vec<Finding> {
    let mut seen: BTreeMap<&str, &Service> = BTreeMap::new();
    let mut findings = Vec::new();
    for service in services {
        let Some(other) = seen.insert(&service.name, service) else {
            continue;
        };
        let (replica, other) = match (&service.replica, &other.replica) {
            (None, Some(_)) => (other, service),
            _ => (service, other),
        };
        let (name, group) = (&service.name, replica.group());
        let what = match &replica.replica {
            Some(one) => format!("replica {} of `{group}`", one.number),
            None => format!("`{group}`"),
        };
        let whose = match &other.replica {
            Some(one) => format!("replica {} of `{}`", one.number, one.of),
            None => "another service".to_owned(),
        };
        // A Procfile does not say how many there are: the line of the other one is what can be changed in it.
        let (subject, table) = if other.origin == procfile::ORIGIN {
            (other.group(), format!("`{}:`", other.group()))
        } else {
            (group, format!("[services.{}]", other.group()))
        };
        findings.push(
            Finding::new(
                &NAME,
                format!("{what} would be `{name}`, which is the name of {whose}"),
            )
            .subject(subject)
            .help(format!("rename {table}, or run fewer of `{group}`")),
        );
    }
    findings.extend(alike(services));
    findings
}

/// Names that differ in capital letters alone. A Procfile's processes have no logs of their own.
fn alike(services: &[Service]) -> Vec<Finding> {
    let mut groups: BTreeMap<String, &str> = BTreeMap::new();
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    let have_logs = |service: &&Service| service.origin != procfile::ORIGIN;
    for service in services.iter().filter(have_logs) {
        let other = *groups
            .entry(service.name.to_lowercase())
            .or_insert(&service.name);
        let group = service.group();
        if other != service.name && told.insert(group) {
            findings.push(
                Finding::new(
                    &NAME,
                    format!(
                        "`{other}` and `{}` would write to one log where a disk does not tell capital letters",
                        service.name
                    ),
                )
                .subject(group)
                .help(format!("give `{group}` another name")),
            );
        }
    }
    findings
}

/// Ports that more than one service wants; of the `reserved` ones none is proposed.
pub(super) fn ports(services: &[Service], reserved: &[u16]) -> Vec<Finding> {
    let own = services.iter().filter_map(|service| service.port);
    let wanted: BTreeSet<u16> = own.chain(reserved.iter().copied()).collect();
    let mut seen: BTreeMap<u16, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for service in services {
        let Some(port) = service.port else { continue };
        if let Some(other) = seen.insert(port, &service.name) {
            let name = &service.name;
            let mut others = (port..u16::MAX).chain(1024..port);
            let free = others.find(|port| !wanted.contains(port)).unwrap_or(port);
            findings.push(
                Finding::new(
                    &PORT,
                    format!("`{other}` and `{name}` both want port {port}"),
                )
                .subject(name.clone())
                .help(format!(
                    "give one of them another port, e.g. {}",
                    line(name, free, Some(port).filter(|_| service.names_port))
                )),
            );
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::Replica;
    use super::super::fleet::tests::service;
    use super::*;

    #[test]
    fn a_replica_with_the_name_of_another_service_is_found_in_either_order() {
        let replica = |number: u32| Service {
            replica: Some(Replica {
                of: "web".to_owned(),
                number,
            }),
            ..service(&format!("web-{number}"), &[])
        };
        for services in [
            [replica(1), replica(2), service("web-2", &[])],
            [service("web-2", &[]), replica(1), replica(2)],
        ] {
            let findings = names(&services);
            assert_eq!(findings.len(), 1);
            assert_eq!(
                findings[0].message,
                "replica 2 of `web` would be `web-2`, which is the name of another service"
            );
            assert_eq!(findings[0].subject.as_deref(), Some("web"));
            assert_eq!(
                findings[0].help.as_deref(),
                Some("rename [services.web-2], or run fewer of `web`")
            );
        }
        assert!(names(&[replica(1), replica(2), service("web", &[])]).is_empty());
        let mut of_procfile = [replica(1), replica(2), service("web-2", &[])];
        for service in &mut of_procfile {
            procfile::ORIGIN.clone_into(&mut service.origin);
        }
        let finding = &names(&of_procfile)[0];
        let told = (finding.subject.as_deref(), finding.help.as_deref());
        let help = "rename `web-2:`, or run fewer of `web`";
        assert_eq!(told, (Some("web-2"), Some(help)));
    }

    #[test]
    fn the_port_that_is_proposed_is_nobodys() {
        let at = |name: &str, port: u16| Service {
            port: Some(port),
            ..service(name, &[])
        };
        let findings = ports(&[at("a", 8300), at("b", 8301), at("c", 8300)], &[8302]);
        let help: Vec<_> = findings
            .iter()
            .filter_map(|it| it.help.as_deref())
            .collect();
        assert_eq!(
            help,
            ["give one of them another port, e.g. [services.c] port = 8303 in pixcrawler.toml"]
        );
    }

    #[test]
    fn names_that_a_disk_may_not_tell_apart_are_found() {
        let of = |names: &[&str]| {
            let services: Vec<Service> = names.iter().map(|name| service(name, &[])).collect();
            let findings = super::names(&services);
            findings
                .into_iter()
                .map(|it| it.message)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of(&["a", "b", "A"]),
            ["`a` and `A` would write to one log where a disk does not tell capital letters"]
        );
        assert!(of(&["a", "a_b", "a/b"]).is_empty());
        let of_procfile = |name: &str| Service {
            origin: procfile::ORIGIN.to_owned(),
            ..service(name, &[])
        };
        assert!(super::names(&[of_procfile("a"), of_procfile("A")]).is_empty());
    }
}
