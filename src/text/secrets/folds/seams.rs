//! A secret that is told only by two lines together: of the first one it has the end, and that may be a single
//! letter. So what stands on both sides of a line's end is looked for at each of them, and where that may be of a
//! secret, the lines are read as the one that they were.

use std::collections::HashSet;
use std::ops::Range;

use foldhash::fast::RandomState;

use super::cell;

/// So much of what came before is read together with what comes.
pub(in crate::text::secrets) const BEFORE: usize = 256;

/// A tail shorter than this may be the beginning of another word.
const BESIDE: usize = 6;

/// How short a secret may be that is told by two lines: one of letters alone, and another one.
const SHORTEST: [usize; 2] = [12, 8];

/// How many of the four bytes that are looked at stand before the end of the line: mostly one, and more where a
/// secret has fewer behind it.
const NEAR: usize = 4;

/// What stands beside the end of a line that is within a value.
pub(super) struct Seams {
    /// Which two bytes do, a bit each: of most lines this tells that no value goes on there.
    pairs: Vec<u64>,
    /// Which four do, and how many of them before it.
    near: HashSet<u64, RandomState>,
}

impl Seams {
    pub(super) fn new(values: &[String]) -> Self {
        let mut seams = Self {
            pairs: vec![0; 1 << 10],
            near: HashSet::default(),
        };
        for value in values {
            let value = value.as_bytes();
            for at in 1..value.len() {
                seams.learn(&value[..at], &value[at..]);
                // A blank at which a line is broken is not written.
                if value[at] == b' ' {
                    seams.learn(&value[..at], &value[at + 1..]);
                }
            }
        }
        seams
    }

    /// A value may be broken there.
    fn learn(&mut self, before: &[u8], behind: &[u8]) {
        let (Some(last), Some(first)) = (before.last(), behind.first()) else {
            return;
        };
        let count = NEAR.saturating_sub(behind.len()).max(1);
        if let Some(near) = near(before, behind, count) {
            let (at, bit) = pair(*last, *first);
            self.pairs[at] |= bit;
            self.near.insert(near);
        }
    }

    fn knows(&self, before: &[u8], behind: &[u8]) -> bool {
        let (Some(last), Some(first)) = (before.last(), behind.first()) else {
            return false;
        };
        let (at, bit) = pair(*last, *first);
        self.pairs[at] & bit != 0
            && (1..NEAR)
                .filter_map(|count| near(before, behind, count))
                .any(|near| self.near.contains(&near))
    }

    /// Whether a value may go on over the end of a line in these whole lines, which stand behind those `before`.
    pub(super) fn may_be_in<'a>(&self, before: &'a [u8], text: &'a [u8]) -> bool {
        let mut last = last_of(before);
        let mut from = 0;
        // One look for both and one at the line ends cost less than one at all three.
        if memchr::memchr2(b'\\', b'<', text).is_none() {
            for end in memchr::memchr_iter(b'\n', text) {
                if self.goes_on(&mut last, &text[from..end]) {
                    return true;
                }
                from = end + 1;
            }
            return self.goes_on(&mut last, &text[from..]);
        }
        for at in memchr::memchr3_iter(b'\n', b'\\', b'<', text) {
            let Some((end, next)) = cell::end_at(text, at).filter(|(end, _)| *end >= from) else {
                continue;
            };
            if self.goes_on(&mut last, &text[from..end]) {
                return true;
            }
            from = next;
        }
        self.goes_on(&mut last, &text[from..])
    }

    /// Whether a value may go on from the `last` line to this one, which is the last one from now on.
    fn goes_on<'a>(&self, last: &mut &'a [u8], line: &'a [u8]) -> bool {
        if let (Some(end), Some(first)) = (last.last(), line.first())
            && is_told(*end)
            && !end.is_ascii_digit()
            && is_told(*first)
        {
            // As most lines are: neither has a side that says nothing.
            let (at, bit) = pair(*end, *first);
            if self.pairs[at] & bit == 0 {
                *last = line;
                return false;
            }
        }
        let told = content(line);
        if told.is_empty() {
            return false;
        }
        let before = content(std::mem::replace(last, line));
        let quotes = quotes(before, told);
        self.knows(&before[..before.len() - quotes], &told[quotes..])
    }
}

/// Whether a byte at the side of a line is part of what it says. A digit may belong to the place in a source.
fn is_told(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'|' | b'\\' | b'\'' | b'"')
}

/// The last line that says something.
fn last_of(text: &[u8]) -> &[u8] {
    let lines = text.rsplit(|byte| *byte == b'\n');
    let mut lines = lines.map(content).filter(|line| !line.is_empty());
    lines.next().unwrap_or_default()
}

/// Where the bit of two bytes is, and which it is.
fn pair(last: u8, first: u8) -> (usize, u64) {
    let at = usize::from(last) << 8 | usize::from(first);
    (at >> 6, 1 << (at & 63))
}

/// Four bytes beside the end of a line, in a number.
fn near(before: &[u8], behind: &[u8], count: usize) -> Option<u64> {
    let before = before.last_chunk::<NEAR>().map_or(before, |last| last);
    let before = &before[before.len().checked_sub(count)?..];
    let behind = behind.get(..NEAR - count)?;
    let bytes = before.iter().chain(behind);
    let bytes = bytes.fold(0, |number, byte| number << 8 | u64::from(*byte));
    Some(bytes << 8 | count as u64)
}

/// What a line has between the blanks and frames at its sides.
fn content(line: &[u8]) -> &[u8] {
    let line = &line[cell::frame(line)..];
    &line[..cell::told(line)]
}

/// How many quotes belong to neither of two pieces, but to a text that was written as one text a line.
fn quotes(before: &[u8], behind: &[u8]) -> usize {
    let is_quoted = matches!(
        (before, behind),
        ([.., b'\''], [b'\'', ..]) | ([.., b'"'], [b'"', ..])
    );
    usize::from(is_quoted)
}

/// A text whose lines are one, and where each began in it and in the text as it came.
struct Joined {
    text: Vec<u8>,
    pieces: Vec<(usize, usize)>,
}

impl Joined {
    /// `blank` stands where a line ended.
    fn of(text: &[u8], in_letters: bool, blank: &[u8]) -> Self {
        let mut joined = Self {
            text: Vec::with_capacity(text.len()),
            pieces: Vec::new(),
        };
        let mut from = 0;
        while from < text.len() {
            let (end, next) = cell::line_end(&text[from..], in_letters);
            let line = &text[from..from + end];
            let start = from + cell::frame(line);
            let said = content(line);
            from += next;
            if said.is_empty() {
                continue;
            }
            let quotes = quotes(&joined.text, said);
            joined.text.truncate(joined.text.len() - quotes);
            if !joined.pieces.is_empty() {
                joined.text.extend_from_slice(blank);
            }
            joined.pieces.push((joined.text.len(), start + quotes));
            joined.text.extend_from_slice(&said[quotes..]);
        }
        joined
    }

    /// Where the parts of a place stand in the text as it came, where those are several.
    fn parts(&self, place: &Range<usize>) -> Vec<Range<usize>> {
        let first = self.pieces.partition_point(|(at, _)| *at <= place.start);
        let last = self.pieces.partition_point(|(at, _)| *at < place.end);
        if first == 0 || first == last {
            return Vec::new();
        }
        let parts = (first - 1..last).map(|piece| {
            let (at, came) = self.pieces[piece];
            let next = self.pieces.get(piece + 1).map(|(at, _)| *at);
            let begin = place.start.max(at);
            let end = next.map_or(place.end, |next| place.end.min(next));
            let said = self.text[begin..end].trim_ascii_end().len();
            came + begin - at..came + begin - at + said
        });
        parts.filter(|part| !part.is_empty()).collect()
    }

    /// Whether what was found there is one secret over several lines, and no words that only look alike.
    fn is_sure(&self, place: &Range<usize>) -> bool {
        let last = self.pieces.partition_point(|(at, _)| *at < place.end);
        let tail = place.end - self.pieces[last.saturating_sub(1)].0;
        let ends_line = self
            .pieces
            .get(last)
            .is_some_and(|(at, _)| *at == place.end);
        let behind = self.text.get(place.end).filter(|_| !ends_line);
        let goes_on = behind.is_some_and(u8::is_ascii_alphanumeric);
        let said = &self.text[place.clone()];
        let are_letters = said.iter().all(u8::is_ascii_alphabetic);
        said.len() >= SHORTEST[usize::from(!are_letters)] && (tail >= BESIDE || !goes_on)
    }
}

/// Where the parts of what `find` finds stand in whole lines, of that which goes on over the end of one. The lines
/// `before` are over.
pub(super) fn places(
    before: &[u8],
    text: &[u8],
    find: impl Fn(&[u8]) -> Vec<Range<usize>>,
) -> Vec<Range<usize>> {
    let whole = [before, text].concat();
    let mut places = Vec::new();
    for in_letters in [false, true] {
        if in_letters && !cell::has_letters(&whole) {
            break;
        }
        for blank in [&b""[..], b" "] {
            let joined = Joined::of(&whole, in_letters, blank);
            let found = find(&joined.text).into_iter();
            let found = found.filter(|place| joined.is_sure(place));
            places.extend(found.flat_map(|place| joined.parts(&place)));
        }
    }
    let comes = |place: Range<usize>| {
        let place = place.start.max(before.len())..place.end;
        (!place.is_empty()).then(|| place.start - before.len()..place.end - before.len())
    };
    places.into_iter().filter_map(comes).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::text::secrets::{Fold, Secrets};

    const SECRETS: [&str; 5] = [
        "hunter2!correct-horse",
        "Tr0ub4dor&3 horse staple",
        "Zq$7&w\"Kp/4+xY=9vB#tNm8Lr2",
        "R8_xmbsg0Kq3vTz7LpW1",
        "correct horse battery",
    ];

    /// What is shown of whole lines that come in these parts.
    fn shown(parts: &[&str]) -> String {
        static KNOWN: LazyLock<Secrets> = LazyLock::new(|| Secrets::new(SECRETS));
        let (mut fold, mut out) = (Fold::default(), Vec::new());
        for part in parts {
            if !KNOWN.mask_if_found(part.as_bytes(), &mut fold, &mut out) {
                out.extend_from_slice(part.as_bytes());
            }
        }
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn wherever_a_secret_is_broken_both_its_pieces_are_masked() {
        for secret in SECRETS {
            let json = secret.replace('"', "\\\"");
            let percent = secret.bytes().map(|byte| match byte {
                b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).into(),
                byte => format!("%{byte:02X}"),
            });
            for written in [secret.to_owned(), json, percent.collect()] {
                for at in 1..written.len() {
                    let (one, other) = written.split_at(at);
                    for (end, begin) in [("\n", ""), (" │\n", "│ "), ("  app.py:12\n", "    ")]
                    {
                        let text = format!("is {}{end}{begin}{} now\n", one.trim(), other.trim());
                        let masked = format!("is ••••••{end}{begin}•••••• now\n");
                        assert_eq!(shown(&[&text]), masked, "{text}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_secret_is_broken_more_than_once_and_in_letters() {
        for (text, masked) in [
            (
                "postgresql://app:h\nunter2%21correct-\nhorse@db.internal\n",
                "postgresql://app:M\nM\nM@db.internal\n",
            ),
            (
                "x = ('R8_xmbs'\n     'g0Kq3vTz7LpW1')\n",
                "x = ('M'\n     'M')\n",
            ),
            (
                r#"{"e": "is R8_x\nmbsg0Kq3vTz7LpW1"}"#,
                r#"{"e": "is M\nM"}"#,
            ),
            ("<p>R8_x<br>mbsg0Kq3vTz7LpW1</p>", "<p>M<br>M</p>"),
            (
                r#"{"e": "\u2502 hunter2!corr \u2502\n\u2502 ect-horse \u2502"}"#,
                r#"{"e": "\u2502 M \u2502\n\u2502 M \u2502"}"#,
            ),
        ] {
            assert_eq!(shown(&[text]), masked.replace('M', "••••••"), "{text}");
        }
    }

    #[test]
    fn what_comes_later_is_masked_though_its_beginning_was_shown() {
        let text = shown(&["is R8_xm\n", "\n", "bsg0Kq3vTz7LpW1 now\n"]);
        assert_eq!(text, "is R8_xm\n\n•••••• now\n");
        let parts = ["is Zq$7\n", "&w\"Kp/4+xY=9vB#tNm8Lr\n", "2 now\n"];
        assert_eq!(shown(&parts), "is Zq$7\n••••••\n•••••• now\n");
    }

    #[test]
    fn lines_that_only_look_alike_stay() {
        for text in [
            "correct\nhorse\nand battery\n",
            "is correct horse\nbatter\n",
            "is correct horse bat\nterys\n",
            "R8_xmbsg0K\nq3vTz7LpW\n1x\n",
            "is R8_x\nand mbsg0Kq3vTz7LpW1\n",
        ] {
            assert_eq!(shown(&[text]), text);
        }
    }

    #[test]
    fn of_lines_that_are_not_of_a_secret_nothing_is_joined() {
        let seams = Seams::new(&SECRETS.map(str::to_owned));
        let text = "2026-11-30 10:00:00 INFO ready\n  at main (app.js:3)\n\n{\"a\": \"b\\nc\"}\n";
        assert!(!seams.may_be_in(b"x R\n", text.as_bytes()));
        assert!(seams.may_be_in(b"x R\n", b"8_xm\n"));
        assert!(seams.may_be_in(b"", b"x R8_xmbsg0Kq3vTz7LpW\n1\n"));
    }
}
