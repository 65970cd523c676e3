//! Where a Redis is and how to speak with it there: TCP, a socket, or TLS as its URL asks for it.

use std::io;

use base64::Engine as _;
use camino::Utf8Path;
use redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisConnectionInfo,
    RedisError, TlsCertificates,
};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::service::endpoint::{Endpoint, Tls};

use super::super::fs;

/// Why the file of authorities that is named says nothing; nobody is asked then.
pub(super) fn without_root(endpoint: &Endpoint) -> Option<String> {
    let file = endpoint.root.as_deref()?;
    match fs::read(Utf8Path::new(file)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Some(format!("there is no file {file} with authorities"))
        }
        Err(error) => Some(error.to_string()),
        Ok(text) => certificates(&text)
            .next()
            .is_none()
            .then(|| format!("no authority stands in {file}")),
    }
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
    if let Some(file) = &endpoint.root {
        let authorities = TlsCertificates {
            client_tls: None,
            root_cert: Some(authorities(&fs::read(Utf8Path::new(file))?)),
        };
        let client = Client::build_with_tls(info(address)?, authorities)?;
        address = client.get_connection_info().addr().clone();
    }
    address.set_danger_accept_invalid_hostnames(endpoint.tls == Tls::Authority);
    Client::open(info(address)?)
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
