//! Letters that were written as numbers: `\u003d` within JSON, `&#x3D;` in HTML. Which ones are, each writer
//! decides for itself; so a text is read back, and secrets are looked for in what it says.

use std::ops::Range;

use memchr::memmem;

/// How the two begin.
pub(super) const BEGIN: [&[u8]; 2] = [b"\\u", b"&#"];

/// No escape is longer, but for the backslashes of JSON within JSON.
const LONGEST: usize = 10;

/// What HTML has names for wherever it has numbers.
const NAMED: [(&[u8], char); 5] = [
    (b"&amp;", '&'),
    (b"&lt;", '<'),
    (b"&gt;", '>'),
    (b"&quot;", '"'),
    (b"&apos;", '\''),
];

/// A text without escapes, and where each of its bytes stood.
#[derive(Debug)]
pub(super) struct Plain {
    text: Vec<u8>,
    places: Vec<usize>,
}

impl Plain {
    /// None where nothing is written as a number.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        if !BEGIN
            .iter()
            .any(|begin| memmem::find(text, begin).is_some())
        {
            return None;
        }
        let mut plain = Self {
            text: Vec::with_capacity(text.len()),
            places: Vec::with_capacity(text.len() + 1),
        };
        let (mut at, mut is_other) = (0, false);
        while at < text.len() {
            let rest = &text[at..];
            let as_it_is = match rest[0] {
                b'&' => match entity(rest) {
                    Some((character, length)) => {
                        is_other = true;
                        plain.push(character, at);
                        at += length;
                        continue;
                    }
                    None => 1,
                },
                b'\\' => {
                    let run = rest.iter().take_while(|byte| **byte == b'\\').count();
                    // Before the last one of an odd number stand backslashes that are meant; JSON within JSON
                    // has an even number.
                    let meant = if run % 2 == 1 { run - 1 } else { 0 };
                    match code_point(&rest[run..]) {
                        Some((character, length)) => {
                            is_other = true;
                            plain.copy(&rest[..meant], at);
                            plain.push(character, at + meant);
                            at += run + length;
                            continue;
                        }
                        None => run,
                    }
                }
                _ => memchr::memchr2(b'&', b'\\', rest).unwrap_or(rest.len()),
            };
            plain.copy(&rest[..as_it_is], at);
            at += as_it_is;
        }
        plain.places.push(text.len());
        is_other.then_some(plain)
    }

    fn copy(&mut self, bytes: &[u8], from: usize) {
        self.text.extend_from_slice(bytes);
        self.places.extend(from..from + bytes.len());
    }

    fn push(&mut self, character: char, place: usize) {
        let bytes = character.encode_utf8(&mut [0; 4]).len();
        self.text
            .extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.places.extend(std::iter::repeat_n(place, bytes));
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where a byte of it stood.
    pub(super) fn place(&self, at: usize) -> usize {
        self.places.get(at).copied().unwrap_or_default()
    }

    /// Where a part of it stood.
    pub(super) fn range(&self, range: &Range<usize>) -> Range<usize> {
        self.place(range.start)..self.place(range.end)
    }
}

/// The length of a text without the escape at its end that is not whole.
pub(super) fn whole(text: &[u8]) -> usize {
    let from = text.len().saturating_sub(LONGEST);
    let Some(last) = memchr::memrchr2(b'&', b'\\', &text[from..]) else {
        return text.len();
    };
    let last = from + last;
    let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
    if !text[last + 1..].iter().all(goes_on) || code_point(&text[last + 1..]).is_some() {
        return text.len();
    }
    let run = text[..last].iter().rev();
    last - run.take_while(|byte| **byte == b'\\').count()
}

/// The letter that `&#61;`, `&#x3D;` or `&amp;` at the beginning of a text is, and the length of that.
fn entity(text: &[u8]) -> Option<(char, usize)> {
    let Some(number) = text.strip_prefix(b"&#") else {
        let named = NAMED.iter().find(|(name, _)| text.starts_with(name));
        return named.map(|(name, character)| (*character, name.len()));
    };
    let (digits, radix, before) = match number {
        [b'x' | b'X', digits @ ..] => (digits, 16, 3),
        digits => (digits, 10, 2),
    };
    let near = &digits[..digits.len().min(LONGEST - 2)];
    let length = near.iter().position(|byte| *byte == b';')?;
    let character = number_of(&near[..length], radix)?;
    Some((char::from_u32(character)?, before + length + 1))
}

/// The letter that `u003d` at the beginning of a text is, or `ud83d\ude00`, and the length of that.
fn code_point(text: &[u8]) -> Option<(char, usize)> {
    let unit = |text: &[u8]| number_of(text.strip_prefix(b"u")?.get(..4)?, 16);
    let first = unit(text)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 5));
    }
    let behind = &text[5..];
    let run = behind.iter().take_while(|byte| **byte == b'\\').count();
    let units = [first, unit(&behind[run..])?].map(u16::try_from);
    let units = [units[0].ok()?, units[1].ok()?];
    let character = char::decode_utf16(units).next()?.ok()?;
    Some((character, 5 + run + 5))
}

fn number_of(digits: &[u8], radix: u32) -> Option<u32> {
    let is_digit = |byte: &u8| char::from(*byte).is_digit(radix);
    if !digits.iter().all(is_digit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_are_numbers_are_read_back() {
        for (text, said) in [
            ("a&#x3D;&#61;&#X2f;b&amp;", "a==/b&"),
            (r"a\u003d\u002B\\u0027", "a=+'"),
            (r"\\\u003d \\\\u003d", r"\\= ="),
            (r"\ud83d\ude00 \\ud83d\\ude00", "😀 😀"),
            ("p&#228;ss&#x6f22;", "päss漢"),
        ] {
            let plain = Plain::of(text.as_bytes()).expect("it has escapes");
            assert_eq!(String::from_utf8_lossy(plain.text()), said);
            assert_eq!(plain.range(&(0..said.len())), 0..text.len());
        }
        for text in [
            "a & b \\n C:\\users &#; &#x; &#xg; &#99999999; \\u12g4 \\ud83d x",
            "&#",
            "\\u",
            "",
        ] {
            assert!(Plain::of(text.as_bytes()).is_none(), "{text}");
        }
        let plain = Plain::of(b"ab&#61;cd").expect("it has an escape");
        assert_eq!(plain.range(&(1..4)), 1..8);
    }

    #[test]
    fn an_escape_that_is_not_whole_is_left_out() {
        for (text, length) in [
            ("ab&#x3D", 2),
            ("ab&", 2),
            (r"ab\\u00", 2),
            (r"ab\", 2),
            ("ab&#x3D;", 8),
            (r"ab\u003d", 8),
            ("ab & cd", 7),
            ("ab", 2),
        ] {
            assert_eq!(whole(text.as_bytes()), length, "{text}");
        }
    }
}
