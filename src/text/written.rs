//! The other forms in which programs write a text: as JSON, as a literal of a language, in a URL, in HTML, for a
//! shell. What has numbers for letters is read back instead, where it is found.

use std::fmt::Write as _;

/// What each of those who percent-encode leaves as it is, beside letters, digits and `-._~`:
/// Python's `quote`, the same for whole parts, JavaScript's `encodeURIComponent`, and its `URL` for
/// a password.
const LEFT: [&[u8]; 4] = [b"/", b"", b"!*'()", b"!$&'()*+,%"];

/// Longer texts are not looked for as they are when they were written twice: there are a hundred ways to
/// do that, and every byte of each costs memory. Keys of many lines are known by each line.
const TWICE: usize = 256;

/// The usual forms of a text that differ from it; none for a text of letters and digits.
pub(super) fn forms(text: &str) -> Vec<String> {
    if text.bytes().all(is_kept) {
        return Vec::new();
    }
    let mut forms = literals(text);
    // A text of JSON as a value of JSON, a message with `repr(…)` in a line of JSON, and so on.
    if text.len() <= TWICE {
        let within: Vec<String> = forms.iter().flat_map(|form| literals(form)).collect();
        forms.extend(within);
    }
    forms.extend(QUOTES.iter().map(|quotes| html(text, *quotes)));
    if text.contains('\'') {
        // Python's `shlex.quote`, and a shell with `-x`.
        forms.extend([r#"'"'"'"#, r"'\''"].map(|quote| text.replace('\'', quote)));
    }
    let mut encoded = vec![percent(text, b"", true)];
    encoded.extend(LEFT.iter().map(|left| percent(text, left, false)));
    // Some write `%2F` as `%2f`.
    encoded.push(text.to_owned());
    for form in encoded {
        for case in [u8::to_ascii_lowercase, u8::to_ascii_uppercase] {
            let form = with_digits(&form, case);
            // A URL within a URL.
            forms.push(form.replace('%', "%25"));
            forms.push(form);
        }
    }
    forms.retain(|form| form != text);
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// As JSON and as a literal of a language; the same once where nothing is written otherwise.
fn literals(text: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for way in 0..8 {
        let [ascii, html, slash] = [1, 2, 4].map(|bit| way & bit != 0);
        forms.push(json(text, Json { ascii, html, slash }));
    }
    for kind in [Python::Text, Python::Ascii, Python::Bytes] {
        let both = text.contains('\'') && text.contains('"');
        forms.push(python(text, kind, both));
        // Beside a text with the other quote, in one literal.
        forms.push(python(text, kind, true));
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Whether a byte is written as it is by everybody.
fn is_kept(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What is written otherwise in JSON than it has to be.
#[derive(Clone, Copy)]
struct Json {
    /// `\u` for all but ASCII.
    ascii: bool,
    /// `\u` for what could end a script in HTML, as Go does it.
    html: bool,
    /// `\/`, as PHP does it.
    slash: bool,
}

/// Within the quotes of JSON.
fn json(text: &str, how: Json) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '/' if how.slash => out.push_str("\\/"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            _ if character < ' '
                || (how.ascii && !character.is_ascii())
                || (how.html && matches!(character, '<' | '>' | '&')) =>
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

/// Within the quotes of a Python literal, and of Node's where it is the same. A text with the one quote
/// stands in the other; only one that has both `escapes_quote`.
fn python(text: &str, kind: Python, escapes_quote: bool) -> String {
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

/// How quotes are written in HTML: by Python's `html`, by Go and Jinja, by PHP, by lodash, and where they
/// need not be.
const QUOTES: [[&str; 2]; 5] = [
    ["&quot;", "&#x27;"],
    ["&#34;", "&#39;"],
    ["&quot;", "&#039;"],
    ["&quot;", "&#39;"],
    ["\"", "'"],
];

/// As text of HTML.
fn html(text: &str, [double, single]: [&str; 2]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str(double),
            '\'' => out.push_str(single),
            _ => out.push(character),
        }
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
    fn what_is_written_twice_is_among_the_forms() {
        // Each as the interpreter printed it.
        let text = "it's/q\"u<o\\w&é7%";
        let forms = forms(text);
        for (by, form) in [
            ("PHP", r#"it's\/q\"u<o\\w&\u00e97%"#),
            ("ASCII for HTML", r#"it's/q\"u\u003co\\w\u0026\u00e97%"#),
            ("JSON in JSON", r#"it's/q\\\"u<o\\\\w&\\u00e97%"#),
            ("JSON in JSON, not ASCII", r#"it's/q\\\"u<o\\\\w&é7%"#),
            ("repr of JSON", r#"it\'s/q\\"u<o\\\\w&\\u00e97%"#),
            ("repr of repr", r#"it\\\'s/q"u<o\\\\w&é7%"#),
            ("JSON of repr", r#"it\\'s/q\"u<o\\\\w&\u00e97%"#),
            ("html.escape", r"it&#x27;s/q&quot;u&lt;o\w&amp;é7%"),
            ("Go", r"it&#39;s/q&#34;u&lt;o\w&amp;é7%"),
            (
                "quote of quote",
                "it%2527s/q%2522u%253Co%255Cw%2526%25C3%25A97%2525",
            ),
            (
                "encodeURIComponent twice",
                "it's%252Fq%2522u%253Co%255Cw%2526%25C3%25A97%2525",
            ),
        ] {
            assert!(forms.iter().any(|known| known == form), "{by}: {forms:#?}");
        }
        assert!(forms.len() < 150, "{}", forms.len());
        let usual = super::forms("p@ss/w0rd!").len();
        assert!(usual < 20, "{usual}");
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
