//! The last lines of a service: what its crash card shows.

mod window;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::LazyLock;
use std::time::Duration;

use memchr::memmem::Finder;

use crate::service::block::Block;
use crate::service::level::{self, Level};
use crate::service::served;

use super::chain::{self, Chain, Link, plain};
use window::{Line, Window};

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

/// The first line of an error.
#[derive(Debug)]
struct Head {
    line: Line,
    /// How many lines came after it, without empty ones.
    after: usize,
    is_traceback: bool,
    /// Of an exception that tells of fields below it: the last places of its traceback, and itself.
    ends: Vec<String>,
}

impl Head {
    /// What of its end is not among so many last lines.
    fn above(&self, kept: usize) -> &[String] {
        let kept = kept.saturating_sub(self.after);
        &self.ends[..self.ends.len().saturating_sub(kept)]
    }
}

/// The last lines, as they may be shown.
#[derive(Debug, Default)]
pub(super) struct Tail {
    window: Window,
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
        let gone = self.window.push(whole, now, !self.heads.is_empty());
        self.well = self.well.saturating_sub(gone);
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
        // How much stands up to the line's end.
        let mut next = searched.len() + 1;
        for line in searched.rsplit(|byte| *byte == b'\n') {
            let end = next.saturating_sub(1);
            next = end.saturating_sub(line.len());
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
                    let ends = self.ends(&text, &searched[..end], now);
                    let line = Line { at: now, text };
                    found.push_front(Head {
                        line,
                        after,
                        is_traceback,
                        ends,
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

    /// The end of a traceback whose exception, the last of what came, tells of fields: their lines may be too many
    /// to be kept with it.
    fn ends(&self, exception: &[u8], came: &[u8], now: Duration) -> Vec<String> {
        if Block::of_fields(exception, now).is_none() {
            return Vec::new();
        }
        let came = came.split(|byte| *byte == b'\n');
        let came = came.filter(|line| !line.trim_ascii().is_empty());
        chain::message(self.window.texts().chain(came)).0
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
        let before = self.window.texts();
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
        let first = self.window.first()?;
        let mut heads = self.heads.iter().rev();
        let head = heads.find(|head| head.after >= self.window.len())?;
        (self.well == 0 && belongs(head, first)).then_some(head)
    }

    /// The traceback whose exception tells of fields, and that, where the first lines of both are not among the last
    /// lines, or the last places above the exception are not all.
    fn traced(&self) -> Option<(&Head, &Head)> {
        let kept = self.window.len();
        let mut heads = self.heads.iter().rev();
        let end = heads.find(|head| head.after >= kept || head.after + head.ends.len() > kept)?;
        let is_read = end.after < kept || self.begun().is_some();
        if self.well > 0 || end.ends.len() < 2 || !is_read {
            return None;
        }
        let traceback = heads.next()?;
        let is_whole = traceback.after >= end.after + end.ends.len();
        (traceback.is_traceback && is_whole).then_some((traceback, end))
    }

    /// The beginning of the error that the last lines belong to, when it is not among them: its first line, of a
    /// traceback that tells of fields its end, too; with how many lines there are behind each.
    pub(super) fn head(&self) -> Vec<(Vec<String>, usize)> {
        let kept = self.window.len();
        if let Some((traceback, end)) = self.traced() {
            let between = traceback.after - end.after - end.ends.len();
            let first = vec![traceback.line.text().into_owned()];
            let above = end.above(kept);
            let hidden = chain::shown_of(&end.ends).min(above.len());
            let mut head = vec![(first, between + hidden)];
            if hidden < above.len() {
                head.push((above[hidden..].to_vec(), end.after.saturating_sub(kept)));
            }
            return head;
        }
        let head = self.begun().into_iter();
        head.map(|head| (vec![head.line.text().into_owned()], head.after - kept))
            .collect()
    }

    /// What led to the error that the last lines belong to, where they have no more than its own lines.
    pub(super) fn chain(&self) -> &[Link] {
        let is_first = |head: &&Head| head.is_traceback && head.after + 1 == self.window.len();
        let first = || self.heads.iter().find(is_first).filter(|_| self.well == 0);
        let traced = self.traced().map(|(traceback, _)| traceback);
        traced
            .or_else(first)
            .or_else(|| self.begun())
            .map_or(&[], |head| self.chain.before(head.after))
    }

    /// The lines, oldest first.
    pub(super) fn lines(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.window.lines().map(Line::text)
    }

    /// The lines since the service was last well, each with its time, behind the first one of the
    /// error that they belong to and what led to it. Of one that tells of fields all are read that there are.
    pub(super) fn since_well(&self) -> Vec<(Duration, Cow<'_, str>)> {
        let led_to_it = self.chain().iter().flat_map(|link| {
            let words = link.head.iter().chain(&link.said);
            words.map(|line| (link.at, Cow::from(line.as_str())))
        });
        let kept = self.window.len();
        let (mut head, mut between) = (Vec::new(), 0);
        if let Some((traceback, end)) = self.traced() {
            head.push((traceback.line.at, traceback.line.text()));
            let above = end.above(kept).iter();
            head.extend(above.map(|line| (end.line.at, Cow::from(line.as_str()))));
            between = end.after.saturating_sub(kept);
        } else if let Some(begun) = self.begun() {
            head.push((begun.line.at, begun.line.text()));
        }
        let older = self.window.older(between);
        let lines = older.chain(self.window.lines().skip(self.well));
        led_to_it
            .chain(head)
            .chain(lines.map(|line| (line.at, line.text())))
            .collect()
    }

    /// The service is well: what it said until now is no reason for what comes.
    pub(super) fn is_well(&mut self) {
        self.well = self.window.len();
        self.heads.clear();
        self.chain.clear();
    }

    /// Forgets what an earlier process said.
    pub(super) fn clear(&mut self) {
        self.window.clear();
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
    let block = Block::of_fields(&head.line.text, head.line.at).unwrap_or_else(|| {
        let mut block = Block::default();
        block.level(&head.line.text, head.line.at);
        block
    });
    (is_indented || !head.is_traceback) && block.continued_by(&line.text, line.at) > 0
}

#[cfg(test)]
mod causes;
#[cfg(test)]
mod tests;
