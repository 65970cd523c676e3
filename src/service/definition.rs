//! What a change of `pixcrawler.toml` means for the services that run.

use super::replicas::numbered;
use super::{Kind, Service, Template};

/// Other definitions of a session's services.
#[derive(Debug, Clone, Default)]
pub struct Redefinition {
    /// The services as they are to be from now on.
    pub services: Vec<Service>,
    /// What more replicas are made of.
    pub templates: Vec<Template>,
    /// The names of those that the definitions before did not have.
    pub added: Vec<String>,
    /// Those that are no more.
    pub gone: Vec<Gone>,
}

/// A service that is defined no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// Its name.
    pub service: String,
    /// The name that all its replicas share.
    pub group: String,
}

impl Gone {
    /// Whether it was the first of its group: no service of those that are left has the names of the
    /// others.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.service == self.group || self.service == numbered(&self.group, 1)
    }
}

/// A service that is defined otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    /// Its name.
    pub service: String,
    /// The name that all its replicas share.
    pub group: String,
    /// In what way.
    pub amended: Amended,
}

/// In what way a definition differs from the one before. Parts have the names of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amended {
    /// There was none.
    New,
    /// There is none any more.
    Gone,
    /// Its process would be another: it has to be started again.
    Process(Vec<&'static str>),
    /// Its process goes on: only what is done with it is another.
    Handling(Vec<&'static str>),
}

/// How two plans of services differ. What only prepares a session (`prepares`, by its name) is not
/// missed once it is over.
#[must_use]
pub fn amendments(
    before: &[Service],
    after: &[Service],
    prepares: &dyn Fn(&str) -> bool,
) -> Vec<Amendment> {
    let amendment = |service: &Service, amended: Amended| Amendment {
        service: service.name.clone(),
        group: service.group().to_owned(),
        amended,
    };
    let is_gone =
        |old: &&Service| !prepares(&old.name) && !after.iter().any(|new| new.name == old.name);
    let gone = before.iter().filter(is_gone);
    let mut all: Vec<Amendment> = gone.map(|old| amendment(old, Amended::Gone)).collect();
    for new in after {
        let Some(old) = before.iter().find(|old| old.name == new.name) else {
            all.push(amendment(new, Amended::New));
            continue;
        };
        let (process, handling) = (process(old, new), handling(old, new, prepares));
        if !process.is_empty() {
            all.push(amendment(new, Amended::Process(process)));
        } else if !handling.is_empty() {
            all.push(amendment(new, Amended::Handling(handling)));
        }
    }
    all
}

fn differing<const N: usize>(parts: [(&'static str, bool); N]) -> Vec<&'static str> {
    let differing = parts.into_iter().filter(|(_, differs)| *differs);
    differing.map(|(key, _)| key).collect()
}

/// What a process is started with, or checked by.
pub(super) fn process(old: &Service, new: &Service) -> Vec<&'static str> {
    // The URLs alone say where a managed server is and what it has (`super::environment`).
    let is_ours = old.kind.is_managed() && new.kind.is_managed();
    let moved = old.port != new.port && !is_ours;
    // Another port is another variable too, and that is said already.
    let env = |service: &Service| -> Vec<(String, String)> {
        let said = |(name, _): &&(String, String)| !(moved && name == "PORT");
        service.env.iter().filter(said).cloned().collect()
    };
    let is_task = |service: &Service| matches!(service.kind, Kind::Task(_));
    let command = |service: &Service| match &service.kind {
        Kind::Process(command) | Kind::Task(command) | Kind::Guest(command) => {
            Kind::Process(command.clone())
        }
        managed @ Kind::Managed(_) => managed.clone(),
    };
    differing([
        ("command", !is_ours && command(old) != command(new)),
        ("task", is_task(old) != is_task(new)),
        ("cwd", (&old.cwd, &old.tier) != (&new.cwd, &new.tier)),
        ("env", env(old) != env(new)),
        ("port", moved),
        ("ready", old.ready != new.ready),
        ("health", old.health != new.health),
        ("max-processes", old.most != new.most),
    ])
}

/// What is done with a process once it runs.
fn handling(old: &Service, new: &Service, prepares: &dyn Fn(&str) -> bool) -> Vec<&'static str> {
    let waits_less = |one: &Service, two: &Service| {
        let mut all = one.after.iter().filter(|on| !prepares(&on.name));
        all.any(|on| !two.after.contains(on))
    };
    let restart = |service: &Service| (service.restart, service.back_off);
    differing([
        ("depends-on", waits_less(old, new) || waits_less(new, old)),
        ("restart", restart(old) != restart(new)),
        ("stop", old.stop != new.stop),
        ("success-codes", old.success != new.success),
        ("watch", old.watch != new.watch),
        ("watch-env", old.on_env != new.on_env),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::fleet::tests::service;
    use super::*;
    use crate::service::{Probe, Readiness, Replica, Restart};

    fn amended(before: &[Service], after: &[Service]) -> Vec<(String, Amended)> {
        amendments(before, after, &|name| name == "uv-sync")
            .into_iter()
            .map(|one| (one.service, one.amended))
            .collect()
    }

    #[test]
    fn what_a_process_is_started_with_is_told_from_what_is_done_with_it() {
        let before = [service("api", &[])];
        assert_eq!(amended(&before, &before), []);
        let mut other = before.clone();
        other[0].restart = Restart::Always;
        other[0].success = vec![3];
        assert_eq!(
            amended(&before, &other),
            [(
                "api".to_owned(),
                Amended::Handling(vec!["restart", "success-codes"])
            )]
        );
        other[0].env = vec![("A".to_owned(), "1".to_owned())];
        other[0].ready = Readiness::by(Probe::Tcp(2));
        assert_eq!(
            amended(&before, &other),
            [("api".to_owned(), Amended::Process(vec!["env", "ready"]))]
        );
    }

    #[test]
    fn another_port_is_named_once() {
        let with = |port: u16| Service {
            port: Some(port),
            env: vec![("PORT".to_owned(), port.to_string())],
            ..service("api", &[])
        };
        assert_eq!(
            amended(&[with(1)], &[with(2)]),
            [("api".to_owned(), Amended::Process(vec!["port"]))]
        );
    }

    #[test]
    fn some_come_some_go_and_what_prepared_the_session_is_not_missed() {
        let replica = |number: u32| Service {
            replica: Some(Replica {
                of: "mail".to_owned(),
                number,
            }),
            ..service(&format!("mail-{number}"), &[])
        };
        let before = [
            service("uv-sync", &[]),
            service("api", &["uv-sync"]),
            replica(1),
            replica(2),
        ];
        let after = [service("api", &[]), replica(1), service("web", &["api"])];
        assert_eq!(
            amended(&before, &after),
            [
                ("mail-2".to_owned(), Amended::Gone),
                ("web".to_owned(), Amended::New)
            ]
        );
        let waits = [service("api", &["mail-1"]), replica(1), replica(2)];
        assert_eq!(
            amended(&before, &waits),
            [("api".to_owned(), Amended::Handling(vec!["depends-on"]))]
        );
    }
}
