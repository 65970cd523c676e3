//! The last lines of a service: what its crash card shows.

use std::collections::VecDeque;

/// Lines that are kept.
const KEPT: usize = 12;

/// Bytes of a line that are kept.
const WIDTH: usize = 400;

/// The last lines, as they may be shown.
#[derive(Debug, Default)]
pub(super) struct Tail {
    lines: VecDeque<String>,
}

impl Tail {
    /// Takes whole lines; of many only the last are looked at.
    pub(super) fn push(&mut self, whole: &[u8], harmless: impl Fn(&[u8]) -> String) {
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

    /// The lines, oldest first.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// Forgets what an earlier process said.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
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
}
