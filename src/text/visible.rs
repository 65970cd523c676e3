//! What is seen of a text that was written for a terminal.

use std::ops::Range;

/// The length of the escape sequence at the start of `bytes`, and for SGR whether it resets all.
/// `bytes` end where the line ends.
#[must_use]
pub fn escape(bytes: &[u8]) -> (usize, Option<bool>) {
    match bytes.get(1) {
        // CSI: parameters, intermediates, one final byte.
        Some(b'[') => {
            let body = &bytes[2..];
            let length = body
                .iter()
                .take_while(|byte| matches!(byte, 0x20..=0x3f))
                .count();
            match body.get(length) {
                Some(b'm') => {
                    let parameters = &body[..length];
                    let sgr = parameters
                        .iter()
                        .all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'));
                    let reset =
                        parameters.is_empty() || parameters == b"0" || parameters.ends_with(b";0");
                    (length + 3, sgr.then_some(reset))
                }
                Some(0x40..=0x7e) => (length + 3, None),
                _ => (length + 2, None),
            }
        }
        // OSC, DCS, SOS, PM, APC: up to BEL or ST.
        Some(b']' | b'P' | b'X' | b'^' | b'_') => {
            // Another escape breaks it off; so does the end of the line.
            let body = &bytes[2..];
            let length = match memchr::memchr2(0x07, 0x1b, body) {
                Some(at) if body[at] == 0x07 => at + 3,
                Some(at) if body.get(at + 1) == Some(&b'\\') => at + 4,
                Some(at) => at + 2,
                None => bytes.len(),
            };
            (length, None)
        }
        // nF escapes: intermediates, then a final byte.
        Some(0x20..=0x2f) => {
            let length = bytes[1..]
                .iter()
                .take_while(|byte| matches!(byte, 0x20..=0x2f))
                .count();
            ((length + 2).min(bytes.len()), None)
        }
        Some(0x30..=0x7e) => (2, None),
        _ => (1, None),
    }
}

/// A text without escape sequences and without control bytes but line ends and tabs, and where its
/// parts stand in the text as it came.
#[derive(Debug)]
pub(super) struct Visible {
    text: Vec<u8>,
    /// What is seen in one piece: where it begins here, and where it does in the text as it came.
    pieces: Vec<(usize, usize)>,
}

impl Visible {
    /// None where everything is seen, as in most texts: that costs one look at its bytes.
    pub(super) fn of(raw: &[u8]) -> Option<Self> {
        if !has_unseen(raw) {
            return None;
        }
        let (mut text, mut pieces) = (Vec::with_capacity(raw.len()), Vec::new());
        // The end of the line in which an escape sequence was found last.
        let (mut at, mut line_end) = (0, 0);
        while at < raw.len() {
            let rest = &raw[at..];
            let seen = rest
                .iter()
                .position(|byte| is_unseen(*byte))
                .unwrap_or(rest.len());
            if seen > 0 {
                pieces.push((text.len(), at));
                text.extend_from_slice(&rest[..seen]);
                at += seen;
                continue;
            }
            if rest[0] != 0x1b {
                at += 1;
                continue;
            }
            if at >= line_end {
                line_end = memchr::memchr(b'\n', rest).map_or(raw.len(), |end| at + end);
            }
            at += escape(&raw[at..line_end]).0;
        }
        Some(Self { text, pieces })
    }

    /// What is seen.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where a byte of what is seen stands in the text as it came.
    pub(super) fn place(&self, at: usize) -> usize {
        let next = self.pieces.partition_point(|(begin, _)| *begin <= at);
        let (begin, raw) = self.pieces[..next].last().copied().unwrap_or_default();
        raw + at.saturating_sub(begin)
    }

    /// Where a part of what is seen, which is not empty, stands in the text as it came.
    pub(super) fn range(&self, part: &Range<usize>) -> Range<usize> {
        self.place(part.start)..self.place(part.end.saturating_sub(1)) + 1
    }
}

fn is_unseen(byte: u8) -> bool {
    (byte < b' ' && byte != b'\t' && byte != b'\n') || byte == 0x7f
}

/// Whether something in the text is not seen. A carriage return that belongs to a line end is taken
/// for seen: where every line ends so, none is looked at twice for it.
fn has_unseen(text: &[u8]) -> bool {
    let Some((last, _)) = text.split_last() else {
        return false;
    };
    // Gathered without branches and in blocks: this form the compiler turns into vectors.
    let unseen = |byte: u8, next: u8| {
        (u8::from(byte < b' ') | u8::from(byte == 0x7f))
            & u8::from(byte != b'\t')
            & u8::from(byte != b'\n')
            & (u8::from(byte != b'\r') | u8::from(next != b'\n'))
    };
    let any = |bytes: &[u8], next: &[u8]| {
        let pairs = bytes.iter().zip(next);
        pairs.fold(0, |any, (byte, next)| any | unseen(*byte, *next)) != 0
    };
    let (blocks, rest) = text[..text.len() - 1].as_chunks::<64>();
    let (next, next_rest) = text[1..].as_chunks::<64>();
    let mut pairs = blocks.iter().zip(next);
    is_unseen(*last) || pairs.any(|(block, next)| any(block, next)) || any(rest, next_rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_seen_knows_where_it_stands() {
        let raw = b"a\x1b[31mb\x1b[0mc\x1b]0;t\nd\x1b(Be\x1b[";
        let visible = Visible::of(raw).expect("it has sequences");
        assert_eq!(visible.text(), b"abc\nde");
        assert_eq!(visible.range(&(1..3)), 6..12);
        assert_eq!((visible.place(3), visible.place(0)), (17, 0));
        assert!(Visible::of(b"plain\r\n\ttext\r\n").is_none());
        assert!(Visible::of(b"10%\r20%\n").is_some());
    }

    proptest! {
        #[test]
        fn every_byte_is_seen_where_it_stands(raw in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0x1b), Just(b'['), Just(b'm'), Just(b'\n'), Just(b'\r')], 0..200)) {
            let crlf = |at: usize| raw[at] == b'\r' && raw.get(at + 1) == Some(&b'\n');
            let unseen = (0..raw.len()).any(|at| is_unseen(raw[at]) && !crlf(at));
            let visible = Visible::of(&raw);
            prop_assert_eq!(visible.is_some(), unseen);
            if let Some(visible) = visible {
                let places: Vec<usize> = (0..visible.text().len()).map(|at| visible.place(at)).collect();
                prop_assert!(places.is_sorted());
                let there: Vec<u8> = places.iter().map(|place| raw[*place]).collect();
                prop_assert_eq!(there, visible.text());
            }
        }
    }
}
