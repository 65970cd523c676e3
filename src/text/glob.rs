//! Patterns of paths.

/// Whether a path fits a pattern, both with slashes: `*` stands for anything but a slash, `**` for
/// anything, `?` for a character.
#[must_use]
pub fn fits(glob: &[u8], text: &[u8]) -> bool {
    match glob {
        [] => text.is_empty(),
        [b'*', b'*', b'/', rest @ ..] => {
            fits(rest, text)
                || memchr::memchr_iter(b'/', text).any(|at| fits(rest, &text[at + 1..]))
        }
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|at| fits(rest, &text[at..])),
        [b'*', rest @ ..] => {
            let end = memchr::memchr(b'/', text).unwrap_or(text.len());
            (0..=end).any(|at| fits(rest, &text[at..]))
        }
        [b'?', rest @ ..] => text
            .split_first()
            .is_some_and(|(first, text)| *first != b'/' && fits(rest, text)),
        [c, rest @ ..] => text
            .split_first()
            .is_some_and(|(first, text)| first == c && fits(rest, text)),
    }
}
