//! Cases of orders and settings that meet: what was scaled, stopped by hand, saved.

use super::super::*;
use super::{end, fleet, ms, notices, ready, service, task};
use crate::service::definition::{Gone, Redefinition};
use crate::service::{BackOff, Command, Dependency, Template};

pub(super) fn with(name: &str, word: &str) -> Service {
    Service {
        kind: Kind::Process(Command::Exec(vec![word.to_owned()])),
        ..service(name, &[])
    }
}

/// The settings with these services: each with its template, and so many replicas where it says so.
pub(super) fn settings(
    services: &[(&Service, Option<u32>)],
    added: &[&str],
    gone: &[&str],
) -> Redefinition {
    let mut all = Redefinition {
        added: added.iter().map(|&name| name.to_owned()).collect(),
        ..Redefinition::default()
    };
    for (service, count) in services {
        let template = Template::new((*service).clone(), None, count.is_some());
        let replicas = (1..=count.unwrap_or(1)).map(|number| template.replica(number));
        all.services
            .extend(replicas.map(|one| one.expect("possible")));
        all.templates.push(template);
    }
    all.gone = gone
        .iter()
        .map(|&name| Gone {
            service: name.to_owned(),
            group: name
                .trim_end_matches(|c: char| !c.is_alphabetic())
                .to_owned(),
        })
        .collect();
    all
}

/// Performs what the machine asks for until nothing is left to do.
pub(super) fn settle(fleet: &mut Fleet, at: u64, effects: Vec<Effect>) {
    let mut open = effects;
    while let Some(effect) = open.pop() {
        let now = ms(at);
        open.extend(match effect {
            Effect::Launch(id) => fleet.step(now, Input::Launched(id, 1)),
            Effect::Probe(id) => fleet.step(now, Input::Passed(id)),
            Effect::Ask(id) => fleet.step(now, Input::Ended(id, Ending::Signal(15))),
            Effect::Sweep(id, _) => fleet.step(now, Input::Gone(id)),
            _ => Vec::new(),
        });
    }
}

pub(super) fn redefined(fleet: &mut Fleet, at: u64, redefinition: Redefinition) {
    let effects = fleet.redefine(ms(at), redefinition);
    settle(fleet, at, effects);
}

pub(super) fn scaled(fleet: &mut Fleet, at: u64, name: &str, count: u32) -> Result<(), String> {
    let effects = fleet.scale(ms(at), name, count)?;
    settle(fleet, at, effects);
    Ok(())
}

/// The services that are shown, with their states.
pub(super) fn shown(fleet: &Fleet) -> Vec<(String, Phase)> {
    let views = fleet.views(ms(0)).into_iter();
    views.map(|view| (view.name, view.phase)).collect()
}

pub(super) fn all_ready(names: &[&str]) -> Vec<(String, Phase)> {
    let name = |&name: &&str| (name.to_owned(), Phase::Ready);
    names.iter().map(name).collect()
}

pub(super) fn word(fleet: &Fleet, name: &str) -> String {
    let service = fleet.services().iter().find(|it| it.name == name);
    match &service.expect("it is there").kind {
        Kind::Process(Command::Exec(words)) => words[0].clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_settings_have_no_more_comes_back_by_no_order_and_as_they_say_then() {
    let (old, new, api) = (with("web", "old"), with("web", "new"), with("api", "api"));
    let mut fleet = ready(vec![api.clone()]);
    redefined(
        &mut fleet,
        1,
        settings(&[(&api, None), (&old, Some(2))], &["web-1", "web-2"], &[]),
    );
    redefined(
        &mut fleet,
        2,
        settings(&[(&api, None)], &[], &["web-1", "web-2"]),
    );
    assert_eq!(shown(&fleet), all_ready(&["api"]));
    assert_eq!(
        scaled(&mut fleet, 3, "web", 2),
        Err("it is not in the settings any more".to_owned())
    );
    redefined(
        &mut fleet,
        4,
        settings(&[(&api, None), (&new, Some(2))], &["web-1", "web-2"], &[]),
    );
    assert_eq!(shown(&fleet), all_ready(&["api", "web-1", "web-2"]));
    assert_eq!(word(&fleet, "web-1"), "new");
    scaled(&mut fleet, 5, "web", 1).expect("possible");
    // What was scaled away comes as it is written by then.
    redefined(
        &mut fleet,
        6,
        settings(&[(&api, None), (&old, Some(2))], &[], &[]),
    );
    assert_eq!(shown(&fleet), all_ready(&["api", "web-1"]));
    scaled(&mut fleet, 7, "web", 2).expect("possible");
    assert_eq!(word(&fleet, "web-2"), "old");
}

#[test]
fn replicas_of_an_earlier_naming_are_none() {
    let web = with("web", "web");
    let mut fleet = ready(vec![with("api", "api")]);
    redefined(
        &mut fleet,
        1,
        settings(&[(&web, Some(2))], &["web-1", "web-2"], &["api"]),
    );
    redefined(
        &mut fleet,
        2,
        settings(&[(&web, None)], &["web"], &["web-1", "web-2"]),
    );
    assert_eq!(shown(&fleet), all_ready(&["web"]));
    scaled(&mut fleet, 3, "web", 2).expect("possible");
    let mut names = shown(&fleet);
    names.sort_unstable_by(|one, two| one.0.cmp(&two.0));
    assert_eq!(names, all_ready(&["web", "web-2"]));
}

#[test]
fn a_scale_that_becomes_permanent_starts_only_those_again_that_differ() {
    let (old, new) = (with("web", "old"), with("web", "new"));
    let mut fleet = ready(vec![old.clone()]);
    scaled(&mut fleet, 1, "web", 2).expect("possible");
    assert_eq!(shown(&fleet), all_ready(&["web", "web-2"]));
    redefined(
        &mut fleet,
        2,
        settings(&[(&old, Some(2))], &["web-1", "web-2"], &["web"]),
    );
    let restarts = |fleet: &Fleet| fleet.machine(fleet.members("web")[1]).restarts;
    assert_eq!(shown(&fleet), all_ready(&["web-2", "web-1"]));
    assert_eq!(restarts(&fleet), 0);
    scaled(&mut fleet, 3, "web", 3).expect("possible");
    let three = settings(&[(&new, Some(3))], &["web-3"], &[]);
    let effects = fleet.redefine(ms(4), three);
    let why = Why::Definition("pixcrawler.toml".to_owned(), vec!["command".to_owned()]);
    let id = fleet.services().iter().position(|it| it.name == "web-3");
    let id = id.expect("it is there");
    assert_eq!(notices(&effects), [&Notice::Renewing(id, why)]);
}

#[test]
fn to_scale_starts_those_too_that_were_stopped_by_hand_and_what_they_wait_for() {
    let mut fleet = ready(vec![service("db", &[]), service("web", &["db"])]);
    for id in [1, 0] {
        let effects = fleet.step(ms(1), Input::StopOne(id));
        settle(&mut fleet, 1, effects);
    }
    scaled(&mut fleet, 2, "web", 2).expect("possible");
    assert_eq!(shown(&fleet), all_ready(&["db", "web", "web-2"]));
}

#[test]
fn a_replica_that_failed_and_was_scaled_away_is_gone_and_no_failure() {
    let policy = Policy {
        keep_going: true,
        ..Policy::default()
    };
    let mut fleet = fleet(vec![service("web", &[])], policy);
    let effects = fleet.step(ms(0), Input::Begin);
    settle(&mut fleet, 0, effects);
    scaled(&mut fleet, 1, "web", 2).expect("possible");
    fleet.step(ms(2), Input::Ended(1, Ending::Code(1)));
    fleet.step(ms(2), Input::Gone(1));
    assert_eq!(fleet.phase(1), Phase::Failed);
    scaled(&mut fleet, 3, "web", 1).expect("possible");
    assert_eq!(shown(&fleet), all_ready(&["web"]));
    let effects = fleet.step(ms(4), Input::Stop(Reason::Asked));
    settle(&mut fleet, 4, effects);
    assert_eq!(fleet.outcome().and_then(|outcome| outcome.failed), None);
}

#[test]
fn a_replica_waits_for_all_of_a_group_that_it_names() {
    let api = with("api", "api");
    let web = service("web", &["api"]);
    let mut fleet = ready(vec![with("other", "other")]);
    let mut both = settings(
        &[(&api, Some(2)), (&web, Some(1))],
        &["api-1", "api-2", "web-1"],
        &[],
    );
    both.services[2].after = both.services[..2]
        .iter()
        .map(|api| Dependency {
            name: api.name.clone(),
            condition: Condition::Ready,
        })
        .collect();
    redefined(&mut fleet, 1, both);
    scaled(&mut fleet, 2, "web", 2).expect("possible");
    let last = fleet.services().last().expect("some");
    let names: Vec<&str> = last.after.iter().map(|on| on.name.as_str()).collect();
    assert_eq!(
        (last.name.as_str(), names),
        ("web-2", vec!["api-1", "api-2"])
    );
}

#[test]
fn a_restart_brings_what_was_stopped_and_leaves_what_has_done_its_work() {
    let mut web = service("web", &["db"]);
    web.after.push(Dependency {
        name: "seed".to_owned(),
        condition: Condition::Completed,
    });
    let mut fleet = fleet(
        vec![service("db", &[]), task("seed"), web],
        Policy::default(),
    );
    let effects = fleet.step(ms(0), Input::Begin);
    settle(&mut fleet, 0, effects);
    fleet.step(ms(1), Input::Ended(1, Ending::Code(3)));
    let effects = fleet.step(ms(1), Input::Gone(1));
    settle(&mut fleet, 1, effects);
    let effects = fleet.step(ms(2), Input::StopOne(0));
    settle(&mut fleet, 2, effects);
    let effects = fleet.step(ms(3), Input::RestartOne(2, Why::Asked));
    assert!(
        effects.contains(&Effect::Launch(0)) && !effects.contains(&Effect::Launch(1)),
        "{effects:?}"
    );
    settle(&mut fleet, 3, effects);
    assert_eq!(
        (fleet.phase(0), fleet.phase(2)),
        (Phase::Ready, Phase::Ready)
    );
}

#[test]
fn a_kill_ends_the_session_whatever_was_stopped_by_hand() {
    let mut fleet = ready(vec![service("db", &[]), service("web", &[])]);
    fleet.step(ms(1), Input::StopOne(0));
    end(&mut fleet, 1, 0);
    fleet.step(ms(2), Input::RestartOne(1, Why::Asked));
    fleet.step(ms(3), Input::Kill);
    end(&mut fleet, 4, 1);
    let outcome = fleet.outcome().expect("it is over");
    assert_eq!(
        (outcome.reason, outcome.killed),
        (Some(Reason::Asked), true)
    );
}

#[test]
fn who_waits_for_ready_is_told_that_a_service_was_left_out() {
    let after = |name: &str, condition| {
        let mut one = task(name);
        one.after.push(Dependency {
            name: "x".to_owned(),
            condition,
        });
        one
    };
    for until_ready in [true, false] {
        let services = vec![
            service("x", &[]),
            after("y", Condition::Completed),
            after("z", Condition::CompletedSuccessfully),
        ];
        let policy = Policy {
            until_ready,
            keep_going: true,
            ..Policy::default()
        };
        let mut fleet = fleet(services, policy);
        let effects = fleet.step(ms(0), Input::Begin);
        settle(&mut fleet, 0, effects);
        fleet.step(ms(1), Input::Ended(0, Ending::Code(5)));
        let effects = fleet.step(ms(1), Input::Gone(0));
        assert!(notices(&effects).contains(&&Notice::Skipped(2, 0)));
        settle(&mut fleet, 1, effects);
        end(&mut fleet, 2, 1);
        let outcome = fleet.outcome().expect("it is over");
        assert_eq!(outcome.failed, Some((0, Ending::Code(5))));
        assert_eq!(outcome.reason, until_ready.then_some(Reason::Service(0)));
    }
}

#[test]
fn a_wait_that_is_made_shorter_is_shorter_at_once() {
    let patient = |seconds: u64| Service {
        restart: Restart::OnFailure,
        back_off: BackOff {
            delay: Duration::from_secs(seconds),
            longest: Duration::from_secs(seconds),
            ..BackOff::default()
        },
        ..service("api", &[])
    };
    let mut fleet = ready(vec![patient(60)]);
    fleet.step(ms(1), Input::Ended(0, Ending::Code(1)));
    fleet.step(ms(1), Input::Gone(0));
    assert!(fleet.wake_at() > Some(ms(30_000)));
    redefined(&mut fleet, 10, settings(&[(&patient(1), None)], &[], &[]));
    assert_eq!(fleet.wake_at(), Some(ms(1010)));
    redefined(&mut fleet, 20, settings(&[(&patient(90), None)], &[], &[]));
    assert_eq!(fleet.wake_at(), Some(ms(1010)));
}

#[test]
fn what_cannot_work_with_what_was_saved_waits_for_the_next_change() {
    let saved = || Why::File("tasks.py".to_owned());
    let fails = |fleet: &mut Fleet, why: Why| {
        fleet.step(ms(10), Input::RestartOne(0, why));
        end(fleet, 11, 0);
        fleet.step(ms(12), Input::Launched(0, 2));
        fleet.step(ms(13), Input::Ended(0, Ending::Code(1)));
        fleet.step(ms(13), Input::Gone(0))
    };
    let mut fleet = ready(vec![service("worker", &[]), service("web", &["worker"])]);
    assert_eq!(fails(&mut fleet, saved()), [Effect::Await(0)]);
    assert_eq!((fleet.phase(0), fleet.stopping()), (Phase::Stalled, None));
    // Who waits for it goes on waiting.
    fleet.step(ms(20), Input::RestartOne(1, saved()));
    end(&mut fleet, 21, 1);
    assert_eq!(fleet.phase(1), Phase::Waiting);
    let again = fleet.step(ms(22), Input::RestartOne(0, saved()));
    assert!(again.contains(&Effect::Launch(0)), "{again:?}");
    settle(&mut fleet, 23, again);
    assert_eq!(
        (fleet.phase(0), fleet.phase(1)),
        (Phase::Ready, Phase::Ready)
    );
    // What fails later, or after an order, has failed.
    fails(&mut fleet, Why::Asked);
    assert_eq!(fleet.stopping(), Some(Reason::Service(0)));

    let mut alone = ready(vec![service("worker", &[])]);
    fails(&mut alone, saved());
    assert_eq!(alone.outcome(), None, "the next change may mend it");
    alone.step(ms(30), Input::StopOne(0));
    assert_eq!(alone.phase(0), Phase::Stopped);
    let mut stopped = ready(vec![service("worker", &[])]);
    fails(&mut stopped, saved());
    stopped.step(ms(30), Input::Stop(Reason::Signal(2)));
    assert!(stopped.outcome().is_some());
    assert_eq!(stopped.phase(0), Phase::Failed);
}

#[test]
fn what_has_ended_stays_as_it_was_judged_whatever_counts_as_success_since() {
    let mut task = task("seed");
    let mut web = service("web", &["seed"]);
    web.after[0].condition = Condition::CompletedSuccessfully;
    let keep_going = Policy {
        keep_going: true,
        ..Policy::default()
    };
    let mut fleet = fleet(vec![task.clone(), web.clone()], keep_going);
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(1), Input::Ended(0, Ending::Code(9)));
    fleet.step(ms(2), Input::Gone(0));
    let phases = |fleet: &Fleet| [fleet.phase(0), fleet.phase(1)];
    assert_eq!(phases(&fleet), [Phase::Failed, Phase::Skipped]);
    task.success = vec![9];
    redefined(
        &mut fleet,
        3,
        settings(&[(&task, None), (&web, None)], &[], &[]),
    );
    assert_eq!(phases(&fleet), [Phase::Failed, Phase::Skipped]);
    fleet.step(ms(4), Input::StartOne(0));
    fleet.step(ms(4), Input::Launched(0, 1));
    fleet.step(ms(5), Input::Ended(0, Ending::Code(9)));
    let gone = fleet.step(ms(6), Input::Gone(0));
    assert!(gone.contains(&Effect::Launch(1)), "{gone:?}");
    assert_eq!(fleet.phase(0), Phase::Exited);
}
