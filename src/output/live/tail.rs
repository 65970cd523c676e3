//! The last lines of a service: what its crash card shows.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::LazyLock;

use memchr::memmem::FinderRev;

use crate::service::screen::harmless;

/// Lines that are kept.
const KEPT: usize = 12;

/// Bytes of a line that are kept.
const WIDTH: usize = 400;

/// A traceback that began longer ago has nothing to do with the last lines.
const LONGEST: usize = 400;

/// The last lines, as they may be shown.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// Bytes: most are never looked at, so they become text when they are.
    lines: VecDeque<Vec<u8>>,
    /// Room for the next line.
    next: Vec<u8>,
    /// The first line of the last traceback, and how many lines came after it.
    traceback: Option<(Vec<u8>, usize)>,
}

impl Tail {
    /// Takes whole lines; of many only the last are looked at.
    pub(super) fn push(&mut self, whole: &[u8]) {
        self.find_traceback(whole);
        let body = whole.strip_suffix(b"\n").unwrap_or(whole);
        let mut start = body.len();
        for _ in 0..KEPT {
            let Some(at) = memchr::memrchr(b'\n', &body[..start]) else {
                start = 0;
                break;
            };
            start = at;
        }
        let body = if start == 0 { body } else { &body[start + 1..] };
        for line in body.split(|byte| *byte == b'\n') {
            self.keep(line);
        }
    }

    fn keep(&mut self, line: &[u8]) {
        self.next.clear();
        plain(line, &mut self.next);
        if self.next.trim_ascii().is_empty() {
            return;
        }
        // A line that goes leaves its room to the next one.
        let gone = (self.lines.len() == KEPT).then(|| self.lines.pop_front());
        let room = gone.flatten().unwrap_or_default();
        self.lines
            .push_back(std::mem::replace(&mut self.next, room));
    }

    fn find_traceback(&mut self, whole: &[u8]) {
        static WORDS: LazyLock<FinderRev<'static>> =
            LazyLock::new(|| FinderRev::new(b"Traceback (most recent call last)"));
        let lines = |text: &[u8]| memchr::memchr_iter(b'\n', text).count();
        match WORDS.rfind(whole) {
            Some(at) => {
                let from = memchr::memrchr(b'\n', &whole[..at]).map_or(0, |at| at + 1);
                let to = memchr::memchr(b'\n', &whole[at..]).map_or(whole.len(), |end| at + end);
                let mut first = Vec::new();
                plain(&whole[from..to], &mut first);
                self.traceback = Some((first, lines(&whole[to..]).saturating_sub(1)));
            }
            None => {
                if let Some((_, after)) = &mut self.traceback {
                    *after += lines(whole);
                }
            }
        }
    }

    /// The first line of the traceback that the last lines belong to, when it is not among them,
    /// and how many lines there are between.
    pub(super) fn traceback(&self) -> Option<(Cow<'_, str>, usize)> {
        let (first, after) = self.traceback.as_ref()?;
        let between = after.checked_sub(self.lines.len())?;
        (between < LONGEST && !self.lines.contains(first))
            .then(|| (String::from_utf8_lossy(first), between))
    }

    /// The lines, oldest first.
    pub(super) fn lines(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.lines.iter().map(|line| String::from_utf8_lossy(line))
    }

    /// Forgets what an earlier process said.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.traceback = None;
    }
}

/// Appends a line without anything that moves or colours, as far as it is kept.
fn plain(line: &[u8], out: &mut Vec<u8>) {
    harmless(&line[..line.len().min(WIDTH)], false, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_kept() {
        let mut tail = Tail::default();
        let text = (0..100)
            .map(|n| format!("line {n}\n"))
            .collect::<Vec<_>>()
            .concat();
        tail.push(text.as_bytes());
        tail.push(b"\n\x1b[31m\x1b[0m \n\x1b[1mlast\xff\n");
        let lines: Vec<Cow<'_, str>> = tail.lines().collect();
        assert_eq!(
            (lines.len(), &*lines[0], &*lines[KEPT - 1]),
            (KEPT, "line 89", "last\u{fffd}")
        );
    }

    #[test]
    fn the_first_line_of_a_long_traceback_is_remembered() {
        let mut tail = Tail::default();
        let frames = "  File x\n".repeat(30);
        tail.push(b"before\nTraceback (most recent call last):\n");
        tail.push(format!("{frames}E: x\n").as_bytes());
        assert_eq!(
            tail.traceback(),
            Some(("Traceback (most recent call last):".into(), 31 - KEPT))
        );
        tail.clear();
        tail.push(b"Traceback (most recent call last):\n  File x\nE: x\n");
        assert_eq!(tail.traceback(), None, "it is among the last lines");
    }
}
