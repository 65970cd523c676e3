//! The last lines of a service, and some before them while an error may be read there.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use crate::output::live::chain::{self, plain};

/// Lines that are shown.
pub(super) const KEPT: usize = 12;

/// Lines before them.
const OLDER: usize = chain::READ - KEPT;

/// A line, and when it came.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) at: Duration,
    /// Bytes: most are never looked at, so they become text when they are.
    pub(super) text: Vec<u8>,
}

impl Line {
    pub(super) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.text)
    }
}

/// The lines.
#[derive(Debug, Default)]
pub(super) struct Window {
    lines: VecDeque<Line>,
    /// Those that went from it since an error began.
    older: VecDeque<Line>,
    /// Room for the next line.
    next: Vec<u8>,
}

impl Window {
    /// Takes the last ones of these lines; how many of those before went. With an error among them more are kept.
    pub(super) fn push(&mut self, whole: &[u8], now: Duration, has_error: bool) -> usize {
        let most = if has_error { KEPT + OLDER } else { KEPT };
        if !has_error {
            self.older.clear();
        }
        let body = whole.strip_suffix(b"\n").unwrap_or(whole);
        let mut start = body.len();
        let mut found = 0;
        while found < most {
            let Some(at) = memchr::memrchr(b'\n', &body[..start]) else {
                start = 0;
                break;
            };
            // Empty ones are not kept: with fewer there would be a hole behind what is kept already.
            found += usize::from(!body[at + 1..start].trim_ascii().is_empty());
            start = at;
        }
        let body = if start == 0 { body } else { &body[start + 1..] };
        let lines = body.split(|byte| *byte == b'\n');
        lines.filter(|line| self.keep(line, now, has_error)).count()
    }

    /// Keeps a line, if there is anything in it; whether another one went for it.
    fn keep(&mut self, line: &[u8], now: Duration, has_error: bool) -> bool {
        self.next.clear();
        plain(line, &mut self.next);
        if self.next.trim_ascii().is_empty() {
            return false;
        }
        // A line that goes leaves its room to the next one.
        let mut room = Vec::new();
        let is_full = self.lines.len() == KEPT;
        if is_full {
            let gone = self.lines.pop_front().unwrap_or_default();
            if has_error {
                if self.older.len() == OLDER {
                    room = self.older.pop_front().unwrap_or_default().text;
                }
                self.older.push_back(gone);
            } else {
                room = gone.text;
            }
        }
        let text = std::mem::replace(&mut self.next, room);
        self.lines.push_back(Line { at: now, text });
        is_full
    }

    /// The lines that are shown, oldest first.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
    }

    /// How many those are.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The first of them.
    pub(super) fn first(&self) -> Option<&Line> {
        self.lines.front()
    }

    /// The last ones before them, so many at most.
    pub(super) fn older(&self, most: usize) -> impl Iterator<Item = &Line> {
        self.older
            .iter()
            .skip(self.older.len().saturating_sub(most))
    }

    /// What there is of all of them.
    pub(super) fn texts(&self) -> impl DoubleEndedIterator<Item = &[u8]> + Clone {
        let lines = self.older.iter().chain(&self.lines);
        lines.map(|line| line.text.as_slice())
    }

    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.older.clear();
    }
}
