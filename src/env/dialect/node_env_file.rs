//! `node --env-file` of node 20 (node 24 has mended some of it).
//!
//! Everything up to an `=` is the name, line ends included; a line without `=` is glued to the next name.

use super::model::{Ambient, Binding, Entry, Loaded, NoteKind, Origin, Quote, Source};
use super::next::{array_index, before_nul};
use super::text::{Decode, Lines, Text, find_or_end, trim};
use compact_str::CompactString;
use memchr::memchr;

/// Fills a name unless the process environment has it.
pub(super) fn load(source: Source<'_>, ambient: &Ambient) -> Loaded {
    let mut loaded = Loaded::empty();
    let kept: Vec<u8> = source
        .bytes
        .iter()
        .copied()
        .filter(|&byte| byte != b'\r')
        .collect();
    // Carriage returns are dropped before anything else; the index leads back to the file.
    let places = Places::new(source.bytes);
    let decoded = Text::new(&kept, Decode::Sequence, false);
    let text = &*decoded.content;
    let span = |range| {
        let here = decoded.span(range);
        places.of(here.start)..places.of(here.end)
    };
    loaded.notes.extend(
        decoded
            .broken
            .clone()
            .map(|at| super::Note::new(NoteKind::NotUtf8, places.of(at.start)..places.of(at.end))),
    );
    let mut lines = Lines::default();
    let all = trim(text, 0..text.len(), is_space);
    let mut at = all.start;
    let end = all.end;
    let text = &text[..end];
    while at < end {
        if matches!(text.as_bytes()[at], b'\n' | b'#') {
            let line_end = find_or_end(text, at, b'\n');
            if line_end < end {
                at = line_end + 1;
                continue;
            }
        }
        let Some(len) = memchr(b'=', &text.as_bytes()[at..]) else {
            let rest = text[at..].trim_end();
            if !rest.is_empty() && !rest.starts_with('#') {
                loaded.note(NoteKind::InvalidLine, span(at..at + rest.len()));
            }
            break;
        };
        let sign = at + len;
        let mut name = trim(text, at..sign, is_space);
        if name.is_empty() && sign == at {
            loaded.note(NoteKind::InvalidName, span(at..end));
            break;
        }
        if name.is_empty() {
            // Trimming a name of nothing but spaces makes node step one byte back, onto the line end.
            name = at.saturating_sub(1)..at;
        }
        if text[name.clone()].starts_with("export ") {
            name.start += "export ".len();
        }
        if text[name.clone()].contains('\n') {
            loaded.note(NoteKind::InvalidLine, span(name.clone()));
        }
        let taken = value(text, sign + 1);
        at = taken.next;
        let name_span = span(name.clone());
        let Some(value) = taken.value else {
            loaded.note(NoteKind::UnclosedQuote, span(taken.raw));
            continue;
        };
        let value = CompactString::from(before_nul(&value));
        let binding = loaded.bindings.len();
        let whole = &text[name];
        let name = before_nul(whole);
        // The C library refuses an empty name; `process.env` of node 20 does not show integers.
        if name.is_empty() || name == "__proto__" || array_index(name).is_some() {
            loaded.note(NoteKind::LostName, name_span.clone());
        } else if whole.len() == name.len() || loaded.values.get(name).is_none() {
            let entry = match ambient.get(name) {
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
        }
        let line = lines.of(source.bytes, name_span.start);
        let value_span = span(taken.raw);
        let name = name.into();
        loaded.bindings.push(Binding {
            name,
            value: Some(value),
            name_span,
            value_span,
            line,
            quote: taken.quote,
        });
    }
    loaded
}

struct Taken {
    /// `None`: the reader stores nothing and goes on inside the value.
    value: Option<String>,
    raw: std::ops::Range<usize>,
    quote: Quote,
    next: usize,
}

fn value(text: &str, start: usize) -> Taken {
    let start = trim(text, start..text.len(), is_space).start;
    let opener = text
        .as_bytes()
        .get(start)
        .map_or(Quote::None, |&byte| Quote::of(byte));
    let line_end = find_or_end(text, start, b'\n');
    if opener == Quote::None {
        let hash = find_or_end(&text[..line_end], start, b'#');
        let raw = trim(text, start..hash, is_space);
        return Taken {
            value: Some(text[raw.clone()].to_owned()),
            raw,
            quote: opener,
            next: line_end,
        };
    }
    if let Some(len) = memchr(text.as_bytes()[start], &text.as_bytes()[start + 1..]) {
        let close = start + 1 + len;
        let inner = &text[start + 1..close];
        let value = if opener == Quote::Double {
            inner.replace("\\n", "\n")
        } else {
            inner.to_owned()
        };
        let line_end = memchr(b'\n', &text.as_bytes()[close + 1..]);
        let next = line_end.map_or(text.len(), |len| close + 1 + len);
        return Taken {
            value: Some(value),
            raw: start..close + 1,
            quote: opener,
            next,
        };
    }
    let whole = line_end < text.len();
    let value = whole.then(|| text[start..line_end].to_owned());
    let next = if whole { line_end } else { start };
    Taken {
        value,
        raw: start..line_end,
        quote: Quote::None,
        next,
    }
}

fn is_space(c: char) -> bool {
    c == ' '
}

/// Where the bytes that are left after dropping `\r` stood.
struct Places {
    dropped: Vec<usize>,
    len: usize,
}

impl Places {
    fn new(bytes: &[u8]) -> Self {
        // The n-th entry is where the n-th dropped byte would stand in what is left.
        let dropped = memchr::memchr_iter(b'\r', bytes)
            .enumerate()
            .map(|(nth, at)| at - nth)
            .collect();
        Self {
            dropped,
            len: bytes.len(),
        }
    }

    fn of(&self, at: usize) -> usize {
        (at + self.dropped.partition_point(|&gone| gone <= at)).min(self.len)
    }
}
