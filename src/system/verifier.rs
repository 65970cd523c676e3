//! A look at a server's certificate of our own, in the form in which the library asks for one: it decides about the
//! certificate, and signatures are looked at as ever.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

/// What a server shows, and what is asked of it.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    /// Its certificate.
    pub(super) certificate: &'a CertificateDer<'a>,
    /// Those that stand between it and an authority.
    pub(super) between: &'a [CertificateDer<'a>],
    /// The name that it is to have.
    pub(super) name: &'a ServerName<'a>,
    /// What its authority says of it.
    pub(super) ocsp: &'a [u8],
    /// The time at which it is to hold.
    pub(super) now: UnixTime,
}

impl Shown<'_> {
    /// What another verifier makes of it.
    pub(super) fn judged_by(
        &self,
        usual: &impl ServerCertVerifier,
    ) -> Result<ServerCertVerified, Error> {
        usual.verify_server_cert(
            self.certificate,
            self.between,
            self.name,
            self.ocsp,
            self.now,
        )
    }
}

/// Looks at a certificate as `decide` has it.
pub(super) struct Verifier<F> {
    provider: Arc<CryptoProvider>,
    decide: F,
}

impl<F> Verifier<F>
where
    F: Fn(&Shown<'_>) -> Result<(), Error> + Send + Sync,
{
    pub(super) fn new(provider: Arc<CryptoProvider>, decide: F) -> Self {
        Self { provider, decide }
    }
}

impl<F> fmt::Debug for Verifier<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

impl<F> ServerCertVerifier for Verifier<F>
where
    F: Fn(&Shown<'_>) -> Result<(), Error> + Send + Sync,
{
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        (self.decide)(&Shown {
            certificate: end_entity,
            between: intermediates,
            name: server_name,
            ocsp: ocsp_response,
            now,
        })?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
