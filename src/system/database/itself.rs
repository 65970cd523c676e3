//! A server whose very certificate is among those that are trusted, and that may sign others, too. OpenSSL and Node
//! take such a one for a server's. The library that speaks Postgres does not, and takes no look of ours: so the TLS is
//! ours there, and the library speaks to us, over a line within this machine.

use std::io::{self, ErrorKind};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, Error, RootCertStore};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::super::trust;
use super::super::verifier::{Shown, Verifier};
use super::certified::QUESTION;

/// How long the library may take to come to us; it does so at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// How to speak to the server of `options` over a line of ours, whose other end has shown a certificate that the file
/// `root` has itself.
///
/// # Errors
/// Why there is none; a [`rustls::Error`] within where it is the certificate.
pub(super) async fn line(options: &PgConnectOptions, root: &Path) -> io::Result<PgConnectOptions> {
    let with_name = matches!(options.get_ssl_mode(), PgSslMode::VerifyFull);
    let config = config(root, with_name).map_err(io::Error::other)?;
    let host = options.get_host().to_owned();
    let mut stream = TcpStream::connect((host.as_str(), options.get_port())).await?;
    stream.write_all(&QUESTION).await?;
    if stream.read_u8().await? != b'S' {
        return Err(ErrorKind::Unsupported.into());
    }
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    let connector = TlsConnector::from(Arc::new(config));
    let mut theirs = connector.connect(name, stream).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        if let Ok(Ok((mut ours, _))) = timeout(PATIENCE, listener.accept()).await {
            let _ = copy_bidirectional(&mut ours, &mut theirs).await;
        }
    });
    let ours = options.clone().host("127.0.0.1").port(port);
    Ok(ours.ssl_mode(PgSslMode::Disable))
}

/// As libpq has it: who it is that signed counts always, and the name where that is asked for.
fn config(root: &Path, with_name: bool) -> Result<ClientConfig, String> {
    let ours = rustls_native_certs::load_certs_from_paths(Some(root), None).certs;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(ours.iter().cloned());
    let usual = trust::verifier(Arc::new(roots), Arc::new(ours))?;
    let look = move |shown: &Shown<'_>| match shown.judged_by(&usual) {
        Err(error) if !with_name && is_of_name(&error) => Ok(()),
        seen => seen.map(|_| ()),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new(Arc::clone(&provider), look);
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let config = config.dangerous();
    let config = config.with_custom_certificate_verifier(Arc::new(verifier));
    Ok(config.with_no_client_auth())
}

/// The name is looked at last: nothing else is wrong then.
fn is_of_name(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
        )
    )
}
