//! Cases of services that do not get ready in time while something else keeps the session open.

use super::super::*;
use super::{end, fleet, ms, notices, service};

fn not_ready(effects: &[Effect]) -> usize {
    let told = notices(effects);
    let is_it = |notice: &&&Notice| matches!(notice, Notice::NotReady(..));
    told.iter().filter(is_it).count()
}

/// A service that does not get ready, and one that needs only its start.
fn late(policy: Policy) -> Fleet {
    let mut b = service("b", &["a"]);
    b.after[0].condition = Condition::Started;
    let mut fleet = fleet(vec![service("a", &[]), b], policy);
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(0), Input::Launched(1, 2));
    fleet.step(ms(0), Input::Passed(1));
    fleet
}

#[test]
fn what_is_late_is_told_once_however_long_others_take_to_stop() {
    let mut fleet = late(Policy::default());
    let at = fleet.wake_at().expect("it has its time");
    let effects = fleet.step(at, Input::Tick);
    assert_eq!(not_ready(&effects), 1);
    assert!(effects.contains(&Effect::Ask(1)) && !effects.contains(&Effect::Ask(0)));
    assert!(fleet.wake_at() > Some(at), "it is not due again");
    for input in [
        Input::Tick,
        Input::Broken(0, "no".to_owned()),
        Input::Passed(0),
    ] {
        assert_eq!(fleet.step(at + ms(1), input), []);
    }
    let later = at.as_millis().try_into().expect("soon");
    assert!(end(&mut fleet, later, 1).contains(&Effect::Ask(0)));
}

#[test]
fn whoever_ends_the_session_is_not_told_what_did_not_get_ready() {
    let mut fleet = late(Policy::default());
    let at = fleet.wake_at().expect("it has its time");
    fleet.step(at.saturating_sub(ms(1)), Input::Stop(Reason::Signal(2)));
    assert_eq!(fleet.step(at, Input::Tick), []);
    assert!(fleet.wake_at() > Some(at));
    let later = at.as_millis().try_into().expect("soon");
    end(&mut fleet, later, 1);
    end(&mut fleet, later, 0);
    let outcome = fleet.outcome().expect("it is over");
    assert_eq!(
        (outcome.reason, outcome.failed),
        (Some(Reason::Signal(2)), None)
    );
}

#[test]
fn the_start_is_over_when_nothing_is_on_the_way_any_more_though_not_all_is_ready() {
    let mut fleet = late(Policy {
        keep_going: true,
        ..Policy::default()
    });
    assert!(!fleet.has_started());
    let at = fleet.wake_at().expect("it has its time");
    fleet.step(at, Input::Tick);
    assert!(!fleet.has_started(), "it is still being stopped");
    let later = at.as_millis().try_into().expect("soon");
    end(&mut fleet, later, 0);
    assert!(fleet.has_started() && !fleet.was_ready());
    assert!(fleet.machine(1).state.is_live(), "the other goes on");
}
