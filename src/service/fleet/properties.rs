//! What holds for every session, whatever happens in it: checked against a world that starts,
//! hangs, fails and dies as a list of random numbers says.

use std::time::Duration;

use proptest::prelude::*;

use super::tests::{ms, service, task};
use super::*;
use crate::service::{Command, Health, HealthCheck, Probe, Selection};

/// The services that the numbers say: tasks, dependencies and restart policies of every kind.
fn services(choices: &[u8], count: usize) -> Vec<Service> {
    let names: Vec<String> = (0..count).map(|n| format!("s{n}")).collect();
    let choice = |n: usize| choices.get(n).copied().unwrap_or(0);
    (0..count)
        .map(|n| {
            let after: Vec<&str> = names[..n]
                .iter()
                .filter(|_| choice(n).is_multiple_of(3))
                .map(String::as_str)
                .collect();
            let mut one = if choice(n) % 7 == 1 {
                task(&names[n])
            } else {
                service(&names[n], &after)
            };
            one.health = choice(n).is_multiple_of(2).then(|| Health {
                check: if choice(n).is_multiple_of(4) {
                    HealthCheck::Ask(Probe::Tcp(1))
                } else {
                    HealthCheck::Watchdog(ms(700))
                },
                interval: ms(100),
                attempt: ms(100),
                failures: 1 + u32::from(choice(n) % 3),
            });
            for on in &mut one.after {
                if choice(n) % 2 == 1 {
                    on.condition = Condition::Started;
                }
            }
            one.restart = match choice(n) % 5 {
                0 => Restart::OnFailure,
                1 => Restart::Always,
                _ => Restart::Never,
            };
            one
        })
        .collect()
}

/// What the world knows of a service's processes, and what must hold for it.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is true or false by itself"
)]
struct Child {
    alive: bool,
    asked: Option<Duration>,
    killed: bool,
    /// Its leader has ended, and something of it is alive.
    outlived: bool,
    /// Stopped by hand, and nobody has started it since.
    held: bool,
    /// What was said of it since its start, of what is said only once.
    told: Vec<&'static str>,
}

struct World<'a> {
    choices: &'a [u8],
    fleet: Fleet,
    children: Vec<Child>,
    starts: Vec<u32>,
    now: Duration,
    step: usize,
    open: Vec<Input>,
    stopped_at: Option<Duration>,
    /// Whether somebody waits for all to be ready.
    awaited: bool,
}

/// Which service a notice is about that comes once in a start, and what it says.
fn once(notice: &Notice) -> Option<(Id, &'static str)> {
    Some(match notice {
        Notice::Ready(id, _) => (*id, "ready"),
        Notice::Completed(id, _) => (*id, "completed"),
        Notice::Finished(id, ..) => (*id, "finished"),
        Notice::Died(id, ..) => (*id, "died"),
        Notice::NotReady(id, _) => (*id, "not ready"),
        Notice::WaitingFor(id, _) => (*id, "waiting for"),
        Notice::Killing(id) => (*id, "killing"),
        _ => return None,
    })
}

impl World<'_> {
    fn choice(&self) -> u8 {
        let length = self.choices.len().max(1);
        self.choices
            .get(self.step % length)
            .copied()
            .unwrap_or(0)
            .wrapping_add(u8::try_from(self.step % 251).unwrap_or(0))
    }

    /// An order from outside, now and then.
    fn order(&mut self) {
        let choice = self.choice();
        let id = usize::from(choice) % self.children.len();
        let input = match choice % 10 {
            0 => Input::StopOne(id),
            1 => Input::StartOne(id),
            2 => Input::RestartOne(id, Why::Asked),
            3 => Input::RestartOne(id, Why::File("a.py".to_owned())),
            4 => Input::Checked(id, Err("no".to_owned())),
            5 => Input::Checked(id, Ok(())),
            6 => Input::Alive(id),
            7 => Input::Stalled(id),
            8 => Input::Broken(id, "no".to_owned()),
            _ => return,
        };
        self.open.push(input);
    }

    fn take(&mut self, input: Input) {
        // Somebody's word lifts what somebody said before; a start takes others with it.
        match &input {
            Input::StartOne(_) | Input::RestartOne(_, Why::Asked) => {
                for child in &mut self.children {
                    child.held = false;
                }
            }
            Input::StopOne(id) if !matches!(self.fleet.machine(*id).state, State::Ended(_)) => {
                self.children[*id].held = true;
            }
            _ => {}
        }
        let choice = self.choice();
        for effect in self.fleet.step(self.now, input) {
            self.perform(&effect, choice);
        }
    }

    fn perform(&mut self, effect: &Effect, choice: u8) {
        if let Effect::Notice(notice) = effect
            && let Some((id, word)) = once(notice)
        {
            let told = &mut self.children[id].told;
            assert!(!told.contains(&word), "told twice: {notice:?}");
            told.push(word);
        }
        match *effect {
            Effect::Launch(id) => {
                assert!(self.fleet.stopping().is_none(), "a start while stopping");
                let child = &mut self.children[id];
                assert!(!child.alive, "a second process of one service");
                assert!(!child.held, "a start of what was stopped by hand");
                let starts = !choice.is_multiple_of(11);
                *child = Child {
                    alive: starts,
                    ..Child::default()
                };
                self.open.push(if starts {
                    Input::Launched(id, 1)
                } else {
                    Input::LaunchFailed(id, "no".to_owned())
                });
            }
            Effect::Probe(id) if !choice.is_multiple_of(4) => self.open.push(Input::Passed(id)),
            Effect::Ask(id) => {
                let child = &mut self.children[id];
                assert!(child.asked.is_none(), "asked twice");
                child.asked = Some(self.now);
                // Some end when they are asked, some only when they are killed.
                if choice.is_multiple_of(2) {
                    self.open.push(Input::Ended(id, Ending::Code(0)));
                }
            }
            Effect::Kill(id) => {
                let grace = self.fleet.services()[id].stop.grace;
                let child = &mut self.children[id];
                assert!(
                    child.asked.is_some_and(|asked| self.now >= asked + grace),
                    "killed before its time"
                );
                assert!(!child.killed, "killed twice");
                child.killed = true;
                self.open.push(if std::mem::take(&mut child.outlived) {
                    child.alive = false;
                    Input::Gone(id)
                } else {
                    Input::Ended(id, Ending::Signal(9))
                });
            }
            Effect::Notice(Notice::Restarting(id, wait)) => {
                let patience = self.fleet.services()[id].back_off;
                assert!(
                    wait >= patience.delay && wait <= patience.longest,
                    "back-off out of bounds"
                );
            }
            Effect::Notice(Notice::Starting(id)) => {
                let machine = self.fleet.machine(id);
                assert_eq!(
                    self.starts[id], machine.restarts,
                    "starts are not counted as they are"
                );
                self.starts[id] += 1;
            }
            Effect::Sweep(id, rest) => {
                let child = &mut self.children[id];
                assert!(
                    rest == Rest::Brief || !child.killed,
                    "time for what was killed"
                );
                // Some have children that are as hard to end as they are.
                // A guest's own end is an order to end for what it leaves.
                if self.fleet.is_guest(id) {
                    child.asked.get_or_insert(self.now);
                }
                child.outlived = child.alive && rest == Rest::Patient && choice.is_multiple_of(3);
                child.alive = child.outlived;
                if !child.outlived {
                    self.open.push(Input::Gone(id));
                }
            }
            Effect::Notice(Notice::Stopped(id, _)) => {
                assert!(!self.children[id].alive, "stopped, and something lives");
            }
            _ => {}
        }
    }

    /// Processes that end by themselves.
    fn die(&mut self) {
        let choice = self.choice();
        let id = usize::from(choice) % self.children.len();
        if self.children[id].outlived {
            if choice.is_multiple_of(2) {
                let child = &mut self.children[id];
                (child.outlived, child.alive) = (false, false);
                self.open.push(Input::Gone(id));
            }
        } else if self.children[id].alive && self.fleet.machine(id).state.is_live() {
            self.open
                .push(Input::Ended(id, Ending::Code(i32::from(choice % 3))));
        }
    }

    /// Whoever waits for all to be ready waits for something that may come by itself.
    fn is_moving(&self) {
        let runs_already =
            |id: Id| self.fleet.is_guest(id) && self.fleet.machine(id).state == State::Ready;
        let is_on_the_way = |id: Id| {
            let machine = self.fleet.machine(id);
            let is_idle = machine.state.is_over() || machine.state == State::Waiting;
            runs_already(id)
                || machine.awaits_change()
                || !(is_idle || machine.state == State::Ready)
        };
        assert!(
            self.fleet.stopping().is_some() || (0..self.children.len()).any(is_on_the_way),
            "somebody waits for ever: {:?}",
            self.fleet
        );
    }

    /// A session that nobody ended has failed where one of its services has.
    fn is_counted(&self, outcome: Outcome) {
        let has_failed = |id: Id| match self.fleet.machine(id).state {
            State::Ended(ending) => {
                !self.fleet.succeeds(id, ending) && !self.fleet.is_expected(id, ending)
            }
            _ => false,
        };
        if outcome.reason.is_none() && (0..self.children.len()).any(has_failed) {
            let failed = outcome.failed.filter(|(_, ending)| !ending.is_success());
            assert!(failed.is_some(), "no failure: {:?}", self.fleet);
        }
    }

    fn run(&mut self, ordered: bool) {
        for step in 0..10_000 {
            self.step = step;
            let input = self.open.pop().unwrap_or(Input::Tick);
            let is_tick = input == Input::Tick;
            if is_tick {
                let wake = self.fleet.wake_at();
                if wake.is_none() && self.awaited {
                    self.is_moving();
                }
                self.now = wake.map_or(self.now + ms(10), |at| at.max(self.now));
            }
            self.take(input);
            assert!(
                !is_tick || self.fleet.wake_at().is_none_or(|at| at > self.now),
                "what is due is never done: {:?}",
                self.fleet
            );
            if let Some(reason) = self.fleet.stopping() {
                let start = *self.stopped_at.get_or_insert(self.now);
                let most = u32::try_from(self.children.len() + 1).expect("few");
                assert!(
                    self.now <= start + Duration::from_secs(5) * most,
                    "{reason:?} takes too long"
                );
            }
            if let Some(outcome) = self.fleet.outcome() {
                assert!(self.children.iter().all(|child| !child.alive), "survivors");
                self.is_counted(outcome);
                return;
            }
            if self.open.is_empty() && step % 13 == 0 {
                self.die();
            }
            if ordered && self.open.is_empty() && step % 5 == 0 {
                self.order();
            }
            if step == 300 {
                self.open.push(Input::Stop(Reason::Asked));
            }
        }
        panic!("the session never ends: {:?}", self.fleet);
    }
}

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    Run,
    UntilReady,
    Guest,
}

fn simulate(choices: &[u8], count: usize, aim: Aim, ordered: bool) {
    let policy = Policy {
        until_ready: aim == Aim::UntilReady,
        keep_going: choices.len().is_multiple_of(2),
        timeout: (!ordered).then_some(ms(60_000)),
        seed: choices.len() as u64,
    };
    let services = services(choices, count);
    let mut plan = Plan::new(services, &Selection::default()).expect("a sound plan");
    if aim == Aim::Guest {
        let kind = Kind::Guest(Command::Exec(Vec::new()));
        plan = plan.with_guest(Service::new("exec", kind, "/".into()));
    }
    let fleet = Fleet::new(&plan, policy);
    let count = fleet.services().len();
    let mut world = World {
        choices,
        fleet,
        children: vec![Child::default(); count],
        starts: vec![0; count],
        now: Duration::ZERO,
        step: 0,
        open: vec![Input::Begin],
        stopped_at: None,
        awaited: aim != Aim::Run,
    };
    world.run(ordered);
}

fn aim() -> impl Strategy<Value = Aim> {
    prop_oneof![Just(Aim::Run), Just(Aim::UntilReady), Just(Aim::Guest)]
}

proptest! {
    #[test]
    fn every_session_ends_and_never_has_two_processes_of_a_service(choices in proptest::collection::vec(any::<u8>(), 1..60), count in 1_usize..6, aim in aim()) {
        simulate(&choices, count, aim, false);
    }

    #[test]
    fn that_holds_with_any_orders_for_single_services(choices in proptest::collection::vec(any::<u8>(), 1..60), count in 1_usize..6, aim in aim()) {
        simulate(&choices, count, aim, true);
    }
}
