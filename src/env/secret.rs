//! What is secret in an env file, by name and by shape, and what only stands for a value.

mod bearer;
mod common;
mod host;
mod list;
mod name;
mod part;
mod placeholder;
mod plain;
mod settings;
mod value;
mod webhook;

use crate::text::{MASK, Span, mask};

pub(super) use common::is_common;
pub use name::{is_secret_in_public, looks_secret};
pub use placeholder::is_placeholder;
pub use plain::names_secret;
pub(super) use value::has;
pub use value::{is_secret_value, looks_random};

use part::{Part, logins, passwords};
use value::is_secret_throughout;

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
        "valkey",
        "valkeys",
        // Celery's other transports.
        "pyamqp",
        "librabbitmq",
        "memory",
        "filesystem",
        "sqs",
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

/// The parts of a value that are secret besides the passwords of its URLs.
fn other_parts(name: &str, value: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    settings::settings(value, &mut parts);
    webhook::webhooks(value, &mut parts);
    bearer::bearers(value, &mut parts);
    if name::may_be_login(name) {
        logins(value, &mut parts);
    }
    if name::is_host(name) {
        host::hosts(value, &mut parts);
    }
    parts
}

/// Whether a part of a value is secret, as keys and tokens in an address are. The password of a URL counts for
/// nothing here: each database has one.
#[must_use]
pub fn has_secret_part(name: &str, value: &str) -> bool {
    !other_parts(name, value).is_empty()
}

/// Where the parts of a value stand that are secret where the rest of it is not, none touching another:
/// passwords of URLs, tokens among their options, passwords in connection strings and logins, webhooks.
#[must_use]
pub(super) fn secret_parts(name: &str, value: &str) -> Vec<Span> {
    let others = other_parts(name, value);
    let others = others.into_iter().map(|part| part.secret);
    joined(passwords(value).chain(others).collect())
}

/// The same places in their order, those that touch as one.
#[must_use]
pub(super) fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    spans.dedup_by(|next, kept| {
        let touches = next.start <= kept.end;
        if touches {
            kept.end = kept.end.max(next.end);
        }
        touches
    });
    spans
}

/// A value with its secret parts masked.
#[must_use]
pub fn mask_parts(name: &str, value: &str) -> String {
    let mut shown = String::with_capacity(value.len());
    let mut from = 0;
    for part in secret_parts(name, value) {
        shown.push_str(&value[from..part.start]);
        shown.push_str(MASK);
        from = part.end;
    }
    shown.push_str(&value[from..]);
    shown
}

/// What must be masked in logs because of one variable: its value, or the secret parts of it. Of a list each is
/// one: whoever uses it says which.
pub fn log_secrets(name: &str, value: &str, is_secret: bool, into: &mut Vec<String>) {
    let value = value.trim();
    if value.is_empty() || is_placeholder(value) {
        return;
    }
    let mut has_passwords = false;
    for secret in passwords(value) {
        has_passwords = true;
        let from = value[..secret.start]
            .rfind('/')
            .map_or(0, |slash| slash + 1);
        let part = Part {
            secret,
            within: Span::new(from, secret.end + 1),
        };
        log_part(value, part, into);
    }
    let others = other_parts(name, value);
    for part in &others {
        log_part(value, *part, into);
    }
    // A key that is kept alone is masked wherever it stands, also where all of the value does.
    let by_shape = || is_secret_throughout(value) || others.is_empty() && is_secret_value(value);
    if !has_passwords
        && (is_secret || names_secret(name, value) || by_shape())
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
        // Settings say by their names which of them are secret.
        if others.is_empty() {
            list::elements(value, into);
        }
    }
}

fn log_part(value: &str, part: Part, into: &mut Vec<String>) {
    let secret = &value[part.secret.start..part.secret.end];
    if is_common(secret) || secret.len() < 6 {
        // A word that logs are full of is only masked where it stands as a secret.
        into.push(value[part.within.start..part.within.end].to_owned());
    } else {
        into.push(secret.to_owned());
        into.extend(percent_decoded(secret));
    }
}

/// A value as people may see it: secrets masked, of URLs and connection strings only what is secret of them.
#[must_use]
pub fn masked(name: &str, value: &str) -> String {
    if is_database_url(value)
        || (value.contains("://") && !names_secret(name, value) && !has_password_option(value))
    {
        mask_parts(name, value)
    } else if has_password_option(value) {
        mask(value)
    } else if names_secret(name, value) || is_secret_value(value) {
        if value.is_empty() {
            String::new()
        } else {
            mask(value)
        }
    } else {
        mask_parts(name, value)
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
mod tests;
