//! The port that an error is about.

use std::net::IpAddr;

/// The port in a line that says one of these words, or in another of `lines` that is about the same:
/// Node says the address in an error's first line, then each of its parts in lines of their own.
pub(super) fn of(line: &str, lines: &[&str], words: &[&str]) -> Option<u16> {
    let same = |line: &&&str| words.iter().any(|word| line.contains(word));
    let mut told = lines.iter().rev().filter(same);
    let part = |line: &&str| line.trim_start().strip_prefix("port: ").and_then(number);
    within(line)
        .or_else(|| told.find_map(|line| within(line)))
        .or_else(|| lines.iter().rev().find_map(part))
}

/// A port in an error: `localhost:6379`, `('127.0.0.1', 5432)`, `port 5432`, `:::3000`, `[::1]:3000`.
pub(super) fn within(line: &str) -> Option<u16> {
    let of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '[' | ']' | '*');
    let words = line.split(|c| !of_word(c)).filter(|word| !word.is_empty());
    let mut after_host = false;
    for word in words {
        let word = word.trim_end_matches('.');
        if let Some(port) = number(word).filter(|_| after_host) {
            return Some(port);
        }
        let joined = word.trim_end_matches([':', '.']).rsplit_once(':');
        if let Some((host, port)) = joined
            && (is_host(host) || matches!(host, "" | "*"))
            && let Some(port) = number(port)
        {
            return Some(port);
        }
        after_host = is_host(word) || is_host(word.trim_end_matches(':'));
    }
    None
}

fn number(word: &str) -> Option<u16> {
    let word = word.trim_end_matches(',');
    word.parse().ok().filter(|port| *port > 0)
}

/// Whether a port may follow the word.
fn is_host(word: &str) -> bool {
    let bare = word.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.eq_ignore_ascii_case("port")
        || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{of, within};

    #[test]
    fn a_port_is_read_behind_every_kind_of_host() {
        for (line, port) in [
            ("address already in use :::3000", Some(3000)),
            ("address already in use ::1:3000", Some(3000)),
            ("address already in use 0.0.0.0:3000", Some(3000)),
            ("cannot listen on [::1]:3000.", Some(3000)),
            ("http://[::]:3000/ is taken", Some(3000)),
            ("listen tcp :8080: bind: address already in use", Some(8080)),
            ("could not bind *:8080", Some(8080)),
            (
                "redis://:x@localhost:6379/0: Connection refused",
                Some(6379),
            ),
            ("connecting to LOCALHOST:6379.", Some(6379)),
            ("Connect call failed ('::1', 6379, 0, 0)", Some(6379)),
            ("bind on address ('127.0.0.1', 8000)", Some(8000)),
            ("at \"localhost\" (127.0.0.1), port 5555 failed", Some(5555)),
            ("port: 3000", Some(3000)),
            ("2026-11-24 15:00:00 refused", None),
            ("    at x (node:internal/modules/cjs/loader:1225:15)", None),
            ("::1 does not answer", None),
            ("Errno 98", None),
            ("localhost:0", None),
        ] {
            assert_eq!(within(line), port, "{line}");
        }
    }

    #[test]
    fn nodes_parts_of_an_error_are_one() {
        let head = "Error: listen EADDRINUSE: address already in use :::3000";
        let code = "  code: 'EADDRINUSE',";
        assert_eq!(of(code, &[head, code], &["EADDRINUSE"]), Some(3000));
        assert_eq!(
            of(code, &[code, "  port: 3001"], &["EADDRINUSE"]),
            Some(3001)
        );
        assert_eq!(of(code, &["x :::3000", code], &["EADDRINUSE"]), None);
    }
}
