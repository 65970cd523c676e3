//! bun's own loader: a byte scanner that resembles npm dotenv, and an expansion over the whole map.

use super::EXPANSION_LIMIT;
use super::model::{Ambient, Binding, Entry, Loaded, NoteKind, Origin, Quote, Source, Values};
use super::text::{Decode, Lines, Text};
use compact_str::CompactString;
use memchr::memchr2;
use std::ops::Range;

/// How deep `${A:-${B:-…}}` is followed; below, the default stays as it is written.
const DEPTH: u8 = 200;

/// Loads the next file of a chain: a name that is set already, by the process or an earlier file, stays.
pub(super) fn load(source: Source<'_>, environment: &mut Ambient) -> Loaded {
    let text = Text::new(source.bytes, Decode::Sequence, false);
    let mut loaded = Loaded::empty();
    loaded.notes.extend(
        text.broken
            .clone()
            .map(|span| super::Note::new(NoteKind::NotUtf8, span)),
    );
    let src = &*text.content;
    let mut scanner = Scanner {
        src,
        at: if src.starts_with('\u{FEFF}') { 3 } else { 0 },
    };
    let mut lines = Lines::default();
    while scanner.at < src.len() {
        scanner.blanks();
        let start = scanner.at;
        let Some(name) = scanner.name(true) else {
            scanner.skip_line();
            let dropped = src[start..scanner.at].trim_end_matches(is_blank);
            if !dropped.is_empty() && !dropped.starts_with('#') {
                loaded.note(
                    NoteKind::InvalidLine,
                    text.span(start..start + dropped.len()),
                );
            }
            continue;
        };
        let Taken {
            value,
            raw,
            quote,
            open_quote,
        } = scanner.value();
        let name_span = text.span(name.clone());
        let value_span = text.span(raw);
        if open_quote {
            loaded.note(NoteKind::UnclosedQuote, value_span.clone());
        }
        let name = &src[name];
        let binding = loaded.bindings.len();
        let entry = match environment.get(name) {
            Some(set) => Entry {
                value: Some(set.into()),
                binding,
                origin: Origin::Ambient,
            },
            None => Entry {
                value: Some(value.clone()),
                binding,
                origin: Origin::File,
            },
        };
        loaded.values.set(name, entry);
        let line = lines.of(source.bytes, name_span.start);
        let name = name.into();
        loaded.bindings.push(Binding {
            name,
            value: Some(value),
            name_span,
            value_span,
            line,
            quote,
        });
    }
    expand_all(&mut loaded, environment);
    loaded
}

/// Expands in file order: names above hold their outcome by then, names below still their raw text.
fn expand_all(loaded: &mut Loaded, environment: &mut Ambient) {
    let names: Vec<String> = loaded
        .values
        .iter()
        .map(|(name, _)| name.to_owned())
        .collect();
    let mut grown = 0;
    for name in &names {
        let Some(Entry {
            value: Some(raw),
            binding,
            origin: Origin::File,
        }) = loaded.values.get(name)
        else {
            continue;
        };
        let binding = *binding;
        let mut out = String::new();
        let scope = Scope {
            environment,
            values: &loaded.values,
            room: EXPANSION_LIMIT.saturating_sub(grown),
        };
        if raw.len() >= 2 && scope.expand(raw, &mut out, 0) {
            if out.len() > scope.room {
                let span = loaded.bindings[binding].value_span.clone();
                loaded.fail(NoteKind::ExpansionLimit, span);
                return;
            }
            grown += out.len();
            let out = CompactString::from(out);
            loaded.bindings[binding].value = Some(out.clone());
            if let Some(entry) = loaded.values.get_mut(name) {
                entry.value = Some(out);
            }
        }
    }
    for name in &names {
        if name == "__proto__" {
            let lost = loaded.bindings.iter().find(|binding| binding.name == *name);
            let span = lost
                .map(|binding| binding.name_span.clone())
                .unwrap_or_default();
            loaded.note(NoteKind::LostName, span);
        }
        if let Some(value) = loaded.values.value(name) {
            environment.set(name, value);
        }
    }
}

struct Scope<'e> {
    environment: &'e Ambient,
    values: &'e Values,
    /// How long the outcome may become.
    room: usize,
}

impl Scope<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)
            .or_else(|| self.values.value(name))
    }

    /// Appends the expansion; whether anything was there to expand. Stops once the outcome has outgrown its room.
    fn expand(&self, raw: &str, out: &mut String, depth: u8) -> bool {
        let bytes = raw.as_bytes();
        let (mut at, mut changed) = (0, false);
        while let Some(found) = memchr2(b'$', b'\\', &bytes[at..]) {
            let mark = at + found;
            out.push_str(&raw[at..mark]);
            if out.len() > self.room {
                return true;
            }
            let next = bytes.get(mark + 1).copied();
            at = mark + 1;
            match (bytes[mark], next) {
                (b'\\', Some(b'$')) => {
                    out.push('$');
                    at += 1;
                    changed = true;
                }
                (b'$', Some(b'{')) => {
                    let Some(close) = closing_brace(bytes, mark + 2) else {
                        out.push_str(&raw[mark..]);
                        return changed;
                    };
                    self.braced(&raw[mark..=close], out, depth);
                    at = close + 1;
                    changed = true;
                }
                (b'$', Some(byte)) if is_name_byte(byte) => {
                    let len = bytes[at..].iter().position(|&byte| !is_name_byte(byte));
                    let end = len.map_or(bytes.len(), |len| at + len);
                    out.push_str(self.get(&raw[at..end]).unwrap_or(""));
                    at = end;
                    changed = true;
                }
                (mark, _) => out.push(char::from(mark)),
            }
        }
        out.push_str(&raw[at..]);
        changed
    }

    fn braced(&self, whole: &str, out: &mut String, depth: u8) {
        let inner = &whole[2..whole.len() - 1];
        let name_len = inner
            .bytes()
            .position(|byte| !is_name_byte(byte))
            .unwrap_or(inner.len());
        let (name, rest) = inner.split_at(name_len);
        let value = self.get(name);
        if rest.is_empty() {
            out.push_str(value.unwrap_or(""));
        } else if let Some(default) = rest.strip_prefix(":-") {
            match value {
                Some(value) => out.push_str(value),
                None if depth < DEPTH => _ = self.expand(default, out, depth + 1),
                None => out.push_str(default),
            }
        } else {
            out.push_str(whole);
        }
    }
}

/// The `}` for a `${` whose inside starts here.
fn closing_brace(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut open) = (start, 1_usize);
    loop {
        at += memchr::memchr3(b'\\', b'$', b'}', bytes.get(at..)?)?;
        match bytes[at] {
            b'\\' => at += 2,
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                open += 1;
                at += 2;
            }
            b'}' if open == 1 => return Some(at),
            b'}' => {
                open -= 1;
                at += 1;
            }
            _ => at += 1,
        }
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_blank(c: char) -> bool {
    matches!(c, '\t'..='\r' | ' ')
}

struct Taken {
    value: CompactString,
    raw: Range<usize>,
    quote: Quote,
    open_quote: bool,
}

struct Scanner<'t> {
    src: &'t str,
    at: usize,
}

impl Scanner<'_> {
    fn blanks(&mut self) {
        self.at = super::text::skip(self.src, self.at, is_blank);
    }

    fn line_end(&self, at: usize) -> usize {
        memchr2(b'\n', b'\r', &self.src.as_bytes()[at..]).map_or(self.src.len(), |found| at + found)
    }

    fn skip_line(&mut self) {
        self.at = (self.line_end(self.at) + 1).min(self.src.len());
    }

    /// A name and its `=` (or `:` and a blank), perhaps after `export`; else stays where it is.
    fn name(&mut self, export: bool) -> Option<Range<usize>> {
        let bytes = self.src.as_bytes();
        let start = self.at;
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let end = super::text::skip(self.src, start, is_name);
        if end > start && end < bytes.len() {
            self.at = end;
            self.blanks();
            if export
                && self.at > end
                && &self.src[start..end] == "export"
                && let Some(name) = self.name(false)
            {
                return Some(name);
            }
            match bytes.get(self.at) {
                Some(b'=') => {
                    self.at += 1;
                    return Some(start..end);
                }
                Some(b':')
                    if bytes
                        .get(self.at + 1)
                        .is_some_and(|&byte| is_blank(char::from(byte))) =>
                {
                    self.at += 2;
                    return Some(start..end);
                }
                _ => {}
            }
        }
        self.at = start;
        None
    }

    fn value(&mut self) -> Taken {
        let start = self.at;
        self.blanks();
        let opener = self
            .src
            .as_bytes()
            .get(self.at)
            .map_or(Quote::None, |&byte| Quote::of(byte));
        if opener != Quote::None
            && let Some(close) = closing_quote(self.src.as_bytes(), self.at)
        {
            let raw = self.at..close + 1;
            let value = unescape(&self.src[raw.start + 1..close], opener).into();
            self.at = close + 1;
            self.skip_line();
            return Taken {
                value,
                raw,
                quote: opener,
                open_quote: false,
            };
        }
        let bytes = self.src.as_bytes();
        self.at = memchr::memchr3(b'#', b'\r', b'\n', &bytes[start..])
            .map_or(bytes.len(), |found| start + found);
        let raw = super::text::trim(self.src, start..self.at, is_blank);
        let value = CompactString::from(&self.src[raw.clone()]);
        let open_quote = value
            .bytes()
            .next()
            .is_some_and(|byte| Quote::of(byte) != Quote::None);
        Taken {
            value,
            raw,
            quote: Quote::None,
            open_quote,
        }
    }
}

/// A backslash always takes the next byte along.
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

/// Line ends become `\n`; in double quotes `\n` and `\r` are escapes, and `\\` guards what follows.
fn unescape(raw: &str, quote: Quote) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr2(b'\\', b'\r', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let next = rest[at + 1..].chars().next();
        let (text, taken) = match (rest.as_bytes()[at], next) {
            (b'\r', Some('\n')) => ("\n", 1),
            (b'\r', _) => ("\n", 0),
            (_, Some('n')) if quote == Quote::Double => ("\n", 1),
            (_, Some('r')) if quote == Quote::Double => ("\r", 1),
            (_, Some(c)) if quote == Quote::Double => {
                (&rest[at..at + 1 + c.len_utf8()], c.len_utf8())
            }
            _ => ("\\", 0),
        };
        out.push_str(text);
        rest = &rest[at + 1 + taken..];
    }
    out.push_str(rest);
    out
}
