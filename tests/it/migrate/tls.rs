//! TLS as libpq does it, against a server with a certificate of an authority of its own.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use super::Case;
use crate::managed::{World, free_port, postgres};

/// An authority, and what it signed for `localhost`: certificate and key.
fn signed(by: &str) -> (String, String, String) {
    let authority_key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::<String>::new()).expect("parameters");
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, by);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&authority_key).expect("an authority");
    let issuer = Issuer::new(params, authority_key);
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(vec!["localhost".to_owned()])
        .expect("parameters")
        .signed_by(&key, &issuer)
        .expect("a certificate");
    (authority.pem(), server.pem(), key.serialize_pem())
}

/// Puts certificate and key where the server reads them, as its own.
pub(crate) fn equip(data: &Path, certificate: &str, key: &str) {
    let owner = fs::metadata(data).expect("data");
    for (name, text) in [("server.crt", certificate), ("server.key", key)] {
        let path = data.join(name);
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
        chown(&path, Some(owner.uid()), Some(owner.gid())).expect("chown");
    }
    let conf = data.join("postgresql.auto.conf");
    let text = fs::read_to_string(&conf).unwrap_or_default();
    fs::write(&conf, format!("{text}\nssl = on\n")).expect("settings");
    let hba = data.join("pg_hba.conf");
    let text = fs::read_to_string(&hba).expect("rules");
    fs::write(&hba, format!("hostnossl all app all reject\n{text}")).expect("rules");
}

#[test]
fn every_sslmode_checks_what_libpq_checks() {
    let case = Case::new(&[("0000_a", 1000, "CREATE TABLE a (id int);")]);
    let world = World::open();
    let port = free_port();
    let url =
        |host: &str, query: &str| format!("postgresql://app:hunter2222@{host}:{port}/pix?{query}");
    let (service, _) = postgres(&url("127.0.0.1", ""));
    world.start(&service).stop();
    let (authority, certificate, key) = signed("ours");
    let (stranger, _, _) = signed("a stranger");
    equip(
        &fs::canonicalize(world.data()).expect("data"),
        &certificate,
        &key,
    );
    // Named as in an env file: relative to the workspace.
    case.write("ca.crt", &authority);
    case.write("other.crt", &stranger);
    let running = world.start(&service);
    let good = [
        ("127.0.0.1", "sslmode=require"),
        ("127.0.0.1", ""),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert=ca.crt"),
        ("127.0.0.1", "sslmode=require&sslrootcert=ca.crt"),
        ("localhost", "sslmode=verify-full&sslrootcert=ca.crt"),
    ];
    for (host, query) in good {
        let ended = case.run(&["--database-url", &url(host, query)]);
        assert_eq!(ended.code, Some(0), "{host} {query}: {}", ended.text);
    }
    let bad = [
        (
            "127.0.0.1",
            "sslmode=disable",
            "insists on TLS",
            "sslmode=require",
        ),
        (
            "127.0.0.1",
            "sslmode=verify-full&sslrootcert=ca.crt",
            "127.0.0.1",
            "the certificate is for another name",
        ),
        (
            "localhost",
            "sslmode=verify-full&sslrootcert=other.crt",
            "nobody who is trusted",
            "sslrootcert=PATH",
        ),
        (
            "127.0.0.1",
            "sslmode=verify-ca&sslrootcert=other.crt",
            "nobody who is trusted",
            "sslrootcert=PATH",
        ),
        (
            "127.0.0.1",
            "sslmode=require&sslrootcert=other.crt",
            "nobody who is trusted",
            "sslrootcert=PATH",
        ),
        // Its own authority is on nobody's list.
        (
            "localhost",
            "sslmode=verify-full",
            "nobody who is trusted",
            "sslrootcert=PATH",
        ),
    ];
    for (host, query, why, way_out) in bad {
        let ended = case.run(&["--database-url", &url(host, query)]);
        assert_eq!(ended.code, Some(3), "{host} {query}: {}", ended.text);
        assert!(
            ended.text.contains(why) && ended.text.contains(way_out),
            "{host} {query}: {}",
            ended.text
        );
    }
    let missing = case.run(&[
        "--database-url",
        &url("localhost", "sslmode=verify-full&sslrootcert=gone.crt"),
    ]);
    assert_eq!(missing.code, Some(2), "{}", missing.text);
    assert!(missing.text.contains("gone.crt"), "{}", missing.text);
    running.stop();

    // Whom the rules take without TLS alone gets in with a wish for it, and not with a demand.
    let hba = world.data().join("pg_hba.conf");
    let text = fs::read_to_string(&hba).expect("rules");
    let text = text.replacen("hostnossl", "hostssl", 1);
    fs::write(&hba, text).expect("rules");
    let running = world.start(&service);
    for (query, code) in [("", 0), ("sslmode=prefer", 0), ("sslmode=require", 3)] {
        let ended = case.run(&["--database-url", &url("127.0.0.1", query)]);
        assert_eq!(ended.code, Some(code), "{query}: {}", ended.text);
    }
    running.stop();
}

#[test]
fn a_server_without_tls_is_told_from_a_bad_certificate() {
    let case = Case::new(&[("0000_a", 1000, "SELECT 1;")]);
    let plain = case.run(&["--database-url", &format!("{}?sslmode=require", case.url)]);
    assert_eq!(plain.code, Some(3), "{}", plain.text);
    assert!(plain.text.contains("sslmode=disable"), "{}", plain.text);
}

#[test]
fn a_certificate_that_is_itself_trusted_needs_no_other_authority() {
    let case = Case::new(&[("0000_a", 1000, "CREATE TABLE a (id int);")]);
    let world = World::open();
    let port = free_port();
    let url =
        |host: &str, query: &str| format!("postgresql://app:hunter2222@{host}:{port}/pix?{query}");
    let (service, _) = postgres(&url("127.0.0.1", ""));
    world.start(&service).stop();
    let own = || {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    };
    let (certificate, key) = own();
    let data = fs::canonicalize(world.data()).expect("data");
    equip(&data, &certificate, &key);
    case.write("ca.crt", &certificate);
    case.write("other.crt", &own().0);
    let running = world.start(&service);
    for (host, query, code) in [
        ("localhost", "sslmode=verify-full&sslrootcert=ca.crt", 0),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert=ca.crt", 0),
        ("127.0.0.1", "sslmode=verify-full&sslrootcert=ca.crt", 3),
        ("localhost", "sslmode=verify-full&sslrootcert=other.crt", 3),
    ] {
        let ended = case.run(&["--database-url", &url(host, query)]);
        assert_eq!(ended.code, Some(code), "{host} {query}: {}", ended.text);
    }
    running.stop();
}
