//! What Linux tells of a port that somebody listens on: which processes have its socket, and whether connections
//! wait in vain to be taken. Elsewhere nothing is known.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::collections::BTreeSet;

/// A socket that listens.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Socket {
    inode: u64,
    /// Connections that nobody has taken yet.
    waiting: u32,
}

/// Which of these processes have a socket that listens on `port`: whoever forks hands it on.
#[must_use]
pub fn listening(port: u16, pids: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let inodes: BTreeSet<u64> = sockets(port).iter().map(|socket| socket.inode).collect();
    if inodes.is_empty() {
        return Vec::new();
    }
    let has_one = |pid: &u32| {
        let files = std::fs::read_dir(format!("/proc/{pid}/fd"));
        files.into_iter().flatten().flatten().any(|file| {
            let link = std::fs::read_link(file.path()).unwrap_or_default();
            inode_of(&link.to_string_lossy()).is_some_and(|inode| inodes.contains(&inode))
        })
    };
    pids.into_iter().filter(has_one).collect()
}

/// Whether connections to `port` wait to be taken.
#[must_use]
pub fn keeps_waiting(port: u16) -> bool {
    sockets(port).iter().any(|socket| socket.waiting > 0)
}

fn sockets(port: u16) -> Vec<Socket> {
    if cfg!(not(target_os = "linux")) {
        return Vec::new();
    }
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let tables = tables.map(|table| std::fs::read_to_string(table).unwrap_or_default());
    tables
        .iter()
        .flat_map(|table| of_port(table, port))
        .collect()
}

/// Those of one table: number, own address, the other's, state, what waits to be sent and to be read, …
fn of_port(table: &str, port: u16) -> impl Iterator<Item = Socket> {
    const LISTEN: &str = "0A";
    table.lines().skip(1).filter_map(move |line| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let (_, own) = words.get(1)?.rsplit_once(':')?;
        let (_, waiting) = words.get(4)?.split_once(':')?;
        let is_it = *words.get(3)? == LISTEN && u16::from_str_radix(own, 16) == Ok(port);
        is_it.then_some(Socket {
            inode: words.get(9)?.parse().ok()?,
            waiting: u32::from_str_radix(waiting, 16).ok()?,
        })
    })
}

/// The number in `socket:[4711]`.
fn inode_of(link: &str) -> Option<u64> {
    link.strip_prefix("socket:[")?
        .strip_suffix(']')?
        .parse()
        .ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn who_has_a_socket_and_does_not_take_connections_is_known() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let us = std::process::id();
        assert_eq!(listening(port, [us, u32::MAX]), [us]);
        assert!(!keeps_waiting(port));
        let waits = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        assert!(keeps_waiting(port));
        let taken = listener.accept().expect("somebody waits");
        assert!(!keeps_waiting(port));
        drop((waits, taken, listener));
        assert!(listening(port, [us]).is_empty());
    }
}
