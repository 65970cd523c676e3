//! What has become of an order.

use std::time::Duration;

use crate::exit::Exit;
use crate::service::control::{Goal, Missed, Progress, Refusal, Reply};
use crate::service::fleet::{Fleet, Id, Phase, Reason, State};
use crate::text::and_list;

/// How far an order is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Come {
    /// A service is on its way. Without news there is something to be seen at this time.
    NotYet(Option<Duration>),
    /// It has come to this.
    To(Reply),
}

/// What is to be done by whoever wants more of a session that ends.
const AFTERWARDS: &str =
    "wait for its end, then start all again: pixcrawler stop && pixcrawler dev";

/// Why nothing is started any more, whatever somebody names: the session ends. None while it goes on.
pub(super) fn stopping(fleet: &Fleet) -> Option<Refusal> {
    fleet.stopping()?;
    let message = match fleet.ends_for() {
        Some(want) => {
            let name = &fleet.services()[want.id].name;
            format!("the session is stopping, since {name} {}", want.how)
        }
        None => "the session is stopping".to_owned(),
    };
    Some(Refusal::new(Exit::Findings, message, AFTERWARDS))
}

/// What became of an order of that time, which names services and what each is to come to.
pub(super) fn of(fleet: &Fleet, goals: &[(Id, Goal)], since: Duration, now: Duration) -> Come {
    let name = |id: &Id| fleet.services()[*id].name.as_str();
    let (mut missed, mut faulty, mut held) = (Vec::new(), Vec::new(), Vec::new());
    let mut is_told = false;
    for (id, goal) in goals {
        match progress(*goal, fleet, *id) {
            Progress::Open if fleet.stopping().is_none() => return Come::NotYet(None),
            Progress::Open => match fleet.ends_for() {
                Some(want) => {
                    let (stops, how) = (name(&want.id), &want.how);
                    missed.push(format!(
                        "{}: the session stops, since {stops} {how}",
                        name(id)
                    ));
                    faulty.push(want.id);
                    is_told = true;
                }
                None => missed.push(format!("{}: the session stops", name(id))),
            },
            // It runs, and what ends at once has not ended yet.
            Progress::Reached
                if *goal != Goal::Stopped
                    && let Some(at) = fleet.settles_at(*id, now) =>
            {
                return Come::NotYet((at < Duration::MAX).then_some(at));
            }
            // What it needs died while it was started: a session that keeps going does not end with that.
            Progress::Reached
                if *goal != Goal::Stopped
                    && fleet.machine(*id).state == State::Ready
                    && let Some(lost) = fleet.lost_since(*id, since) =>
            {
                let (needed, how) = (name(&lost.id), &lost.how);
                missed.push(format!(
                    "{} runs, but {needed}, which it needs, {how}",
                    name(id)
                ));
                faulty.push(lost.id);
            }
            Progress::Reached => {}
            Progress::Missed(Missed { why, of, is_held }) => {
                missed.push(format!("{} {why}", name(id)));
                if is_held {
                    held.push(name(id));
                } else {
                    faulty.push(of);
                }
            }
        }
    }
    if missed.is_empty() {
        let names: Vec<&str> = goals.iter().map(|(id, _)| name(id)).collect();
        return Come::To(Reply::Done(and_list(&names)));
    }
    let mut message = sentences(&missed);
    faulty.sort_unstable();
    faulty.dedup();
    let faulty_names: Vec<&str> = faulty.iter().map(name).collect();
    let mut way_out = match (faulty_names.join(" "), held.join(" ")) {
        (_, held) if faulty.is_empty() && !held.is_empty() => {
            format!("start it with what it waits for: pixcrawler start {held}")
        }
        // Nobody is to blame.
        _ if faulty.is_empty() && fleet.stopping().is_some() => AFTERWARDS.to_owned(),
        (faulty, _) => format!("see why: pixcrawler logs {faulty}"),
    };
    // What waits for a change of the code may as well be started over.
    let is_stalled = |id: &&Id| fleet.phase(**id) == Phase::Stalled;
    let stalled: Vec<&str> = faulty.iter().filter(is_stalled).map(name).collect();
    if !stalled.is_empty() && fleet.stopping().is_none() {
        way_out = format!("pixcrawler restart {}, or {way_out}", stalled.join(" "));
    }
    if let Some(Reason::Service(id)) = fleet.stopping()
        && faulty.contains(&id)
    {
        if !is_told {
            message.push_str("; the session ends with it");
        }
        way_out.push_str(", then start all again: pixcrawler dev");
    }
    let refusal = Refusal::new(Exit::Findings, message, way_out.trim_end());
    Come::To(Reply::Refused(refusal))
}

/// What is said of several: with a comma in one of them, "and" would make one sentence of two.
fn sentences(said: &[String]) -> String {
    if said.iter().any(|one| one.contains(',')) {
        said.join("; ")
    } else {
        and_list(said)
    }
}

/// How far a service is; one that is about to end with its session has not got anywhere.
fn progress(goal: Goal, fleet: &Fleet, id: Id) -> Progress {
    match goal.progress(fleet, id) {
        Progress::Reached
            if goal != Goal::Stopped
                && fleet.machine(id).state == State::Ready
                && !matches!(fleet.stopping(), None | Some(Reason::AllReady)) =>
        {
            Progress::Open
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::control::Ask;
    use crate::service::fleet::{Input, Policy};
    use crate::service::{
        Command, Condition, Dependency, Ending, Kind, Plan, Readiness, Selection, Service,
    };

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn service(name: &str, after: &[&str]) -> Service {
        let kind = Kind::Process(Command::Exec(vec![name.to_owned()]));
        let after = after.iter().map(|name| Dependency {
            name: (*name).to_owned(),
            condition: Condition::Ready,
        });
        Service {
            after: after.collect(),
            ..Service::new(name, kind, "/".into())
        }
    }

    /// `a`, `b`, which needs it, and `c`. The first two were stopped, and `b` is started 10 s later, with this
    /// order.
    fn started(b: Readiness, keep_going: bool) -> (Fleet, Vec<(Id, Goal)>) {
        let b = Service {
            ready: b,
            ..service("b", &["a"])
        };
        let services = vec![service("a", &[]), b, service("c", &[])];
        let plan = Plan::new(services, &Selection::default()).expect("sound");
        let policy = Policy {
            keep_going,
            ..Policy::default()
        };
        let mut fleet = Fleet::new(&plan, policy);
        fleet.step(ms(0), Input::Begin);
        for id in 0..3 {
            fleet.step(ms(0), Input::Launched(id, 1));
            fleet.step(ms(0), Input::Passed(id));
        }
        for id in [1, 0] {
            fleet.step(ms(1), Input::StopOne(id));
            fleet.step(ms(1), Input::Ended(id, Ending::Signal(15)));
            fleet.step(ms(1), Input::Gone(id));
        }
        let order = Ask::Start {
            services: vec!["b".to_owned()],
        };
        let goal = Goal::of(&order, fleet.machine(1));
        fleet.step(ms(10_000), Input::StartOne(1));
        fleet.step(ms(10_000), Input::Launched(0, 1));
        (fleet, vec![(1, goal)])
    }

    fn refusal(come: Come) -> (String, String) {
        let Come::To(Reply::Refused(refusal)) = come else {
            panic!("{come:?}");
        };
        (refusal.message, refusal.help.unwrap_or_default())
    }

    #[test]
    fn who_runs_without_a_check_is_looked_at_once_more() {
        let (mut fleet, goals) = started(Readiness::at_start(), false);
        assert_eq!(
            of(&fleet, &goals, ms(10_000), ms(10_000)),
            Come::NotYet(None)
        );
        fleet.step(ms(10_010), Input::Launched(1, 1));
        let at = ms(10_160);
        assert_eq!(
            of(&fleet, &goals, ms(10_000), ms(10_010)),
            Come::NotYet(Some(at))
        );
        let done = Come::To(Reply::Done("b".to_owned()));
        assert_eq!(of(&fleet, &goals, ms(10_000), at), done);
        // Who runs for long need not be waited for.
        let running = vec![(2, Goal::Running)];
        let done = Come::To(Reply::Done("c".to_owned()));
        assert_eq!(of(&fleet, &running, ms(10_000), ms(10_010)), done);
    }

    #[test]
    fn a_need_that_ends_at_once_is_no_success_whether_or_not_one_has_a_check() {
        let log = Readiness::by(crate::service::Probe::Tcp(1));
        for ready in [Readiness::at_start(), log] {
            let (mut fleet, goals) = started(ready, false);
            fleet.step(ms(10_010), Input::Launched(1, 1));
            fleet.step(ms(10_011), Input::Passed(1));
            fleet.step(ms(10_011), Input::Ended(0, Ending::Code(6)));
            assert_eq!(
                of(&fleet, &goals, ms(10_000), ms(11_000)),
                Come::NotYet(None)
            );
            fleet.step(ms(11_001), Input::Gone(0));
            let (message, help) = refusal(of(&fleet, &goals, ms(10_000), ms(11_001)));
            assert_eq!(
                message,
                "b: the session stops, since a ended with exit code 6"
            );
            assert!(help.starts_with("see why: pixcrawler logs a,"), "{help}");
            let named = vec![(0, Goal::Running)];
            let (message, _) = refusal(of(&fleet, &named, ms(10_000), ms(11_001)));
            assert_eq!(
                message,
                "a ended with exit code 6; the session ends with it"
            );
        }
    }

    #[test]
    fn what_is_said_of_several_stays_apart() {
        let said = |said: &[&str]| {
            let said: Vec<String> = said.iter().map(|one| (*one).to_owned()).collect();
            sentences(&said)
        };
        assert_eq!(said(&["a failed", "b failed"]), "a failed and b failed");
        assert_eq!(
            said(&["a ended, and is started again", "b failed"]),
            "a ended, and is started again; b failed"
        );
    }

    #[test]
    fn a_need_that_is_lost_in_the_start_is_told_by_a_session_that_keeps_going() {
        let log = Readiness::by(crate::service::Probe::Tcp(1));
        for ready in [Readiness::at_start(), log] {
            let (mut fleet, goals) = started(ready, true);
            fleet.step(ms(10_010), Input::Launched(1, 1));
            fleet.step(ms(10_011), Input::Passed(1));
            fleet.step(ms(10_011), Input::Ended(0, Ending::Code(6)));
            fleet.step(ms(10_012), Input::Gone(0));
            let (message, help) = refusal(of(&fleet, &goals, ms(10_000), ms(11_000)));
            let lost = "b runs, but a, which it needs, ended with exit code 6";
            assert_eq!(
                (message.as_str(), help.as_str()),
                (lost, "see why: pixcrawler logs a")
            );
            // Who asks later for what runs is told that it does: nothing has been lost since.
            let done = Come::To(Reply::Done("b".to_owned()));
            assert_eq!(of(&fleet, &goals, ms(20_000), ms(20_000)), done);
        }
    }

    #[test]
    fn who_waits_for_what_was_stopped_meanwhile_is_told_how_to_start_both() {
        let (mut fleet, goals) = started(Readiness::at_start(), false);
        fleet.step(ms(10_010), Input::StopOne(0));
        fleet.step(ms(10_020), Input::Ended(0, Ending::Signal(15)));
        fleet.step(ms(10_020), Input::Gone(0));
        // It came as far as that a was there.
        fleet.step(ms(10_020), Input::Launched(1, 1));
        fleet.step(ms(10_020), Input::StopOne(1));
        fleet.step(ms(10_021), Input::Ended(1, Ending::Signal(15)));
        fleet.step(ms(10_021), Input::Gone(1));
        let (message, _) = refusal(of(&fleet, &goals, ms(10_000), ms(10_030)));
        assert_eq!(message, "b was stopped meanwhile");

        let a = Service {
            ready: Readiness::by(crate::service::Probe::Tcp(1)),
            ..service("a", &[])
        };
        let services = vec![a, service("b", &["a"])];
        let plan = Plan::new(services, &Selection::default()).expect("sound");
        let mut fleet = Fleet::new(&plan, Policy::default());
        fleet.step(ms(0), Input::Begin);
        fleet.step(ms(0), Input::Launched(0, 1));
        fleet.step(ms(1), Input::StopOne(0));
        fleet.step(ms(1), Input::Ended(0, Ending::Signal(15)));
        fleet.step(ms(1), Input::Gone(0));
        let (message, help) = refusal(of(&fleet, &[(1, Goal::Running)], ms(2), ms(2)));
        assert_eq!(message, "b waits for a, which was stopped by hand");
        assert_eq!(help, "start it with what it waits for: pixcrawler start b");
    }

    #[test]
    fn nobody_is_blamed_for_an_order_that_the_end_of_the_session_overtakes() {
        let (mut fleet, goals) = started(Readiness::by(crate::service::Probe::Tcp(1)), false);
        assert_eq!(stopping(&fleet), None);
        fleet.step(ms(10_010), Input::Launched(1, 1));
        fleet.step(ms(10_020), Input::Stop(Reason::Asked));
        let (message, help) = refusal(of(&fleet, &goals, ms(10_000), ms(10_020)));
        let told = (message.as_str(), help.as_str());
        assert_eq!(told, ("b: the session stops", AFTERWARDS));
        let refused = stopping(&fleet).expect("it stops");
        assert_eq!(refused.message, "the session is stopping");

        let (mut fleet, _) = started(Readiness::at_start(), false);
        fleet.step(ms(10_010), Input::Ended(0, Ending::Code(6)));
        fleet.step(ms(10_020), Input::Gone(0));
        let refused = stopping(&fleet).expect("it stops");
        assert_eq!(
            refused.message,
            "the session is stopping, since a ended with exit code 6"
        );
    }
}
