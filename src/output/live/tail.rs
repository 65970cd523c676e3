//! The last lines of a service: what its crash card shows.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::LazyLock;
use std::time::Duration;

use memchr::memmem::Finder;

use crate::service::block::Block;
use crate::service::level::{self, Level};
use crate::service::served;

use super::chain::{self, Chain, Link, plain};

/// Lines that are kept.
const KEPT: usize = 12;

/// An error that began longer ago has nothing to do with the last lines.
const LONGEST: usize = 400;

/// First lines of errors that are kept.
const HEADS: usize = 8;

/// Lines of one push that are looked at more closely for that.
const TRIES: usize = 32;

/// Of one push, so many last bytes are searched for that.
const SEARCHED: usize = 64 << 10;

/// What the first line of a Python traceback says.
const TRACEBACK: &[u8] = b"Traceback (most recent call last)";

/// A line, and when it came.
#[derive(Debug, Default)]
struct Line {
    at: Duration,
    /// Bytes: most are never looked at, so they become text when they are.
    text: Vec<u8>,
}

impl Line {
    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.text)
    }
}

/// The first line of an error.
#[derive(Debug)]
struct Head {
    line: Line,
    /// How many lines came after it, without empty ones.
    after: usize,
    is_traceback: bool,
}

/// The last lines, as they may be shown.
#[derive(Debug, Default)]
pub(super) struct Tail {
    lines: VecDeque<Line>,
    /// Room for the next line.
    next: Vec<u8>,
    /// Of the last errors, the oldest first.
    heads: VecDeque<Head>,
    /// The exceptions that led to the last one.
    chain: Chain,
    /// So many of the first lines are from before the service was well.
    well: usize,
}

impl Tail {
    /// Takes whole lines, which came at that time; of many only the last are looked at.
    pub(super) fn push(&mut self, whole: &[u8], now: Duration) {
        self.find_heads(whole, now);
        self.find_chain(whole, now);
        let body = whole.strip_suffix(b"\n").unwrap_or(whole);
        let mut start = body.len();
        let mut found = 0;
        while found < KEPT {
            let Some(at) = memchr::memrchr(b'\n', &body[..start]) else {
                start = 0;
                break;
            };
            // Empty ones are not kept: with fewer there would be a hole behind what is kept already.
            found += usize::from(!body[at + 1..start].trim_ascii().is_empty());
            start = at;
        }
        let body = if start == 0 { body } else { &body[start + 1..] };
        for line in body.split(|byte| *byte == b'\n') {
            self.keep(line, now);
        }
    }

    fn keep(&mut self, line: &[u8], now: Duration) {
        self.next.clear();
        plain(line, &mut self.next);
        if self.next.trim_ascii().is_empty() {
            return;
        }
        // A line that goes leaves its room to the next one.
        let mut room = Vec::new();
        if self.lines.len() == KEPT {
            room = self.lines.pop_front().unwrap_or_default().text;
            self.well = self.well.saturating_sub(1);
        }
        let text = std::mem::replace(&mut self.next, room);
        self.lines.push_back(Line { at: now, text });
    }

    fn find_heads(&mut self, whole: &[u8], now: Duration) {
        if !self.heads.is_empty() {
            let lines = whole.split(|byte| *byte == b'\n');
            let more = lines.filter(|line| !line.trim_ascii().is_empty());
            let more = more.take(LONGEST + 1).count();
            for head in &mut self.heads {
                head.after += more;
            }
            self.heads.retain(|head| head.after <= LONGEST);
            self.chain.grow(more);
        }
        let searched = &whole[whole.len().saturating_sub(SEARCHED)..];
        if !may_have_head(searched) {
            return;
        }
        let (mut found, mut after, mut tries) = (VecDeque::new(), 0, 0);
        for line in searched.rsplit(|byte| *byte == b'\n') {
            if found.len() == HEADS || tries == TRIES || after > LONGEST {
                break;
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            if may_have_head(line) {
                tries += 1;
                let mut text = Vec::new();
                plain(line, &mut text);
                if let Some(is_traceback) = head(&text) {
                    let line = Line { at: now, text };
                    found.push_front(Head {
                        line,
                        after,
                        is_traceback,
                    });
                }
            }
            after += 1;
        }
        self.heads.append(&mut found);
        self.join_heads();
        let old = self.heads.len().saturating_sub(HEADS);
        self.heads.drain(..old);
    }

    /// Looks for what led to the last exception, before its lines are kept.
    fn find_chain(&mut self, whole: &[u8], now: Duration) {
        if self.heads.is_empty() {
            return self.chain.clear();
        }
        let heads = self.heads.iter();
        let heads = heads.map(|head| (head.line.text().into_owned(), head.after));
        let heads: Vec<chain::Head> = heads.collect();
        let searched = &whole[whole.len().saturating_sub(SEARCHED)..];
        let before = self.lines.iter().map(|line| line.text.as_slice());
        self.chain.find(searched, &before, &heads, now);
    }

    /// A traceback that stands directly behind the line which says that it is one request's begins
    /// nothing of its own.
    fn join_heads(&mut self) {
        for at in (1..self.heads.len()).rev() {
            let (before, head) = (&self.heads[at - 1], &self.heads[at]);
            let is_next = head.is_traceback && before.after == head.after + 1;
            if is_next && served::is_error(&before.line.text()) {
                self.heads.remove(at);
            }
        }
    }

    /// The error that the oldest line belongs to, and that began before it.
    fn begun(&self) -> Option<&Head> {
        let first = self.lines.front()?;
        let mut heads = self.heads.iter().rev();
        let head = heads.find(|head| head.after >= self.lines.len())?;
        (self.well == 0 && belongs(head, first)).then_some(head)
    }

    /// The first line of the error that the last lines belong to, when it is not among them, and how
    /// many lines there are between.
    pub(super) fn head(&self) -> Option<(Cow<'_, str>, usize)> {
        let head = self.begun()?;
        Some((head.line.text(), head.after - self.lines.len()))
    }

    /// What led to the error that the last lines belong to, where its first line is not among them.
    pub(super) fn chain(&self) -> &[Link] {
        self.begun()
            .map_or(&[], |head| self.chain.before(head.after))
    }

    /// The lines, oldest first.
    pub(super) fn lines(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.lines.iter().map(Line::text)
    }

    /// The lines since the service was last well, each with its time, behind the first one of the
    /// error that they belong to and what led to it.
    pub(super) fn since_well(&self) -> Vec<(Duration, Cow<'_, str>)> {
        let led_to_it = self.chain().iter().flat_map(|link| {
            let words = link.head.iter().chain(&link.said);
            words.map(|line| (link.at, Cow::from(line.as_str())))
        });
        let head = self.begun().map(|head| &head.line);
        let lines = head.into_iter().chain(self.lines.iter().skip(self.well));
        led_to_it
            .chain(lines.map(|line| (line.at, line.text())))
            .collect()
    }

    /// The service is well: what it said until now is no reason for what comes.
    pub(super) fn is_well(&mut self) {
        self.well = self.lines.len();
        self.heads.clear();
        self.chain.clear();
    }

    /// Forgets what an earlier process said.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.heads.clear();
        self.chain.clear();
        self.well = 0;
    }
}

/// Whether the first line of an error may be in it: `Error: …`, `error: …`, a traceback's, and what
/// uvicorn says in front of one: `ERROR:    Exception in …`.
fn may_have_head(text: &[u8]) -> bool {
    // Made once: every line is searched.
    static WORDS: LazyLock<[Finder<'static>; 3]> = LazyLock::new(|| {
        let words: [&[u8]; 3] = [b"rror", TRACEBACK, b"Exception "];
        words.map(Finder::new)
    });
    WORDS.iter().any(|word| word.find(text).is_some())
}

/// Whether a line begins an error, and whether that is a traceback. What is indented does not, unless
/// a sign follows, as Next has it.
fn head(text: &[u8]) -> Option<bool> {
    if memchr::memmem::find(text, TRACEBACK).is_some() {
        return Some(true);
    }
    let is_indented = text.first().is_some_and(u8::is_ascii_whitespace);
    let has_sign = || {
        text.trim_ascii()
            .first()
            .is_some_and(|byte| !byte.is_ascii())
    };
    let begins = (!is_indented || has_sign()) && level::of(text) == Some(Level::Error);
    begins.then_some(false)
}

/// Whether a later line goes on with an error. Of a traceback what is not indented may be the end, or
/// anything after it.
fn belongs(head: &Head, line: &Line) -> bool {
    let is_indented = line.text.first().is_some_and(u8::is_ascii_whitespace);
    let mut block = Block::default();
    block.level(&head.line.text, head.line.at);
    (is_indented || !head.is_traceback) && block.continued_by(&line.text, line.at) > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(tail: &mut Tail, text: &str) {
        tail.push(text.as_bytes(), Duration::ZERO);
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let mut tail = Tail::default();
        let text = (0..100)
            .map(|n| format!("line {n}\n"))
            .collect::<Vec<_>>()
            .concat();
        push(&mut tail, &text);
        tail.push(b"\n\x1b[31m\x1b[0m \n\x1b[1mlast\xff\n", Duration::ZERO);
        let lines: Vec<Cow<'_, str>> = tail.lines().collect();
        assert_eq!(
            (lines.len(), &*lines[0], &*lines[KEPT - 1]),
            (KEPT, "line 89", "last\u{fffd}")
        );
    }

    #[test]
    fn the_first_line_of_a_long_error_is_remembered() {
        let python = "  File x\n".repeat(30) + "E: x\n";
        let node = "Require stack:\n- /w/x.js\n".to_owned()
            + &"    at x (node:y)\n".repeat(28)
            + "\nNode.js v20\n";
        for (head, rest) in [
            ("Traceback (most recent call last):", python),
            ("Error: Cannot find module 'x'", node),
        ] {
            let mut tail = Tail::default();
            push(&mut tail, &format!("before\n{head}\n"));
            push(&mut tail, &rest);
            assert_eq!(tail.head(), Some((head.into(), 31 - KEPT)));
            assert_eq!(tail.since_well().len(), KEPT + 1);
            assert_eq!(tail.since_well()[0].1, head);
            // All at once, as a program that ends writes it.
            let mut tail = Tail::default();
            push(&mut tail, &format!("before\n{head}\n{rest}"));
            assert_eq!(tail.head(), Some((head.into(), 31 - KEPT)));
            tail.clear();
            push(&mut tail, &format!("{head}\n  File x\nE: x\n"));
            assert_eq!(tail.head(), None, "it is among the last lines");
        }
    }

    #[test]
    fn what_led_to_a_long_error_is_remembered() {
        let traceback = "Traceback (most recent call last):\n";
        let frames = |count| "  File \"/w/a.py\", line 3, in deep\n    deep()\n".repeat(count);
        let (cause, next) = ("ModuleNotFoundError: No module named 'x'", "ImportError: y");
        let link = "The above exception was the direct cause of the following exception:";
        let during = "During handling of the above exception, another exception occurred:";
        let first = format!("{traceback}{}{cause}\n\n{link}\n\n", frames(20));
        let second = format!("{traceback}{}{next}\n\n{during}\n\n", frames(30));
        let last = format!("{traceback}{}ValueError: z\n", frames(40));
        let whole = [&*first, &*second, &*last].concat();
        for pushes in [
            vec![&*whole],
            vec![&*first, &*second, &*last],
            whole.split_inclusive('\n').collect(),
        ] {
            let mut tail = Tail::default();
            push(&mut tail, "up\n");
            for text in pushes {
                push(&mut tail, text);
            }
            let said = |tail: &Tail| {
                let links = tail.chain().iter();
                links
                    .map(|link| (link.more, link.said.clone()))
                    .collect::<Vec<_>>()
            };
            // Below the last places.
            let lines = |said: [&str; 2]| {
                let kept = format!("{}{}\n{}", frames(2), said[0], said[1]);
                kept.lines().map(str::to_owned).collect::<Vec<_>>()
            };
            assert_eq!(
                said(&tail),
                [(36, lines([cause, link])), (56, lines([next, during]))]
            );
            assert_eq!(tail.head(), Some((traceback.trim_end().into(), 81 - KEPT)));
            assert_eq!(tail.since_well()[5].1, cause);
            assert_eq!(tail.since_well().len(), 7 + 7 + 1 + KEPT);
            push(&mut tail, &format!("{traceback}{}E: other\n", frames(20)));
            assert!(said(&tail).is_empty(), "it is no part of that chain");
        }
    }

    #[test]
    fn a_long_chain_of_one_request_is_known_by_its_first_line() {
        let traceback = "Traceback (most recent call last):\n";
        let frames = "  File \"/w/a.py\", line 3, in deep\n".repeat(30);
        let first = "ERROR:    Exception in ASGI application";
        let link = "During handling of the above exception, another exception occurred:";
        let mut tail = Tail::default();
        push(
            &mut tail,
            &format!(
                "{first}\n{traceback}{frames}KeyError: 'x'\n\n{link}\n\n{traceback}{frames}ValueError: y\n"
            ),
        );
        let since = tail.since_well();
        let since: Vec<&str> = since.iter().map(|(_, line)| &**line).collect();
        assert_eq!(since[..2], [first, traceback.trim_end()]);
        assert_eq!(since[4..6], ["KeyError: 'x'", link]);
        assert_eq!(tail.chain()[0].more, 28);
    }

    #[test]
    fn a_long_error_of_one_request_is_known_by_its_first_line() {
        let first = "ERROR:    Exception in ASGI application";
        let rest = "  File x\n".repeat(30) + "KeyError: 'x'\n";
        for pushes in [
            &[&*format!(
                "{first}\nTraceback (most recent call last):\n{rest}"
            )][..],
            &[first, "Traceback (most recent call last):\n", &rest],
        ] {
            let mut tail = Tail::default();
            for text in pushes {
                push(&mut tail, text);
            }
            assert_eq!(tail.head(), Some((first.into(), 32 - KEPT)));
        }
    }

    #[test]
    fn the_next_error_is_told_from_the_one_that_is_not_whole_any_more() {
        let mut tail = Tail::default();
        push(&mut tail, "ReferenceError: x is not defined\n");
        push(&mut tail, &"    at x (node:y)\n".repeat(20));
        push(&mut tail, "error: script \"dev\" exited with code 1\n");
        let head = "ReferenceError: x is not defined".into();
        assert_eq!(tail.head(), Some((head, 21 - KEPT)));
        push(&mut tail, &"INFO: fine\n".repeat(KEPT));
        assert_eq!(tail.head(), None, "others came since");
    }

    #[test]
    fn what_was_said_before_it_was_well_is_shown_and_is_no_reason() {
        let mut tail = Tail::default();
        push(&mut tail, "Error: old\n");
        push(&mut tail, &"    at x (node:y)\n".repeat(20));
        tail.is_well();
        push(&mut tail, "new\n");
        let since = |tail: &Tail| {
            tail.since_well()
                .into_iter()
                .map(|line| line.1.into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(since(&tail), ["new"]);
        assert_eq!((tail.lines().count(), tail.head()), (KEPT, None));
        push(&mut tail, &"more\n".repeat(2 * KEPT));
        assert_eq!(since(&tail), ["more"; KEPT]);
    }

    #[test]
    fn a_flood_is_not_searched_to_its_beginning() {
        let mut tail = Tail::default();
        push(&mut tail, "Error: old\n");
        push(&mut tail, &"    at an error\n".repeat(100_000));
        assert!(tail.heads.is_empty());
        push(&mut tail, &"Error: x\n".repeat(100_000));
        assert_eq!((tail.heads.len(), tail.head()), (HEADS, None));
    }
}
