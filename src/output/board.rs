//! A list that is drawn again and again in one place of a terminal, whatever width that gets meanwhile.

use std::io;
use std::sync::{Mutex, PoisonError};

use console::{Term, measure_text_width};
use indicatif::{ProgressDrawTarget, TermLike};

/// Redraws a second at most.
const RATE: u8 = 20;

/// The width of which the library is told: each line is one row to it. It is cut here, at the width that the
/// terminal has when it is drawn.
const WIDE: u16 = 1000;

/// Our terminal. The library goes back over as many rows as it has written; but a terminal that got
/// narrower in between breaks what stands on it into more.
#[derive(Debug)]
struct Board {
    term: Term,
    drawn: Mutex<Drawn>,
}

/// What stands on the terminal.
#[derive(Debug, Default)]
struct Drawn {
    /// The columns that each of its lines takes.
    lines: Vec<usize>,
    /// The next that is written takes its place.
    is_whole: bool,
}

impl Drawn {
    /// The rows that it takes in a terminal of so many columns.
    fn rows(&self, columns: usize) -> usize {
        let rows = self.lines.iter();
        rows.map(|line| line.div_ceil(columns.max(1)).max(1)).sum()
    }
}

/// Where the list is drawn: stderr.
pub(super) fn target() -> ProgressDrawTarget {
    let board = Board {
        term: Term::buffered_stderr(),
        drawn: Mutex::default(),
    };
    ProgressDrawTarget::term_like_with_hz(Box::new(board), RATE)
}

/// As much of a text as fits into so many columns; its colours take none.
fn cut(text: &str, columns: usize) -> String {
    let (mut out, mut used, mut in_colour) = (String::with_capacity(text.len()), 0, false);
    for character in text.chars() {
        if in_colour || character == '\x1b' {
            in_colour = character != 'm';
        } else {
            used += measure_text_width(character.encode_utf8(&mut [0; 4]));
            if used > columns {
                continue;
            }
        }
        out.push(character);
    }
    out
}

/// The columns that a text takes.
fn columns_of(text: &str) -> usize {
    let mut in_colour = false;
    let mut seen = String::with_capacity(text.len());
    for character in text.chars() {
        if in_colour || character == '\x1b' {
            in_colour = character != 'm';
        } else {
            seen.push(character);
        }
    }
    measure_text_width(&seen)
}

impl Board {
    fn columns(&self) -> usize {
        usize::from(self.term.size().1)
    }

    /// Takes away what was drawn before.
    fn begin(&self) -> io::Result<()> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if !drawn.is_whole {
            return Ok(());
        }
        let most = usize::from(self.term.size().0);
        let rows = drawn.rows(self.columns()).min(most);
        *drawn = Drawn::default();
        if rows == 0 {
            return Ok(());
        }
        self.term.move_cursor_up(rows - 1)?;
        // Row by row: of a screen that is cleared as a whole some terminals keep a copy in their history.
        for row in 1..=rows {
            self.term.clear_line()?;
            if row < rows {
                self.term.move_cursor_down(1)?;
            }
        }
        self.term.move_cursor_up(rows - 1)
    }
}

impl TermLike for Board {
    fn width(&self) -> u16 {
        WIDE
    }

    fn height(&self) -> u16 {
        self.term.size().0
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        self.begin()
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        self.begin()
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        self.begin()
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        self.begin()
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.begin()?;
        // What fills a line up to the width that we told.
        if text.trim().is_empty() {
            return Ok(());
        }
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if !drawn.lines.is_empty() {
            self.term.write_str("\n")?;
        }
        // The last column stays free: behind it some terminals are on the next row already.
        let text = cut(text, self.columns().saturating_sub(1));
        drawn.lines.push(columns_of(&text));
        self.term.write_str(&text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.begin()
    }

    fn flush(&self) -> io::Result<()> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        drawn.is_whole = true;
        self.term.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_at_the_width_and_keeps_its_colours() {
        assert_eq!(cut("  \x1b[32m✓\x1b[0m  env", 5), "  \x1b[32m✓\x1b[0m  ");
        assert_eq!(cut("\x1b[1mlong\x1b[0m", 2), "\x1b[1mlo\x1b[0m");
        assert_eq!(cut("日本語", 5), "日本");
        assert_eq!(columns_of("  \x1b[32m✓\x1b[0m  日"), 7);
    }

    #[test]
    fn a_narrower_terminal_has_more_rows_to_take_away() {
        let drawn = Drawn {
            lines: vec![79, 12, 0],
            is_whole: true,
        };
        assert_eq!(
            [100, 80, 79, 40, 10].map(|columns| drawn.rows(columns)),
            [3, 3, 3, 4, 11]
        );
        assert_eq!(Drawn::default().rows(80), 0);
    }
}
