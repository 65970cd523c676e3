//! What a loader makes of a file, as plain values.
//!
//! Values may be secrets, so no `Debug` in this module prints one.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use compact_str::CompactString;
use foldhash::fast::RandomState;
use indexmap::IndexMap;

/// One env file as it lies on disk.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The bytes, unread: whether they are UTF-8 is for the dialect to judge.
    pub bytes: &'a [u8],
}

impl<'a> Source<'a> {
    /// A file with these bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }
}

/// The process environment in which a loader runs, given as a value.
#[derive(Clone, Default)]
pub struct Ambient {
    vars: HashMap<CompactString, CompactString, RandomState>,
}

impl Ambient {
    /// The value of a variable, if it is set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(CompactString::as_str)
    }

    /// Sets a variable, as a loader does that fills the process environment.
    pub fn set(&mut self, name: &str, value: &str) {
        self.vars.insert(name.into(), value.into());
    }
}

impl<N: Into<CompactString>, V: Into<CompactString>> FromIterator<(N, V)> for Ambient {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let vars = pairs.into_iter().map(|(n, v)| (n.into(), v.into()));
        Self {
            vars: vars.collect(),
        }
    }
}

/// How a value is quoted in the file, as the dialect sees it: a backtick is [`Quote::None`] for pydantic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// Not quoted, or (bash) put together from several pieces.
    None,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `` `…` ``
    Backtick,
}

impl Quote {
    /// The quote that this byte opens, if it is one of the three.
    #[must_use]
    pub(super) fn of(byte: u8) -> Self {
        match byte {
            b'\'' => Self::Single,
            b'"' => Self::Double,
            b'`' => Self::Backtick,
            _ => Self::None,
        }
    }
}

/// One place in a file where the loader takes a name, and the value it ends up with there.
#[derive(Clone, PartialEq, Eq)]
pub struct Binding {
    /// The name as the file spells it (pydantic-settings lower-cases it only in [`Loaded::values`]).
    pub name: CompactString,
    /// The value after unquoting and expansion; `None` for a name without `=`.
    pub value: Option<CompactString>,
    /// The name, in bytes of the file.
    pub name_span: Range<usize>,
    /// The raw value text with its quotes, in bytes of the file; empty where the file has none.
    pub value_span: Range<usize>,
    /// The line of the name, from 1.
    pub line: u32,
    /// The quotes around the raw value.
    pub quote: Quote,
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{} {:?}", self.name, self.line, self.value_span)
    }
}

/// Something that the loader drops, warns about, chokes on, or does behind the author's back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is.
    pub kind: NoteKind,
    /// Where, in bytes of the file.
    pub span: Range<usize>,
}

impl Note {
    pub(super) fn new(kind: NoteKind, span: Range<usize>) -> Self {
        Self { kind, span }
    }
}

/// The kinds of [`Note`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// The loader cannot read this line: it drops it (and warns, or not), or stops here.
    InvalidLine,
    /// A name that the dialect does not allow.
    InvalidName,
    /// A quote that opens a value and is never closed.
    UnclosedQuote,
    /// An escape that the dialect does not know (dotenvy).
    InvalidEscape,
    /// Text after a closing quote, or a second word, that the loader drops or refuses.
    TrailingText,
    /// A byte sequence that is not UTF-8.
    NotUtf8,
    /// A byte order mark that the loader takes for a part of the first line.
    Bom,
    /// A name that an environment cannot hold or that the loader loses (`__proto__`).
    LostName,
    /// Expansion never ends (`A=$A`): Next loses the whole file.
    SelfReference,
    /// `${…}` that the dialect refuses.
    InvalidExpansion,
    /// `${NAME:?…}` and the name is not set.
    RequiredUnset,
    /// Expansion would grow beyond [`super::EXPANSION_LIMIT`].
    ExpansionLimit,
    /// A line longer than the loader reads (docker: 64 KiB).
    LineTooLong,
    /// A name without `=`.
    NoValue,
    /// A command that the shell would run here; it is never run, its output counts as empty.
    Command,
    /// Shell syntax beyond assignments that is not evaluated.
    Unsupported,
    /// The shell stops reading at this syntax error.
    SyntaxError,
}

/// Whether the loader gets through the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It does; lines may have been dropped, see [`Loaded::notes`].
    Ok,
    /// It gives up because of this.
    Fatal(Note),
}

/// Where the value of a name comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the file.
    File,
    /// The process environment, which beats the file in this dialect or is asked by a name without `=`.
    Ambient,
}

/// What a name is after the file has been loaded.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The value; `None` for a name without `=` where the loader keeps such a name.
    pub value: Option<CompactString>,
    /// The index in [`Loaded::bindings`] of the binding that won.
    pub binding: usize,
    /// Whether the file or the process environment has the say.
    pub origin: Origin,
}

/// Names with their values in the order in which the loader holds them.
#[derive(Clone, Default)]
pub struct Values {
    entries: IndexMap<CompactString, Entry, RandomState>,
}

impl Values {
    /// What a name is.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// The value of a name that has one.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.get(name)?.value.as_deref()
    }

    /// All names in the loader's order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Entry)> {
        self.entries
            .iter()
            .map(|(name, entry)| (name.as_str(), entry))
    }

    /// As [`Values::iter`], with names that can be kept.
    pub(super) fn shared(&self) -> impl Iterator<Item = (&CompactString, &Entry)> {
        self.entries.iter()
    }

    /// The name at this place of the loader's order.
    pub(super) fn at(&self, at: usize) -> Option<(&str, &Entry)> {
        let (name, entry) = self.entries.get_index(at)?;
        Some((name, entry))
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Sets a name; one that is there keeps its place in the order, as in a Python dict or a JS object.
    pub(super) fn set(&mut self, name: &str, entry: Entry) {
        self.entries.insert(name.into(), entry);
    }

    /// As [`Values::set`], with the name in lower case; the entry that was there.
    pub(super) fn set_lower(&mut self, name: &str, entry: Entry) -> Option<Entry> {
        self.entries.insert(in_lower_case(name.into()), entry)
    }

    /// Writes every name in lower case. Of those that become the same the last one keeps its entry,
    /// at the place of the first one.
    pub(super) fn lower_case(&mut self) {
        let is_lower = |name: &str| {
            name.bytes()
                .all(|b| b.is_ascii() && !b.is_ascii_uppercase())
        };
        if self.entries.keys().all(|name| is_lower(name)) {
            return;
        }
        let before = std::mem::take(&mut self.entries);
        self.entries.reserve(before.len());
        for (name, entry) in before {
            self.entries.insert(in_lower_case(name), entry);
        }
    }

    /// Puts the entries into the order of a key; those with equal keys stay as they are to each other.
    pub(super) fn sort_by_key<K: Ord>(&mut self, key: impl Fn(&str) -> K) {
        self.entries
            .sort_by(|one, _, other, _| key(one).cmp(&key(other)));
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Entry> {
        self.entries.get_mut(name)
    }
}

fn in_lower_case(mut name: CompactString) -> CompactString {
    if name.is_ascii() {
        name.make_ascii_lowercase();
        name
    } else {
        name.to_lowercase()
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.keys()).finish()
    }
}

/// What a loader makes of one file.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Whether it gets through.
    pub status: Status,
    /// Every binding in file order, also those that a later (dotenvy: an earlier) one beats.
    pub bindings: Vec<Binding>,
    /// The outcome per name. After [`Status::Fatal`] what the loader had by then; most hand over nothing.
    pub values: Values,
    /// What was dropped, warned about or lost.
    pub notes: Vec<Note>,
}

impl Loaded {
    /// Nothing yet, with room for the assignments that a file of these bytes may hold.
    pub(super) fn with_room_for(bytes: &[u8]) -> Self {
        // Reserved without being used, memory costs nothing, but not without limit.
        const MOST: usize = 1 << 17;
        let lines = memchr::memchr_iter(b'\n', bytes).count() + 1;
        // Most of an example is comments, nearly all of them with one `#`.
        let comments = memchr::memchr_iter(b'#', bytes).count();
        let room = lines.saturating_sub(comments).min(MOST);
        let mut loaded = Self::empty();
        loaded.bindings.reserve(room);
        loaded.values.entries.reserve(room);
        loaded
    }

    pub(super) fn empty() -> Self {
        Self {
            status: Status::Ok,
            bindings: Vec::new(),
            values: Values::default(),
            notes: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, kind: NoteKind, span: Range<usize>) {
        self.notes.push(Note::new(kind, span));
    }

    /// The loader gives up; the reason is also among the notes, so that readers look in one place.
    pub(super) fn fail(&mut self, kind: NoteKind, span: Range<usize>) {
        let note = Note::new(kind, span);
        self.notes.push(note.clone());
        self.status = Status::Fatal(note);
    }

    /// Whether the loader gave up.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(self.status, Status::Fatal(_))
    }
}
