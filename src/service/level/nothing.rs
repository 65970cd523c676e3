//! Words of levels that are names of something else: a field without a value, a count of none, a column.

use super::{Level, trimmed};

/// What a field has that holds nothing, in JavaScript, Python and JSON.
const EMPTY: [&[u8]; 9] = [
    b"null",
    b"None",
    b"nil",
    b"undefined",
    b"false",
    b"False",
    b"{}",
    b"[]",
    b"",
];

/// Words that a head of a table has at least.
const COLUMNS: usize = 3;

/// Whether a line that begins with the word of a level, `first`, and goes on with `rest` says that there is
/// nothing of the kind: `error: null,`, `"error": "",`, `ERROR: 0 | OK: 12`, `ERROR  WARN  INFO`.
pub(super) fn is_said<'a>(first: &[u8], mut rest: impl Iterator<Item = &'a [u8]> + Clone) -> bool {
    let (name, value) = match memchr::memchr(b':', first) {
        Some(at) => (&first[..at], &first[at + 1..]),
        None => (first, &b""[..]),
    };
    let name = trimmed(name);
    if matches!(first.first(), Some(b'[' | b'<' | b'(')) || Level::word(name).is_none() {
        return false;
    }
    if name.len() == first.len() && is_head(rest.clone()) {
        return true;
    }
    let value = if value.is_empty() {
        rest.next()
    } else {
        Some(value)
    };
    // A level with nothing behind it is the head of what follows.
    let Some(value) = value else {
        return false;
    };
    let bare = value.strip_suffix(b",").unwrap_or(value);
    let next = rest.next();
    let is_last = bare.len() < value.len() || next.is_none();
    if bare == b"0" {
        let is_next = |next: &[u8]| {
            next == b"|" || next.ends_with(b":") || Level::word(trimmed(next)).is_some()
        };
        return is_last || next.is_some_and(is_next);
    }
    // `Error: null` is said by what was thrown, and `error: null value in column "a"` by Postgres.
    let text = bare
        .strip_prefix(b"\"")
        .and_then(|text| text.strip_suffix(b"\""))
        .or_else(|| bare.strip_prefix(b"'")?.strip_suffix(b"'"));
    let is_empty = text.map_or_else(|| EMPTY.contains(&bare), <[u8]>::is_empty);
    is_last && is_empty && name.iter().all(u8::is_ascii_lowercase)
}

/// Whether all of what follows are levels, too.
fn is_head<'a>(mut rest: impl Iterator<Item = &'a [u8]> + Clone) -> bool {
    rest.clone().count() + 1 >= COLUMNS
        && rest.all(|word| word.iter().all(u8::is_ascii_uppercase) && Level::word(word).is_some())
}
