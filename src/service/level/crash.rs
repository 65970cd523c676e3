//! How Go and Java say that a program, or a part of it, falls: what they print then has no other level.

/// The beginnings of such a line.
const BEGINNINGS: [&[u8]; 3] = [b"panic: ", b"fatal error: ", b"Exception in thread "];

/// Whether a line, of which this is the visible head, says so. Its stack follows at once.
pub(in crate::service) fn is_said(head: &[u8]) -> bool {
    BEGINNINGS.iter().any(|words| head.starts_with(words)) || is_serving(head)
}

/// What Go's web server says, behind its stamp of two words, of a request that fell.
fn is_serving(head: &[u8]) -> bool {
    let mut words = head.split(|byte| *byte == b' ').skip(2);
    head.first().is_some_and(u8::is_ascii_digit)
        && words.next() == Some(b"http:")
        && words.next() == Some(b"panic")
}
