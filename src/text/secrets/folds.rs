//! A secret that its writer folded over several lines, as rich, textwrap and tables do with all that is wider
//! than they are. No line holds it, and all of them together do.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use memchr::memmem;

/// So many bytes of a secret tell it.
const ENOUGH: usize = 12;

/// What may as well be a few words tells a secret from this length on.
const WORDS: usize = 24;

/// Shorter values are not followed: hardly anybody folds them.
const SHORTEST: usize = 16;

/// Where so much of the rest of a secret stands is no question: it need not begin its line.
const BESIDE: usize = 6;

/// No more secrets than that are followed that begin alike.
const MOST_ALIKE: usize = 64;

/// So many patterns are looked for at once with vectors, 1 to 9 GB/s; one more, and it is 0.5.
const TOGETHER: usize = 64;

/// With more than that many, one pass byte by byte is as fast as all those.
const MANY: usize = 8 * TOGETHER;

/// What stands at the right of a cell is looked at where it is no longer than that.
const BEHIND: usize = 1024;

/// What is still to come of the secrets that the lines of one writer ended in the middle of.
#[derive(Default)]
pub struct Fold {
    rests: Vec<Rest>,
}

/// A secret from some byte on.
struct Rest {
    body: Arc<[u8]>,
    at: usize,
}

impl Rest {
    /// None of a secret that ends there.
    fn of(body: &Arc<[u8]>, at: usize) -> Option<Self> {
        let body = Arc::clone(body);
        (at < body.len()).then_some(Self { body, at })
    }
}

impl Fold {
    pub(super) fn is_open(&self) -> bool {
        !self.rests.is_empty()
    }

    /// Where the rest of a secret stands in a line that goes on with one; and what is to come after it.
    fn go_on(&self, line: &[u8]) -> (Vec<Range<usize>>, Vec<Rest>) {
        let (mut places, mut rests) = (Vec::new(), Vec::new());
        for Rest { body, at } in &self.rests {
            // A blank at which a line was broken is not written.
            let rest = body[*at..].trim_ascii_start();
            if let Some(place) = rest_in(line, rest) {
                rests.extend(Rest::of(body, body.len() - rest.len() + place.len()));
                places.push(place);
            }
        }
        (places, rests)
    }

    /// Where in a line that is not whole yet the rest of a secret begins.
    pub(super) fn begins_in(&self, line: &[u8]) -> Option<usize> {
        let (places, _) = self.go_on(line);
        places.iter().map(|place| place.start).min()
    }
}

impl fmt::Debug for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fold(…)")
    }
}

/// Where the `rest` of a secret stands in a line, or as much of it as has a place there.
fn rest_in(line: &[u8], rest: &[u8]) -> Option<Range<usize>> {
    let place = |start: usize| {
        let length = common(&line[start..], rest);
        let behind = &line[start + length..];
        let is_whole = length == rest.len()
            && (length >= BESIDE || !behind.first().is_some_and(u8::is_ascii_alphanumeric));
        (length > 0 && (is_whole || ends_cell(behind))).then(|| start..start + length)
    };
    let indented = frame(line);
    let quoted = opening(line);
    let needle = &rest[..rest.len().min(ENOUGH)];
    let within = || {
        (needle.len() >= BESIDE)
            .then(|| memmem::find(line, needle))
            .flatten()
    };
    place(indented)
        .or_else(|| place(quoted))
        .or_else(|| within().and_then(place))
}

/// How much two texts have in common from their beginning.
fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter()
        .zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

/// The length of a blank, or of a part of a frame, at the beginning of a text.
fn mark(text: &[u8]) -> usize {
    match text {
        [b' ' | b'\t' | b'\r' | b'|', ..] => 1,
        // U+2500 to U+257F
        [0xe2, 0x94 | 0x95, _, ..] => 3,
        _ => 0,
    }
}

/// How long the blanks and the frame are that a line begins with.
fn frame(line: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match mark(&line[at..]) {
            0 => return at,
            length => at += length,
        }
    }
}

/// The same with what opens a text.
fn opening(line: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += frame(&line[at..]);
        match line.get(at) {
            Some(b'\'' | b'"' | b'`' | b'(' | b'[' | b'{' | b'#' | b'>' | b'*') => at += 1,
            _ => return at,
        }
    }
}

/// Whether a cell of a table, or the line, ends where `behind` begins: there is nothing more but what closes
/// a text, blanks, a frame, or at the right the place in a source, as rich gives it.
fn ends_cell(mut behind: &[u8]) -> bool {
    while let [
        b'\'' | b'"' | b'`' | b',' | b';' | b')' | b']' | b'}',
        rest @ ..,
    ] = behind
    {
        behind = rest;
    }
    let told = behind.trim_ascii_start();
    if told.is_empty() || mark(told) > 0 {
        return true;
    }
    if told.len() > BEHIND {
        return false;
    }
    let told = told.trim_ascii_end();
    if matches!(told, [b'+' | b'\\']) {
        return true;
    }
    let is_apart = told.len() < behind.len() && behind[0].is_ascii_whitespace();
    let colon = memchr::memrchr(b':', told);
    let number = colon.map_or(&[][..], |at| &told[at + 1..]);
    is_apart && !number.is_empty() && number.iter().all(u8::is_ascii_digit) && !told.contains(&b' ')
}

/// Whether a part of a secret is that, and no words that stand in other texts too.
fn tells(part: &[u8]) -> bool {
    let any = |is: fn(&u8) -> bool| part.iter().any(is);
    part.len() >= WORDS
        || part.len() >= ENOUGH
            && (any(u8::is_ascii_digit)
                || any(u8::is_ascii_uppercase) && any(u8::is_ascii_lowercase))
}

/// What may be folded, to be found by its first bytes and by those behind them.
pub(super) struct Folds {
    /// How every value begins, whether it may be folded or not: of most texts this tells that they hold none.
    sieves: Option<Vec<AhoCorasick>>,
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
        let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
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

    /// Where parts of folded secrets stand in whole lines that go on from what `fold` knows; in no order.
    pub(super) fn places(&self, text: &[u8], fold: &mut Fold) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        let blocks = self.blocks.iter();
        let mut blocks = blocks
            .flat_map(|blocks| blocks.find_overlapping_iter(text))
            .peekable();
        // Of a text and of secrets that repeat themselves, each byte would be compared with each.
        let mut patience = 16 * text.len() + (64 << 10);
        let mut from = 0;
        while from < text.len() {
            if !fold.is_open() {
                let Some(next) = blocks.peek() else {
                    break;
                };
                let before = &text[from..next.start()];
                from += memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
            }
            let end = memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |at| from + at);
            let line = &text[from..end];
            let begin = opening(line);
            let (gone_on, mut rests) = fold.go_on(line);
            let mut known = gone_on.iter().map(|place| place.end).max().unwrap_or(0);
            places.extend(
                gone_on
                    .iter()
                    .map(|place| from + place.start..from + place.end),
            );
            while let Some(block) = blocks.next_if(|block| block.start() < end) {
                let at = block.start().saturating_sub(from);
                if at < known || patience == 0 {
                    continue;
                }
                let kind = self.kinds[block.pattern().as_usize()];
                let where_it_is = (line, begin, at);
                if let Some((place, more)) = self.part(where_it_is, kind, &mut patience) {
                    known = place.end;
                    places.push(from + place.start..from + place.end);
                    rests.extend(more);
                }
            }
            // Nothing comes between two lines but frames.
            if frame(line) < line.len() || !rests.is_empty() {
                fold.rests = rests;
            }
            from = end + 1;
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
    ) -> Option<(Range<usize>, Vec<Rest>)> {
        let text = &line[at..];
        let mut ends = |length: usize| {
            *patience = patience.saturating_sub(length);
            tells(&text[..length]) && ends_cell(&text[length..])
        };
        if first {
            let (length, alike) = alike(&self.bodies, 0, text);
            if ends(length) {
                let alike = alike.iter().take(MOST_ALIKE);
                let rests = alike.filter_map(|body| Rest::of(body, length));
                return Some((at..at + length, rests.collect()));
            }
        }
        if !second {
            return None;
        }
        let (length, alike) = alike(&self.tails, ENOUGH, text);
        let start = begin.min(at);
        let before = &line[start..at];
        if before.len() >= ENOUGH || !ends(length) {
            return None;
        }
        let alike = alike.iter().take(MOST_ALIKE);
        let alike: Vec<_> = alike
            .filter(|body| body[..ENOUGH].ends_with(before))
            .collect();
        let rests = alike.iter();
        let rests = rests.filter_map(|body| Rest::of(body, ENOUGH + length));
        (!alike.is_empty()).then(|| (start..at + length, rests.collect()))
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
