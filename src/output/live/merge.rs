//! The lines of all services, one stream: each as soon as it is there, but for those that stand back
//! behind another service's traceback.

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::output::Style;
use crate::service::fleet::Id;
use crate::service::level::Level;

use super::graded::Graded;
use super::hold::{Held, Hold};

/// Where the stream goes.
pub(super) trait Out {
    /// Whole lines of a service, each behind a prefix of that length. What is left in the buffer is of
    /// no use.
    fn lines(&mut self, id: Id, prefix: usize, lines: &mut Vec<u8>);

    /// The beginning of a line, behind that prefix.
    fn unfinished(&mut self, id: Id, prefix: &[u8], text: &[u8]);

    /// Whole lines of the tool's own.
    fn text(&mut self, text: &[u8]);
}

/// Brings the lines of all services into one order.
pub(super) struct Merge {
    graded: Graded,
    hold: Hold,
    buffer: Vec<u8>,
}

impl Merge {
    /// Shows lines from the level `least` on.
    pub(super) fn new(style: Style, least: Option<Level>) -> Self {
        Self {
            graded: Graded::new(style, least),
            hold: Hold::default(),
            buffer: Vec::new(),
        }
    }

    /// Learns how many services there are.
    pub(super) fn know(&mut self, services: usize) {
        self.graded.know(services);
        self.hold.know(services);
    }

    /// Takes whole lines, which came at that time.
    pub(super) fn lines(
        &mut self,
        id: Id,
        (mut whole, now): (&[u8], Duration),
        prefix: &[u8],
        to: &mut impl Out,
    ) {
        if self.hold.is_waited_for(id) {
            let length = self.graded.continued_by(id, whole, now);
            let (ours, rest) = whole.split_at(length);
            if !ours.is_empty() {
                self.part(id, (ours, now), prefix, to);
            }
            if rest.is_empty() {
                return;
            }
            // All of what the others waited for is there: it is their turn before the next error.
            self.release(now, to);
            whole = rest;
        }
        self.part(id, (whole, now), prefix, to);
    }

    fn part(&mut self, id: Id, (whole, now): (&[u8], Duration), prefix: &[u8], to: &mut impl Out) {
        self.buffer.clear();
        self.graded
            .frame(id, (whole, now), prefix, &mut self.buffer);
        if self.hold.is_another(id, now) {
            self.hold.keep_lines(id, prefix.len(), &self.buffer, now);
        } else {
            to.lines(id, prefix.len(), &mut self.buffer);
        }
        // Somebody waits for the line; nobody waits for what it means.
        self.graded.read(id, (whole, now));
        if self.hold.printed(id, self.graded.open(id), now) {
            self.release(now, to);
        }
    }

    /// Takes the beginning of a line.
    pub(super) fn unfinished(
        &mut self,
        id: Id,
        (text, now): (Vec<u8>, Duration),
        prefix: &[u8],
        to: &mut impl Out,
    ) {
        if !self.graded.shows_begun(&text) {
            return;
        }
        if self.hold.is_another(id, now) {
            let begun = (prefix.to_vec(), text);
            self.hold.keep_unfinished(id, begun, now);
        } else {
            to.unfinished(id, prefix, &text);
        }
    }

    /// Takes lines of the tool's own. About the one whose error is being printed they come at once, and
    /// end it.
    pub(super) fn text(
        &mut self,
        about: Option<Id>,
        (text, now): (&[u8], Duration),
        to: &mut impl Out,
    ) {
        if !text.is_empty() && !self.hold.keep_text(about, text, now) {
            to.text(text);
            self.release(now, to);
        }
    }

    /// When what stands back is due, whatever happens.
    pub(super) fn due(&self) -> Option<Duration> {
        self.hold.due()
    }

    /// Shows what has stood back for long enough.
    pub(super) fn tick(&mut self, now: Duration, to: &mut impl Out) {
        if self.hold.is_over(now) {
            self.release(now, to);
        }
    }

    /// Shows all that stands back.
    pub(super) fn finish(&mut self, to: &mut impl Out) {
        self.release(Duration::MAX, to);
    }

    /// Shows what stood back, until the next one has the screen.
    fn release(&mut self, now: Duration, to: &mut impl Out) {
        self.hold.end();
        while let Some(held) = self.hold.next(now) {
            match held {
                Held::Lines(id, prefix, mut lines, begun) => {
                    to.lines(id, prefix, &mut lines);
                    if let Some((prefix, text)) = begun {
                        to.unfinished(id, &prefix, &text);
                    }
                }
                Held::Text(text) => to.text(&text),
            }
        }
    }
}
