//! Services that start more processes than they may.

use std::time::Duration;

use tokio::time::Instant;

use super::Hub;
use crate::service::fleet::{Id, Input};
use crate::system::process;

/// A bound that was asked for is looked after so often: nobody tells when it is reached.
const PERIOD: Duration = Duration::from_millis(250);

/// When to count, and what there was at the last look.
#[derive(Debug, Default)]
pub(super) struct Count {
    looked: Option<Instant>,
    tasks: Option<u32>,
    /// The least that there was since the session began: others come and go.
    first: Option<u32>,
}

impl Count {
    pub(super) fn begin() -> Self {
        Self {
            first: process::tasks(),
            ..Self::default()
        }
    }
}

impl Hub {
    /// When to look next, as long as somebody runs who was given a bound and has not reached it.
    pub(super) fn count_due(&self) -> Option<Instant> {
        let services = self.fleet.services().iter();
        let looked_after = services.zip(&self.slots).any(|(service, slot)| {
            let running = service.most.is_some() && slot.tree.is_some();
            running && !slot.refused && (slot.cage.is_some() || !process::HOLDS_BOUNDS)
        });
        let at = self
            .count
            .looked
            .map_or_else(Instant::now, |at| at + PERIOD);
        looked_after.then_some(at)
    }

    /// Looks, if it is time: asks the kernel who was refused, and counts where it holds nothing, if
    /// there are more on the whole machine than before.
    pub(super) fn count_if_due(&mut self) {
        if self.count_due().is_none_or(|due| due > Instant::now()) {
            return;
        }
        self.count.looked = Some(Instant::now());
        for id in 0..self.slots.len() {
            self.ask_if_refused(id);
        }
        let tasks = process::tasks();
        let grown = tasks.is_none() || tasks > self.count.tasks;
        self.count.tasks = tasks;
        if grown {
            self.count_now();
        }
    }

    /// Asks the kernel whether a service was refused a process, unless that was said already. Whoever
    /// dies of it does so before the next look, and is asked after at its end.
    pub(super) fn ask_if_refused(&mut self, id: Id) {
        let slot = &mut self.slots[id];
        let held = slot.cage.as_ref().filter(|_| !slot.refused);
        if held.is_some_and(|cage| cage.has_refused()) {
            slot.refused = true;
            self.input(Input::Refused(id));
        }
    }

    /// Counts after an end of somebody who was left to us, if there are many more on the whole machine
    /// than at the quietest moment of the session.
    pub(super) fn count_if_many(&mut self) {
        let usual = self.launcher.most;
        let Some((first, tasks)) = self.count.first.zip(process::tasks()) else {
            return;
        };
        self.count.first = Some(first.min(tasks));
        if tasks >= first.saturating_add(usual / 2) {
            self.count_now();
        }
    }

    /// Counts the processes of every service that runs.
    fn count_now(&mut self) {
        let usual = self.launcher.most;
        let bound = |id: Id| self.fleet.services()[id].most.unwrap_or(usual);
        let running = |id: &Id| self.slots[*id].tree.is_some() && self.slots[*id].cage.is_none();
        let running: Vec<Id> = (0..self.slots.len()).filter(running).collect();
        let census = process::census();
        let over: Vec<(Id, u32)> = running
            .into_iter()
            .filter_map(|id| {
                let members = census.members(self.slots[id].tree.as_ref()?).len();
                let members = u32::try_from(members).unwrap_or(u32::MAX);
                (members > bound(id)).then_some((id, members))
            })
            .collect();
        for (id, members) in over {
            self.input(Input::Overgrown(id, members));
        }
    }
}
