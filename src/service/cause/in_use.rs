//! A place to listen that somebody else has: a port, or the file of a socket.

use crate::text::command::Command;
use crate::text::remedy;

use super::pattern::has;
use super::socket::{self, BINDS, Socket};
use super::{Cause, Speaker, Stage, cause, port};

/// Words for a place that somebody else has.
const IN_USE: &[&str] = &[
    "ddress already in use",
    "EADDRINUSE",
    "Errno 98",
    "Errno 48",
    "WinError 10048",
    // gunicorn, Bun, Docker, Django.
    "Connection in use: (",
    "Failed to start server. Is port ",
    "port is already allocated",
    DJANGO,
];

/// Django's words, which do not say which.
const DJANGO: &str = "hat port is already in use";

/// What Vite, Spring and Flask say of a port. Names of containers are in use too.
const PORT_IN_USE: &[&str] = &[
    " is already in use",
    " was already in use",
    " is in use by another program",
];

/// Words for a port that is no TCP port: Go, Node, asyncio and Python's servers.
const UDP: &[&str] = &[
    "listen udp",
    "bind EADDRINUSE",
    "create_datagram_endpoint",
    "UDPServer(",
    "SOCK_DGRAM",
    "udp socket",
    "UDP socket",
];

/// Words of who ends for want of a place, as Postgres and Redis say it; why, they only log or warn of before.
const NO_PLACE: &[&str] = &[
    "ould not create any TCP/IP sockets",
    "ould not create any Unix-domain sockets",
    "Failed listening on port ",
];

/// Words of why, in their logs.
const WHY_NO_PLACE: &[&str] = &[
    "ould not bind IPv4 address",
    "ould not bind IPv6 address",
    "ould not bind Unix address",
    "ould not create listen socket",
    "ould not create server TCP listening socket",
    POSTMASTER,
];

/// Postgres' hint, which has the port.
const POSTMASTER: &str = "another postmaster already running on port ";

/// Whether a line is about a place that a server was to listen at, and did not get: one is enough for it,
/// and without any it says so and ends.
pub(in crate::service) fn is_of_no_place(line: &str) -> bool {
    has(line, WHY_NO_PLACE)
}

/// Whether a line says that a server ends for want of a place.
pub(in crate::service) fn has_no_place(line: &str) -> bool {
    has(line, NO_PLACE)
}

pub(super) fn of(speaker: Speaker<'_>, line: &str, lines: &[&str]) -> Option<Cause> {
    let has_none = || has_no_place(line) && lines.iter().any(|line| has(line, IN_USE));
    if !is_taken(line) && !has_none() {
        return None;
    }
    if let Some(socket) = socket::of(line, lines) {
        return Some(left(speaker, socket));
    }
    let is_udp = has(line, UDP) || lines.iter().any(|line| has(line, UDP));
    let taken = |place: port::Place<'_>| taken(speaker, place.port, is_udp);
    if let Some(place) = port::of(line, lines, is_taken) {
        return Some(taken(place));
    }
    // The error itself may name nothing, and the code that led to it does.
    let is_start = |of: &str| line.contains(DJANGO) && of.contains("development server at http");
    let is_about =
        |line: &&&str| is_taken(line) || has(line, &[BINDS, POSTMASTER]) || is_start(line);
    let about = || lines.iter().rev().filter(is_about);
    if let Some(socket) = about().find_map(|line| socket::within(line)) {
        return Some(left(speaker, socket));
    }
    if let Some(place) = about().find_map(|line| port::within(line)) {
        return Some(taken(place));
    }
    (has(line, IN_USE) || has_none()).then(|| unnamed(speaker, is_udp))
}

/// Whether a line says that somebody else has a place.
fn is_taken(line: &str) -> bool {
    has(line, IN_USE) || line.contains("ort ") && has(line, PORT_IN_USE)
}

fn taken(speaker: Speaker<'_>, port: u16, is_udp: bool) -> Cause {
    if is_udp {
        return cause(
            format!("somebody else has the UDP port {port}"),
            format!("{}   shows who", remedy::show_receiver(port)),
        );
    }
    let runs = |stage| matches!(stage, Stage::Starting | Stage::Ready);
    if let Some(other) = speaker.neighbour(port).filter(|other| runs(other.stage)) {
        let (service, name) = (speaker.service, &other.name);
        return cause(
            format!(
                "somebody listens on port {port} already: `{name}` of this session has that port"
            ),
            format!("let `{service}` listen on another port, or give `{name}` another one"),
        );
    }
    cause(
        format!("somebody else listens on port {port}"),
        format!("{}   shows who", remedy::show_listener(port)),
    )
}

/// Who does not say which port it wants may want another one than that which it is to listen on: for
/// figures, for a debugger.
fn unnamed(speaker: Speaker<'_>, is_udp: bool) -> Cause {
    if is_udp {
        return cause(
            format!(
                "a UDP port that `{}` wants is taken: it does not say which",
                speaker.service
            ),
            format!("{}   shows who has which", remedy::show_receivers()),
        );
    }
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
fn left(speaker: Speaker<'_>, socket: Socket<'_>) -> Cause {
    let Socket::At(file) = socket else {
        return cause(
            format!(
                "a socket that `{}` wants is there already: somebody listens on it, or did",
                speaker.service
            ),
            if cfg!(windows) {
                "remove its file where nobody listens on it any more"
            } else {
                "sudo lsof -U   shows who listens on which; remove its file where nobody does"
            },
        );
    };
    let shows = Command::new("sudo lsof").path(file);
    if !socket::is_called_so(file) {
        // Node and others find any file in the way of a socket: this one may be of use.
        return cause(
            format!(
                "`{file}` is there already: a socket that somebody listens on, or another file"
            ),
            if cfg!(windows) {
                "look what it is before you remove it".to_owned()
            } else if file.starts_with('/') {
                let is = Command::new("ls -ld").path(file);
                format!("{shows}   shows who listens; what it is shows {is}")
            } else {
                let is = Command::new("ls -ld").path(file);
                let service = speaker.service;
                format!("{is}   in the folder that `{service}` runs in shows what it is")
            },
        );
    }
    let meaning = format!("the socket `{file}` is there already: somebody listens on it, or did");
    let remove = Command::new(if cfg!(windows) { "del" } else { "rm" }).path(file);
    let way = if cfg!(windows) {
        format!("{remove}   where nobody listens on it any more")
    } else if file.starts_with('/') {
        format!("{shows}   shows who listens; where nobody does: {remove}")
    } else {
        format!(
            "{remove}   in the folder that `{}` runs in, where nobody listens on it any more",
            speaker.service
        )
    };
    cause(meaning, way)
}
