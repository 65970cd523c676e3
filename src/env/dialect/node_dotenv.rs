//! npm dotenv (`dotenv.parse`): the expression of [`super::js_parse`] and nothing else; no expansion.

use super::js_parse::{Assignment, scan};
use super::model::{Binding, Entry, Loaded, NoteKind, Origin, Source};
use super::text::{Decode, Lines, Text};
use compact_str::CompactString;

/// Parses a file as `dotenv.parse(fs.readFileSync(FILE, "utf8"))` does.
pub(super) fn load(source: Source<'_>) -> Loaded {
    let text = Text::new(source.bytes, Decode::Sequence, true);
    let mut loaded = Loaded::empty();
    loaded.notes.extend(
        text.broken
            .clone()
            .map(|span| super::Note::new(NoteKind::NotUtf8, span)),
    );
    let found = scan(&text.content);
    for dropped in found.dropped {
        loaded.note(NoteKind::InvalidLine, text.span(dropped));
    }
    let mut lines = Lines::default();
    for Assignment {
        name,
        raw,
        value,
        quote,
        open_quote,
    } in found.assignments
    {
        let name_span = text.span(name.clone());
        let value_span = text.span(raw);
        let name = &text.content[name];
        let value = CompactString::from(value);
        if open_quote {
            loaded.note(NoteKind::UnclosedQuote, value_span.clone());
        }
        if name == "__proto__" {
            // `obj["__proto__"] = "text"` does nothing in JavaScript.
            loaded.note(NoteKind::LostName, name_span.clone());
        } else {
            let binding = loaded.bindings.len();
            let entry = Entry {
                value: Some(value.clone()),
                binding,
                origin: Origin::File,
            };
            loaded.values.set(name, entry);
        }
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
    loaded
}
