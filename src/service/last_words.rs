//! Which of the last lines of a process can tell why it ended. An error that it went on after, a warning
//! of something that it can do without, and what it was asked hours ago are none of them.

use std::time::Duration;

use super::block::Block;
use super::level::Level;
use super::served;

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
    let weights = weights(lines);
    let between = |one: usize, other: usize| lines[other].0.saturating_sub(lines[one].0);
    // Who answered somebody did not end for what it had said before. What came at the same moment may
    // have been said behind it.
    let answer = lines.iter().rposition(|(_, line)| served::is_answer(line));
    let alive = answer.map_or(0, |answer| {
        let late = (0..answer).rev();
        answer
            - late
                .take_while(|at| between(*at, answer) <= AT_ONCE)
                .count()
    });
    let last = weights.iter().rposition(|weight| *weight != Weight::None);
    let Some(last) = last.filter(|last| *last >= alive) else {
        return &[];
    };
    if between(last, lines.len() - 1) > OVER {
        return &[];
    }
    let mut first = last;
    while let Some(before) = first.checked_sub(1) {
        let patience = match weights[first] {
            Weight::Much => MOMENT,
            _ => AT_ONCE,
        };
        let is_apart = before < alive || between(before, first) > patience;
        if weights[before] == Weight::None || is_apart {
            break;
        }
        first = before;
    }
    &lines[first..=last]
}

/// What each line can say. An error of one request says nothing, with all of its traceback.
fn weights(lines: &[Line<'_>]) -> Vec<Weight> {
    let mut block = Block::default();
    let mut weights: Vec<Weight> = Vec::with_capacity(lines.len());
    let (mut first, mut is_of_request) = (0, false);
    for (at, (time, line)) in lines.iter().enumerate() {
        block.level(line.as_bytes(), *time);
        if block.began() {
            // Django's first line states no level: the traceback behind it is one of its own.
            let goes_on = is_of_request && first + 1 == at && served::is_traceback(line);
            is_of_request = goes_on || served::is_error(line);
            first = at;
        } else if !is_of_request && served::is_error_of_next(lines[first].1, line) {
            is_of_request = true;
            weights.truncate(first);
            weights.resize(at, Weight::None);
        }
        weights.push(match block.stated() {
            _ if is_of_request || served::is_answer(line) => Weight::None,
            Some(Level::Error) => Weight::Much,
            Some(_) => Weight::None,
            None => Weight::Some,
        });
    }
    weights
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
    fn an_error_of_one_request_ended_nobody() {
        let none: [&str; 0] = [];
        let frame = "  File \"/w/app.py\", line 5, in bad";
        let traceback = "Traceback (most recent call last):";
        let key = "KeyError: 'PER_REQ_KEY'";
        for head in [
            "ERROR:    Exception in ASGI application",
            "Internal Server Error: /bad",
            "[2026-11-29 17:30:32,792: ERROR/ForkPoolWorker-1] Task app.add[1b] raised unexpected: KeyError('PER_REQ_KEY')",
            "[2026-11-29 17:30:32,792] ERROR in app: Exception on /bad [GET]",
        ] {
            let lines = [(0, head), (0, traceback), (0, frame), (0, key)];
            assert_eq!(words(&lines), none, "{head}");
            let chain = "During handling of the above exception, another exception occurred:";
            let more = [(0, chain), (0, traceback), (0, frame), (0, "ValueError: x")];
            let told = [&lines[..], &more, &[(300, "out of licences")]].concat();
            assert_eq!(words(&told), ["out of licences"], "{head}");
        }
        let next = [
            (0, " ⨯ Error: connect ECONNREFUSED 127.0.0.1:6379"),
            (0, "    at x (app/page.tsx:3:9) {"),
            (0, "  digest: '2338217364'"),
            (0, "}"),
        ];
        assert_eq!(words(&next), none);
        assert_eq!(words(&next[..2]).len(), 2);
    }

    #[test]
    fn who_answers_has_got_over_what_it_said_before() {
        let error = "ERROR: Connection refused";
        let ok = "INFO:     127.0.0.1:5000 - \"GET /ok HTTP/1.1\" 200 OK";
        let none: [&str; 0] = [];
        assert_eq!(words(&[(0, error), (400, ok)]), none);
        assert_eq!(
            words(&[(0, error), (100, ok)]),
            [error],
            "at the same moment"
        );
        assert_eq!(words(&[(0, ok), (5, error)]), [error]);
        let failed = "INFO:     127.0.0.1:5000 - \"GET /bad HTTP/1.1\" 500 Internal Server Error";
        assert_eq!(words(&[(0, error), (400, failed)]), [error]);
        let next = " GET /x 200 in 12ms";
        assert_eq!(
            words(&[(0, error), (400, next), (0, "bye now")]),
            ["bye now"]
        );
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
