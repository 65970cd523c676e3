//! When an order to a service counts as carried out.

use super::Ask;
use crate::service::Service;
use crate::service::fleet::{Machine, State};

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
    /// It will not get there by itself; why.
    Missed(String),
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
    pub fn progress(self, service: &Service, machine: &Machine) -> Progress {
        if let Self::Again(restarts) = self
            && machine.restarts <= restarts
            && machine.state.is_live()
        {
            return Progress::Open;
        }
        // A reloader whose server could not start: nobody knows when the code is mended.
        let waits = machine.stalled && matches!(machine.state, State::Starting(_));
        if waits && self != Self::Stopped {
            return Progress::Missed(
                "did not get ready: its server could not start, and waits for a change of the code"
                    .to_owned(),
            );
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
            State::Ended(ending) => Progress::Missed(machine.how_it_ended(ending)),
            State::Stopped => Progress::Missed("was stopped meanwhile".to_owned()),
            State::Skipped => Progress::Missed("waits for what is not there".to_owned()),
            State::BackOff(_) if !stops => Progress::Missed(match machine.ending {
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
                Progress::Missed("was started meanwhile".to_owned())
            }
            _ => Progress::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::super::Ending;
    use super::super::super::fleet::tests::{ready, service};
    use super::super::super::fleet::{Fleet, Input};
    use super::*;

    #[test]
    fn who_stops_a_service_hears_that_it_was_started_meanwhile() {
        let now = Duration::ZERO;
        let order = Ask::Stop {
            services: vec!["web".to_owned()],
        };
        let progress = |fleet: &Fleet, goal: Goal| {
            let (service, machine) = (&fleet.services()[0], fleet.machine(0));
            goal.progress(service, machine)
        };
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
                Progress::Missed("was started meanwhile".to_owned())
            } else {
                Progress::Reached
            };
            assert_eq!(progress(&fleet, goal), came);
        }
    }
}
