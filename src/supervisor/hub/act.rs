//! Does what the machine says.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use super::super::attend::{Reading, attend, wait_for};
use super::super::heed::heed;
use super::super::home::Home;
use super::super::news::{Launched, News};
use super::super::pause::Pause;
use super::super::probe::{self, Subject};
use super::super::stall::Stall;
use super::super::sweep;
use super::watch::{AWAY, away};
use super::{Hub, hear};
use crate::service::endpoint::Endpoint;
use crate::service::event::Event;
use crate::service::fleet::{Id, Input, Rest, State};
use crate::service::{Ending, Probe, StopScope};
use crate::system::celery;
use crate::system::process::{self, Bound, Census, Spec, Tree};

/// A service that a command is stopping.
pub(super) struct Commanded {
    /// The command's process, unless it could not be started.
    pub(super) pid: Option<u32>,
    /// How its process ended, if it has while the command runs.
    meanwhile: Option<Ending>,
    /// Whether the service was killed before the command was done, and the command with it.
    is_cut_short: bool,
}

impl Hub {
    pub(super) fn launch(&mut self, id: Id) {
        let service = self.fleet.services()[id].clone();
        let (launcher, hub) = (self.launcher.clone(), self.sender.clone());
        // What a task left when it succeeded stayed for others: the next run leaves the same again.
        let ran_before = service.kind.is_task() && self.slots[id].run > 0;
        let rest = ran_before.then(|| self.tree(id));
        // A start would fail, and the session may end with it: `git checkout` takes a folder away for a
        // moment. The first time it is a mistake, and is told as such.
        let home = &self.launcher.home;
        let is_away = self.slots[id].run > 0 && !home.has(&service.cwd);
        if is_away {
            let line = away(home, &service);
            self.push(&Event::Trouble(&line));
        }
        let slot = &mut self.slots[id];
        slot.run += 1;
        slot.told = false;
        slot.commanded = None;
        let run = slot.run;
        slot.launching = Some(tokio::task::spawn_local(async move {
            if let Some(rest) = rest {
                sweep::clear(rest).await;
            }
            while is_away && !launcher.home.has(&service.cwd) {
                tokio::time::sleep(AWAY).await;
            }
            let result = launcher.launch(id, service, hub.clone()).await;
            let _ = hub.send(News::Launched(id, run, Box::new(result))).await;
        }));
    }

    pub(super) fn launched(&mut self, id: Id, result: Result<Launched, String>) {
        let slot = &mut self.slots[id];
        slot.launching = None;
        match result {
            Err(why) => self.input(Input::LaunchFailed(id, why)),
            Ok(launched) => {
                let pid = launched.child.id();
                slot.tree = Some(Tree {
                    leader: pid,
                    mark: self.launcher.mark(&self.fleet.services()[id]),
                    stamp: self.launcher.stamp(id),
                });
                let warnings = launched
                    .managed
                    .as_ref()
                    .map(|server| server.warnings.clone());
                slot.managed = launched.managed.map(Rc::new);
                let (run, hub) = (slot.run, self.sender.clone());
                (slot.cage, slot.refused) = (launched.cage, false);
                slot.hearing = launched.notify.map(|socket| {
                    tokio::task::spawn_local(hear::listen(id, run, socket, hub.clone()))
                });
                match launched.output {
                    Some(output) => {
                        let pool = self.pool.clone();
                        tokio::task::spawn_local(attend(
                            id,
                            run,
                            launched.child,
                            output,
                            pool,
                            hub,
                        ));
                    }
                    None => {
                        tokio::task::spawn_local(wait_for(id, run, launched.child, hub));
                    }
                }
                if let (true, Some(passed), Some(tree)) =
                    (self.fleet.is_guest(id), self.passed_on, &slot.tree)
                {
                    process::pass_on(tree, passed.number);
                    slot.told = true;
                }
                if let Some(warnings) = warnings {
                    self.warn(id, &warnings);
                }
                self.input(Input::Launched(id, pid));
            }
        }
    }

    /// Says what people have to know of a server, and goes on saying it to whoever asks.
    fn warn(&mut self, id: Id, warnings: &[String]) {
        for warning in warnings {
            self.push(&Event::Trouble(warning));
        }
        let name = &self.fleet.services()[id].name;
        self.orders.warn(name, warnings);
    }

    pub(super) fn probe(&mut self, id: Id) {
        let Some(mut subject) = self.subject(id) else {
            return;
        };
        // Nobody answers, but somebody still takes connections: they would all be answered at once
        // when the server is back.
        if self.fleet.machine(id).stalled {
            let interval = &mut subject.service.ready.interval;
            *interval = (*interval).max(STALLED);
        }
        // What a service says by itself is heard, not asked for.
        if matches!(
            subject.service.ready.probe,
            Some(Probe::Log(_) | Probe::Notify)
        ) {
            return;
        }
        let (run, hub) = (self.slots[id].run, self.sender.clone());
        self.replace_probe(id, async move {
            let verdict = probe::until_ready(subject, id, run, &hub).await;
            let _ = hub.send(News::Verdict(id, run, verdict)).await;
        });
    }

    /// One check of a service at a time.
    fn replace_probe(&mut self, id: Id, task: impl Future<Output = ()> + 'static) {
        let new = tokio::task::spawn_local(task);
        if let Some(old) = self.slots[id].probing.replace(new) {
            old.abort();
        }
    }

    /// Begins to wait for ends below a service that is ready.
    pub(super) fn heed(&mut self, id: Id) {
        let tree = self.slots[id].tree.clone();
        let (Some(subject), Some(tree)) = (self.subject(id), tree) else {
            return;
        };
        if !matches!(subject.service.ready.probe, Some(Probe::Http(_))) {
            return;
        }
        let (run, hub) = (self.slots[id].run, self.sender.clone());
        let new = tokio::task::spawn_local(heed(subject, tree, id, run, hub));
        if let Some(old) = self.slots[id].heeding.replace(new) {
            old.abort();
        }
    }

    pub(super) fn monitor(&mut self, id: Id) {
        let Some(subject) = self.subject(id) else {
            return;
        };
        let Some(health) = subject.service.health.clone() else {
            return;
        };
        let (run, hub) = (self.slots[id].run, self.sender.clone());
        self.replace_probe(id, probe::monitor(subject, health, id, run, hub));
    }

    fn subject(&self, id: Id) -> Option<Subject> {
        let slot = &self.slots[id];
        let services = self.fleet.services();
        let service = services[id].clone();
        let others = (0..services.len()).filter(|other| *other != id);
        Some(Subject {
            spec_env: self.launcher.environment(&service),
            tree: slot.tree.clone()?,
            others: others
                .map(|other| (services[other].name.clone(), self.tree(other)))
                .collect(),
            service,
            session: self.launcher.session.clone(),
            managed: slot.managed.clone(),
        })
    }

    /// All that came and comes of a service, also when no process of it is known.
    fn tree(&self, id: Id) -> Tree {
        self.slots[id].tree.clone().unwrap_or_else(|| Tree {
            leader: 0,
            mark: self.launcher.mark(&self.fleet.services()[id]),
            stamp: self.launcher.stamp(id),
        })
    }

    /// Asks a service to end. One that is still being prepared is called off: it has no process yet.
    pub(super) fn ask(&mut self, id: Id) -> Option<Input> {
        let slot = &self.slots[id];
        let Some(tree) = &slot.tree else {
            return self.call_off(id);
        };
        let service = &self.fleet.services()[id];
        let Some(command) = service.stop.command.clone() else {
            // Whoever stops warm answers no more: what it is busy with is asked before.
            match &service.ready.probe {
                Some(Probe::Celery(brokers)) if self.fleet.machine(id).ready_after.is_some() => {
                    let (run, hub) = (slot.run, self.sender.clone());
                    tokio::task::spawn_local(busy(id, run, brokers.clone(), tree.clone(), hub));
                }
                _ => self.signal(id),
            }
            return None;
        };
        let mut env = self.launcher.environment(service);
        env.insert("MAINPID".to_owned(), tree.leader.to_string());
        let mut spec = Spec {
            command,
            cwd: service.cwd.clone(),
            env,
            account: None,
            bound: Bound::default(),
            stamp: None,
        };
        spec.mark(
            &self.launcher.session,
            &service.name,
            self.launcher.stamp(id),
        );
        let (run, hub, pool) = (slot.run, self.sender.clone(), self.pool.clone());
        // What it names there may be somebody else's by now.
        let spawned = if self.launcher.home.is_strange(&spec.cwd) {
            Err(io::Error::other(format!(
                "{} {}",
                spec.cwd,
                Home::fate(&spec.cwd)
            )))
        } else {
            process::spawn(&spec)
        };
        let pid = spawned.as_ref().ok().map(|(child, _)| child.id());
        tokio::task::spawn_local(async move {
            let (mut child, output) = match spawned {
                Ok(spawned) => spawned,
                Err(error) => {
                    let stopped = Err(error.to_string());
                    let _ = hub.send(News::StopRan(id, run, stopped)).await;
                    return;
                }
            };
            let mut reading = Reading::new(id, output, pool, hub.clone());
            // Its own end counts: what it leaves in the background may hold its output open.
            let stopped = match reading.until_end(&mut child).await {
                Ok(ending) if ending.is_success() => Ok(()),
                Ok(ending) => Err(format!("`{}` ended with {ending}", spec.command.masked())),
                Err(error) => Err(error.to_string()),
            };
            let _ = hub.send(News::StopRan(id, run, stopped)).await;
            reading.rest().await;
        });
        self.slots[id].commanded = Some(Commanded {
            pid,
            meanwhile: None,
            is_cut_short: false,
        });
        None
    }

    /// A service's process has ended. While a command stops it that command has its time: it may
    /// have more to do, and would be swept away with the rest of the service.
    pub(super) fn process_ended(&mut self, id: Id, ending: Ending) {
        match &mut self.slots[id].commanded {
            Some(commanded) => commanded.meanwhile = Some(ending),
            None => self.ended(id, ending),
        }
    }

    fn ended(&mut self, id: Id, ending: Ending) {
        self.finish_line(id);
        self.ask_if_refused(id);
        let slot = &mut self.slots[id];
        (slot.pause, slot.showing) = (Pause::STEADY, Pause::GROWING);
        slot.stall = Stall::default();
        let tasks = [&mut slot.probing, &mut slot.hearing, &mut slot.heeding];
        for task in tasks.into_iter().filter_map(Option::take) {
            task.abort();
        }
        if self.fleet.is_guest(id) {
            process::take_terminal_back();
        }
        self.input(Input::Ended(id, ending));
    }

    /// The command that was to stop a service has ended. One that failed is no answer: the service
    /// is asked as others are.
    pub(super) fn stop_ran(&mut self, id: Id, stopped: &Result<(), String>) {
        let commanded = self.slots[id].commanded.take();
        let is_cut_short = commanded.as_ref().is_some_and(|it| it.is_cut_short);
        let meanwhile = commanded.and_then(|commanded| commanded.meanwhile);
        if let Err(why) = stopped {
            let service = &self.fleet.services()[id];
            let name = &service.name;
            let line = match meanwhile {
                // Whatever ended it then was us.
                _ if is_cut_short => {
                    format!("the stop command of {name} was not done when {name} was killed")
                }
                Some(_) => format!("the stop command of {name} failed: {why}"),
                None => {
                    let signal = service.stop.signal.as_str();
                    format!("the stop command of {name} failed: {why}; {signal} follows")
                }
            };
            let line = self.secrets.mask_text(&line);
            self.push(&Event::Trouble(&line));
        }
        match meanwhile {
            Some(ending) => self.ended(id, ending),
            None if stopped.is_err() && !is_cut_short => self.signal(id),
            None => {}
        }
    }

    /// Sends a service the signal by which it stops.
    pub(super) fn signal(&mut self, id: Id) {
        let stop = &self.fleet.services()[id].stop;
        let slot = &mut self.slots[id];
        if let Some(tree) = &slot.tree {
            process::ask(tree, stop.signal, stop.scope);
            slot.told = stop.scope == StopScope::Group;
        }
    }

    fn call_off(&mut self, id: Id) -> Option<Input> {
        let slot = &mut self.slots[id];
        slot.launching.take()?.abort();
        // Should it come to life all the same, that is old news.
        slot.run += 1;
        Some(Input::Ended(id, Ending::Aborted))
    }

    pub(super) fn kill(&mut self, id: Id, census: &mut Option<Census>) -> Option<Input> {
        self.sweeper.hurry(id);
        if let Some(commanded) = &mut self.slots[id].commanded {
            commanded.is_cut_short = true;
        }
        match &self.slots[id].tree {
            Some(tree) => {
                let census = census.get_or_insert_with(process::census);
                process::kill_all(&census.members(tree));
                None
            }
            None => self.call_off(id),
        }
    }

    pub(super) fn sweep(&mut self, id: Id, rest: Rest) {
        // A start that was called off may have got as far as a process: its mark finds it.
        let mut tree = self.tree(id);
        self.slots[id].tree = None;
        // A task may be there to start something: podman's containers hang on a daemon that has no
        // environment. Such a one stays for those who wait for the task, and goes with its next run or
        // with the session.
        let service = &self.fleet.services()[id];
        if let State::Sweeping(ending) = self.fleet.machine(id).state
            && service.kind.is_task()
            && self.fleet.succeeds(id, ending)
        {
            tree.stamp = None;
        }
        let told = self.slots[id].told;
        self.sweeper.add(id, tree, told, rest);
    }
}

/// Time between two questions to a service whose server is gone until somebody mends the code.
const STALLED: Duration = Duration::from_secs(3);

/// A worker that has not said within this time what it is busy with is asked to stop all the same.
const ANSWER: Duration = Duration::from_millis(60);

/// Reports which tasks a Celery worker runs.
async fn busy(id: Id, run: u32, brokers: Vec<Endpoint>, tree: Tree, hub: Sender<News>) {
    // It uses one of them.
    let mut asked = tokio::task::JoinSet::new();
    for broker in brokers {
        asked.spawn(async move { celery::inspect_active(&broker, ANSWER).await });
    }
    let mut tasks = Vec::new();
    while let Some(said) = asked.join_next().await {
        tasks.extend(said.into_iter().flatten().flatten());
    }
    let own = if tasks.is_empty() {
        Vec::new()
    } else {
        process::census().members(&tree)
    };
    // Others may have workers at the same broker.
    let is_own = |pid: u32| own.iter().any(|process| process.pid == pid);
    let names = tasks
        .into_iter()
        .filter(|task| task.pid.is_none_or(is_own))
        .map(|task| task.name);
    let _ = hub.send(News::Busy(id, run, names.collect())).await;
}
