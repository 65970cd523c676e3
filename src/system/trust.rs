//! Whom we believe to be the server that was asked for: who shows a certificate that an authority of ours
//! signed, and who shows one that is itself among ours.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::verify_server_name;
use rustls::pki_types::CertificateDer;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};

use super::verifier::{Shown, Verifier};

/// One that trusts what `roots` signed, and `ours`, which stand for themselves.
///
/// The library's own takes no authority's certificate for a server's. OpenSSL takes one that is itself among those that
/// are trusted: `openssl req -x509` makes such unless it is told otherwise, and who trusts the very certificate that is
/// shown need ask nobody else.
///
/// # Errors
/// Where nobody is trusted at all.
pub(super) fn verifier(
    roots: Arc<RootCertStore>,
    ours: Arc<Vec<CertificateDer<'static>>>,
) -> Result<impl ServerCertVerifier + 'static, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let usual = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
        .build()
        .map_err(|error| error.to_string())?;
    Ok(Verifier::new(
        provider,
        move |shown: &Shown<'_>| match shown.judged_by(&*usual) {
            Err(error) if is_authority(&error) && ours.contains(shown.certificate) => {
                verify_server_name(&ParsedCertificate::try_from(shown.certificate)?, shown.name)
            }
            usual => usual.map(|_| ()),
        },
    ))
}

/// Whether all that is wrong with a certificate is that it may sign others. The library that finds it out gives
/// it no name of ours. It looks at the time of a certificate before that, so that this one holds now.
pub(super) fn is_authority(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidCertificate(CertificateError::Other(other))
            if format!("{other:?}").contains("CaUsedAsEndEntity")
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::pki_types::{ServerName, UnixTime};

    use super::*;

    fn authority(name: &str) -> CertificateDer<'static> {
        let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).expect("names");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2030, 1, 1);
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        certificate.der().clone()
    }

    #[test]
    fn only_what_is_itself_trusted_stands_for_itself() {
        let (shown, other) = (authority("localhost"), authority("localhost"));
        let verifier = |ours: &CertificateDer<'static>| {
            let mut roots = RootCertStore::empty();
            roots.add(ours.clone()).expect("a root");
            super::verifier(Arc::new(roots), Arc::new(vec![ours.clone()])).expect("a verifier")
        };
        let asked = |trusted: &CertificateDer<'static>, name: &'static str, year: u64| {
            let name = ServerName::try_from(name).expect("a name");
            let now = Duration::from_secs((year - 1970) * 31_557_600);
            let now = UnixTime::since_unix_epoch(now);
            verifier(trusted).verify_server_cert(&shown, &[], &name, &[], now)
        };
        assert!(asked(&shown, "localhost", 2025).is_ok());
        let refused = |trusted, name, year| asked(trusted, name, year).expect_err("no");
        // The same name and another key.
        assert!(is_authority(&refused(&other, "localhost", 2025)));
        let refused = |name, year| refused(&shown, name, year).to_string();
        assert!(refused("example.com", 2025).contains("not valid for name"));
        assert!(refused("localhost", 2035).contains("expired"));
        assert!(refused("localhost", 2015).contains("not valid yet"));
    }
}
