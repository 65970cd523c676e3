//! A place to listen that somebody else has: a port, or the file of a socket.

use crate::text::command::Command;
use crate::text::remedy;

use super::pattern::{has, quoted_behind};
use super::{Cause, Speaker, cause, port};

/// Words for a place that somebody else has.
const IN_USE: &[&str] = &[
    "ddress already in use",
    "EADDRINUSE",
    "Errno 98",
    "Errno 48",
    "WinError 10048",
    // gunicorn, Bun, Docker.
    "Connection in use: (",
    "Failed to start server. Is port ",
    "port is already allocated",
];

/// Words that a socket's file stands behind: nginx, Go, Postgres, Node, asyncio, and code that binds.
const BEFORE_SOCKET: &[&str] = &[
    "unix:",
    "unix ",
    "Unix address ",
    "ddress already in use ",
    "] Address ",
    BINDS,
];

/// The call that a place is named to.
const BINDS: &str = "bind(";

pub(super) fn of(speaker: Speaker<'_>, line: &str, lines: &[&str]) -> Option<Cause> {
    // Vite. Names of containers are in use too.
    let is_named = line.contains("ort ") && line.contains(" is already in use");
    if !is_named && !has(line, IN_USE) {
        return None;
    }
    if let Some(file) = socket(line) {
        return Some(left(speaker, file));
    }
    if let Some(port) = port::of(line, lines, IN_USE) {
        return Some(taken(port));
    }
    // The error itself may name nothing, and the code that led to it does.
    let is_about = |line: &&&str| has(line, IN_USE) || line.contains(BINDS);
    let about = || lines.iter().rev().filter(is_about);
    if let Some(file) = about().find_map(|line| socket(line)) {
        return Some(left(speaker, file));
    }
    if let Some(port) = about().find_map(|line| port::within(line)) {
        return Some(taken(port));
    }
    has(line, IN_USE).then(|| unnamed(speaker))
}

fn taken(port: u16) -> Cause {
    cause(
        format!("somebody else listens on port {port}"),
        format!("{}   shows who", remedy::show_listener(port)),
    )
}

/// Who does not say which port it wants may want another one than that which it is to listen on: for
/// figures, for a debugger.
fn unnamed(speaker: Speaker<'_>) -> Cause {
    let which = match speaker.port {
        Some(port) => format!("its own, {port}, or another one that it opens"),
        None => "it does not say which".to_owned(),
    };
    cause(
        format!("a port that `{}` wants is taken: {which}", speaker.service),
        format!("{}   shows who listens on which", remedy::show_listeners()),
    )
}

/// A socket's file stays when whoever listened there ends without removing it.
fn left(speaker: Speaker<'_>, file: &str) -> Cause {
    let meaning = format!("the socket `{file}` is there already: somebody listens on it, or did");
    let remove = Command::new(if cfg!(windows) { "del" } else { "rm" }).path(file);
    let way = if cfg!(windows) {
        format!("{remove}   where nobody listens on it any more")
    } else if file.starts_with('/') {
        let shows = Command::new("sudo lsof").path(file);
        format!("{shows}   shows who listens; where nobody does: {remove}")
    } else {
        format!(
            "{remove}   in the folder that `{}` runs in, where nobody listens on it any more",
            speaker.service
        )
    };
    cause(meaning, way)
}

/// The file of a socket in a line that says one of the words in front of one.
fn socket(line: &str) -> Option<&str> {
    BEFORE_SOCKET.iter().find_map(|words| {
        let quoted = quoted_behind(line, words, &['\'', '"']);
        let named = quoted.or_else(|| {
            let behind = line.split_once(words)?.1;
            let is_plain = |c: char| c.is_alphanumeric() || "/._-+@~".contains(c);
            let end = behind.find(|c| !is_plain(c)).unwrap_or(behind.len());
            Some(&behind[..end])
        })?;
        // `unix:///run/x.sock`.
        let is_rooted = named.starts_with('/');
        let bare = named.trim_start_matches('/');
        let file = &named[named.len() - bare.len() - usize::from(is_rooted)..];
        let is_file = is_rooted || file.starts_with("./") || file.starts_with("../");
        let ends = [".sock", ".socket"].iter().any(|end| bare.ends_with(end));
        (!bare.is_empty() && (is_file || ends)).then_some(file)
    })
}

#[cfg(test)]
mod tests {
    use super::socket;

    #[test]
    fn a_sockets_file_is_told_from_a_port() {
        for (line, file) in [
            (
                "Error: listen EADDRINUSE: address already in use /tmp/x/app.sock",
                Some("/tmp/x/app.sock"),
            ),
            (
                "{\"msg\":\"listen EADDRINUSE: address already in use /tmp/app.sock\",\"port\":-1}",
                Some("/tmp/app.sock"),
            ),
            (
                "nginx: [emerg] bind() to unix:/run/app.sock failed (98: Address already in use)",
                Some("/run/app.sock"),
            ),
            (
                "listen unix /tmp/x.sock: bind: address already in use",
                Some("/tmp/x.sock"),
            ),
            (
                "could not bind Unix address \"/tmp/.s.PGSQL.5432\": Address already in use",
                Some("/tmp/.s.PGSQL.5432"),
            ),
            (
                "OSError: [Errno 98] Address '/tmp/a b.sock' is already in use",
                Some("/tmp/a b.sock"),
            ),
            ("    s.bind('run/app.sock')", Some("run/app.sock")),
            ("unix:///run/x.sock", Some("/run/x.sock")),
            ("    s.bind((\"127.0.0.1\", 9100))", None),
            ("    s.bind(f\"{run}/app.sock\")", None),
            ("    self.socket.bind(self.server_address)", None),
            ("OSError: [Errno 98] Address already in use", None),
            ("address already in use :::3000", None),
            (
                "bind() to 0.0.0.0:80 failed (98: Address already in use)",
                None,
            ),
            ("unix: no", None),
        ] {
            assert_eq!(socket(line), file, "{line}");
        }
    }
}
