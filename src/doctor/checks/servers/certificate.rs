//! A certificate that does not hold: what mends it, whatever the protocol.

use crate::diagnostic::Finding;
use crate::doctor::Answer;
use crate::system::tls;
use crate::text::remedy;
use crate::workspace::Environment;

use super::{Server, mended};

/// A certificate for which no other authority and no other address would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::doctor::checks) enum Unsound {
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYet,
    /// It may sign others, and is no server's.
    Authority,
    /// Nobody takes such.
    Other,
}

/// Whether the certificate is for another name.
pub(in crate::doctor::checks) fn is_other_name(why: &str) -> bool {
    why.contains(tls::ANOTHER_NAME)
}

/// Whether it wants another one on the server, and why.
pub(in crate::doctor::checks) fn unsound(why: &str) -> Option<Unsound> {
    const OTHER: [&str; 4] = [tls::SIGNATURE, tls::VERSION, tls::PURPOSE, tls::REVOKED];
    if why.contains(tls::EXPIRED) {
        Some(Unsound::Expired)
    } else if why.contains(tls::NOT_YET) {
        Some(Unsound::NotYet)
    } else if why.contains(tls::AUTHORITY) {
        Some(Unsound::Authority)
    } else if OTHER.iter().any(|words| why.contains(words)) {
        Some(Unsound::Other)
    } else {
        None
    }
}

/// The host is another than the certificate's.
pub(in crate::doctor::checks) fn other_name(
    answer: Answer,
    finding: Finding,
    server: &Server,
    environment: Environment,
) -> Answer {
    let finding = finding.note("the host is to be written as the certificate has it:");
    let cure = server.change(environment, "host", "-");
    let words = format!("correct the host of {}", server.place());
    mended(answer, finding, cure, words)
}

/// Only another one helps; `manner` is how openssl comes to see it, `believes` what less of a check would mean.
pub(in crate::doctor::checks) fn renewed(
    answer: Answer,
    finding: Finding,
    server: &Server,
    unsound: Unsound,
    manner: &str,
    believes: &str,
) -> Answer {
    let host = &server.endpoint.host;
    if unsound == Unsound::Authority {
        let kind = if host.parse::<std::net::IpAddr>().is_ok() {
            "IP"
        } else {
            "DNS"
        };
        let subject = remedy::quoted(&format!("/CN={host}"));
        let name = remedy::quoted(&format!("subjectAltName={kind}:{host}"));
        let finding = finding
            .note("openssl makes one unless it is told not to; clients that use OpenSSL take it where it is itself in the file of authorities that they are given, and others do not")
            .note(believes)
            .note("this makes one for a server, with its key, in the folder where it is typed: both belong on the server, where its settings name them, and the key in no repository:");
        return answer.problem(finding.help(format!(
            "openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj {subject} -addext {name} \
             -addext basicConstraints=critical,CA:FALSE -keyout server.key -out server.crt"
        )));
    }
    let finding = match unsound {
        Unsound::Expired => {
            finding.note("a clock that is ahead comes to the same: pixcrawler doctor --only clock")
        }
        Unsound::NotYet => {
            finding.note("whether the clock is wrong tells pixcrawler doctor --only clock")
        }
        Unsound::Authority | Unsound::Other => finding,
    };
    let address = remedy::quoted(&server.endpoint.address());
    let finding = finding
        .note("it wants a new one on the server; this shows what it has:")
        .note(believes);
    answer.problem(finding.help(format!("openssl s_client {manner}-connect {address}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_another_certificate_mends_is_told_from_the_rest() {
        for (words, wanted) in [
            (tls::EXPIRED, Some(Unsound::Expired)),
            (tls::NOT_YET, Some(Unsound::NotYet)),
            (tls::AUTHORITY, Some(Unsound::Authority)),
            (tls::SIGNATURE, Some(Unsound::Other)),
            (tls::UNTRUSTED, None),
            (tls::ANOTHER_NAME, None),
            ("server does not support TLS", None),
        ] {
            assert_eq!(unsound(words), wanted, "{words}");
        }
    }
}
