//! The hub: everything that happens, in one order.

mod act;
mod answer;
mod bound;
mod environment;
mod hear;
mod linger;
mod order;
mod orphans;
mod output;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::{JoinHandle, LocalSet};
use tokio::time::Instant;

use crate::service::Plan;
use crate::service::event::{Event, Scene, Sink};
use crate::service::fleet::{Effect, Fleet, Input, Notice, Outcome, Policy, Reason};
use crate::service::lines::Lines;
use crate::system::chaos;
use crate::system::footprint;
use crate::system::guard::{Link, Order};
use crate::system::process::{self, Cage, Tree};
use crate::text::Secrets;

use super::chunk::Pool;
use super::control::{Control, Desk, Orders};
use super::environment::EnvFiles;
use super::home::Home;
use super::launch::Launcher;
use super::managed;
use super::news::{News, Verdict};
use super::pause::Pause;
use super::rest::Rest;
use super::stall::Stall;
use super::sweep::Sweeper;
use bound::Count;
use environment::Watched;
use order::Passed;
use watch::Touched;

/// Chunks of output on their way to the hub: a full channel makes readers wait, and thereby children.
const CHANNEL: usize = 16;

/// After so many chunks in a row the hub looks whether anything else has happened.
const IN_A_ROW: usize = 4;

/// A guard that died took our parent with it: nobody may be left two seconds later.
const WITHOUT_GUARD: Duration = Duration::from_millis(800);

/// After an order to end, a second one within this time is the same key press.
const BOUNCE: Duration = Duration::from_millis(80);

/// What a session needs to know beside its plan.
pub struct Session {
    /// Its mark, in the environment of every process.
    pub mark: String,
    /// The workspace's folder.
    pub root: Utf8PathBuf,
    /// The environment that a service inherits, by tier; the empty name for services without one.
    pub environments: BTreeMap<String, BTreeMap<String, String>>,
    /// What the machine offers for managed servers.
    pub surroundings: managed::Surroundings,
    /// Is told when nobody reads any more what the session prints.
    pub reader_gone: Arc<Notify>,
    /// Where a guest prints, when that is not our own stdout any more.
    pub guest_output: Option<std::fs::File>,
    /// What must never be shown: no line is cut where one stands.
    pub secrets: Secrets,
    /// A service that says nothing of it may have so many processes: more is no intention.
    pub most: u32,
    /// Env files that are read again when they change, and the settings.
    pub env_files: Option<Arc<dyn EnvFiles>>,
}

/// Runs a plan until everything has ended; how it ended, and how many bytes of output nobody took.
pub async fn run(
    plan: &Plan,
    policy: Policy,
    session: Session,
    link: Link,
    control: Control,
    sinks: Vec<Box<dyn Sink>>,
) -> (Outcome, u64) {
    let local = LocalSet::new();
    local
        .run_until(async {
            let (server, desk, orders) = control.open();
            let hub = Hub::new(plan, policy, session, orders, sinks);
            // A task beside those that read for it: what they hand over it takes before the
            // runtime asks the system for more.
            let ended = tokio::task::spawn_local(hub.run(link, desk)).await;
            server.end().await;
            match ended {
                Ok(ended) => ended,
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        })
        .await
}

/// What the hub keeps of one service.
struct Slot {
    /// Counts its processes: news of an earlier one is old.
    run: u32,
    tree: Option<Tree>,
    launching: Option<JoinHandle<()>>,
    probing: Option<JoinHandle<()>>,
    hearing: Option<JoinHandle<()>>,
    heeding: Option<JoinHandle<()>>,
    /// The group of its process got the signal that its leader got.
    told: bool,
    /// The command that stops it runs.
    commanded: Option<act::Commanded>,
    lines: Lines,
    /// The silence after which an unfinished line is listened to.
    pause: Pause,
    /// The one after which it is shown.
    showing: Pause,
    stall: Stall,
    managed: Option<Rc<managed::Launch>>,
    cage: Option<Arc<Cage>>,
    /// Whether it was said that it is refused more processes.
    refused: bool,
    touched: Option<Touched>,
    /// The files that are there and concern it, where it is watched.
    known: BTreeSet<Utf8PathBuf>,
}

impl Default for Slot {
    fn default() -> Self {
        Self {
            run: 0,
            tree: None,
            launching: None,
            probing: None,
            hearing: None,
            heeding: None,
            told: false,
            commanded: None,
            lines: Lines::default(),
            pause: Pause::STEADY,
            showing: Pause::GROWING,
            stall: Stall::default(),
            managed: None,
            cage: None,
            refused: false,
            touched: None,
            known: BTreeSet::new(),
        }
    }
}

struct Hub {
    began: Instant,
    fleet: Fleet,
    slots: Vec<Slot>,
    launcher: Launcher,
    reader_gone: Arc<Notify>,
    secrets: Secrets,
    env: Watched,
    /// Other files are to be watched than before.
    rewatch: bool,
    count: Count,
    /// Ended processes that were not reaped at the last look.
    orphans: Vec<u32>,
    sinks: Vec<Box<dyn Sink>>,
    sender: Sender<News>,
    receiver: Receiver<News>,
    sweeper: Sweeper,
    pool: Pool,
    orders: Orders,
    ordered: Option<Instant>,
    kill_at: Option<Instant>,
    passed_on: Option<Passed>,
    rest: Rest,
}

impl Hub {
    fn new(
        plan: &Plan,
        policy: Policy,
        session: Session,
        orders: Orders,
        sinks: Vec<Box<dyn Sink>>,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(CHANNEL);
        let fleet = Fleet::new(plan, policy);
        let slots = fleet.services().iter().map(|_| Slot::default()).collect();
        let launcher = Launcher {
            session: session.mark,
            home: Home::of(session.root),
            surroundings: session.surroundings,
            environments: Rc::new(session.environments),
            guest_output: session.guest_output.map(Rc::new),
            most: session.most,
        };
        Self {
            began: Instant::now(),
            fleet,
            slots,
            launcher,
            reader_gone: session.reader_gone,
            secrets: session.secrets,
            env: Watched::new(session.env_files),
            rewatch: false,
            count: Count::begin(),
            orphans: Vec::new(),
            sinks,
            sender,
            receiver,
            sweeper: Sweeper::default(),
            pool: Pool::default(),
            orders,
            ordered: None,
            kill_at: None,
            passed_on: None,
            rest: Rest::default(),
        }
    }

    async fn run(mut self, mut link: Link, mut desk: Desk) -> (Outcome, u64) {
        orphans::watch(self.sender.clone());
        let mut watcher = self.watch();
        let mut env_watcher = self.watch_env();
        self.input(Input::Begin);
        let (mut guarded, mut in_a_row) = (true, 0);
        let reader_gone = Arc::clone(&self.reader_gone);
        loop {
            if let Some(outcome) = self.fleet.outcome() {
                self.drain();
                let link = guarded.then_some(link);
                return (outcome, self.linger(outcome.reason, link, desk).await);
            }
            let wake = self.wake();
            // However much there is to read: what is due is done.
            if wake <= Instant::now() {
                self.tick();
            }
            tokio::select! {
                biased;
                // A line is on its way before anything else is looked at, a flood is not.
                Some(news) = self.receiver.recv(), if in_a_row < IN_A_ROW => {
                    in_a_row += 1;
                    self.news(news);
                }
                order = link.next(), if guarded => {
                    guarded = !matches!(order, Order::GuardDied | Order::KeeperDied);
                    self.order(order);
                }
                path = watch::next(&mut watcher) => self.touched(&path, &mut watcher),
                path = watch::next(&mut env_watcher) => self.env_touched(&path, &mut env_watcher),
                () = reader_gone.notified() => self.stop(Reason::OutputClosed),
                Some(asked) = desk.next() => {
                    self.rest.disturbed(Instant::now());
                    self.answer(asked);
                }
                () = std::future::ready(()), if in_a_row >= IN_A_ROW => in_a_row = 0,
                () = tokio::time::sleep_until(wake) => self.tick(),
            }
            if std::mem::take(&mut self.rewatch) {
                watcher = self.watch();
            }
            self.orders.look(&self.fleet, self.began.elapsed());
            if self.fleet.was_ready() {
                chaos::panic_in("hub");
            }
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn wake(&self) -> Instant {
        let machine = self
            .fleet
            .wake_at()
            .and_then(|at| self.began.checked_add(at));
        let far = Instant::now() + Duration::from_hours(1);
        let looks = self.slots.iter().flat_map(|slot| {
            let touched = slot.touched.as_ref().map(|touched| touched.due);
            [
                slot.pause.due(),
                slot.showing.due(),
                slot.stall.due(),
                touched,
            ]
        });
        let sinks = self.sinks.iter().filter_map(|sink| sink.due()).min();
        let sinks = sinks.and_then(|at| self.began.checked_add(at));
        let orders = self.orders.due();
        let orders = orders.and_then(|at| self.began.checked_add(at));
        [
            machine,
            orders,
            self.sweeper.due(),
            self.kill_at,
            self.passed_on.map(order::Passed::due),
            self.env.due(),
            self.count_due(),
            self.rest.due(),
            sinks,
        ]
        .into_iter()
        .chain(looks)
        .flatten()
        .min()
        .unwrap_or(far)
    }

    fn tick(&mut self) {
        if self.kill_at.is_some_and(|at| at <= Instant::now()) {
            self.kill_at = None;
            self.input(Input::Kill);
        }
        self.act_on_passed();
        for id in self.sweeper.pass() {
            self.slots[id].cage = None;
            self.input(Input::Gone(id));
        }
        for id in 0..self.slots.len() {
            self.look(id);
            self.renew_touched(id);
        }
        self.read_env();
        self.count_if_due();
        if self.rest.has_come(Instant::now()) {
            footprint::give_back_code();
        }
        let scene = Scene {
            now: self.now(),
            fleet: &self.fleet,
            last: None,
        };
        for sink in &mut self.sinks {
            sink.tick(scene);
        }
        self.input(Input::Tick);
    }

    fn news(&mut self, news: News) {
        match news {
            News::Output(id, bytes) => self.output(id, &bytes),
            News::Progress(id, line) => self.push(&Event::Progress(id, &line)),
            News::Launched(id, run, result) if run == self.slots[id].run => {
                self.launched(id, *result);
            }
            // It was called off when it had just come to life.
            News::Launched(_, _, result) => {
                if let Ok(launched) = *result {
                    let tree = Tree {
                        leader: launched.child.id(),
                        mark: String::new(),
                        stamp: None,
                    };
                    process::kill_all(&process::census().members(&tree));
                }
            }
            News::Ended(id, run, ending) if run == self.slots[id].run => {
                self.process_ended(id, ending);
            }
            News::Verdict(id, run, verdict) if run == self.slots[id].run => match verdict {
                Verdict::NotYet(why) => self.input(Input::Unready(id, why)),
                Verdict::Passed => self.input(Input::Passed(id)),
                Verdict::Broken(why) => self.input(Input::Broken(id, why)),
            },
            News::Checked(id, run, result) if run == self.slots[id].run => {
                self.input(Input::Checked(id, result));
            }
            News::Said(id, run, said) if run == self.slots[id].run => self.hear(id, said),
            News::StopRan(id, run, stopped) if run == self.slots[id].run => {
                self.stop_ran(id, &stopped);
            }
            News::Silent(id, run, ending) if run == self.slots[id].run => {
                if let Some(ending) = ending {
                    self.input(Input::ServerEnded(id, ending));
                }
                self.input(Input::Stalled(id));
            }
            News::Busy(id, run, tasks) if run == self.slots[id].run => {
                self.input(Input::Busy(id, tasks));
                self.signal(id);
            }
            News::EnvRead(reading) => {
                self.rest.disturbed(Instant::now());
                self.env_read(*reading);
            }
            News::Ended(..)
            | News::Verdict(..)
            | News::Checked(..)
            | News::Said(..)
            | News::Busy(..)
            | News::Silent(..)
            | News::StopRan(..) => {}
            News::Reap => {
                let waited_for = |slot: &Slot| {
                    let leader = slot.tree.as_ref().map(|tree| tree.leader);
                    let command = slot.commanded.as_ref().and_then(|it| it.pid);
                    [leader, command].into_iter().flatten()
                };
                let known: Vec<u32> = self.slots.iter().flat_map(waited_for).collect();
                self.orphans = process::reap_adopted(&known, &self.orphans);
                // Who forks and forgets is noticed here without having been looked for.
                self.count_if_many();
            }
        }
    }

    fn stop(&mut self, reason: Reason) {
        if self.fleet.stopping().is_none() {
            self.input(Input::Stop(reason));
        }
    }

    /// Feeds the machine and does what it says.
    fn input(&mut self, input: Input) {
        let effects = self.fleet.step(self.now(), input);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        let mut open = Vec::new();
        let mut census = None;
        for effect in effects {
            match effect {
                Effect::Notice(notice) => {
                    self.notice(&notice);
                    if let Notice::Ready(id, _) | Notice::Recovered(id) = notice {
                        self.heed(id);
                    }
                }
                Effect::Await(id) => self.awaits_change(id),
                Effect::Left(id) => self.left(id),
                Effect::Launch(id) => self.launch(id),
                Effect::Probe(id) => self.probe(id),
                Effect::Monitor(id) => self.monitor(id),
                Effect::Ask(id) => open.extend(self.ask(id)),
                // One look at the process table is enough for all of them.
                Effect::Kill(id) => open.extend(self.kill(id, &mut census)),
                Effect::Sweep(id, rest) => self.sweep(id, rest),
            }
        }
        for input in open {
            self.input(input);
        }
    }

    fn notice(&mut self, notice: &Notice) {
        self.push(&Event::Notice(notice));
        self.rest.disturbed(Instant::now());
        if matches!(notice, Notice::AllReady) {
            footprint::give_back_code();
        }
    }

    fn push(&mut self, event: &Event<'_>) {
        let now = self.now();
        let scene = Scene {
            now,
            fleet: &self.fleet,
            last: None,
        };
        for sink in &mut self.sinks {
            sink.accept(scene, event);
        }
        let troubles: Vec<String> = self
            .sinks
            .iter_mut()
            .filter_map(|sink| sink.trouble())
            .collect();
        for line in &troubles {
            for sink in &mut self.sinks {
                sink.accept(scene, &Event::Trouble(line));
            }
        }
    }
}
