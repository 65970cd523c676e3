//! What is secret in an env file, by name and by shape, and what only stands for a value.

mod common;

use crate::text::{Span, mask, mask_url, url_passwords};

use super::Claims;
use common::is_common;

/// Parts of a name that announce a secret.
const WORDS: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "PRIVATE",
    "CREDENTIAL",
    "CREDENTIALS",
    "SALT",
];

/// Last parts of a name that say how long, how large or which one, not what.
const HARMLESS_ENDINGS: &[&str] = &[
    "MINUTES",
    "SECONDS",
    "HOURS",
    "DAYS",
    "TTL",
    "EXPIRY",
    "EXPIRES",
    "LENGTH",
    "SIZE",
    "NAME",
    "ALGORITHM",
    "ENABLED",
    "URL",
    "HEADER",
    "ID",
];

/// How the credentials of the field begin, and how much follows at least: little where the beginning is
/// no word. The key shapes of `doctor` know them, too; a test there holds the two together.
const SECRET_PREFIXES: &[(&str, usize)] = &[
    ("sk_live_", 8),
    ("sk_test_", 8),
    ("rk_live_", 8),
    ("rk_test_", 8),
    ("sb_secret_", 8),
    ("sbp_", 40),
    ("whsec_", 8),
    ("ghp_", 8),
    ("gho_", 36),
    ("ghu_", 36),
    ("ghs_", 36),
    ("ghr_", 36),
    ("github_pat_", 8),
    ("glpat-", 20),
    ("xoxb-", 8),
    ("xoxp-", 24),
    ("AKIA", 8),
    ("AIza", 35),
    ("sk-", 40),
    ("SG.", 66),
    ("npm_", 36),
    ("pypi-", 60),
];

/// The length of the shortest text that is a secret by its shape: `AccountKey=`.
const SHORTEST_SECRET: usize = 11;

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

/// Whether a variable of this name is secret whatever its schema says.
#[must_use]
pub fn looks_secret(name: &str) -> bool {
    let upper;
    let name = if name.bytes().any(|b| b.is_ascii_lowercase()) {
        upper = name.to_ascii_uppercase();
        &upper
    } else {
        name
    };
    if let Some(name) = name.strip_prefix("NEXT_PUBLIC_") {
        // Keys that are made for browsers are none.
        return is_secret_in_public(name);
    }
    let last = match memchr::memrchr(b'_', name.as_bytes()) {
        Some(at) => &name[at + 1..],
        None => name,
    };
    if HARMLESS_ENDINGS.contains(&last) {
        return false;
    }
    matches!(last, "KEY" | "DSN") || name.ends_with("CONNECTION_STRING") || has_secret_word(name)
}

/// Whether one of a name's parts announces a secret.
fn has_secret_word(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut start = 0;
    loop {
        let end = memchr::memchr(b'_', &bytes[start..]).map_or(bytes.len(), |at| start + at);
        let part = &bytes[start..end];
        // Files of many thousand names are judged by this: the first letter rules most parts out.
        if part.first().is_some_and(|first| b"PSTAC".contains(first))
            && WORDS.iter().any(|word| word.as_bytes() == part)
        {
            return true;
        }
        if end == bytes.len() {
            return false;
        }
        start = end + 1;
    }
}

/// Whether a name without its `NEXT_PUBLIC_` is that of a secret, which browsers must not see.
#[must_use]
pub fn is_secret_in_public(name: &str) -> bool {
    ["SERVICE_ROLE", "SECRET", "PASSWORD", "PRIVATE_KEY"]
        .iter()
        .any(|word| name.contains(word))
}

/// Whether a value is a secret by its shape, whatever its name says.
#[must_use]
pub fn is_secret_value(value: &str) -> bool {
    let value = value.trim();
    // A prefix and something behind it: whatever is shorter than the shortest of them is none.
    if value.len() < SHORTEST_SECRET {
        return false;
    }
    SECRET_PREFIXES
        .iter()
        .any(|(prefix, more)| value.starts_with(prefix) && value.len() >= prefix.len() + more)
        || has(value, b'K', "AccountKey=")
        || has(value, b'-', "PRIVATE KEY-----")
        || (value.starts_with("eyJ")
            && Claims::of(value).is_some_and(|claims| claims.is_service_role()))
}

/// Whether a value holds a run of letters and digits that nobody would think of: a key of which neither name nor
/// beginning tells anything.
#[must_use]
pub fn looks_random(value: &str) -> bool {
    const SHORTEST: usize = 16;
    let runs = value.split(|c: char| !c.is_ascii_alphanumeric() && c != '+');
    runs.filter(|run| run.len() >= SHORTEST).any(|run| {
        let mut seen: Vec<u8> = run.bytes().collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len() >= SHORTEST / 2
            && seen.iter().any(u8::is_ascii_digit)
            && seen.iter().any(u8::is_ascii_alphabetic)
    })
}

/// Whether a text contains another one; `letter` is one of its bytes and is looked for first.
pub(super) fn has(text: &str, letter: u8, wanted: &str) -> bool {
    memchr::memchr(letter, text.as_bytes()).is_some() && text.contains(wanted)
}

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

/// The passwords in a URL, or in each of a list, as ranges of the text.
pub(super) fn passwords(value: &str) -> impl Iterator<Item = Span> {
    const ENDS: &[char] = &['"', '\'', ' '];
    // Most values have no such thing, and a file may have a hundred thousand of them.
    let value = memchr::memchr(b':', value.as_bytes()).map_or("", |_| value);
    url_passwords(value, ENDS).filter(|password| password.start < password.end)
}

/// A URL in which only the password before the `@` is secret.
pub(super) fn is_database_url(value: &str) -> bool {
    const SCHEMES: &[&str] = &[
        "postgres",
        "postgresql",
        "redis",
        "rediss",
        "amqp",
        "amqps",
        "mysql",
        "mongodb",
        "sentinel",
    ];
    let known = value
        .split_once("://")
        .is_some_and(|(scheme, _)| scheme.split('+').any(|part| SCHEMES.contains(&part)));
    known && !has_password_option(value)
}

/// Whether a URL has its password among the options: `?password=…`.
pub(super) fn has_password_option(value: &str) -> bool {
    has(value, b':', "://") && value.to_ascii_lowercase().contains("password=")
}

/// What must be masked in logs because of one variable: its value, or the password in its URL.
pub fn log_secrets(name: &str, value: &str, is_secret: bool, into: &mut Vec<String>) {
    let value = value.trim();
    if value.is_empty() || is_placeholder(value) {
        return;
    }
    let mut has_passwords = false;
    for span in passwords(value) {
        has_passwords = true;
        let password = &value[span.start..span.end];
        if is_common(password) || password.len() < 6 {
            // A word that logs are full of is only masked where it stands as a password.
            let from = value[..span.start].rfind('/').map_or(0, |slash| slash + 1);
            into.push(value[from..=span.end].to_owned());
        } else {
            into.push(password.to_owned());
            into.extend(percent_decoded(password));
        }
    }
    if !has_passwords
        && (is_secret || looks_secret(name) || is_secret_value(value))
        && !is_common(value)
        && !is_database_url(value)
    {
        into.push(value.to_owned());
        // A multi-line value reaches a log line by line.
        into.extend(
            value
                .lines()
                .filter(|line| *line != value)
                .map(str::to_owned),
        );
    }
}

/// A value as people may see it: secrets masked, of URLs the password alone.
#[must_use]
pub fn masked(name: &str, value: &str) -> String {
    if is_database_url(value)
        || (value.contains("://") && !looks_secret(name) && !has_password_option(value))
    {
        mask_url(value)
    } else if has_password_option(value) {
        mask(value)
    } else if looks_secret(name) || is_secret_value(value) {
        if value.is_empty() {
            String::new()
        } else {
            mask(value)
        }
    } else {
        value.to_owned()
    }
}

/// The text with its `%41`s resolved, or none when it has none.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|two| std::str::from_utf8(two).ok());
        if let Some(byte) = digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|decoded| decoded != text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_would_think_of_looks_random() {
        for random in [
            "9f86d081884c7d659a2feaa0c55ad015",
            "k3Jd+82nsLq0ZxPw5tYvRg==",
            "https://hooks.example.com/T0/B0/x8Kq2LmN4pRsT6vWyZ1a",
        ] {
            assert!(looks_random(random), "{random}");
        }
        for usual in [
            "http://localhost:8000/api/v1",
            "gpt-4o-mini-2024-07-18",
            "3f2b8c1e-5d6a-4b7c-9e8f-0a1b2c3d4e5f",
            "internationalisation",
            "1000000000000000000",
            "image/jpeg,image/png",
            "aaaaaaaaaaaaaaaaaaaa1",
        ] {
            assert!(!looks_random(usual), "{usual}");
        }
    }

    #[test]
    fn names_announce_secrets() {
        for name in [
            "DATABASE_PASSWORD",
            "STRIPE_SECRET_KEY",
            "RESEND_API_KEY",
            "jwt_secret",
            "AZURE_STORAGE_CONNECTION_STRING",
        ] {
            assert!(looks_secret(name), "{name}");
        }
        for name in [
            "PORT",
            "CACHE_PREFIX",
            "ACCESS_TOKEN_EXPIRE_MINUTES",
            "NEXT_PUBLIC_SUPABASE_ANON_KEY",
            "KEYBOARD",
        ] {
            assert!(!looks_secret(name), "{name}");
        }
    }

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

    #[test]
    fn words_of_every_log_are_no_secrets_whatever_their_names() {
        let mut secrets = Vec::new();
        for (name, value) in [
            ("API_TOKEN", "production"),
            ("B_SECRET", "worker"),
            ("C_TOKEN", "Started"),
            ("SECRET_X", "development"),
            ("E_API_KEY", "example"),
        ] {
            log_secrets(name, value, true, &mut secrets);
        }
        assert_eq!(secrets, [""; 0]);
        log_secrets("API_TOKEN", "productions", false, &mut secrets);
        assert_eq!(secrets, ["productions"]);
    }

    #[test]
    fn a_common_password_is_masked_only_where_it_is_one() {
        let mut secrets = Vec::new();
        log_secrets(
            "DATABASE_URL",
            "postgresql://postgres:postgres@localhost/db",
            false,
            &mut secrets,
        );
        log_secrets(
            "REDIS_URL",
            "redis://:s3cr%40tpass@localhost/0",
            false,
            &mut secrets,
        );
        let list = "redis://:first-pw@h/2;redis://:second-pw@h/2";
        log_secrets("CELERY_BROKER_URL", list, true, &mut secrets);
        // An address without a password is no secret, whatever its schema says.
        log_secrets(
            "CELERY_BROKER_URL",
            "redis://localhost:6379/1",
            true,
            &mut secrets,
        );
        log_secrets(
            "RESULT_BACKEND",
            "db+postgresql://localhost/results",
            true,
            &mut secrets,
        );
        assert_eq!(
            secrets,
            [
                "postgres:postgres@",
                "s3cr%40tpass",
                "s3cr@tpass",
                "first-pw",
                "second-pw"
            ]
        );
    }
}
