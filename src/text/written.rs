//! The other forms in which programs write a text: as JSON, as a literal of a language, in a URL.

use std::fmt::Write as _;

/// What each of those who percent-encode leaves as it is, beside letters, digits and `-._~`:
/// Python's `quote`, the same for whole parts, JavaScript's `encodeURIComponent`, and its `URL` for
/// a password.
const LEFT: [&[u8]; 4] = [b"/", b"", b"!*'()", b"!$&'()*+,%"];

/// The usual forms of a text that differ from it; none for a text of letters and digits.
pub(super) fn forms(text: &str) -> Vec<String> {
    if text.bytes().all(is_kept) {
        return Vec::new();
    }
    let mut forms = vec![
        json(text, false, false),
        json(text, true, false),
        json(text, false, true),
        python(text, Python::Text),
        python(text, Python::Ascii),
        python(text, Python::Bytes),
    ];
    let mut encoded = vec![percent(text, b"", true)];
    encoded.extend(LEFT.iter().map(|left| percent(text, left, false)));
    // Some write `%2F` as `%2f`.
    encoded.push(text.to_owned());
    for form in encoded {
        forms.push(with_digits(&form, u8::to_ascii_lowercase));
        forms.push(with_digits(&form, u8::to_ascii_uppercase));
    }
    forms.retain(|form| form != text);
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Whether a byte is written as it is by everybody.
fn is_kept(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Within the quotes of JSON: with `\u` for all but ASCII, or for what could end a script in HTML as
/// Go does it.
fn json(text: &str, ascii: bool, html: bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            _ if character < ' '
                || (ascii && !character.is_ascii())
                || (html && matches!(character, '<' | '>' | '&')) =>
            {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    // Writing to a text cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            _ => out.push(character),
        }
    }
    out
}

/// What Python makes of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Python {
    /// `repr(text)`
    Text,
    /// `ascii(text)`
    Ascii,
    /// `repr(text.encode())`
    Bytes,
}

/// Within the quotes of a Python literal, and of Node's where it is the same.
fn python(text: &str, kind: Python) -> String {
    // A text with the one quote stands in the other.
    let escapes_quote = text.contains('\'') && text.contains('"');
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        let code = u32::from(character);
        let _ = match character {
            '\\' => write!(out, "\\\\"),
            '\'' if escapes_quote => write!(out, "\\'"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            _ if character.is_ascii_control() => write!(out, "\\x{code:02x}"),
            _ if character.is_ascii() || kind == Python::Text => write!(out, "{character}"),
            _ if kind == Python::Bytes => character
                .encode_utf8(&mut [0; 4])
                .bytes()
                .try_for_each(|byte| write!(out, "\\x{byte:02x}")),
            _ if code <= 0xff => write!(out, "\\x{code:02x}"),
            _ if code <= 0xffff => write!(out, "\\u{code:04x}"),
            _ => write!(out, "\\U{code:08x}"),
        };
    }
    out
}

/// Percent-encoded but for `left`; a space is a plus sign where `plus`.
fn percent(text: &str, left: &[u8], plus: bool) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        let _ = if byte == b' ' && plus {
            write!(out, "+")
        } else if is_kept(byte) || left.contains(&byte) {
            write!(out, "{}", char::from(byte))
        } else {
            write!(out, "%{byte:02X}")
        };
    }
    out
}

/// The text with the digits of each `%2f` in another case.
fn with_digits(text: &str, case: fn(&u8) -> u8) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('%');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push('%');
        match part.split_at_checked(2) {
            Some((digits, rest)) if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                out.extend(digits.bytes().map(|digit| char::from(case(&digit))));
                out.push_str(rest);
            }
            _ => out.push_str(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::forms;

    #[test]
    fn a_text_of_letters_and_digits_has_one_form() {
        assert_eq!(forms("sk_live-12345.abc~Z"), [""; 0]);
    }

    #[test]
    fn what_python_and_node_write_is_among_the_forms() {
        // Each as the interpreter printed it.
        let text = "q\"uo/te\\back$lash&é漢 sp4ce";
        let forms = forms(text);
        for (by, form) in [
            ("json.dumps", r#"q\"uo/te\\back$lash&\u00e9\u6f22 sp4ce"#),
            ("ensure_ascii=False", r#"q\"uo/te\\back$lash&é漢 sp4ce"#),
            ("Go", r#"q\"uo/te\\back$lash\u0026é漢 sp4ce"#),
            ("repr", r#"q"uo/te\\back$lash&é漢 sp4ce"#),
            ("ascii", r#"q"uo/te\\back$lash&\xe9\u6f22 sp4ce"#),
            ("bytes", r#"q"uo/te\\back$lash&\xc3\xa9\xe6\xbc\xa2 sp4ce"#),
            ("quote", "q%22uo/te%5Cback%24lash%26%C3%A9%E6%BC%A2%20sp4ce"),
            (
                "quote_plus",
                "q%22uo%2Fte%5Cback%24lash%26%C3%A9%E6%BC%A2+sp4ce",
            ),
            (
                "lower case",
                "q%22uo%2fte%5cback%24lash%26%c3%a9%e6%bc%a2%20sp4ce",
            ),
        ] {
            assert!(forms.iter().any(|known| known == form), "{by}: {forms:#?}");
        }
    }

    #[test]
    fn quotes_and_digits_have_the_forms_of_their_writers() {
        let both = forms("it's \"x\"");
        assert!(both.contains(&r#"it\'s "x""#.to_owned()), "{both:?}");
        let digits = forms("p%40ss%2Fw0rd%");
        assert!(digits.contains(&"p%40ss%2fw0rd%".to_owned()), "{digits:?}");
        assert!(forms("😀x").contains(&r"\ud83d\ude00x".to_owned()));
    }
}
