//! A line of a log as rows of the screen.

use std::collections::BTreeSet;

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line as Row, Span};

use super::ansi;
use super::look;
use super::look::Theme;
use super::model::Model;
use super::store::{Line, find_plain};

/// Narrower than this, lines begin without their time.
const TIMED: usize = 60;

/// Names are cut to so many columns, where that leaves them different.
const NAME: usize = 14;

/// Otherwise they may take this part of the screen.
const SHARE: usize = 3;

/// How lines are laid out.
pub(super) struct Layout {
    theme: Theme,
    width: usize,
    /// Columns of a service's name; 0 where it goes without saying.
    name: usize,
    /// What the services are called there.
    labels: Vec<String>,
    timed: bool,
    wrap: bool,
    shift: usize,
}

impl Layout {
    /// As the model wants it, on so many columns.
    pub(super) fn new(model: &Model, width: u16) -> Self {
        let width = usize::from(width);
        let (name, labels) = if model.chosen.is_none() && width >= 30 {
            let names = model.services.iter().map(|service| &*service.name);
            let names: Vec<&str> = names.collect();
            labels(&names, width / SHARE, model.theme.unicode)
        } else {
            (0, Vec::new())
        };
        Self {
            theme: model.theme,
            width,
            name,
            labels,
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
    pub(super) fn lay_out(&self, line: &Line, searched: &str, found: bool) -> Vec<Row<'static>> {
        let spans = ansi::spans(&line.text, self.theme.color);
        let plain: String = spans.iter().map(|(text, _)| text.as_str()).collect();
        let marks = marks(&plain, searched);
        let tone = look::of_level(self.theme, line.level);
        let mut rows = vec![self.prefix(line)];
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

    fn prefix(&self, line: &Line) -> Row<'static> {
        let mut spans = Vec::new();
        if self.timed {
            let time = format!("{:8} ", line.time);
            spans.push(Span::styled(time, look::dim(self.theme)));
        }
        if self.name > 0 {
            // What the session itself says has no name.
            let label = self.labels.get(line.service).cloned();
            let label = label.unwrap_or_else(|| fit("", self.name));
            let style = look::of_service(self.theme, line.service);
            spans.push(Span::styled(format!("{label}  "), style));
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

/// What services are called in front of their lines, all in as many columns: their names, cut where they
/// are long. Where that would make one of two, they get more room, up to `most` columns; where that is not
/// enough, what they have in common at the beginning is left out.
fn labels(names: &[&str], most: usize, unicode: bool) -> (usize, Vec<String>) {
    let longest = names.iter().map(|name| columns(name)).max().unwrap_or(0);
    let cut = |width: usize| -> Vec<String> {
        let names = names.iter();
        names.map(|name| short(name, width, unicode)).collect()
    };
    let least = longest.min(NAME);
    for width in least..=longest.min(most.max(least)) {
        let labels = cut(width);
        if labels.iter().collect::<BTreeSet<_>>().len() == labels.len() {
            return (width, labels);
        }
    }
    let alike = cut(least);
    let labels = names.iter().enumerate().map(|(at, name)| {
        let others = names.iter().zip(&alike).enumerate();
        let others = others.filter(|(other, (_, label))| *other != at && **label == alike[at]);
        let others: Vec<&str> = others.map(|(_, (other, _))| *other).collect();
        without_beginning(name, &others, least, unicode)
    });
    (least, labels.collect())
}

/// A name without what all the others begin with, too, from the beginning of the word in which they
/// differ.
fn without_beginning(name: &str, others: &[&str], width: usize, unicode: bool) -> String {
    let common = |other: &&str| {
        let pairs = name.chars().zip(other.chars());
        let same = pairs.take_while(|(one, other)| one == other);
        same.map(|(one, _)| one.len_utf8()).sum::<usize>()
    };
    let Some(differs) = others.iter().map(common).min() else {
        return short(name, width, unicode);
    };
    let word = name[..differs].rfind(['-', '_', '.', ':', '/', ' ']);
    let word = word.map_or(0, |at| at + 1);
    let is_near = columns(&name[word..differs]) + 2 < width;
    let rest = &name[if is_near { word } else { differs }..];
    let sign = if unicode { '…' } else { '~' };
    fit(&format!("{sign}{rest}"), width)
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
    #[test]
    fn names_that_are_cut_stay_different() {
        let names = |names: &[&str], most| labels(names, most, true);
        let (width, short) = names(&["api", "worker"], 20);
        assert_eq!((width, &*short[0]), (6, "api   "));
        assert_eq!(names(&["svc-with-a-long-name-0", "x"], 40).0, NAME);
        let long = [
            "extremely-long-service-name-for-ingest-01-primary",
            "extremely-long-service-name-for-ingest-02-primary",
            "extremely-long-service-name-for-ingest-13-primary",
            "web",
        ];
        let (width, wide) = names(&long, 40);
        assert!((NAME + 1..=40).contains(&width), "{width}");
        assert_eq!(wide.iter().collect::<BTreeSet<_>>().len(), long.len());
        let (width, narrow) = names(&long, 10);
        assert_eq!(width, NAME);
        assert_eq!(
            narrow,
            [
                "…01-primary   ",
                "…02-primary   ",
                "…13-primary   ",
                "web           "
            ]
        );
        assert_eq!(names(&["x", "x"], 10).1, ["…", "…"]);
        assert_eq!(names(&[], 10), (0, Vec::new()));
    }
}
