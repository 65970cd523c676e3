//! What a line is to those around it: an exception has frames before its own line, and notes behind it.

use super::pattern::has;
use super::statement::{is_link, is_statement};
use crate::service::level;

/// What a line is to those around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A line of its own.
    Own,
    /// A frame of Python's tracebacks, or the code in it: that is no statement, whatever words it has.
    Frame,
    /// What somebody asserted: it failed, and the words are those of who expected something else.
    Assertion,
    /// Further lines of an assertion: what was there and what was expected, and the difference.
    Expected,
    /// What somebody noted on an exception, behind its own line.
    Note,
}

/// Behind what the next line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    Nothing,
    /// The own line of an exception, which says what it is about.
    Exception,
    /// A note on that exception.
    Note,
    Assertion,
}

/// Behind what the first of the lines stands: of Node's assertions the first line may not be kept, where
/// an empty one is behind it.
pub(super) fn before(lines: &[&str]) -> Behind {
    let part = |line: &&str| line.trim_start().starts_with("code: 'ERR_ASSERTION'");
    let end = lines.iter().position(part);
    match end {
        Some(end) if !lines[..end].iter().any(|line| is_assertion(line)) => Behind::Assertion,
        _ => Behind::Nothing,
    }
}

/// What a line is that is no frame, and behind what the next one stands.
pub(super) fn of(line: &str, behind: Behind, ends_traceback: bool) -> (Part, Behind) {
    if is_assertion(line) {
        return (Part::Assertion, Behind::Assertion);
    }
    if ends_traceback {
        // Where it only announces what is wrong, the next line says it.
        let is_whole = line.contains(": ") && !line.trim_end().ends_with(':');
        return if is_whole && is_statement(line) {
            (Part::Own, Behind::Exception)
        } else {
            (Part::Own, Behind::Nothing)
        };
    }
    match behind {
        Behind::Assertion if is_prose(line) || is_of_difference(line) => {
            (Part::Expected, Behind::Assertion)
        }
        Behind::Exception if is_prose(line) => (Part::Note, Behind::Note),
        // A program that goes on says something else: no more than the first line is one for sure.
        Behind::Note if is_prose(line) && cites(line) => (Part::Note, Behind::Note),
        _ => (Part::Own, Behind::Nothing),
    }
}

/// Whether a line is the own one of an exception of who asserts something, in Python or in Node.
fn is_assertion(line: &str) -> bool {
    has(line, &["AssertionError: ", "AssertionError ["]) || line.trim_end() == "AssertionError"
}

/// Whether a line may be one of those in which Node shows how two values differ, or of the error's own
/// parts behind them.
fn is_of_difference(line: &str) -> bool {
    line.starts_with(|c: char| c.is_whitespace() || "+-'\"`{}[]".contains(c))
}

/// Whether a line may be a further one of a message: who runs programs says who it is, and loggers say
/// how grave it is.
fn is_prose(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    let is_deep = line.starts_with(char::is_whitespace);
    let is_prefix = first.ends_with(':') || first.starts_with(['[', '(']);
    // `[Errno 98] address already in use`
    let is_number = matches!(first, "[Errno" | "[WinError");
    !is_deep && (!is_prefix || is_number) && level::of(line.as_bytes()).is_none() && !is_link(line)
}

/// Whether a line has another exception in it, with its class.
pub(super) fn cites(line: &str) -> bool {
    has(line, &["Error: ", "Exception: "])
}
