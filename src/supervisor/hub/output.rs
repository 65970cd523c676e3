//! What services print, and what they do not.

use super::super::news::News;
use super::Hub;
use crate::service::event::Event;
use crate::service::fleet::{Id, Input, State};

impl Hub {
    /// A service printed something: it is shown first, and then asked what it means.
    pub(super) fn output(&mut self, id: Id, bytes: &[u8]) {
        let mut lines = std::mem::take(&mut self.slots[id].lines);
        let mut seen = false;
        let wanted = self.listens_for(id);
        let secrets = self.secrets.clone();
        let starting = matches!(self.fleet.machine(id).state, State::Starting(_));
        let cut = |rest: &[u8]| secrets.cut(rest);
        lines.push(bytes, cut, |whole| {
            self.push(&Event::Lines(id, whole));
            if starting {
                self.slots[id].stall.read(whole);
            }
            seen |= wanted.as_ref().is_some_and(|pattern| pattern.is_in(whole));
        });
        self.slots[id].pause.printed(!lines.rest().is_empty());
        self.slots[id].lines = lines;
        if seen {
            self.heard(id);
        }
    }

    /// Looks at what a service does not say.
    pub(super) fn look(&mut self, id: Id) {
        let slot = &mut self.slots[id];
        let stalled = slot.tree.as_ref().is_some_and(|tree| slot.stall.look(tree));
        if slot.pause.is_over() {
            let lines = std::mem::take(&mut slot.lines);
            self.push(&Event::Unfinished(id, lines.rest()));
            // What is shown counts: some end the line only when they end themselves.
            let wanted = self.listens_for(id);
            let seen = wanted.is_some_and(|pattern| pattern.is_in(lines.rest()));
            self.slots[id].lines = lines;
            if seen {
                self.heard(id);
            }
        }
        if stalled {
            self.input(Input::Stalled(id));
        }
    }

    /// Shows the line that a service has not finished. A secret that it broke off in is no secret by
    /// itself, and would tell the most of one.
    pub(super) fn finish_line(&mut self, id: Id) {
        let mut lines = std::mem::take(&mut self.slots[id].lines);
        let secrets = self.secrets.clone();
        lines.finish(
            |rest| secrets.mask_end(rest),
            |whole| self.push(&Event::Lines(id, whole)),
        );
    }

    /// What readers handed on before the last process was gone.
    pub(super) fn drain(&mut self) {
        while let Ok(news) = self.receiver.try_recv() {
            if let News::Output(id, bytes) = news {
                self.output(id, &bytes);
            }
        }
        for id in 0..self.slots.len() {
            self.finish_line(id);
        }
    }
}
