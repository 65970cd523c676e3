//! The dotenvy crate, which is also uv's `--env-file`.
//!
//! A port, not the crate's iterator: that one asks the real process environment for every `$NAME`, so it can answer
//! neither for another process nor twice the same way. The crate is the oracle of the tests instead.

use super::EXPANSION_LIMIT;
use super::model::{Ambient, Binding, Entry, Loaded, NoteKind, Origin, Quote, Source, Values};
use super::text::{Lines, skip};
use compact_str::CompactString;
use memchr::memchr;
use std::ops::Range;

/// Sets a name unless the process environment or an earlier line has it. Stops at the first error.
pub(super) fn load(source: Source<'_>, ambient: &Ambient) -> Loaded {
    let mut loaded = Loaded::empty();
    // What `$NAME` sees: the process first, then the *last* line with that name.
    let mut last = Values::default();
    let mut lines = Lines::default();
    let mut room = EXPANSION_LIMIT;
    let mut at = 0;
    loop {
        let logical = match logical_line(source.bytes, at) {
            Ok(Some(logical)) => logical,
            Ok(None) => return loaded,
            Err((kind, span)) => {
                loaded.fail(kind, span);
                return loaded;
            }
        };
        at = logical.next;
        let mut scope = Scope {
            ambient,
            last: &last,
            room,
        };
        match statement(logical.text, &mut scope) {
            Ok(None) => {}
            Ok(Some(found)) => {
                let shift =
                    |range: Range<usize>| logical.start + range.start..logical.start + range.end;
                let name = &logical.text[found.name.clone()];
                let name_span = shift(found.name);
                let value = CompactString::from(found.value);
                room = scope.room;
                let binding = loaded.bindings.len();
                let entry = Entry {
                    value: Some(value.clone()),
                    binding,
                    origin: Origin::File,
                };
                last.set(name, entry.clone());
                if let Some(set) = ambient.get(name) {
                    let entry = Entry {
                        value: Some(set.into()),
                        binding,
                        origin: Origin::Ambient,
                    };
                    loaded.values.set(name, entry);
                } else if loaded.values.get(name).is_none() {
                    loaded.values.set(name, entry);
                }
                let value_span = shift(found.raw);
                let line = lines.of(source.bytes, name_span.start);
                let (name, quote) = (name.into(), found.quote);
                loaded.bindings.push(Binding {
                    name,
                    value: Some(value),
                    name_span,
                    value_span,
                    line,
                    quote,
                });
            }
            Err((kind, from)) => {
                let end = logical.text.trim_end().len().max(from);
                loaded.fail(kind, logical.start + from..logical.start + end);
                return loaded;
            }
        }
    }
}

struct Logical<'t> {
    text: &'t str,
    start: usize,
    next: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Complete,
    Escape,
    Strong,
    StrongEscape,
    Weak,
    WeakEscape,
    Blank,
}

/// Physical lines up to one that leaves no quote open; without its comment and line end.
fn logical_line(
    bytes: &[u8],
    start: usize,
) -> Result<Option<Logical<'_>>, (NoteKind, Range<usize>)> {
    let mut state = State::Complete;
    let mut at = start;
    loop {
        if at == bytes.len() {
            return if state == State::Complete {
                Ok(None)
            } else {
                Err((NoteKind::UnclosedQuote, start..at))
            };
        }
        let next = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |len| at + len + 1);
        let Ok(line) = std::str::from_utf8(&bytes[at..next]) else {
            return Err((NoteKind::NotUtf8, at..next));
        };
        // Lines so far are valid, so is what they make together.
        let text = std::str::from_utf8(&bytes[start..next]).unwrap_or(line);
        if at == start && line.trim_start().starts_with('#') {
            return Ok(Some(Logical {
                text: "",
                start,
                next,
            }));
        }
        for (len, c) in line.char_indices() {
            state = match (state, c) {
                (State::Blank, '#') => {
                    return Ok(Some(Logical {
                        text: &text[..at - start + len],
                        start,
                        next,
                    }));
                }
                (State::Blank | State::Complete, '\\') => State::Escape,
                (State::Blank | State::Complete, '"') => State::Weak,
                (State::Blank | State::Complete, '\'') => State::Strong,
                (State::Complete, c) if c.is_whitespace() && c != '\n' && c != '\r' => State::Blank,
                (State::Weak, '\\') => State::WeakEscape,
                (State::Strong, '\\') => State::StrongEscape,
                (State::Weak | State::WeakEscape, c) if c != '"' || state == State::WeakEscape => {
                    State::Weak
                }
                (State::Strong | State::StrongEscape, c)
                    if c != '\'' || state == State::StrongEscape =>
                {
                    State::Strong
                }
                _ => State::Complete,
            };
        }
        at = next;
        if state == State::Complete {
            let text = text
                .strip_suffix('\n')
                .map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
            return Ok(Some(Logical { text, start, next }));
        }
    }
}

struct Statement {
    name: Range<usize>,
    value: String,
    raw: Range<usize>,
    quote: Quote,
}

struct Scope<'e> {
    ambient: &'e Ambient,
    last: &'e Values,
    room: usize,
}

impl Scope<'_> {
    fn append(&mut self, name: &str, out: &mut String) -> Result<(), NoteKind> {
        let value = self
            .ambient
            .get(name)
            .or_else(|| self.last.value(name))
            .unwrap_or("");
        self.room = self
            .room
            .checked_sub(value.len())
            .ok_or(NoteKind::ExpansionLimit)?;
        out.push_str(value);
        Ok(())
    }
}

/// An error is its kind and where the rest of the line begins that it is about.
fn statement(line: &str, scope: &mut Scope<'_>) -> Result<Option<Statement>, (NoteKind, usize)> {
    let line = line.trim_end();
    let blanks = |at| skip(line, at, char::is_whitespace);
    let start = blanks(0);
    if start == line.len() || line[start..].starts_with('#') {
        return Ok(None);
    }
    let mut name = name(line, start)?;
    let mut at = blanks(name.end);
    if &line[name.clone()] == "export" && !line[at..].starts_with('=') {
        name = self::name(line, at)?;
        at = blanks(name.end);
    }
    if !line[at..].starts_with('=') {
        return Err((NoteKind::InvalidLine, start));
    }
    at = blanks(at + 1);
    if at == line.len() || line[at..].starts_with('#') {
        return Ok(Some(Statement {
            name,
            value: String::new(),
            raw: at..at,
            quote: Quote::None,
        }));
    }
    let (value, end) = value(&line[at..], scope).map_err(|(kind, from)| (kind, at + from))?;
    let raw = at..at + end;
    let quote = whole_quote(&line[raw.clone()]);
    Ok(Some(Statement {
        name,
        value,
        raw,
        quote,
    }))
}

fn name(line: &str, start: usize) -> Result<Range<usize>, (NoteKind, usize)> {
    let end = skip(line, start, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '.')
    });
    match line.as_bytes().get(start) {
        Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_' => Ok(start..end),
        _ => Err((NoteKind::InvalidName, start)),
    }
}

/// The quotes around a value that is one quoted piece and nothing else.
fn whole_quote(raw: &str) -> Quote {
    let bytes = raw.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(&first @ (b'\'' | b'"')), Some(&last)) if raw.len() > 1 && first == last => {
            let inner = &raw[1..raw.len() - 1];
            if inner.contains(char::from(first)) {
                Quote::None
            } else {
                Quote::of(first)
            }
        }
        _ => Quote::None,
    }
}

/// How far into a reference the reader is.
#[derive(PartialEq)]
enum Reference {
    None,
    Bare(String),
    Braced(String),
}

/// The value and where its raw text ends. What looks odd is the crate's: a bare name ends at `_`, a reference that
/// is open when a quote closes swallows the quote, and an unfinished escape at the end is forgotten.
fn value(input: &str, scope: &mut Scope<'_>) -> Result<(String, usize), (NoteKind, usize)> {
    let (mut strong, mut weak, mut escaped) = (false, false, false);
    let mut blank_at = None;
    let mut out = String::new();
    let mut reference = Reference::None;
    for (at, c) in input.char_indices() {
        if blank_at.is_some() {
            match c {
                ' ' | '\t' => {}
                '#' => break,
                _ => return Err((NoteKind::TrailingText, at)),
            }
        } else if escaped {
            out.push(match c {
                '\\' | '\'' | '"' | '$' | ' ' => c,
                'n' => '\n',
                _ => return Err((NoteKind::InvalidEscape, at)),
            });
            escaped = false;
        } else if strong {
            if c == '\'' {
                strong = false;
            } else {
                out.push(c);
            }
        } else if reference != Reference::None {
            reference = match reference {
                Reference::Bare(mut name) if c.is_alphanumeric() => {
                    name.push(c);
                    Reference::Bare(name)
                }
                Reference::Bare(name) if c == '{' && name.is_empty() => Reference::Braced(name),
                Reference::Bare(name) => {
                    scope.append(&name, &mut out).map_err(|kind| (kind, at))?;
                    if c == '$' {
                        Reference::Bare(String::new())
                    } else {
                        out.push(c);
                        Reference::None
                    }
                }
                Reference::Braced(name) if c == '}' => {
                    scope.append(&name, &mut out).map_err(|kind| (kind, at))?;
                    Reference::None
                }
                Reference::Braced(mut name) => {
                    name.push(c);
                    Reference::Braced(name)
                }
                Reference::None => Reference::None,
            };
        } else {
            match c {
                '$' => reference = Reference::Bare(String::new()),
                '"' => weak = !weak,
                '\\' => escaped = true,
                '\'' if !weak => strong = true,
                ' ' | '\t' if !weak => blank_at = Some(at),
                _ => out.push(c),
            }
        }
    }
    let end = blank_at.unwrap_or(input.len());
    match reference {
        Reference::Braced(_) => Err((NoteKind::InvalidExpansion, 0)),
        _ if strong || weak => Err((NoteKind::UnclosedQuote, 0)),
        Reference::Bare(name) => {
            scope.append(&name, &mut out).map_err(|kind| (kind, 0))?;
            Ok((out, end))
        }
        Reference::None => Ok((out, end)),
    }
}
