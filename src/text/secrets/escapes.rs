//! Letters that were written otherwise: `\u003d` within JSON, `&#x3D;` or `&equals;` in HTML, `\$` by a shell,
//! `\x3d` in a literal. Which ones are, each writer decides for itself; so a text is read back, and secrets are
//! looked for in what it says.

use std::ops::Range;

use self::named::named;
use super::trace::Trace;

mod named;

/// No escape is longer, but for the backslashes of JSON within JSON.
const LONGEST: usize = 16;

/// The length of `ud83d`.
const HALF: usize = 5;

/// A text without escapes. None where all is written as it is. One pass; what stands between escapes is only copied.
pub(super) fn read(text: &[u8]) -> Option<Trace> {
    let mut trace = Trace::default();
    let (mut at, mut taken) = (0, 0);
    while let Some(next) = memchr::memchr2(b'&', b'\\', &text[at..]) {
        at += next;
        let (said, length) = escape(&text[at..]);
        if length > 1 || said.is_none() {
            trace.copy(text, taken..at);
            let mut bytes = [0; 4];
            let said = said.map(|said| &*said.encode_utf8(&mut bytes));
            trace.say(said.unwrap_or_default().as_bytes(), at);
            taken = at + length;
        }
        at += length;
    }
    trace.into_whole(text, taken)
}

/// What the `&` or `\` at the beginning of a text says, and the length of that: 1 where it says itself. Of the
/// backslashes before a letter or a digit one is left, before anything else none.
fn escape(text: &[u8]) -> (Option<char>, usize) {
    let run = text.iter().take_while(|byte| **byte == b'\\').count();
    let behind = &text[run..];
    let (said, mut length) = match (code_point(behind), behind.first()) {
        (Some((said, length)), _) if run > 0 => (said, run + length),
        (_, None) => return (None, run),
        (_, Some(b' ' | b'!'..=b'/' | b':'..=b'@' | b'['..=b'`' | b'{'..=b'~')) => {
            (char::from(behind[0]), run + 1)
        }
        _ => return (Some('\\'), run),
    };
    if said != '&' {
        return (Some(said), length);
    }
    // HTML within HTML, or within JSON that is made safe for it.
    loop {
        match reference(&text[length..]) {
            Some(('&', more)) => length += more,
            Some((said, more)) => return (Some(said), length + more),
            None => return (Some('&'), length),
        }
    }
}

/// The length of a text without the escape at its end that is not whole.
pub(super) fn whole(text: &[u8]) -> usize {
    let from = text.len().saturating_sub(LONGEST);
    let goes_on = |text: &[u8]| {
        // JavaScript's may have its digits in braces.
        let text = text.strip_prefix(b"u{").unwrap_or(text);
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
        text.iter().all(is_part)
    };
    let ends = memchr::memrchr2_iter(b'&', b'\\', &text[from..]);
    let Some(last) = ends.map(|at| from + at).next() else {
        return text.len();
    };
    let mut behind = &text[last + 1..];
    if text[last] == b'\\' {
        match code_point(behind) {
            Some(('&', length)) => behind = &behind[length..],
            Some(_) => return text.len(),
            None => {}
        }
    }
    while let Some(('&', length)) = reference(behind) {
        behind = &behind[length..];
    }
    if !goes_on(behind) {
        return text.len();
    }
    let before = before_run(&text[..last]);
    // The first half of a letter of which JSON makes two.
    let half = before
        .len()
        .checked_sub(HALF)
        .filter(|at| is_half(&before[*at..], b"89ab"));
    match half.map(|at| (at, before_run(&before[..at]).len())) {
        Some((at, start)) if start < at => {
            if is_half(&text[last + 1..], b"cdef") {
                return text.len();
            }
            start
        }
        _ => before.len(),
    }
}

/// Whether a text begins with `ud83d`, of which the second digit is one of those.
fn is_half(text: &[u8], digits: &[u8]) -> bool {
    let [b'u', first, second, ..] = text else {
        return false;
    };
    let is_digit = digits.contains(&second.to_ascii_lowercase());
    text.len() >= HALF && first.eq_ignore_ascii_case(&b'd') && is_digit
}

/// A text without the backslashes at its end.
fn before_run(text: &[u8]) -> &[u8] {
    let run = text.iter().rev().take_while(|byte| **byte == b'\\');
    &text[..text.len() - run.count()]
}

/// The letter that `&#61;`, `&#x3D;` or `&amp;` is, by what is behind its `&`, and the length of that.
fn reference(text: &[u8]) -> Option<(char, usize)> {
    let near = &text[..text.len().min(LONGEST)];
    let length = near
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'#')?;
    if near[length] != b';' {
        return None;
    }
    let character = match &near[..length] {
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number_of(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number_of(digits, 10)?)?,
        name => named(name)?,
    };
    Some((character, length + 1))
}

/// The letter that `u003d` at the beginning of a text is, or `ud83d\ude00`, `u{3d}`, `U0001f600`, `x3d`, `075`, and
/// the length of that.
fn code_point(text: &[u8]) -> Option<(char, usize)> {
    let of = |digits: Range<usize>, radix| number_of(text.get(digits)?, radix);
    match text.first()? {
        b'x' => return Some((char::from_u32(of(1..3, 16)?)?, 3)),
        b'U' => return Some((char::from_u32(of(1..9, 16)?)?, 9)),
        b'0'..=b'3' => return Some((char::from_u32(of(0..3, 8)?)?, 3)),
        _ => {}
    }
    let unit = |text: &[u8]| number_of(text.strip_prefix(b"u")?.get(..4)?, 16);
    // JavaScript's.
    if let Some(digits) = text.strip_prefix(b"u{") {
        let length = digits.iter().take(8).position(|byte| *byte == b'}')?;
        let number = number_of(&digits[..length], 16)?;
        return Some((char::from_u32(number)?, 2 + length + 1));
    }
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
            (r"\\\u003d \\\\u003d", "= ="),
            (r#"a\$b\ \\\"c\\\\n\\\&quot;"#, r#"a$b "c\n""#),
            (r"\x3d\\x3D\075\U0001f600\u0026lt;&amp;amp;gt;", "===😀<>"),
            ("&plus;&sol;&equals;&eacute;", "+/=é"),
            (r"\ud83d\ude00 \\ud83d\\ude00", "😀 😀"),
            ("p&#228;ss&#x6f22;", "päss漢"),
            (r"\u{3d}a\u{1F600}\\u{00026}lt;", "=a😀<"),
        ] {
            let trace = read(text.as_bytes()).expect("it has escapes");
            assert_eq!(String::from_utf8_lossy(trace.text()), said);
            assert_eq!((trace.place(0), trace.place(said.len())), (0, text.len()));
        }
        for text in [
            "a & b \\n C:\\users &#; &#x; &#xg; &#99999999; \\u12g4 \\ud83d \\u{} \\u{g} x",
            "&#",
            "\\u",
            "",
        ] {
            assert!(read(text.as_bytes()).is_none(), "{text}");
        }
        let trace = read(b"ab&#61;cd").expect("it has an escape");
        assert_eq!((trace.place(1), trace.place(4)), (1, 8));
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
            (r"ab\x3", 2),
            (r"ab\x3d", 6),
            (r"ab\&quo", 2),
            ("ab&amp;quo", 2),
            (r"ab\u0026quo", 2),
            (r"ab\ud83d\ude0", 2),
            (r"ab\\ud83d\\", 2),
            (r"ab\ud83d", 2),
            (r"ab\ud83d\ude00", 14),
            (r"abud83d\u", 7),
            (r"ab\u{3", 2),
            (r"ab\u{", 2),
            (r"ab\u{3d}", 8),
            (r"ab\$", 4),
            ("ab", 2),
        ] {
            assert_eq!(whole(text.as_bytes()), length, "{text}");
        }
    }
}
