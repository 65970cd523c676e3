//! What is left of a value that somebody left out the middle of, as pydantic does with what it was
//! given (`input_value='sk_live_4f9a…7c2e'`), or the end, as rich does with what is long
//! (`token = 'eyJhbGci'+28`). Half of a secret is as good as all of it.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use foldhash::fast::RandomState;

/// What stands where something was left out; the last as JSON has it.
const MARKS: [&[u8]; 3] = [b"...", "…".as_bytes(), b"\\u2026"];

/// How it begins where rich tells how much more there was; the quote belongs to what is left.
const MORE: [&[u8]; 2] = [b"'+", b"\"+"];

/// What a cut begins or ends with.
pub(super) fn marks() -> impl Iterator<Item = &'static [u8]> {
    MARKS.into_iter().chain(MORE)
}

/// All these together: with vectors, one pass is faster than one for each of two.
static SIEVE: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .kind(Some(AhoCorasickKind::DFA))
        .build(marks())
        .ok()
});

/// The longest of them.
const LONGEST_MARK: usize = 6;

/// So many bytes at the cut tell a secret: half of it, but no fewer and no more than these.
const ENOUGH: Range<usize> = 6..8;

/// The values, to be found by how they begin and how they end.
#[derive(Debug)]
pub(super) struct Cuts {
    begin: Side,
    /// The same backwards.
    end: Side,
}

/// Values in their order, and what they begin with.
#[derive(Debug)]
struct Side {
    values: Vec<Vec<u8>>,
    keys: HashSet<u32, RandomState>,
}

impl Side {
    fn new(mut values: Vec<Vec<u8>>) -> Self {
        values.sort_unstable();
        values.dedup();
        let keys = values.iter().filter_map(|value| key(value)).collect();
        Self { values, keys }
    }

    /// Where in a text enough of the beginning of a value stands before one of `marks`, which are in their order.
    /// One pass over what is near them. What it is cut off at, `is_cut` tells by what is behind it.
    fn places(
        &self,
        text: &[u8],
        marks: impl Iterator<Item = usize>,
        is_cut: impl Fn(&[u8]) -> bool + Copy,
    ) -> Vec<Range<usize>> {
        let longest = self.values.iter().map(Vec::len).max().unwrap_or(0);
        let (mut places, mut from) = (Vec::new(), 0);
        for at in marks {
            let starts = from.max(at.saturating_sub(longest))..at;
            let found = starts.filter_map(|start| {
                let length = self.cut(&text[start..], is_cut)?;
                Some(start..start + length)
            });
            places.extend(found);
            from = at;
        }
        places
    }

    /// How much of the beginning of a value `text` begins with, where that is enough and cut off there.
    fn cut(&self, text: &[u8], is_cut: impl Fn(&[u8]) -> bool) -> Option<usize> {
        if !self.keys.contains(&key(text)?) {
            return None;
        }
        // Whichever has the most in common with it stands beside its place.
        let next = self.values.partition_point(|value| value.as_slice() < text);
        let beside = [next.checked_sub(1), Some(next)].into_iter().flatten();
        let values = beside.filter_map(|at| self.values.get(at));
        let lengths = values.filter_map(|value| {
            let pairs = value.iter().zip(text);
            let same = pairs.take_while(|(one, other)| one == other).count();
            let enough = value.len().div_ceil(2).clamp(ENOUGH.start, ENOUGH.end);
            // A value may go on as the mark does.
            let lengths = same.saturating_sub(LONGEST_MARK).max(enough)..=same;
            lengths.rev().find(|length| is_cut(&text[*length..]))
        });
        lengths.max()
    }
}

/// Whether something was left out where `behind` begins: a mark stands there, or behind the quote that closes
/// what is left.
fn is_left_out(behind: &[u8]) -> bool {
    if is_mark(behind) {
        return true;
    }
    match &behind[backslashes(behind)..] {
        [b'\'' | b'"' | b'`', more @ ..] => {
            let is_counted = matches!(more, [b'+', b'0'..=b'9', ..]);
            // rich shortens what tells how much more there was, too.
            is_counted || is_mark(more.strip_prefix(b"+").unwrap_or(more))
        }
        _ => false,
    }
}

fn is_mark(text: &[u8]) -> bool {
    let [dots, dot, letters] = MARKS;
    // Within JSON within JSON it has more backslashes.
    let more = backslashes(text).saturating_sub(1);
    text.starts_with(dots) || text.starts_with(dot) || text[more..].starts_with(letters)
}

fn backslashes(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b'\\').count()
}

/// The first bytes, in a number: it is asked for at every place before a mark.
fn key(text: &[u8]) -> Option<u32> {
    text.first_chunk().copied().map(u32::from_ne_bytes)
}

fn backwards(text: &[u8]) -> Vec<u8> {
    text.iter().rev().copied().collect()
}

impl Cuts {
    /// `values` as they are looked for, and the `ends` of those of which that is only the beginning.
    pub(super) fn new(values: &[String], ends: &[String]) -> Self {
        let begin = values.iter().map(|value| value.as_bytes().to_vec());
        let end = values.iter().chain(ends);
        Self {
            begin: Side::new(begin.collect()),
            end: Side::new(end.map(|value| backwards(value.as_bytes())).collect()),
        }
    }

    /// Whether something may be left out of a text: of most there is not.
    pub(super) fn may_be_in(text: &[u8]) -> bool {
        SIEVE.as_ref().is_none_or(|sieve| sieve.is_match(text))
    }

    /// Where beginnings stand before a mark, and ends behind one; in no order.
    pub(super) fn places(&self, text: &[u8]) -> Vec<Range<usize>> {
        let turned = backwards(text);
        let marks = SIEVE.iter().flat_map(|sieve| sieve.find_iter(text));
        let marks: Vec<Range<usize>> = marks.map(|mark| mark.range()).collect();
        let begins = marks.iter().map(|mark| mark.start);
        let ends = marks.iter().rev().map(|mark| text.len() - mark.end);
        let turned_marks = MARKS.map(backwards);
        let is_behind = |before: &[u8]| turned_marks.iter().any(|mark| before.starts_with(mark));
        let begin = self.begin.places(text, begins, is_left_out);
        let end = self.end.places(&turned, ends, is_behind);
        let end = end.into_iter().map(|place| {
            let (start, end) = (text.len() - place.end, text.len() - place.start);
            start..end
        });
        begin.into_iter().chain(end).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(values: &[&str]) -> Cuts {
        Cuts::new(
            &values
                .iter()
                .map(|value| (*value).to_owned())
                .collect::<Vec<_>>(),
            &[],
        )
    }

    fn found<'a>(cuts: &Cuts, text: &'a str) -> Vec<&'a str> {
        let places = cuts.places(text.as_bytes()).into_iter();
        places.map(|place| &text[place]).collect()
    }

    #[test]
    fn what_is_left_on_both_sides_of_a_cut_is_found() {
        let cuts = cuts(&["Zq9x8Wv7Uu6Tt5Ss", "correct.horse.battery", "hunter22"]);
        for (text, left) in [
            (
                "x='Zq9x8Wv7Uu...v7Uu6Tt5Ss'",
                &["Zq9x8Wv7Uu", "v7Uu6Tt5Ss"][..],
            ),
            ("{'a': 'Zq9x8Wv7…Uu6Tt5Ss'}", &["Zq9x8Wv7", "Uu6Tt5Ss"]),
            ("correct....horse.battery", &["correct.", ".horse.battery"]),
            ("hunter...nter22", &["hunter", "nter22"]),
            ("hunte...ter22 Zq9x8Wv... ...6Tt5Ss", &[]),
            ("Zq9x8Wv7Uu ... v7Uu6Tt5Ss", &[]),
            ("Zq9x8Wv7Uu..v7Uu6Tt5Ss", &[]),
            (".........", &[]),
        ] {
            assert_eq!(found(&cuts, text), left, "{text}");
        }
    }

    #[test]
    fn what_stands_in_quotes_before_a_cut_is_found() {
        let cuts = cuts(&["Zq9x8Wv7Uu6Tt5Ss", "pa'ss.words.of.all"]);
        for (text, left) in [
            ("token = 'Zq9x8Wv7Uu6'+28 │", &["Zq9x8Wv7Uu6"][..]),
            ("'Zq9x8Wv7Uu6'+… │", &["Zq9x8Wv7Uu6"]),
            ("'Zq9x8Wv7Uu6'… │", &["Zq9x8Wv7Uu6"]),
            ("b'Zq9x8Wv7Uu6'... 28 more", &["Zq9x8Wv7Uu6"]),
            ("\"pa'ss.words\"+28", &["pa'ss.words"]),
            (r#"{"e": "\"pa'ss.words\"+28 \u2502"}"#, &["pa'ss.words"]),
            (r#"{"e": "'Zq9x8Wv7Uu6'+\u2026 \u2502"}"#, &["Zq9x8Wv7Uu6"]),
            (
                r#"{"e": "Zq9x8Wv7\u2026Uu6Tt5Ss"}"#,
                &["Zq9x8Wv7", "Uu6Tt5Ss"],
            ),
            (r#""{\"e\": \"Zq9x8Wv7\\u2026\"}""#, &["Zq9x8Wv7"]),
            ("'Zq9x8Wv7Uu6' + x, 'Zq9x8Wv7Uu6'+x, 'Zq9x8Wv7Uu6' ...", &[]),
            ("'Zq9x8W'+28, 'other'+28", &[]),
        ] {
            assert_eq!(found(&cuts, text), left, "{text}");
        }
    }

    #[test]
    fn a_text_of_nothing_but_cuts_is_looked_at_once() {
        let values: Vec<String> = (0..2000).map(|n| format!("{n:04}secret{n:04}")).collect();
        let cuts = Cuts::new(&values, &[]);
        let text = "0001secret...".repeat(20_000);
        assert_eq!(cuts.places(text.as_bytes()).len(), 20_000);
    }
}
