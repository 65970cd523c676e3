//! What more than one word says of how well something is: "ok (2 of 3 nodes failed)". Every word counts.

use super::body::{State, plain};
use super::passing::{is_leaving, is_maintenance};
use super::tokens::{Token, tokens};
use super::words::{is_bad, is_none, is_of_no_weight, is_part, is_said_of_settings, names_version};

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

/// What is counted besides a plural: `error rate: 0`.
const COUNTED: &[&str] = &["rate", "count", "ratio", "total"];

/// What nothing of a pool needs to be: `0 of 10 connections active`.
const POOLED: &[&str] = &["active", "idle", "open", "established", "on"];

/// What is well where it is answered with yes, besides the words for that and the parts: `status: no`.
const ASKED: &[&str] = &[
    "status", "state", "health", "working", "works", "healthz", "livez", "readyz",
];

/// What may be either way.
const EITHER: &[&str] = &[
    "debug",
    "maintenance",
    "readonly",
    "only",
    "tls",
    "ssl",
    "draining",
    "cached",
    "verbose",
];

/// What stands before a count and is not what has that number: `with 0 failed`, but `node 0 failed`.
const LEADING: &[&str] = &[
    "with",
    "has",
    "have",
    "had",
    "and",
    "but",
    "or",
    "is",
    "are",
    "was",
    "total",
    "found",
    "only",
    "currently",
];

/// Units of time.
const TIMES: &[&str] = &[
    "us", "ms", "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes",
    "h",
];

/// How well something is that is told in these words: a word of any framework, or several of them. Of those the
/// worst counts. None where they say nothing of it, or something beside it that nobody knows.
#[must_use]
pub(super) fn state(words: &str) -> Option<State> {
    let whole = plain(words);
    if let Some(state) = State::word(&whole).or_else(|| code(&whole)) {
        return Some(state);
    }
    // Whoever comes then is turned away.
    if is_maintenance(&whole) {
        return Some(State::Unhealthy);
    }
    // It still does what it has begun.
    if is_leaving(&whole) {
        return Some(State::Degraded);
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
        Word::Nothing | Word::Denied | Word::Unknown | Word::No => None,
    });
    let worst = worst.max();
    let is_open = said.iter().any(|it| matches!(it, Word::Unknown | Word::No));
    // What nobody knows may be bad, too.
    worst.filter(|state| *state >= State::Degraded || !is_open)
}

/// Whether a no is among what is said, and nobody knows whether that is bad: `ok, kafka: no`.
pub(super) fn is_doubtful(words: &str) -> bool {
    state(words).is_none() && said(words).contains(&Word::No)
}

/// Whether what is said of a part is no word about its health: a version, an address, a program's name.
pub(super) fn is_neutral(words: &str) -> bool {
    let said = said(words);
    let bad = |it: &Word| matches!(it, Word::Says(state) if *state >= State::Degraded);
    !said.iter().any(bad)
        && (is_said_of_settings(words)
            || names_version(words)
            || !said.iter().any(|it| matches!(it, Word::Unknown | Word::No)))
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
    /// That there is none of what is bad; nor does the rest of its clause say more: `last error: none`.
    Denied,
    Unknown,
    /// No, to what nobody knows.
    No,
}

fn said(words: &str) -> Vec<Word> {
    let tokens = tokens(words);
    let mut said: Vec<Word> = Vec::with_capacity(tokens.len());
    let (mut clause, mut at) = (0, 0);
    // Whether a good word was read, whether before this clause, and whether this one denies what is bad.
    let (mut well, mut before, mut denied) = (false, false, false);
    while let Some(token) = tokens.get(at) {
        if token.begins {
            (clause, before, denied) = (said.len(), well, false);
        }
        let (word, length) = meant(&tokens, at, before, well);
        let answers = tokens.get(at + length - 1).is_some_and(|it| it.answers);
        if word == Word::Denied && (answers || token.word == "timeout") {
            let of_label = said.iter_mut().skip(clause);
            of_label
                .filter(|it| **it == Word::Unknown)
                .for_each(|it| *it = Word::Nothing);
        }
        said.push(match word {
            // `no errors found`.
            Word::Unknown if denied => Word::Nothing,
            other => other,
        });
        well |= word == Word::Says(State::Healthy);
        denied |= word == Word::Denied;
        at += length;
    }
    said
}

/// What the word at a place says, also by what counts and answers it, and how many words that are. `before` and
/// `well`: whether a good one stands before its clause, and before itself.
fn meant(tokens: &[Token], at: usize, before: bool, well: bool) -> (Word, usize) {
    let (word, length) = one(tokens, at);
    let length = length.max(1);
    let as_it_is = (word, length);
    let Some(token) = tokens.get(at) else {
        return as_it_is;
    };
    if word == Word::Says(State::Healthy)
        && !POOLED.contains(&token.word.as_str())
        && is_none_of(tokens, at)
    {
        return (Word::Says(State::Unhealthy), length);
    }
    if !matches!(word, Word::Says(state) if state >= State::Degraded) {
        return as_it_is;
    }
    if let Some(more) = timeout(tokens, at, before, well) {
        return (Word::Denied, length + more);
    }
    if let Some((is_none, more)) = answered(tokens, at, length) {
        return if is_none {
            (Word::Denied, length + more)
        } else {
            as_it_is
        };
    }
    if is_counted_none(tokens, at) || is_said_of_none(tokens, at) {
        return (Word::Denied, length);
    }
    // Whether that is bad, the name tells that it answers: `tls: off`.
    let is_no = token.word == "false" || token.word == "no" && token.answers && length == 1;
    if is_no && at > 0 && !is_asked_well(tokens, at) {
        let is_either = tokens.get(at - 1).is_some_and(|it| {
            let name = it.word.as_str();
            EITHER.contains(&name) || NOT_NEEDED.contains(&name)
        });
        return (if is_either { Word::Unknown } else { Word::No }, length);
    }
    as_it_is
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
        return if is_bad(word(at + 1)) {
            (Word::Denied, 2)
        } else {
            (Word::Nothing, 1)
        };
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
        return (Word::Denied, length + 1);
    }
    if NOT_NEEDED.contains(&next) {
        return (Word::Nothing, length + 1);
    }
    // `no failed jobs`, `no recent errors`.
    let then = tokens.get(at + 1).map_or("", |it| it.word.as_str());
    if no && is_bad(then) && !LACKED.contains(&next) {
        return (Word::Denied, length + 2);
    }
    let known = LACKED.contains(&next) || State::word(next).is_some();
    if no && !known {
        (Word::Unknown, length + 1)
    } else {
        (bad, length + 1)
    }
}

/// Whether what answers a bad word says that there is none of it, and in how many words: `errors: none`. None
/// where nothing answers, or something that says more.
fn answered(tokens: &[Token], at: usize, length: usize) -> Option<(bool, usize)> {
    let token = tokens.get(at)?;
    let behind = at + length;
    // Of `failed jobs: 0` and `error rate: 0` what is counted stands between the two.
    let counted = |it: &&Token| {
        let is_many = it.word.ends_with('s') || COUNTED.contains(&it.word.as_str());
        let is_near = it.joined || tokens.get(behind + 1).is_some_and(|it| it.begins);
        is_many && is_near && !it.begins && !it.answers && !is_bad(&it.word)
    };
    let between = tokens.get(behind).filter(counted);
    let between = usize::from(between.is_some() && !token.answers);
    let at = behind + between;
    // `errors 0` needs no sign.
    let is_last = tokens.get(at + 1).is_none_or(|it| it.begins);
    let is_count = between > 0 || is_countable(&token.word);
    let unsigned = |it: &Token| is_count && is_last && !it.begins && it.word == "0";
    let answer = tokens.get(at).filter(|it| it.answers || unsigned(it))?;
    if let Some(is_zero) = zero(&answer.word) {
        // `down: 0` counts what is down, and `down: 0 nodes answer` tells why it is.
        return Some((is_zero && (is_count || ends(tokens, at)), between + 1));
    }
    if is_none(&answer.word) && ends(tokens, at) {
        return Some((true, between + 1));
    }
    // `error: no error`; but `unavailable: no errors logged`.
    let single = |it: &str| matches!(it, "error" | "err" | "failure" | "exception");
    if !is_countable(&token.word) && !single(&token.word) {
        return None;
    }
    let (word, length) = one(tokens, at);
    let denies = NEGATIONS.contains(&answer.word.as_str()) && length > 1;
    (denies && word == Word::Denied).then_some((true, between + length))
}

/// Whether an answer ends with this word: `failed: no` is another thing than `failed: no reply`.
fn ends(tokens: &[Token], at: usize) -> bool {
    let Some(next) = tokens.get(at + 1) else {
        return true;
    };
    let is_key = || {
        let mut rest = tokens.iter().skip(at + 2);
        rest.find(|it| it.answers || !it.joined)
            .is_some_and(|it| it.answers)
    };
    let is_whole = tokens.get(at).is_some_and(|it| it.joined) && !next.joined;
    next.begins || is_whole || is_key()
}

/// Whether an answer that is a number is 0: of `0/3`, too, and of `0.0`.
fn zero(word: &str) -> Option<bool> {
    let number = word.split('/').next()?;
    let is_number = number.starts_with(|it: char| it.is_ascii_digit())
        && number.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    is_number.then(|| !number.contains(|it: char| ('1'..='9').contains(&it)))
}

/// Whether a bad word is one for many, of which there may be none: `errors`.
fn is_countable(word: &str) -> bool {
    word.ends_with('s') && word != "refuses" && is_bad(word)
}

/// Whether there are none of what is bad by what stands before it: `0 errors`, `0 of 3 nodes down`.
fn is_counted_none(tokens: &[Token], at: usize) -> bool {
    let whole = |it: &Token| zero(&it.word).filter(|_| !it.word.contains('.'));
    let before = clause(tokens, at);
    let Some(count) = before.iter().position(|it| whole(it).is_some()) else {
        return false;
    };
    if before.get(count).and_then(whole) != Some(true) {
        return false;
    }
    let is_countable = tokens.get(at).is_some_and(|it| is_countable(&it.word));
    let between = before.get(count + 1..).unwrap_or_default();
    if between.is_empty() && is_countable {
        return true;
    }
    // `node 0 failed` tells which one.
    let named = count.checked_sub(1).and_then(|at| before.get(at));
    let is_index = named.is_some_and(|it| {
        let word = it.word.as_str();
        !word.ends_with('s') && State::word(word).is_none() && !LEADING.contains(&word)
    });
    !is_index && is_of_count(between, is_countable)
}

/// Whether what stands between a count and a bad word leaves that one to it: `0 nodes are down`, but `0 errors
/// redis down`.
fn is_of_count(between: &[Token], is_countable: bool) -> bool {
    if between.iter().any(|it| is_bad(&it.word)) {
        let joins = |it: &Token| matches!(it.word.as_str(), "and" | "or" | "nor");
        return is_countable && between.last().is_some_and(joins);
    }
    let is_many = |it: &Token| it.word.ends_with('s') && !is_joining(&it.word);
    let many = between.iter().position(is_many);
    let other = many.and_then(|at| between.get(at + 1));
    other.is_none_or(|it| is_joining(&it.word) || !is_part(&it.word))
}

fn is_joining(word: &str) -> bool {
    matches!(word, "is" | "has" | "was" | "its")
}

/// Whether it is said of none of several: `0/3 nodes ready`, `none of 3 nodes up`, `nothing works`.
fn is_none_of(tokens: &[Token], at: usize) -> bool {
    let is_share = |it: &str| it.starts_with("0/") && !it.ends_with("/0");
    let before = clause(tokens, at);
    let word = |it: Option<&Token>| it.map_or("", |it| it.word.as_str()).to_owned();
    let is_of = word(before.first()) == "0" && word(before.get(1)) == "of";
    is_of
        || is_share(&word(before.first()))
        || is_share(&word(before.last()))
        || is_said_of_none(tokens, at)
}

/// The same without a number: `none of 3 nodes failed`, `nothing failed`.
fn is_said_of_none(tokens: &[Token], at: usize) -> bool {
    let before = clause(tokens, at);
    let is = |at: usize, word: &str| before.get(at).is_some_and(|it| it.word == word);
    let last = before.last().map(|it| it.word.as_str());
    is(0, "none") && is(1, "of") || matches!(last, Some("none" | "nothing" | "nobody"))
}

/// What stands before a word and belongs to it, as no sign parts them.
fn clause(tokens: &[Token], at: usize) -> &[Token] {
    let mut from = at;
    while from > 0 && tokens.get(from).is_some_and(|it| !it.begins) {
        from -= 1;
    }
    tokens.get(from..at).unwrap_or_default()
}

/// How many words say how long a timeout is that is set, and did not happen: `ok (idle timeout 30s)`. Of a part
/// one may have happened, as long as the two are not one word: `ok, redis timeout: 30s`.
fn timeout(tokens: &[Token], at: usize, before: bool, well: bool) -> Option<usize> {
    let value = tokens.get(at + 1)?;
    if tokens.get(at)?.word != "timeout" || value.begins && !value.answers {
        return None;
    }
    let label = clause(tokens, at);
    let says_more = || {
        let more = |it: &Token| is_part(&it.word) || it.word == "but";
        label.iter().any(more) || !value.answers && label.len() > 1
    };
    let is_set = if value.answers && value.joined {
        well
    } else {
        before && !says_more()
    };
    let number = |it: char| it.is_ascii_digit() || it == '.';
    let unit = value.word.trim_start_matches(number);
    if !is_set || unit.len() == value.word.len() {
        return None;
    }
    // `30 s` are two words.
    let next = tokens.get(at + 2).filter(|it| !it.begins && !it.answers);
    let apart = unit.is_empty() && next.is_some_and(|it| TIMES.contains(&it.word.as_str()));
    let is_time = apart || TIMES.contains(&unit) || unit.is_empty() && value.answers;
    let taken = 1 + usize::from(apart);
    (is_time && ends(tokens, at + taken)).then_some(taken)
}

/// Whether what stands before an answer is a good word or a part, so that no is a bad one: `up: false`.
fn is_asked_well(tokens: &[Token], at: usize) -> bool {
    let asked = at.checked_sub(1).and_then(|at| tokens.get(at));
    asked.is_some_and(|it| {
        State::word(&it.word) == Some(State::Healthy)
            || ASKED.contains(&it.word.as_str())
            || LACKED.contains(&it.word.as_str())
            || is_part(&it.word)
    })
}

#[cfg(test)]
mod tests;
