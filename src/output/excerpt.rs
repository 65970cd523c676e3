//! The lines of a file that people see around a place.
//!
//! Everything here goes through [`Source::shown`], so a secret never gets as far as a renderer,
//! and through [`harmless_char`], so a file cannot steer the terminal that shows it.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::diagnostic::Label;
use crate::text::Source;

use super::safe::harmless_char;

/// Lines this near to an underlined one may be shown as the bridge between two underlines.
const NEAR: usize = 2;

/// Part of a file: text that may be shown, and the spans of the labels in it.
pub(super) struct Excerpt {
    /// The number of the first line, from 1.
    pub(super) first_line: usize,
    /// The lines, each with its `\n`. Those that nobody needs are empty.
    pub(super) text: String,
    /// For each label, in order: its bytes in `text`.
    pub(super) spans: Vec<Range<usize>>,
}

impl Excerpt {
    /// The lines that `labels`, all of one source, speak of.
    pub(super) fn new(labels: &[&Label]) -> Self {
        let ranges: Vec<Lines> = labels.iter().map(|label| Lines::of(label)).collect();
        let first_line = ranges.iter().map(|range| range.first).min().unwrap_or(1);
        let last_line = ranges
            .iter()
            .map(|range| range.last)
            .max()
            .unwrap_or(first_line);

        let mut text = String::new();
        let mut lines = BTreeMap::new();
        for number in first_line..=last_line {
            let needed = ranges
                .iter()
                .any(|range| range.first <= number + NEAR && number <= range.last + NEAR);
            if let (true, Some(label)) = (needed, labels.first()) {
                let source = &label.source;
                lines.insert(number, Line::write(source, number, &mut text));
            }
            text.push('\n');
        }

        let spans = ranges
            .iter()
            .map(|range| {
                let start = lines
                    .get(&range.first)
                    .map_or(0, |line| line.offset(range.start));
                let end = lines
                    .get(&range.last)
                    .map_or(0, |line| line.offset(range.end));
                start..end.max(start)
            })
            .collect();
        Self {
            first_line,
            text,
            spans,
        }
    }
}

/// Where a label lies: lines from 1, columns in characters from 0, `end` exclusive.
struct Lines {
    first: usize,
    start: usize,
    last: usize,
    end: usize,
}

impl Lines {
    fn of(label: &Label) -> Self {
        let (start, mut end) = (label.start(), label.end());
        // A span that ends with its line's end belongs to that line, not to the next one.
        if end.line > start.line && end.column == 1 {
            end.line -= 1;
            end.column = usize::MAX;
        }
        Self {
            first: start.line,
            start: start.column - 1,
            last: end.line,
            end: end.column.saturating_sub(1),
        }
    }
}

/// One line that was written: the offset of every character, and behind the last one.
struct Line(Vec<usize>);

impl Line {
    /// Appends a line to `text`. Long ones too: the renderer cuts them around the underline, and
    /// it could not tell the column if something were missing in front.
    fn write(source: &Source, number: usize, text: &mut String) -> Self {
        let shown = source.shown(source.line_span(number).unwrap_or_default());
        let mut offsets = Vec::with_capacity(shown.len() + 1);
        for character in shown.chars() {
            offsets.push(text.len());
            // Tabs stay: the renderer widens them and moves the underline along.
            text.push(if character == '\t' {
                '\t'
            } else {
                harmless_char(character)
            });
        }
        offsets.push(text.len());
        Self(offsets)
    }

    fn offset(&self, column: usize) -> usize {
        self.0
            .get(column)
            .or(self.0.last())
            .copied()
            .unwrap_or_default()
    }
}
