//! Which services are wanted, and names that nobody has.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Finding, Rule, Severity};
use crate::service::Service;
use crate::text::{and_list, nearest};

/// A service name that nobody knows.
pub(in crate::service) static UNKNOWN_SERVICE: Rule = Rule {
    code: "plan/unknown-service",
    severity: Severity::Error,
    summary: "a service is named that does not exist",
    text: "\
A name on the command line or in `depends-on` belongs to no service of this workspace.

Way out: `pixcrawler dev --dry-run` lists the services; correct the name.",
};

/// A profile that no service has.
pub(in crate::service) static UNKNOWN_PROFILE: Rule = Rule {
    code: "plan/unknown-profile",
    severity: Severity::Error,
    summary: "a profile is named that no service has",
    text: "\
`--profile NAME` adds the services that name this profile in `profiles`. None of them does.

Way out: `pixcrawler dev --dry-run --format json` shows the profiles; correct the name.",
};

/// Which of the services are wanted.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// These and what they wait for; all when empty.
    pub names: Vec<String>,
    /// Services with profiles are wanted with one of these only.
    pub profiles: Vec<String>,
    /// Ports that others of the workspace have, and that no service is told to take.
    pub reserved: Vec<u16>,
}

/// Names and profiles that nobody has.
pub(super) fn unknown(
    services: &[Service],
    wanted: &[String],
    profiles: &[String],
) -> Vec<Finding> {
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
pub(super) fn roots(services: &[Service], wanted: &Selection) -> Vec<String> {
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
pub(super) fn closure(services: &[Service], mut open: Vec<String>) -> BTreeSet<String> {
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
