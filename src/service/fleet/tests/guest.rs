//! Cases of the command for whose sake all the others run.

use super::super::*;
use super::{end, ms, notices, service};
use crate::service::{Command, Dependency, Kind, Selection};

fn guest() -> Service {
    Service::new("exec", Kind::Guest(Command::Exec(Vec::new())), "/".into())
}

#[test]
fn a_guest_comes_when_all_is_ready_and_its_end_is_the_sessions() {
    let plan = Plan::new(vec![service("api", &[])], &Selection::default())
        .expect("sound")
        .with_guest(guest());
    let mut fleet = Fleet::new(&plan, Policy::default());
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    let ready = fleet.step(ms(5), Input::Passed(0));
    assert!(
        ready.contains(&Effect::Launch(1)) && notices(&ready).contains(&&Notice::AllReady),
        "{ready:?}"
    );
    assert_eq!(fleet.step(ms(6), Input::Launched(1, 2)), []);
    fleet.step(ms(7), Input::Ended(1, Ending::Code(4)));
    assert!(fleet.step(ms(7), Input::Gone(1)).contains(&Effect::Ask(0)));
    end(&mut fleet, 8, 0);
    assert_eq!(
        fleet.outcome().and_then(|outcome| outcome.failed),
        Some((1, Ending::Code(4)))
    );
}

/// Services with a guest behind them, all of them started; the guest is the last.
fn with_guest(services: Vec<Service>, policy: Policy) -> Fleet {
    let plan = Plan::new(services, &Selection::default()).expect("sound");
    let mut fleet = Fleet::new(&plan.with_guest(guest()), policy);
    fleet.step(ms(0), Input::Begin);
    for id in 0..fleet.services().len() {
        fleet.step(ms(0), Input::Launched(id, 1));
        fleet.step(ms(0), Input::Passed(id));
    }
    fleet
}

#[test]
fn only_an_end_of_its_own_is_the_guests_end() {
    let outcome = |fleet: &Fleet| fleet.outcome().expect("over");
    let mut fleet_of_two = with_guest(vec![service("api", &[])], Policy::default());
    assert!(fleet_of_two.is_guest_live());
    // A service ends with success, and the guest is asked to end: it had not finished.
    end(&mut fleet_of_two, 1, 0);
    end(&mut fleet_of_two, 2, 1);
    assert_eq!(outcome(&fleet_of_two).guest, None);

    let policy = Policy {
        keep_going: true,
        ..Policy::default()
    };
    let mut going = with_guest(vec![service("api", &[]), service("web", &[])], policy);
    going.step(ms(1), Input::Ended(0, Ending::Code(1)));
    going.step(ms(1), Input::Gone(0));
    let done = going.step(ms(2), Input::Ended(2, Ending::Code(0)));
    assert_eq!(notices(&done), [&Notice::Completed(2, ms(2))]);
    assert!(going.step(ms(2), Input::Gone(2)).contains(&Effect::Ask(1)));
    end(&mut going, 3, 1);
    assert_eq!(outcome(&going).guest, Some(Ending::Code(0)));
}

#[test]
fn a_guest_that_can_never_start_ends_the_session() {
    let policy = Policy {
        keep_going: true,
        ..Policy::default()
    };
    let services = vec![service("api", &[]), service("web", &[])];
    let plan = Plan::new(services, &Selection::default());
    let mut fleet = Fleet::new(&plan.expect("sound").with_guest(guest()), policy);
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(0), Input::Launched(1, 2));
    fleet.step(ms(1), Input::Ended(0, Ending::Code(1)));
    let gone = fleet.step(ms(1), Input::Gone(0));
    assert!(gone.contains(&Effect::Ask(1)), "{gone:?}");
    assert_eq!(fleet.stopping(), Some(Reason::Service(0)));
}

#[test]
fn a_guest_comes_after_what_was_to_end() {
    let mut api = service("api", &[]);
    api.after.push(Dependency {
        name: "once".to_owned(),
        condition: Condition::Completed,
    });
    let plan = Plan::new(vec![service("once", &[]), api], &Selection::default());
    let mut fleet = Fleet::new(&plan.expect("sound").with_guest(guest()), Policy::default());
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(0), Input::Passed(0));
    fleet.step(ms(1), Input::Ended(0, Ending::Code(4)));
    let once = fleet.step(ms(1), Input::Gone(0));
    assert!(once.contains(&Effect::Launch(1)), "{once:?}");
    fleet.step(ms(2), Input::Launched(1, 2));
    let ready = fleet.step(ms(2), Input::Passed(1));
    assert!(ready.contains(&Effect::Launch(2)), "{ready:?}");
}

#[test]
fn a_guest_that_somebody_stops_ends_the_session_without_success() {
    for (ending, told) in [
        (Ending::Signal(15), Some(Ending::Signal(15))),
        (Ending::Code(3), Some(Ending::Code(3))),
        (Ending::Code(0), None),
    ] {
        let policy = Policy {
            keep_going: true,
            ..Policy::default()
        };
        let mut fleet = with_guest(vec![service("api", &[])], policy);
        assert_eq!(
            fleet.step(ms(1), Input::StopOne(1)),
            [Effect::Ask(1)],
            "{ending}"
        );
        fleet.step(ms(2), Input::Ended(1, ending));
        let gone = fleet.step(ms(2), Input::Gone(1));
        assert!(gone.contains(&Effect::Ask(0)), "{gone:?}");
        end(&mut fleet, 3, 0);
        let outcome = fleet.outcome().expect("over");
        assert_eq!(outcome.reason, Some(Reason::Service(1)), "{ending}");
        assert_eq!((outcome.guest, outcome.failed), (told, None));
    }
}

#[test]
fn an_order_after_the_guests_own_end_changes_nothing_about_it() {
    let mut fleet = with_guest(vec![service("api", &[])], Policy::default());
    fleet.step(ms(1), Input::Ended(1, Ending::Code(0)));
    fleet.step(ms(1), Input::StopOne(1));
    assert!(fleet.step(ms(2), Input::Gone(1)).contains(&Effect::Ask(0)));
    end(&mut fleet, 3, 0);
    let guest = fleet.outcome().and_then(|outcome| outcome.guest);
    assert_eq!(guest, Some(Ending::Code(0)));
}

#[test]
fn a_guest_that_is_stopped_before_it_came_ends_the_session() {
    let plan = Plan::new(vec![service("api", &[])], &Selection::default());
    let mut fleet = Fleet::new(&plan.expect("sound").with_guest(guest()), Policy::default());
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    let stopped = fleet.step(ms(1), Input::StopOne(1));
    assert!(stopped.contains(&Effect::Ask(0)), "{stopped:?}");
    assert_eq!(fleet.stopping(), Some(Reason::Service(1)));
}
