//! The command for whose sake all the others run (`--exec`).

use super::message::{Effect, Reason};
use super::{Ending, Fleet, Id, Kind, State};

impl Fleet {
    /// The guest, where there is one.
    #[must_use]
    pub fn guest(&self) -> Option<Id> {
        (0..self.services.len()).find(|id| self.is_guest(*id))
    }

    /// Whether this is the command for whose sake all the others run.
    #[must_use]
    pub fn is_guest(&self, id: Id) -> bool {
        matches!(self.services[id].kind, Kind::Guest(_))
    }

    /// Whether the guest may be writing to the terminal, or reading what is typed.
    #[must_use]
    pub fn is_guest_live(&self) -> bool {
        self.guest()
            .is_some_and(|id| self.machines[id].state.is_live())
    }

    /// Keeps how the guest ended. Whoever was asked to end did not come to an end of its own, whatever
    /// code it gives.
    pub(super) fn note_guest(&mut self, id: Id, ending: Ending) {
        if self.is_guest(id) && self.machines[id].asked.is_none() {
            self.guest_ended = Some(ending);
        }
    }

    /// A guest that somebody has stopped by hand leaves nothing to wait for either. How that ended it
    /// is its end, but for a success: it has not done what it was to do.
    pub(super) fn dismissed(&mut self, id: Id, ending: Option<Ending>, effects: &mut Vec<Effect>) {
        if self.is_guest(id) {
            let ending = ending.filter(|ending| !ending.is_success());
            self.guest_ended = ending.or(self.guest_ended);
            self.stop(Reason::Service(id), effects);
        }
    }

    /// A guest that can never be started leaves nothing to wait for.
    pub(super) fn miss_guest(&mut self, effects: &mut Vec<Effect>) {
        if let Some(guest) = self.guest()
            && self.machines[guest].state == State::Skipped
        {
            let failed = self.failed.map_or(guest, |(failed, _)| failed);
            self.stop(Reason::Service(failed), effects);
        }
    }
}
