//! What holds for every session, whatever happens in it: checked against a world that starts,
//! hangs, fails and dies as a list of random numbers says.

use std::time::Duration;

use proptest::prelude::*;

use super::tests::{fleet, ms, service, task};
use super::*;
use crate::service::{Health, HealthCheck, Probe};

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
        let input = match choice % 9 {
            0 => Input::StopOne(id),
            1 => Input::StartOne(id),
            2 => Input::RestartOne(id, Why::Asked),
            3 => Input::RestartOne(id, Why::File("a.py".to_owned())),
            4 => Input::Checked(id, Err("no".to_owned())),
            5 => Input::Checked(id, Ok(())),
            6 => Input::Alive(id),
            7 => Input::Stalled(id),
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

    fn run(&mut self, ordered: bool) {
        for step in 0..10_000 {
            self.step = step;
            let input = self.open.pop().unwrap_or(Input::Tick);
            if input == Input::Tick {
                let wake = self.fleet.wake_at();
                self.now = wake.map_or(self.now + ms(10), |at| at.max(self.now));
            }
            self.take(input);
            if let Some(reason) = self.fleet.stopping() {
                let start = *self.stopped_at.get_or_insert(self.now);
                let most = u32::try_from(self.children.len() + 1).expect("few");
                assert!(
                    self.now <= start + Duration::from_secs(5) * most,
                    "{reason:?} takes too long"
                );
            }
            if self.fleet.outcome().is_some() {
                assert!(self.children.iter().all(|child| !child.alive), "survivors");
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

fn simulate(choices: &[u8], count: usize, until_ready: bool, ordered: bool) {
    let policy = Policy {
        until_ready,
        keep_going: choices.len().is_multiple_of(2),
        timeout: Some(ms(60_000)),
        seed: choices.len() as u64,
    };
    let mut world = World {
        choices,
        fleet: fleet(services(choices, count), policy),
        children: vec![Child::default(); count],
        starts: vec![0; count],
        now: Duration::ZERO,
        step: 0,
        open: vec![Input::Begin],
        stopped_at: None,
    };
    world.run(ordered);
}

proptest! {
    #[test]
    fn every_session_ends_and_never_has_two_processes_of_a_service(choices in proptest::collection::vec(any::<u8>(), 1..60), count in 1_usize..6, until_ready: bool) {
        simulate(&choices, count, until_ready, false);
    }

    #[test]
    fn that_holds_with_any_orders_for_single_services(choices in proptest::collection::vec(any::<u8>(), 1..60), count in 1_usize..6) {
        simulate(&choices, count, false, true);
    }
}
