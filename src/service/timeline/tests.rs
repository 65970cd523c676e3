//! Cases of starts.

use super::*;
use crate::service::fleet::tests::{fleet, ms, service, task};
use crate::service::fleet::{Effect, Fleet, Input, Policy};
use crate::service::{Ending, Health, HealthCheck, Probe};

#[test]
fn the_critical_chain_goes_back_through_what_was_waited_for() {
    let timeline = example();
    let names: Vec<&str> = timeline
        .critical()
        .iter()
        .map(|row| row.name.as_str())
        .collect();
    assert_eq!(names, ["postgres", "migrate", "backend"]);
    assert!(Timeline::default().critical().is_empty());
}

#[test]
fn a_start_that_failed_says_so_and_names_who_failed() {
    let timeline = in_vain();
    assert_eq!(timeline.title(), "not ready after 1.2 s: slow and web");
    let chain = timeline.critical();
    assert_eq!(chain.len(), 1);
    assert_eq!(chain[0].name, "web");
    assert_eq!(timeline.until(chain[0]), Duration::from_secs(1));
    assert_eq!(Timeline::default().title(), "not all ready after <0.1 ms");
    assert_eq!(example().title(), "all ready in 3.6 s");
}

#[test]
fn who_failed_is_named_before_who_waited_for_that() {
    let one = |name, started, after: &[&'static str]| Missing {
        name,
        started,
        after: after.to_vec(),
    };
    let web = one("web", false, &["api"]);
    let api = one("api", false, &["seed"]);
    let seed = one("seed", true, &[]);
    let alone = one("alone", false, &["stopped"]);
    let told = |missing: &[Missing<'_>]| causes_first(missing);
    assert_eq!(
        told(&[web.clone(), alone.clone(), api, seed.clone()]),
        ("seed and alone".to_owned(), Some("web and api".to_owned()))
    );
    assert_eq!(told(&[web, alone]), ("web and alone".to_owned(), None));
    assert_eq!(told(&[seed]), ("seed".to_owned(), None));
    assert_eq!(told(&[]), (String::new(), None));
}

fn names(timeline: &Timeline) -> Vec<&str> {
    let chain = timeline.critical().into_iter();
    chain.map(|row| row.name.as_str()).collect()
}

/// Feeds the fleet, and shows the timeline what comes of it.
fn step(fleet: &mut Fleet, timeline: &mut Timeline, at: u64, input: Input) {
    let effects = fleet.step(ms(at), input);
    let scene = Scene {
        now: ms(at),
        fleet,
        last: None,
    };
    for effect in effects {
        if let Effect::Notice(notice) = effect {
            timeline.note(scene, &notice);
        }
    }
}

/// `migrate` fails at once, for which `api` and `web` are not started; `slow` is ready later.
fn failed_at_once(keep_going: bool) -> Timeline {
    let mut api = service("api", &["migrate"]);
    api.after[0].condition = Condition::CompletedSuccessfully;
    let services = vec![
        task("migrate"),
        service("slow", &[]),
        api,
        service("web", &["api"]),
    ];
    let policy = Policy {
        keep_going,
        ..Policy::default()
    };
    let (mut fleet, mut timeline) = (fleet(services, policy), Timeline::default());
    for (at, input) in [
        (0, Input::Begin),
        (0, Input::Launched(0, 1)),
        (0, Input::Launched(1, 2)),
        (100, Input::Ended(0, Ending::Code(3))),
        (120, Input::Gone(0)),
        (1000, Input::Passed(1)),
    ] {
        step(&mut fleet, &mut timeline, at, input);
    }
    timeline
}

#[test]
fn who_is_not_started_for_want_of_another_has_a_row() {
    let took = |timeline: &Timeline| {
        let rows = timeline.rows().iter();
        rows.map(|row| format!("{} {}", row.name, timeline.took(row)))
            .collect::<Vec<_>>()
    };
    let over = failed_at_once(false);
    assert_eq!(names(&over), ["migrate"]);
    assert_eq!(
        took(&over),
        [
            "migrate failed 0.1 s",
            "slow not ready 0.1 s",
            "api not started",
            "web not started"
        ]
    );
    let going = failed_at_once(true);
    assert_eq!(
        going.title(),
        "not ready after 1.0 s: migrate, and so api and web"
    );
    assert_eq!(names(&going), ["slow"], "it was waited for longest");
    assert_eq!(
        took(&going),
        [
            "migrate failed 0.1 s",
            "slow 1.0 s",
            "api not started",
            "web not started"
        ]
    );
}

#[test]
fn a_failure_whose_end_is_all_that_is_waited_for_is_one() {
    let mut api = service("api", &["seed"]);
    api.after[0].condition = Condition::Completed;
    let services = vec![task("seed"), api];
    let (mut fleet, mut timeline) = (fleet(services, Policy::default()), Timeline::default());
    for (at, input) in [
        (0, Input::Begin),
        (0, Input::Launched(0, 1)),
        (300, Input::Ended(0, Ending::Code(3))),
        (310, Input::Gone(0)),
        (310, Input::Launched(1, 2)),
        (900, Input::Passed(1)),
    ] {
        step(&mut fleet, &mut timeline, at, input);
    }
    let rows = timeline.rows().iter();
    let took: Vec<_> = rows
        .map(|row| (row.to, row.failed, timeline.took(row)))
        .collect();
    assert_eq!(
        took,
        [
            (None, Some(ms(300)), "failed 0.3 s".to_owned()),
            (Some(ms(900)), None, "0.6 s".to_owned()),
        ]
    );
    assert_eq!(names(&timeline), ["seed", "api"]);
    assert_eq!(timeline.title(), "all ready in 0.9 s");
}

#[test]
fn the_chain_goes_back_through_those_that_were_not_started() {
    let mut timeline = failed_at_once(true);
    timeline.blamed = Some("web".to_owned());
    assert_eq!(names(&timeline), ["migrate", "api", "web"]);
}

/// `quick` fails at once; `slow` is done after a second; `web`, which needs that, is never ready.
fn ends_after_all(until_ready: bool) -> Timeline {
    let mut web = service("web", &["slow"]);
    web.after[0].condition = Condition::CompletedSuccessfully;
    let policy = Policy {
        keep_going: true,
        until_ready,
        ..Policy::default()
    };
    let services = vec![task("quick"), task("slow"), web];
    let (mut fleet, mut timeline) = (fleet(services, policy), Timeline::default());
    for (at, input) in [
        (0, Input::Begin),
        (0, Input::Launched(0, 1)),
        (0, Input::Launched(1, 2)),
        (18, Input::Ended(0, Ending::Code(1))),
        (18, Input::Gone(0)),
        (1000, Input::Ended(1, Ending::Code(0))),
        (1000, Input::Gone(1)),
        (1000, Input::Launched(2, 3)),
        (1_000_000, Input::Tick),
        (1_000_001, Input::Ended(2, Ending::Signal(15))),
        (1_000_001, Input::Gone(2)),
    ] {
        step(&mut fleet, &mut timeline, at, input);
    }
    timeline
}

#[test]
fn who_failed_early_and_was_waited_for_by_nobody_is_in_no_chain() {
    let timeline = ends_after_all(true);
    assert_eq!(names(&timeline), ["slow", "web"]);
    let took: Vec<String> = timeline
        .critical()
        .into_iter()
        .map(|row| timeline.took(row))
        .collect();
    assert_eq!(took[0], "1.0 s");
    assert!(took[1].starts_with("not ready "), "{took:?}");
}

#[test]
fn who_is_waited_for_to_end_took_until_its_end() {
    let mut use_it = service("use", &["mk"]);
    use_it.after[0].condition = Condition::Completed;
    let services = vec![service("mk", &[]), use_it];
    let (mut fleet, mut timeline) = (fleet(services, Policy::default()), Timeline::default());
    for (at, input) in [
        (0, Input::Begin),
        (0, Input::Launched(0, 1)),
        (5, Input::Passed(0)),
        (1000, Input::Ended(0, Ending::Code(0))),
        (1000, Input::Gone(0)),
        (1000, Input::Launched(1, 2)),
        (1001, Input::Passed(1)),
    ] {
        step(&mut fleet, &mut timeline, at, input);
    }
    assert_eq!(names(&timeline), ["mk", "use"]);
    let mk = &timeline.rows()[0];
    assert_eq!(
        (timeline.took(mk).as_str(), mk.is_failed()),
        ("1.0 s", false)
    );
}

#[test]
fn who_waits_for_health_waited_for_that_and_not_for_what_was_ready_before() {
    let mut hl = service("hl", &[]);
    hl.health = Some(Health {
        check: HealthCheck::Ask(Probe::Tcp(1)),
        interval: ms(10),
        attempt: ms(10),
        failures: 3,
    });
    let mut needh = service("needh", &["hl"]);
    needh.after[0].condition = Condition::Healthy;
    let (mut fleet, mut timeline) = (
        fleet(vec![hl, needh], Policy::default()),
        Timeline::default(),
    );
    for (at, input) in [
        (0, Input::Begin),
        (0, Input::Launched(0, 1)),
        (1, Input::Passed(0)),
        (2000, Input::Checked(0, Ok(()))),
        (2001, Input::Launched(1, 2)),
        (2002, Input::Passed(1)),
    ] {
        step(&mut fleet, &mut timeline, at, input);
    }
    assert!(timeline.is_all_ready());
    assert_eq!(names(&timeline), ["hl", "needh"]);
    assert_eq!(timeline.rows()[0].to, Some(ms(2000)));
}

#[test]
fn who_ended_after_it_was_ready_is_not_there_any_more() {
    for (ending, took) in [(4, "failed 0.1 s"), (0, "ended 0.1 s")] {
        let services = vec![service("once", &[]), service("web", &[])];
        let policy = Policy {
            keep_going: true,
            ..Policy::default()
        };
        let (mut fleet, mut timeline) = (fleet(services, policy), Timeline::default());
        for (at, input) in [
            (0, Input::Begin),
            (0, Input::Launched(0, 1)),
            (0, Input::Launched(1, 2)),
            (1, Input::Passed(0)),
            (100, Input::Ended(0, Ending::Code(ending))),
            (100, Input::Gone(0)),
            (400, Input::Passed(1)),
        ] {
            step(&mut fleet, &mut timeline, at, input);
        }
        assert_eq!(timeline.title(), "not ready after 0.4 s: once");
        assert_eq!(timeline.took(&timeline.rows()[0]), took);
        assert!(timeline.rows()[0].is_failed());
    }
}

#[test]
fn a_session_that_nobody_is_left_of_has_a_start_too() {
    let services = vec![service("two", &[]), service("three", &["two"])];
    let policy = Policy {
        keep_going: true,
        ..Policy::default()
    };
    let (mut fleet, mut timeline) = (fleet(services, policy), Timeline::default());
    for (at, input) in [
        (0, Input::Begin),
        (0, Input::Launched(0, 1)),
        (900, Input::Ended(0, Ending::Code(3))),
        (900, Input::Gone(0)),
    ] {
        step(&mut fleet, &mut timeline, at, input);
    }
    let scene = Scene {
        now: ms(1000),
        fleet: &fleet,
        last: None,
    };
    assert!(timeline.close(scene) && !timeline.close(scene), "once");
    assert_eq!(timeline.title(), "not ready after 1.0 s: two, and so three");
    assert_eq!(names(&timeline), ["two"]);
}
