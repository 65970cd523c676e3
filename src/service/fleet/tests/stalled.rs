//! Cases of what is kept for the next change, and is started by hand before that.

use super::super::*;
use super::{end, ms, ready, service};

/// `w`, which `uw` needs; `w` could not work with what was saved, and is kept for the next change.
fn stalled() -> Fleet {
    let mut fleet = ready(vec![service("w", &[]), service("uw", &["w"])]);
    for id in [1, 0] {
        fleet.step(ms(1), Input::StopOne(id));
        end(&mut fleet, 1, id);
    }
    fleet.step(ms(2), Input::StartOne(0));
    fleet.step(ms(2), Input::Launched(0, 1));
    fleet.step(ms(2), Input::Passed(0));
    let saved = Why::File("w.py".to_owned());
    fleet.step(ms(3), Input::RestartOne(0, saved));
    end(&mut fleet, 4, 0);
    fails(&mut fleet, 5);
    assert_eq!(fleet.phase(0), Phase::Stalled);
    fleet
}

fn fails(fleet: &mut Fleet, at: u64) -> Vec<Effect> {
    fleet.step(ms(at), Input::Launched(0, 1));
    fleet.step(ms(at), Input::Ended(0, Ending::Code(6)));
    fleet.step(ms(at), Input::Gone(0))
}

#[test]
fn who_tries_again_what_is_kept_loses_nothing_when_it_fails_as_before() {
    for order in [
        Input::StartOne(0),
        Input::RestartOne(0, Why::Asked),
        // Who starts another one did not even name it.
        Input::StartOne(1),
    ] {
        let mut fleet = stalled();
        for at in [10, 20] {
            let effects = fleet.step(ms(at), order.clone());
            assert!(effects.contains(&Effect::Launch(0)), "{effects:?}");
            assert_eq!(fails(&mut fleet, at + 1), [Effect::Await(0)], "{order:?}");
            assert_eq!((fleet.phase(0), fleet.stopping()), (Phase::Stalled, None));
        }
    }
}

#[test]
fn who_worked_since_has_failed_when_it_fails_after_an_order() {
    let mut fleet = stalled();
    fleet.step(ms(10), Input::RestartOne(0, Why::Asked));
    fleet.step(ms(11), Input::Launched(0, 1));
    fleet.step(ms(12), Input::Passed(0));
    fleet.step(ms(13), Input::RestartOne(0, Why::Asked));
    end(&mut fleet, 14, 0);
    fails(&mut fleet, 15);
    assert_eq!(fleet.stopping(), Some(Reason::Service(0)));
}

#[test]
fn who_waits_for_it_is_told_how_it_ended() {
    let mut fleet = stalled();
    fleet.step(ms(10), Input::StartOne(1));
    fails(&mut fleet, 11);
    let want = fleet.want(1).expect("it is not there");
    let how = "ended with exit code 6, and waits for a change of the code";
    assert_eq!((want.id, want.how.as_str()), (0, how));
}
