//! Where secrets stand in a text, and what takes their place.

use std::ops::Range;

use super::looked::LONGEST;
use crate::text::MASK;
use crate::text::visible::Visible;

/// The place at which so much of a value was found; to the end of the line where only its beginning is known: the
/// rest of the line may be the rest of it.
pub(super) fn whole(text: &[u8], place: Range<usize>, length: usize) -> Range<usize> {
    if length >= LONGEST - 3 {
        return to_the_end(text, place);
    }
    place
}

/// A place and the rest of its line.
pub(super) fn to_the_end(text: &[u8], place: Range<usize>) -> Range<usize> {
    let rest = &text[place.end..];
    let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    place.start..place.end + length
}

/// Puts places in their order, and makes one of those that touch each other.
pub(super) fn apart(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_unstable_by_key(|place| place.start);
    places.dedup_by(|next, before| {
        let touches = next.start < before.end;
        if touches {
            before.end = before.end.max(next.end);
        }
        touches
    });
    places
}

/// Appends `raw` to `out`, masked at these places.
pub(super) fn mask_at(places: Vec<Range<usize>>, raw: &[u8], out: &mut Vec<u8>) {
    let mut from = 0;
    for place in places {
        out.extend_from_slice(&raw[from..place.start]);
        out.extend_from_slice(MASK.as_bytes());
        from = place.end;
    }
    out.extend_from_slice(&raw[from..]);
}

/// Where a part of what is seen stands in the text as it came.
pub(super) fn as_it_came(place: Range<usize>, visible: Option<&Visible>) -> Range<usize> {
    match visible {
        Some(visible) => visible.range(&place),
        None => place,
    }
}

/// What is seen of a text, where that is not all of it.
pub(super) fn seen<'a>(raw: &'a [u8], visible: Option<&'a Visible>) -> &'a [u8] {
    visible.map_or(raw, Visible::text)
}
