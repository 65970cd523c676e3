//! Which of the last lines of a process can tell why it ended. An error that it went on after, a warning
//! of something that it can do without, and what it was asked hours ago are none of them.

use std::time::Duration;

use super::block::Block;
use super::level::Level;

/// A line without escape sequences, and when it came, counted from any moment.
pub type Line<'a> = (Duration, &'a str);

/// What states no level belongs together only if it comes at once.
const AT_ONCE: Duration = Duration::from_millis(250);

/// Whoever runs a program says that it failed a moment later: `error: script "dev" exited with code 1`.
const MOMENT: Duration = Duration::from_secs(2);

/// Whoever has said other things for this time has got over it. A server says several before it ends.
const OVER: Duration = Duration::from_secs(5);

/// What a line can say about an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// What it says itself to be no error.
    None,
    /// It states no level: so speak shells, and whoever prints and leaves.
    Some,
    /// An error.
    Much,
}

/// The last lines that belong together and that an end may come from; none when there are no such.
#[must_use]
pub fn of<'l, 'a>(lines: &'l [Line<'a>]) -> &'l [Line<'a>] {
    let mut block = Block::default();
    let weights: Vec<Weight> = lines
        .iter()
        .map(|(at, line)| {
            block.level(line.as_bytes(), *at);
            match block.stated() {
                Some(Level::Error) => Weight::Much,
                Some(_) => Weight::None,
                None => Weight::Some,
            }
        })
        .collect();
    let Some(last) = weights.iter().rposition(|weight| *weight != Weight::None) else {
        return &[];
    };
    let between = |one: usize, other: usize| lines[other].0.saturating_sub(lines[one].0);
    if between(last, lines.len() - 1) > OVER {
        return &[];
    }
    let mut first = last;
    while let Some(before) = first.checked_sub(1) {
        let patience = match weights[first] {
            Weight::Much => MOMENT,
            _ => AT_ONCE,
        };
        if weights[before] == Weight::None || between(before, first) > patience {
            break;
        }
        first = before;
    }
    &lines[first..=last]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last words of lines that come after that many milliseconds each.
    fn words<'a>(lines: &[(u64, &'a str)]) -> Vec<&'a str> {
        let mut at = Duration::from_mins(1);
        let lines: Vec<Line<'a>> = lines
            .iter()
            .map(|(after, line)| {
                at += Duration::from_millis(*after);
                (at, *line)
            })
            .collect();
        of(&lines).iter().map(|(_, line)| *line).collect()
    }

    #[test]
    fn a_warning_and_what_was_got_over_are_no_last_words() {
        let off = "WARNING: optional cache off: No module named 'pylibmc'";
        let none: [&str; 0] = [];
        assert_eq!(words(&[(0, off)]), none);
        assert_eq!(words(&[(0, off), (300, "tick"), (300, "tick")]), ["tick"]);
        let refused = "redis: Connection refused. retrying";
        let lines = [
            (0, refused),
            (20, "INFO connected to redis"),
            (20, "cannot parse config"),
        ];
        assert_eq!(words(&lines), ["cannot parse config"]);
        assert_eq!(words(&[(0, refused), (300, "tick")]), ["tick"]);
        let error = "ERROR: Connection refused";
        assert_eq!(words(&[(0, error), (6000, "INFO: fine")]), none);
    }

    #[test]
    fn a_server_says_more_before_it_ends_and_so_does_who_runs_it() {
        let error = "ERROR:    [Errno 98] address already in use";
        let lines = [
            (0, "INFO:     Started server process [1]"),
            (5, error),
            (5, "INFO:     Waiting for application shutdown."),
            (900, "INFO:     Application shutdown complete."),
        ];
        assert_eq!(words(&lines), [error]);
        let lines = [
            (
                0,
                "Error: listen EADDRINUSE: address already in use :::3000",
            ),
            (0, "    at Server.setupListenHandle (node:net:1908:16)"),
            (0, "}"),
            (1500, "error: script \"dev\" exited with code 1"),
        ];
        assert_eq!(words(&lines).len(), 4);
        assert_eq!(words(&[]).len(), 0);
    }

    #[test]
    fn only_the_last_error_counts() {
        let lines = [
            (0, "ConnectionRefusedError: [Errno 111]"),
            (0, "INFO: trying again"),
            (0, "Traceback (most recent call last):"),
            (0, "  File \"x.py\", line 1, in <module>"),
            (0, "ValueError: no"),
        ];
        assert_eq!(
            words(&lines),
            lines[2..].iter().map(|line| line.1).collect::<Vec<_>>()
        );
    }
}
