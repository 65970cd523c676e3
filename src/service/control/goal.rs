//! When an order to a service counts as carried out.

use super::Ask;
use crate::service::Ending;
use crate::service::fleet::{Fleet, Id, Machine, State};

/// What a service is to come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Nothing of it runs.
    Stopped,
    /// It is ready; a task: it is done.
    Running,
    /// As [`Goal::Running`], after it was started again more often than this.
    Again(u32),
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Not there yet.
    Open,
    /// There.
    Reached,
    /// It will not get there by itself.
    Missed(Missed),
}

/// Why a service does not get where it was to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// Behind its name: `ended with exit code 1`.
    pub why: String,
    /// Whose fault it is: its own, or that of one that it waits for.
    pub of: Id,
    /// It still waits for that one, which was stopped by hand.
    pub is_held: bool,
}

impl Goal {
    /// What an order means for a service that is in this state now.
    #[must_use]
    pub fn of(ask: &Ask, machine: &Machine) -> Self {
        match ask {
            Ask::Stop { .. } => Self::Stopped,
            Ask::Restart { .. } if machine.state.is_live() => Self::Again(machine.restarts),
            _ => Self::Running,
        }
    }

    /// How far a service is.
    #[must_use]
    pub fn progress(self, fleet: &Fleet, id: Id) -> Progress {
        let (service, machine) = (&fleet.services()[id], fleet.machine(id));
        if let Self::Again(restarts) = self
            && machine.restarts <= restarts
            && machine.state.is_live()
        {
            return Progress::Open;
        }
        let missed = |why: String| {
            Progress::Missed(Missed {
                why,
                of: id,
                is_held: false,
            })
        };
        // A reloader whose server could not start: nobody knows when the code is mended.
        let waits = machine.stalled && matches!(machine.state, State::Starting(_));
        if waits && self != Self::Stopped {
            return missed(machine.how_it_stalled());
        }
        let stops = self == Self::Stopped;
        match machine.state {
            State::Ended(ending)
                if !stops && service.kind.is_task() && machine.succeeds(service, ending) =>
            {
                Progress::Reached
            }
            State::Ended(_) | State::Stopped | State::Skipped if stops => Progress::Reached,
            State::Ready if !stops => Progress::Reached,
            State::Waiting | State::Skipped | State::Ended(Ending::Aborted) if !stops => {
                unstarted(fleet, id)
            }
            State::Ended(ending) => missed(machine.how_it_ended(ending)),
            State::Stopped => missed("was stopped meanwhile".to_owned()),
            State::BackOff(_) if !stops => missed(match machine.ending {
                Some(ending) => {
                    let how = machine.how_it_ended(ending);
                    format!("{how}, and is started again in a while")
                }
                None => "failed, and is started again in a while".to_owned(),
            }),
            // It was asked at once: whoever came later had the last word.
            State::Waiting
            | State::Launching
            | State::Starting(_)
            | State::Ready
            | State::BackOff(_)
                if stops =>
            {
                missed("was started meanwhile".to_owned())
            }
            // How it answers our own signal says nothing any more.
            _ if let (Some(fault), Some(_), false) =
                (machine.condemned, fleet.stopping(), stops) =>
            {
                missed(fault.as_verb().to_owned())
            }
            _ => Progress::Open,
        }
    }
}

/// What has become of a service that was to be started and is not: whom it waits for may have failed.
fn unstarted(fleet: &Fleet, id: Id) -> Progress {
    let is_over = fleet.machine(id).state != State::Waiting;
    match fleet.want(id) {
        Some(want) => {
            let other = &fleet.services()[want.id].name;
            let why = match (want.is_held, is_over) {
                (true, _) => format!("waits for {other}, which {}", want.how),
                (false, true) => format!("was not started, since {other} {}", want.how),
                (false, false) => format!("is not started, since {other} {}", want.how),
            };
            Progress::Missed(Missed {
                why,
                of: want.id,
                is_held: want.is_held,
            })
        }
        None => Progress::Open,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::super::Ending;
    use super::super::super::fleet::Input;
    use super::super::super::fleet::tests::{ready, service};
    use super::*;

    #[test]
    fn who_stops_a_service_hears_that_it_was_started_meanwhile() {
        let now = Duration::ZERO;
        let order = Ask::Stop {
            services: vec!["web".to_owned()],
        };
        let progress = |fleet: &Fleet, goal: Goal| goal.progress(fleet, 0);
        for later in [None, Some(Input::StartOne(0))] {
            let mut fleet = ready(vec![service("web", &[])]);
            let goal = Goal::of(&order, fleet.machine(0));
            fleet.step(now, Input::StopOne(0));
            assert_eq!(progress(&fleet, goal), Progress::Open);
            let is_started = later.is_some();
            if let Some(later) = later {
                fleet.step(now, later);
            }
            assert_eq!(progress(&fleet, goal), Progress::Open);
            fleet.step(now, Input::Ended(0, Ending::Signal(15)));
            fleet.step(now, Input::Gone(0));
            let came = if is_started {
                let why = "was started meanwhile".to_owned();
                Progress::Missed(Missed {
                    why,
                    of: 0,
                    is_held: false,
                })
            } else {
                Progress::Reached
            };
            assert_eq!(progress(&fleet, goal), came);
        }
    }

    #[test]
    fn a_server_that_was_ready_did_not_fail_to_start() {
        let why = |ending: Option<Ending>| {
            let mut fleet = ready(vec![service("web", &[])]);
            let ended = ending.map(|ending| Input::ServerEnded(0, ending));
            for input in ended.into_iter().chain([Input::Stalled(0)]) {
                fleet.step(Duration::from_secs(9), input);
            }
            match Goal::Running.progress(&fleet, 0) {
                Progress::Missed(Missed { why, .. }) => why,
                other => format!("{other:?}"),
            }
        };
        let ended = "answers no more: its server ended";
        assert_eq!(
            why(None),
            format!("{ended}, and waits for a change of the code")
        );
        let killed = why(Some(Ending::Signal(9)));
        assert!(
            killed.starts_with(&format!("{ended} with SIGKILL")),
            "{killed}"
        );
    }
}
