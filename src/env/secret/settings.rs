//! Secrets among the settings of an address or a connection string: `?token=…`, `;Pwd=…`.

use crate::text::Span;

use super::name::is_secret_parameter;
use super::part::Part;
use super::placeholder::is_placeholder;
use super::value::looks_random;

/// No name of a setting is longer.
const LONGEST_NAME: usize = 48;

/// A word is no longer than that.
const LONGEST_WORD: usize = 16;

/// So far the end of what is in quotes is looked for.
const LONGEST_QUOTED: usize = 1024;

/// Where a setting begins: that tells where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In a list with `;`, in which a value may hold anything else.
    List,
    /// Among the options of an address.
    Query,
    /// In a list with blanks, or alone.
    Word,
}

/// The values of settings whose names announce a secret. Linear in the length of `value`.
pub(super) fn settings(value: &str, into: &mut Vec<Part>) {
    // Most values have none, and a file may have a hundred thousand of them.
    if memchr::memchr(b'=', value.as_bytes()).is_none() {
        return;
    }
    let first = match memchr::memchr(b';', value.as_bytes()) {
        Some(_) => Place::List,
        None => Place::Word,
    };
    let (mut start, mut place) = (0, first);
    loop {
        let rest = &value[start..];
        if let Some((name, from)) = secret_name(rest) {
            let inner = span(&rest[from..], place);
            let secret = Span::new(start + from + inner.start, start + from + inner.end);
            let text = &value[secret.start..secret.end];
            if tells(&name, text) {
                let blank = rest.len() - rest.trim_start().len();
                into.push(Part {
                    secret,
                    within: Span::new(start + blank, secret.end),
                });
            }
            start = secret.end;
        }
        let signs =
            |c: char| matches!(c, '?' | '&' | '#' | ',' | ';' | '=' | ':') || c.is_whitespace();
        let Some((at, sign)) = value[start..].char_indices().find(|(_, c)| signs(*c)) else {
            return;
        };
        start += at + sign.len_utf8();
        place = match sign {
            '?' | '&' | '#' => Place::Query,
            ';' => Place::List,
            _ => Place::Word,
        };
    }
}

/// The name of a setting that announces a secret, in small letters, and where its value begins.
fn secret_name(text: &str) -> Option<(String, usize)> {
    let equals = text
        .bytes()
        .take(LONGEST_NAME)
        .position(|byte| !in_name(byte))
        // `=>` leads to something, and sets nothing.
        .filter(|at| {
            let behind = text.as_bytes().get(*at..);
            behind.is_some_and(|it| it.starts_with(b"=") && !it.starts_with(b"=>"))
        })?;
    let name = text[..equals].trim_matches(['-', '"', '\'', '`', ' ', '\t']);
    let name = name.to_ascii_lowercase();
    // Azure's functions are let in by one.
    (name == "code" || is_secret_parameter(&name)).then_some((name, equals + 1))
}

fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-. \t\"'`".contains(&byte)
}

/// Where the value is that `text` begins with.
fn span(text: &str, place: Place) -> Span {
    let blank = match place {
        Place::List => text.len() - text.trim_start().len(),
        _ => 0,
    };
    let value = &text[blank..];
    let close = value.chars().next().and_then(|open| match open {
        '{' => Some('}'),
        '"' | '\'' => Some(open),
        _ => None,
    });
    let near = &value[..value.floor_char_boundary(LONGEST_QUOTED)];
    if let Some(length) = close.and_then(|close| near.get(1..)?.find(close)) {
        return Span::new(blank + 1, blank + 1 + length);
    }
    let ends = |(at, c): (usize, char)| match place {
        Place::List => c == ';',
        _ if c.is_whitespace() || c == ';' => true,
        Place::Query => {
            matches!(c, '&' | '#' | '"' | '\'' | '<' | '>')
                || (c == ',' && begins_another(&value[at + 1..]))
        }
        Place::Word => matches!(c, '&' | ',') && begins_another(&value[at + 1..]),
    };
    let end = value.char_indices().find(|found| ends(*found));
    let value = &value[..end.map_or(value.len(), |(at, _)| at)];
    let value = value.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    Span::new(blank, blank + value.len())
}

/// Whether another setting follows, or another address.
fn begins_another(text: &str) -> bool {
    let name = text
        .bytes()
        .take(LONGEST_NAME)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.+".contains(byte));
    let rest = &text[name.count()..];
    rest.len() < text.len() && (rest.starts_with('=') || rest.starts_with("://"))
}

/// Whether a value is a secret: no switch, and nothing that only stands for one.
fn tells(name: &str, value: &str) -> bool {
    // A key may be that of a list, too, or the field by which something is sorted; and a country has a code.
    let is_any_key = name.ends_with("key")
        && !["api", "access", "account", "private", "secret"]
            .iter()
            .any(|kind| name.contains(kind));
    let is_word = value.len() < LONGEST_WORD
        && value
            .bytes()
            .all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-'));
    if (is_any_key && is_word) || (name == "code" && !looks_random(value)) {
        return false;
    }
    let value = value.trim_matches('=');
    let is_switch = ["true", "false", "none", "null", "yes"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(value));
    let is_reference = value.starts_with("${") && value.find('}') == Some(value.len() - 1);
    !(value.is_empty() || is_switch || is_reference || is_placeholder(value))
}
