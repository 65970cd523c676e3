//! Colours, signs and little graphs. A colour never stands alone: a sign or a word says the same.

use std::collections::VecDeque;

use ratatui::style::{Color, Modifier, Style};

use crate::service::control::{Mood, Stage};
use crate::service::level::Level;

/// How the screen may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Whether colours are used.
    pub color: bool,
    /// Whether characters beyond ASCII arrive as they should.
    pub unicode: bool,
}

/// The colours of services, in the order of the plan.
const SERVICES: [Color; 6] = [
    Color::Cyan,
    Color::Magenta,
    Color::Blue,
    Color::Yellow,
    Color::Green,
    Color::LightCyan,
];

fn paint(theme: Theme, color: Color) -> Style {
    if theme.color {
        Style::new().fg(color)
    } else {
        Style::new()
    }
}

/// Context that may be skipped.
pub(super) fn dim(theme: Theme) -> Style {
    if theme.color {
        Style::new().add_modifier(Modifier::DIM)
    } else {
        Style::new()
    }
}

/// The sentence that matters.
pub(super) fn strong() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

/// What is chosen, and lines that part the screen.
pub(super) fn bar() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}

/// A service's name.
pub(super) fn of_service(theme: Theme, service: usize) -> Style {
    paint(theme, SERVICES[service % SERVICES.len()])
}

/// A line of a log.
pub(super) fn of_level(theme: Theme, level: Level) -> Style {
    match level {
        Level::Error => paint(theme, Color::Red),
        Level::Warn => paint(theme, Color::Yellow),
        Level::Info => Style::new(),
        Level::Trace | Level::Debug => dim(theme),
    }
}

/// A state: its sign and its colour.
pub(super) fn of_stage(theme: Theme, stage: Stage) -> (&'static str, Style) {
    let (unicode, ascii, style) = match stage {
        Stage::Ready | Stage::Running | Stage::Done => ("✓", "+", paint(theme, Color::Green)),
        Stage::Failed | Stage::Unhealthy | Stage::Stalled => (
            "✗",
            "x",
            paint(theme, Color::Red).add_modifier(Modifier::BOLD),
        ),
        Stage::Starting | Stage::Stopping | Stage::BackOff => {
            ("!", "!", paint(theme, Color::Yellow))
        }
        _ => ("-", "-", dim(theme)),
    };
    (if theme.unicode { unicode } else { ascii }, style)
}

/// The sign of something that happened.
pub(super) fn sign(theme: Theme, mood: Mood) -> &'static str {
    match (mood, theme.unicode) {
        (Mood::Calm, true) => "·",
        (Mood::Calm, false) => "-",
        (Mood::Good, true) => "✓",
        (Mood::Good, false) => "+",
        (Mood::Careful, _) => "!",
        (Mood::Bad, true) => "✗",
        (Mood::Bad, false) => "x",
    }
}

/// The last readings as a graph of so many columns. The scale is the largest reading, `least` at least.
pub(super) fn spark(theme: Theme, readings: &VecDeque<u64>, width: usize, least: u64) -> String {
    let bars: &[char] = if theme.unicode {
        &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
    } else {
        &['_', '.', ':', '-', '=', '+', '*', '#']
    };
    let most = readings
        .iter()
        .copied()
        .max()
        .unwrap_or(0)
        .max(least)
        .max(1);
    let shown = readings.iter().skip(readings.len().saturating_sub(width));
    let graph: String = shown
        .map(|value| {
            let step = value * (bars.len() as u64 - 1) / most;
            bars[usize::try_from(step).unwrap_or(0).min(bars.len() - 1)]
        })
        .collect();
    format!("{graph:>width$}")
}

/// What parts of one line are separated by.
pub(super) fn dot(theme: Theme) -> &'static str {
    if theme.unicode { "·" } else { "-" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphs_show_the_last_readings() {
        let readings: VecDeque<u64> = [9, 0, 50, 100].into();
        let theme = |unicode| Theme {
            color: false,
            unicode,
        };
        assert_eq!(spark(theme(true), &readings, 3, 1), "▁▄█");
        assert_eq!(spark(theme(false), &readings, 6, 1), "  __-#");
        assert_eq!(spark(theme(true), &readings, 2, 1000), "▁▁");
    }
}
