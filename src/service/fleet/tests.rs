//! Cases and properties of the session's state machine, without any process.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::service::{Command, Dependency, Kind, Readiness, Stop};

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A service that waits for others to be ready.
pub(in crate::service) fn service(name: &str, after: &[&str]) -> Service {
    Service {
        name: name.to_owned(),
        kind: Kind::Process(Command::Exec(vec![name.to_owned()])),
        cwd: "/".into(),
        tier: None,
        env: Vec::new(),
        port: None,
        url: None,
        after: after
            .iter()
            .map(|name| Dependency {
                name: (*name).to_owned(),
                condition: Condition::Ready,
            })
            .collect(),
        ready: Readiness::by(crate::service::Probe::Tcp(1)),
        restart: Restart::Never,
        stop: Stop::default(),
        origin: String::new(),
    }
}

fn task(name: &str) -> Service {
    Service {
        kind: Kind::Task(Command::Exec(vec![name.to_owned()])),
        ..service(name, &[])
    }
}

fn fleet(services: Vec<Service>, policy: Policy) -> Fleet {
    Fleet::new(&Plan::new(services, &[]).expect("a sound plan"), policy)
}

fn notices(effects: &[Effect]) -> Vec<&Notice> {
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
            .contains(&Effect::Sweep(1))
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
            killed: false
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
        timeout: None,
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

/// A world in which processes start, fail, hang and die as a list of choices says.
fn simulate(choices: &[u8], services: usize, until_ready: bool) {
    let names: Vec<String> = (0..services).map(|n| format!("s{n}")).collect();
    let list = (0..services)
        .map(|n| {
            let after: Vec<&str> = names[..n]
                .iter()
                .filter(|_| choices.get(n).is_some_and(|c| c % 3 == 0))
                .map(String::as_str)
                .collect();
            let mut one = if choices.get(n).is_some_and(|c| c % 7 == 1) {
                task(&names[n])
            } else {
                service(&names[n], &after)
            };
            one.restart = if choices.get(n).is_some_and(|c| c % 5 == 0) {
                Restart::OnFailure
            } else {
                Restart::Never
            };
            one
        })
        .collect();
    let mut fleet = fleet(
        list,
        Policy {
            until_ready,
            keep_going: choices.len().is_multiple_of(2),
            timeout: Some(ms(60_000)),
        },
    );
    let mut now = Duration::ZERO;
    let mut children = vec![0_i32; services];
    let mut open = vec![Input::Begin];
    let mut stopped_at = None;
    for step in 0..10_000_usize {
        let input = open.pop().unwrap_or(Input::Tick);
        if input == Input::Tick {
            now = fleet.wake_at().map_or(now + ms(10), |at| at.max(now));
        }
        let choice = choices
            .get(step % choices.len().max(1))
            .copied()
            .unwrap_or(0)
            .wrapping_add(u8::try_from(step % 251).unwrap_or(0));
        for effect in fleet.step(now, input) {
            match effect {
                Effect::Launch(id) => {
                    assert!(fleet.stopping().is_none(), "a start while stopping");
                    assert_eq!(children[id], 0, "a second child");
                    children[id] += 1;
                    open.push(if choice % 11 == 0 {
                        Input::LaunchFailed(id, "no".to_owned())
                    } else {
                        Input::Launched(id, 1)
                    });
                    children[id] -= i32::from(choice % 11 == 0);
                }
                Effect::Probe(id) if choice % 4 != 0 => open.push(Input::Passed(id)),
                Effect::Ask(id) if choice % 2 == 0 => open.push(Input::Ended(id, Ending::Code(0))),
                Effect::Kill(id) => open.push(Input::Ended(id, Ending::Signal(9))),
                Effect::Sweep(id) => {
                    children[id] = 0;
                    open.push(Input::Gone(id));
                }
                _ => {}
            }
        }
        if let Some(reason) = fleet.stopping() {
            let start = *stopped_at.get_or_insert(now);
            // Two levels of dependency at most matter here: grace times services bounds the stop.
            assert!(
                now <= start + Duration::from_secs(5) * u32::try_from(services + 1).expect("few"),
                "{reason:?} takes too long"
            );
        }
        if fleet.outcome().is_some() {
            return;
        }
        if open.is_empty() && step % 13 == 0 {
            let id = usize::from(choice) % services;
            if fleet.machine(id).state.is_live() && children[id] > 0 {
                open.push(Input::Ended(id, Ending::Code(i32::from(choice % 3))));
            }
        }
        if step == 300 {
            open.push(Input::Stop(Reason::Asked));
        }
    }
    panic!("the session never ends: {fleet:?}");
}

proptest! {
    #[test]
    fn every_session_ends_and_never_has_two_children(choices in proptest::collection::vec(any::<u8>(), 1..60), services in 1_usize..6, until_ready: bool) {
        simulate(&choices, services, until_ready);
    }
}
