//! Signals, and what the guest makes of them.

use std::time::Duration;

use tokio::time::Instant;

use super::{Hub, Slot, WITHOUT_GUARD};
use crate::service::event::Event;
use crate::service::fleet::{Input, Reason};
use crate::service::signals;
use crate::system::guard::Order;
use crate::system::process;
use crate::text::duration;

/// The number of a Ctrl+C.
const INTERRUPT: i32 = 2;

/// The number of what ends whoever does not listen to that.
const QUIT: i32 = 3;

/// A guest that goes on after a signal is named after this time.
const PATIENCE: Duration = Duration::from_millis(700);

/// A signal that the guest got, and when we act on it ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) number: i32,
    until: Instant,
    /// When it is to be said that we wait for the guest; none where it was.
    tell_at: Option<Instant>,
}

impl Passed {
    /// What is typed at a terminal is the guest's alone. A signal that comes to us was sent by a program,
    /// which may not say it again, or by somebody who sees nothing of the guest.
    fn new(number: i32, now: Instant, grace: Duration) -> Self {
        Self {
            number,
            until: now + grace,
            tell_at: Some(now + PATIENCE),
        }
    }

    /// When something is to be done for it.
    pub(super) fn due(self) -> Instant {
        self.tell_at.map_or(self.until, |at| at.min(self.until))
    }

    /// Whether a further signal says no more than this one.
    fn covers(self, number: i32) -> bool {
        self.number == number || self.number != INTERRUPT
    }
}

impl Hub {
    pub(super) fn order(&mut self, order: Order) {
        let order = match order {
            Order::Other(number) if self.tell_guest(number) => return,
            // What a terminal has for those who do not listen (Ctrl+\).
            Order::Other(QUIT) => Order::Signal(QUIT),
            other => other,
        };
        let bounced = self.has_bounced();
        match order {
            // It means nothing to a session.
            Order::Other(_) => return,
            Order::Signal(_) if bounced => {}
            Order::Signal(number) if self.is_insisted_on(number) => self.input(Input::Kill),
            Order::Signal(number) if self.pass_on(number) => {}
            Order::Signal(number) => {
                self.input(Input::Stop(Reason::Signal(number)));
                // The guest has had it and goes on: it was said twice.
                if self.passed_on.is_some() {
                    self.input(Input::Kill);
                }
            }
            Order::GuardDied | Order::KeeperDied => {
                let (reason, who) = match order {
                    Order::KeeperDied => (Reason::KeeperDied, "keeper"),
                    _ => (Reason::GuardDied, "guard"),
                };
                // The guard was the shell's child, and the shell goes on.
                for sink in &mut self.sinks {
                    sink.yield_terminal(who);
                }
                self.kill_at = Some(Instant::now() + WITHOUT_GUARD);
                self.input(Input::Stop(reason));
            }
        }
        self.ordered = Some(Instant::now());
    }

    /// Whether a signal says once more that all is to end. Where somebody else said so first, a Ctrl+C is
    /// that as soon as a line tells what it does; other signals are sent by programs, which read none.
    fn is_insisted_on(&self, number: i32) -> bool {
        let answers = number == INTERRUPT && self.fleet.is_held_up();
        self.fleet.stopping().is_some() && (self.ordered.is_some() || answers)
    }

    /// Hands the guest a signal that ends no session; whether there is one.
    fn tell_guest(&mut self, number: i32) -> bool {
        let up = |id: &usize| self.fleet.machine(*id).state.is_up();
        let Some(id) = self.fleet.guest().filter(up) else {
            return false;
        };
        if let Some(tree) = &self.slots[id].tree {
            process::pass_on(tree, number);
        }
        true
    }

    /// Passes a signal on to the guest: once, and then we act on it ourselves.
    fn pass_on(&mut self, number: i32) -> bool {
        let is_old = self.passed_on.is_some_and(|passed| passed.covers(number));
        if is_old || self.fleet.stopping().is_some() {
            return false;
        }
        let up = |id: &usize| self.fleet.machine(*id).state.is_up();
        let Some(id) = self.fleet.guest().filter(up) else {
            return false;
        };
        match &mut self.slots[id] {
            Slot {
                tree: Some(tree),
                told,
                ..
            } => {
                *told = true;
                // What is typed at a console that we share is told again to both of us, each time.
                if !process::pass_on(tree, number) && number == INTERRUPT {
                    return true;
                }
            }
            // It is being started, and gets the signal as soon as we know it.
            Slot {
                launching: Some(_), ..
            } => {}
            _ => return false,
        }
        let grace = self.fleet.services()[id].stop.grace;
        self.passed_on = Some(Passed::new(number, Instant::now(), grace));
        true
    }

    /// Says that the guest goes on after a signal, and acts once it has had its time to end by that.
    pub(super) fn act_on_passed(&mut self) {
        let now = Instant::now();
        let passed = self.passed_on.as_mut();
        let tells = passed.is_some_and(|one| one.tell_at.take_if(|at| *at <= now).is_some());
        if let (true, Some(passed)) = (tells, self.passed_on) {
            self.tell_passed(passed, now);
        }
        let due = |passed: &mut Passed| passed.until <= now;
        if let Some(passed) = self.passed_on.take_if(due) {
            self.stop(Reason::Signal(passed.number));
        }
    }

    fn tell_passed(&mut self, passed: Passed, now: Instant) {
        let up = |id: &usize| self.fleet.machine(*id).state.is_up();
        if let Some(id) = self.fleet.guest().filter(up) {
            let name = &self.fleet.services()[id].name;
            let pid = self.fleet.machine(id).pid;
            let left = passed.until.saturating_duration_since(now);
            let words = waits(passed.number, name, pid, left);
            self.push(&Event::Remark(&words));
        }
    }
}

/// That a guest goes on after a signal that it got, and what is done about it.
fn waits(number: i32, name: &str, pid: Option<u32>, left: Duration) -> String {
    let what = match number {
        INTERRUPT => "Ctrl+C".to_owned(),
        other => {
            signals::name(other).map_or(format!("signal {other}"), |(name, _)| name.to_owned())
        }
    };
    let pid = pid.map_or(String::new(), |pid| format!(" (pid {pid})"));
    let left = duration(left);
    format!(
        "{what} went to {name}{pid}, which goes on; it is asked to stop in {left}, {what} again kills it"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signal_is_acted_on_and_none_is_waited_for_in_silence() {
        let now = Instant::now();
        let grace = Duration::from_secs(5);
        let ctrl_c = Passed::new(INTERRUPT, now, grace);
        assert!(ctrl_c.covers(INTERRUPT) && !ctrl_c.covers(15));
        let hangup = Passed::new(1, now, grace);
        for passed in [ctrl_c, hangup] {
            assert_eq!((passed.due(), passed.until), (now + PATIENCE, now + grace));
        }
        assert!(hangup.covers(1) && hangup.covers(INTERRUPT) && hangup.covers(15));
        assert_eq!(
            waits(INTERRUPT, "exec", Some(7), Duration::from_millis(4300)),
            "Ctrl+C went to exec (pid 7), which goes on; it is asked to stop in 4.3 s, Ctrl+C again kills it"
        );
        assert!(waits(15, "exec", None, grace).starts_with("SIGTERM went to exec, which goes on;"));
    }
}
