//! A line of a log as rows of the screen.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line as Row, Span};

use super::ansi;
use super::look;
use super::look::Theme;
use super::model::Model;
use super::store::{Line, find_plain};

/// Narrower than this, lines begin without their time.
const TIMED: usize = 60;

/// Names are cut to so many columns.
const NAME: usize = 14;

/// How lines are laid out.
pub(super) struct Layout {
    theme: Theme,
    width: usize,
    /// Columns of a service's name; 0 where it goes without saying.
    name: usize,
    timed: bool,
    wrap: bool,
    shift: usize,
}

impl Layout {
    /// As the model wants it, on so many columns.
    pub(super) fn new(model: &Model, width: u16) -> Self {
        let width = usize::from(width);
        let names = model.services.iter();
        let longest = names
            .map(|service| columns(&service.name))
            .max()
            .unwrap_or(0);
        Self {
            theme: model.theme,
            width,
            name: if model.chosen.is_none() && width >= 30 {
                longest.min(NAME)
            } else {
                0
            },
            timed: width >= TIMED,
            wrap: model.wrap,
            shift: if model.wrap { 0 } else { model.shift },
        }
    }

    /// Columns in front of the text.
    fn indent(&self) -> usize {
        let time = if self.timed { 9 } else { 0 };
        let name = if self.name > 0 { self.name + 2 } else { 0 };
        time + name
    }

    fn room(&self) -> usize {
        self.width.saturating_sub(self.indent()).max(1)
    }

    /// How many rows a line takes.
    pub(super) fn rows(&self, line: &Line) -> usize {
        if !self.wrap {
            return 1;
        }
        if line.text.len() <= self.room() && !line.text.contains('\t') {
            return 1;
        }
        let (mut rows, mut used) = (1, 0);
        for (text, _) in ansi::spans(&line.text, false) {
            for character in text.chars() {
                let wide = column(character);
                if used + wide > self.room() {
                    rows += 1;
                    used = 0;
                }
                used += wide;
            }
        }
        rows
    }

    /// The rows of a line, with what was searched for marked.
    pub(super) fn lay_out(
        &self,
        line: &Line,
        name: &str,
        searched: &str,
        found: bool,
    ) -> Vec<Row<'static>> {
        let spans = ansi::spans(&line.text, self.theme.color);
        let plain: String = spans.iter().map(|(text, _)| text.as_str()).collect();
        let marks = marks(&plain, searched);
        let tone = look::of_level(self.theme, line.level);
        let mut rows = vec![self.prefix(line, name)];
        let (mut used, mut at, mut skipped) = (0, 0, 0);
        for (text, style) in spans {
            let mut piece = String::new();
            let mut piece_style = Style::new();
            for character in text.chars() {
                let wide = column(character);
                let marked = marks.iter().any(|(from, to)| (*from..*to).contains(&at));
                at += character.len_utf8();
                if skipped < self.shift {
                    skipped += wide;
                    continue;
                }
                let wanted = shade(tone.patch(style), marked, found);
                if used + wide > self.room() || wanted != piece_style {
                    flush(&mut rows, &mut piece, piece_style);
                    piece_style = wanted;
                }
                if used + wide > self.room() {
                    if !self.wrap {
                        return rows;
                    }
                    rows.push(Row::from(" ".repeat(self.indent())));
                    used = 0;
                }
                used += wide;
                piece.push(character);
            }
            flush(&mut rows, &mut piece, piece_style);
        }
        rows
    }

    fn prefix(&self, line: &Line, name: &str) -> Row<'static> {
        let mut spans = Vec::new();
        if self.timed {
            let time = format!("{:8} ", line.time);
            spans.push(Span::styled(time, look::dim(self.theme)));
        }
        if self.name > 0 {
            let short = short(name, self.name, self.theme.unicode);
            let style = look::of_service(self.theme, line.service);
            spans.push(Span::styled(format!("{short}  "), style));
        }
        Row::from(spans)
    }
}

fn flush(rows: &mut [Row<'static>], piece: &mut String, style: Style) {
    if let (false, Some(row)) = (piece.is_empty(), rows.last_mut()) {
        row.push_span(Span::styled(std::mem::take(piece), style));
    }
}

fn shade(style: Style, marked: bool, found: bool) -> Style {
    match (marked, found) {
        (true, true) => style.add_modifier(Modifier::REVERSED | Modifier::BOLD),
        (true, false) => style.add_modifier(Modifier::REVERSED),
        (false, _) => style,
    }
}

/// Where in `plain` the searched text stands.
fn marks(plain: &str, searched: &str) -> Vec<(usize, usize)> {
    let mut marks = Vec::new();
    let mut from = 0;
    while !searched.is_empty() {
        let Some(at) = find_plain(plain, searched, from) else {
            break;
        };
        marks.push((at, at + searched.len()));
        from = at + searched.len();
    }
    marks
}

/// A text in exactly so many columns.
pub(super) fn fit(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for character in text.chars() {
        let wide = column(character);
        if used + wide > width {
            break;
        }
        out.push(character);
        used += wide;
    }
    out.push_str(&" ".repeat(width - used));
    out
}

/// A name in exactly so many columns. Names that begin alike are told apart by their ends, so that the
/// middle is left out.
pub(super) fn short(name: &str, width: usize, unicode: bool) -> String {
    let sign = if unicode { '…' } else { '~' };
    if columns(name) <= width || width < 3 {
        return fit(name, width);
    }
    let mut tail = String::new();
    for character in name.chars().rev() {
        if columns(&tail) + column(character) > width / 2 {
            break;
        }
        tail.insert(0, character);
    }
    let mut head = String::new();
    for character in name.chars() {
        if columns(&head) + column(character) + 1 + columns(&tail) > width {
            break;
        }
        head.push(character);
    }
    fit(&format!("{head}{sign}{tail}"), width)
}

/// How many columns a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

fn column(character: char) -> usize {
    if character.is_ascii() {
        1
    } else {
        console::measure_text_width(character.encode_utf8(&mut [0; 4]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_alike_are_told_apart_where_they_are_cut() {
        assert_eq!(short("svc-with-a-long-name-0", 14, true), "svc-wi…-name-0");
        assert_eq!(short("svc-with-a-long-name-0", 14, false), "svc-wi~-name-0");
        assert_eq!(short("backend", 9, true), "backend  ");
        assert_eq!(short("日本語日本語", 8, true), "日…本語 ");
        assert_eq!(short("backend", 2, true), "ba");
    }
}
