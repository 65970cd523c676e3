//! While one service's traceback is being printed, the others stand back: for a moment, and with a
//! bounded amount.

use std::time::Duration;

use crate::service::block::Open;
use crate::service::fleet::Id;

/// A traceback whose last line does not come keeps the others back for this time.
const TRACEBACK: Duration = Duration::from_millis(200);

/// An error that may have a stack does so for this time.
const ERROR: Duration = Duration::from_millis(20);

/// However many times the service goes on: no line is later than this.
const LONGEST: Duration = Duration::from_millis(500);

/// Bytes of the others that are kept.
const MOST: usize = 256 << 10;

/// Something that stands back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// Whole lines behind prefixes of that length.
    Lines(Id, usize, Vec<u8>),
    /// A prefix, and the beginning of a line.
    Unfinished(Id, Vec<u8>, Vec<u8>),
    /// Lines of the tool's own.
    Text(Vec<u8>),
}

/// Who has the screen, and what stands back meanwhile.
#[derive(Debug, Default)]
pub(super) struct Hold {
    /// Who has it, since when, and until when.
    holder: Option<(Id, Duration, Duration)>,
    held: Vec<Held>,
    bytes: usize,
}

impl Hold {
    /// Whether another service has the screen.
    pub(super) fn is_another(&self, id: Id) -> bool {
        self.holder.is_some_and(|(holder, ..)| holder != id)
    }

    /// Keeps lines back.
    pub(super) fn keep_lines(&mut self, id: Id, prefix: usize, lines: &[u8]) {
        self.bytes += lines.len();
        match self.held.last_mut() {
            Some(Held::Lines(last, _, kept)) if *last == id => kept.extend_from_slice(lines),
            _ => self.held.push(Held::Lines(id, prefix, lines.to_vec())),
        }
    }

    /// Keeps the beginning of a line back.
    pub(super) fn keep_unfinished(&mut self, id: Id, prefix: Vec<u8>, text: Vec<u8>) {
        self.bytes += text.len();
        self.held.push(Held::Unfinished(id, prefix, text));
    }

    /// Keeps lines of the tool's own back, unless they are about the one who has the screen.
    pub(super) fn keep_text(&mut self, about: Option<Id>, text: &[u8]) -> bool {
        let keeps = self
            .holder
            .is_some_and(|(holder, ..)| about != Some(holder));
        if keeps {
            self.bytes += text.len();
            self.held.push(Held::Text(text.to_vec()));
        }
        keeps
    }

    /// A service printed something and leaves `open` behind. True: what stands back is due.
    pub(super) fn printed(&mut self, id: Id, open: Open, now: Duration) -> bool {
        let patience = match open {
            Open::No => None,
            Open::Perhaps => Some(ERROR),
            Open::Surely => Some(TRACEBACK),
        };
        match (self.holder, patience) {
            (Some((holder, since, _)), Some(patience)) if holder == id => {
                self.holder = Some((id, since, (now + patience).min(since + LONGEST)));
            }
            (Some((holder, ..)), None) if holder == id => return true,
            (None, Some(patience)) => self.holder = Some((id, now, now + patience)),
            _ => {}
        }
        self.bytes > MOST || self.is_over(now)
    }

    /// When what stands back is due, whatever happens; never while nothing does.
    pub(super) fn due(&self) -> Option<Duration> {
        self.holder
            .filter(|_| !self.held.is_empty())
            .map(|(.., until)| until)
    }

    /// Whether it is due now.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        self.holder.is_some_and(|(.., until)| now >= until)
    }

    /// Gives the screen back: what stood back, in its order.
    pub(super) fn release(&mut self) -> Vec<Held> {
        self.holder = None;
        self.bytes = 0;
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1);

    #[test]
    fn the_others_stand_back_until_the_traceback_ends() {
        let mut hold = Hold::default();
        assert!(!hold.printed(0, Open::Surely, NOW));
        assert!(hold.is_another(1) && !hold.is_another(0));
        hold.keep_lines(1, 2, b"> a\n");
        hold.keep_lines(1, 2, b"> b\n");
        assert!(
            !hold.printed(1, Open::Surely, NOW),
            "a second traceback waits like any line"
        );
        assert_eq!(hold.due(), Some(NOW + TRACEBACK));
        assert!(hold.printed(0, Open::No, NOW));
        assert_eq!(hold.release(), [Held::Lines(1, 2, b"> a\n> b\n".to_vec())]);
        assert!(!hold.is_another(1) && hold.due().is_none());
    }

    #[test]
    fn neither_time_nor_memory_is_without_end() {
        let mut hold = Hold::default();
        hold.printed(0, Open::Surely, NOW);
        let mut now = NOW;
        while !hold.printed(0, Open::Surely, now) {
            now += TRACEBACK / 2;
        }
        assert!(now <= NOW + LONGEST + TRACEBACK);
        hold.release();
        hold.printed(0, Open::Surely, NOW);
        hold.keep_lines(1, 2, &vec![b'x'; MOST + 1]);
        assert!(hold.printed(1, Open::No, NOW));
    }
}
