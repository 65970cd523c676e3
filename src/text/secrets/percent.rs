//! Bytes as addresses have them: `%2F`, and within another address `%252F`. Any byte may be written so, also one
//! that need not be.

use super::letters::Letters;
use super::trace::Trace;

/// What a percent sign is within an address within another one.
const SIGN: &[u8] = b"25";

/// Whether a text has percent signs that say bytes.
pub(super) fn is_in(text: &[u8]) -> bool {
    memchr::memchr_iter(b'%', text).any(|at| byte(&text[at..]).1 > 1)
}

/// A text with its percent signs read where they say one of `letters`. None where there is no such one. One pass.
pub(super) fn read(text: &[u8], letters: &Letters) -> Option<Trace> {
    let mut trace = Trace::default();
    let (mut at, mut taken) = (0, 0);
    while let Some(next) = memchr::memchr(b'%', &text[at..]) {
        at += next;
        let (said, length) = byte(&text[at..]);
        if length > 1 && letters.has(said) {
            trace.copy(text, taken..at);
            trace.say(&[said], at);
            taken = at + length;
        }
        at += length;
    }
    trace.into_whole(text, taken)
}

/// The byte that a text with a `%` at its beginning says, and the length of that: 1 where it says itself. Nobody
/// can tell how many times one was encoded, so `%2541` is `%41`.
fn byte(text: &[u8]) -> (u8, usize) {
    let end = 1 + signs(&text[1..]);
    match text.get(end..end + 2).and_then(number) {
        Some(said) => (said, end + 2),
        None => (b'%', end),
    }
}

/// The length of the percent signs that a text begins with.
fn signs(text: &[u8]) -> usize {
    let pairs = text.chunks_exact(SIGN.len());
    SIGN.len() * pairs.take_while(|pair| *pair == SIGN).count()
}

fn number(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let [high, low] = digits else {
        return None;
    };
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

/// The length of a text without the byte at its end that may go on.
pub(super) fn whole(text: &[u8]) -> usize {
    let Some(at) = memchr::memrchr(b'%', text) else {
        return text.len();
    };
    let rest = &text[at + 1..];
    match &rest[signs(rest)..] {
        [] => at,
        [digit] if digit.is_ascii_hexdigit() => at,
        _ => text.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_byte_may_be_encoded_any_number_of_times() {
        for (text, said) in [
            ("ab%7Ecd%2dEF", "ab~cd-EF"),
            ("%61%62%7E%63", "ab~c"),
            ("%2541 %252541 %25", "A A %"),
            ("100%25 %25zz", "100% %zz"),
            ("p%C3%A4ss", "päss"),
            ("%4%41 %zz %", "%4A %zz %"),
        ] {
            let trace = read(text.as_bytes(), &Letters::ALL).expect("it has bytes");
            assert_eq!(String::from_utf8_lossy(trace.text()), said);
            assert_eq!(trace.place(said.len()), text.len());
        }
        for text in ["", "%", "100 % of %s, %d%%, 5%", "%4", "%zz"] {
            assert!(read(text.as_bytes(), &Letters::ALL).is_none(), "{text}");
        }
        let trace = read(b"ab%7Ecd", &Letters::ALL).expect("it has a byte");
        assert_eq!((trace.place(2), trace.place(3)), (2, 5));
    }

    #[test]
    fn a_byte_that_is_not_whole_is_left_out() {
        for (text, length) in [
            ("ab%", 2),
            ("ab%4", 2),
            ("ab%25", 2),
            ("ab%254", 2),
            ("ab%41", 5),
            ("ab%4x", 5),
            ("ab%41%", 5),
            ("ab % cd", 7),
            ("ab", 2),
        ] {
            assert_eq!(whole(text.as_bytes()), length, "{text}");
        }
    }
}
