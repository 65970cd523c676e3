//! Cases of conditions, back-off and replicas.

use super::super::*;
use super::{end, fleet, ms, notices, ready, service, task};
use crate::service::{BackOff, Dependency};

#[test]
fn an_end_that_others_wait_for_is_no_failure() {
    let session = |condition, code| {
        let mut web = service("web", &["seed"]);
        web.after[0].condition = condition;
        let mut fleet = fleet(vec![task("seed"), web], Policy::default());
        fleet.step(ms(0), Input::Begin);
        fleet.step(ms(0), Input::Launched(0, 1));
        fleet.step(ms(1), Input::Ended(0, Ending::Code(code)));
        let gone = fleet.step(ms(2), Input::Gone(0));
        (gone.contains(&Effect::Launch(1)), fleet.stopping())
    };
    assert_eq!(session(Condition::Completed, 3), (true, None));
    assert_eq!(session(Condition::CompletedSuccessfully, 0), (true, None));
    assert_eq!(
        session(Condition::CompletedSuccessfully, 3),
        (false, Some(Reason::Service(0)))
    );
}

#[test]
fn success_is_what_a_service_says_it_is() {
    let mut one = service("api", &[]);
    one.success = vec![3, 143];
    one.restart = Restart::OnFailure;
    let ended = |ending| {
        let mut fleet = ready(vec![one.clone()]);
        fleet.step(ms(1), Input::Ended(0, ending));
        fleet.step(ms(1), Input::Gone(0));
        fleet.phase(0)
    };
    assert_eq!(ended(Ending::Code(3)), Phase::Exited);
    assert_eq!(ended(Ending::Signal(15)), Phase::Exited);
    assert_eq!(ended(Ending::Code(1)), Phase::BackOff);
}

#[test]
fn waits_double_up_to_the_longest_and_chance_adds_a_quarter_at_most() {
    let patience = BackOff::default();
    let waits = |chance| {
        (1..=8)
            .map(|n| patience.wait(n, chance))
            .collect::<Vec<_>>()
    };
    let plain = waits(0);
    assert_eq!(plain[..4], [ms(500), ms(1000), ms(2000), ms(4000)]);
    assert_eq!(plain[7], ms(30_000));
    for (plain, other) in plain.iter().zip(waits(255)) {
        assert!(other >= *plain * 3 / 4 && other <= *plain * 5 / 4 && other <= patience.longest);
        assert_ne!(*plain, other, "they come back together");
    }
    let fixed = BackOff {
        longest: patience.delay,
        ..patience
    };
    assert_eq!(fixed.wait(3, 255), fixed.delay);
}

#[test]
fn replicas_come_and_go_while_the_session_runs() {
    let mut fleet = ready(vec![service("worker", &[]), service("api", &["worker"])]);
    let more = fleet.scale(ms(10), "worker", 3).expect("possible");
    assert_eq!(
        more.iter()
            .filter(|effect| matches!(effect, Effect::Launch(_)))
            .count(),
        2
    );
    let names = |fleet: &Fleet| {
        fleet
            .views(ms(0))
            .into_iter()
            .map(|view| view.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&fleet), ["worker", "api", "worker-2", "worker-3"]);
    for id in [2, 3] {
        fleet.step(ms(11), Input::Launched(id, 1));
        fleet.step(ms(11), Input::Passed(id));
    }
    let fewer = fleet.scale(ms(20), "worker", 1).expect("possible");
    assert_eq!(fewer, [Effect::Ask(2), Effect::Ask(3)]);
    end(&mut fleet, 30, 2);
    end(&mut fleet, 30, 3);
    assert_eq!(names(&fleet), ["worker", "api"]);
    // Neither more nor fewer than bring it back.
    assert_eq!(
        [2, 3].map(|id| fleet.brought_back_by(id)),
        [Some(2), Some(3)]
    );
    let again = fleet.scale(ms(40), "worker", 2).expect("possible");
    assert!(again.contains(&Effect::Launch(2)), "{again:?}");
    assert!(fleet.scale(ms(50), "nobody", 2).is_err());
    let one = fleet.scale(ms(50), "worker-2", 0);
    assert_eq!(one, Err("it is a replica of `worker`".to_owned()));
    assert!(fleet.scale(ms(50), "worker", 2000).is_err());
}

#[test]
fn what_is_started_for_another_is_said_and_nothing_is_for_one_that_runs() {
    let policy = Policy {
        keep_going: true,
        ..Policy::default()
    };
    let services = vec![
        service("db", &[]),
        service("api", &["db"]),
        service("web", &["api"]),
    ];
    let mut fleet = fleet(services, policy);
    fleet.step(ms(0), Input::Begin);
    for id in [0, 1, 2] {
        fleet.step(ms(0), Input::Launched(id, 1));
        fleet.step(ms(0), Input::Passed(id));
    }
    fleet.step(ms(1), Input::StopOne(0));
    end(&mut fleet, 1, 0);
    assert_eq!(fleet.step(ms(2), Input::StartOne(1)), [], "it runs");
    assert_eq!(fleet.phase(0), Phase::Stopped);
    let restarted = fleet.step(ms(3), Input::RestartOne(1, Why::Asked));
    let told = notices(&restarted);
    assert!(told.contains(&&Notice::Needed(0, 1)), "{restarted:?}");
    assert!(restarted.contains(&Effect::Launch(0)), "{restarted:?}");
    // Who was named, and who waits for a moment only, needs no word.
    let mut fleet = self::fleet(vec![service("db", &[]), service("api", &["db"])], policy);
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(0), Input::Passed(0));
    fleet.step(ms(1), Input::StopOne(1));
    let started = fleet.step(ms(2), Input::StartOne(1));
    let told = notices(&started);
    let is_needed = |told: &&&Notice| matches!(told, Notice::Needed(..));
    assert_eq!(told.iter().find(is_needed), None, "{started:?}");
}

#[test]
fn no_file_starts_what_was_stopped_by_hand() {
    let changed = || Why::File("a.py".to_owned());
    let policy = Policy {
        keep_going: true,
        ..Policy::default()
    };
    let mut fleet = fleet(vec![service("db", &[]), service("api", &["db"])], policy);
    fleet.step(ms(0), Input::Begin);
    for id in [0, 1] {
        fleet.step(ms(0), Input::Launched(id, 1));
        fleet.step(ms(0), Input::Passed(id));
    }
    fleet.step(ms(1), Input::StopOne(0));
    end(&mut fleet, 1, 0);
    assert_eq!(fleet.step(ms(2), Input::RestartOne(0, changed())), []);
    // One that has failed is tried again, but waits for what was stopped.
    end(&mut fleet, 3, 1);
    fleet.step(ms(4), Input::RestartOne(1, changed()));
    assert_eq!(
        (fleet.phase(0), fleet.phase(1)),
        (Phase::Stopped, Phase::Waiting)
    );
    assert!(
        fleet
            .step(ms(5), Input::StartOne(1))
            .contains(&Effect::Launch(0))
    );
}

#[test]
fn nobody_waits_for_a_replica_too_many() {
    let replica = |number: u32| {
        let mut one = service(&format!("worker-{number}"), &[]);
        one.replica = Some(crate::service::Replica {
            of: "worker".to_owned(),
            number,
        });
        one
    };
    let mut fleet = fleet(
        vec![service("api", &["worker"]), replica(1), replica(2)],
        Policy::default(),
    );
    fleet.step(ms(0), Input::Begin);
    for (id, pid) in [(0, 10), (1, 11), (2, 12)] {
        fleet.step(ms(1), Input::Launched(id, pid));
        fleet.step(ms(2), Input::Passed(id));
    }
    fleet.scale(ms(3), "worker", 1).expect("possible");
    fleet.step(ms(4), Input::Ended(1, Ending::Code(0)));
    fleet.step(ms(5), Input::Gone(1));
    fleet.step(ms(6), Input::RestartOne(2, Why::Asked));
    fleet.step(ms(7), Input::Ended(2, Ending::Code(0)));
    let again = fleet.step(ms(8), Input::Gone(2));
    assert!(again.contains(&Effect::Launch(2)), "{again:?}");
    assert!(!fleet.is_shown(1));
}

#[test]
fn an_end_with_success_is_no_failure_however_often_it_comes() {
    let mut one = service("job", &[]);
    one.restart = Restart::Always;
    one.success = vec![3];
    one.back_off.limit = Some(2);
    let mut fleet = ready(vec![one]);
    let mut now = 100;
    for _ in 0..5 {
        let ended = fleet.step(ms(now), Input::Ended(0, Ending::Code(3)));
        let told = notices(&ended);
        assert!(
            matches!(told[..], [Notice::Finished(0, Ending::Code(3), _)]),
            "{told:?}"
        );
        let gone = fleet.step(ms(now), Input::Gone(0));
        let [Effect::Notice(Notice::Restarting(0, wait))] = gone[..] else {
            panic!("{gone:?}");
        };
        assert!(wait < ms(1000), "it does not grow: {wait:?}");
        fleet.step(ms(now) + wait, Input::Tick);
        fleet.step(ms(now) + wait, Input::Launched(0, 9));
        now += 2000;
    }
}

#[test]
fn what_a_finished_task_waited_for_stays_until_nobody_counts_on_it() {
    let after = |name: &str, on: &str| Service {
        after: vec![Dependency {
            name: on.to_owned(),
            condition: Condition::Ready,
        }],
        ..service(name, &[])
    };
    let migr = Service {
        kind: task("migr").kind,
        ..after("migr", "db")
    };
    let services = vec![
        service("db", &[]),
        migr,
        after("mid", "migr"),
        after("api", "mid"),
    ];
    let mut fleet = fleet(services, Policy::default());
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(0), Input::Passed(0));
    fleet.step(ms(0), Input::Launched(1, 2));
    fleet.step(ms(1), Input::Ended(1, Ending::Code(0)));
    fleet.step(ms(1), Input::Gone(1));
    for id in [2, 3] {
        fleet.step(ms(2), Input::Launched(id, 3));
        fleet.step(ms(2), Input::Passed(id));
    }
    // One in the middle that was stopped by hand is no end of the chain either.
    fleet.step(ms(3), Input::StopOne(2));
    fleet.step(ms(3), Input::Ended(2, Ending::Code(0)));
    fleet.step(ms(3), Input::Gone(2));
    let stop = fleet.step(ms(4), Input::Stop(Reason::Signal(2)));
    assert!(
        stop.contains(&Effect::Ask(3)) && !stop.contains(&Effect::Ask(0)),
        "{stop:?}"
    );
    fleet.step(ms(5), Input::Ended(3, Ending::Code(0)));
    let gone = fleet.step(ms(5), Input::Gone(3));
    assert!(gone.contains(&Effect::Ask(0)), "{gone:?}");
}

#[test]
fn a_replica_never_gets_the_name_of_another_service() {
    let mut fleet = ready(vec![service("web", &[]), service("web-2", &[])]);
    let why = fleet.scale(ms(1), "web", 2).expect_err("a clash");
    assert_eq!(
        why,
        "replica 2 of `web` would be `web-2`, and another service has that name"
    );
    assert_eq!(fleet.services().len(), 2);
}

#[test]
fn the_last_reason_is_said_of_a_service_that_is_late_and_none_of_an_earlier_start() {
    for reported in [true, false] {
        let mut one = service("api", &[]);
        one.ready.timeout = ms(1000);
        let mut fleet = fleet(vec![one], Policy::default());
        fleet.step(ms(0), Input::Begin);
        fleet.step(ms(0), Input::Launched(0, 1));
        fleet.step(ms(1), Input::Unready(0, "first".to_owned()));
        fleet.step(ms(3), Input::RestartOne(0, Why::Asked));
        fleet.step(ms(4), Input::Ended(0, Ending::Signal(15)));
        fleet.step(ms(5), Input::Gone(0));
        fleet.step(ms(6), Input::Launched(0, 2));
        if reported {
            fleet.step(ms(7), Input::Unready(0, "refused".to_owned()));
        }
        let late = fleet.step(ms(1006), Input::Tick);
        let why = if reported {
            "refused"
        } else {
            "port 1 does not answer"
        };
        let told = Notice::NotReady(0, format!("not ready after 1.0 s: {why}"));
        assert_eq!(notices(&late)[0], &told);
    }
}

#[test]
fn the_file_that_starts_a_service_is_named_whether_it_ran_or_not() {
    let changed = || Why::File("a.py".to_owned());
    let named = |effects: &[Effect]| {
        let renewing = Notice::Renewing(0, changed());
        notices(effects)
            .iter()
            .filter(|told| ***told == renewing)
            .count()
    };
    let mut one = service("api", &[]);
    one.restart = Restart::OnFailure;
    let mut fleet = ready(vec![one]);
    fleet.step(ms(1), Input::Ended(0, Ending::Code(1)));
    // What is left of it is being swept: it will be started again for the file, and once.
    assert_eq!(
        named(&fleet.step(ms(2), Input::RestartOne(0, changed()))),
        1
    );
    assert_eq!(
        named(&fleet.step(ms(2), Input::RestartOne(0, changed()))),
        0
    );
    assert!(
        fleet
            .step(ms(3), Input::Gone(0))
            .contains(&Effect::Launch(0))
    );
    fleet.step(ms(4), Input::Launched(0, 2));
    fleet.step(ms(5), Input::Ended(0, Ending::Code(1)));
    fleet.step(ms(6), Input::Gone(0));
    assert_eq!(fleet.phase(0), Phase::BackOff);
    let again = fleet.step(ms(7), Input::RestartOne(0, changed()));
    assert_eq!(named(&again), 1);
    assert!(again.contains(&Effect::Launch(0)));
}

#[test]
fn who_may_have_read_its_files_since_a_time_is_told() {
    let mut fleet = fleet(
        vec![service("db", &[]), service("api", &["db"])],
        Policy::default(),
    );
    let since = |fleet: &Fleet, at| [0, 1].map(|id| fleet.machine(id).may_have_read_since(ms(at)));
    fleet.step(ms(0), Input::Begin);
    assert_eq!(since(&fleet, 0), [true, false], "one is not started at all");
    fleet.step(ms(1), Input::Launched(0, 1));
    fleet.step(ms(5), Input::Passed(0));
    fleet.step(ms(6), Input::Launched(1, 2));
    assert_eq!(since(&fleet, 5), [true, true]);
    assert_eq!(since(&fleet, 6), [false, true]);
    fleet.step(ms(9), Input::Passed(1));
    assert_eq!(since(&fleet, 10), [false, false]);
    fleet.step(ms(20), Input::Stalled(0));
    assert_eq!(since(&fleet, 30), [true, false], "its server starts again");
}

#[test]
fn who_keeps_going_hears_what_starts_again_what_has_ended() {
    let policy = Policy {
        keep_going: true,
        ..Policy::default()
    };
    let told = |others: &[&str]| {
        let names = std::iter::once(&"redis").chain(others);
        let mut fleet = fleet(names.map(|name| service(name, &[])).collect(), policy);
        let services = fleet.services().len();
        fleet.step(ms(0), Input::Begin);
        for id in 0..services {
            fleet.step(ms(1), Input::Launched(id, 7));
            fleet.step(ms(2), Input::Passed(id));
        }
        fleet.step(ms(9), Input::Ended(0, Ending::Signal(9)));
        let effects = fleet.step(ms(9), Input::Gone(0));
        effects.contains(&Effect::Left(0))
    };
    assert!(told(&["web"]));
    assert!(!told(&[]));
}
