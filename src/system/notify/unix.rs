//! Unix: a datagram socket; on Linux one without a file, which leaves nothing behind.

use std::io;

use tokio::net::UnixDatagram;

/// More than what anybody says at once.
const LONGEST: usize = 4096;

/// A socket that hears one service.
#[derive(Debug)]
pub struct Socket {
    socket: UnixDatagram,
    address: String,
}

impl Socket {
    /// A socket whose name holds `name`, which must be unlike any other.
    ///
    /// # Errors
    /// When the system refuses it.
    pub fn open(name: &str) -> io::Result<Self> {
        let (socket, address) = open(name)?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket: UnixDatagram::from_std(socket)?,
            address,
        })
    }

    /// What the service finds in `NOTIFY_SOCKET`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Waits for the next datagram.
    pub async fn next(&mut self) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; LONGEST];
        let length = self.socket.recv(&mut buffer).await?;
        buffer.truncate(length);
        Ok(buffer)
    }
}

#[cfg(target_os = "linux")]
fn open(name: &str) -> io::Result<(std::os::unix::net::UnixDatagram, String)> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    let name = format!("pixcrawler/{name}");
    let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
    Ok((socket, format!("@{name}")))
}

#[cfg(not(target_os = "linux"))]
fn open(name: &str) -> io::Result<(std::os::unix::net::UnixDatagram, String)> {
    // Paths of sockets are short: 104 bytes on macOS.
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let path = std::env::temp_dir().join(format!("px-{name}"));
    let _ = nix::unistd::unlink(&path);
    let address = path.to_string_lossy().into_owned();
    Ok((std::os::unix::net::UnixDatagram::bind(&path)?, address))
}

#[cfg(not(target_os = "linux"))]
impl Drop for Socket {
    fn drop(&mut self) {
        let _ = nix::unistd::unlink(self.address.as_str());
    }
}
