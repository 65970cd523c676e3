//! Cases of how ends are counted and told: as a success, or as a failure.

use super::super::*;
use super::{end, fleet, ms, notices, service};

const GOING: Policy = Policy {
    keep_going: true,
    until_ready: false,
    timeout: None,
    seed: 0,
};

/// Services that all run, and of which none has a check.
fn running(services: Vec<Service>, policy: Policy) -> Fleet {
    let mut fleet = fleet(services, policy);
    fleet.step(ms(0), Input::Begin);
    for id in 0..fleet.services().len() {
        fleet.step(ms(0), Input::Launched(id, 1));
        fleet.step(ms(0), Input::Passed(id));
    }
    fleet
}

fn ends(fleet: &mut Fleet, id: Id, ending: Ending) -> Vec<Effect> {
    let effects = fleet.step(ms(5), Input::Ended(id, ending));
    fleet.step(ms(5), Input::Gone(id));
    effects
}

#[test]
fn the_first_failure_counts_whoever_ended_well_before_it() {
    let mut b = service("b", &[]);
    b.success = vec![143];
    let services = vec![service("a", &[]), b, service("c", &[])];
    for (first, second) in [
        ((0, Ending::Code(0)), (2, Ending::Code(7))),
        ((1, Ending::Signal(15)), (2, Ending::Signal(9))),
        ((2, Ending::Code(7)), (0, Ending::Code(0))),
    ] {
        let mut fleet = running(services.clone(), GOING);
        ends(&mut fleet, first.0, first.1);
        ends(&mut fleet, second.0, second.1);
        let third = 3 - first.0 - second.0;
        ends(&mut fleet, third, Ending::Code(1));
        let failure = if first.1 == Ending::Code(7) {
            first
        } else {
            second
        };
        let outcome = fleet.outcome().expect("all have ended");
        assert_eq!(outcome.failed, Some(failure));
    }
}

#[test]
fn one_that_is_started_again_takes_only_its_own_failure_back() {
    let mut fleet = running(vec![service("a", &[]), service("b", &[])], GOING);
    ends(&mut fleet, 0, Ending::Code(7));
    ends(&mut fleet, 1, Ending::Code(9));
    fleet.step(ms(6), Input::StartOne(0));
    fleet.step(ms(6), Input::Launched(0, 2));
    end(&mut fleet, 7, 0);
    let outcome = fleet.outcome().expect("all have ended");
    assert_eq!(outcome.failed, Some((1, Ending::Code(9))));
}

/// How an end of the only service is told.
fn told(change: impl Fn(&mut Service), policy: Policy, inputs: &[Input], ending: Ending) -> String {
    let mut one = service("a", &[]);
    change(&mut one);
    let mut fleet = running(vec![one], policy);
    for input in inputs {
        fleet.step(ms(1), input.clone());
    }
    match notices(&ends(&mut fleet, 0, ending))[..] {
        [Notice::Finished(..)] => "finished",
        [Notice::Died(..)] => "died",
        ref other => panic!("{other:?}"),
    }
    .to_owned()
}

#[test]
fn a_success_that_somebody_allowed_is_told_as_none_but_that() {
    let on_failure = |one: &mut Service| one.restart = Restart::OnFailure;
    let codes = |one: &mut Service| one.success = vec![143];
    let plain = |_: &mut Service| {};
    let (zero, stopping) = (Ending::Code(0), Input::Leaving(0));
    let alone = Policy::default();
    assert_eq!(told(on_failure, alone, &[], zero), "finished");
    assert_eq!(told(codes, alone, &[], Ending::Code(143)), "finished");
    assert_eq!(told(codes, alone, &[], Ending::Signal(15)), "finished");
    assert_eq!(told(plain, GOING, &[], zero), "finished");
    let said = std::slice::from_ref(&stopping);
    assert_eq!(told(plain, alone, said, zero), "finished");
    assert_eq!(told(plain, alone, said, Ending::Code(1)), "died");
    assert_eq!(told(on_failure, alone, &[], Ending::Code(1)), "died");
    // The session goes with it, and nobody said that it may end.
    assert_eq!(told(plain, alone, &[], zero), "died");
}

#[test]
fn at_its_limit_a_service_ends_the_session_with_its_last_code() {
    let mut one = service("a", &[]);
    one.restart = Restart::OnFailure;
    one.back_off.limit = Some(2);
    let mut fleet = running(vec![one], Policy::default());
    ends(&mut fleet, 0, Ending::Code(6));
    let at = fleet.wake_at().expect("it is started again");
    fleet.step(at, Input::Tick);
    fleet.step(at, Input::Launched(0, 2));
    fleet.step(at, Input::Ended(0, Ending::Code(7)));
    let gone = fleet.step(at, Input::Gone(0));
    assert!(notices(&gone).contains(&&Notice::CrashLoop(0)), "{gone:?}");
    let outcome = fleet.outcome().expect("it is over");
    assert_eq!(outcome.failed, Some((0, Ending::Code(7))));
}
