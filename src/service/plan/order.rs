//! An order in which each service comes after what it waits for.

use std::collections::BTreeSet;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::service::Service;

/// Services that wait for each other.
pub(in crate::service) static CYCLE: Rule = Rule {
    code: "plan/cycle",
    severity: Severity::Error,
    summary: "services wait for each other",
    text: "\
Each service of the circle waits for another one of it, so none would ever start.

Way out: remove one of the named `depends-on` entries in pixcrawler.toml.",
};

/// What is to be said of a circle.
pub(super) fn finding(circle: &[String]) -> Finding {
    let message = match circle {
        [name, same] if name == same => format!("`{name}` waits for itself"),
        _ => format!(
            "these services wait for each other: `{}`",
            circle.join("` → `")
        ),
    };
    Finding::new(&CYCLE, message)
        .subject(circle.first().cloned().unwrap_or_default())
        .help("remove one of these depends-on entries in pixcrawler.toml")
}

/// A stable topological order, or the names of a circle.
pub(super) fn order(mut open: Vec<Service>) -> Result<Vec<Service>, Vec<String>> {
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
