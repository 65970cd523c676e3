//! Regular expressions of JavaScript that mean the same to the crate `regex`.

use std::fmt;

use regex::{Regex, RegexBuilder};

/// A larger one is left alone.
const LARGEST: usize = 1 << 18;

/// Letters that mean the same behind a backslash, to texts of ASCII.
const ALIKE: &str = "dDwWsSbBnrtfv";

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    text: String,
    flags: String,
    compiled: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.flags) == (&other.text, &other.flags)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/{}", self.text, self.flags)
    }
}

impl Pattern {
    /// Reads one; none where it may mean something else there.
    pub(super) fn read(text: &str, flags: &str) -> Option<Self> {
        let is_known = matches!(flags, "" | "i" | "u" | "g") && is_alike(text);
        let compiled = RegexBuilder::new(text)
            .case_insensitive(flags == "i")
            .size_limit(LARGEST)
            .build();
        Some(Self {
            text: text.to_owned(),
            flags: flags.to_owned(),
            compiled: compiled.ok().filter(|_| is_known)?,
        })
    }

    /// Whether a text has a part of that form; unknown of texts of which the two may differ.
    pub(super) fn matches(&self, value: &str) -> Option<bool> {
        let is_plain = value
            .bytes()
            .all(|it| it.is_ascii() && !it.is_ascii_control());
        is_plain.then(|| self.compiled.is_match(value))
    }
}

/// Whether nothing stands in an expression that the two read differently.
fn is_alike(text: &str) -> bool {
    let mut letters = text.chars().peekable();
    let mut in_class = false;
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        match letter {
            '\\' => match letters.next() {
                Some(it) if ALIKE.contains(it) => {}
                // `<` and `>` are the edges of words there.
                Some(it) if it.is_ascii_punctuation() && !"<>".contains(it) => {}
                _ => return false,
            },
            '[' if in_class || next == Some(']') => return false,
            '[' => {
                in_class = true;
                if next == Some('^') {
                    letters.next();
                    if letters.peek() == Some(&']') {
                        return false;
                    }
                }
            }
            ']' => in_class = false,
            // What sets are made of.
            '&' | '~' | '-' if in_class && next == Some(letter) => return false,
            // Looking around, names, flags.
            '(' if !in_class && next == Some('?') => {
                letters.next();
                if letters.next() != Some(':') {
                    return false;
                }
            }
            '{' if !in_class => {
                let inner: String = letters.by_ref().take_while(|it| *it != '}').collect();
                let is_count = |it: char| it.is_ascii_digit() || it == ',';
                let begins = inner.starts_with(|it: char| it.is_ascii_digit());
                if !begins || !inner.chars().all(is_count) || letters.peek() == Some(&'+') {
                    return false;
                }
            }
            // `a++` is none of JavaScript's.
            '*' | '+' | '?' if !in_class && matches!(next, Some('+' | '*')) => return false,
            it if !it.is_ascii() || it.is_ascii_control() => return false,
            _ => {}
        }
    }
    !in_class
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_read_alike_is_judged() {
        for (text, flags, right, wrong) in [
            ("^sk_[a-z0-9]{3,}$", "", "sk_ab1", "sk_a"),
            ("^\\d+(?:\\.\\d+)*$", "", "1.22.3", "1."),
            ("^(debug|info)$", "i", "Info", "information"),
            ("^https?:\\/\\/[^/]+$", "", "http://a", "http://a/b"),
            ("\\bx\\b", "g", "a x", "axe"),
        ] {
            let read = Pattern::read(text, flags).expect(text);
            assert_eq!(read.matches(right), Some(true), "{text}");
            assert_eq!(read.matches(wrong), Some(false), "{text}");
            assert_eq!(read.matches("\u{e4}"), None, "{text}");
        }
        for (text, flags) in [
            ("^(?!a)b", ""),
            ("(?<name>a)", ""),
            ("(a)\\1", ""),
            ("\\p{L}", "u"),
            ("\\x41", ""),
            ("[[a]", ""),
            ("[]a]", ""),
            ("[^]", ""),
            ("[a&&b]", ""),
            ("\\Aa", ""),
            ("\\<a", ""),
            ("a++", ""),
            ("a{,3}", ""),
            ("a{1, 3}", ""),
            ("^a$", "m"),
            ("a(", ""),
        ] {
            assert_eq!(Pattern::read(text, flags), None, "{text}");
        }
    }
}
