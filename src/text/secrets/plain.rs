//! A text as it is once all is read back that somebody may have written otherwise. Each writer decides for itself
//! what that is, and one writes what another has written: an address within JSON, JSON within an address.

use std::ops::Range;

use super::letters::Letters;
use super::trace::{Places, Trace};
use super::{escapes, percent, quotes};

/// A text as it is read, and where its parts stood.
#[derive(Debug, Default)]
pub(super) struct Plain {
    text: Vec<u8>,
    /// Of every way in which something was written, the last first.
    steps: Vec<Places>,
}

impl Plain {
    /// None where all is written as it is that values may be made of. Those who are asked for the `letters` of the
    /// values are so only where that is in question. Doubled quotes are read where a value is `quoted`.
    pub(super) fn of<'a>(
        text: &[u8],
        letters: impl Fn() -> &'a Letters,
        quoted: bool,
    ) -> Option<Self> {
        let mut plain = Self::default();
        if percent::is_in(text) {
            plain.step(percent::read(text, letters()));
        }
        plain.step(escapes::read(plain.or(text)));
        let counts = |before| letters().has_quote_behind(before);
        if quoted && (!plain.steps.is_empty() || quotes::is_doubled(text, counts)) {
            plain.step(quotes::read(plain.or(text)));
        }
        with_spaces(&mut plain.text);
        (!plain.steps.is_empty()).then_some(plain)
    }

    /// What it is so far, where that is no more the text as it came.
    fn or<'a>(&'a self, text: &'a [u8]) -> &'a [u8] {
        if self.steps.is_empty() {
            text
        } else {
            &self.text
        }
    }

    fn step(&mut self, trace: Option<Trace>) {
        if let Some(trace) = trace {
            let (text, places) = trace.apart();
            self.text = text;
            self.steps.insert(0, places);
        }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where a byte of it stood.
    pub(super) fn place(&self, at: usize) -> usize {
        self.steps.iter().fold(at, |at, step| step.place(at))
    }

    /// Where a part of it stood.
    pub(super) fn range(&self, range: &Range<usize>) -> Range<usize> {
        self.place(range.start)..self.place(range.end)
    }
}

/// The same of a value, whether anything is written otherwise in it or not.
pub(super) fn read(value: &[u8]) -> Vec<u8> {
    let plain = Plain::of(value, || &Letters::ALL, true);
    plain.map_or_else(
        || {
            let mut value = value.to_vec();
            with_spaces(&mut value);
            value
        },
        |plain| plain.text,
    )
}

/// A plus sign is a space in the options of an address, and nobody can tell which one it was.
fn with_spaces(text: &mut [u8]) {
    for byte in text {
        // Written always, it is done for many at once.
        *byte = if *byte == b'+' { b' ' } else { *byte };
    }
}

/// The length of a text without what it ends with that may go on as something else.
pub(super) fn whole(text: &[u8]) -> usize {
    let text = &text[..percent::whole(text)];
    match percent::read(text, &Letters::ALL) {
        Some(trace) => trace.place(escapes::whole(trace.text())),
        None => escapes::whole(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_writes_of_what_another_has_written_is_read_back() {
        for (text, said) in [
            (r"%7B%22k%22%3A%22q%5C%22u%22", r#"{"k":"q"u""#),
            (r"a%5Cu003db &#61;%26amp%3B", "a=b =&"),
            (r#"\"it''s\"\" a+b"#, r#""it's" a b"#),
            ("it%27%27s &#39;&#39;", "it's '"),
        ] {
            let plain = Plain::of(text.as_bytes(), || &Letters::ALL, true).expect("it has escapes");
            assert_eq!(String::from_utf8_lossy(plain.text()), said);
            assert_eq!(plain.range(&(0..said.len())), 0..text.len());
            assert_eq!(read(text.as_bytes()), said.as_bytes());
        }
        assert!(Plain::of(b"it''s a+b", || &Letters::ALL, false).is_none());
        assert_eq!(read(b"a+b"), b"a b");
        // What no value has is left as it is.
        let letters = Letters::of(&[b"it's".to_vec()]);
        let plain = |text: &[u8]| Plain::of(text, || &letters, true);
        assert!(plain(br#"%20%2F {"a":"","b":''}"#).is_none());
        assert!(plain(b"it''s").is_some() && plain(b"i%74").is_some());
    }

    #[test]
    fn what_is_not_whole_is_left_out_in_whichever_way_it_is_written() {
        for (text, length) in [
            ("ab%5Cu00", 2),
            ("ab%5C%2", 2),
            ("ab%5C%22", 8),
            (r"ab%41\u0", 5),
            ("ab%", 2),
            ("ab", 2),
        ] {
            assert_eq!(whole(text.as_bytes()), length, "{text}");
        }
    }
}
