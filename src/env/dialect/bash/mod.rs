//! `set -a; . FILE; set +a` in bash 5.2, for files that are lists of assignments.
//!
//! No command is ever run: one that stands in the file, or in `$(…)` or backticks, counts as not found, with no
//! output, and is noted. Assignments, quoting, `${…}`, arithmetic, `export`, `if` and groups are evaluated; loops,
//! functions, here-documents and subshells end the reading with a note.

mod arithmetic;
mod expand;
mod lexer;
mod parse;
mod pattern;

use super::EXPANSION_LIMIT;
use super::model::{Ambient, Binding, Entry, Loaded, NoteKind, Origin, Quote, Source};
use super::text::{Decode, Lines, RAW, Text};
use compact_str::CompactString;
use lexer::Broken;
use parse::{Command, Item, Parser, When};
use std::ops::Range;

/// What the shell's process environment holds after the file.
pub(super) fn load(source: Source<'_>, ambient: &Ambient) -> Loaded {
    let decoded = Text::new(source.bytes, Decode::Raw, false);
    let mut shell = Shell {
        text: &decoded.content,
        decoded: &decoded,
        bytes: source.bytes,
        ambient,
        lines: Lines::default(),
        loaded: Loaded::empty(),
        status: 0,
        room: EXPANSION_LIMIT,
    };
    if shell.text.starts_with('\u{FEFF}') {
        shell.note(NoteKind::Bom, 0..3);
    }
    let mut parser = Parser::new(&decoded.content);
    loop {
        match parser.line() {
            Ok(Some(items)) => match shell.list(&items) {
                Ok(()) | Err(Stop::Line) => {}
                Err(Stop::File) => break,
                Err(Stop::Shell(kind, span)) => {
                    shell.loaded.fail(kind, decoded.span(span));
                    break;
                }
            },
            Ok(None) => break,
            Err(Broken { kind, at }) => {
                let end = super::text::find_or_end(shell.text, at.min(shell.text.len()), b'\n');
                shell.note(kind, at.min(end)..end);
                break;
            }
        }
    }
    let mut loaded = shell.loaded;
    show_raw_bytes(&mut loaded);
    loaded
}

/// How far an error reaches.
enum Stop {
    /// The rest of the line.
    Line,
    /// The rest of the file (`return`).
    File,
    /// The shell itself (`exit`, `${A:?}`).
    Shell(NoteKind, Range<usize>),
}

struct Shell<'e> {
    text: &'e str,
    decoded: &'e Text<'e>,
    bytes: &'e [u8],
    ambient: &'e Ambient,
    lines: Lines,
    loaded: Loaded,
    /// `$?`
    status: u8,
    /// How much more text expansion may produce.
    room: usize,
}

/// Names that the shell does not let anybody set.
const READ_ONLY: [&str; 6] = [
    "BASHOPTS",
    "BASH_VERSINFO",
    "EUID",
    "PPID",
    "SHELLOPTS",
    "UID",
];
/// Builtins that set nothing and succeed.
const HARMLESS: [&str; 10] = [
    ":", "true", "echo", "printf", "set", "shopt", "trap", "umask", "ulimit", "alias",
];

impl Shell<'_> {
    fn note(&mut self, kind: NoteKind, range: Range<usize>) {
        let span = self.decoded.span(range);
        self.loaded.note(kind, span);
    }

    fn get(&self, name: &str) -> Option<&str> {
        match self.loaded.values.get(name) {
            Some(entry) => entry.value.as_deref(),
            None => self.ambient.get(name),
        }
    }

    fn list(&mut self, items: &[Item]) -> Result<(), Stop> {
        for item in items {
            let runs = match item.when {
                When::Always => true,
                When::Success => self.status == 0,
                When::Failure => self.status != 0,
            };
            if runs {
                self.command(&item.command)?;
                if item.negated {
                    self.status = u8::from(self.status == 0);
                }
            }
        }
        Ok(())
    }

    fn command(&mut self, command: &Command) -> Result<(), Stop> {
        match command {
            Command::Simple { words, input } => self.simple(words, *input),
            Command::Group(items) => self.list(items),
            Command::If {
                branches,
                otherwise,
            } => {
                for (condition, body) in branches {
                    self.list(condition)?;
                    if self.status == 0 {
                        return self.list(body);
                    }
                }
                self.status = 0;
                self.list(otherwise)
            }
            Command::Elsewhere(span) => {
                self.note(NoteKind::Command, span.clone());
                self.status = 0;
                Ok(())
            }
        }
    }

    /// Assignments in front of a command are for that command alone; without a command they stay.
    fn simple(&mut self, words: &[Range<usize>], input: bool) -> Result<(), Stop> {
        let (settings, rest) =
            words.split_at(words.iter().take_while(|word| self.assigns(word)).count());
        let mut fields: Vec<String> = Vec::new();
        let declares = rest
            .first()
            .is_some_and(|word| is_declaration(&self.text[word.clone()]));
        for word in rest {
            if declares && self.assigns(word) {
                continue;
            }
            fields.extend(self.fields(word.clone())?);
        }
        let span = words
            .first()
            .map_or(0..0, |first| first.start..words[words.len() - 1].end);
        let Some(command) = fields.first() else {
            self.status = 0;
            return settings
                .iter()
                .try_for_each(|word| self.assign(word.clone()));
        };
        if input {
            // That there is no file of that name is the likely case; the command is not run then.
            self.note(NoteKind::Unsupported, span);
            self.status = 1;
            return Ok(());
        }
        match command.as_str() {
            "export" | "declare" | "typeset" | "readonly" => {
                return self.declare(rest, &fields[1..]);
            }
            "return" => return Err(Stop::File),
            "exit" | "exec" => return Err(Stop::Shell(NoteKind::Command, span)),
            "false" => self.status = 1,
            "unset" => {
                for name in fields[1..].iter().filter(|name| is_name(name)) {
                    if let Some(entry) = self.loaded.values.get_mut(name) {
                        entry.value = None;
                    }
                }
                self.status = 0;
            }
            name if HARMLESS.contains(&name) => self.status = 0,
            _ => {
                self.note(NoteKind::Command, span);
                self.status = 127;
            }
        }
        Ok(())
    }

    /// `export A=1 "B=2" C`: the words that look like assignments as they stand are expanded like assignments.
    fn declare(&mut self, words: &[Range<usize>], fields: &[String]) -> Result<(), Stop> {
        self.status = 0;
        for word in &words[1..] {
            if self.assigns(word) {
                self.assign(word.clone())?;
            }
        }
        let whole = words
            .first()
            .map_or(0..0, |first| first.start..words[words.len() - 1].end);
        for field in fields.iter().filter(|field| !field.starts_with('-')) {
            match field.split_once('=') {
                Some((name, value)) if is_name(name) => {
                    self.set(name, value.to_owned(), whole.clone(), whole.clone());
                }
                None if is_name(field) => {}
                _ => {
                    self.note(NoteKind::InvalidName, whole.clone());
                    self.status = 1;
                }
            }
        }
        if fields
            .iter()
            .any(|field| field.starts_with('-') && field.len() > 1)
        {
            self.note(NoteKind::Unsupported, whole);
        }
        Ok(())
    }

    fn assigns(&self, word: &Range<usize>) -> bool {
        assignment(&lexer::joined(&self.text[word.clone()])).is_some()
    }

    fn assign(&mut self, word: Range<usize>) -> Result<(), Stop> {
        let text = self.text;
        let whole = lexer::joined(&text[word.clone()]);
        let Some(sign) = assignment(&whole) else {
            return Ok(());
        };
        let (name, raw) = (&whole[..sign.name], &whole[sign.end..]);
        // A continuation in front of the sign makes the place of the name approximate, not wrong.
        let value_span = (word.end - raw.len()).max(word.start)..word.end;
        let name_span = word.start..(word.start + sign.name).min(value_span.start);
        if sign.subscript || raw.starts_with('(') {
            // Arrays are not exported.
            self.note(NoteKind::Unsupported, word);
            return Ok(());
        }
        let mut value = self.assigned(raw, &word)?;
        if READ_ONLY.contains(&name) {
            self.note(NoteKind::InvalidName, name_span);
            return Err(Stop::Line);
        }
        if sign.appends {
            value.insert_str(0, self.get(name).unwrap_or(""));
        }
        self.set(name, value, name_span, value_span);
        Ok(())
    }

    fn set(
        &mut self,
        name: &str,
        value: String,
        name_range: Range<usize>,
        value_range: Range<usize>,
    ) {
        let name_span = self.decoded.span(name_range);
        let quote = self
            .text
            .get(value_range.clone())
            .map_or(Quote::None, whole_quote);
        let value_span = self.decoded.span(value_range);
        let binding = self.loaded.bindings.len();
        let value = CompactString::from(value);
        self.loaded.values.set(
            name,
            Entry {
                value: Some(value.clone()),
                binding,
                origin: Origin::File,
            },
        );
        let line = self.lines.of(self.bytes, name_span.start);
        let name = name.into();
        self.loaded.bindings.push(Binding {
            name,
            value: Some(value),
            name_span,
            value_span,
            line,
            quote,
        });
    }
}

/// `NAME=`, `NAME+=` or `NAME[…]=` in front of a word.
struct Sign {
    /// The length of the name.
    name: usize,
    /// Where the value starts.
    end: usize,
    appends: bool,
    subscript: bool,
}

fn assignment(word: &str) -> Option<Sign> {
    let bytes = word.as_bytes();
    let name = name_len(word);
    let mut at = name;
    let subscript = name > 0 && bytes.get(at) == Some(&b'[');
    if subscript {
        at += memchr::memchr(b']', &bytes[at..])? + 1;
    }
    let appends = bytes.get(at) == Some(&b'+');
    at += usize::from(appends);
    (name > 0 && bytes.get(at) == Some(&b'=')).then_some(Sign {
        name,
        end: at + 1,
        appends,
        subscript,
    })
}

fn is_declaration(word: &str) -> bool {
    matches!(word, "export" | "declare" | "typeset" | "readonly")
}

/// The length of the identifier in front.
fn name_len(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.bytes()
        .position(|byte| !byte.is_ascii_alphanumeric() && byte != b'_')
        .unwrap_or(text.len())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && name_len(text) == text.len()
}

/// The quotes around a value that is one quoted piece.
fn whole_quote(raw: &str) -> Quote {
    let quote = raw.bytes().next().map_or(Quote::None, Quote::of);
    let whole =
        quote != Quote::None && lexer::piece_end(raw, 0, 0).is_ok_and(|end| end == raw.len());
    if whole { quote } else { Quote::None }
}

/// Bytes that are not text appear as `\xNN`.
fn show_raw_bytes(loaded: &mut Loaded) {
    let is_raw = |c: char| (RAW..RAW + 256).contains(&u32::from(c));
    let show = |value: &mut CompactString| {
        if value.contains(is_raw) {
            let parts = value.chars().map(|c| {
                if is_raw(c) {
                    compact_str::format_compact!("\\x{:02x}", u32::from(c) - RAW)
                } else {
                    CompactString::from_iter([c])
                }
            });
            *value = parts.collect();
        }
    };
    for binding in &mut loaded.bindings {
        binding.value.as_mut().map(show);
    }
    let names: Vec<String> = loaded
        .values
        .iter()
        .map(|(name, _)| name.to_owned())
        .collect();
    for name in names {
        loaded
            .values
            .get_mut(&name)
            .and_then(|entry| entry.value.as_mut())
            .map(show);
    }
}
