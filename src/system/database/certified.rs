//! Whether a server's certificate is for another name than that of its host: a handshake that looks at nothing
//! else, for those who have looked at the rest.

use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::pki_types::ServerName;
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, ClientConnection, Error};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::service::endpoint::Endpoint;

use super::super::tls;
use super::super::verifier::{Shown, Verifier};

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
    // It looks at the name. Nothing is sent over what it lets through.
    let name_alone = |shown: &Shown<'_>| {
        verify_server_name(&ParsedCertificate::try_from(shown.certificate)?, shown.name)
    };
    let verifier = Verifier::new(Arc::clone(&provider), name_alone);
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
