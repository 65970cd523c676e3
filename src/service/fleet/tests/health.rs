//! Cases of what does not stay well, or does not get ready.

use super::super::*;
use super::{end, fleet, ms, notices, ready, service};
use crate::service::{Command, Health, HealthCheck, Kind, Probe, Selection};

/// A service with a health check that we ask.
fn watched(restart: Restart) -> Service {
    let mut one = service("api", &[]);
    one.restart = restart;
    one.health = Some(Health {
        check: HealthCheck::Ask(Probe::Tcp(1)),
        interval: ms(10),
        attempt: ms(10),
        failures: 3,
    });
    one
}

fn no() -> Result<(), String> {
    Err("status 500".to_owned())
}

#[test]
fn three_failed_health_checks_in_a_row_start_a_service_over() {
    let mut fleet = ready(vec![watched(Restart::OnFailure)]);
    for result in [no(), no(), Ok(()), no(), no()] {
        assert_eq!(fleet.step(ms(10), Input::Checked(0, result)), []);
    }
    assert_eq!(
        fleet.step(ms(20), Input::Checked(0, no())),
        [
            Effect::Notice(Notice::Unhealthy(0, "status 500".to_owned())),
            Effect::Ask(0)
        ]
    );
    let ended = end(&mut fleet, 30, 0);
    assert!(
        matches!(notices(&ended)[..], [Notice::Stopped(..), Notice::Restarting(0, wait)] if *wait >= ms(500)),
        "{ended:?}"
    );
}

#[test]
fn what_is_never_started_again_is_only_reported_as_unhealthy() {
    let mut fleet = ready(vec![watched(Restart::Never)]);
    for _ in 0..3 {
        fleet.step(ms(10), Input::Checked(0, no()));
    }
    assert_eq!((fleet.phase(0), fleet.stopping()), (Phase::Unhealthy, None));
    assert_eq!(
        notices(&fleet.step(ms(20), Input::Checked(0, Ok(())))),
        [&Notice::Recovered(0)]
    );
    assert_eq!(fleet.phase(0), Phase::Ready);
}

#[test]
fn healthy_is_more_than_ready() {
    let mut web = service("web", &["api"]);
    web.after[0].condition = Condition::Healthy;
    let mut fleet = fleet(vec![watched(Restart::Never), web], Policy::default());
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    let ready = fleet.step(ms(1), Input::Passed(0));
    assert!(ready.contains(&Effect::Monitor(0)) && !ready.contains(&Effect::Launch(1)));
    let checked = fleet.step(ms(2), Input::Checked(0, Ok(())));
    assert!(checked.contains(&Effect::Launch(1)));
}

/// `api`, which is never started again and is unhealthy, and `web`, which waits for its health.
fn waiting(policy: Policy) -> Fleet {
    let mut web = service("web", &["api"]);
    web.after[0].condition = Condition::Healthy;
    let mut fleet = fleet(vec![watched(Restart::Never), web], policy);
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(1), Input::Passed(0));
    for _ in 0..2 {
        fleet.step(ms(2), Input::Checked(0, no()));
    }
    let unwell = fleet.step(ms(3), Input::Checked(0, no()));
    let told = [
        &Notice::Unhealthy(0, "status 500".to_owned()),
        &Notice::WaitsForHealth(1, 0),
    ];
    assert_eq!(notices(&unwell), told);
    assert_eq!(fleet.step(ms(4), Input::Checked(0, no())), [], "said once");
    fleet
}

const PATIENCE: Duration = Duration::from_mins(2);

#[test]
fn whoever_wants_all_to_be_ready_waits_for_a_health_no_longer_than_for_readiness() {
    let until_ready = Policy {
        until_ready: true,
        ..Policy::default()
    };
    let mut fleet = waiting(until_ready);
    let at = ms(3) + PATIENCE;
    assert_eq!(fleet.wake_at(), Some(at));
    assert_eq!(fleet.step(at.saturating_sub(ms(1)), Input::Tick), []);
    let late = fleet.step(at, Input::Tick);
    assert_eq!(notices(&late)[0], &Notice::Stopping(Reason::Service(1)));
    let want = fleet.want(1).expect("it is not started");
    assert_eq!((want.id, want.how.as_str()), (0, "is unhealthy"));
    end(&mut fleet, 200_000, 0);
    assert!(fleet.outcome().is_some_and(|outcome| !outcome.ready));
}

#[test]
fn a_session_goes_on_and_whoever_waits_starts_when_health_comes_late() {
    let mut fleet = waiting(Policy::default());
    assert_eq!(fleet.want(1), None, "it may still come");
    assert_eq!(fleet.waits_for_health_of(1), Some(0));
    fleet.step(ms(3) + PATIENCE, Input::Tick);
    let want = fleet.want(1).expect("nobody waits any longer");
    assert_eq!((want.id, want.how.as_str()), (0, "is unhealthy"));
    assert_eq!(fleet.stopping(), None);
    // Who starts it now is told at once.
    let started = fleet.step(ms(3) + PATIENCE, Input::StartOne(1));
    assert_eq!(notices(&started), [&Notice::WaitsForHealth(1, 0)]);
    let well = fleet.step(ms(4) + PATIENCE, Input::Checked(0, Ok(())));
    assert!(well.contains(&Effect::Launch(1)), "{well:?}");
    assert_eq!(fleet.waits_for_health_of(1), None);
    // So is who starts it over, which takes it down first.
    let at = |more: u64| ms(4 + more) + PATIENCE;
    fleet.step(at(0), Input::Launched(1, 2));
    for more in 1..=3 {
        fleet.step(at(more), Input::Checked(0, no()));
    }
    fleet.step(at(4), Input::RestartOne(1, Why::Asked));
    fleet.step(at(5), Input::Ended(1, Ending::Signal(15)));
    let down = fleet.step(at(5), Input::Gone(1));
    assert!(
        notices(&down).contains(&&Notice::WaitsForHealth(1, 0)),
        "{down:?}"
    );
}

#[test]
fn a_guest_does_not_wait_for_ever_for_one_who_waits_for_health() {
    let mut web = service("web", &["api"]);
    web.after[0].condition = Condition::Healthy;
    let plan = Plan::new(vec![watched(Restart::Never), web], &Selection::default());
    let kind = Kind::Guest(Command::Exec(Vec::new()));
    let plan = plan
        .expect("sound")
        .with_guest(Service::new("exec", kind, "/".into()));
    let mut fleet = Fleet::new(&plan, Policy::default());
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(1), Input::Passed(0));
    for _ in 0..3 {
        fleet.step(ms(2), Input::Checked(0, no()));
    }
    fleet.step(ms(2) + PATIENCE, Input::Tick);
    assert_eq!(fleet.stopping(), Some(Reason::Service(1)));
}

#[test]
fn a_watchdog_that_falls_silent_starts_a_service_over() {
    let mut one = watched(Restart::Always);
    if let Some(health) = &mut one.health {
        health.check = HealthCheck::Watchdog(ms(100));
    }
    let mut fleet = ready(vec![one]);
    assert_eq!(fleet.wake_at(), Some(ms(100)));
    fleet.step(ms(90), Input::Alive(0));
    assert_eq!(fleet.step(ms(100), Input::Tick), []);
    assert_eq!(fleet.wake_at(), Some(ms(190)));
    let silent = fleet.step(ms(190), Input::Tick);
    assert!(silent.contains(&Effect::Ask(0)), "{silent:?}");
    assert!(
        matches!(notices(&silent)[..], [Notice::Unhealthy(0, why)] if why.contains("0.1 s")),
        "{silent:?}"
    );
}

#[test]
fn who_says_that_it_leaves_is_waited_for_but_not_for_ever() {
    let mut fleet = ready(vec![service("api", &[])]);
    assert_eq!(fleet.step(ms(10), Input::Leaving(0)), []);
    assert_eq!(fleet.step(ms(5009), Input::Tick), []);
    assert!(fleet.step(ms(5010), Input::Tick).contains(&Effect::Kill(0)));
}

#[test]
fn who_says_that_it_leaves_and_does_not_is_killed_by_us_and_nobody_guesses_who_did() {
    let mut fleet = ready(vec![service("api", &[])]);
    fleet.step(ms(10), Input::Leaving(0));
    fleet.step(ms(5010), Input::Tick);
    let died = fleet.step(ms(5011), Input::Ended(0, Ending::Signal(9)));
    assert!(
        matches!(notices(&died)[..], [Notice::Died(0, ..)]),
        "{died:?}"
    );
    assert_eq!(fleet.machine(0).condemned, Some(Fault::Lingering));
    assert_eq!(fleet.machine(0).named(Ending::Signal(9)), "SIGKILL");
    fleet.step(ms(5012), Input::Gone(0));
    let outcome = fleet.outcome().expect("it is over");
    assert_eq!(outcome.failed, Some((0, Ending::Aborted)));
    // Who ended by itself meanwhile was not killed.
    let mut fleet = self::ready(vec![service("api", &[])]);
    fleet.step(ms(10), Input::Leaving(0));
    fleet.step(ms(20), Input::Ended(0, Ending::Signal(9)));
    assert_eq!(fleet.machine(0).condemned, None);
}

#[test]
fn what_was_given_up_has_failed_by_itself_and_not_by_our_signal() {
    for ending in [Ending::Signal(15), Ending::Signal(9), Ending::Code(3)] {
        let mut one = watched(Restart::OnFailure);
        one.back_off.limit = Some(1);
        let mut fleet = ready(vec![one]);
        for _ in 0..3 {
            fleet.step(ms(10), Input::Checked(0, no()));
        }
        fleet.step(ms(20), Input::Ended(0, ending));
        fleet.step(ms(21), Input::Gone(0));
        let outcome = fleet.outcome().expect("it is over");
        assert_eq!(outcome.failed, Some((0, Ending::Aborted)), "{ending}");
    }
}

#[test]
fn what_had_to_be_ended_has_failed_whatever_code_it_answers_with() {
    let mut one = watched(Restart::OnFailure);
    one.back_off.limit = Some(1);
    let mut fleet = ready(vec![one]);
    for _ in 0..3 {
        fleet.step(ms(10), Input::Checked(0, no()));
    }
    // It obeys, and says 0, as servers do.
    fleet.step(ms(20), Input::Ended(0, Ending::Code(0)));
    let gone = fleet.step(ms(21), Input::Gone(0));
    assert!(notices(&gone).contains(&&Notice::CrashLoop(0)), "{gone:?}");
    assert_eq!(fleet.phase(0), Phase::Failed);
    let how = fleet.machine(0).how_it_failed(Ending::Code(0));
    assert_eq!(how, "unhealthy, then exit code 0");
    let outcome = fleet.outcome().expect("it is over");
    assert_eq!(outcome.failed, Some((0, Ending::Aborted)));
}

#[test]
fn what_did_not_get_ready_has_not_done_its_work_though_it_says_0() {
    let mut seed = service("seed", &[]);
    seed.ready.timeout = ms(100);
    let mut web = service("web", &["seed"]);
    web.after[0].condition = Condition::CompletedSuccessfully;
    let keep_going = Policy {
        keep_going: true,
        ..Policy::default()
    };
    let mut fleet = fleet(vec![seed, web], keep_going);
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    let late = fleet.step(ms(100), Input::Tick);
    assert!(late.contains(&Effect::Ask(0)), "{late:?}");
    fleet.step(ms(110), Input::Ended(0, Ending::Code(0)));
    fleet.step(ms(111), Input::Gone(0));
    assert_eq!(
        [fleet.phase(0), fleet.phase(1)],
        [Phase::Failed, Phase::Skipped]
    );
    let how = fleet.machine(0).how_it_ended(Ending::Code(0));
    assert_eq!(how, "did not get ready");
}

#[test]
fn one_that_nobody_may_tell_of_counts_as_ready_when_its_time_is_over() {
    let mut worker = service("worker", &[]);
    worker.ready.timeout = ms(100);
    worker.ready.settles = Some("its lines are hidden".to_owned());
    let mut fleet = fleet(vec![worker], Policy::default());
    fleet.step(ms(0), Input::Begin);
    fleet.step(ms(0), Input::Launched(0, 1));
    fleet.step(ms(99), Input::Tick);
    assert_eq!(fleet.phase(0), Phase::Starting);
    let over = fleet.step(ms(100), Input::Tick);
    assert_eq!(fleet.phase(0), Phase::Ready, "{over:?}");
}
