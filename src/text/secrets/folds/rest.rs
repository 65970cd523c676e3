//! What is to come of a secret of which the lines before showed a part, and whether they told it.

use std::ops::Range;
use std::sync::Arc;

use memchr::memmem;

use super::cell;

/// So many bytes of a secret tell it.
pub(in crate::text::secrets) const ENOUGH: usize = 12;

/// What may as well be a few words tells a secret from this length on.
pub(in crate::text::secrets) const WORDS: usize = 24;

/// Where so much of the rest of a secret stands is no question: it need not begin its line.
const BESIDE: usize = 6;

/// A secret from some byte on.
#[derive(Clone)]
pub(super) struct Rest {
    body: Arc<[u8]>,
    at: usize,
    /// What was seen of it, while that may as well be another text.
    pub(super) untold: Option<Untold>,
}

/// Pieces of a secret that tell it only together with those of the next lines.
#[derive(Clone)]
pub(super) struct Untold {
    /// The byte of the secret that they begin with.
    pub(super) from: usize,
    /// Where they stand in the lines that are looked at.
    pub(super) places: Vec<Range<usize>>,
}

impl Rest {
    /// None of a secret that ends there.
    pub(super) fn of(body: &Arc<[u8]>, at: usize, untold: Option<Untold>) -> Option<Self> {
        let body = Arc::clone(body);
        (at < body.len()).then_some(Self { body, at, untold })
    }

    /// Where it stands in a line that goes on with it, and up to which byte of the secret.
    pub(super) fn place_in(&self, line: &[u8]) -> Option<(Range<usize>, usize)> {
        // A blank at which a line was broken is not written.
        let rest = self.body[self.at..].trim_ascii_start();
        let place = rest_in(line, rest, self.untold.is_none())?;
        let at = self.body.len() - rest.len() + place.len();
        Some((place, at))
    }
}

/// Puts into `places` where the `open` rests of secrets stand in the line that begins at `from`, with what was
/// seen of them before where only this line tells them; and what is to come after it.
pub(super) fn go_on(
    open: &[Rest],
    line: &[u8],
    from: usize,
    places: &mut Vec<Range<usize>>,
) -> Vec<Rest> {
    let mut rests = Vec::new();
    for rest in open {
        let Some((place, at)) = rest.place_in(line) else {
            continue;
        };
        let body = &rest.body;
        let place = from + place.start..from + place.end;
        let mut untold = rest.untold.clone();
        if let Some(before) = &mut untold {
            before.places.push(place);
            if is_told(body, before.from..at) {
                places.append(&mut before.places);
                untold = None;
            }
        } else {
            places.push(place);
        }
        rests.extend(Rest::of(body, at, untold));
    }
    rests
}

/// Where the `rest` of a secret stands in a line, or as much of it as has a place there. Of one that `is_told`
/// already, there may be other words before it.
fn rest_in(line: &[u8], rest: &[u8], is_told: bool) -> Option<Range<usize>> {
    let place = |start: usize| {
        let length = common(&line[start..], rest);
        // A blank at which the line was broken is none of what it shows.
        let length = line[start..start + length].trim_ascii_end().len();
        let behind = &line[start + length..];
        let is_whole = length == rest.len()
            && (length >= BESIDE || !behind.first().is_some_and(u8::is_ascii_alphanumeric));
        (length > 0 && (is_whole || cell::ends(behind))).then(|| start..start + length)
    };
    let indented = cell::frame(line);
    let quoted = cell::opening(line);
    let needle = &rest[..rest.len().min(ENOUGH)];
    let within = || {
        (needle.len() >= BESIDE)
            .then(|| memmem::find(line, needle))
            .flatten()
            .filter(|at| is_told || cell::begins(&line[..*at]))
    };
    place(indented)
        .or_else(|| place(quoted))
        .or_else(|| within().and_then(place))
}

/// How much two texts have in common from their beginning.
pub(in crate::text::secrets) fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter()
        .zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

/// Whether a part of a secret is that, and no words that stand in other texts too.
pub(in crate::text::secrets) fn tells(part: &[u8]) -> bool {
    let any = |is: fn(&u8) -> bool| part.iter().any(is);
    part.len() >= WORDS
        || part.len() >= ENOUGH
            && (any(u8::is_ascii_digit)
                || any(u8::is_ascii_uppercase) && any(u8::is_ascii_lowercase))
}

/// The same of the bytes `seen` of a secret, which stand at the end of a cell: they also tell it where it ends
/// with them, or is broken off where no other text ends, behind a hyphen or within a word. The beginning of one
/// that is broken off within a word may be a name that begins alike, as `shop_dev` does for
/// `shop_development_password`: there the next line tells.
pub(super) fn is_told(body: &[u8], seen: Range<usize>) -> bool {
    let part = &body[seen.start..seen.end];
    let is_broken = || {
        let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
        match (part.last(), body.get(seen.end)) {
            (Some(b'-' | b'_'), _) => true,
            (Some(last), Some(next)) => seen.start > 0 && is_of_word(last) && is_of_word(next),
            _ => false,
        }
    };
    part.len() >= ENOUGH && (tells(part) || seen.end == body.len() || tells(body) && is_broken())
}
