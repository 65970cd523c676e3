//! Decoded text that remembers where it stood in the file, and the blanks of three languages.

use memchr::memchr;
use std::borrow::Cow;
use std::ops::Range;

/// How a loader turns bytes that are not UTF-8 into text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Decode {
    /// One U+FFFD for each broken sequence: JavaScript, as [`String::from_utf8_lossy`].
    Sequence,
    /// One U+FFFD for each broken byte: Go.
    Byte,
    /// Each broken byte kept apart as a private character ([`RAW`]), NUL dropped: a shell passes bytes on.
    Raw,
}

/// First of the 256 private characters that stand for a raw byte in [`Decode::Raw`].
pub(super) const RAW: u32 = 0xF_F700;

/// Text with a way back to the bytes of the file.
pub(super) struct Text<'a> {
    pub(super) content: Cow<'a, str>,
    /// (position here, position in the file) wherever the two part anew.
    shifts: Vec<(usize, usize)>,
    /// The first place that is not UTF-8.
    pub(super) broken: Option<Range<usize>>,
    file_len: usize,
}

impl<'a> Text<'a> {
    /// Decodes a file; with `unix` each `\r\n` and `\r` becomes `\n`, as Python and dotenv do first.
    pub(super) fn new(bytes: &'a [u8], decode: Decode, unix: bool) -> Self {
        let mut this = Self {
            content: Cow::Borrowed(""),
            shifts: Vec::new(),
            broken: None,
            file_len: bytes.len(),
        };
        let rewrite = unix && memchr(b'\r', bytes).is_some();
        let nul = decode == Decode::Raw && memchr(0, bytes).is_some();
        if !rewrite
            && !nul
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            this.content = Cow::Borrowed(text);
            return this;
        }
        let mut out = String::with_capacity(bytes.len());
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            let valid = chunk.valid();
            if rewrite {
                this.push_unix(&mut out, valid, at, bytes);
            } else if nul {
                this.push_without_nul(&mut out, valid, at);
            } else {
                out.push_str(valid);
            }
            at += valid.len();
            let broken = chunk.invalid();
            if !broken.is_empty() {
                this.broken.get_or_insert(at..at + broken.len());
                push_broken(&mut out, broken, decode);
                at += broken.len();
                this.shifts.push((out.len(), at));
            }
        }
        this.content = Cow::Owned(out);
        this
    }

    fn push_unix(&mut self, out: &mut String, valid: &str, start: usize, bytes: &[u8]) {
        let mut rest = valid;
        let mut at = start;
        while let Some(cr) = memchr(b'\r', rest.as_bytes()) {
            out.push_str(&rest[..cr]);
            out.push('\n');
            let width = if bytes.get(at + cr + 1) == Some(&b'\n') {
                2
            } else {
                1
            };
            at += cr + width;
            rest = &rest[cr + width..];
            if width == 2 {
                self.shifts.push((out.len(), at));
            }
        }
        out.push_str(rest);
    }

    fn push_without_nul(&mut self, out: &mut String, valid: &str, start: usize) {
        let mut at = start;
        for piece in valid.split_inclusive('\0') {
            out.push_str(piece.trim_end_matches('\0'));
            at += piece.len();
            if piece.ends_with('\0') {
                self.shifts.push((out.len(), at));
            }
        }
    }

    /// The position in the file of a position in the text.
    pub(super) fn origin(&self, at: usize) -> usize {
        let next = self.shifts.partition_point(|&(here, _)| here <= at);
        let (here, there) = if next == 0 {
            (0, 0)
        } else {
            self.shifts[next - 1]
        };
        (there + (at - here)).min(self.file_len)
    }

    /// The bytes of the file that a piece of the text came from.
    pub(super) fn span(&self, piece: Range<usize>) -> Range<usize> {
        let start = self.origin(piece.start);
        start..self.origin(piece.end).max(start)
    }
}

fn push_broken(out: &mut String, broken: &[u8], decode: Decode) {
    match decode {
        Decode::Sequence => out.push('\u{FFFD}'),
        Decode::Byte => out.extend(broken.iter().map(|_| '\u{FFFD}')),
        Decode::Raw => out.extend(
            broken
                .iter()
                .filter_map(|&byte| char::from_u32(RAW + u32::from(byte))),
        ),
    }
}

/// Counts lines in one pass, for positions that only grow.
#[derive(Default)]
pub(super) struct Lines {
    at: usize,
    line: u32,
}

impl Lines {
    /// The line, from 1, of a position that is not before the last one asked.
    pub(super) fn of(&mut self, bytes: &[u8], at: usize) -> u32 {
        let at = at.min(bytes.len());
        if at > self.at {
            let passed = memchr::memchr_iter(b'\n', &bytes[self.at..at]).count();
            self.line = self
                .line
                .saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
            self.at = at;
        }
        self.line.saturating_add(1)
    }
}

/// JavaScript's `\s`, which is also what `trim` takes away.
pub(super) fn js_space(c: char) -> bool {
    match c {
        '\t'..='\r' | ' ' | '\u{A0}' | '\u{FEFF}' => true,
        '\u{85}' => false,
        _ => c > '\u{FF}' && c.is_whitespace(),
    }
}

/// Python's `\s` and `str.isspace`.
pub(super) fn py_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\u{1C}'..=' ') || (!c.is_ascii() && c.is_whitespace())
}

/// The end of the run of characters from `at` on that belong.
pub(super) fn skip(text: &str, at: usize, belongs: impl Fn(char) -> bool) -> usize {
    // Mostly there is none.
    if let Some(first) = text.as_bytes().get(at)
        && first.is_ascii()
        && !belongs(char::from(*first))
    {
        return at;
    }
    text[at..]
        .find(|c| !belongs(c))
        .map_or(text.len(), |found| at + found)
}

/// The position of the next `needle`, or the end of the text.
pub(super) fn find_or_end(text: &str, at: usize, needle: u8) -> usize {
    memchr(needle, &text.as_bytes()[at..]).map_or(text.len(), |found| at + found)
}

/// The range of `text[range]` without the blanks at both ends.
pub(super) fn trim(
    text: &str,
    range: Range<usize>,
    belongs: impl Fn(char) -> bool + Copy,
) -> Range<usize> {
    let piece = &text[range.clone()];
    let tail = piece.trim_end_matches(belongs);
    let head = tail.trim_start_matches(belongs);
    let start = range.start + tail.len() - head.len();
    start..start + head.len()
}
