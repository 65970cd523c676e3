//! What stands behind the `Bearer` of a header, wherever the header stands: in a variable, among the words of a command.

use crate::text::Span;

use super::common::is_common;
use super::part::Part;
use super::placeholder::is_placeholder;

/// How one is let in by a header.
const SCHEMES: &[&str] = &["bearer", "basic"];

/// No credential of a header is shorter.
const SHORTEST: usize = 8;

/// The credentials of the headers in a value: `Bearer abc`, `Authorization: Basic abc`.
pub(super) fn bearers(value: &str, into: &mut Vec<Part>) {
    let bytes = value.as_bytes();
    let mut from = 0;
    while let Some(blank) = bytes
        .get(from..)
        .and_then(|rest| memchr::memchr(b' ', rest))
        .map(|at| from + at)
    {
        from = blank + 1;
        if !SCHEMES
            .iter()
            .any(|scheme| ends_with(&bytes[..blank], scheme))
        {
            continue;
        }
        let rest = &value[from..];
        let start = from + (rest.len() - rest.trim_start().len());
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';');
        let length = value[start..].find(ends).unwrap_or(value.len() - start);
        let credential = &value[start..start + length];
        if tells(credential) {
            into.push(Part::alone(Span::new(start, start + length)));
        }
        from = start + length;
    }
}

/// Whether a text ends with a word, in whatever case, which is the end of no other one.
fn ends_with(text: &[u8], word: &str) -> bool {
    let Some((before, end)) = text
        .len()
        .checked_sub(word.len())
        .and_then(|at| text.split_at_checked(at))
    else {
        return false;
    };
    end.eq_ignore_ascii_case(word.as_bytes())
        && before
            .last()
            .is_none_or(|last| !last.is_ascii_alphanumeric())
}

/// Whether it is no word of a sentence: `a bearer certificate`.
fn tells(credential: &str) -> bool {
    let is_word = credential
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'.');
    let shortest = if is_word { 2 * SHORTEST } else { SHORTEST };
    credential.len() >= shortest
        && !credential.contains(['$', '<', '{'])
        && !is_common(credential)
        && !is_placeholder(credential)
}
