//! What can be read in `pixcrawler.toml`, and would never be so.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Condition, HealthCheck, Http, Kind, Probe, Restart, Service};
use super::checks::Complaint;
use crate::env::masked_address;
use crate::text::duration;

/// A wait for what never comes. Both by the names that their replicas share.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Vain {
    /// Who waits.
    pub(super) by: String,
    /// For whom.
    pub(super) on: String,
}

/// Who waits for the end of what is started again whenever it ends. A task is not, once it succeeds.
pub(super) fn endless(services: &[Service]) -> BTreeSet<Vain> {
    let is_always = |name: &str| {
        let named = |other: &&Service| other.name == name || other.group() == name;
        let mut others = services.iter().filter(named);
        others.any(|other| other.restart == Restart::Always && !other.kind.is_task())
    };
    let group = |name: &str| {
        let other = services.iter().find(|other| other.name == name);
        other.map_or(name, Service::group).to_owned()
    };
    let mut found = BTreeSet::new();
    for service in services {
        for on in &service.after {
            let waits_for_end = matches!(
                on.condition,
                Condition::Completed | Condition::CompletedSuccessfully
            );
            if waits_for_end && is_always(&on.name) {
                found.insert(Vain {
                    by: service.group().to_owned(),
                    on: group(&on.name),
                });
            }
        }
    }
    found
}

/// Who waits for the health of what has no health check. A task is healthy when it is done, and a server that the
/// tool starts when it answers.
pub(super) fn unchecked(services: &[Service]) -> BTreeSet<Vain> {
    let named = |name: &str| {
        let mut others = services.iter();
        others.find(|other| other.name == name || other.group() == name)
    };
    let waits = services.iter().flat_map(|service| {
        let after = service.after.iter();
        let after = after.filter(|on| on.condition == Condition::Healthy);
        after.filter_map(move |on| Some((service, named(&on.name)?)))
    });
    waits
        .filter(|(_, on)| matches!(on.kind, Kind::Process(_)) && on.health.is_none())
        .map(|(by, on)| Vain {
            by: by.group().to_owned(),
            on: on.group().to_owned(),
        })
        .collect()
}

/// Bytes of a name: its log file's is longer, and there may be 255.
const LONGEST_NAME: usize = 100;

/// Names that a line cannot show or a file cannot have.
pub(super) fn name(name: &str) -> Result<(), Complaint> {
    let why = if name.trim().is_empty() {
        "a service has a name".to_owned()
    } else if name.contains(char::is_control) {
        "its name holds control characters".to_owned()
    } else if name.starts_with('-') {
        "its name begins with `-`, as options do: nobody could type it".to_owned()
    } else if name.len() > LONGEST_NAME {
        format!(
            "its name has {} bytes: {LONGEST_NAME} are the most",
            name.len()
        )
    } else {
        return Ok(());
    };
    Err((&[], why))
}

/// Names that no variable can have, and values that the system cuts off.
pub(super) fn variables(env: &BTreeMap<String, String>) -> Result<(), Complaint> {
    let at = |why: String| Err((&["env"] as &[_], why));
    for (name, value) in env {
        if name.is_empty() || name.contains(['=', '\0']) {
            return at(format!(
                "`{}` is no name of a variable",
                name.escape_debug()
            ));
        }
        if value.contains('\0') {
            return at(format!("the value of `{name}` holds a NUL character"));
        }
    }
    Ok(())
}

/// What is said of a task's readiness, nobody would ever look at.
pub(super) fn waited_for(service: &Service) -> Result<(), Complaint> {
    if service.kind.is_task() {
        let why = "a task is ready when it has ended with success: only what runs on has a readiness check";
        return Err((&["ready"], why.to_owned()));
    }
    Ok(())
}

/// A check that asks a task, that contradicts another one, or that comes too late, would never pass.
pub(super) fn checks(service: &Service) -> Result<(), Complaint> {
    if service.kind.is_task() && service.health.is_some() {
        return Err((
            &["health"],
            "a task ends by itself: only what runs on has a health check".to_owned(),
        ));
    }
    let check = service.health.as_ref().map(|health| &health.check);
    if matches!(check, Some(HealthCheck::Watchdog(_))) && service.ready.probe.is_none() {
        return Err((
            &["health", "watchdog"],
            "a service with a watchdog says when it is ready: ready = { notify = true }".to_owned(),
        ));
    }
    let ready = &service.ready;
    if ready.probe.is_some() && ready.delay >= ready.timeout {
        let (delay, timeout) = (duration(ready.delay), duration(ready.timeout));
        return Err((
            &["ready", "delay"],
            format!(
                "its first attempt would come after {delay}, and its time is over after {timeout}"
            ),
        ));
    }
    if service.port.is_some() {
        return Ok(());
    }
    let no_port = |http: &Http| {
        format!(
            "`{}` names the port of the service, which has none: add port = 8000",
            masked_address(&http.url)
        )
    };
    match (&ready.probe, check) {
        (Some(Probe::Http(http)), _) if http.url.contains("{port}") => {
            Err((&["ready", "http"], no_port(http)))
        }
        (_, Some(HealthCheck::Ask(Probe::Http(http)))) if http.url.contains("{port}") => {
            Err((&["health", "http"], no_port(http)))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fleet::tests::service;
    use super::*;
    use crate::service::{Health, Replica};

    #[test]
    fn a_wait_for_an_end_that_never_comes_is_found_once_whatever_the_replicas() {
        let replica = |number: u32| {
            let mut one = service(&format!("web-{number}"), &["job"]);
            one.after[0].condition = Condition::Completed;
            one.replica = Some(Replica {
                of: "web".to_owned(),
                number,
            });
            one
        };
        let job = |restart| Service {
            restart,
            ..service("job", &[])
        };
        let plan = |job| [job, replica(1), replica(2)];
        let found: Vec<Vain> = endless(&plan(job(Restart::Always))).into_iter().collect();
        let (by, on) = ("web".to_owned(), "job".to_owned());
        assert_eq!(found, [Vain { by, on }]);
        assert!(endless(&plan(job(Restart::OnFailure))).is_empty());
        let mut task = job(Restart::Always);
        if let Kind::Process(command) = task.kind {
            task.kind = Kind::Task(command);
        }
        assert!(endless(&plan(task)).is_empty());
    }

    #[test]
    fn a_wait_for_the_health_of_what_has_no_check_is_found() {
        let mut web = service("web", &["api", "seed"]);
        for on in &mut web.after {
            on.condition = Condition::Healthy;
        }
        let api = service("api", &[]);
        let mut seed = service("seed", &[]);
        if let Kind::Process(command) = seed.kind {
            seed.kind = Kind::Task(command);
        }
        let found = unchecked(&[api.clone(), seed.clone(), web.clone()]);
        let (by, on) = ("web".to_owned(), "api".to_owned());
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [Vain { by, on }]);
        let api = Service {
            health: Some(Health {
                check: HealthCheck::Ask(Probe::Tcp(1)),
                interval: std::time::Duration::ZERO,
                attempt: std::time::Duration::ZERO,
                failures: 1,
            }),
            ..api
        };
        assert!(unchecked(&[api, seed, web]).is_empty());
    }

    #[test]
    fn variables_have_names() {
        let one = |name: &str, value: &str| {
            variables(&BTreeMap::from([(name.to_owned(), value.to_owned())]))
        };
        assert!(one("A_B", "x=y").is_ok());
        for (name, value) in [("", "x"), ("A=B", "1"), ("A", "x\0")] {
            assert!(one(name, value).is_err(), "{name}");
        }
    }
}
