//! Cases and properties of the session's state machine, without any process.

mod amended;
mod counted;
mod further;
mod guest;
mod health;
mod held;
mod late;
mod saved;
mod stalled;
mod wanted;

use std::time::Duration;

use super::*;
use crate::service::{Command, Dependency, Kind, Readiness, Selection};

pub(in crate::service) const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A service that waits for others to be ready.
pub(in crate::service) fn service(name: &str, after: &[&str]) -> Service {
    let kind = Kind::Process(Command::Exec(vec![name.to_owned()]));
    Service {
        after: after
            .iter()
            .map(|name| Dependency {
                name: (*name).to_owned(),
                condition: Condition::Ready,
            })
            .collect(),
        ready: Readiness::by(crate::service::Probe::Tcp(1)),
        ..Service::new(name, kind, "/".into())
    }
}

pub(in crate::service) fn task(name: &str) -> Service {
    Service {
        kind: Kind::Task(Command::Exec(vec![name.to_owned()])),
        ..service(name, &[])
    }
}

pub(in crate::service) fn fleet(services: Vec<Service>, policy: Policy) -> Fleet {
    let plan = Plan::new(services, &Selection::default()).expect("a sound plan");
    Fleet::new(&plan, policy)
}

pub(super) fn notices(effects: &[Effect]) -> Vec<&Notice> {
    effects
        .iter()
        .filter_map(|effect| {
            if let Effect::Notice(notice) = effect {
                Some(notice)
            } else {
                None
            }
        })
        .collect()
}

#[test]
fn a_service_starts_when_what_it_waits_for_is_ready() {
    let mut fleet = fleet(
        vec![
            task("install"),
            service("db", &[]),
            service("api", &["db", "install"]),
        ],
        Policy::default(),
    );
    let begun = fleet.step(ms(0), Input::Begin);
    assert!(
        begun.contains(&Effect::Launch(0))
            && begun.contains(&Effect::Launch(1))
            && !begun.contains(&Effect::Launch(2))
    );
    fleet.step(ms(1), Input::Launched(0, 10));
    assert_eq!(
        fleet.step(ms(2), Input::Launched(1, 11)),
        [Effect::Probe(1)]
    );
    assert!(
        !fleet
            .step(ms(3), Input::Passed(1))
            .contains(&Effect::Launch(2))
    );
    fleet.step(ms(4), Input::Ended(0, Ending::Code(0)));
    assert!(
        fleet
            .step(ms(5), Input::Gone(0))
            .contains(&Effect::Launch(2))
    );
    fleet.step(ms(6), Input::Launched(2, 12));
    let ready = fleet.step(ms(9), Input::Passed(2));
    assert_eq!(
        notices(&ready),
        [&Notice::Ready(2, ms(3)), &Notice::AllReady]
    );
}

#[test]
fn stopping_asks_dependents_first_and_kills_after_the_grace() {
    let mut fleet = fleet(
        vec![service("db", &[]), service("api", &["db"])],
        Policy::default(),
    );
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(0), Input::Passed(0));
    fleet.step(ms(0), Input::Launched(1, 2));
    fleet.step(ms(0), Input::Passed(1));
    let stop = fleet.step(ms(100), Input::Stop(Reason::Signal(2)));
    assert!(stop.contains(&Effect::Ask(1)) && !stop.contains(&Effect::Ask(0)));
    assert_eq!(fleet.wake_at(), Some(ms(800)));
    assert_eq!(
        notices(&fleet.step(ms(800), Input::Tick)),
        [&Notice::WaitingFor(1, ms(4300))]
    );
    assert!(fleet.step(ms(5100), Input::Tick).contains(&Effect::Kill(1)));
    assert!(
        fleet
            .step(ms(5101), Input::Ended(1, Ending::Signal(9)))
            .contains(&Effect::Sweep(1, Rest::Brief))
    );
    assert!(
        fleet
            .step(ms(5102), Input::Gone(1))
            .contains(&Effect::Ask(0))
    );
    fleet.step(ms(5103), Input::Ended(0, Ending::Code(0)));
    fleet.step(ms(5104), Input::Gone(0));
    assert_eq!(
        fleet.outcome(),
        Some(Outcome {
            reason: Some(Reason::Signal(2)),
            failed: None,
            guest: None,
            killed: false,
            ready: true,
        })
    );
}

#[test]
fn a_death_stops_the_rest_and_is_the_outcome() {
    let mut fleet = fleet(
        vec![service("api", &[]), service("web", &[])],
        Policy::default(),
    );
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(0), Input::Launched(1, 2));
    let died = fleet.step(ms(50), Input::Ended(0, Ending::Code(3)));
    assert_eq!(notices(&died), [&Notice::Died(0, Ending::Code(3), ms(50))]);
    assert!(fleet.step(ms(51), Input::Gone(0)).contains(&Effect::Ask(1)));
    fleet.step(ms(60), Input::Ended(1, Ending::Signal(15)));
    fleet.step(ms(61), Input::Gone(1));
    assert_eq!(
        fleet.outcome().and_then(|outcome| outcome.failed),
        Some((0, Ending::Code(3)))
    );
}

#[test]
fn keep_going_skips_only_what_waits_for_the_dead() {
    let policy = Policy {
        keep_going: true,
        ..Policy::default()
    };
    let mut fleet = fleet(
        vec![
            service("db", &[]),
            service("api", &["db"]),
            service("web", &[]),
        ],
        policy,
    );
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(0), Input::Launched(2, 3));
    fleet.step(ms(5), Input::Ended(0, Ending::Code(1)));
    assert_eq!(
        notices(&fleet.step(ms(6), Input::Gone(0))),
        [&Notice::Skipped(1, 0)]
    );
    assert!(fleet.stopping().is_none());
}

#[test]
fn a_start_that_goes_on_without_somebody_comes_to_an_end_once() {
    let policy = Policy {
        keep_going: true,
        ..Policy::default()
    };
    let services = vec![
        task("migrate"),
        service("api", &["migrate"]),
        service("web", &[]),
    ];
    let mut going = fleet(services.clone(), policy);
    going.step(ms(0), Input::Begin);
    going.step(ms(0), Input::Launched(0, 1));
    going.step(ms(0), Input::Launched(2, 3));
    going.step(ms(5), Input::Ended(0, Ending::Code(1)));
    let gone = going.step(ms(6), Input::Gone(0));
    assert!(!notices(&gone).contains(&&Notice::Settled), "{gone:?}");
    let passed = going.step(ms(7), Input::Passed(2));
    assert!(notices(&passed).contains(&&Notice::Settled), "{passed:?}");
    assert_eq!(going.step(ms(8), Input::Tick), []);
    assert_eq!(going.stopping(), None);

    // Where nothing is left that runs, the session's end says it.
    let mut over = fleet(services[..2].to_vec(), policy);
    over.step(ms(0), Input::Begin);
    over.step(ms(0), Input::Launched(0, 1));
    over.step(ms(5), Input::Ended(0, Ending::Code(1)));
    let gone = over.step(ms(6), Input::Gone(0));
    assert!(!notices(&gone).contains(&&Notice::Settled), "{gone:?}");
    assert!(over.outcome().is_some());
}

#[test]
fn who_is_late_is_named_once_it_is_said_that_all_ends() {
    let mut late = ready(vec![service("api", &[]), service("web", &[])]);
    late.step(ms(0), Input::StopOne(0));
    late.step(ms(800), Input::Tick);
    assert!(!late.is_held_up(), "that one alone was to stop");
    late.step(ms(900), Input::Stop(Reason::Asked));
    assert!(!late.is_held_up());
    late.step(ms(1700), Input::Tick);
    assert!(late.is_held_up());
}

#[test]
fn a_reloader_that_waits_for_a_change_is_given_time_unless_ready_is_all_that_is_wanted() {
    let starting = |policy| {
        let mut fleet = fleet(vec![service("api", &[])], policy);
        fleet.step(ms(0), Input::Begin);
        fleet.step(ms(0), Input::Launched(0, 1));
        fleet
    };
    let mut patient = starting(Policy::default());
    assert_eq!(
        notices(&patient.step(ms(900), Input::Stalled(0))),
        [&Notice::Stalled(0)]
    );
    assert_eq!(patient.step(ms(3_600_000), Input::Tick), []);
    assert!(notices(&patient.step(ms(3_600_001), Input::Passed(0))).contains(&&Notice::AllReady));

    let mut hurried = starting(Policy {
        until_ready: true,
        ..Policy::default()
    });
    assert!(
        hurried
            .step(ms(900), Input::Stalled(0))
            .contains(&Effect::Ask(0))
    );
    assert_eq!(hurried.stopping(), Some(Reason::Service(0)));
}

#[test]
fn waiting_for_ready_ends_when_nobody_is_on_the_way_any_more() {
    let policy = Policy {
        keep_going: true,
        until_ready: true,
        ..Policy::default()
    };
    let mut fleet = fleet(vec![service("api", &[]), service("web", &[])], policy);
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(0), Input::Launched(1, 2));
    fleet.step(ms(5), Input::Ended(0, Ending::Code(1)));
    fleet.step(ms(6), Input::Gone(0));
    assert_eq!(fleet.stopping(), None);
    assert!(
        fleet
            .step(ms(7), Input::Passed(1))
            .contains(&Effect::Ask(1))
    );
    assert_eq!(fleet.stopping(), Some(Reason::Service(0)));
}

#[test]
fn a_crash_loop_ends() {
    let mut one = service("api", &[]);
    one.restart = Restart::Always;
    let mut fleet = fleet(vec![one], Policy::default());
    fleet.step(ms(0), Input::Begin);
    let mut now = Duration::ZERO;
    let mut starts = 1;
    while fleet.outcome().is_none() {
        fleet.step(now, Input::Launched(0, 1));
        fleet.step(now, Input::Ended(0, Ending::Code(1)));
        fleet.step(now, Input::Gone(0));
        if let Some(at) = fleet.wake_at() {
            now = at;
            starts += usize::from(fleet.step(now, Input::Tick).contains(&Effect::Launch(0)));
        }
        assert!(starts < 20, "it never ends");
    }
    assert_eq!(starts, 5);
}

/// A session whose services are all ready.
pub(in crate::service) fn ready(services: Vec<Service>) -> Fleet {
    let mut fleet = fleet(services, Policy::default());
    fleet.step(ms(0), Input::Begin);
    for id in 0..fleet.services().len() {
        fleet.step(ms(0), Input::Launched(id, 1));
        fleet.step(ms(0), Input::Passed(id));
    }
    fleet
}

pub(super) fn end(fleet: &mut Fleet, at: u64, id: Id) -> Vec<Effect> {
    let mut effects = fleet.step(ms(at), Input::Ended(id, Ending::Code(0)));
    effects.extend(fleet.step(ms(at), Input::Gone(id)));
    effects
}

#[test]
fn what_is_stopped_by_hand_ends_nothing_else_and_can_be_started_again() {
    let mut fleet = ready(vec![service("db", &[]), service("api", &["db"])]);
    assert_eq!(fleet.step(ms(10), Input::StopOne(0)), [Effect::Ask(0)]);
    end(&mut fleet, 20, 0);
    assert_eq!(
        (fleet.phase(0), fleet.phase(1), fleet.stopping()),
        (Phase::Stopped, Phase::Ready, None)
    );
    fleet.step(ms(30), Input::StopOne(1));
    end(&mut fleet, 30, 1);
    assert_eq!(fleet.outcome(), None, "somebody may start them again");
    // Who is started gets what it waits for.
    assert!(
        fleet
            .step(ms(40), Input::StartOne(1))
            .contains(&Effect::Launch(0))
    );
    assert_eq!(fleet.phase(1), Phase::Waiting);
    fleet.step(ms(41), Input::Launched(0, 2));
    assert!(
        fleet
            .step(ms(42), Input::Passed(0))
            .contains(&Effect::Launch(1))
    );
    assert_eq!(fleet.machine(0).restarts, 1);
}

#[test]
fn a_restart_stops_first_and_starts_when_nothing_is_left() {
    let mut fleet = ready(vec![service("api", &[])]);
    let asked = fleet.step(ms(10), Input::RestartOne(0, Why::Asked));
    assert_eq!(
        asked,
        [
            Effect::Notice(Notice::Renewing(0, Why::Asked)),
            Effect::Ask(0)
        ]
    );
    let ended = fleet.step(ms(20), Input::Ended(0, Ending::Signal(15)));
    assert!(!ended.contains(&Effect::Launch(0)));
    assert!(
        fleet
            .step(ms(30), Input::Gone(0))
            .contains(&Effect::Launch(0))
    );
    assert_eq!(fleet.stopping(), None);
}

#[test]
fn the_last_order_counts() {
    let mut fleet = ready(vec![service("api", &[])]);
    fleet.step(ms(10), Input::RestartOne(0, Why::Asked));
    fleet.step(ms(11), Input::StopOne(0));
    end(&mut fleet, 20, 0);
    assert_eq!(fleet.phase(0), Phase::Stopped);
    fleet.step(ms(30), Input::StartOne(0));
    fleet.step(ms(31), Input::StopOne(0));
    fleet.step(ms(32), Input::StartOne(0));
    assert!(end(&mut fleet, 33, 0).contains(&Effect::Launch(0)));
}

#[test]
fn what_was_skipped_for_want_of_a_service_comes_with_it() {
    let policy = Policy {
        keep_going: true,
        ..Policy::default()
    };
    let mut fleet = fleet(vec![service("db", &[]), service("api", &["db"])], policy);
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(1), Input::Ended(0, Ending::Code(1)));
    fleet.step(ms(1), Input::Gone(0));
    assert_eq!(
        (fleet.phase(0), fleet.phase(1)),
        (Phase::Failed, Phase::Skipped)
    );
    fleet.step(ms(2), Input::StartOne(0));
    fleet.step(ms(3), Input::Launched(0, 1));
    assert!(
        fleet
            .step(ms(4), Input::Passed(0))
            .contains(&Effect::Launch(1))
    );
}
