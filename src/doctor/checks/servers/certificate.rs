//! A certificate that does not hold: what mends it, whatever the protocol.

use crate::diagnostic::Finding;
use crate::doctor::Answer;
use crate::text::remedy;
use crate::workspace::Environment;

use super::{Server, mended};

/// Whether the certificate is for another name, in the library's words.
pub(in crate::doctor::checks) fn is_other_name(why: &str) -> bool {
    why.contains("NotValidForName") || why.contains("not valid for name")
}

/// Whether its time is over, in the library's words.
pub(in crate::doctor::checks) fn has_expired(why: &str) -> bool {
    why.contains("certificate") && why.contains("xpired")
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

/// Its time is over; `manner` is how openssl comes to see it, `believes` what less of a check would mean.
pub(in crate::doctor::checks) fn expired(
    answer: Answer,
    finding: Finding,
    server: &Server,
    manner: &str,
    believes: &str,
) -> Answer {
    let address = remedy::quoted(&server.endpoint.address());
    let finding = finding
        .note("it wants a new one on the server; this shows what it has:")
        .note(believes);
    answer.problem(finding.help(format!("openssl s_client {manner}-connect {address}")))
}
