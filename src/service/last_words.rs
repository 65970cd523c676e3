//! Which of the last lines of a process can tell why it ended. An error that it went on after, a warning
//! of something that it can do without, and what it was asked hours ago are none of them.

use std::time::Duration;

use super::block::Block;
use super::cause::in_use::{has_no_place, is_of_no_place};
use super::cause::statement::{fails, is_between, is_epilogue, is_of_end, is_up, waits};
use super::level::{self, Level};
use super::{Ending, served};

/// A line without escape sequences, and when it came, counted from any moment.
pub type Line<'a> = (Duration, &'a str);

/// What states no level belongs together only if it comes at once.
const AT_ONCE: Duration = Duration::from_millis(250);

/// Whoever runs a program says that it failed a moment later: `error: script "dev" exited with code 1`.
const MOMENT: Duration = Duration::from_secs(2);

/// Whoever has said other things for this time has got over it. A server says several before it ends.
const OVER: Duration = Duration::from_secs(5);

/// Whoever says of itself that all is as usual, so often and for so long, went on after its error. Who shuts
/// down says several things, too: those are about that, or come at once.
const NEWS: usize = 2;
const GOES_ON: Duration = Duration::from_secs(1);

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

/// The last lines that belong together and that this end may come from; none when there are no such. Who
/// has not ended yet may be about to.
#[must_use]
pub fn of<'l, 'a>(lines: &'l [Line<'a>], ending: Option<Ending>) -> &'l [Line<'a>] {
    let lines = match ending {
        Some(_) => lines,
        None => behind_missing(lines),
    };
    let weights = weights(lines, ending);
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
    let is_over = between(last, lines.len() - 1) > OVER;
    if is_over || went_on(lines[last].0, &lines[last + 1..]) {
        return &[];
    }
    let says_nothing = |at: usize| weights[at] == Weight::None || is_epilogue(lines[at].1);
    let mut first = last;
    for before in (alive..last).rev() {
        let patience = match weights[first] {
            Weight::Much => MOMENT,
            _ => AT_ONCE,
        };
        if between(before, first) > patience {
            break;
        }
        if weights[before] != Weight::None {
            if went_on(lines[before].0, &lines[before + 1..first]) {
                break;
            }
            first = before;
        } else if has_no_place(lines[last].1) && is_of_no_place(lines[before].1) {
            // Why it has none, Postgres only logs.
            first = before;
        } else if !is_between(lines[before].1) || !(first..=last).all(says_nothing) {
            break;
        }
        // Why is before what those say who run it: gunicorn's worker says between them that it exits.
    }
    &lines[first..=last]
}

/// Whether the lines behind what was said at that time, which are no errors, show that the program got over
/// it: it does what it is for, or goes on as usual.
fn went_on(at: Duration, behind: &[Line<'_>]) -> bool {
    let since = |time: &Duration| time.saturating_sub(at);
    let is_news = |(time, line): &&Line<'_>| {
        let is_usual = matches!(
            level::of(line.as_bytes()),
            Some(Level::Info | Level::Debug | Level::Trace)
        );
        is_usual && since(time) > AT_ONCE && !is_of_end(line) && !waits(line)
    };
    let news: Vec<_> = behind.iter().filter(is_news).collect();
    let is_long = news.last().is_some_and(|(time, _)| since(time) >= GOES_ON);
    behind.iter().any(|(_, line)| is_up(line)) || (is_long && news.len() >= NEWS)
}

/// What is behind the last Python module that was not found, and that who still runs went on without: nothing
/// more is said where nobody caught that, but by those who run the program.
fn behind_missing<'l, 'a>(lines: &'l [Line<'a>]) -> &'l [Line<'a>] {
    let is_usual = |line: &str| {
        let is_plain = line.starts_with(|c: char| !c.is_whitespace());
        let is_mild = level::of(line.as_bytes()).is_none_or(|level| level <= Level::Info);
        is_plain && is_mild && !is_between(line) && !waits(line) && !fails(line)
    };
    let mut block = Block::strict();
    let (mut from, mut is_missing) = (0, false);
    for (at, (time, line)) in lines.iter().enumerate() {
        block.level(line.as_bytes(), *time);
        if is_epilogue(line) {
            is_missing = false;
        } else if is_missing && block.began() && is_usual(line) {
            (from, is_missing) = (at, false);
        }
        let words = ["No module named ", "cannot import name "];
        is_missing |= words.iter().any(|words| line.contains(words));
    }
    &lines[from..]
}

/// What each line can say. An error of one request says nothing, with all of its traceback, and neither does
/// the traceback of a warning.
fn weights(lines: &[Line<'_>], ending: Option<Ending>) -> Vec<Weight> {
    let mut block = Block::strict();
    let mut weights: Vec<Weight> = Vec::with_capacity(lines.len());
    let (mut first, mut is_aside) = (0, false);
    for (at, (time, line)) in lines.iter().enumerate() {
        let before = block.stated();
        block.level(line.as_bytes(), *time);
        if block.began() {
            // Django's first line states no level: the traceback behind it is one of its own.
            let is_next = first + 1 == at && served::is_traceback(line);
            let goes_on = is_next
                && (is_aside || before == Some(Level::Warn) && is_caught(lines, at, ending));
            is_aside = goes_on || served::is_error(line);
            first = at;
        } else if !is_aside && served::is_error_of_next(lines[first].1, line) {
            is_aside = true;
            weights.truncate(first);
            weights.resize(at, Weight::None);
        }
        weights.push(match block.stated() {
            _ if is_aside || served::is_answer(line) => Weight::None,
            Some(Level::Error) => Weight::Much,
            Some(_) => Weight::None,
            None => Weight::Some,
        });
    }
    weights
}

/// Whether the traceback that begins there, directly behind a warning, is the warning's own. That of what
/// nobody caught leads from the main module, and Python ends with 1 for it; who runs Python may make another
/// code of that, and says so.
fn is_caught(lines: &[Line<'_>], at: usize, ending: Option<Ending>) -> bool {
    let said_at_once = |at: usize| lines[at].0.saturating_sub(lines[at - 1].0) <= AT_ONCE;
    let Some((_, frame)) = lines.get(at + 1).filter(|_| said_at_once(at)) else {
        return false;
    };
    let is_of_main =
        frame.trim_end().ends_with(", in <module>") || frame.contains("<frozen runpy>");
    let is_run_by_others = lines.last().is_some_and(|(_, line)| is_epilogue(line));
    let is_other_end = ending.is_some_and(|ending| ending != Ending::Code(1));
    !is_of_main || (is_other_end && !is_run_by_others)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last words of lines that come after that many milliseconds each.
    fn words<'a>(lines: &[(u64, &'a str)]) -> Vec<&'a str> {
        words_before(1, lines)
    }

    /// The same before the end with an exit code.
    fn words_before<'a>(code: i32, lines: &[(u64, &'a str)]) -> Vec<&'a str> {
        let mut at = Duration::from_mins(1);
        let lines: Vec<Line<'a>> = lines
            .iter()
            .map(|(after, line)| {
                at += Duration::from_millis(*after);
                (at, *line)
            })
            .collect();
        let ending = Some(Ending::Code(code));
        of(&lines, ending).iter().map(|(_, line)| *line).collect()
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
    fn who_is_up_or_goes_on_as_usual_has_got_over_its_error() {
        let none: [&str; 0] = [];
        let error = "ERROR:    rate limiter runs in memory: Error 111 connecting to localhost:6379. Connection refused.";
        let up = "INFO:     Application startup complete.";
        assert_eq!(words(&[(0, error), (0, up)]), none);
        assert_eq!(words(&[(0, up), (0, error)]), [error]);
        let ended = "INFO: stopped listening on 3000";
        assert_eq!(words(&[(0, error), (0, ended)]), [error]);
        let runs = "INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)";
        assert_eq!(words(&[(0, error), (0, runs)]), none);
        let json = r#"{"level":"error","msg":"redis: ECONNREFUSED, cache is degraded"}"#;
        let listens = r#"{"level":"info","msg":"server listening at http://127.0.0.1:3000"}"#;
        let job = r#"{"level":"info","msg":"nightly job done"}"#;
        assert_eq!(words(&[(0, json), (5, listens), (2000, job)]), none);
        assert_eq!(
            words(&[(0, json), (2000, job)]),
            [json],
            "one line is little"
        );
        let logged = [
            (0, "ERROR:root:GPU scoring is not available"),
            (0, "Traceback (most recent call last):"),
            (0, "  File \"/w/app.py\", line 5, in load"),
            (0, "ModuleNotFoundError: No module named 'torch'"),
        ];
        let after = |more: &[(u64, &'static str)]| words(&[&logged[..], more].concat()).len();
        let tick = "INFO:root:scored a batch";
        assert_eq!(after(&[(700, tick), (700, tick), (700, tick)]), 0);
        assert_eq!(after(&[(10, tick), (10, tick), (10, tick)]), 4);
        let retry = "INFO:root:trying again";
        assert_eq!(after(&[(900, retry), (900, retry), (900, retry)]), 4);
        let ends = [
            "INFO:root:closing 3 pools",
            "INFO:root:Waiting for tasks",
            "INFO:root:Stopped",
        ];
        assert_eq!(after(&ends.map(|line| (900, line))), 4);
    }

    #[test]
    fn the_traceback_of_a_warning_is_no_error() {
        let none: [&str; 0] = [];
        let warning = "WARNING:root:metrics are not available here";
        let traceback = "Traceback (most recent call last):";
        let [main, inner] =
            ["<module>", "load"].map(|name| format!("  File \"/w/app.py\", line 5, in {name}"));
        let missing = "ModuleNotFoundError: No module named 'prometheus_client'";
        let said = |frame| [(0, warning), (0, traceback), (0, frame), (0, missing)];
        assert_eq!(words_before(3, &said(&main)), none);
        assert_eq!(words_before(1, &said(&inner)), none);
        let bye = [&said(&inner)[..], &[(300, "out of licences")]].concat();
        assert_eq!(words_before(1, &bye), ["out of licences"]);
        assert_eq!(
            words_before(1, &said(&main)).len(),
            3,
            "nobody may have caught it"
        );
        let made = [
            &said(&main)[..],
            &[(5, "make: *** [Makefile:2: dev] Error 1")],
        ]
        .concat();
        assert_eq!(
            words_before(2, &made).len(),
            4,
            "make has a code of its own"
        );
        let [warned, rest @ ..] = said(&inner);
        let later = [&[warned, (400, traceback)], &rest[1..]].concat();
        assert_eq!(words_before(1, &later).len(), 3, "it was said later");
    }

    #[test]
    fn who_lives_went_on_without_a_module_that_it_logged() {
        let traceback = [
            "Traceback (most recent call last):",
            "  File \"/w/app.py\", line 5, in <module>",
            "ModuleNotFoundError: No module named 'torch'",
        ];
        let words = |more: &[&'static str]| {
            let lines = [&traceback[..], more].concat();
            let lines: Vec<Line<'_>> = lines.iter().map(|line| (Duration::ZERO, *line)).collect();
            let words = of(&lines, None).iter().map(|(_, line)| *line);
            words.collect::<Vec<_>>()
        };
        let none: [&str; 0] = [];
        assert_eq!(words(&[]), traceback);
        assert_eq!(words(&["serving"]), ["serving"]);
        assert_eq!(words(&["INFO:root:working"]), none);
        assert_eq!(
            words(&["INFO:root:working", "out of licences"]),
            ["out of licences"]
        );
        // Who runs the program lives.
        for more in [
            "[nodemon] app crashed - waiting for file changes before starting...",
            "WARNING:  WatchFiles detected changes in 'app.py'. Reloading...",
            "api exited with code 1",
            "INFO:     Stopping reloader process [7]",
        ] {
            assert_eq!(words(&[more])[..3], traceback, "{more}");
        }
        assert_eq!(
            words(&["api exited with code 1", "web is here"])[..3],
            traceback
        );
        let logged = (Duration::ZERO, "ERROR:root:no GPU: No module named 'torch'");
        let went_on = [logged, (Duration::ZERO, "serving")];
        assert_eq!(of(&went_on, None), &went_on[1..]);
        assert_eq!(of(&went_on[..1], None), &went_on[..1]);
    }

    #[test]
    fn what_a_worker_says_of_its_end_does_not_hide_why() {
        let lines = [
            (
                0,
                "[2026-11-29 14:00:00 +0000] [8] [INFO] Booting worker with pid: 8",
            ),
            (
                300,
                "[2026-11-29 14:00:00 +0000] [8] [ERROR] Exception in worker process",
            ),
            (0, "Traceback (most recent call last):"),
            (0, "  File \"/w/app.py\", line 1, in <module>"),
            (0, "ModuleNotFoundError: No module named 'x'"),
            (
                0,
                "[2026-11-29 14:00:00 +0000] [8] [INFO] Worker exiting (pid: 8)",
            ),
            (
                100,
                "[2026-11-29 14:00:00 +0000] [7] [ERROR] Worker (pid:8) exited with code 3",
            ),
            (
                5,
                "[2026-11-29 14:00:00 +0000] [7] [ERROR] Shutting down: Master",
            ),
            (
                0,
                "[2026-11-29 14:00:00 +0000] [7] [ERROR] Reason: Worker failed to boot.",
            ),
        ];
        assert_eq!(words_before(3, &lines).len(), 8);
        let control = (
            0,
            "[2026-11-29 14:00:00 +0000] [7] [INFO] Control socket listening at /x.ctl",
        );
        let more = [&lines[..7], &[control], &lines[7..]].concat();
        assert_eq!(words_before(3, &more).len(), 9);
        for said in [
            "INFO: listening at http://127.0.0.1:8000",
            "INFO: connected to redis",
        ] {
            let other = [&lines[1..5], &[(0, said)], &lines[6..]].concat();
            assert_eq!(words_before(3, &other).len(), 3);
        }
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
    fn a_server_without_a_place_only_logs_why() {
        let bind = "LOG:  could not bind IPv4 address \"127.0.0.1\": Address already in use";
        let warning = "WARNING:  could not create listen socket for \"127.0.0.1\"";
        let gone = "FATAL:  could not create any TCP/IP sockets";
        let down = "LOG:  database system is shut down";
        let lines = [
            (0, "LOG:  starting"),
            (2, bind),
            (0, warning),
            (1, gone),
            (2, down),
        ];
        assert_eq!(words(&lines), [bind, warning, gone]);
        let other = "FATAL:  no licence";
        assert_eq!(words(&[(0, bind), (0, warning), (1, other)]), [other]);
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
