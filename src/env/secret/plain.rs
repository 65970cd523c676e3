//! Values that are no secrets where a name only hints at one: where a file is, an address, a small number, a switch.

use std::net::IpAddr;

use super::name::{Strength, says_digits, strength};
use super::value::looks_random;

/// A number with more digits may be a code that somebody was given.
const MOST_DIGITS: usize = 6;

/// What a key is kept in: with such an ending a name alone is that of a file.
const KEY_FILES: &[&str] = &[
    "cer", "crt", "der", "jks", "json", "key", "p12", "p8", "pem", "pfx", "pub",
];

/// What a name says for a login where its value is only how to log in, and switches.
const WORDS: &[&str] = &[
    "any",
    "basic",
    "bearer",
    "digest",
    "false",
    "gssapi",
    "kerberos",
    "negotiate",
    "no",
    "none",
    "ntlm",
    "off",
    "on",
    "true",
    "yes",
];

/// Whether a value is secret because of its variable's name, for whoever has both.
#[must_use]
pub fn names_secret(name: &str, value: &str) -> bool {
    match strength(name) {
        Some(Strength::Firm) => true,
        Some(Strength::Hint) => !is_plain(name, value),
        Some(Strength::Doubt) => looks_random(value),
        None => false,
    }
}

/// Whether a value is none that a key or a token would have.
fn is_plain(name: &str, value: &str) -> bool {
    let value = value.trim();
    if value.is_empty() {
        // Nothing is shown of it, whatever it is.
        return false;
    }
    let is_number =
        value.len() <= MOST_DIGITS && value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (is_number && !says_digits(name))
        || WORDS.iter().any(|word| word.eq_ignore_ascii_case(value))
        || is_address(value)
        || is_file(value)
}

/// `10.0.3.7`, `10.0.3.0/24`, `::1`.
fn is_address(value: &str) -> bool {
    let (address, bits) = value.split_once('/').unwrap_or((value, "0"));
    address.parse::<IpAddr>().is_ok() && bits.parse::<u8>().is_ok_and(|bits| bits <= 128)
}

/// Whether a value says where a file is. Base64 has slashes, too, but no dots, and looks like nothing.
fn is_file(value: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || matches!(c, '=' | ',' | ';' | '@' | '$');
    if value.contains(odd) || value.contains("://") || looks_random(value) {
        return false;
    }
    let drive = value.as_bytes();
    let is_on_drive =
        matches!(drive, [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    let begins = ["/", "./", "../", "~/", "\\\\"]
        .iter()
        .any(|begin| value.starts_with(begin));
    if is_on_drive || begins {
        return true;
    }
    if value.contains(':') {
        return false;
    }
    let file = value.rsplit(['/', '\\']).next().unwrap_or(value);
    let Some((stem, ending)) = file.rsplit_once('.') else {
        return false;
    };
    let is_ending = (1..=5).contains(&ending.len())
        && ending.bytes().all(|b| b.is_ascii_alphanumeric())
        && ending.bytes().any(|b| b.is_ascii_alphabetic());
    if file.len() < value.len() {
        is_ending
    } else {
        !stem.is_empty() && KEY_FILES.contains(&ending.to_ascii_lowercase().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_key_would_not_look_like_is_none_under_a_name_that_only_hints() {
        for (name, value) in [
            ("GOOGLE_APPLICATION_CREDENTIALS", "/opt/app/creds.json"),
            ("GOOGLE_APPLICATION_CREDENTIALS", "creds.json"),
            ("GOOGLE_APPLICATION_CREDENTIALS", "C:\\keys\\google.json"),
            ("SSL_KEY", "certs/server.key"),
            ("SSH_KEY", "~/.ssh/id_ed25519"),
            ("TLS_KEY", "./tls.pem"),
            ("PUBLIC_KEY", "../keys/public"),
            ("PRIVATE_NET", "10.0.3.0/24"),
            ("PRIVATE_ADDRESS", "fd00::1"),
            ("TOKEN_BATCH", "500000"),
            ("PROXY_AUTH", "negotiate"),
            ("LOG_PASSWORDS", "false"),
            ("CACHE_KEY", "projects"),
            ("REDIS_KEY", "celery:projects"),
            ("S3_KEY", "uploads/2026/logo.png"),
        ] {
            assert!(!names_secret(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("DB_PASSWORD", "/opt/app/creds.json"),
            ("APP_SECRET", "123456"),
            ("SECRET_KEY", "certs/server.key"),
            ("SMTP_PASS", "10.0.3.7"),
            ("API_KEY", "1234567"),
            ("TOKEN_PIN", "123456"),
            ("API_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("API_KEY", "/9j4AAQSkZJRgABAQAASABIAAD+x/7s"),
            ("API_TOKEN", "productions"),
            ("API_TOKEN", "abc.def"),
            ("API_TOKEN", "abc/def"),
            ("REDIS_KEY", "k3Jd82nsLq0ZxPw5tYvRgAzCaB1cD="),
        ] {
            assert!(names_secret(name, value), "{name}={value}");
        }
    }
}
