//! The page that says which key does what.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line as Row;
use ratatui::widgets::{Block, Clear, Paragraph};

use super::look;
use super::model::{Model, Role};
use crate::output::wrap::wrap;

/// Keys and what they do.
const KEYS: [(&str, &str); 17] = [
    ("up down, j k", "choose a service; its log is shown"),
    (
        "a, 1 to 9",
        "all services together; the first, the second …",
    ),
    ("s x r", "start, stop, restart what is chosen"),
    ("PgUp PgDn", "scroll; also wheel, Space, b, Ctrl+U, Ctrl+D"),
    ("J K", "scroll by one line"),
    ("Home, g", "the oldest line"),
    ("End, G", "the newest line, and follow"),
    (
        "/ n N",
        "search (a capital makes case count); next, previous",
    ),
    ("f", "only lines with a text"),
    ("l", "only lines of a level: info, warn, error, all"),
    ("w", "wrap long lines or not; then left, right shift"),
    ("Esc", "search, filter and level off; follow"),
    ("m", "leave the mouse to the terminal, to copy text"),
    ("Ctrl+L", "draw everything anew"),
    ("? F1", "this page; any key closes it"),
    ("q", "stop everything, after a question"),
    ("Ctrl+C", "stop everything; a second time: kill"),
];

/// What is left of the page beside its text: the border, and a blank on each side.
const BESIDE: usize = 4;

/// The page as it is laid out in so many columns.
fn rows(model: &Model, columns: u16) -> Vec<String> {
    let key = KEYS.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    let room = usize::from(columns).saturating_sub(key + 2 + BESIDE);
    let mut rows = Vec::new();
    for (name, meaning) in KEYS {
        let meaning = match (name, model.role) {
            ("q" | "Ctrl+C", Role::Guest) => "leave; the session goes on",
            _ => meaning,
        };
        // A meaning without room for a word is cut: one letter a row says no more.
        let meaning = wrap(meaning, room.max(12));
        for (at, part) in meaning.lines().enumerate() {
            let name = if at == 0 { name } else { "" };
            rows.push(format!(" {name:key$}  {part} "));
        }
    }
    rows
}

/// How far the page can be scrolled, and how many of its rows are seen at once.
pub(super) fn room(model: &Model) -> (usize, usize) {
    let (columns, height) = model.size;
    let seen = usize::from(height).saturating_sub(2).max(1);
    (rows(model, columns).len().saturating_sub(seen), seen)
}

/// Draws the page, from this row of it on.
pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, from: usize) {
    let whole = frame.area();
    let rows = rows(model, whole.width);
    let (most, _) = room(model);
    let title = if most == 0 {
        " keys: any key closes this page "
    } else if model.theme.unicode {
        " keys: ↓ ↑ scroll, any other closes "
    } else {
        " keys: j k scroll, any other closes "
    };
    let rows: Vec<Row<'static>> = rows.into_iter().map(Row::from).collect();
    let width = rows.iter().map(Row::width).max().unwrap_or(0) + 2;
    let width = u16::try_from(width).unwrap_or(u16::MAX).min(whole.width);
    let height = u16::try_from(rows.len() + 2).unwrap_or(u16::MAX);
    let height = height.min(whole.height);
    let area = Rect::new(
        (whole.width - width) / 2,
        (whole.height - height) / 2,
        width,
        height,
    );
    frame.render_widget(Clear, area);
    let block = if model.theme.unicode {
        Block::bordered()
    } else {
        Block::new()
    };
    let block = block.title(title).title_style(look::strong());
    let rows: Vec<Row<'static>> = rows.into_iter().skip(from.min(most)).collect();
    frame.render_widget(Paragraph::new(rows).block(block), area);
}
