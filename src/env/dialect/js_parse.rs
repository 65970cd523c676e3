//! The regular expression of npm dotenv, which Next carries too, as a hand-written machine.
//!
//! ```text
//! ^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)
//!   (\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$      flags: m g
//! ```
//!
//! Two facts make it linear. Once a name and its `=` are there, the rest always matches without widening the lazy
//! blanks: the unquoted form stops where `$` or a comment holds. And a quoted form that fails (its closing quote is
//! followed by text) was scanned at most up to the next quote that can open a value, since such a quote is never
//! preceded by a backslash.

use super::model::Quote;
use super::text::{js_space, skip, trim};
use memchr::{memchr2, memmem};
use std::borrow::Cow;
use std::ops::Range;

/// One match; ranges are positions in the text.
pub(super) struct Assignment {
    pub(super) name: Range<usize>,
    /// The value without outer blanks, quotes included.
    pub(super) raw: Range<usize>,
    pub(super) value: String,
    pub(super) quote: Quote,
    /// The value opens with a quote that closes nowhere (or is followed by text), so the quote stays in it.
    pub(super) open_quote: bool,
}

/// What the expression finds in a file, and the lines that it passes over.
#[derive(Default)]
pub(super) struct Scan {
    pub(super) assignments: Vec<Assignment>,
    pub(super) dropped: Vec<Range<usize>>,
}

/// Runs the expression over text whose line ends are `\n`.
pub(super) fn scan(text: &str) -> Scan {
    let mut scan = Scan::default();
    let mut start = Some(0);
    while let Some(at) = start {
        match assignment_at(text, at) {
            Ok((assignment, end)) => {
                scan.assignments.push(assignment);
                start = if starts_line(text, end) {
                    Some(end)
                } else {
                    next_line(text, end)
                };
            }
            // Every line start up to `reached` skips the same blanks and fails alike.
            Err(reached) => {
                if reached < text.len() && text.as_bytes()[reached] != b'#' {
                    scan.dropped
                        .push(trim(text, reached..line_end(text, reached), js_space));
                }
                start = next_line(text, reached);
            }
        }
    }
    scan
}

/// One match that starts at a line start, and its end; else the position that no match can begin before.
fn assignment_at(text: &str, at: usize) -> Result<(Assignment, usize), usize> {
    let first = skip(text, at, js_space);
    let (name, mut after) = exported(text, first)
        .or_else(|| named(text, first))
        .ok_or(first)?;
    let value_at = skip(text, after, js_space);
    let opener = text
        .as_bytes()
        .get(value_at)
        .map_or(Quote::None, |&byte| Quote::of(byte));
    if opener != Quote::None
        && let Some((close, end)) = closing_quote(text, value_at)
    {
        let raw = value_at..close + 1;
        let value = unescape(&text[value_at + 1..close], opener).into_owned();
        return Ok((
            Assignment {
                name,
                raw,
                value,
                quote: opener,
                open_quote: false,
            },
            end,
        ));
    }
    let run_end =
        memchr2(b'#', b'\n', &text.as_bytes()[after..]).map_or(text.len(), |found| after + found);
    let raw = trim(text, after..run_end, js_space);
    after = run_end;
    let quote = text.as_bytes()[..raw.end]
        .get(raw.start)
        .map_or(Quote::None, |&byte| Quote::of(byte));
    let stripped = strip_quotes(&text[raw.clone()]);
    let kept = stripped.len() == raw.len();
    let value = unescape(&stripped, quote).into_owned();
    let open_quote = kept && quote != Quote::None;
    let quote = if kept { Quote::None } else { quote };
    let end = tail(text, after).unwrap_or(after);
    Ok((
        Assignment {
            name,
            raw,
            value,
            quote,
            open_quote,
        },
        end,
    ))
}

/// `export\s+NAME` and its separator.
fn exported(text: &str, at: usize) -> Option<(Range<usize>, usize)> {
    let after = text[at..]
        .strip_prefix("export")
        .map(|_| at + "export".len())?;
    let name = skip(text, after, js_space);
    if name == after {
        None
    } else {
        named(text, name)
    }
}

/// `NAME` and `=`, or `:` and a blank; the position after the separator.
fn named(text: &str, at: usize) -> Option<(Range<usize>, usize)> {
    let bytes = text.as_bytes();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let end = skip(text, at, is_name);
    if end == at {
        return None;
    }
    let sign = skip(text, end, js_space);
    if bytes.get(sign) == Some(&b'=') {
        return Some((at..end, sign + 1));
    }
    let blank = text[end..]
        .strip_prefix(':')?
        .chars()
        .next()
        .filter(|&c| js_space(c))?;
    Some((at..end, end + 1 + blank.len_utf8()))
}

/// The quote that closes the one at `open`, and the end of the match. The first quote without a backslash before it
/// has the first try, then those with one, from the last back to the first: that is how the expression backtracks.
fn closing_quote(text: &str, open: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let quote = bytes[open];
    let mut escaped = Vec::new();
    for found in memchr::memchr_iter(quote, &bytes[open + 1..]) {
        let at = open + 1 + found;
        if bytes[at - 1] == b'\\' {
            escaped.push(at);
        } else {
            if let Some(end) = tail(text, at + 1) {
                return Some((at, end));
            }
            break;
        }
    }
    escaped
        .into_iter()
        .rev()
        .find_map(|at| tail(text, at + 1).map(|end| (at, end)))
}

/// `\s*(?:#.*)?$`: where it ends, if it holds.
fn tail(text: &str, at: usize) -> Option<usize> {
    let end = skip(text, at, js_space);
    match text.as_bytes().get(end) {
        None => Some(end),
        Some(b'#') => Some(line_end(text, end)),
        Some(_) => text[at..end].rfind(is_line_end).map(|found| at + found),
    }
}

/// ``replace(/^(['"`])([\s\S]*)\1$/gm, "$2")`` on text without `\n`. U+2028 and U+2029 end lines here, so quotes may
/// also go from the middle of a value.
fn strip_quotes(raw: &str) -> Cow<'_, str> {
    let bytes = raw.as_bytes();
    let quote = |at: usize| {
        bytes
            .get(at)
            .copied()
            .filter(|&b| Quote::of(b) != Quote::None)
    };
    if memmem::find(bytes, "\u{2028}".as_bytes()).is_none()
        && memmem::find(bytes, "\u{2029}".as_bytes()).is_none()
    {
        let outer = raw.len() >= 2 && quote(0).is_some() && bytes.first() == bytes.last();
        return Cow::Borrowed(if outer { &raw[1..raw.len() - 1] } else { raw });
    }
    let ends = |at: usize| at == raw.len() || raw[at..].starts_with(is_line_end);
    let last_of = |q: u8| {
        (0..raw.len())
            .rev()
            .find(|&at| bytes[at] == q && ends(at + 1))
    };
    let last = [b'\'', b'"', b'`'].map(|q| (q, last_of(q)));
    let (mut out, mut kept, mut start) = (String::new(), 0, Some(0));
    while let Some(at) = start {
        let close = quote(at)
            .and_then(|q| last.iter().find(|(kind, _)| *kind == q)?.1)
            .filter(|&close| close > at);
        if let Some(close) = close {
            out.push_str(&raw[kept..at]);
            out.push_str(&raw[at + 1..close]);
            kept = close + 1;
            start = next_line(raw, kept);
        } else {
            start = next_line(raw, at);
        }
    }
    out.push_str(&raw[kept..]);
    Cow::Owned(out)
}

/// In double quotes `\n`, then `\r`, become line ends; nothing else is an escape.
fn unescape(value: &str, quote: Quote) -> Cow<'_, str> {
    if quote != Quote::Double || !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.replace("\\n", "\n").replace("\\r", "\r"))
}

/// Where `$` holds and `.` does not match; `\r` is gone by the time the expression runs.
fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\u{2028}' | '\u{2029}')
}

fn starts_line(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_none_or(is_line_end)
}

fn line_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut from = at;
    while let Some(found) = memchr2(b'\n', 0xE2, &bytes[from..]) {
        let end = from + found;
        if text[end..].starts_with(is_line_end) {
            return end;
        }
        from = end + 1;
    }
    bytes.len()
}

fn next_line(text: &str, at: usize) -> Option<usize> {
    let end = line_end(text, at);
    text[end..].chars().next().map(|c| end + c.len_utf8())
}
