//! Cases of those who wait for all to be ready, while something is stopped by hand.

use super::super::*;
use super::{end, fleet, ms, notices, service, task};
use crate::service::{Command, Selection};

const UNTIL_READY: Policy = Policy {
    keep_going: false,
    until_ready: true,
    timeout: None,
    seed: 0,
};

/// `a` is ready at once, `slow` is being started; a guest where somebody asked for one.
fn starting(policy: Policy, guest: bool) -> Fleet {
    let services = vec![service("a", &[]), service("slow", &[])];
    let mut plan = Plan::new(services, &Selection::default()).expect("sound");
    if guest {
        let kind = Kind::Guest(Command::Exec(Vec::new()));
        plan = plan.with_guest(Service::new("exec", kind, "/".into()));
    }
    let mut fleet = Fleet::new(&plan, policy);
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(0), Input::Passed(0));
    fleet.step(ms(0), Input::Launched(1, 2));
    fleet
}

/// Who waits for all to be ready: a command's session does so by itself.
fn waiting(guest: bool) -> Policy {
    if guest {
        Policy::default()
    } else {
        UNTIL_READY
    }
}

#[test]
fn who_waits_for_all_does_not_wait_for_what_was_stopped_by_hand() {
    for guest in [true, false] {
        let mut fleet = starting(waiting(guest), guest);
        fleet.step(ms(1), Input::StopOne(1));
        assert_eq!(fleet.stopping(), None, "it is there still");
        let effects = end(&mut fleet, 2, 1);
        let told = notices(&effects);
        assert!(
            told.contains(&&Notice::Stopping(Reason::Without(1)))
                && !told.contains(&&Notice::AllReady),
            "{told:?}"
        );
        assert!(effects.contains(&Effect::Ask(0)), "{effects:?}");
    }
}

#[test]
fn nobody_is_given_up_while_others_are_on_the_way() {
    for guest in [true, false] {
        let mut fleet = starting(waiting(guest), guest);
        fleet.step(ms(1), Input::StopOne(0));
        end(&mut fleet, 2, 0);
        assert_eq!(fleet.stopping(), None);
        // Somebody starts it again in time.
        fleet.step(ms(3), Input::StartOne(0));
        fleet.step(ms(3), Input::Launched(0, 3));
        fleet.step(ms(4), Input::Passed(1));
        assert_eq!(fleet.stopping(), None);
        let ready = fleet.step(ms(5), Input::Passed(0));
        assert!(notices(&ready).contains(&&Notice::AllReady), "{ready:?}");
    }
}

#[test]
fn a_task_that_is_stopped_by_hand_holds_up_who_needs_it() {
    let mut b = service("b", &["mig"]);
    b.after[0].condition = Condition::CompletedSuccessfully;
    let started = |policy| {
        let mut fleet = fleet(vec![service("a", &[]), task("mig"), b.clone()], policy);
        fleet.step(ms(0), Input::Begin);
        fleet.step(ms(0), Input::Launched(0, 1));
        fleet.step(ms(0), Input::Passed(0));
        fleet.step(ms(0), Input::Launched(1, 2));
        fleet.step(ms(1), Input::StopOne(1));
        end(&mut fleet, 2, 1);
        fleet
    };
    let hurried = started(UNTIL_READY);
    assert_eq!(hurried.stopping(), Some(Reason::Without(1)));
    let mut patient = started(Policy::default());
    assert_eq!(patient.stopping(), None);
    let held = |fleet: &Fleet| [0, 1, 2].map(|id| fleet.held_by(id));
    assert_eq!(held(&patient), [None, Some(1), Some(1)]);
    patient.step(ms(3), Input::StartOne(2));
    assert_eq!(held(&patient), [None, None, None]);
}
