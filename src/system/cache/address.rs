//! Where a Redis is and how to speak with it there: TCP, a socket, or TLS as its URL asks for it.

use std::io;

use base64::Engine as _;
use camino::Utf8Path;
use redis::{
    Client, ClientTlsConfig, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _,
    RedisConnectionInfo, RedisError, TlsCertificates,
};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::service::endpoint::{ClientFiles, Endpoint, Tls};

use super::super::fs;

/// Why a file that is named says nothing; nobody is asked then.
pub(super) fn without_files(endpoint: &Endpoint) -> Option<String> {
    let certified = |text: &[u8]| certificates(text).next().is_some();
    let root = || without(endpoint.root.as_deref()?, "authorities", certified);
    let client = || {
        let ClientFiles { certificate, key } = endpoint.client.as_ref()?;
        without(certificate, "our certificate", certified).or_else(|| {
            without(key, "the key of our certificate", |text| {
                is_locked(text) || PrivateKeyDer::from_pem_slice(text).is_ok()
            })
        })
    };
    root().or_else(client)
}

fn without(file: &str, what: &str, holds: impl Fn(&[u8]) -> bool) -> Option<String> {
    match fs::read(Utf8Path::new(file)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Some(format!("there is no file {file} with {what}"))
        }
        Err(error) => Some(error.to_string()),
        Ok(text) => (!holds(&text)).then(|| format!("{file} does not hold {what}")),
    }
}

/// The file with a key that wants a password of its own, which Python's clients may have and we do not read.
pub(super) fn locked_key(endpoint: &Endpoint) -> Option<&str> {
    let file = endpoint.client.as_ref()?.key.as_str();
    let text = fs::read(Utf8Path::new(file)).ok()?;
    is_locked(&text).then_some(file)
}

fn is_locked(key: &[u8]) -> bool {
    let signs: [&[u8]; 2] = [b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED"];
    signs
        .iter()
        .any(|sign| memchr::memmem::find(key, sign).is_some())
}

/// A client for `endpoint` that does not log in by itself.
pub(super) fn client(endpoint: &Endpoint) -> Result<Client, RedisError> {
    let (host, port) = (endpoint.host.clone(), endpoint.port);
    if endpoint.is_socket() {
        return Client::open(info(ConnectionAddr::Unix(host.into()))?);
    }
    if endpoint.tls == Tls::Off {
        return Client::open(info(ConnectionAddr::Tcp(host, port))?);
    }
    let mut address = ConnectionAddr::TcpTls {
        host,
        port,
        insecure: endpoint.tls == Tls::Required,
        tls_params: None,
    };
    if endpoint.root.is_some() || endpoint.client.is_some() {
        let certificates = TlsCertificates {
            client_tls: endpoint.client.as_ref().map(own).transpose()?,
            root_cert: match &endpoint.root {
                Some(file) => Some(authorities(&fs::read(Utf8Path::new(file))?)),
                None => None,
            },
        };
        let client = Client::build_with_tls(info(address)?, certificates)?;
        address = client.get_connection_info().addr().clone();
    }
    address.set_danger_accept_invalid_hostnames(endpoint.tls == Tls::Authority);
    Client::open(info(address)?)
}

fn own(files: &ClientFiles) -> io::Result<ClientTlsConfig> {
    Ok(ClientTlsConfig {
        client_cert: fs::read(Utf8Path::new(&files.certificate))?,
        client_key: fs::read(Utf8Path::new(&files.key))?,
    })
}

fn info(address: ConnectionAddr) -> Result<ConnectionInfo, RedisError> {
    let quiet = RedisConnectionInfo::default().set_skip_set_lib_name();
    Ok(address.into_connection_info()?.set_redis_settings(quiet))
}

fn certificates(text: &[u8]) -> impl Iterator<Item = CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(text).filter_map(Result::ok)
}

/// Those of the file and those of the system, as Python's clients trust them together. One that the library
/// cannot read is left out, or it would take none of them.
fn authorities(text: &[u8]) -> Vec<u8> {
    let system = rustls_native_certs::load_native_certs().certs;
    let mut known = RootCertStore::empty();
    let mut all = String::new();
    for certificate in certificates(text).chain(system) {
        if known.add(certificate.clone()).is_ok() {
            let body = base64::engine::general_purpose::STANDARD.encode(&certificate);
            all.push_str("-----BEGIN CERTIFICATE-----\n");
            all.push_str(&body);
            all.push_str("\n-----END CERTIFICATE-----\n");
        }
    }
    all.into_bytes()
}
