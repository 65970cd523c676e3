//! What the values are made of. Of most that is written otherwise in a text this tells that no value has it, and
//! that it need not be read back.

use super::quotes;

/// The bytes of values.
#[derive(Debug)]
pub(super) struct Letters {
    /// Those that stand in any of them.
    any: [bool; 256],
    /// Those that a quote stands behind.
    before_quote: [bool; 256],
    /// Whether one begins with a quote.
    begins: bool,
}

impl Letters {
    /// Every letter there is.
    pub(super) const ALL: Self = Self {
        any: [true; 256],
        before_quote: [true; 256],
        begins: true,
    };

    /// Those of `values` as they are read.
    pub(super) fn of(values: &[Vec<u8>]) -> Self {
        let mut letters = Self {
            any: [false; 256],
            before_quote: [false; 256],
            begins: false,
        };
        for value in values {
            let mut before = None;
            for byte in value {
                letters.any[usize::from(*byte)] = true;
                match before {
                    _ if !quotes::is_one(*byte) => {}
                    Some(before) => letters.before_quote[usize::from(before)] = true,
                    None => letters.begins = true,
                }
                before = Some(*byte);
            }
        }
        letters
    }

    /// Whether a byte that is written otherwise has to be read. A plus sign counts as a space, and what others
    /// write something with is read in any case.
    pub(super) fn has(&self, byte: u8) -> bool {
        let byte = if byte == b'+' { b' ' } else { byte };
        self.any[usize::from(byte)] || matches!(byte, b'\\' | b'&' | b'%')
    }

    /// Whether a quote that stands behind this byte may be one of a value.
    pub(super) fn has_quote_behind(&self, before: Option<u8>) -> bool {
        let before = before.map(|before| if before == b'+' { b' ' } else { before });
        self.begins || before.is_some_and(|before| self.before_quote[usize::from(before)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_the_values() {
        let letters = Letters::of(&[b"it's a".to_vec()]);
        for byte in *b"its'a +\\&%" {
            assert!(letters.has(byte), "{byte}");
        }
        assert!(!letters.has(b'x') && !letters.has(b'"'));
        assert!(letters.has_quote_behind(Some(b't')));
        assert!(!letters.has_quote_behind(Some(b':')) && !letters.has_quote_behind(None));
        assert!(Letters::of(&[b"'x".to_vec()]).has_quote_behind(None));
    }
}
