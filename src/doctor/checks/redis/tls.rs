//! What is wrong with a server's TLS. No way out asks for less of it without saying what that means.

use crate::diagnostic::Finding;
use crate::doctor::Answer;
use crate::service::endpoint::Endpoint;
use crate::text::remedy;
use crate::workspace::Environment;

use super::super::servers::certificate::{self, is_other_name, unsound};
use super::super::servers::{Server, mended};

/// What `none` in the place of a check means.
const BELIEVES: &str = "ssl_cert_reqs=CERT_NONE in its place would encrypt and believe whoever answers, also one that only pretends";

/// What the library says, as people say it.
pub(super) fn words(why: &str) -> &str {
    if why.contains(WANTED) {
        "it asks for a certificate of ours, and the URL names none"
    } else {
        why
    }
}

/// What a server says that takes nobody without a certificate.
const WANTED: &str = "CertificateRequired";

/// Which part of the URL is wrong where it is our own certificate that does not hold, and why.
fn of_client(endpoint: &Endpoint, why: &str) -> Option<(&'static str, String)> {
    const CERTIFICATE: &str = "ssl_certfile";
    let Some(files) = &endpoint.client else {
        let note = "the file with a certificate that the server's authority signed for us; its key stands there too, or in the file of ssl_keyfile:";
        return why.contains(WANTED).then(|| (CERTIFICATE, note.to_owned()));
    };
    if why.contains("with our certificate") || why.contains("hold our certificate") {
        let note = "the file with the certificate that the server is to see:";
        Some((CERTIFICATE, note.to_owned()))
    } else if why.contains("the key of our certificate") {
        let note = "the file with the key of the certificate that the server is to see:";
        Some(("ssl_keyfile", note.to_owned()))
    } else if why.contains("fatal alert") || why.contains("TLS parameters") {
        let note = format!(
            "it was shown the certificate in {}, whose key must be in {}, and which an authority of the server's must have signed:",
            files.certificate, files.key
        );
        Some((CERTIFICATE, note))
    } else {
        None
    }
}

/// Whether a handshake failed because the server speaks no TLS: no certificate has to do with it.
pub(super) fn is_missing(endpoint: &Endpoint, why: &str) -> bool {
    let of_root = |file: &String| why.contains(file.as_str());
    !is_other_name(why)
        && unsound(why).is_none()
        && of_client(endpoint, why).is_none()
        && !endpoint.root.as_ref().is_some_and(of_root)
        && !why.contains("certificate")
}

/// A handshake that failed.
pub(super) fn failed(
    answer: Answer,
    finding: Finding,
    server: &Server,
    environment: Environment,
    why: &str,
) -> Answer {
    if is_other_name(why) {
        return certificate::other_name(answer, finding, server, environment);
    }
    if let Some(unsound) = unsound(why) {
        return certificate::renewed(answer, finding, server, unsound, "", BELIEVES);
    }
    let place = server.place();
    if let Some((part, note)) = of_client(&server.endpoint, why) {
        let cure = server.change(environment, part, "-");
        let words = format!("correct {part} in {place}");
        return mended(answer, finding.note(note), cure, words);
    }
    // Where no certificate was shown, there is none to look up.
    let shown = |file: &&String| why.contains("certificate") || why.contains(file.as_str());
    if let Some(file) = server.endpoint.root.as_ref().filter(shown) {
        let finding = if why.contains(file) {
            finding
        } else {
            finding.note(format!(
                "it was looked for among the authorities in {file} and those of this system"
            ))
        };
        let finding = finding
            .note("the file with the certificate of the authority that signed the server's:");
        let cure = server.change(environment, "ssl_ca_certs", "-");
        let words = format!("correct ssl_ca_certs in {place}");
        return mended(answer, finding, cure, words);
    }
    // For its owner to mend, or for who trusts it.
    if why.contains("certificate") {
        let finding = finding
            .note("ca.pem: the certificate of who issued the server's, which is to be trusted");
        return answer.problem(finding.help(remedy::set_to("SSL_CERT_FILE", "ca.pem")));
    }
    let finding = finding
        .note("without TLS no option that begins with `ssl_` may stay: this takes them out, too:");
    let cure = server.change(environment, "scheme", "redis");
    let words = format!("use redis:// for a server without TLS, and no `ssl_` option, in {place}");
    mended(answer, finding, cure, words)
}
