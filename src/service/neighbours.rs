//! Who else of a session has a port, for who finds it taken, or asks there in vain.

use super::Service;
use super::cause::{Neighbour, Stage};
use super::fleet::{Fleet, Id, State};
use super::model::{Condition, Dependency};

/// The other services with ports of their own.
#[must_use]
pub fn of(fleet: &Fleet, id: Id) -> Vec<Neighbour> {
    let services = fleet.services();
    let own = &services[id];
    let others = services
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != id);
    let known = others.filter_map(|(other, service)| {
        let port = service.port?;
        let stage = match fleet.machine(other).state {
            State::Ready => Stage::Ready,
            State::Launching | State::Starting(_) => Stage::Starting,
            State::Waiting => Stage::Waiting,
            _ => Stage::Gone,
        };
        Some(Neighbour {
            name: service.name.clone(),
            port,
            stage,
            wait: wait(services, own, service),
        })
    });
    known.collect()
}

/// What the settings of a service have to say for it to wait for another one; none where it does already, or the
/// other one waits for it.
fn wait(services: &[Service], own: &Service, other: &Service) -> Option<String> {
    if waits(services, own, other) || waits(services, other, own) {
        return None;
    }
    let find = |name: &str| services.iter().find(|service| service.name == name);
    let mut names: Vec<(&str, Condition, bool)> = Vec::new();
    let ready = Dependency {
        name: other.name.clone(),
        condition: Condition::Ready,
    };
    for dependency in own.after.iter().chain([&ready]) {
        let service = find(&dependency.name);
        let is_task = service.is_some_and(|service| service.kind.is_task());
        let usual = if is_task {
            Condition::CompletedSuccessfully
        } else {
            Condition::Ready
        };
        let name = service.map_or(&*dependency.name, |service| service.group());
        if !names.iter().any(|(known, ..)| *known == name) {
            names.push((name, dependency.condition, dependency.condition == usual));
        }
    }
    let written: Vec<String> = if names.iter().all(|(.., is_usual)| *is_usual) {
        names
            .iter()
            .map(|(name, ..)| format!("\"{name}\""))
            .collect()
    } else {
        let with = |(name, condition, _): &(&str, Condition, bool)| {
            format!("{name} = \"{}\"", as_written(*condition))
        };
        return Some(format!(
            "depends-on = {{ {} }} in [services.{}]",
            names.iter().map(with).collect::<Vec<_>>().join(", "),
            own.group()
        ));
    };
    Some(format!(
        "depends-on = [{}] in [services.{}]",
        written.join(", "),
        own.group()
    ))
}

fn as_written(condition: Condition) -> &'static str {
    match condition {
        Condition::Started => "started",
        Condition::Ready => "ready",
        Condition::Healthy => "healthy",
        Condition::Completed => "completed",
        Condition::CompletedSuccessfully => "completed_successfully",
    }
}

/// Whether a service waits for another one, be it by way of others.
fn waits(services: &[Service], own: &Service, other: &Service) -> bool {
    let mut known: Vec<&str> = vec![&own.name];
    let mut at = 0;
    while let Some(name) = known.get(at).copied() {
        at += 1;
        let service = services.iter().find(|service| service.name == name);
        for dependency in service.iter().flat_map(|service| &service.after) {
            if dependency.name == other.name {
                return true;
            }
            if !known.contains(&&*dependency.name) {
                known.push(&dependency.name);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{Command, Kind};

    fn service(name: &str, after: &[(&str, Condition)]) -> Service {
        let kind = Kind::Process(Command::Shell("true".to_owned()));
        let mut service = Service::new(name, kind, "/w".into());
        let after = after.iter().map(|(name, condition)| Dependency {
            name: (*name).to_owned(),
            condition: *condition,
        });
        service.after = after.collect();
        service
    }

    #[test]
    fn whoever_does_not_wait_yet_is_told_how_to() {
        let ready = Condition::Ready;
        for (after, late, told) in [
            (
                &[][..],
                &[][..],
                Some("depends-on = [\"late\"] in [services.a]"),
            ),
            (
                &[("b", ready)],
                &[],
                Some("depends-on = [\"b\", \"late\"] in [services.a]"),
            ),
            (
                &[("b", Condition::Started)],
                &[],
                Some("depends-on = { b = \"started\", late = \"ready\" } in [services.a]"),
            ),
            (&[("late", Condition::Started)], &[], None),
            (&[], &[("a", ready)], None),
            (
                &[],
                &[("b", ready)],
                Some("depends-on = [\"late\"] in [services.a]"),
            ),
        ] {
            let services = [
                service("a", after),
                service("b", &[]),
                service("late", late),
            ];
            let found = wait(&services, &services[0], &services[2]);
            assert_eq!(found.as_deref(), told);
        }
        let by_others = [
            service("a", &[]),
            service("b", &[("a", ready)]),
            service("late", &[("b", ready)]),
        ];
        assert_eq!(wait(&by_others, &by_others[0], &by_others[2]), None);
    }
}
