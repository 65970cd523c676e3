//! A secret that its writer folded over several lines, as rich, textwrap and tables do with all that is wider
//! than they are. No line holds it, and all of them together do.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

mod cell;
mod rest;
mod seams;

pub(super) use self::rest::{ENOUGH, WORDS, common, tells};
use self::rest::{Rest, Untold, go_on, is_told};
pub(super) use self::seams::BEFORE;
use self::seams::Seams;

/// Shorter values are not followed: hardly anybody folds them.
const SHORTEST: usize = 16;

/// No more secrets than that are followed that begin alike.
const MOST_ALIKE: usize = 64;

/// So many patterns are looked for at once with vectors, 1 to 9 GB/s; one more, and it is 0.5.
pub(super) const TOGETHER: usize = 64;

/// With more than that many, one pass byte by byte is as fast as all those.
const MANY: usize = 8 * TOGETHER;

/// What is still to come of the secrets that the lines of one writer ended in the middle of.
#[derive(Default)]
pub struct Fold {
    rests: Vec<Rest>,
    /// The same where lines also end in letters, once that differs.
    in_letters: Option<Vec<Rest>>,
    /// The end of what was seen of them.
    before: Vec<u8>,
}

impl Fold {
    /// These whole lines were seen.
    pub(super) fn pass(&mut self, seen: &[u8]) {
        let end = &seen[seen.len().saturating_sub(BEFORE)..];
        let more = (self.before.len() + end.len()).saturating_sub(BEFORE);
        self.before.drain(..more);
        self.before.extend_from_slice(end);
    }

    pub(super) fn is_open(&self) -> bool {
        !self.rests.is_empty() || self.in_letters.is_some()
    }

    /// Where in a line that is not whole yet the rest of a secret begins.
    pub(super) fn begins_in(&self, line: &[u8]) -> Option<usize> {
        let rests = self.rests.iter().chain(self.in_letters.iter().flatten());
        let places = rests.filter_map(|rest| rest.place_in(line));
        places.map(|(place, _)| place.start).min()
    }
}

impl fmt::Debug for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fold(…)")
    }
}

/// Where a block stands in a text, and whether it is a first and a second one.
type Block = (usize, [bool; 2]);

/// A part of a secret that its cell ends with.
struct Part {
    place: Range<usize>,
    is_told: bool,
    rests: Vec<Rest>,
}

/// What may be folded, to be found by its first bytes and by those behind them.
pub(super) struct Folds {
    /// How every value begins, whether it may be folded or not: of most texts this tells that they hold none.
    sieves: Option<Vec<AhoCorasick>>,
    seams: Seams,
    blocks: Option<AhoCorasick>,
    /// What a block of each pattern is: a first one, a second one, or both.
    kinds: Vec<[bool; 2]>,
    /// In their order.
    bodies: Vec<Arc<[u8]>>,
    /// Those of which the second block counts too, in the order of what they have from it on.
    tails: Vec<Arc<[u8]>>,
}

impl Folds {
    /// `values` as they are looked for, and those in `long` of which that is only the beginning.
    pub(super) fn new(values: &[String], long: &[String]) -> Self {
        let all = values.iter().chain(long);
        let mut bodies: Vec<Arc<[u8]>> = all
            .filter(|value| !value.contains('\n'))
            .map(|value| Arc::from(without_head(value).as_bytes()))
            .filter(|body: &Arc<[u8]>| body.len() >= SHORTEST)
            .collect();
        bodies.sort_unstable();
        bodies.dedup();
        // What a line has place for only a few bytes of is known by the next one. Not in every form: each
        // has its price in the search.
        let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/= ".contains(byte);
        let is_long = |body: &&Arc<[u8]>| body.len() >= 2 * ENOUGH && body.iter().all(is_token);
        let mut tails: Vec<Arc<[u8]>> = bodies.iter().filter(is_long).cloned().collect();
        tails.sort_unstable_by(|one, other| one[ENOUGH..].cmp(&other[ENOUGH..]));
        let first = bodies.iter().map(|body| &body[..ENOUGH]);
        let second = tails.iter().map(|body| &body[ENOUGH..2 * ENOUGH]);
        let mut blocks: Vec<&[u8]> = first.chain(second).collect();
        blocks.sort_unstable();
        blocks.dedup();
        let kinds = blocks.iter().map(|block| {
            let is_first = bodies.binary_search_by(|body| body[..ENOUGH].cmp(block));
            let is_second = tails.binary_search_by(|body| body[ENOUGH..2 * ENOUGH].cmp(block));
            [is_first.is_ok(), is_second.is_ok()]
        });
        let kinds = kinds.collect();
        let begin = values.iter().map(String::as_bytes);
        let begin = begin.map(|value| &value[..value.len().min(ENOUGH)]);
        let mut all: Vec<&[u8]> = blocks.iter().copied().chain(begin).collect();
        all.sort_unstable();
        all.dedup();
        let sieve = |patterns: &[&[u8]]| {
            let kind = (patterns.len() <= TOGETHER).then_some(AhoCorasickKind::DFA);
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostFirst)
                .kind(kind)
                .build(patterns)
                .ok()
        };
        let together = if all.len() > MANY {
            all.len()
        } else {
            TOGETHER
        };
        Self {
            sieves: all.chunks(together).map(sieve).collect(),
            seams: Seams::new(values),
            blocks: AhoCorasick::new(&blocks).ok(),
            kinds,
            bodies,
            tails,
        }
    }

    /// Whether a secret, or a part of one, may stand in a text.
    pub(super) fn may_be_in(&self, text: &[u8]) -> bool {
        self.sieves
            .as_ref()
            .is_none_or(|sieves| sieves.iter().any(|sieve| sieve.is_match(text)))
    }

    /// Whether one may go on over the end of a line in whole lines that come behind those which `fold` knows.
    pub(super) fn may_go_on_in(&self, text: &[u8], fold: &Fold) -> bool {
        self.seams.may_be_in(&fold.before, text)
    }

    /// Where the parts of those stand that do, as `find` finds them in the lines as one.
    pub(super) fn places_over_ends(
        text: &[u8],
        fold: &Fold,
        find: impl Fn(&[u8]) -> Vec<Range<usize>>,
    ) -> Vec<Range<usize>> {
        seams::places(&fold.before, text, find)
    }

    /// Where parts of folded secrets stand in whole lines that go on from what `fold` knows; in no order.
    pub(super) fn places(&self, text: &[u8], fold: &mut Fold) -> Vec<Range<usize>> {
        // All have one length: no more than one ends at a byte.
        let blocks = self.blocks.iter();
        let blocks = blocks.flat_map(|blocks| blocks.find_overlapping_iter(text));
        let blocks: Vec<Block> = blocks
            .map(|block| (block.start(), self.kinds[block.pattern().as_usize()]))
            .collect();
        // Who writes a text of several lines as one leaves the line ends in letters.
        let is_other = fold.in_letters.is_some()
            || (fold.is_open() || !blocks.is_empty()) && cell::has_letters(text);
        if !is_other {
            return self.places_in_lines(text, &blocks, false, &mut fold.rests);
        }
        let other = fold.in_letters.take();
        let mut other = other.unwrap_or_else(|| fold.rests.clone());
        let mut places = self.places_in_lines(text, &blocks, false, &mut fold.rests);
        places.append(&mut self.places_in_lines(text, &blocks, true, &mut other));
        fold.in_letters = (fold.is_open() || !other.is_empty()).then_some(other);
        places
    }

    /// The same; with `in_letters`, of lines that end in letters too.
    fn places_in_lines(
        &self,
        text: &[u8],
        blocks: &[Block],
        in_letters: bool,
        open: &mut Vec<Rest>,
    ) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        let mut blocks = blocks.iter().copied().peekable();
        // Of a text and of secrets that repeat themselves, each byte would be compared with each.
        let mut patience = 16 * text.len() + (64 << 10);
        let (mut from, mut passed) = (0, 0);
        while from < text.len() {
            // A secret may begin with what is a line end here.
            while blocks.next_if(|(at, _)| *at < from).is_some() {}
            if open.is_empty() {
                let Some((next, _)) = blocks.peek().copied() else {
                    break;
                };
                // Once for each of them: up to there may be many line ends in letters.
                if passed < next {
                    passed = next;
                    let before = &text[from..passed];
                    from += memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
                }
            }
            let (end, next) = cell::line_end(&text[from..], in_letters);
            let (end, next) = (from + end, from + next);
            let line = &text[from..end];
            let begin = cell::opening(line);
            let old = places.len();
            let mut rests = go_on(open, line, from, &mut places);
            let gone_on = places[old..].iter().map(|place| place.end);
            let mut known = gone_on.max().unwrap_or(0);
            while let Some((at, kind)) = blocks.next_if(|(at, _)| *at < end) {
                if at < known || patience == 0 {
                    continue;
                }
                let where_it_is = (line, begin, at - from);
                if let Some(part) = self.part(where_it_is, kind, &mut patience) {
                    let place = from + part.place.start..from + part.place.end;
                    rests.extend(part.rests.into_iter().map(|mut rest| {
                        if let Some(untold) = &mut rest.untold {
                            untold.places.push(place.clone());
                        }
                        rest
                    }));
                    if part.is_told {
                        known = place.end;
                        places.push(place);
                    }
                }
            }
            // Nothing comes between two lines but frames.
            if begin < line.len() || !rests.is_empty() {
                *open = rests;
            }
            from = next;
        }
        // The lines in which something was seen are shown now.
        for untold in open.iter_mut().filter_map(|rest| rest.untold.as_mut()) {
            untold.places.clear();
        }
        places
    }

    /// The part of a secret whose block stands at `at` of a line in which the text begins at `begin`, where it
    /// ends with its cell; and what is to come of those that go on like that.
    fn part(
        &self,
        (line, begin, at): (&[u8], usize, usize),
        [first, second]: [bool; 2],
        patience: &mut usize,
    ) -> Option<Part> {
        let text = &line[at..];
        if first {
            let (length, alike) = alike(&self.bodies, 0, text);
            *patience = patience.saturating_sub(length);
            let length = text[..length].trim_ascii_end().len();
            if length >= ENOUGH && cell::ends(&text[length..]) {
                return Some(part_of(at..at + length, alike.iter(), 0..length));
            }
        }
        if !second {
            return None;
        }
        let (length, alike) = alike(&self.tails, ENOUGH, text);
        *patience = patience.saturating_sub(length);
        let start = begin.min(at);
        let before = &line[start..at];
        if before.len() >= ENOUGH {
            return None;
        }
        let end = ENOUGH + length;
        let ends_cell = cell::ends(&text[length..]);
        let alike = alike
            .iter()
            .filter(|body| body[..ENOUGH].ends_with(before) && (ends_cell || end == body.len()));
        let mut alike = alike.take(MOST_ALIKE).peekable();
        alike.peek()?;
        let seen = ENOUGH - before.len()..end;
        Some(part_of(start..at + length, alike, seen))
    }
}

/// The part at `place` of a line, which are the bytes `seen` of each of `bodies`.
fn part_of<'a>(
    place: Range<usize>,
    bodies: impl Iterator<Item = &'a Arc<[u8]>>,
    seen: Range<usize>,
) -> Part {
    let bodies: Vec<_> = bodies.take(MOST_ALIKE).collect();
    let is_told = bodies.iter().any(|body| is_told(body, seen.clone()));
    let untold = || Untold {
        from: seen.start,
        places: Vec::new(),
    };
    let rests = bodies
        .iter()
        .filter_map(|body| Rest::of(body, seen.end, (!is_told).then(untold)));
    let rests = rests.collect();
    Part {
        place,
        is_told,
        rests,
    }
}

/// How much of the beginning of `text` the one has in common with it that has the most; and all that begin
/// with that. They begin at `from`, and are in the order of that.
fn alike<'a>(sorted: &'a [Arc<[u8]>], from: usize, text: &[u8]) -> (usize, &'a [Arc<[u8]>]) {
    let next = sorted.partition_point(|body| &body[from..] < text);
    let beside = [next.checked_sub(1), Some(next)].into_iter().flatten();
    let beside = beside.filter_map(|at| sorted.get(at));
    let lengths = beside.map(|body| common(&body[from..], text));
    let length = lengths.max().unwrap_or(0);
    let begin = &text[..length];
    let start = sorted.partition_point(|body| &body[from..] < begin);
    let many = sorted[start..].partition_point(|body| body[from..].starts_with(begin));
    (length, &sorted[start..start + many])
}

/// A key in one line without the words before it, which are no secret.
fn without_head(value: &str) -> &str {
    let head = value.strip_prefix("-----").and_then(|rest| {
        let end = rest.find("-----")?;
        Some("-----".len() + end + "-----".len())
    });
    head.map_or(value, |head| &value[head..])
}

#[cfg(test)]
mod tests;
