//! A file's text, the spans in it, and the lines and columns that people count.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};

/// A range of bytes in a [`Source`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// The span of `start..end`.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// A place as editors show it: both count from 1, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Character in the line, from 1.
    pub column: usize,
}

/// A file that was read, cheap to clone: findings carry it so that renderers can show the line.
#[derive(Clone)]
pub struct Source(Arc<Inner>);

struct Inner {
    path: Utf8PathBuf,
    text: Cow<'static, str>,
    /// Looked for when a place is first asked for.
    line_starts: OnceLock<Vec<usize>>,
    /// Sorted, and apart from each other; looked for when the text is first shown.
    hidden: OnceLock<Vec<Span>>,
    find_hidden: FindHidden,
}

/// Says which spans of a text must never be shown.
type FindHidden = Box<dyn Fn(&str) -> Vec<Span> + Send + Sync>;

impl Source {
    /// A source named `path` (relative to the workspace, with `/`).
    #[must_use]
    pub fn new(path: impl Into<Utf8PathBuf>, text: impl Into<String>) -> Self {
        Self::with_hidden(path, text, Vec::new())
    }

    /// A source of which some spans (secret values) must never be shown.
    #[must_use]
    pub fn with_hidden(
        path: impl Into<Utf8PathBuf>,
        text: impl Into<String>,
        hidden: Vec<Span>,
    ) -> Self {
        Self::with_secrets(path, text, move |_| hidden.clone())
    }

    /// As [`Source::with_hidden`], with the spans looked for only when the text is shown to people.
    pub fn with_secrets(
        path: impl Into<Utf8PathBuf>,
        text: impl Into<String>,
        find: impl Fn(&str) -> Vec<Span> + Send + Sync + 'static,
    ) -> Self {
        Self::made(path.into(), Cow::Owned(text.into()), Box::new(find))
    }

    /// The same source, of which these are never shown either.
    #[must_use]
    pub fn without(&self, find: impl Fn(&str) -> Vec<Span> + Send + Sync + 'static) -> Self {
        let own = self.clone();
        let text = self.0.text.clone();
        let both = move |text: &str| [own.hidden(), &find(text)].concat();
        Self::made(self.0.path.clone(), text, Box::new(both))
    }

    /// The same source with another text, in which secrets are looked for as in this one.
    #[must_use]
    pub fn changed(&self, text: String) -> Self {
        let own = self.clone();
        let find = move |text: &str| (own.0.find_hidden)(text);
        Self::made(self.0.path.clone(), Cow::Owned(text), Box::new(find))
    }

    /// A source that is part of the program.
    #[must_use]
    pub fn built_in(path: impl Into<Utf8PathBuf>, text: &'static str) -> Self {
        Self::made(path.into(), Cow::Borrowed(text), Box::new(|_| Vec::new()))
    }

    fn made(path: Utf8PathBuf, text: Cow<'static, str>, find_hidden: FindHidden) -> Self {
        // Reports are read on other machines, and repositories know no backslashes.
        let path = if cfg!(windows) {
            path.as_str().replace('\\', "/").into()
        } else {
            path
        };
        Self(Arc::new(Inner {
            path,
            text,
            line_starts: OnceLock::new(),
            hidden: OnceLock::new(),
            find_hidden,
        }))
    }

    /// Where the text was read, relative to the workspace.
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        &self.0.path
    }

    /// The text as it was read, secrets included: for parsers, never for people.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Line and column of a byte offset; an offset past the end gives the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.floor(offset);
        let line_starts = self.line_starts();
        let line = line_starts.partition_point(|&start| start <= offset);
        let start = line_starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or(0);
        let column = self
            .0
            .text
            .get(start..offset)
            .map_or(0, |before| before.chars().count());
        Position {
            line,
            column: column + 1,
        }
    }

    /// The span of one line (counted from 1) without its line end.
    #[must_use]
    pub fn line_span(&self, line: usize) -> Option<Span> {
        let line_starts = self.line_starts();
        let start = *line_starts.get(line.checked_sub(1)?)?;
        let end = line_starts
            .get(line)
            .map_or(self.0.text.len(), |next| next - 1);
        let text = self.0.text.get(start..end)?;
        Some(Span::new(start, start + text.trim_end_matches('\r').len()))
    }

    fn line_starts(&self) -> &[usize] {
        self.0.line_starts.get_or_init(|| {
            std::iter::once(0)
                .chain(memchr::memchr_iter(b'\n', self.0.text.as_bytes()).map(|at| at + 1))
                .collect()
        })
    }

    /// The text as people may see it: every hidden character is `•`, so columns stay right.
    #[must_use]
    pub fn shown(&self, span: Span) -> String {
        let (start, end) = (self.floor(span.start), self.floor(span.end));
        let Some(text) = self.0.text.get(start..end) else {
            return String::new();
        };
        let mut shown = String::with_capacity(text.len());
        let all = self.hidden();
        let first = all.partition_point(|hidden| hidden.end <= start);
        let mut hidden = all.get(first..).unwrap_or_default();
        for (at, character) in text.char_indices() {
            let at = start + at;
            while let [passed, rest @ ..] = hidden
                && passed.end <= at
            {
                hidden = rest;
            }
            let secret = hidden.first().is_some_and(|hidden| hidden.start <= at);
            shown.push(if secret && character != '\n' {
                '•'
            } else {
                character
            });
        }
        shown
    }

    /// The texts that are never shown, line by line.
    pub fn hidden_texts(&self) -> impl Iterator<Item = &str> {
        let texts = self.hidden().iter().filter_map(|span| {
            self.0
                .text
                .get(self.floor(span.start)..self.floor(span.end))
        });
        texts.flat_map(str::lines).filter(|line| !line.is_empty())
    }

    fn hidden(&self) -> &[Span] {
        self.0.hidden.get_or_init(|| {
            let mut hidden = (self.0.find_hidden)(&self.0.text);
            hidden.sort_unstable();
            hidden.dedup_by(|next, kept| {
                let joined = next.start <= kept.end;
                if joined {
                    kept.end = kept.end.max(next.end);
                }
                joined
            });
            hidden
        })
    }

    /// The nearest character boundary at or before `offset`.
    fn floor(&self, offset: usize) -> usize {
        self.0.text.floor_char_boundary(offset)
    }
}

/// The path alone: the text may hold secrets.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.0.path).finish()
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.path == other.0.path && self.0.text == other.0.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let source = Source::new("a.env", "A=ü1\r\nBB=2\n");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(4), Position { line: 1, column: 4 });
        assert_eq!(source.position(7), Position { line: 2, column: 1 });
        assert_eq!(source.position(999), Position { line: 3, column: 1 });
        assert_eq!(
            source.line_span(1).map(|span| source.shown(span)),
            Some("A=ü1".to_owned())
        );
    }

    #[test]
    fn hidden_text_keeps_its_width_and_never_shows() {
        let source = Source::with_hidden(".env", "KEY=sécret\nB=1", vec![Span::new(4, 11)]);
        assert_eq!(source.shown(Span::new(0, 15)), "KEY=••••••\nB=1");
        assert!(!format!("{source:?}").contains("cret"));
    }
}
