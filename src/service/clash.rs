//! What only one service of a plan can have: its name, its port.

use std::collections::BTreeMap;

use crate::diagnostic::{Finding, Rule, Severity};

use super::Service;

/// Two services on one port.
pub(super) static PORT: Rule = Rule {
    code: "plan/port-clash",
    severity: Severity::Error,
    summary: "two services want the same port",
    text: "\
Only one process can listen on a port. The second would fail, or (Next.js) silently move to another.

Way out: give one of them another port, in its env file or as `port` in pixcrawler.toml.",
};

/// A replica with the name of another service.
pub(super) static NAME: Rule = Rule {
    code: "plan/name-clash",
    severity: Severity::Error,
    summary: "a replica has the name of another service",
    text: "\
The replicas of `web` are `web-1`, `web-2`, …. Where another service has one of these names, the two
would write to one log, and an order for one would reach the other.

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
        findings.push(
            Finding::new(
                &NAME,
                format!("{what} would be `{name}`, which is the name of {whose}"),
            )
            .subject(group)
            .help(format!(
                "rename [services.{}], or run fewer of `{group}`",
                other.group()
            )),
        );
    }
    findings
}

/// Ports that more than one service wants.
pub(super) fn ports(services: &[Service]) -> Vec<Finding> {
    let mut seen: BTreeMap<u16, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for service in services {
        let Some(port) = service.port else { continue };
        if let Some(other) = seen.insert(port, &service.name) {
            findings.push(
                Finding::new(&PORT, format!("`{other}` and `{}` both want port {port}", service.name))
                    .subject(service.name.clone())
                    .help(format!("give one of them another port, e.g. [services.{}] port = {} in pixcrawler.toml", service.name, port.wrapping_add(1))),
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
    }
}
