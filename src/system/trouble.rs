//! Why an HTTP request has no answer: from the errors of the client to what a person can do about.

use std::error::Error as _;
use std::time::Duration;

use url::{Host, Url};

use super::net;
use super::proxy::Proxy;
use super::tls;
use super::trust::is_authority;
use crate::text::duration;

/// What a proxy means by 407.
pub(super) const CLOSED: &str = "it wants a user and a password, or others than it got (407)";

/// How the errors begin that arise before a proxy has led us to where we want.
const TUNNEL: &str = "tunnel error: ";

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The host has no address.
    Unresolved,
    /// This machine has no way to any other one, so that no name tells anything.
    CutOff,
    /// It is this machine's own address, and even those are not reached.
    Detached,
    /// Nothing listens there.
    Refused,
    /// It breaks the connection off without an answer: it speaks TLS, or no HTTP at all.
    Closed,
    /// It begins an answer, and breaks it off.
    Broken,
    /// It answers with something else: it speaks TLS, or no HTTP at all.
    NoHttp,
    /// The server speaks no TLS.
    NoTls,
    /// Nobody whom this machine trusts issued the certificate.
    Untrusted,
    /// The certificate is an authority's own, and no server's.
    Authority,
    /// The certificate does not hold for another reason; in words.
    Tls(String),
    /// No answer in time.
    TimedOut,
    /// It begins an answer in time, and does not end it.
    Unended {
        /// The status code that had come.
        status: u16,
        /// When it had come.
        after: Duration,
        /// How long was waited in all.
        limit: Duration,
    },
    /// It redirects in a circle, or to too many places.
    Redirects,
    /// It redirects, and nothing comes back from there.
    Moved {
        /// Where to, as people may see it.
        to: String,
        /// What is wrong there.
        why: Box<Self>,
    },
    /// It is asked through a proxy, and nothing comes back from that one.
    Proxy {
        /// The proxy.
        proxy: Proxy,
        /// What is wrong with it.
        why: Box<Self>,
    },
    /// Anything else, in words.
    Other(String),
}

impl Trouble {
    /// Whether time ran out at the last of the addresses that were asked.
    #[must_use]
    pub fn is_late(&self) -> bool {
        matches!(self.last(), Self::TimedOut | Self::Unended { .. })
    }

    /// Whether an answer had begun: somebody is there.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        matches!(self.last(), Self::Broken | Self::Unended { .. })
    }

    /// Whether it is that of this machine's own network, whatever address was asked.
    #[must_use]
    pub fn is_of_network(&self) -> bool {
        matches!(self, Self::CutOff | Self::Detached)
    }

    /// What is wrong at the last of the addresses that were asked.
    #[must_use]
    pub fn last(&self) -> &Self {
        match self {
            Self::Moved { why, .. } | Self::Proxy { why, .. } => why.last(),
            other => other,
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unresolved => f.write_str("the host name does not resolve"),
            Self::CutOff => f.write_str(
                "it cannot be asked: this machine has no route to any other one, its network is off",
            ),
            Self::Detached => f.write_str(
                "it cannot be asked: this machine does not reach its own addresses, its loopback interface is down",
            ),
            Self::Refused => f.write_str("refuses connections"),
            Self::Closed => f.write_str("breaks the connection off without an answer"),
            Self::Broken => f.write_str("breaks its answer off in the middle"),
            Self::NoHttp => f.write_str("answers with something that is no HTTP"),
            Self::NoTls => f.write_str("TLS fails: the server speaks no TLS there"),
            Self::Untrusted => {
                f.write_str("TLS fails: nobody whom this machine trusts issued the certificate")
            }
            Self::Authority => f.write_str(
                "TLS fails: the certificate is an authority's own, and none of those that this machine trusts",
            ),
            Self::Tls(why) => write!(f, "TLS fails: {why}"),
            Self::TimedOut => f.write_str("does not answer in time"),
            Self::Unended {
                status,
                after,
                limit,
            } => write!(
                f,
                "answers {status} after {}, and its body does not end within {}",
                duration(*after),
                duration(*limit)
            ),
            Self::Redirects => f.write_str("redirects without end"),
            Self::Moved { to, why } => write!(f, "redirects to {to}: {why}"),
            Self::Proxy { proxy, why } => {
                let named = format!("the proxy {} (`{}`)", proxy.at, proxy.variable);
                match &**why {
                    _ if proxy.misread => write!(
                        f,
                        "{named} is not the one that is asked: a `/`, `?`, `#` or `@` in its password ends it"
                    ),
                    // Which of the two is slow nobody tells.
                    Self::TimedOut => write!(f, "no answer comes in time through {named}"),
                    Self::Unresolved => write!(f, "the host name of {named} does not resolve"),
                    // It is that of no proxy.
                    Self::CutOff | Self::Detached => why.fmt(f),
                    Self::Refused | Self::Closed | Self::NoHttp => write!(f, "{named} {why}"),
                    why => write!(f, "{named}: {why}"),
                }
            }
            Self::Other(why) => f.write_str(why),
        }
    }
}

/// What an error means that comes once an answer has begun.
pub(super) fn within(error: &reqwest::Error) -> Trouble {
    match of(error) {
        Trouble::TimedOut => Trouble::TimedOut,
        _ => Trouble::Broken,
    }
}

/// What an error means. Its own text names the URL, which may hold a password.
pub(super) fn of(error: &reqwest::Error) -> Trouble {
    if error.is_timeout() {
        return Trouble::TimedOut;
    }
    let mut words = String::new();
    let mut source = error.source();
    while let Some(inner) = source {
        words = inner.to_string();
        if let Some(tls) = tls_error(inner) {
            return of_tls(tls);
        }
        match inner
            .downcast_ref::<std::io::Error>()
            .map(std::io::Error::kind)
        {
            Some(std::io::ErrorKind::ConnectionRefused) => return Trouble::Refused,
            Some(std::io::ErrorKind::TimedOut) => return Trouble::TimedOut,
            Some(std::io::ErrorKind::NetworkUnreachable | std::io::ErrorKind::NetworkDown) => {
                return if error.url().is_some_and(is_own) {
                    Trouble::Detached
                } else {
                    unless_cut_off(Trouble::Other(words))
                };
            }
            Some(std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::UnexpectedEof) => {
                return Trouble::Closed;
            }
            _ => {}
        }
        if matches!(
            words.as_str(),
            "connection closed before message completed" | "tls handshake eof"
        ) {
            return Trouble::Closed;
        }
        if words.starts_with("invalid HTTP") {
            return Trouble::NoHttp;
        }
        if words.contains("dns error") || words.contains("failed to lookup address") {
            return unless_cut_off(Trouble::Unresolved);
        }
        source = inner.source();
    }
    match words.strip_prefix(TUNNEL) {
        Some("unexpected end of file") => return Trouble::Closed,
        Some("proxy authorization required") => return Trouble::Other(CLOSED.to_owned()),
        Some("unsuccessful") => {
            let why = "it does not let us through, or does not reach the address itself";
            return Trouble::Other(why.to_owned());
        }
        _ => {}
    }
    Trouble::Other(if words.is_empty() {
        "the connection broke off".to_owned()
    } else {
        words
    })
}

/// Whether an address is one that every machine has for itself.
fn is_own(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The trouble with one address, unless it is that with all of them.
fn unless_cut_off(why: Trouble) -> Trouble {
    if net::has_route() {
        why
    } else {
        Trouble::CutOff
    }
}

/// Whether an error arose before a proxy had led us to where we want.
pub(super) fn is_of_tunnel(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.to_string().starts_with(TUNNEL) {
            return true;
        }
        source = inner.source();
    }
    false
}

/// An error of the system may carry one of TLS within another; its `source` passes over both.
fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls) = error.downcast_ref() {
        return Some(tls);
    }
    let carried = error.downcast_ref::<std::io::Error>()?.get_ref()?;
    tls_error(carried)
}

fn of_tls(error: &rustls::Error) -> Trouble {
    match error {
        rustls::Error::InvalidMessage(_) => Trouble::NoTls,
        rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer) => {
            Trouble::Untrusted
        }
        error if is_authority(error) => Trouble::Authority,
        // It shows in more than one way, as that the one who has the issuer's name has another key.
        other => match tls::in_words(&other.to_string()) {
            why if why == tls::UNTRUSTED => Trouble::Untrusted,
            why => Trouble::Tls(why),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_needs_no_route_to_another() {
        for (url, own) in [
            ("http://127.0.0.1:54321/", true),
            ("http://127.8.0.1/", true),
            ("http://localhost:8000/", true),
            ("http://[::1]/", true),
            ("https://192.168.1.2/", false),
            ("https://localhost.acme.io/", false),
        ] {
            assert_eq!(is_own(&Url::parse(url).expect("a URL")), own, "{url}");
        }
        let told = Trouble::Detached.to_string();
        assert!(!told.contains("any other"), "{told}");
    }
}
