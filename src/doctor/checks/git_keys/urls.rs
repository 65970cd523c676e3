//! URLs of servers that hold a password: Supabase's, Upstash's and others hand their databases out so.

use crate::env::is_placeholder;

use super::drawn::{alphanumeric, both_cases, is_of_letters, is_of_no_words, is_random};

/// Passwords that people think of are shorter, and stand in examples.
const SHORTEST: usize = 12;

/// So short is one only where nothing in it can be a word.
const SHORTEST_DRAWN: usize = 8;

/// How long user, password and host may be together.
const LONGEST: usize = 512;

/// Where the password ends of a URL that goes on at `from`; none where it has none that opens a server
/// elsewhere.
pub(super) fn end_of_password(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let rest = rest.get(..rest.len().min(LONGEST))?;
    let written = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-._~%!*+=&,;".contains(byte);
    let length = |rest: &[u8]| rest.iter().take_while(written).count();
    let user = length(rest);
    let behind = rest.get(user..)?.strip_prefix(b":")?;
    let password = behind.get(..length(behind))?;
    let host = behind.get(password.len()..)?.strip_prefix(b"@")?;
    let named = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-.".contains(byte);
    let host = host.get(..host.iter().take_while(named).count())?;
    let (password, host) = (
        std::str::from_utf8(password).ok()?,
        std::str::from_utf8(host).ok()?,
    );
    (is_drawn(password, host) && is_elsewhere(host)).then_some(from + user + 1 + password.len())
}

/// Whether a host is one of the network: containers and this machine call theirs by one word, and documents
/// have hosts that nobody can have.
fn is_elsewhere(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let nobodys = [
        "example",
        "example.com",
        "example.org",
        "example.net",
        "invalid",
        "test",
        "local",
        "localhost",
    ];
    let ends = |end: &&str| {
        host.strip_suffix(*end)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    host.contains('.')
        && !host.starts_with("127.")
        && host != "0.0.0.0"
        && !nobodys.iter().any(ends)
}

/// Where passwords are drawn for whoever takes a database there.
const DRAWING: [&str; 4] = [".supabase.com", ".supabase.co", ".neon.tech", ".upstash.io"];

/// Whether a password was drawn by lot: words that stand for one were not.
fn is_drawn(password: &str, host: &str) -> bool {
    let lower = password.to_ascii_lowercase();
    let words = [
        "password", "passwd", "secret", "changeme", "postgres", "redis",
    ];
    (password.len() >= SHORTEST || is_drawn_short(password))
        && (is_random(password)
            || is_of_letters(password)
            || host.ends_with(".neon.tech") && is_of_neon(password)
            || DRAWING.iter().any(|end| host.ends_with(end)) && is_of_no_words(password))
        && !is_placeholder(password)
        && !words.iter().any(|word| lower.contains(word))
}

/// Whether large letters, small ones and digits change so often that neither a word nor a year is among them.
fn is_drawn_short(password: &str) -> bool {
    let class = |byte: &u8| {
        (
            byte.is_ascii_uppercase(),
            byte.is_ascii_lowercase(),
            byte.is_ascii_digit(),
        )
    };
    let bytes = password.as_bytes();
    password.len() >= SHORTEST_DRAWN
        && alphanumeric(password)
        && both_cases(password)
        && is_random(password)
        && bytes
            .windows(3)
            .all(|three| three.iter().any(|byte| class(byte) != class(&three[0])))
}

/// `npg_` and twelve letters and digits, of which none need be a digit.
fn is_of_neon(password: &str) -> bool {
    password
        .strip_prefix("npg_")
        .is_some_and(|drawn| drawn.len() >= 12 && alphanumeric(drawn) && both_cases(drawn))
}
