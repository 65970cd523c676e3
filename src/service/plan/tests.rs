//! Plans as they are made, and what is found wrong with them.

use super::{Plan, Selection};
use crate::service::Service;
use crate::service::fleet::tests::service;

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
    let circle =
        Plan::new(vec![service("a", &["b"]), service("b", &["a"])], &all()).expect_err("a circle");
    assert_eq!(
        circle[0].message,
        "these services wait for each other: `a` → `b` → `a`"
    );
    let unknown = Plan::new(vec![service("backend", &[])], &only("backed")).expect_err("unknown");
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
