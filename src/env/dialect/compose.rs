//! docker compose's `env_file:` (compose 2.40): POSIX-like, with the template language of the compose file.

use super::compose_template::{Failure, Template};
use super::model::{Ambient, Binding, Entry, Loaded, NoteKind, Origin, Quote, Source};
use super::text::{Decode, Lines, Text, find_or_end, skip};
use compact_str::CompactString;
use std::ops::Range;

/// The process environment (and the project's `.env`) is asked before the file when a value is expanded, but never
/// replaces a value.
pub(super) fn load(source: Source<'_>, ambient: &Ambient) -> Loaded {
    let mut loaded = Loaded::empty();
    let decoded = Text::new(source.bytes, Decode::Byte, false);
    loaded.notes.extend(
        decoded
            .broken
            .clone()
            .map(|span| super::Note::new(NoteKind::NotUtf8, span)),
    );
    let text = &*decoded.content;
    let mut lines = Lines::default();
    let mut template = Template::new(ambient);
    let mut at = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
    loop {
        at = skip(text, at, char::is_whitespace);
        if at == text.len() {
            return loaded;
        }
        if text.as_bytes()[at] == b'#' {
            at = find_or_end(text, at, b'\n');
            continue;
        }
        let name = match name(text, at) {
            Ok(name) => name,
            Err(span) => {
                loaded.fail(NoteKind::InvalidName, decoded.span(span));
                return loaded;
            }
        };
        at = name.next;
        let name_span = decoded.span(name.span.clone());
        let line = lines.of(source.bytes, name_span.start);
        let binding = loaded.bindings.len();
        let name_text = &text[name.span.clone()];
        if name.inherited {
            loaded.note(NoteKind::NoValue, name_span.clone());
            if let Some(value) = ambient.get(name_text) {
                let entry = Entry {
                    value: Some(value.into()),
                    binding,
                    origin: Origin::Ambient,
                };
                loaded.values.set(name_text, entry);
            }
            let (name, end) = (name_text.into(), name_span.end);
            let value_span = end..end;
            loaded.bindings.push(Binding {
                name,
                value: None,
                name_span,
                value_span,
                line,
                quote: Quote::None,
            });
            continue;
        }
        let Some(taken) = value(text, at) else {
            loaded.fail(
                NoteKind::UnclosedQuote,
                decoded.span(at..find_or_end(text, at, b'\n')),
            );
            return loaded;
        };
        at = taken.next;
        let value_span = decoded.span(taken.raw);
        let expanded = match taken.quote {
            Quote::Single => Ok(taken.text),
            Quote::Double => template.substitute(&escapes(&taken.text), &loaded.values),
            _ => template.substitute(&taken.text, &loaded.values),
        };
        let value = match expanded {
            Ok(value) => CompactString::from(value),
            Err(failure) => {
                let kind = match failure {
                    Failure::Invalid => NoteKind::InvalidExpansion,
                    Failure::Required => NoteKind::RequiredUnset,
                    Failure::Limit => NoteKind::ExpansionLimit,
                };
                loaded.fail(kind, value_span);
                return loaded;
            }
        };
        let entry = Entry {
            value: Some(value.clone()),
            binding,
            origin: Origin::File,
        };
        loaded.values.set(name_text, entry);
        let (name, value) = (name_text.into(), Some(value));
        loaded.bindings.push(Binding {
            name,
            value,
            name_span,
            value_span,
            line,
            quote: taken.quote,
        });
    }
}

struct Name {
    span: Range<usize>,
    next: usize,
    /// A line end instead of `=`: the value comes from the process environment.
    inherited: bool,
}

/// The name up to `=`, `:` or the line end. At the end of the file there is none of these: the reader then takes the
/// empty name and leaves the text as its value.
fn name(text: &str, statement: usize) -> Result<Name, Range<usize>> {
    let mut start = statement;
    if let Some(rest) = text[statement..].strip_prefix("export")
        && rest.starts_with(['\t', '\n', '\u{C}', '\r', ' '])
    {
        start = skip(text, statement + "export".len(), is_blank);
    }
    for (len, c) in text[start..].char_indices() {
        let at = start + len;
        match c {
            '=' | ':' | '\n' => {
                let span = start..start + text[start..at].trim_end().len();
                if text[span.clone()].contains(' ') {
                    return Err(span);
                }
                let next = skip(text, at + 1, is_blank);
                return Ok(Name {
                    span,
                    next,
                    inherited: c == '\n',
                });
            }
            '_' | '.' | '-' | '[' | ']' => {}
            _ if is_blank(c) || c.is_alphabetic() || c.is_numeric() => {}
            _ => return Err(at..at + c.len_utf8()),
        }
    }
    if start == text.len() {
        Err(statement..start)
    } else {
        Ok(Name {
            span: start..start,
            next: start,
            inherited: false,
        })
    }
}

struct Taken {
    text: String,
    raw: Range<usize>,
    quote: Quote,
    next: usize,
}

fn value(text: &str, start: usize) -> Option<Taken> {
    let bytes = text.as_bytes();
    let Some(&opener @ (b'\'' | b'"')) = bytes.get(start) else {
        let line_end = find_or_end(text, start, b'\n');
        let comment = text[start..line_end]
            .find(" #")
            .map_or(line_end, |len| start + len);
        let raw = start..start + text[start..comment].trim_end().len();
        let next = (line_end + 1).min(text.len());
        return Some(Taken {
            text: text[raw.clone()].to_owned(),
            raw,
            quote: Quote::None,
            next,
        });
    };
    let quote = Quote::of(opener);
    let mut out = String::new();
    let mut at = start + 1;
    loop {
        let found = memchr::memchr2(opener, b'\\', bytes.get(at..)?)?;
        let mark = at + found;
        out.push_str(&text[at..mark]);
        if bytes[mark] == opener {
            return Some(Taken {
                text: out,
                raw: start..mark + 1,
                quote,
                next: mark + 1,
            });
        }
        let next = text[mark + 1..].chars().next()?;
        if next != char::from(opener) {
            out.push('\\');
        }
        out.push(next);
        at = mark + 1 + next.len_utf8();
    }
}

/// `\a \b \f \n \r \t \v \\ \" \$` and `\0` with three octal digits; every other backslash stays.
fn escapes(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let simple = match rest.as_bytes().first() {
            Some(b'a') => "\u{7}",
            Some(b'b') => "\u{8}",
            Some(b'f') => "\u{C}",
            Some(b'n') => "\n",
            Some(b'r') => "\r",
            Some(b't') => "\t",
            Some(b'v') => "\u{B}",
            Some(b'\\') => "\\",
            Some(b'"') => "\"",
            // Left to the template language, where `$$` is a dollar.
            Some(b'$') => "$$",
            Some(b'0') => {
                let digits = rest[1..]
                    .bytes()
                    .take(3)
                    .take_while(u8::is_ascii_digit)
                    .count();
                let octal = u32::from_str_radix(&rest[1..=digits], 8)
                    .ok()
                    .filter(|&code| digits == 3 && code < 256);
                if let Some(c) = octal.and_then(char::from_u32) {
                    out.push(c);
                } else {
                    // The reader has taken the zero away by the time it sees that this is no number.
                    out.push('\\');
                    out.push_str(&rest[1..=digits]);
                }
                rest = &rest[1 + digits..];
                continue;
            }
            _ => {
                out.push('\\');
                continue;
            }
        };
        out.push_str(simple);
        rest = &rest[1..];
    }
    out.push_str(rest);
    out
}

/// Blank, but no line end.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\t' | '\u{B}' | '\u{C}' | '\r' | ' ' | '\u{85}' | '\u{A0}'
    )
}
