//! Signals, and what the guest makes of them.

use tokio::time::Instant;

use super::{Hub, Slot, WITHOUT_GUARD};
use crate::service::fleet::{Input, Reason};
use crate::system::guard::Order;
use crate::system::process;

/// The number of a Ctrl+C.
const INTERRUPT: i32 = 2;

/// The number of what ends whoever does not listen to that.
const QUIT: i32 = 3;

/// A signal that the guest got, and when we act on it ourselves, should we.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) number: i32,
    pub(super) until: Option<Instant>,
}

impl Passed {
    /// A Ctrl+C is the guest's own business: an interpreter takes it for the end of a line. After
    /// everything else nobody may be there any more who could say it again.
    fn new(number: i32, until: Instant) -> Self {
        Self {
            number,
            until: (number != INTERRUPT).then_some(until),
        }
    }

    /// Whether a further signal says no more than this one.
    fn covers(self, number: i32) -> bool {
        self.number == number || self.until.is_some()
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
        self.passed_on = Some(Passed::new(number, Instant::now() + grace));
        true
    }

    /// The guest has had its time to end by the signal that it got.
    pub(super) fn act_on_passed(&mut self) {
        let due = |passed: &mut Passed| passed.until.is_some_and(|at| at <= Instant::now());
        if let Some(passed) = self.passed_on.take_if(due) {
            self.stop(Reason::Signal(passed.number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_ctrl_c_may_be_answered_for_ever() {
        let now = Instant::now();
        let ctrl_c = Passed::new(INTERRUPT, now);
        assert_eq!(ctrl_c.until, None);
        assert!(ctrl_c.covers(INTERRUPT) && !ctrl_c.covers(15));
        let hangup = Passed::new(1, now);
        assert_eq!(hangup.until, Some(now));
        assert!(hangup.covers(1) && hangup.covers(INTERRUPT) && hangup.covers(15));
    }
}
