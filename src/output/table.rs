//! Rows whose columns line up, whatever script their words are in.

use std::borrow::Cow;
use std::io::{self, Write};

use console::measure_text_width;

use super::safe::joined;
use super::wrap::broken;
use super::{Style, Tone};

/// On which side a column's cells stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// Words.
    #[default]
    Left,
    /// Numbers and times.
    Right,
}

/// One cell: text and what its colour means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    text: String,
    tone: Option<Tone>,
}

impl Cell {
    /// A cell in the colour of its meaning.
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self {
            text: on_one_line(text.into()),
            tone: Some(tone),
        }
    }

    /// A part of it in its colour.
    fn paint(&self, part: &str, style: Style) -> String {
        match self.tone {
            Some(tone) => style.paint(tone, part).to_string(),
            None => part.to_owned(),
        }
    }
}

/// A row is one line whatever its cells hold: who reads the rows again counts on that. Signs come in their
/// colours, so escape sequences stay.
fn on_one_line(text: String) -> String {
    match joined(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(line) => line,
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self {
            text: on_one_line(text.into()),
            tone: None,
        }
    }
}

/// Rows of cells. Columns are as wide as their widest cell and stand two spaces apart; the last
/// one is never padded, so no line ends in spaces.
#[derive(Debug, Clone, Default)]
pub struct Table {
    indent: usize,
    align: Vec<Align>,
    rows: Vec<Vec<Cell>>,
}

/// Spaces between columns.
const GAP: usize = 2;

/// What stands below its row is so much further to the right.
const BELOW: usize = 4;

/// In a column that is narrower than this nothing is broken at words.
const NARROW: usize = 24;

impl Table {
    /// A table whose lines begin with `indent` spaces.
    #[must_use]
    pub fn indented(indent: usize) -> Self {
        Self {
            indent,
            ..Self::default()
        }
    }

    /// With the sides on which columns stand; columns that are not named stand left.
    #[must_use]
    pub fn align(mut self, align: impl IntoIterator<Item = Align>) -> Self {
        self.align = align.into_iter().collect();
        self
    }

    /// Adds a row. Rows may have different numbers of cells.
    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) -> &mut Self {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How wide the widest line is.
    #[must_use]
    pub fn width(&self) -> usize {
        let widths = self.widths();
        let gaps = widths.len().saturating_sub(1) * GAP;
        self.indent + widths.iter().sum::<usize>() + gaps
    }

    /// Writes the rows, one line each.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(&self, style: Style, out: &mut dyn Write) -> io::Result<()> {
        let widths = self.widths();
        for row in &self.rows {
            writeln!(out, "{}", self.line(row, &widths, style).trim_end())?;
        }
        Ok(())
    }

    /// Writes the rows so that none is wider than `room`, where a space allows it: what does not fit into its
    /// column goes on below, at words.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_within(&self, style: Style, room: usize, out: &mut dyn Write) -> io::Result<()> {
        self.rows_within(style, room)
            .iter()
            .try_for_each(|row| out.write_all(row.as_bytes()))
    }

    /// The same row by row, each of a line or more.
    #[must_use]
    pub fn rows_within(&self, style: Style, room: usize) -> Vec<String> {
        let widths = self.widths();
        let rows = self.rows.iter();
        rows.map(|row| self.within(row, &widths, style, room))
            .collect()
    }

    fn within(&self, row: &[Cell], widths: &[usize], style: Style, room: usize) -> String {
        let mut column = self.indent;
        let mut kept: Vec<Cell> = Vec::new();
        // Each with its column, where it has that for itself from there on.
        let mut below: Vec<(Option<usize>, &Cell)> = Vec::new();
        for (cell, width) in row.iter().zip(widths) {
            let left = room.saturating_sub(column);
            let fits = measure_text_width(&cell.text) <= left;
            if below.is_empty() && fits {
                kept.push(cell.clone());
            } else if !cell.text.is_empty() {
                let words = cell.text.split(' ').map(measure_text_width);
                let is_wide = left >= words.max().unwrap_or(0).max(NARROW);
                let column = (below.is_empty() && is_wide).then_some(column);
                below.push((column, cell));
            }
            column += width + GAP;
        }
        let mut text = self.line(&kept, widths, style).trim_end().to_owned();
        for (column, cell) in below {
            let at = column.unwrap_or(self.indent + BELOW);
            let parts = broken(&cell.text, room.saturating_sub(at));
            for (number, part) in parts.into_iter().enumerate() {
                // The first one stands in the row.
                let missing = match column {
                    Some(at) if number == 0 => at.saturating_sub(measure_text_width(&text)),
                    _ => {
                        text.push('\n');
                        at
                    }
                };
                text.push_str(&" ".repeat(missing));
                text.push_str(&cell.paint(part, style));
            }
        }
        text.push('\n');
        text
    }

    fn line(&self, row: &[Cell], widths: &[usize], style: Style) -> String {
        let mut line = " ".repeat(self.indent);
        // Spaces are owed until a cell follows them.
        let mut owed = 0;
        for (index, (cell, &width)) in row.iter().zip(widths).enumerate() {
            let missing = width.saturating_sub(measure_text_width(&cell.text));
            let right = self.align.get(index) == Some(&Align::Right);
            let (before, after) = if right { (missing, 0) } else { (0, missing) };
            if cell.text.is_empty() {
                owed += missing + GAP;
                continue;
            }
            line.push_str(&" ".repeat(owed + before));
            line.push_str(&cell.paint(&cell.text, style));
            owed = after + GAP;
        }
        line
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell| measure_text_width(&cell.text))
                .max()
                .unwrap_or(0)
        };
        (0..columns).map(width).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{ColorChoice, Terminal};

    fn shown(table: &Table, style: Style) -> String {
        let mut out = Vec::new();
        table
            .write(style, &mut out)
            .expect("a vector takes everything");
        String::from_utf8(out).expect("text in, text out")
    }

    #[test]
    fn columns_line_up_by_what_is_seen() {
        let mut table = Table::indented(2).align([Align::Left, Align::Right]);
        table.row(["日本語", "1.5 s", "wide"]);
        table.row([
            Cell::from("backend"),
            "38 ms".into(),
            Cell::new("ready", Tone::Ok),
        ]);
        table.row(["", "2", ""]);
        assert_eq!(
            shown(&table, Style::plain()),
            "  日本語   1.5 s  wide\n  backend  38 ms  ready\n               2\n"
        );
    }

    #[test]
    fn a_row_is_one_line() {
        let mut table = Table::default();
        table.row(["a\nb", "c\r\nd"]);
        table.row([Cell::new("\n", Tone::Name), "e".into()]);
        assert_eq!(shown(&table, Style::plain()), "a␤b  c␤d\n␤    e\n");
    }

    #[test]
    fn the_widest_line_tells_how_wide_it_is() {
        let mut table = Table::indented(2);
        table.row(["日本語", "wide"]);
        table.row(["a", "b"]);
        assert_eq!(table.width(), 2 + 6 + 2 + 4);
        assert_eq!(Table::default().width(), 0);
    }

    #[test]
    fn what_does_not_fit_goes_on_below_at_words() {
        let mut table = Table::indented(2);
        table.row(["api", ":8000", "uv run --no-sync uvicorn main:app --reload"]);
        table.row(["db", "", "short"]);
        table.row(["x", "a/path/without/any/space/that/is/too/long", "y"]);
        let within = |room| {
            let mut out = Vec::new();
            let written = table.write_within(Style::plain(), room, &mut out);
            written.expect("a vector takes everything");
            String::from_utf8(out).expect("text in, text out")
        };
        assert_eq!(within(200), shown(&table, Style::plain()));
        let mut table = table.clone();
        table.rows.pop();
        let rows = table.rows_within(Style::plain(), 40);
        assert_eq!(
            rows,
            [
                "  api  :8000  uv run --no-sync uvicorn\n              main:app --reload\n",
                "  db          short\n"
            ]
        );
        // Too narrow for a column: what is left stands on lines of its own.
        let rows = table.rows_within(Style::plain(), 30);
        assert_eq!(
            rows[0],
            "  api  :8000\n      uv run --no-sync uvicorn\n      main:app --reload\n"
        );
        assert_eq!(rows[1], "  db          short\n");
        let painted = Style::new(ColorChoice::Always, &Terminal::default());
        let mut table = Table::indented(2);
        table.row([
            Cell::from("a"),
            Cell::new("one two three four five six", Tone::Name),
        ]);
        assert_eq!(
            table.rows_within(painted, 29),
            ["  a  \u{1b}[36mone two three four five\u{1b}[0m\n     \u{1b}[36msix\u{1b}[0m\n"]
        );
    }

    #[test]
    fn colour_changes_no_column() {
        let mut table = Table::default();
        table.row([Cell::new("a", Tone::Name), "b".into()]);
        table.row(["long", "c"]);
        let coloured = shown(
            &table,
            Style::new(ColorChoice::Always, &Terminal::default()),
        );
        assert_eq!(coloured, "\u{1b}[36ma\u{1b}[0m     b\nlong  c\n");
    }
}
