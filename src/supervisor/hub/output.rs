//! What services print, and what they do not.

use super::super::news::News;
use super::Hub;
use crate::service::Pattern;
use crate::service::event::Event;
use crate::service::fleet::{Id, Input, State};
use crate::service::lines::Lines;

/// Who takes whole lines.
trait Taker {
    /// Brings them on their way to everybody who sees them.
    fn show(&mut self, whole: &[u8]);

    /// Asks what they mean.
    fn judge(&mut self, whole: &[u8]);
}

/// Hands on what has become whole lines by these bytes: somebody waits for a line, nobody waits for what
/// it means.
fn take(
    lines: &mut Lines,
    bytes: &[u8],
    cut: impl Fn(&[u8]) -> (usize, Vec<u8>),
    taker: &mut impl Taker,
) {
    lines.push(bytes, cut, |whole| {
        taker.show(whole);
        taker.judge(whole);
    });
}

/// The hub, while it listens to one service.
struct Listening<'a> {
    hub: &'a mut Hub,
    id: Id,
    wanted: Option<Pattern>,
    is_starting: bool,
    seen: bool,
    /// Whether a line came to its end.
    ended: bool,
}

impl Taker for Listening<'_> {
    fn show(&mut self, whole: &[u8]) {
        self.ended = true;
        self.hub.push(&Event::Lines(self.id, whole));
    }

    fn judge(&mut self, whole: &[u8]) {
        if self.is_starting {
            self.hub.slots[self.id].stall.read(whole);
        }
        let wanted = self.wanted.as_ref();
        self.seen |= wanted.is_some_and(|pattern| pattern.is_in(whole));
    }
}

impl Hub {
    /// A service printed something.
    pub(super) fn output(&mut self, id: Id, bytes: &[u8]) {
        let mut lines = std::mem::take(&mut self.slots[id].lines);
        let secrets = self.secrets.clone();
        let mut listening = Listening {
            id,
            wanted: self.listens_for(id),
            is_starting: matches!(self.fleet.machine(id).state, State::Starting(_)),
            seen: false,
            ended: false,
            hub: self,
        };
        take(&mut lines, bytes, |rest| secrets.cut(rest), &mut listening);
        let (seen, ended) = (listening.seen, listening.ended);
        let unfinished = !lines.rest().is_empty();
        self.slots[id].pause.printed(unfinished, ended);
        self.slots[id].showing.printed(unfinished, ended);
        self.slots[id].lines = lines;
        if seen {
            self.heard(id);
        }
    }

    /// Looks at what a service does not say.
    pub(super) fn look(&mut self, id: Id) {
        let slot = &mut self.slots[id];
        let stalled = slot.tree.as_ref().is_some_and(|tree| slot.stall.look(tree));
        if slot.showing.is_over() {
            let lines = std::mem::take(&mut slot.lines);
            self.push(&Event::Unfinished(id, lines.rest()));
            self.slots[id].lines = lines;
        }
        // What is said counts: some end the line only when they end themselves.
        if self.slots[id].pause.is_over() {
            let wanted = self.listens_for(id);
            let rest = self.slots[id].lines.rest();
            if wanted.is_some_and(|pattern| pattern.is_in(rest)) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What was done with which bytes, in its order.
    #[derive(Default)]
    struct Noted(Vec<(&'static str, Vec<u8>)>);

    impl Taker for Noted {
        fn show(&mut self, whole: &[u8]) {
            self.0.push(("shown", whole.to_vec()));
        }

        fn judge(&mut self, whole: &[u8]) {
            self.0.push(("judged", whole.to_vec()));
        }
    }

    proptest! {
        #[test]
        fn every_line_is_shown_before_it_is_judged_and_none_is_passed_over(
            chunks in proptest::collection::vec("[a\n]{0,12}", 0..8),
        ) {
            let (mut lines, mut noted) = (Lines::default(), Noted::default());
            for chunk in &chunks {
                take(&mut lines, chunk.as_bytes(), |rest| (rest.len(), Vec::new()), &mut noted);
            }
            let mut shown = Vec::new();
            for both in noted.0.chunks(2) {
                let [(first, bytes), (then, same)] = both else {
                    panic!("one of the two is missing: {both:?}");
                };
                prop_assert_eq!((*first, *then), ("shown", "judged"));
                prop_assert_eq!(bytes, same);
                shown.extend_from_slice(bytes);
            }
            shown.extend_from_slice(lines.rest());
            prop_assert_eq!(shown, chunks.concat().into_bytes());
        }
    }
}
