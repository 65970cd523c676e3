//! A text that was read back, and where its parts stood.

use std::ops::Range;

/// What a text says, and where that stood in the text as it came.
#[derive(Debug, Default)]
pub(super) struct Trace {
    text: Vec<u8>,
    /// Where a part begins, here and in the text as it came.
    parts: Vec<(usize, usize)>,
}

impl Trace {
    /// Goes on with a part of the text as it came, which says itself.
    pub(super) fn copy(&mut self, text: &[u8], part: Range<usize>) {
        self.parts.push((self.text.len(), part.start));
        self.text.extend_from_slice(&text[part]);
    }

    /// Goes on with what stood otherwise in the text as it came, at `from`.
    pub(super) fn say(&mut self, said: &[u8], from: usize) {
        self.parts.push((self.text.len(), from));
        self.text.extend_from_slice(said);
    }

    /// Goes on to the end of the text as it came, from what was taken of it; none where that is nothing: all
    /// says itself.
    pub(super) fn into_whole(mut self, text: &[u8], taken: usize) -> Option<Self> {
        if taken == 0 {
            return None;
        }
        self.copy(text, taken..text.len());
        self.parts.push((self.text.len(), text.len()));
        Some(self)
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The text alone, for whoever keeps the places by [`Self::apart`].
    pub(super) fn apart(self) -> (Vec<u8>, Places) {
        (self.text, Places(self.parts))
    }

    /// Where a byte of it stood.
    pub(super) fn place(&self, at: usize) -> usize {
        place(&self.parts, at)
    }
}

/// Where the parts of a text stood.
#[derive(Debug)]
pub(super) struct Places(Vec<(usize, usize)>);

impl Places {
    /// Where the byte there stood.
    pub(super) fn place(&self, at: usize) -> usize {
        place(&self.0, at)
    }
}

fn place(parts: &[(usize, usize)], at: usize) -> usize {
    let part = parts.partition_point(|(begin, _)| *begin <= at);
    let part = part.checked_sub(1).and_then(|part| parts.get(part));
    part.map_or(0, |(begin, place)| place + (at - begin))
}
