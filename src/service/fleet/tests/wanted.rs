//! Cases of those who are started by hand, and of what they need by way of others.

use super::super::*;
use super::{end, fleet, ms, notices, service, task};

/// `db`, then the task `migrate`, then `web`: the task has done its work, all are ready.
fn migrated(keep_going: bool) -> Fleet {
    let mut migrate = task("migrate");
    migrate.after = service("migrate", &["db"]).after;
    let mut web = service("web", &["migrate"]);
    web.after[0].condition = Condition::CompletedSuccessfully;
    let policy = Policy {
        keep_going,
        ..Policy::default()
    };
    let mut fleet = fleet(vec![service("db", &[]), migrate, web], policy);
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(0), Input::Passed(0));
    fleet.step(ms(0), Input::Launched(1, 2));
    end(&mut fleet, 1, 1);
    fleet.step(ms(2), Input::Launched(2, 3));
    fleet.step(ms(2), Input::Passed(2));
    fleet
}

#[test]
fn what_lies_behind_a_finished_task_is_brought_along_and_waited_for() {
    let mut fleet = migrated(false);
    for id in [2, 0] {
        fleet.step(ms(3), Input::StopOne(id));
        end(&mut fleet, 4, id);
    }
    let started = fleet.step(ms(5), Input::StartOne(2));
    // The task has done its work, and is not run again.
    assert_eq!(
        started,
        [
            Effect::Notice(Notice::Needed(0, 2)),
            Effect::Notice(Notice::Starting(0)),
            Effect::Launch(0)
        ]
    );
    assert_eq!(
        (fleet.phase(1), fleet.phase(2)),
        (Phase::Exited, Phase::Waiting)
    );
    fleet.step(ms(6), Input::Launched(0, 4));
    assert_eq!(fleet.phase(2), Phase::Waiting);
    let ready = fleet.step(ms(7), Input::Passed(0));
    assert!(ready.contains(&Effect::Launch(2)), "{ready:?}");
}

/// `web` and `db` were stopped, somebody starts `web`, and `db` is on its way, brought along.
fn coming_back(keep_going: bool) -> Fleet {
    let mut fleet = migrated(keep_going);
    for id in [2, 0] {
        fleet.step(ms(3), Input::StopOne(id));
        end(&mut fleet, 4, id);
    }
    fleet.step(ms(5), Input::StartOne(2));
    fleet.step(ms(6), Input::Launched(0, 4));
    fleet
}

#[test]
fn who_was_brought_along_and_does_not_come_is_missed_as_one_that_is_named() {
    let mut fleet = coming_back(true);
    fleet.step(ms(7), Input::StopOne(0));
    end(&mut fleet, 8, 0);
    assert_eq!(
        (fleet.phase(2), fleet.held_by(2)),
        (Phase::Waiting, Some(0))
    );
    // Whoever starts it once more has both.
    fleet.step(ms(9), Input::StartOne(2));
    fleet.step(ms(9), Input::Launched(0, 5));
    let ready = fleet.step(ms(10), Input::Passed(0));
    assert!(ready.contains(&Effect::Launch(2)), "{ready:?}");

    let mut fleet = coming_back(true);
    fleet.step(ms(7), Input::Ended(0, Ending::Signal(9)));
    let gone = fleet.step(ms(8), Input::Gone(0));
    assert!(notices(&gone).contains(&&Notice::Skipped(2, 0)), "{gone:?}");
    let want = fleet.want(2).expect("db is missing");
    assert!(
        want.id == 0 && want.how.starts_with("ended with SIGKILL"),
        "{want:?}"
    );
    fleet.step(ms(9), Input::StartOne(0));
    assert_eq!(fleet.phase(2), Phase::Waiting);
}

#[test]
fn nobody_waits_for_what_lies_behind_a_finished_task_and_does_not_come() {
    let mut fleet = migrated(false);
    fleet.step(ms(3), Input::StopOne(0));
    end(&mut fleet, 4, 0);
    // No order: a change of a file brings nobody along.
    let changed = Why::File("a.py".to_owned());
    fleet.step(ms(5), Input::RestartOne(2, changed));
    let again = end(&mut fleet, 6, 2);
    assert!(again.contains(&Effect::Launch(2)), "{again:?}");
    assert_eq!(fleet.phase(0), Phase::Stopped);
}

#[test]
fn who_runs_needs_what_lies_behind_a_task_too_when_it_is_restarted() {
    let mut fleet = migrated(false);
    fleet.step(ms(3), Input::StopOne(0));
    end(&mut fleet, 4, 0);
    let asked = fleet.step(ms(5), Input::RestartOne(2, Why::Asked));
    assert!(
        notices(&asked).contains(&&Notice::Needed(0, 2)),
        "{asked:?}"
    );
    assert!(asked.contains(&Effect::Launch(0)), "{asked:?}");
}

/// `web` needs `api`, which needs `db`; all were stopped by hand, and somebody starts `web`.
fn started(keep_going: bool) -> Fleet {
    let services = vec![
        service("db", &[]),
        service("api", &["db"]),
        service("web", &["api"]),
        service("other", &[]),
    ];
    let policy = Policy {
        keep_going,
        ..Policy::default()
    };
    let mut fleet = fleet(services, policy);
    fleet.step(ms(0), Input::Begin);
    for id in [0, 1, 2, 3] {
        fleet.step(ms(0), Input::Launched(id, 1));
        fleet.step(ms(0), Input::Passed(id));
    }
    for id in [2, 1, 0] {
        fleet.step(ms(1), Input::StopOne(id));
        end(&mut fleet, 1, id);
    }
    fleet.step(ms(2), Input::StartOne(2));
    fleet.step(ms(2), Input::Launched(0, 1));
    fleet
}

fn want(fleet: &Fleet, id: Id) -> Option<(Id, String)> {
    fleet.want(id).map(|want| (want.id, want.how))
}

#[test]
fn for_want_of_whom_one_is_not_started_is_known_over_two_levels() {
    for keep_going in [false, true] {
        let mut fleet = started(keep_going);
        assert_eq!(want(&fleet, 2), None, "it may still come");
        fleet.step(ms(3), Input::Ended(0, Ending::Code(3)));
        fleet.step(ms(4), Input::Gone(0));
        let failed = Some((0, "ended with exit code 3".to_owned()));
        assert_eq!(want(&fleet, 2), failed, "{keep_going}");

        let mut late = started(keep_going);
        let at = late.wake_at().expect("its patience ends");
        late.step(at, Input::Tick);
        if keep_going {
            late.step(at, Input::Ended(0, Ending::Signal(15)));
            late.step(at, Input::Gone(0));
        }
        let failed = Some((0, "did not get ready".to_owned()));
        assert_eq!(want(&late, 2), failed, "{keep_going}");

        let mut unstarted = started(keep_going);
        unstarted.step(ms(3), Input::RestartOne(0, Why::Asked));
        unstarted.step(ms(3), Input::Ended(0, Ending::Signal(15)));
        unstarted.step(ms(3), Input::Gone(0));
        unstarted.step(ms(3), Input::LaunchFailed(0, "no".to_owned()));
        let failed = Some((0, "could not be started".to_owned()));
        assert_eq!(want(&unstarted, 2), failed, "{keep_going}");
    }
}

#[test]
fn who_waits_for_what_does_not_come_by_itself_is_known() {
    let mut stalled = started(false);
    stalled.step(ms(3), Input::Stalled(0));
    let waits = Some((0, "waits for a change of the code".to_owned()));
    assert_eq!(want(&stalled, 2), waits);

    let mut stopped = started(false);
    stopped.step(ms(3), Input::StopOne(0));
    end(&mut stopped, 4, 0);
    let held = Some((0, "was stopped by hand".to_owned()));
    assert_eq!(want(&stopped, 2), held);

    // The session ends for another reason: that is one, too.
    let mut over = started(false);
    over.step(ms(3), Input::Ended(3, Ending::Code(1)));
    over.step(ms(3), Input::Gone(3));
    let other = Some((3, "ended with exit code 1".to_owned()));
    assert_eq!(want(&over, 2), other);
    let mut asked = started(false);
    asked.step(ms(3), Input::Stop(Reason::Asked));
    assert_eq!(want(&asked, 2), None);
}
