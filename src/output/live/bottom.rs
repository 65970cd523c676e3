//! The terminal as the line at its bottom is written to it.

use std::io;

use console::Term;
use indicatif::{ProgressDrawTarget, TermLike};

/// Redraws a second at most.
const RATE: u8 = 20;

/// Our terminal, on which the cursor stays behind the line's last word. The library fills the line up
/// with blanks, so that an echoed `^C` would come on the next one, and the line could not be taken away
/// again.
#[derive(Debug)]
struct Bottom(Term);

/// Where the line is drawn; nowhere when stderr is no terminal.
pub(super) fn target() -> ProgressDrawTarget {
    let term = Term::buffered_stderr();
    if term.is_term() {
        ProgressDrawTarget::term_like_with_hz(Box::new(Bottom(term)), RATE)
    } else {
        ProgressDrawTarget::hidden()
    }
}

/// Whether a text only fills up a line: it comes by itself.
fn is_filler(text: &str) -> bool {
    text.chars().all(|c| c == ' ')
}

impl TermLike for Bottom {
    fn width(&self) -> u16 {
        self.0.size().1
    }

    fn height(&self) -> u16 {
        self.0.size().0
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_left(n)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        if is_filler(text) {
            return Ok(());
        }
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
