//! Lines by their level: which are shown, in which colour, and which belong together.

use std::time::Duration;

use crate::output::Style;
use crate::service::block::{Block, Open};
use crate::service::fleet::Id;
use crate::service::level::{self, Level};
use crate::service::screen::{framed, harmless};

/// Of a flood, so many last lines decide whether an error is being printed.
const LAST: usize = 12;

/// Reads the levels of all services' lines.
#[derive(Debug)]
pub(super) struct Graded {
    colour: bool,
    least: Option<Level>,
    blocks: Vec<Block>,
}

impl Graded {
    /// Shows lines from the level `least` on.
    pub(super) fn new(style: Style, least: Option<Level>) -> Self {
        Self {
            colour: style.color(),
            least,
            blocks: Vec::new(),
        }
    }

    /// Learns how many services there are.
    pub(super) fn know(&mut self, services: usize) {
        self.blocks.resize_with(services, Block::default);
    }

    /// Appends whole lines, which came at that time, as they are to be shown, each behind its prefix. [`Self::read`] has to
    /// follow, when they are on their way: where no level shows, none is looked for here.
    pub(super) fn frame(
        &mut self,
        id: Id,
        (whole, now): (&[u8], Duration),
        prefix: &[u8],
        out: &mut Vec<u8>,
    ) {
        if !self.shows() {
            return framed(whole, prefix, false, out);
        }
        let block = &mut self.blocks[id];
        for line in whole.split_inclusive(|byte| *byte == b'\n') {
            let level = block.level(line, now);
            if self.least.is_some_and(|least| level < least) {
                continue;
            }
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            out.extend_from_slice(prefix);
            let tint = match level {
                // Whoever has colours of its own keeps them.
                _ if !self.colour || memchr::memchr(0x1b, line).is_some() => None,
                Level::Error => Some(&b"\x1b[31m"[..]),
                Level::Warn => Some(&b"\x1b[33m"[..]),
                Level::Trace | Level::Debug => Some(&b"\x1b[2m"[..]),
                Level::Info => None,
            };
            out.extend_from_slice(tint.unwrap_or_default());
            harmless(line, self.colour, out);
            if tint.is_some() {
                out.extend_from_slice(b"\x1b[0m");
            }
            out.push(b'\n');
        }
    }

    /// Reads the levels of lines that were framed without a look at them.
    pub(super) fn read(&mut self, id: Id, (whole, now): (&[u8], Duration)) {
        if !self.shows() {
            for line in last_lines(whole).split_inclusive(|byte| *byte == b'\n') {
                self.blocks[id].level(line, now);
            }
        }
    }

    /// Whether the screen looks otherwise for a line's level.
    fn shows(&self) -> bool {
        self.colour || self.least.is_some()
    }

    /// How much of these whole lines, which come now, belongs to what the service's last line left open.
    pub(super) fn continued_by(&self, id: Id, whole: &[u8], now: Duration) -> usize {
        self.blocks[id].continued_by(whole, now)
    }

    /// Whether a line that is not whole is shown, as far as it says how grave it is.
    pub(super) fn shows_begun(&self, text: &[u8]) -> bool {
        self.least.is_none_or(|least| level::alone(text) >= least)
    }

    /// What the service's last line leaves open.
    pub(super) fn open(&self, id: Id) -> Open {
        self.blocks[id].open()
    }
}

/// As many of the last lines as decide.
fn last_lines(whole: &[u8]) -> &[u8] {
    let mut from = whole.len().saturating_sub(1);
    for _ in 0..LAST {
        match memchr::memrchr(b'\n', &whole[..from]) {
            Some(at) => from = at,
            None => return whole,
        }
    }
    &whole[from + 1..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(colour: bool, least: Option<Level>, text: &str) -> String {
        let mut graded = Graded {
            colour,
            least,
            blocks: vec![Block::default()],
        };
        let mut out = Vec::new();
        graded.frame(0, (text.as_bytes(), Duration::ZERO), b"> ", &mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    const TEXT: &str =
        "INFO: a\nWARNING: b\nTraceback (most recent call last):\n  File\nE: c\nDEBUG: d\n";

    #[test]
    fn what_is_less_grave_is_left_out_and_a_traceback_stays_whole() {
        assert_eq!(
            shown(false, Some(Level::Warn), TEXT),
            "> WARNING: b\n> Traceback (most recent call last):\n>   File\n> E: c\n"
        );
        assert_eq!(shown(false, None, TEXT).lines().count(), 6);
    }

    #[test]
    fn a_line_that_is_begun_counts_as_what_it_says_of_itself() {
        let shows = |least, text: &str| {
            let graded = Graded {
                colour: true,
                least,
                blocks: Vec::new(),
            };
            graded.shows_begun(text.as_bytes())
        };
        assert!(shows(None, "Password: "));
        assert!(shows(Some(Level::Info), "Password: "));
        assert!(!shows(Some(Level::Error), "Password: "));
        assert!(!shows(Some(Level::Error), "WARNING: trying again ."));
        assert!(shows(Some(Level::Error), "ERROR: trying again ."));
    }

    #[test]
    fn errors_and_warnings_have_a_colour_unless_they_brought_one() {
        assert_eq!(
            shown(
                true,
                None,
                "INFO: a\nERROR: b\nWARN: c\n\x1b[36mERROR\x1b[0m: d\n"
            ),
            "> INFO: a\n> \x1b[31mERROR: b\x1b[0m\n> \x1b[33mWARN: c\x1b[0m\n> \x1b[36mERROR\x1b[0m: d\n"
        );
    }

    #[test]
    fn the_last_lines_of_a_flood_are_looked_at() {
        let flood = "x\n".repeat(1000);
        assert_eq!(last_lines(flood.as_bytes()).len(), 2 * LAST);
        assert_eq!(last_lines(b"a\nb\n"), b"a\nb\n");
        assert_eq!(last_lines(b"\n"), b"\n");
    }
}
