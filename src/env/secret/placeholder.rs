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

/// What stands for the parts of a login, and for the host behind it.
const USERS: &[&str] = &["user", "username"];
const PASSWORDS: &[&str] = &["password", "pass"];
const HOSTS: &[&str] = &["host", "hostname"];

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
    if is_pattern(value) {
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

/// Whether a URL has words for the parts that belong there: `postgresql://user:password@host:5432/database`. A login
/// of such words at a real host may be one.
fn is_pattern(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((login, address)) = authority.rsplit_once('@') else {
        return false;
    };
    let host = address.split(':').next().unwrap_or_default();
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let parts = [(user, USERS), (password, PASSWORDS), (host, HOSTS)];
    parts
        .iter()
        .all(|(part, words)| words.iter().any(|word| part.eq_ignore_ascii_case(word)))
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
            "postgresql+asyncpg://user:password@host:5432/database",
            "postgres://username:password@hostname/database",
            "redis://USER:PASSWORD@HOST:PORT/0",
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
            "postgresql://user:password@localhost:5432/app",
            "postgresql://app:hunter22@host:5432/app",
            "https://host/user:password@host",
        ] {
            assert!(!is_placeholder(value), "{value}");
        }
    }
}
