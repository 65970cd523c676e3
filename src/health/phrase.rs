//! What more than one word says of how well something is: "ok (2 of 3 nodes failed)". Every word counts.

use super::body::{State, plain};
use super::words::{is_of_no_weight, is_said_of_settings, names_version};

/// Words that tell of a fault, and are no state.
const FAULTS: &[&str] = &[
    "errors",
    "failures",
    "fails",
    "exception",
    "exceptions",
    "denied",
    "rejected",
    "refuse",
    "refuses",
    "unauthorized",
    "forbidden",
    "panic",
    "unable",
    "cannot",
    "timeouts",
    "unknown_host",
    "exhausted",
    "shutdown",
    "interrupted",
    "issues",
    "problems",
];

/// What says no to what follows it.
const NEGATIONS: &[&str] = &[
    "not", "no", "never", "neither", "isn", "aren", "couldn", "can", "won", "wasn", "doesn",
    "didn", "hasn",
];

/// What should be there: `no response`.
const LACKED: &[&str] = &[
    "response",
    "responses",
    "answer",
    "reply",
    "route",
    "connection",
    "connections",
    "database",
    "redis",
    "broker",
    "server",
    "servers",
    "worker",
    "workers",
    "node",
    "nodes",
    "host",
    "hosts",
    "space",
    "memory",
    "leader",
    "quorum",
];

/// What it is no fault not to be.
const NOT_NEEDED: &[&str] = &[
    "required",
    "needed",
    "applicable",
    "enabled",
    "configured",
    "used",
    "installed",
    "set",
    "warnings",
    "alerts",
    "incidents",
];

/// How well something is that is told in these words: a word of any framework, or several of them. Of those the
/// worst counts. None where they say nothing of it, or something beside it that nobody knows.
#[must_use]
pub(super) fn state(words: &str) -> Option<State> {
    let whole = plain(words);
    if let Some(state) = State::word(&whole).or_else(|| code(&whole)) {
        return Some(state);
    }
    let first = State::word(&plain(
        words.split([':', '(', ',', ';']).next().unwrap_or_default(),
    ));
    // `disabled: no address is set`.
    if first == Some(State::Disabled) {
        return first;
    }
    let said = said(words);
    let worst = said.iter().filter_map(|it| match it {
        Word::Says(state) => Some(*state),
        Word::Nothing | Word::Unknown => None,
    });
    let worst = worst.max();
    // What nobody knows may be bad, too.
    worst.filter(|state| *state >= State::Degraded || !said.contains(&Word::Unknown))
}

/// Whether what is said of a part is no word about its health: a version, an address, a program's name.
pub(super) fn is_neutral(words: &str) -> bool {
    let said = said(words);
    let bad = |it: &Word| matches!(it, Word::Says(state) if *state >= State::Degraded);
    !said.iter().any(bad)
        && (is_said_of_settings(words) || names_version(words) || !said.contains(&Word::Unknown))
}

/// A status code.
fn code(word: &str) -> Option<State> {
    match word.parse::<u64>().ok()? {
        200..=299 => Some(State::Healthy),
        400..=599 => Some(State::Unhealthy),
        _ => None,
    }
}

/// What one word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Says(State),
    Nothing,
    Unknown,
}

/// A word as it is written in a text.
struct Token {
    word: String,
    /// Whether a sign stands before it that begins something else: a comma, a bracket.
    begins: bool,
    /// Whether it answers the word before it: `errors: 0`, `up=false`.
    answers: bool,
}

fn tokens(words: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut last = ',';
    for text in words.split_whitespace() {
        let opens = |it: char| ",;:()|-[]".contains(it);
        let mut begins = opens(last) || text.starts_with(['(', '[']);
        let mut answers = matches!(last, ':' | '=');
        last = text.chars().next_back().unwrap_or_default();
        for word in pieces(text) {
            if matches!(word.as_str(), ":" | "=") {
                answers = true;
                continue;
            }
            tokens.push(Token {
                word,
                begins,
                answers,
            });
            (begins, answers) = (false, false);
        }
    }
    tokens
}

/// The words of `redis.exceptions.ConnectionError` and of `errors=0`, with the signs that join them. An
/// address, a version and a time are one word.
fn pieces(text: &str) -> Vec<String> {
    let whole = text.trim_matches(|it: char| !it.is_alphanumeric());
    let one = || vec![whole.to_ascii_lowercase()];
    if whole.is_empty() {
        return Vec::new();
    }
    let starts_with_digit = whole.starts_with(|it: char| it.is_ascii_digit());
    if whole.contains("://") || whole.contains('@') || starts_with_digit {
        return one();
    }
    let pieces = split(text);
    let is_told = |word: &String| is_bad(word) || State::word(word).is_some();
    let strange = |it: char| matches!(it, '.' | '/') || it.is_ascii_digit();
    if whole.contains(strange) && !pieces.iter().any(is_told) {
        return one();
    }
    pieces
}

fn split(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for letter in plain(text).chars().chain([' ']) {
        if letter.is_alphanumeric() {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if matches!(letter, '=' | ':') {
            words.push(letter.to_string());
        }
    }
    words
}

fn said(words: &str) -> Vec<Word> {
    let tokens = tokens(words);
    let mut said = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let (word, length) = one(&tokens, at);
        said.push(match word {
            Word::Says(state) if state >= State::Degraded && is_none(&tokens, at, length) => {
                Word::Nothing
            }
            // Whether that is bad, the name tells that it answers: `tls: off`.
            Word::Says(State::Unhealthy)
                if token.word == "false" && at > 0 && !is_asked_well(&tokens, at) =>
            {
                Word::Unknown
            }
            other => other,
        });
        at += length.max(1);
    }
    said
}

/// What the word at a place says with those that belong to it, and how many they are.
fn one(tokens: &[Token], at: usize) -> (Word, usize) {
    let word = |at: usize| tokens.get(at).map_or("", |it| it.word.as_str());
    // `timed out`, `out of service`, `not configured`.
    for length in [3, 2] {
        if let Some(several) = tokens.get(at..at + length) {
            let several: Vec<&str> = several.iter().map(|it| it.word.as_str()).collect();
            match State::word(&several.join("_")) {
                Some(State::Disabled) => return (Word::Nothing, length),
                Some(state) => return (Word::Says(state), length),
                None => {}
            }
        }
    }
    let this = word(at);
    if NEGATIONS.contains(&this) {
        // `can't` is two words here; `can` alone says nothing.
        let (short, is_short) = match word(at + 1) {
            "t" => (1, true),
            _ => (0, false),
        };
        if this == "can" && !is_short {
            return (Word::Nothing, 1);
        }
        return negated(tokens, at + 1 + short, this == "no", 1 + short);
    }
    if this == "without" || this == "zero" {
        let next = word(at + 1);
        return (Word::Nothing, if is_bad(next) { 2 } else { 1 });
    }
    if is_bad(this) {
        let state = State::word(this).unwrap_or(State::Unhealthy);
        return (Word::Says(state), 1);
    }
    match State::word(this) {
        // `PostgreSQL 15.4 on x86_64`.
        _ if this == "on" => (Word::Nothing, 1),
        Some(State::Disabled) => (Word::Nothing, 1),
        Some(state) => (Word::Says(state), 1),
        None if is_of_no_weight(this) => (Word::Nothing, 1),
        None => (Word::Unknown, 1),
    }
}

/// What a negation says whose object is at a place; `length` is how many words it has itself.
fn negated(tokens: &[Token], at: usize, no: bool, length: usize) -> (Word, usize) {
    let bad = Word::Says(State::Unhealthy);
    let Some(token) = tokens.get(at).filter(|it| !it.begins) else {
        return (bad, length);
    };
    let next = token.word.as_str();
    if is_bad(next) {
        return (Word::Nothing, length + 1);
    }
    if NOT_NEEDED.contains(&next) {
        return (Word::Nothing, length + 1);
    }
    // `no failed jobs`, `no recent errors`.
    let then = tokens.get(at + 1).map_or("", |it| it.word.as_str());
    if no && is_bad(then) && !LACKED.contains(&next) {
        return (Word::Nothing, length + 2);
    }
    let known = LACKED.contains(&next) || State::word(next).is_some();
    if no && !known {
        (Word::Unknown, length + 1)
    } else {
        (bad, length + 1)
    }
}

fn is_bad(word: &str) -> bool {
    FAULTS.contains(&word) || State::word(word).is_some_and(|it| it >= State::Degraded)
}

/// Whether there are none of what is bad: `0 errors`, `errors: 0`, `0 of 3 nodes down`.
fn is_none(tokens: &[Token], at: usize, length: usize) -> bool {
    // Of `0/3`, too.
    let number = |token: &Token| token.word.split('/').next()?.parse::<u64>().ok();
    if let Some(answer) = tokens.get(at + length).filter(|it| it.answers)
        && let Some(count) = number(answer)
    {
        return count == 0;
    }
    let mut from = at;
    while from > 0 && tokens.get(from).is_some_and(|it| !it.begins) {
        from -= 1;
    }
    let clause = tokens.get(from..at).unwrap_or_default();
    clause.iter().find_map(number) == Some(0)
}

/// Whether what stands before an answer is a good word, so that `false` is a bad one: `up: false`.
fn is_asked_well(tokens: &[Token], at: usize) -> bool {
    let asked = at.checked_sub(1).and_then(|at| tokens.get(at));
    asked.is_some_and(|it| {
        State::word(&it.word) == Some(State::Healthy) || LACKED.contains(&it.word.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_word_outweighs_a_good_one_wherever_it_stands() {
        for sick in [
            "connected: false",
            "healthy: false",
            "healthy=false",
            "ready: no",
            "ok, database down",
            "ok (database down)",
            "ok (2 of 3 nodes failed)",
            "error: refused",
            "10.0.0.5:5432: connection refused",
            "127.0.0.1:5432 - no response",
            "2 of 3 nodes down",
            "0 connections, 5 failed",
            "3 errors",
            "errors: 3",
            "5xx errors",
            "503",
            "Error 111 connecting to redis://10.0.0.1:6379",
            "redis://10.0.0.1:6379 unreachable",
            "redis.exceptions.ConnectionError",
            "redis.timeout",
            "[Errno 111] Connection refused",
            "could not connect",
            "can't reach the server",
            "ok, but not connected",
            "connection timed out",
            "redis 7 lost",
            "no route to 10.0.0.1",
        ] {
            assert_eq!(state(sick), Some(State::Unhealthy), "{sick}");
        }
        for less in ["up, but degraded", "ok (slow)"] {
            assert_eq!(state(less), Some(State::Degraded), "{less}");
        }
    }

    #[test]
    fn what_is_not_there_is_no_fault() {
        for well in [
            "ok",
            "ok (12ms)",
            "ok: 3 connections",
            "ok, 0 errors",
            "ok (errors: 0, failed=0)",
            "ok, no errors",
            "ok, no failed jobs",
            "connected to redis://error:down@host:6379/0",
            "up (0 of 3 nodes down)",
            "healthy, not degraded",
            "up (PostgreSQL 15.4)",
            "connected: 10.0.0.5:5432",
            "up since 2026-01-01T00:00:00Z",
        ] {
            assert_eq!(state(well), Some(State::Healthy), "{well}");
        }
        assert_eq!(state("disabled: no address"), Some(State::Disabled));
        for nothing in [
            "0 errors",
            "15.4",
            "v1.2.3",
            "10.0.0.5:5432",
            "redis://host:6379/0",
            "PostgreSQL 15.4 on x86_64-pc-linux-gnu, compiled by gcc",
            "2026-01-01T00:00:00Z",
            "12ms",
            "3 connections",
            "starting",
            "ok (kaputt)",
            "up: kaputt",
            "tls: false",
        ] {
            assert_eq!(state(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn what_a_part_is_says_nothing_of_its_health() {
        for neutral in [
            "redis",
            "memory",
            "Enabled",
            "15.3",
            "v7",
            "PostgreSQL 15.3 on x86_64",
            "db.internal",
            "redis://h/0",
            "AzureBlobStorage",
            "2026-01-01T00:00:00Z",
            "localhost:6379/0",
            "0 errors",
            "12ms",
            "3 connections",
            "",
        ] {
            assert!(is_neutral(neutral), "{neutral}");
        }
        for word in [
            "starting",
            "kaputt",
            "redis_down",
            "no route to 10.0.0.1",
            "redis 7 lost",
            "could not connect",
            "10.0.0.5:5432 kaputt",
            "2 of 3 nodes kaputt",
            "ok (kaputt)",
        ] {
            assert!(!is_neutral(word), "{word}");
        }
    }
}
