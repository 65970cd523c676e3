//! A traceback that is not the end: whoever printed it had caught the exception, and did other things.

use super::part::cites;
use super::statement::{fails, goes_on, is_statement};
use crate::service::level;

/// So many lines of its own show that a program went on. One may be the last one of a message.
const ENOUGH: usize = 2;

/// First words of what programs and whoever runs them say when they end, of their own accord or not.
const ENDS: &[&str] = &[
    "bye",
    "cleaning",
    "cleanup",
    "closed",
    "closing",
    "exited",
    "exiting",
    "flushed",
    "flushing",
    "goodbye",
    "line",
    "press",
    "real",
    "sentry",
    "shutdown",
    "shutting",
    "stopped",
    "stopping",
    "sys",
    "terminated",
    "terminating",
    "user",
    "waiting",
];

/// What is behind the last traceback when its program went on after it; otherwise all of the lines.
/// Python ends behind a traceback: what is said then is said of the end, or by others.
pub(super) fn behind<'l, 'a>(lines: &'l [&'a str]) -> &'l [&'a str] {
    let Some(head) = lines.iter().rposition(|line| is_head(line)) else {
        return lines;
    };
    let is_in = |line: &&&str| line.is_empty() || line.starts_with(char::is_whitespace);
    let frames = lines[head + 1..].iter().take_while(is_in).count();
    let behind = lines.get(head + 1 + frames + 1..).unwrap_or_default();
    // What fails is told by itself, or belongs to the message.
    if behind.iter().any(|line| fails(line) && !goes_on(line)) {
        return lines;
    }
    let own: usize = behind.iter().map(|line| weight(line)).sum();
    if own < ENOUGH { lines } else { behind }
}

fn is_head(line: &str) -> bool {
    let is_in = line.starts_with(char::is_whitespace);
    !is_in
        && line
            .trim_end()
            .ends_with("Traceback (most recent call last):")
}

/// How much a line shows that its program goes on.
fn weight(line: &str) -> usize {
    let first = line.split_whitespace().next().unwrap_or_default();
    // Frames of boxes, marks of lists; `make: …` is another's.
    let is_plain = first.starts_with(char::is_alphanumeric) && !first.ends_with(':');
    let word = first.trim_end_matches(|c: char| !c.is_alphanumeric());
    let ends = ENDS.iter().any(|end| word.eq_ignore_ascii_case(end));
    if !is_statement(line) || !is_plain || ends || level::of(line.as_bytes()).is_some() {
        0
    } else if goes_on(line) {
        ENOUGH
    } else {
        // What somebody noted on the exception is said by nobody who goes on.
        usize::from(!cites(line))
    }
}
