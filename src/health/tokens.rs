//! The words of a text, and what the signs between them mean.

use super::body::{State, plain};
use super::words::is_bad;

/// A word as it is written in a text.
pub(super) struct Token {
    pub(super) word: String,
    /// Whether a sign stands before it that begins something else: a comma, a bracket.
    pub(super) begins: bool,
    /// Whether it answers the word before it: `errors: 0`, `up=false`.
    pub(super) answers: bool,
    /// Whether it is one with the word before it: `last_error`, and `0` in `errors=0`.
    pub(super) joined: bool,
}

/// All words of a text, by lines: each begins something else.
pub(super) fn tokens(words: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for line in words.lines() {
        let mut last = ',';
        for text in line.split_whitespace().flat_map(parts) {
            let opens = |it: char| ",;:.!()|-–—[]{}".contains(it);
            let mut begins = opens(last) || text.starts_with(['(', '[', '{']);
            let mut answers = matches!(last, ':' | '=');
            if answers && is_empty(text) {
                last = ',';
                tokens.push(Token {
                    word: "none".to_owned(),
                    begins,
                    answers,
                    joined: false,
                });
                continue;
            }
            last = text.chars().next_back().unwrap_or_default();
            let mut joined = false;
            for word in pieces(text) {
                if matches!(word.as_str(), ":" | "=") {
                    answers = true;
                    continue;
                }
                tokens.push(Token {
                    word,
                    begins,
                    answers,
                    joined,
                });
                (begins, answers, joined) = (false, false, true);
            }
        }
    }
    tokens
}

/// What stands between the signs of `up;errors=0`; an address may have such ones itself.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let is_address = text.contains("://") || text.contains('@');
    text.split_inclusive(move |it| !is_address && matches!(it, ',' | ';' | '|'))
}

/// Whether an answer is written and has nothing in it: `errors: []`, `error: -`.
fn is_empty(text: &str) -> bool {
    let is_dash = matches!(
        text.trim_end_matches([',', ';', ')', ']', '}']),
        "-" | "_" | "–" | "—"
    );
    let pairs = ["[]", "{}", "()", "\"\"", "''"];
    is_dash || pairs.iter().any(|pair| text.starts_with(pair))
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
    let text = plain(text);
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        if letter.is_alphanumeric() {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if matches!(letter, '=' | ':') {
            words.push(letter.to_string());
            // `plain` has written `_` for `-`.
            if text.get(at + 1..).is_some_and(is_empty) {
                words.push("none".to_owned());
            }
        }
    }
    words
}
