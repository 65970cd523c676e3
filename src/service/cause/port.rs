//! The place that an error is about: a port, and the machine that has it.

use std::net::IpAddr;

/// A port, and the host that is named with it, if one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) host: Option<&'a str>,
    pub(super) port: u16,
}

impl<'a> Place<'a> {
    /// The host where that is not this machine, as far as its name tells.
    pub(super) fn elsewhere(self) -> Option<&'a str> {
        self.host.filter(|host| !is_here(host))
    }
}

/// The place in a line, or in another of `lines` that is about the same: Node says the address in an
/// error's first line, then each of its parts in lines of their own.
pub(super) fn of<'a>(
    line: &'a str,
    lines: &[&'a str],
    is_same: impl Fn(&str) -> bool,
) -> Option<Place<'a>> {
    let mut told = lines.iter().rev().filter(|line| is_same(line));
    let said = |words: &str| {
        let mut parts = lines.iter().rev();
        parts.find_map(|line| line.trim_start().strip_prefix(words))
    };
    within(line)
        .or_else(|| told.find_map(|line| within(line)))
        .or_else(|| {
            let port = said("port: ").and_then(number)?;
            let host = said("address: ").map(|host| host.trim_matches(['\'', '"', ',']));
            let host = host.filter(|host| is_address(host));
            Some(Place { host, port })
        })
}

/// Words that a host stands behind which is no address.
const BEFORE_NAME: &[&str] = &[
    "//",
    "@",
    "ECONNREFUSED ",
    "connect to ",
    "connecting to ",
    "dial tcp ",
    "for \"",
    "host \"",
    "host: '",
    "host='",
    "nnection to ",
    "server at \"",
    "to host ",
];

/// Words that the very place stands behind that an error is about; a line may name others.
const DIRECTLY: &[&str] = &[
    "ECONNREFUSED ",
    "EADDRINUSE ",
    "ddress already in use ",
    "dial tcp ",
];

/// Words that a port stands behind which has no host: `listen tcp :8080`. Behind others a colon and a
/// number are any figure: `"level":50`.
const BEFORE_COLON: &str = "\
    addr address at bind http https listen listenandserve listening on tcp tcp4 tcp6 to udp udp4 udp6 use";

/// How far apart a host and its port may be: `"address":"10.0.0.5","port":5432`.
const APART: usize = 12;

/// A host in a line, and where it ends there.
type Host<'a> = (&'a str, usize);

/// A place in an error: `localhost:6379`, `('127.0.0.1', 5432)`, `port 5432`, `:::3000`, `[::1]:3000`.
pub(super) fn within(line: &str) -> Option<Place<'_>> {
    let (mut host, mut last, mut may_follow) = (None, "", false);
    let (mut first, mut bare) = (None, None);
    for (at, word) in words(line) {
        // `"port": 5432`.
        if word.bytes().all(|byte| byte == b':') {
            continue;
        }
        let name = word.trim_end_matches(':');
        let before = &line[..at];
        let follows = word.strip_prefix(':').unwrap_or(word);
        let found = number(follows)
            .filter(|_| may_follow)
            .map(|port| Place {
                host: near(host, at),
                port,
            })
            .or_else(|| joined(line, at, word, host));
        if let Some(place) = found {
            if before.ends_with_any(DIRECTLY) {
                return Some(place);
            }
            first = first.or(Some(place));
        } else if let Some(port) = name.strip_prefix(':').and_then(number)
            && (last.is_empty() || is_among(last, BEFORE_COLON))
        {
            bare = bare.or(Some(Place { host: None, port }));
        }
        let is_name = before.ends_with_any(BEFORE_NAME)
            && is_name(name)
            && (before.ends_with(['"', '\'']) || name.contains('.'));
        may_follow = is_address(name) || is_port(name);
        if is_address(name) || is_name {
            host = Some((of_two(line, host, (name, at)), at + word.len()));
        }
        last = name;
    }
    first.or(bare)
}

/// The words of a line that hosts and ports may be made of, each with where it begins.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let of_word =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '[' | ']' | '*' | '-' | '_');
    let words = line.split(move |c| !of_word(c));
    words.filter_map(|word| {
        let at = word.as_ptr() as usize - line.as_ptr() as usize;
        let word = word.trim_end_matches(['.', '-']);
        (!word.is_empty()).then_some((at, word))
    })
}

/// The host and port of one word.
fn joined<'a>(
    line: &'a str,
    at: usize,
    word: &'a str,
    before: Option<Host<'a>>,
) -> Option<Place<'a>> {
    let (host, port) = word.trim_end_matches([':', '.']).rsplit_once(':')?;
    let port = number(port)?;
    if is_address(host) {
        let host = Some(host.trim_matches(['[', ']']));
        return Some(Place { host, port });
    }
    if host == "*" || is_port(host) {
        let host = near(before, at).filter(|_| host != "*");
        return Some(Place { host, port });
    }
    // `//user:1234@host`.
    let is_user = line[at + word.len()..].starts_with('@');
    let is_host = is_name(host) && !is_user && line[..at].ends_with_any(BEFORE_NAME);
    is_host.then_some(Place {
        host: Some(host),
        port,
    })
}

/// The host, where it is near enough.
fn near(host: Option<Host<'_>>, at: usize) -> Option<&str> {
    let (host, end) = host?;
    at.checked_sub(end)
        .is_some_and(|apart| apart <= APART)
        .then_some(host)
}

/// Of a name and the address that it stands for, `"db" (10.0.0.5)`, the name; but an address that is
/// this machine's tells more.
fn of_two<'a>(line: &str, before: Option<Host<'a>>, new: (&'a str, usize)) -> &'a str {
    let (host, at) = (new.0.trim_matches(['[', ']']), new.1);
    let named = before.filter(|(_, end)| {
        let between = line.get(*end..at).unwrap_or_default();
        between.ends_with('(') && between.len() <= "\" (".len()
    });
    match named {
        Some((name, _)) if !is_here(host) => name,
        _ => host,
    }
}

fn number(word: &str) -> Option<u16> {
    let word = word.trim_end_matches(',');
    word.parse().ok().filter(|port| *port > 0)
}

/// Whether a word is a host's address, or the one name that stands for one everywhere.
fn is_address(word: &str) -> bool {
    let bare = word.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

fn is_port(word: &str) -> bool {
    word.eq_ignore_ascii_case("port")
}

/// Whether a word can be a host's name.
fn is_name(word: &str) -> bool {
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    word.bytes().all(of_name)
        && word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let lower = host.to_ascii_lowercase();
    let is_own = |ip: IpAddr| ip.to_canonical().is_loopback() || ip.is_unspecified();
    lower == "localhost" || lower.ends_with(".localhost") || lower.parse().is_ok_and(is_own)
}

fn is_among(word: &str, list: &str) -> bool {
    let mut words = list.split_ascii_whitespace();
    words.any(|other| other.eq_ignore_ascii_case(word))
}

/// Several endings.
trait EndsWith {
    fn ends_with_any(&self, endings: &[&str]) -> bool;
}

impl EndsWith for str {
    fn ends_with_any(&self, endings: &[&str]) -> bool {
        endings.iter().any(|ending| self.ends_with(ending))
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, of, within};

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
            ("address already in use :8080", Some(8080)),
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
            ("app.py:12: connection refused", None),
        ] {
            let found = within(line).map(|place| place.port);
            assert_eq!(found, port, "{line}");
        }
    }

    #[test]
    fn a_figure_is_no_port() {
        for (line, port) in [
            (
                r#"{"level":50,"time":1764460978000,"err":{"code":"ECONNREFUSED","address":"127.0.0.1","port":5433},"msg":"x"}"#,
                Some(5433),
            ),
            (
                r#"{"level":50,"err":{"message":"connect ECONNREFUSED 127.0.0.1:5433"}}"#,
                Some(5433),
            ),
            (
                r#"{"level":"error","attempt":3,"msg":"dial tcp 127.0.0.1:5433: connect: connection refused"}"#,
                Some(5433),
            ),
            (
                r#"{"error": "[Errno 98] Address already in use", "port": 9100}"#,
                Some(9100),
            ),
            (
                "error after retry :2 connect ECONNREFUSED 127.0.0.1:5433",
                Some(5433),
            ),
            (
                "proxy at 127.0.0.1:3000: connect ECONNREFUSED 127.0.0.1:5433",
                Some(5433),
            ),
            (r#"{"lineno":88,"message":"Connection refused"}"#, None),
            (r#"{"line_num":12,"message":"Connection refused"}"#, None),
            (
                r#"{"code":"EADDRINUSE","address":"/tmp/x.sock","port":-1}"#,
                None,
            ),
            ("error after retry :2 connection refused", None),
            ("connection refused for \"crawl\" 500 times", None),
        ] {
            let found = within(line).map(|place| place.port);
            assert_eq!(found, port, "{line}");
        }
    }

    #[test]
    fn a_host_that_is_another_machine_is_known() {
        for (line, host) in [
            (
                "connection to server at \"db.prod.example.com\" (10.0.0.5), port 5432 failed: Connection refused",
                Some("db.prod.example.com"),
            ),
            (
                "connection to server at \"db\" (127.0.0.1), port 5432 failed",
                None,
            ),
            ("connect ECONNREFUSED 10.0.0.5:5432", Some("10.0.0.5")),
            ("Connect call failed ('10.0.0.5', 5432)", Some("10.0.0.5")),
            (
                "Error 111 connecting to cache.prod.example.com:6379. Connection refused.",
                Some("cache.prod.example.com"),
            ),
            (
                "Cannot connect to host api-1.example.com:8000 ssl:default",
                Some("api-1.example.com"),
            ),
            (
                "Failed to connect to api.example.com port 443 after 3 ms",
                Some("api.example.com"),
            ),
            (
                "HTTPConnectionPool(host='api.internal', port=8000): refused",
                Some("api.internal"),
            ),
            ("amqp://me:1234@mq:5673//", Some("mq")),
            (r#"{"address":"10.0.0.5","port":5432}"#, Some("10.0.0.5")),
            ("connect ECONNREFUSED [fd00::5]:5432", Some("fd00::5")),
            ("Failed to connect to redis: port 6379", None),
            ("connect ECONNREFUSED ::ffff:127.0.0.1:5432", None),
            ("connecting to api.localhost:6379", None),
            ("dial tcp [::1]:6379", None),
        ] {
            let place = within(line).expect(line);
            assert_eq!(place.elsewhere(), host, "{line}");
        }
    }

    #[test]
    fn nodes_parts_of_an_error_are_one() {
        let head = "Error: listen EADDRINUSE: address already in use :::3000";
        let code = "  code: 'EADDRINUSE',";
        let of = |lines: &[&'static str]| of(code, lines, |line| line.contains("EADDRINUSE"));
        let place = |host, port| Some(Place { host, port });
        assert_eq!(of(&[head, code]), place(Some("::"), 3000));
        assert_eq!(of(&[code, "  port: 3001"]), place(None, 3001));
        let address = "  address: '10.0.0.5',";
        let parts = [code, address, "  port: 5432"];
        assert_eq!(of(&parts), place(Some("10.0.0.5"), 5432));
        assert_eq!(of(&["x :::3000", code]), None);
    }
}
