//! `docker run --env-file` (docker CLI 28): `NAME=text to the end of the line`, nothing else.

use super::model::{Ambient, Binding, Entry, Loaded, NoteKind, Origin, Quote, Source};
use compact_str::CompactString;
use memchr::memchr;

/// The CLI reads lines with a scanner that refuses longer ones.
const LINE_LIMIT: usize = 64 * 1024;

/// Names without `=` are taken from the process environment.
pub(super) fn load(source: Source<'_>, ambient: &Ambient) -> Loaded {
    let mut loaded = Loaded::empty();
    let bytes = source.bytes;
    let (mut at, mut line) = (0, 0);
    while at < bytes.len() {
        line += 1;
        let newline = memchr(b'\n', &bytes[at..]);
        let mut end = newline.map_or(bytes.len(), |len| at + len);
        let next = end + 1;
        if end - at >= LINE_LIMIT {
            loaded.fail(NoteKind::LineTooLong, at..end);
            return loaded;
        }
        if end > at && bytes[end - 1] == b'\r' {
            end -= 1;
        }
        let start = if line == 1 && bytes.starts_with("\u{FEFF}".as_bytes()) {
            3
        } else {
            at
        };
        let Ok(text) = std::str::from_utf8(&bytes[start..end]) else {
            loaded.fail(NoteKind::NotUtf8, start..end);
            return loaded;
        };
        at = next;
        let statement = text.trim_start();
        if statement.is_empty() || statement.starts_with('#') {
            continue;
        }
        let start = end - statement.len();
        let (name, value) = statement
            .split_once('=')
            .map_or((statement, None), |(name, value)| (name, Some(value)));
        let name_span = start..start + name.len();
        if name.is_empty() || name.contains([' ', '\t']) {
            loaded.fail(NoteKind::InvalidName, start..(name_span.end + 1).min(end));
            return loaded;
        }
        let (found, origin, value_span) = match value {
            Some(value) => (Some(value), Origin::File, name_span.end + 1..end),
            None => (
                ambient.get(name),
                Origin::Ambient,
                name_span.end..name_span.end,
            ),
        };
        if value.is_none() {
            loaded.note(NoteKind::NoValue, name_span.clone());
        }
        if found.is_some() {
            let value = found.map(CompactString::from);
            loaded.values.set(
                name,
                Entry {
                    value,
                    binding: loaded.bindings.len(),
                    origin,
                },
            );
        }
        let value = value.map(CompactString::from);
        loaded.bindings.push(Binding {
            name: name.into(),
            value,
            name_span,
            value_span,
            line,
            quote: Quote::None,
        });
    }
    loaded
}
