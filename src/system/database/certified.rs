//! Whether a server's certificate is for another name than that of its host: a handshake that looks at nothing
//! else, for those who have looked at the rest.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::service::endpoint::Endpoint;

use super::super::tls;

/// Asks for TLS: the length, and a version of the protocol that there never was.
pub(in crate::system) const QUESTION: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Why its certificate is for nobody of the name that `endpoint` wants it to have; none where it is, or nobody
/// tells.
pub(in crate::system) async fn trouble(endpoint: &Endpoint) -> Option<String> {
    let name = endpoint.certified.as_deref()?;
    let address = (endpoint.host.as_str(), endpoint.port);
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.write_all(&QUESTION).await.ok()?;
    if stream.read_u8().await.ok()? != b'S' {
        return None;
    }
    let mut client = client(name)?;
    let mut bytes = vec![0; 8192];
    while client.is_handshaking() {
        let mut out = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut out).ok()?;
        }
        stream.write_all(&out).await.ok()?;
        if !client.is_handshaking() {
            break;
        }
        let count = stream.read(&mut bytes).await.ok()?;
        let mut read = bytes.get(..count).filter(|it| !it.is_empty())?;
        while !read.is_empty() {
            client.read_tls(&mut read).ok()?;
            match client.process_new_packets() {
                Ok(_) => {}
                Err(error @ Error::InvalidCertificate(_)) => {
                    return Some(tls::in_words(&error.to_string()));
                }
                Err(_) => return None,
            }
        }
    }
    None
}

fn client(name: &str) -> Option<ClientConnection> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = NameAlone {
        provider: Arc::clone(&provider),
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // Who names an address asks for no name.
    config.enable_sni = false;
    let name = ServerName::try_from(name.to_owned()).ok()?;
    ClientConnection::new(Arc::new(config), name).ok()
}

/// Looks at the name. Nothing is sent over what it lets through.
#[derive(Debug)]
struct NameAlone {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for NameAlone {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
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
        let known = &self.provider.signature_verification_algorithms;
        known.supported_schemes()
    }
}
