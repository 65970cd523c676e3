//! What a line says of the process that wrote it: that something failed, that it went on all the same,
//! or nothing of its own.

use super::pattern::has;
use crate::service::level::{self, Level};

/// Words that stand behind another clause: `port 8080 is in use, trying 8081`.
const INSTEAD: &[&str] = &[
    "using ",
    "trying ",
    "will use ",
    "will continue",
    "continuing",
    "proceeding",
    "defaulting to ",
    "running without ",
    "starting without ",
    "disabled",
    "disabling ",
];

/// Words that say it wherever they stand; nobody ends for want of what the last ones are about.
const ALL_THE_SAME: &[&str] = &[
    "falling back",
    "fall back to ",
    "fallback to ",
    "ignored",
    "ignoring ",
    "skipping",
    "skipped",
    "carrying on",
    // What a program can do without, in the words of whoever wrote it: `cache is off: …`.
    " is off:",
    " is off (",
    " are off:",
    " are off (",
    "continuing without ",
    "continuing anyway",
    "going on without ",
    "going on anyway",
    "non-fatal",
    "nonfatal",
    "not fatal",
    "telemetry",
    "send analytics",
    "check for updates",
    "update check",
];

const AGAIN: &[&str] = &[
    "retrying",
    "will retry",
    "retry in ",
    "trying again",
    "try again in ",
    "reconnecting",
];

/// Whether a line says that the program does without, or something else instead.
pub(super) fn goes_on(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    if is_mild(line) || has(&lower, ALL_THE_SAME) {
        return true;
    }
    let ends_clause = |before: &str| {
        let clause = before.trim_end();
        clause.len() < before.len()
            && clause.ends_with([',', ';', '.', '!', '-', '–', '—', '…', '→', ')'])
    };
    !tries_again(line)
        && INSTEAD.iter().any(|words| {
            let mut places = lower.match_indices(words);
            places.any(|(at, _)| ends_clause(&lower[..at]))
        })
}

/// Whether a line counts errors, as who reads other programs' logs does: `2x ValueError, 1x KeyError`.
/// What one attempted several times has but one number.
pub(super) fn is_report(line: &str) -> bool {
    let is_count = |word: &&str| {
        let digits = word.strip_suffix(['x', '×']).unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    line.split_whitespace().filter(is_count).count() > 1
}

/// Whether a line says that the program does the same again.
pub(super) fn tries_again(line: &str) -> bool {
    has(&line.to_ascii_lowercase(), AGAIN)
}

/// Words of who does what it is for.
const UP: &[&str] = &[
    "listening on ",
    "listening at ",
    "running on http",
    "server running",
    "server is running",
    "startup complete",
];

/// Whether a line says that the program does what it is for: what it said before has not ended it.
pub(in crate::service) fn is_up(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    // `stopped listening on 3000`; gunicorn's master has a socket of its own for orders.
    let says = |words: &&str| {
        let before = lower.split_once(words).map(|(before, _)| before);
        before.is_some_and(|before| !is_of_end(before))
    };
    is_statement(line) && !fails(line) && !is_of_master(&lower) && UP.iter().any(says)
}

/// Whether gunicorn's master says it of the socket on which it takes orders: of workers that tells nothing.
fn is_of_master(lower: &str) -> bool {
    lower.contains("control socket")
}

/// Words of who ends, in whatever it says of that: `Worker exiting (pid: 8)`, `Shutting down: Master`.
const ENDING: &str = "\
    aborting bye cancelled cancelling cleaning cleanup closed closing destroyed destroying died \
    disconnected disconnecting disposed disposing drained draining ended ending exit exited \
    exiting flushed flushing goodbye killed quit quitting releasing shutdown shutting stop \
    stopped stopping teardown terminated terminating unloaded unloading";

/// Whether a line is about an end, of the program or of a part of it.
pub(in crate::service) fn is_of_end(line: &str) -> bool {
    words(&line.to_ascii_lowercase()).any(|word| is_among(word, ENDING))
}

/// Whether a line may stand between why something ended and what others say of that.
pub(in crate::service) fn is_between(line: &str) -> bool {
    is_of_end(line) || is_of_master(&line.to_ascii_lowercase())
}

/// Whether a line says that something is awaited.
pub(in crate::service) fn waits(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    tries_again(line) || words(&lower).any(|word| is_among(word, "attempt awaiting waiting"))
}

/// Levels that stand behind a place: `psql:init.sql:1: NOTICE:  …`.
fn is_mild(line: &str) -> bool {
    let mut words = line.split_whitespace().take(4);
    matches!(
        level::of(line.as_bytes()),
        Some(Level::Trace | Level::Debug | Level::Info | Level::Warn)
    ) || words.any(|word| matches!(word, "NOTICE:" | "WARNING:" | "INFO:" | "DEBUG:"))
}

/// Words of which one is enough for a failure.
const FAILURE: &str = "\
    aborting bad broken cannot corrupt corrupted corruption couldn denied error errors exceeded expired failed \
    fails failure fatal forbidden illegal invalid malformed mismatch missing must panic \
    refused rejected required unable unauthorized undefined unexpected unknown unrecognized \
    unsupported wrong";

/// The same in several words.
const FAILURES: &[&str] = &[
    "could not",
    "can't",
    "does not exist",
    "no such",
    "not allowed",
    "not found",
    "not set",
    "not supported",
    "not valid",
    "too old",
    // What C and C++ say when they abort.
    "pure virtual method called",
    "smashing detected",
    "terminate called",
];

/// Words that begin advice.
const ADVICE: &str = "\
    check context detail did ensure for help hint is learn make maybe more note perhaps please \
    read see tip try visit you";

/// Whether a line states that something failed. What is further in belongs to the line above it.
pub(in crate::service) fn fails(line: &str) -> bool {
    if !is_statement(line) {
        return false;
    }
    let lower = line.to_ascii_lowercase();
    level::of(line.as_bytes()) == Some(Level::Error)
        || has(&lower, FAILURES)
        || words(&lower).any(|word| is_among(word, FAILURE))
}

/// Whether a line says something of its own: it belongs to no other, and is neither advice nor what
/// those say who run programs.
pub(super) fn is_statement(line: &str) -> bool {
    let is_deep = line.starts_with("  ") || line.starts_with('\t');
    // pydantic has the names of fields alone in their lines.
    let is_name = !line.trim().contains(char::is_whitespace);
    !is_deep && !is_name && !is_link(line) && !is_aside(line) && !is_epilogue(line)
}

/// Python's line between an exception and the one that was made of it.
pub(super) fn is_link(line: &str) -> bool {
    line.contains("The above exception was the direct cause of the following exception:")
}

/// Python's line between an exception that somebody caught and the next one.
pub(super) fn is_handled(line: &str) -> bool {
    line.contains("During handling of the above exception, another exception occurred:")
}

fn is_aside(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let mut first = words(&lower);
    let begins = first.next().is_some_and(|word| is_among(word, ADVICE));
    // `Check failed: …`
    let is_news = first.next().is_some_and(|word| is_among(word, FAILURE));
    let sqlalchemy = ["(Background on this error at", "[SQL: ", "[parameters: "];
    has(line, &sqlalchemy)
        || (begins && !is_news && level::of(line.as_bytes()) != Some(Level::Error))
}

/// Who runs a program says that it ended, and many a program that it does; neither says why.
pub(in crate::service) fn is_epilogue(line: &str) -> bool {
    let said = line.trim_start();
    let begins = ["npm ERR!", "npm error", "Failed: ", "> Build error"];
    let ends = [
        "exit code",
        "exited with",
        "exited (",
        "exit status",
        "ELIFECYCLE",
        "returned non-zero",
        "] Error ",
        "Worker failed to boot",
        "Failed to collect page data",
        "Export encountered",
        "Error occurred prerendering page",
        "Build failed because of webpack errors",
    ];
    // What npm says of itself.
    let is_news = has(line, &["Missing script", "Could not read package.json"]);
    (!is_news && begins.iter().any(|words| said.starts_with(words)))
        || has(line, &ends)
        || new_words(line).next().is_none()
}

/// Words that are in every second line about a program that does not start.
const COMMON: &str = "\
    a aborted aborting after again an and app application as at attempt attempts be because \
    before boot booting broker build by bye can cannot child closing code command connect \
    connecting connection could couldn crash crashed critical database db down due during err \
    error errors exception exit exited exiting fail failed failing fails failure fatal for \
    from give giving has have import importing in init initialise initialization initialize \
    initializing is it its job launch lifespan load loading main master migrate migrating \
    migration migrations not occurred of on or postgres process promise quit quitting reason \
    redis rejection retries run running script server service set setup shutdown shutting \
    start started starting startup status stop stopped stopping t task terminated terminating \
    that the this to tries trying unable uncaught unexpected unexpectedly unhandled \
    unrecoverable up was while with worker";

/// The words of a line that tell it from others, in lower case.
pub(super) fn new_words(line: &str) -> impl Iterator<Item = String> {
    let lower = line.to_ascii_lowercase();
    let words: Vec<String> = words(&lower)
        .filter(|word| !is_among(word, COMMON))
        // `ValueError`.
        .filter(|word| !word.ends_with("error") && !word.ends_with("exception"))
        .map(str::to_owned)
        .collect();
    words.into_iter()
}

/// Paths and addresses are no words.
fn words(lower: &str) -> impl Iterator<Item = &str> {
    lower
        .split_whitespace()
        .filter(|part| !part.contains('/'))
        .flat_map(|part| part.split(|c: char| !c.is_alphabetic()))
        .filter(|word| !word.is_empty())
}

/// Whether a word is one of a list.
fn is_among(word: &str, list: &str) -> bool {
    list.split_ascii_whitespace().any(|other| other == word)
}

/// What stands before a condition: what would be if it were so has not come to pass.
pub(super) fn unconditional(line: &str) -> &str {
    let is_first = ["if ", "If ", "In case "]
        .iter()
        .any(|words| line.trim_start().starts_with(words));
    if is_first {
        return "";
    }
    let ends = [" if ", " in case "]
        .iter()
        .filter_map(|words| line.find(words));
    ends.min().map_or(line, |end| &line[..end])
}
