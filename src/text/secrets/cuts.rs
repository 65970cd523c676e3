//! What is left of a value that somebody left out the middle of, as pydantic does with what it was
//! given: `input_value='sk_live_4f9a…7c2e'`. Half of a secret is as good as all of it.

use std::collections::HashSet;
use std::ops::Range;

use foldhash::fast::RandomState;
use memchr::memmem;

/// What stands where something was left out.
const MARKS: [&[u8]; 2] = [b"...", "…".as_bytes()];

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

    /// Where in a text enough of the beginning of a value stands before a mark. One pass over what is near
    /// a mark.
    fn places(&self, text: &[u8], mark: &[u8]) -> Vec<Range<usize>> {
        let longest = self.values.iter().map(Vec::len).max().unwrap_or(0);
        let (mut places, mut from) = (Vec::new(), 0);
        for at in memmem::find_iter(text, mark) {
            let starts = from.max(at.saturating_sub(longest))..at;
            let found = starts.filter_map(|start| {
                let length = self.cut(&text[start..], mark)?;
                Some(start..start + length)
            });
            places.extend(found);
            from = at;
        }
        places
    }

    /// How much of the beginning of a value `text` begins with, where that is enough and cut off there.
    fn cut(&self, text: &[u8], mark: &[u8]) -> Option<usize> {
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
            let lengths = same.saturating_sub(mark.len()).max(enough)..=same;
            lengths
                .rev()
                .find(|length| text[*length..].starts_with(mark))
        });
        lengths.max()
    }
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
        MARKS.iter().any(|mark| memmem::find(text, mark).is_some())
    }

    /// Where beginnings stand before a mark, and ends behind one; in no order.
    pub(super) fn places(&self, text: &[u8]) -> Vec<Range<usize>> {
        let turned = backwards(text);
        let places = MARKS.iter().flat_map(|mark| {
            let begin = self.begin.places(text, mark);
            let end = self.end.places(&turned, &backwards(mark));
            let end = end.into_iter().map(|place| {
                let (start, end) = (text.len() - place.end, text.len() - place.start);
                start..end
            });
            begin.into_iter().chain(end)
        });
        places.collect()
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
    fn a_text_of_nothing_but_cuts_is_looked_at_once() {
        let values: Vec<String> = (0..2000).map(|n| format!("{n:04}secret{n:04}")).collect();
        let cuts = Cuts::new(&values, &[]);
        let text = "0001secret...".repeat(20_000);
        assert_eq!(cuts.places(text.as_bytes()).len(), 20_000);
    }
}
