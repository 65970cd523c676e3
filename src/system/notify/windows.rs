//! Windows has no datagram sockets between processes: the plan refuses `notify` before it comes here.

use std::io;

/// A socket that cannot be.
#[derive(Debug)]
pub enum Socket {}

impl Socket {
    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn open(_name: &str) -> io::Result<Self> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "Windows has no NOTIFY_SOCKET",
        ))
    }

    /// Never called.
    #[must_use]
    pub fn address(&self) -> &str {
        match *self {}
    }

    /// Never called.
    #[expect(clippy::unused_async, reason = "the contract of every platform")]
    pub async fn next(&mut self) -> io::Result<Vec<u8>> {
        match *self {}
    }
}
