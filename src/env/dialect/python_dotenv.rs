//! python-dotenv 1.2, and pydantic-settings on top of it.
//!
//! The reader is a chain of small regular expressions in the original; each is one function here. A statement that
//! does not fit costs the rest of the line on which it stopped to fit, and a warning.

use super::model::{Ambient, Binding, Entry, Loaded, NoteKind, Origin, Quote, Source, Status};
use super::text::{Decode, Lines, Text, py_space, skip, trim};
use super::{EXPANSION_LIMIT, Values};
use compact_str::CompactString;
use memchr::{memchr, memchr2, memmem};
use std::ops::Range;

/// `dotenv_values(FILE, encoding="utf-8")`.
pub(super) fn load(source: Source<'_>, ambient: &Ambient) -> Loaded {
    read(source, ambient, false).0
}

/// The file, with names as they are written or in lower case, and whether names that are written differently became
/// the same.
fn read(source: Source<'_>, ambient: &Ambient, lower: bool) -> (Loaded, bool) {
    let mut loaded = Loaded::with_room_for(source.bytes);
    if let Err(error) = std::str::from_utf8(source.bytes) {
        let at = error.valid_up_to();
        let width = error.error_len().unwrap_or(source.bytes.len() - at);
        loaded.fail(NoteKind::NotUtf8, at..at + width);
        return (loaded, false);
    }
    let text = Text::new(source.bytes, Decode::Sequence, true);
    let mut reader = Reader {
        text: &text.content,
        at: if text.content.starts_with('\u{FEFF}') {
            3
        } else {
            0
        },
    };
    let mut lines = Lines::default();
    let mut expansion = Expansion { ambient, grown: 0 };
    let mut collided = false;
    while reader.at < reader.text.len() {
        let start = reader.at;
        match reader.statement() {
            Ok(None) => {}
            Ok(Some(found)) => {
                let span = text.span(found.raw.clone());
                let mut value = found.value;
                if let Some(raw) = value.take() {
                    value = expansion.expand(raw, &loaded.values);
                    if value.is_none() {
                        loaded.fail(NoteKind::ExpansionLimit, span);
                        return (loaded, collided);
                    }
                }
                let name_span = text.span(found.name_span);
                if value.is_none() {
                    loaded.note(NoteKind::NoValue, name_span.clone());
                }
                let entry = Entry {
                    value: value.clone(),
                    binding: loaded.bindings.len(),
                    origin: Origin::File,
                };
                if lower {
                    let before = loaded.values.set_lower(found.name, entry);
                    let written = before.and_then(|it| loaded.bindings.get(it.binding));
                    collided |= written.is_some_and(|it| it.name != found.name);
                } else {
                    loaded.values.set(found.name, entry);
                }
                let line = lines.of(source.bytes, name_span.start);
                let name = found.name.into();
                let quote = found.quote;
                loaded.bindings.push(Binding {
                    name,
                    value,
                    name_span,
                    value_span: span,
                    line,
                    quote,
                });
            }
            Err(kind) => {
                reader.at = line_end(reader.text, reader.at);
                let dropped = trim(reader.text, start..reader.at, py_space);
                loaded.note(kind, text.span(dropped));
                reader.at = (reader.at + 1).min(reader.text.len());
            }
        }
    }
    (loaded, collided)
}

/// The same file as `BaseSettings(env_file=FILE)` holds it: names in lower case. Of names that differ only in case
/// the one wins that stands last among the *first* mentions, since a Python dict keeps that order.
pub(super) fn load_settings(source: Source<'_>, ambient: &Ambient) -> Loaded {
    // Without a reference nobody asks for a name as it is written: it can be held in lower case from the start.
    if memmem::find(source.bytes, b"${").is_none() {
        let (loaded, collided) = read(source, ambient, true);
        if !collided {
            return loaded;
        }
    }
    let mut loaded = load(source, ambient);
    if loaded.status == Status::Ok {
        loaded.values.lower_case();
    }
    loaded
}

struct Statement<'t> {
    name: &'t str,
    name_span: Range<usize>,
    value: Option<CompactString>,
    raw: Range<usize>,
    quote: Quote,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Blanks, but not line ends.
    fn blanks(&mut self) {
        self.at = skip(self.text, self.at, |c| py_space(c) && c != '\n');
    }

    fn statement(&mut self) -> Result<Option<Statement<'t>>, NoteKind> {
        self.at = skip(self.text, self.at, py_space);
        match self.peek() {
            None => return Ok(None),
            // Most lines of an example; `name` and the rest would come to the same.
            Some(b'#') => {
                self.at = (line_end(self.text, self.at) + 1).min(self.text.len());
                return Ok(None);
            }
            Some(_) => self.export(),
        }
        // `export` may stand before a comment.
        let named = if self.peek() == Some(b'#') {
            None
        } else {
            Some(self.name()?)
        };
        self.blanks();
        let mut raw = self.at..self.at;
        let (mut value, mut quote) = (None, Quote::None);
        if self.peek() == Some(b'=') {
            self.at += 1;
            let sign_end = self.at;
            self.blanks();
            if self.at > sign_end && self.peek() == Some(b'#') {
                raw = sign_end..sign_end;
                value = Some(CompactString::default());
            } else {
                (value, raw, quote) = self.value()?;
            }
        }
        let comment = skip(self.text, self.at, |c| py_space(c) && c != '\n');
        if self.text.as_bytes().get(comment) == Some(&b'#') {
            self.at = line_end(self.text, comment);
        }
        self.blanks();
        match self.peek() {
            None => {}
            Some(b'\n') => self.at += 1,
            Some(_) if value.is_some() => return Err(NoteKind::TrailingText),
            Some(_) => return Err(NoteKind::InvalidLine),
        }
        Ok(named.map(|name_span| Statement {
            name: &self.text[name_span.clone()],
            name_span,
            value,
            raw,
            quote,
        }))
    }

    fn export(&mut self) {
        if self.text[self.at..].starts_with("export") {
            let after = self.at + "export".len();
            let name = skip(self.text, after, |c| py_space(c) && c != '\n');
            if name > after {
                self.at = name;
            }
        }
    }

    /// `'([^']+)'` or `[^=#\s]+`.
    fn name(&mut self) -> Result<Range<usize>, NoteKind> {
        if self.peek() == Some(b'\'') {
            let start = self.at + 1;
            let len = memchr(b'\'', &self.text.as_bytes()[start..]).filter(|&len| len > 0);
            let end = start + len.ok_or(NoteKind::InvalidLine)?;
            self.at = end + 1;
            return Ok(start..end);
        }
        let start = self.at;
        // Most names are plain ASCII, which needs no decoding.
        let plain = |b: &u8| b.is_ascii_graphic() && *b != b'=' && *b != b'#';
        self.at += self.text.as_bytes()[start..]
            .iter()
            .take_while(|b| plain(b))
            .count();
        self.at = skip(self.text, self.at, |c| c != '=' && c != '#' && !py_space(c));
        if self.at == start {
            Err(NoteKind::InvalidLine)
        } else {
            Ok(start..self.at)
        }
    }

    fn value(&mut self) -> Result<(Option<CompactString>, Range<usize>, Quote), NoteKind> {
        let start = self.at;
        let quote = match self.peek() {
            Some(byte @ (b'\'' | b'"')) => Quote::of(byte),
            None | Some(b'\n') => {
                return Ok((Some(CompactString::default()), start..start, Quote::None));
            }
            Some(_) => {
                self.at = line_end(self.text, start);
                let raw = start..start + unquoted_len(&self.text[start..self.at]);
                return Ok((Some(self.text[raw.clone()].into()), raw, Quote::None));
            }
        };
        let close = closing_quote(self.text.as_bytes(), start).ok_or(NoteKind::UnclosedQuote)?;
        self.at = close + 1;
        let value = unescape(&self.text[start + 1..close], quote);
        Ok((Some(value.into()), start..self.at, quote))
    }
}

/// `re.sub(r"\s+#.*", "", part).rstrip()`: the length that stays.
fn unquoted_len(part: &str) -> usize {
    let mut from = 0;
    while let Some(found) = memchr(b'#', &part.as_bytes()[from..]) {
        let hash = from + found;
        let kept = part[..hash].trim_end_matches(py_space).len();
        if kept < hash {
            return kept;
        }
        from = hash + 1;
    }
    part.trim_end_matches(py_space).len()
}

/// A backslash always takes the character after it along.
fn closing_quote(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += memchr2(bytes[open], b'\\', bytes.get(at..)?)?;
        if bytes[at] == bytes[open] {
            return Some(at);
        }
        at += 2;
    }
}

fn unescape(raw: &str, quote: Quote) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let escaped = match (rest.as_bytes().get(at + 1), quote) {
            (Some(&byte @ (b'\\' | b'\'')), _) | (Some(&byte @ b'"'), Quote::Double) => {
                Some(char::from(byte))
            }
            (Some(b'a'), Quote::Double) => Some('\u{7}'),
            (Some(b'b'), Quote::Double) => Some('\u{8}'),
            (Some(b'f'), Quote::Double) => Some('\u{C}'),
            (Some(b'n'), Quote::Double) => Some('\n'),
            (Some(b'r'), Quote::Double) => Some('\r'),
            (Some(b't'), Quote::Double) => Some('\t'),
            (Some(b'v'), Quote::Double) => Some('\u{B}'),
            _ => None,
        };
        out.push(escaped.unwrap_or('\\'));
        rest = &rest[at + 1 + usize::from(escaped.is_some())..];
    }
    out.push_str(rest);
    out
}

fn line_end(text: &str, at: usize) -> usize {
    super::text::find_or_end(text, at, b'\n')
}

struct Expansion<'e> {
    ambient: &'e Ambient,
    grown: usize,
}

impl Expansion<'_> {
    /// `${NAME}` and `${NAME:-default}` by what the file has said so far, then by the process environment.
    fn expand(&mut self, raw: CompactString, earlier: &Values) -> Option<CompactString> {
        let mut out = String::new();
        let (mut kept, mut from) = (0, 0);
        while let Some(found) = memmem::find(&raw.as_bytes()[from..], b"${") {
            let start = from + found;
            match reference(&raw, start) {
                Reference::Whole { name, default, end } => {
                    out.push_str(&raw[kept..start]);
                    match earlier.get(name) {
                        Some(entry) => out.push_str(entry.value.as_deref().unwrap_or("")),
                        None => out.push_str(self.ambient.get(name).or(default).unwrap_or("")),
                    }
                    (kept, from) = (end, end);
                    if self.grown + out.len() > EXPANSION_LIMIT {
                        return None;
                    }
                }
                Reference::Broken { until } => from = until,
                Reference::Never => break,
            }
        }
        self.grown += out.len();
        if kept == 0 {
            return Some(raw);
        }
        out.push_str(&raw[kept..]);
        Some(out.into())
    }
}

enum Reference<'t> {
    Whole {
        name: &'t str,
        default: Option<&'t str>,
        end: usize,
    },
    /// No reference begins before this position.
    Broken { until: usize },
    /// Nothing closes in the rest of the value.
    Never,
}

/// `\$\{([^\}:]*)(?::-([^\}]*))?\}` at a `${`.
fn reference(raw: &str, start: usize) -> Reference<'_> {
    let bytes = raw.as_bytes();
    let name_start = start + 2;
    let Some(len) = memchr2(b'}', b':', &bytes[name_start..]) else {
        return Reference::Never;
    };
    let name_end = name_start + len;
    let name = &raw[name_start..name_end];
    if bytes[name_end] == b'}' {
        return Reference::Whole {
            name,
            default: None,
            end: name_end + 1,
        };
    }
    if bytes.get(name_end + 1) != Some(&b'-') {
        return Reference::Broken {
            until: name_end + 1,
        };
    }
    let default_start = name_end + 2;
    let Some(len) = memchr(b'}', &bytes[default_start..]) else {
        return Reference::Never;
    };
    let end = default_start + len;
    Reference::Whole {
        name,
        default: Some(&raw[default_start..end]),
        end: end + 1,
    }
}
