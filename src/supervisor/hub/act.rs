//! Does what the machine says.

use super::super::news::News;
use super::super::probe::{self, Subject};
use super::Hub;
use crate::service::Ending;
use crate::service::fleet::{Id, Input};
use crate::system::process::{self, Tree};

impl Hub {
    pub(super) fn launch(&mut self, id: Id) {
        let service = self.fleet.services()[id].clone();
        let (launcher, hub) = (self.launcher.clone(), self.sender.clone());
        let slot = &mut self.slots[id];
        slot.run += 1;
        let run = slot.run;
        slot.launching = Some(tokio::task::spawn_local(async move {
            let result = launcher.launch(id, service, hub.clone()).await;
            let _ = hub.send(News::Launched(id, run, Box::new(result))).await;
        }));
    }

    pub(super) fn probe(&mut self, id: Id) {
        let slot = &mut self.slots[id];
        let Some(tree) = &slot.tree else { return };
        let service = self.fleet.services()[id].clone();
        let spec_env = self.launcher.environment(&service);
        let subject = Subject {
            service,
            leader: tree.leader,
            managed: slot.managed.clone(),
            spec_env,
        };
        let (run, hub) = (slot.run, self.sender.clone());
        slot.probing = Some(tokio::task::spawn_local(async move {
            let verdict = probe::until_ready(subject).await;
            let _ = hub.send(News::Verdict(id, run, verdict)).await;
        }));
    }

    /// Asks a service to end. One that is still being prepared is called off: it has no process yet.
    pub(super) fn ask(&mut self, id: Id) -> Option<Input> {
        let stop = self.fleet.services()[id].stop;
        match &self.slots[id].tree {
            Some(tree) => {
                process::ask(tree, stop.signal, stop.scope);
                None
            }
            None => self.call_off(id),
        }
    }

    fn call_off(&mut self, id: Id) -> Option<Input> {
        let slot = &mut self.slots[id];
        slot.launching.take()?.abort();
        // Should it come to life all the same, that is old news.
        slot.run += 1;
        Some(Input::Ended(id, Ending::Aborted))
    }

    pub(super) fn kill(&mut self, id: Id) -> Option<Input> {
        self.sweeper.hurry(id);
        match &self.slots[id].tree {
            Some(tree) => {
                process::kill_all(&process::census().members(tree));
                None
            }
            None => self.call_off(id),
        }
    }

    pub(super) fn sweep(&mut self, id: Id) {
        // A start that was called off may have got as far as a process: its mark finds it.
        let mark = self.launcher.mark(&self.fleet.services()[id]);
        let tree = self.slots[id]
            .tree
            .take()
            .unwrap_or(Tree { leader: 0, mark });
        self.sweeper.add(id, tree);
    }
}
