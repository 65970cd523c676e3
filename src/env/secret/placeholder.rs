//! What only stands for a value.

/// Words that stand for a value as nobody writes them in a real one; their initials are known to [`is_placeholder`].
const PLACEHOLDER_WORDS: &[&str] = &[
    "your-",
    "your_",
    "replace-with",
    "replace_with",
    "changeme",
    "change-me",
    "change-this",
    "change_this",
    "[password]",
    "[project-ref]",
];

/// Values that are placeholders as a whole.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "todo",
    "tbd",
    "fixme",
    "replaceme",
    "replace-me",
    "replace_me",
    "secret",
    "xxx",
    "...",
];

/// Whether a value only stands for one: `your-key-here`, `changeme`, `<token>`.
#[must_use]
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    let is = |word: &str| value.eq_ignore_ascii_case(word);
    if PLACEHOLDERS.iter().any(|word| is(word))
        || (value.len() >= 3
            && value
                .bytes()
                .all(|b| matches!(b, b'x' | b'X' | b'*' | b'.')))
    {
        return true;
    }
    let inner = |open: &str, close: &str| {
        value
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
    };
    if inner("<", ">").is_some() || inner("${{", "}}").is_some() {
        return true;
    }
    if inner("[", "]").is_some_and(|word| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_uppercase() || matches!(b, b'-' | b'_'))
    }) {
        return true;
    }
    // A word within another one (`yourself-your_own`) announces nothing.
    let bytes = value.as_bytes();
    let begins = |at: usize| {
        at.checked_sub(1)
            .and_then(|before| bytes.get(before))
            .is_none_or(|before| !before.is_ascii_alphanumeric())
    };
    let announces = |at: usize| {
        PLACEHOLDER_WORDS.iter().any(|word| {
            bytes
                .get(at..at + word.len())
                .is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
        })
    };
    let initials = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| matches!(byte.to_ascii_lowercase(), b'y' | b'r' | b'c' | b'['));
    initials
        .map(|(at, _)| at)
        .any(|at| begins(at) && announces(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_not_values() {
        for value in [
            "your-anon-key-here",
            "changeme",
            "<token>",
            "xxxx",
            "https://your-project.supabase.co",
            "re_your_resend_api_key",
            "[PASSWORD]",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in [
            "http://localhost:3000",
            "[\"a\"]",
            "[]",
            "development",
            "yourself",
            "x",
            "contact@pixcrawler.io",
        ] {
            assert!(!is_placeholder(value), "{value}");
        }
    }
}
