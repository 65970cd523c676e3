//! Colours in a line, as spans.

use ratatui::style::{Color, Modifier, Style};

/// Cuts a line that holds no control sequence but colours into texts and their styles. Without
/// `colour` there is one style, none.
pub(super) fn spans(line: &str, colour: bool) -> Vec<(String, Style)> {
    let mut spans = Vec::new();
    let mut style = Style::new();
    let mut rest = line;
    while let Some(at) = rest.find('\x1b') {
        push(&mut spans, &rest[..at], style);
        let sequence = &rest[at + 1..];
        let Some(end) = sequence.find('m').filter(|_| sequence.starts_with('[')) else {
            return spans;
        };
        if colour {
            style = apply(style, &sequence[1..end]);
        }
        rest = &sequence[end + 1..];
    }
    push(&mut spans, rest, style);
    spans
}

fn push(spans: &mut Vec<(String, Style)>, text: &str, style: Style) {
    if !text.is_empty() {
        // A tab has no width of its own in a grid.
        spans.push((text.replace('\t', "    "), style));
    }
}

fn apply(mut style: Style, parameters: &str) -> Style {
    let mut codes = parameters
        .split([';', ':'])
        .map(|code| code.parse::<u8>().unwrap_or(0));
    while let Some(code) = codes.next() {
        style = match code {
            0 => Style::new(),
            1 => style.add_modifier(Modifier::BOLD),
            2 => style.add_modifier(Modifier::DIM),
            3 => style.add_modifier(Modifier::ITALIC),
            4 => style.add_modifier(Modifier::UNDERLINED),
            7 => style.add_modifier(Modifier::REVERSED),
            22 => style.remove_modifier(Modifier::BOLD | Modifier::DIM),
            23 => style.remove_modifier(Modifier::ITALIC),
            24 => style.remove_modifier(Modifier::UNDERLINED),
            27 => style.remove_modifier(Modifier::REVERSED),
            30..=37 => style.fg(Color::Indexed(code - 30)),
            39 => style.fg(Color::Reset),
            40..=47 => style.bg(Color::Indexed(code - 40)),
            49 => style.bg(Color::Reset),
            90..=97 => style.fg(Color::Indexed(code - 82)),
            100..=107 => style.bg(Color::Indexed(code - 92)),
            38 | 48 => {
                let colour = match codes.next() {
                    Some(5) => codes.next().map(Color::Indexed),
                    Some(2) => match (codes.next(), codes.next(), codes.next()) {
                        (Some(red), Some(green), Some(blue)) => Some(Color::Rgb(red, green, blue)),
                        _ => None,
                    },
                    _ => None,
                };
                match colour {
                    Some(colour) if code == 38 => style.fg(colour),
                    Some(colour) => style.bg(colour),
                    None => style,
                }
            }
            _ => style,
        };
    }
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_styles() {
        let red = Style::new().fg(Color::Indexed(1));
        let shown = |line| spans(line, true);
        assert_eq!(
            shown("a\x1b[31mb\x1b[1mc\x1b[0md"),
            [
                ("a".to_owned(), Style::new()),
                ("b".to_owned(), red),
                ("c".to_owned(), red.add_modifier(Modifier::BOLD)),
                ("d".to_owned(), Style::new()),
            ]
        );
        let rgb = Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(200));
        assert_eq!(shown("\x1b[38;2;1;2;3;48;5;200mx"), [("x".to_owned(), rgb)]);
        assert_eq!(
            spans("a\x1b[31mb\t", false),
            [
                ("a".to_owned(), Style::new()),
                ("b    ".to_owned(), Style::new())
            ]
        );
        assert_eq!(
            shown("broken \x1b[3"),
            [("broken ".to_owned(), Style::new())]
        );
    }
}
