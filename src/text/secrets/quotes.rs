//! Quotes that are doubled within quotes: `'it''s'` in SQL and YAML, `"a ""b"""` in CSV.

use memchr::memmem;

use super::trace::Trace;

/// What one is doubled of.
const DOUBLED: [&[u8]; 3] = [b"''", b"\"\"", b"``"];

/// Whether a text holds a quote: in one that holds none nothing is doubled.
pub(super) fn has_any(text: &[u8]) -> bool {
    memchr::memchr3(b'\'', b'"', b'`', text).is_some()
}

pub(super) fn is_one(byte: u8) -> bool {
    matches!(byte, b'\'' | b'"' | b'`')
}

/// Whether one is doubled in a text behind a byte that `counts`.
pub(super) fn is_doubled(text: &[u8], counts: impl Fn(Option<u8>) -> bool) -> bool {
    let before = |at: usize| at.checked_sub(1).map(|at| text[at]);
    DOUBLED
        .iter()
        .any(|doubled| memmem::find_iter(text, doubled).any(|at| counts(before(at))))
}

/// A text with one quote for each run of the same ones: of a doubled one nobody can tell how many times it was.
/// None where there is no such run. One pass.
pub(super) fn read(text: &[u8]) -> Option<Trace> {
    let mut trace = Trace::default();
    let (mut at, mut taken) = (0, 0);
    while let Some(next) = memchr::memchr3(b'\'', b'"', b'`', &text[at..]) {
        at += next;
        let quote = text[at];
        let run = text[at..].iter().take_while(|byte| **byte == quote).count();
        if run > 1 {
            trace.copy(text, taken..at);
            trace.say(&[quote], at);
            taken = at + run;
        }
        at += run;
    }
    trace.into_whole(text, taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_quotes_that_are_doubled_one_is_left() {
        for (text, said) in [
            ("'it''s'", "'it's'"),
            (r#""a ""b""","""#, r#""a "b",""#),
            ("``x`` ''''", "`x` '"),
        ] {
            let trace = read(text.as_bytes()).expect("some are doubled");
            assert_eq!(String::from_utf8_lossy(trace.text()), said);
            assert_eq!(trace.place(said.len()), text.len());
        }
        assert!(read(br#"'"'"' "a" 'b'"#).is_none());
    }
}
