//! Ports of this machine: free, or held by whom.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use crate::env::mask_words;
use crate::service::endpoint::Endpoint;

/// Who listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub pid: u32,
    /// Its program's name.
    pub name: String,
    /// Its whole command, as far as it can be read, and without the secrets among its words.
    pub command: String,
}

/// The addresses under which a developer's server listens.
fn addresses(port: u16) -> [SocketAddr; 3] {
    [
        (Ipv4Addr::LOCALHOST, port).into(),
        (Ipv4Addr::UNSPECIFIED, port).into(),
        (Ipv6Addr::LOCALHOST, port).into(),
    ]
}

/// Whether there is a way to any other machine; nothing is sent.
#[must_use]
pub fn has_route() -> bool {
    // Addresses that belong to nobody, on the way to everybody.
    let fourth = SocketAddr::from(([192, 0, 2, 1], 9));
    let sixth = SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 9));
    let connect = |from: IpAddr, to: SocketAddr| UdpSocket::bind((from, 0))?.connect(to);
    let is_cut_off = connect(Ipv4Addr::UNSPECIFIED.into(), fourth).is_err_and(|error| {
        matches!(
            error.kind(),
            ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable | ErrorKind::NetworkDown
        )
    });
    !is_cut_off || connect(Ipv6Addr::UNSPECIFIED.into(), sixth).is_ok()
}

/// Whether something listens on `port` of this machine, or it cannot be had for another reason.
#[must_use]
pub fn is_taken(port: u16) -> bool {
    addresses(port).into_iter().any(|address| {
        TcpListener::bind(address).is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
    }) || answers(port)
}

/// Whether the system keeps `port` for others: on Unix those below 1024 for root, on Windows what it has
/// set aside.
#[must_use]
pub fn is_forbidden(port: u16) -> bool {
    let address = (Ipv4Addr::LOCALHOST, port);
    TcpListener::bind(address).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}

/// Whether something accepts a connection on `port` of this machine.
#[must_use]
pub fn answers(port: u16) -> bool {
    let loopback: [SocketAddr; 2] = [
        (Ipv4Addr::LOCALHOST, port).into(),
        (Ipv6Addr::LOCALHOST, port).into(),
    ];
    loopback.into_iter().any(accepts)
}

/// Whether something accepts a connection where `endpoint` says that a server of this machine is: on an
/// address of its own, such as 127.0.0.2, or on any that `localhost` may mean.
#[must_use]
pub fn server_answers(endpoint: &Endpoint) -> bool {
    match endpoint.host.parse::<IpAddr>() {
        Ok(address) if !endpoint.is_usual_loopback() => accepts((address, endpoint.port).into()),
        _ => answers(endpoint.port),
    }
}

fn accepts(address: SocketAddr) -> bool {
    TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok()
}

/// Whether an address is one of this machine's: only on those can one listen.
#[must_use]
pub fn is_own(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

/// Who listens on `port`, as far as the system tells us.
#[must_use]
pub fn holder(port: u16) -> Option<Holder> {
    let process = listeners::get_process_by_port(port, listeners::Protocol::TCP).ok()?;
    Some(named(process))
}

/// All who listen on `port`, each on an address of its own or together: one an open socket. It takes
/// longer than [`holder`].
#[must_use]
pub fn holders(port: u16) -> Vec<Holder> {
    let all = listeners::get_all().into_iter().flatten();
    let listening = all.filter(|one| {
        one.socket.port() == port
            && one.protocol == listeners::Protocol::TCP
            && one.state == listeners::SocketState::Listen
    });
    listening.map(|one| named(one.process)).collect()
}

fn named(process: listeners::Process) -> Holder {
    let command = command_of(process.pid);
    Holder {
        pid: process.pid,
        name: whole_name(&process.name, command.as_deref().unwrap_or_default()),
        command: command.unwrap_or(process.path),
    }
}

/// Letters of a name that Linux keeps of a process.
const KEPT: usize = 15;

/// The name of a process of which the system keeps the beginning: its command has all of it. A title that says
/// more than a name (`next-server (v15.1.0)`) is cut where that begins.
fn whole_name(name: &str, command: &str) -> String {
    let whole = if name.len() < KEPT {
        name
    } else {
        let end = |c: char| c.is_whitespace() || c == '/';
        let mut beginnings = command.match_indices(name).map(|(at, _)| at);
        // The file's name at the end of its path, or the whole of the title.
        let own = beginnings.find(|at| *at == 0 || command[..*at].ends_with('/'));
        own.map_or(name, |at| {
            let behind = &command[at + name.len()..];
            let rest = behind.find(end).unwrap_or(behind.len());
            &command[at..at + name.len() + rest]
        })
    };
    let word = whole.split(" (").next().unwrap_or(whole).trim_end();
    if word.is_empty() { name } else { word }.to_owned()
}

fn command_of(pid: u32) -> Option<String> {
    use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};
    let mut system = System::new().ok()?;
    let pid = Pid::from_u32(pid);
    let kind = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, kind);
    let words = system
        .process(pid)?
        .cmd()
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>();
    (!words.is_empty()).then(|| mask_words(&words).join(" "))
}

/// A port that nobody has: `wanted` if it is free, else the next one that is. Ports in `except` are passed over.
#[must_use]
pub fn free_port(wanted: u16, except: &[u16]) -> u16 {
    (wanted..u16::MAX)
        .find(|port| !except.contains(port) && !is_taken(*port))
        .unwrap_or(wanted)
}

/// Ports for who cannot have these: the first of as many, in the distances that these have from the lowest
/// of them; all of them free, above it, and none that the system keeps. Ports in `except` are passed over.
#[must_use]
pub fn other_ports(than: &[u16], except: &[u16]) -> u16 {
    let lowest = than.iter().copied().min().unwrap_or(8000);
    let is_free = |port: u16| !except.contains(&port) && !is_taken(port);
    let fits = |first: &u16| {
        let mut moved = than.iter().map(|port| first.checked_add(port - lowest));
        moved.all(|port| port.is_some_and(is_free))
    };
    (above(lowest)..u16::MAX).find(fits).unwrap_or(lowest)
}

fn above(port: u16) -> u16 {
    if port < 1024 {
        port + 8000
    } else {
        port.checked_add(1).unwrap_or(8000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_the_system_cut_is_whole_again() {
        for (name, command, whole) in [
            ("next-server (v1", "next-server (v15.1.0)", "next-server"),
            ("next-server (v1", "", "next-server"),
            (
                "valkey-server",
                "valkey-server 127.0.0.1:6379",
                "valkey-server",
            ),
            (
                "kafka-connect-d",
                "/opt/k/bin/kafka-connect-distributed --port 1",
                "kafka-connect-distributed",
            ),
            (
                "fifteen-letters",
                "python3 -m fifteen-letters-more",
                "fifteen-letters",
            ),
            ("(sd-pam)", "(sd-pam)", "(sd-pam)"),
        ] {
            assert_eq!(whole_name(name, command), whole, "{command}");
        }
    }

    #[test]
    fn an_address_of_another_machine_is_not_our_own() {
        assert!(is_own(Ipv4Addr::LOCALHOST.into()));
        // Set aside for documentation (RFC 5737): nobody has it.
        assert!(!is_own(Ipv4Addr::new(192, 0, 2, 1).into()));
    }

    #[test]
    fn a_listener_is_found_with_its_process() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        assert!(is_taken(port));
        assert_eq!(
            holder(port).map(|holder| holder.pid),
            Some(std::process::id())
        );
        let second = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), port));
        let listening = 1 + usize::from(second.is_ok());
        let holders = holders(port);
        assert_eq!(holders.len(), listening, "{holders:?}");
        assert!(holders.iter().all(|one| one.pid == std::process::id()));
        assert_ne!(free_port(port, &[]), port);
        let other = other_ports(&[port], &[port + 1, port + 2]);
        assert!(other > port + 2 && !is_taken(other), "{other}");
        assert!(other_ports(&[80], &[8080]) > 8080);
        // The second of two is taken, and would be somebody else's then.
        let first = other_ports(&[port - 10, port], &[port + 1]);
        assert!(first > port - 9 && !is_taken(first + 10), "{first}");
        drop((listener, second));
        assert!(!is_taken(port));
    }
}
