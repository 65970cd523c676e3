//! What is secret in an env file, by name and by shape, and what only stands for a value.

use crate::text::{Span, mask, mask_url};

use super::Claims;

/// Parts of a name that announce a secret.
const WORDS: &[&str] = &["PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "APIKEY", "PRIVATE", "CREDENTIAL", "CREDENTIALS", "SALT"];

/// Last parts of a name that say how long, how large or which one, not what.
const HARMLESS_ENDINGS: &[&str] = &[
    "MINUTES", "SECONDS", "HOURS", "DAYS", "TTL", "EXPIRY", "EXPIRES", "LENGTH", "SIZE", "NAME", "ALGORITHM", "ENABLED", "URL", "HEADER", "ID",
];

/// Prefixes with which the credentials of the field begin.
const SECRET_PREFIXES: &[&str] =
    &["sk_live_", "sk_test_", "rk_live_", "rk_test_", "sb_secret_", "whsec_", "ghp_", "github_pat_", "xoxb-", "AKIA"];

/// Passwords that are also words of every log: masking them would make logs unreadable.
const COMMON_WORDS: &[&str] = &[
    "postgres", "postgresql", "password", "redis", "admin", "root", "guest", "user", "test", "localhost", "pixcrawler", "supabase",
];

/// Words that stand for a value as nobody writes them in a real one.
const PLACEHOLDER_WORDS: &[&str] = &[
    "your-", "your_", "replace-with", "replace_with", "changeme", "change-me", "change-this", "change_this", "[password]", "[project-ref]",
];

/// Values that are placeholders as a whole.
const PLACEHOLDERS: &[&str] =
    &["changeme", "change-me", "change_me", "todo", "tbd", "fixme", "replaceme", "replace-me", "replace_me", "secret", "xxx", "..."];

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
    if name.starts_with("NEXT_PUBLIC_") {
        return false;
    }
    let last = name.rsplit('_').next().unwrap_or_default();
    if HARMLESS_ENDINGS.contains(&last) {
        return false;
    }
    last == "KEY" || name.ends_with("CONNECTION_STRING") || last == "DSN" || name.split('_').any(|part| WORDS.contains(&part))
}

/// Whether a value is a secret by its shape, whatever its name says.
#[must_use]
pub fn is_secret_value(value: &str) -> bool {
    let value = value.trim();
    SECRET_PREFIXES.iter().any(|prefix| value.starts_with(prefix) && value.len() >= prefix.len() + 8)
        || value.contains("AccountKey=")
        || value.contains("PRIVATE KEY-----")
        || (value.starts_with("eyJ") && Claims::of(value).is_some_and(|claims| claims.is_service_role()))
}

/// Whether a value only stands for one: `your-key-here`, `changeme`, `<token>`.
#[must_use]
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    if PLACEHOLDERS.contains(&lower.as_str()) || (value.len() >= 3 && lower.bytes().all(|b| matches!(b, b'x' | b'*' | b'.'))) {
        return true;
    }
    let inner = |open: &str, close: &str| value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    if inner("<", ">").is_some() || inner("${{", "}}").is_some() {
        return true;
    }
    if inner("[", "]").is_some_and(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || matches!(b, b'-' | b'_'))) {
        return true;
    }
    PLACEHOLDER_WORDS
        .iter()
        .any(|word| lower.match_indices(word).any(|(at, _)| !lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric())))
}

/// The password in a URL, as a range of the text.
fn url_password(value: &str) -> Option<Span> {
    let start = value.find("://")? + 3;
    let rest = value.get(start..)?;
    let end = rest.find(['/', '?', '#', '"', '\'', ' ']).unwrap_or(rest.len());
    let at = rest[..end].rfind('@')?;
    let colon = rest[..at].find(':')?;
    (colon + 1 < at).then(|| Span::new(start + colon + 1, start + at))
}

/// A URL in which only the password is secret.
fn is_database_url(value: &str) -> bool {
    value.split_once("://").is_some_and(|(scheme, _)| {
        matches!(scheme.split('+').next().unwrap_or(scheme), "postgres" | "postgresql" | "redis" | "rediss" | "amqp" | "amqps" | "mysql" | "mongodb")
    })
}

/// The parts of an env file's text that people must never see. Judged line by line, without any
/// loader's rules: what no loader understands may be a secret all the same, and so may a comment.
pub fn hidden_spans(text: &str, is_secret: impl Fn(&str) -> bool) -> Vec<Span> {
    let mut hidden = Vec::new();
    let mut open: Option<char> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let end = start + content.len();
        if let Some(quote) = open {
            // Inside a secret that runs over several lines.
            hidden.push(Span::new(start, end));
            if content.contains(quote) {
                open = None;
            }
        } else if let Some(equals) = content.find('=') {
            let name = content[..equals].trim_start_matches(['#', ' ', '\t']).trim();
            let name = name.strip_prefix("export ").unwrap_or(name).trim();
            let after = &content[equals + 1..];
            let value = after.trim();
            let value_start = start + equals + 1 + (after.len() - after.trim_start().len());
            let bare = value.trim_matches(['"', '\'', '`']);
            if !name.contains(char::is_whitespace) && !value.is_empty() && (is_secret(name) || looks_secret(name)) {
                match (is_database_url(bare), url_password(value)) {
                    (true, Some(password)) => hidden.push(Span::new(value_start + password.start, value_start + password.end)),
                    (true, None) => {}
                    (false, _) if is_placeholder(bare) => {}
                    (false, _) => hidden.push(Span::new(value_start, end)),
                }
                let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
                open = quote.filter(|quote| value.matches(*quote).count() == 1);
            } else if is_secret_value(bare) {
                hidden.push(Span::new(value_start, end));
            } else if let Some(password) = url_password(value) {
                hidden.push(Span::new(value_start + password.start, value_start + password.end));
            }
        }
        start += line.len();
    }
    hidden
}

/// What must be masked in logs because of one variable: its value, or the password in its URL.
pub fn log_secrets(name: &str, value: &str, is_secret: bool, into: &mut Vec<String>) {
    let value = value.trim();
    if value.is_empty() || is_placeholder(value) {
        return;
    }
    let common = |word: &str| COMMON_WORDS.contains(&word.to_ascii_lowercase().as_str());
    if let Some(span) = url_password(value) {
        let password = &value[span.start..span.end];
        if common(password) || password.len() < 6 {
            // A word that logs are full of is only masked where it stands as a password.
            let from = value[..span.start].rfind('/').map_or(0, |slash| slash + 1);
            into.push(value[from..=span.end].to_owned());
        } else {
            into.push(password.to_owned());
            into.extend(percent_decoded(password));
        }
    } else if (is_secret || looks_secret(name) || is_secret_value(value)) && !common(value) {
        into.push(value.to_owned());
        // A multi-line value reaches a log line by line.
        into.extend(value.lines().filter(|line| *line != value).map(str::to_owned));
    }
}

/// A value as people may see it: secrets masked, of URLs the password alone.
#[must_use]
pub fn masked(name: &str, value: &str) -> String {
    if is_database_url(value) || (value.contains("://") && !looks_secret(name)) {
        mask_url(value)
    } else if looks_secret(name) || is_secret_value(value) {
        if value.is_empty() { String::new() } else { mask(value) }
    } else {
        value.to_owned()
    }
}

/// The text with its `%41`s resolved, or none when it has none.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = (*first == b'%').then(|| tail.get(..2)).flatten().and_then(|two| std::str::from_utf8(two).ok());
        if let Some(byte) = digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok().filter(|decoded| decoded != text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_announce_secrets() {
        for name in ["DATABASE_PASSWORD", "STRIPE_SECRET_KEY", "RESEND_API_KEY", "jwt_secret", "AZURE_STORAGE_CONNECTION_STRING"] {
            assert!(looks_secret(name), "{name}");
        }
        for name in ["PORT", "CACHE_PREFIX", "ACCESS_TOKEN_EXPIRE_MINUTES", "NEXT_PUBLIC_SUPABASE_ANON_KEY", "KEYBOARD"] {
            assert!(!looks_secret(name), "{name}");
        }
    }

    #[test]
    fn placeholders_are_not_values() {
        for value in ["your-anon-key-here", "changeme", "<token>", "xxxx", "https://your-project.supabase.co", "re_your_resend_api_key", "[PASSWORD]"] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["http://localhost:3000", "[\"a\"]", "[]", "development", "yourself", "x", "contact@pixcrawler.io"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn secrets_are_hidden_in_every_line_that_may_hold_one() {
        let text = "A=1\nAPI_KEY=abc def # x\n# OLD_TOKEN=zzz\nURL=redis://u:pw@h/0\nP=\"sk_live_1234567890\"\nPRIVATE_KEY=\"a\nb\"\nDB_SECRET=redis://:pw@h\n";
        let shown = crate::text::Source::with_hidden(".env", text, hidden_spans(text, |_| false)).shown(Span::new(0, text.len()));
        assert_eq!(
            shown,
            "A=1\nAPI_KEY=•••••••••••\n# OLD_TOKEN=•••\nURL=redis://u:••@h/0\nP=••••••••••••••••••••\nPRIVATE_KEY=••\n••\nDB_SECRET=redis://:••@h\n"
        );
    }

    #[test]
    fn a_common_password_is_masked_only_where_it_is_one() {
        let mut secrets = Vec::new();
        log_secrets("DATABASE_URL", "postgresql://postgres:postgres@localhost/db", false, &mut secrets);
        log_secrets("REDIS_URL", "redis://:s3cr%40tpass@localhost/0", false, &mut secrets);
        assert_eq!(secrets, ["postgres:postgres@", "s3cr%40tpass", "s3cr@tpass"]);
    }
}
