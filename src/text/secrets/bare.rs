//! The values as they are once they are read back. Of backslashes nobody can tell how many times they were
//! doubled, and who wrote one before a letter that needs none: values and texts are compared without them.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::looked::{LONGEST, SHORTEST};
use super::plain::{self, Plain};

/// What is looked for in a text that was read back.
#[derive(Debug)]
pub(super) struct Bare {
    finder: Option<AhoCorasick>,
    pub(super) values: Vec<Vec<u8>>,
    /// Of which of them only the beginning is known.
    cut: Vec<bool>,
}

impl Bare {
    pub(super) fn new(values: &[String], kind: Option<AhoCorasickKind>) -> Self {
        let mut bare: Vec<(Vec<u8>, bool)> = values
            .iter()
            .map(|value| {
                let (value, is_cut) = (value.as_bytes(), value.len() >= LONGEST - 3);
                let end = if is_cut {
                    plain::whole(value)
                } else {
                    value.len()
                };
                (plain::read(&value[..end]), is_cut)
            })
            .filter(|(value, _)| value.len() >= SHORTEST)
            .collect();
        // Of two that are the same, the one that is cut stays.
        bare.sort_unstable_by(|a, b| (&a.0, !a.1).cmp(&(&b.0, !b.1)));
        bare.dedup_by(|next, before| next.0 == before.0);
        let (values, cut): (Vec<Vec<u8>>, Vec<bool>) = bare.into_iter().unzip();
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(kind)
            .build(&values)
            .ok();
        Self {
            finder,
            values,
            cut,
        }
    }

    /// Where values stand in the text that was read back, and whether the rest of the line belongs to them.
    pub(super) fn places<'a>(
        &'a self,
        plain: &'a Plain,
    ) -> impl Iterator<Item = (Range<usize>, bool)> + 'a {
        let finds = self.finder.iter();
        finds
            .flat_map(|finder| finder.find_iter(plain.text()))
            .map(|found| {
                let is_cut = self.cut[found.pattern().as_usize()];
                (plain.range(&found.range()), is_cut)
            })
    }
}
