//! How results look: colour, signs and width, decided once per stream and passed as a value.

use std::fmt;

use annotate_snippets::renderer::{AnsiColor, Effects, Style as Ansi};
use clap::ValueEnum;

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set or a CI runs the command.
    #[default]
    Auto,
    /// Always, whatever the stream is.
    Always,
    /// Never.
    Never,
}

/// What is known about the stream that is written to. Plain facts: whoever may ask the
/// operating system fills it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about one stream, named at every use"
)]
pub struct Terminal {
    /// The stream is a terminal that understands colour (`TERM` is not `dumb`).
    pub is_terminal: bool,
    /// Columns, when the terminal tells.
    pub width: Option<usize>,
    /// Characters beyond ASCII arrive as they should (no `LANG=C`, no legacy code page).
    pub unicode: bool,
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// `FORCE_COLOR` or `CLICOLOR_FORCE` is set and not `0`.
    pub force_color: bool,
    /// `CI` is set.
    pub ci: bool,
}

impl Default for Terminal {
    /// A pipe or a file: no colour, and UTF-8.
    fn default() -> Self {
        Self {
            is_terminal: false,
            width: None,
            unicode: true,
            no_color: false,
            force_color: false,
            ci: false,
        }
    }
}

/// The columns of a stream that does not tell, or that is no terminal.
const WIDTH: usize = 80;

/// Narrower than this, wrapping hurts more than it helps; wider than this, eyes lose the line.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=120;

/// How one stream is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    color: bool,
    unicode: bool,
    width: usize,
}

impl Style {
    /// Decides for one stream. An explicit choice wins; then `NO_COLOR`, then the variables
    /// that force colour, then what the stream is.
    #[must_use]
    pub fn new(choice: ColorChoice, terminal: &Terminal) -> Self {
        let color = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if terminal.no_color => false,
            ColorChoice::Auto => terminal.force_color || (terminal.is_terminal && !terminal.ci),
        };
        let width = if terminal.is_terminal {
            terminal.width
        } else {
            None
        };
        let width = width.unwrap_or(WIDTH).clamp(*WIDTHS.start(), *WIDTHS.end());
        Self {
            color,
            unicode: terminal.unicode,
            width,
        }
    }

    /// No colour, UTF-8, 80 columns: for files and for formats that embed human output.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            color: false,
            unicode: true,
            width: WIDTH,
        }
    }

    /// Whether colours are written.
    #[must_use]
    pub fn color(self) -> bool {
        self.color
    }

    /// Whether characters beyond ASCII are used as decoration.
    #[must_use]
    pub fn unicode(self) -> bool {
        self.unicode
    }

    /// Columns to fit into.
    #[must_use]
    pub fn width(self) -> usize {
        self.width
    }

    /// `content` in the colour of its meaning.
    pub fn paint<T: fmt::Display>(self, tone: Tone, content: T) -> Painted<T> {
        Painted {
            ansi: self.ansi(tone),
            content,
        }
    }

    /// The coloured sign. Colour and sign never stand alone: a word follows.
    #[must_use]
    pub fn sign(self, sign: Sign) -> Painted<&'static str> {
        self.paint(sign.tone(), sign.text(self.unicode))
    }

    /// What separates parts of one line: `·`.
    #[must_use]
    pub fn dot(self) -> &'static str {
        if self.unicode { "·" } else { "-" }
    }

    /// What points at the way out: `→`.
    #[must_use]
    pub fn arrow(self) -> &'static str {
        if self.unicode { "→" } else { "->" }
    }

    pub(super) fn ansi(self, tone: Tone) -> Ansi {
        if self.color { tone.ansi() } else { Ansi::new() }
    }
}

/// What a colour means. One accent per meaning, everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Broken.
    Error,
    /// Look at it.
    Warning,
    /// Fine.
    Ok,
    /// A name, a path, a command.
    Name,
    /// Context that may be skipped.
    Context,
    /// The sentence that matters.
    Strong,
}

impl Tone {
    const fn ansi(self) -> Ansi {
        match self {
            Self::Error => AnsiColor::Red.on_default().effects(Effects::BOLD),
            Self::Warning => AnsiColor::Yellow.on_default().effects(Effects::BOLD),
            Self::Ok => AnsiColor::Green.on_default(),
            Self::Name => AnsiColor::Cyan.on_default(),
            Self::Context => Ansi::new().effects(Effects::DIMMED),
            Self::Strong => Ansi::new().effects(Effects::BOLD),
        }
    }
}

/// The sign in front of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// `✓`: fine.
    Ok,
    /// `✗`: broken.
    Error,
    /// `!`: look at it.
    Warning,
    /// `-`: not done, on purpose.
    Skipped,
}

impl Sign {
    fn text(self, unicode: bool) -> &'static str {
        match self {
            Self::Ok if unicode => "✓",
            Self::Ok => "+",
            Self::Error if unicode => "✗",
            Self::Error => "x",
            Self::Warning => "!",
            Self::Skipped => "-",
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::Ok => Tone::Ok,
            Self::Error => Tone::Error,
            Self::Warning => Tone::Warning,
            Self::Skipped => Tone::Context,
        }
    }
}

/// A value that displays itself in a colour.
#[derive(Debug, Clone, Copy)]
pub struct Painted<T> {
    ansi: Ansi,
    content: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ansi.render())?;
        // The formatter goes through, so that `{:>8}` pads the content and not the escape codes.
        self.content.fmt(f)?;
        write!(f, "{}", self.ansi.render_reset())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_follows_the_choice_then_the_variables_then_the_stream() {
        let terminal = Terminal {
            is_terminal: true,
            ..Terminal::default()
        };
        let color = |choice, terminal: &Terminal| Style::new(choice, terminal).color();
        let auto = |terminal: Terminal| color(ColorChoice::Auto, &terminal);

        assert!(auto(terminal));
        assert!(!auto(Terminal::default()));
        assert!(!auto(Terminal {
            ci: true,
            ..terminal
        }));
        assert!(!auto(Terminal {
            no_color: true,
            force_color: true,
            ..terminal
        }));
        assert!(auto(Terminal {
            force_color: true,
            ci: true,
            ..Terminal::default()
        }));
        assert!(color(
            ColorChoice::Always,
            &Terminal {
                no_color: true,
                ..Terminal::default()
            }
        ));
        assert!(!color(
            ColorChoice::Never,
            &Terminal {
                force_color: true,
                ..terminal
            }
        ));
    }

    #[test]
    fn width_is_the_terminals_within_reason() {
        let width = |is_terminal, width| {
            Style::new(
                ColorChoice::Auto,
                &Terminal {
                    is_terminal,
                    width,
                    ..Terminal::default()
                },
            )
            .width()
        };
        assert_eq!(
            [
                width(true, Some(100)),
                width(true, Some(9)),
                width(true, Some(400))
            ],
            [100, 40, 120]
        );
        assert_eq!([width(true, None), width(false, Some(100))], [80, 80]);
    }

    #[test]
    fn padding_counts_what_is_seen() {
        let style = Style::new(ColorChoice::Always, &Terminal::default());
        assert_eq!(
            format!("{:>4}|", style.sign(Sign::Ok)),
            "\u{1b}[32m   ✓\u{1b}[0m|"
        );
        assert_eq!(format!("{:<3}|", Style::plain().sign(Sign::Error)), "✗  |");
        let ascii = Style::new(
            ColorChoice::Never,
            &Terminal {
                unicode: false,
                ..Terminal::default()
            },
        );
        assert_eq!(
            [ascii.sign(Sign::Ok).to_string(), ascii.dot().to_owned()],
            ["+", "-"]
        );
    }
}
