//! Where an endpoint is: on this machine, behind a socket, under which address.

use std::net::{IpAddr, Ipv4Addr};

use super::{Endpoint, Protocol};

impl Endpoint {
    /// Whether this names the machine that we run on, over TCP: `localhost`, 127.0.0.0/8, `::1`, and the
    /// "any" addresses, which connect to this machine too.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback() || address.is_unspecified(),
            Err(_) => self
                .host
                .trim_end_matches('.')
                .eq_ignore_ascii_case("localhost"),
        }
    }

    /// Whether a server that listens on 127.0.0.1 and `::1`, as those that `dev` starts do, can be the one
    /// that is meant; 127.0.0.2 is this machine, and not that server.
    #[must_use]
    pub fn is_usual_loopback(&self) -> bool {
        let another = match self.host.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => address.is_loopback() && address != Ipv4Addr::LOCALHOST,
            _ => false,
        };
        self.is_local() && !another
    }

    /// Whether the host is the folder of a unix socket.
    #[must_use]
    pub fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    /// The Redis database number, 0 unless the URL names another.
    #[must_use]
    pub fn redis_database(&self) -> u16 {
        self.database
            .as_deref()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0)
    }

    /// A Redis with its database, for people: `127.0.0.1:6379/2`.
    #[must_use]
    pub fn redis_place(&self) -> String {
        let (address, database) = (self.address(), self.redis_database());
        if self.is_socket() {
            format!("database {database} at {address}")
        } else {
            format!("{address}/{database}")
        }
    }

    /// `host:port`, IPv6 in brackets; of a Redis socket its path.
    #[must_use]
    pub fn address(&self) -> String {
        if self.protocol == Protocol::Redis && self.is_socket() {
            self.host.clone()
        } else if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}
