//! What comes of a service whose process has ended.

use std::time::Duration;

use super::machine::Next;
use super::message::{Effect, Notice, Reason, Rest};
use super::{Ending, Fleet, Id, Restart, State};

impl Fleet {
    pub(super) fn ended(
        &mut self,
        now: Duration,
        id: Id,
        ending: Ending,
        effects: &mut Vec<Effect>,
    ) {
        let is_guest = self.is_guest(id);
        let grace = self.services[id].stop.grace;
        let machine = &mut self.machines[id];
        if !machine.state.is_live() || matches!(machine.state, State::Sweeping(_)) {
            return;
        }
        machine.pid = None;
        machine.ending = Some(ending);
        machine.ended_at = now;
        let ran = now.saturating_sub(machine.since);
        let was_killed = machine.state == State::Stopping(None);
        let had_said_so = matches!(machine.state, State::Stopping(_)) && machine.asked.is_none();
        machine.judged = Some((ending, machine.succeeds(&self.services[id], ending)));
        machine.state = State::Sweeping(ending);
        // A line for the shell is often led by a shell, which the signal ends at once.
        let asked = machine.asked.or(is_guest.then_some(now));
        machine.rest_until = asked
            .filter(|_| !was_killed)
            .map(|asked| asked.saturating_add(grace));
        let rest = match machine.rest_until {
            Some(_) => Rest::Patient,
            None => Rest::Brief,
        };
        self.note_guest(id, ending);
        if self.machines[id].asked.is_some() {
            // It has stopped when nothing of it is left.
        } else if self.is_expected(id, ending) && self.succeeds(id, ending) {
            self.machines[id].ready_after = Some(ran);
            effects.push(Effect::Notice(Notice::Completed(id, ran)));
        } else if self.is_guest(id) && ending.is_success() {
            effects.push(Effect::Notice(Notice::Completed(id, ran)));
        } else if self.succeeds(id, ending) && (had_said_so || self.is_in_order(id, ending)) {
            effects.push(Effect::Notice(Notice::Finished(id, ending, ran)));
        } else {
            effects.push(Effect::Notice(Notice::Died(id, ending, ran)));
        }
        effects.push(Effect::Sweep(id, rest));
    }

    /// Whether an end with success is as somebody said that it may be. Where nobody did, and the session
    /// goes with it, it comes as a surprise: what is known of it is shown.
    fn is_in_order(&self, id: Id, ending: Ending) -> bool {
        self.services[id].restart != Restart::Never
            || self.policy.keep_going
            || !ending.is_success()
    }

    /// Takes note that a service has ended, and nobody counted on that. The first failure counts: what
    /// ended with success is none as soon as there is another.
    pub(super) fn note_failure(&mut self, id: Id, ending: Ending) {
        let is_first = self
            .failed
            .is_none_or(|(_, first)| first.is_success() && !ending.is_success());
        if is_first {
            self.failed = Some((id, ending));
        }
    }

    /// What became of a service counts no more: it is started again, or nobody wants it. Others may have
    /// failed, too.
    pub(super) fn forgive(&mut self, id: Id) {
        if self.failed.is_none_or(|(failed, _)| failed != id) {
            return;
        }
        self.failed = None;
        for other in (0..self.machines.len()).filter(|other| *other != id) {
            let machine = &self.machines[other];
            if let State::Ended(ending) = machine.state
                && !machine.stalled
                && !self.is_expected(other, ending)
            {
                self.note_failure(other, self.counted(other, ending));
            }
        }
    }

    /// An end as the session counts it: what ended as it may is no failure, whatever the number, and
    /// what had to be ended is one.
    fn counted(&self, id: Id, ending: Ending) -> Ending {
        match self.machines[id].condemned {
            // How it answered our own signal says nothing.
            Some(_) => Ending::Aborted,
            None if self.succeeds(id, ending) => Ending::Code(0),
            None => ending,
        }
    }

    /// Nothing of a service is left.
    pub(super) fn gone(&mut self, now: Duration, id: Id, effects: &mut Vec<Effect>) {
        if let State::Sweeping(ending) = self.machines[id].state {
            if let Some(asked) = self.machines[id].asked {
                let took = now.saturating_sub(asked);
                effects.push(Effect::Notice(Notice::Stopped(id, took)));
            }
            self.machines[id].rest_until = None;
            self.over(now, id, ending, effects);
        }
    }

    /// A service is over: what now?
    pub(super) fn over(
        &mut self,
        now: Duration,
        id: Id,
        ending: Ending,
        effects: &mut Vec<Effect>,
    ) {
        let expected = self.is_expected(id, ending);
        let success = self.succeeds(id, ending);
        let service = &self.services[id];
        let machine = &mut self.machines[id];
        let asked = machine.asked.take().is_some();
        let next = std::mem::replace(&mut machine.next, Next::AsPolicy);
        machine.state = State::Ended(ending);
        machine.ending = Some(ending);
        machine.stalled = false;
        if self.reason.is_some() {
            return;
        }
        let again = match next {
            Next::Stay => {
                machine.state = State::Stopped;
                return self.dismissed(id, asked.then_some(ending), effects);
            }
            Next::Again => {
                machine.begin_anew();
                return self.tell_of_health(id, effects);
            }
            Next::AsFailed => service.restart != Restart::Never,
            // It did not get ready. That was said when its time was over, and is still so where another
            // failure, which came first, has been forgiven since.
            Next::AsPolicy if asked => {
                if machine.condemned.is_some() && !expected {
                    self.note_failure(id, self.counted(id, ending));
                }
                if self.is_guest(id) {
                    self.stop(Reason::Service(id), effects);
                }
                return;
            }
            Next::AsPolicy => match service.restart {
                _ if service.kind.is_task() && success => false,
                Restart::Never => false,
                Restart::OnFailure => !success,
                Restart::Always => true,
            },
        };
        if again && self.try_again(now, id, success, effects) {
            return;
        }
        if expected {
            return;
        }
        if self.is_to_await(now, id, success) {
            self.machines[id].stalled = true;
            effects.push(Effect::Await(id));
            return;
        }
        self.note_failure(id, self.counted(id, ending));
        if !self.policy.keep_going || self.is_guest(id) {
            self.stop(Reason::Service(id), effects);
        } else if self.machines.iter().any(|other| other.state.is_live()) {
            effects.push(Effect::Left(id));
        }
    }

    /// Whether a service that has ended is kept for the next change. Who saves a file that cannot work
    /// mends it with the next one, and is not to lose the session over it; one whose start somebody
    /// asked for has failed. Of a service without a check nobody knows whether it was ready: one that
    /// fails at once was not.
    fn is_to_await(&self, now: Duration, id: Id, success: bool) -> bool {
        let (service, machine) = (&self.services[id], &self.machines[id]);
        let ran = now.saturating_sub(machine.since);
        let was_ready = match service.ready.probe {
            Some(_) => machine.ready_after.is_some(),
            None => success || ran >= service.back_off.stable,
        };
        machine.for_a_save && !was_ready && !self.policy.until_ready && !self.is_guest(id)
    }

    /// Starts a service again in a while, unless it has failed too often: an end with success is
    /// no failure.
    fn try_again(
        &mut self,
        now: Duration,
        id: Id,
        success: bool,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let patience = self.services[id].back_off;
        let chance = self.draw();
        let machine = &mut self.machines[id];
        let stable = now.saturating_sub(machine.since) >= patience.stable;
        machine.for_a_save &= !stable;
        machine.failures = match (success, stable) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => machine.failures + 1,
        };
        if patience
            .limit
            .is_some_and(|limit| machine.failures >= limit && !success)
        {
            effects.push(Effect::Notice(Notice::CrashLoop(id)));
            return false;
        }
        let wait = patience.wait(machine.failures, chance);
        machine.state = State::BackOff(now.saturating_add(wait));
        effects.push(Effect::Notice(Notice::Restarting(id, wait)));
        true
    }

    /// Draws a number from the seed (xorshift of Marsaglia, with the constant of Vigna).
    fn draw(&mut self) -> u8 {
        let mut x = self.chance | 1;
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.chance = x;
        x.wrapping_mul(0x2545_F491_4F6C_DD1D).to_be_bytes()[0]
    }
}
