//! Whose certificates this machine trusts, and why a file that names them cannot be used.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::variables;

/// The variable that names a file with them, in place of the system's.
const FILE: &str = "SSL_CERT_FILE";

/// Those who sign, and the certificates that are trusted themselves.
type Known = (Arc<RootCertStore>, Arc<Vec<CertificateDer<'static>>>);

/// The system's certificates, or those that `SSL_CERT_FILE` names, and Mozilla's: an image without
/// any would otherwise trust nobody. Read once.
pub(super) fn known() -> Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    let (roots, ours) = KNOWN.get_or_init(|| {
        let ours = rustls_native_certs::load_native_certs().certs;
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        roots.add_parsable_certificates(ours.iter().cloned());
        (Arc::new(roots), Arc::new(ours))
    });
    (Arc::clone(roots), Arc::clone(ours))
}

/// Why nobody is trusted by the file that `SSL_CERT_FILE` names, in words; none where it names none, or a sound one.
#[must_use]
pub fn trouble() -> Option<String> {
    let variables = variables::snapshot();
    let file = variables.get(FILE).filter(|file| !file.is_empty())?;
    let why = unusable(Path::new(file))?;
    Some(format!("`{FILE}` names {file}, which {why}"))
}

fn unusable(file: &Path) -> Option<String> {
    let found = rustls_native_certs::load_certs_from_paths(Some(file), None);
    if !found.certs.is_empty() {
        return None;
    }
    let error = found.errors.first().map(|error| &error.kind);
    Some(match error {
        Some(rustls_native_certs::ErrorKind::Io { inner, .. }) => match inner.kind() {
            ErrorKind::NotFound => "is not there".to_owned(),
            ErrorKind::IsADirectory => "is a folder".to_owned(),
            _ => format!("cannot be read: {inner}"),
        },
        _ => "has no certificate in PEM (-----BEGIN CERTIFICATE-----)".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "this is the boundary")]
    fn a_file_without_certificates_says_why() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("ca.pem");
        let told = || unusable(&file);
        assert_eq!(told().as_deref(), Some("is not there"));
        std::fs::write(&file, "no certificate").expect("written");
        assert!(told().is_some_and(|it| it.starts_with("has no certificate in PEM")));
        let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])
            .expect("a certificate");
        std::fs::write(&file, certified.cert.pem()).expect("written");
        assert_eq!(told(), None);
    }
}
