//! The last lines of a service: what its crash card shows.

use std::collections::VecDeque;
use std::sync::LazyLock;

use memchr::memmem::FinderRev;

/// Lines that are kept.
const KEPT: usize = 12;

/// Bytes of a line that are kept.
const WIDTH: usize = 400;

/// A traceback that began longer ago has nothing to do with the last lines.
const LONGEST: usize = 400;

/// The last lines, as they may be shown.
#[derive(Debug, Default)]
pub(super) struct Tail {
    lines: VecDeque<String>,
    /// The first line of the last traceback, and how many lines came after it.
    traceback: Option<(String, usize)>,
}

impl Tail {
    /// Takes whole lines; of many only the last are looked at.
    pub(super) fn push(&mut self, whole: &[u8], harmless: impl Fn(&[u8]) -> String) {
        self.find_traceback(whole, &harmless);
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
            let line = harmless(&line[..line.len().min(WIDTH)]);
            if !line.trim().is_empty() {
                self.lines.push_back(line);
            }
        }
        while self.lines.len() > KEPT {
            self.lines.pop_front();
        }
    }

    fn find_traceback(&mut self, whole: &[u8], harmless: &impl Fn(&[u8]) -> String) {
        static WORDS: LazyLock<FinderRev<'static>> =
            LazyLock::new(|| FinderRev::new(b"Traceback (most recent call last)"));
        let lines = |text: &[u8]| memchr::memchr_iter(b'\n', text).count();
        match WORDS.rfind(whole) {
            Some(at) => {
                let from = memchr::memrchr(b'\n', &whole[..at]).map_or(0, |at| at + 1);
                let to = memchr::memchr(b'\n', &whole[at..]).map_or(whole.len(), |end| at + end);
                let first = harmless(&whole[from..to.min(from + WIDTH)]);
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
    pub(super) fn traceback(&self) -> Option<(&str, usize)> {
        let (first, after) = self.traceback.as_ref()?;
        let between = after.checked_sub(self.lines.len())?;
        (between < LONGEST && !self.lines.contains(first)).then_some((first.as_str(), between))
    }

    /// The lines, oldest first.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// Forgets what an earlier process said.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.traceback = None;
    }
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
        tail.push(text.as_bytes(), |line| {
            String::from_utf8_lossy(line).into_owned()
        });
        tail.push(b"\nlast\n", |line| {
            String::from_utf8_lossy(line).into_owned()
        });
        let lines: Vec<&str> = tail.lines().collect();
        assert_eq!(
            (lines.len(), lines[0], lines[KEPT - 1]),
            (KEPT, "line 89", "last")
        );
    }

    #[test]
    fn the_first_line_of_a_long_traceback_is_remembered() {
        let mut tail = Tail::default();
        let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        let frames = "  File x\n".repeat(30);
        tail.push(b"before\nTraceback (most recent call last):\n", text);
        tail.push(format!("{frames}E: x\n").as_bytes(), text);
        assert_eq!(
            tail.traceback(),
            Some(("Traceback (most recent call last):", 31 - KEPT))
        );
        tail.clear();
        tail.push(
            b"Traceback (most recent call last):\n  File x\nE: x\n",
            text,
        );
        assert_eq!(tail.traceback(), None, "it is among the last lines");
    }
}
