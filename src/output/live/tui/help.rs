//! The page that says which key does what.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line as Row;
use ratatui::widgets::{Block, Clear, Paragraph};

use super::look;
use super::model::{Model, Role};

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

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>) {
    let whole = frame.area();
    let key = KEYS.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    let rows: Vec<Row<'static>> = KEYS
        .iter()
        .map(|(name, meaning)| {
            let meaning = match (*name, model.role) {
                ("q" | "Ctrl+C", Role::Guest) => "leave; the session goes on",
                _ => meaning,
            };
            Row::from(format!(" {name:key$}  {meaning} "))
        })
        .collect();
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
    let block = block
        .title(" keys: any key closes this page ")
        .title_style(look::strong());
    frame.render_widget(Paragraph::new(rows).block(block), area);
}
