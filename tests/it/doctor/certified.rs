//! A Postgres that shows what `openssl req -x509` makes: a certificate that stands for itself, and may sign others.

use std::fs;

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

use super::Place;
use crate::managed::{World, free_port, postgres};
use crate::migrate::tls::equip;

/// An authority's own certificate for `localhost`, and its key.
fn authority() -> (String, String) {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    (certificate.pem(), key.serialize_pem())
}

#[test]
fn a_certificate_that_is_itself_trusted_is_taken_as_its_readers_take_it() {
    let world = World::open();
    let port = free_port();
    let url = |host: &str| format!("postgresql://app:hunter2222@{host}:{port}/pix");
    let (service, _) = postgres(&url("127.0.0.1"));
    world.start(&service).stop();
    let (certificate, key) = authority();
    let data = fs::canonicalize(world.data()).expect("data");
    equip(&data, &certificate, &key);
    let running = world.start(&service);
    let mut place = Place::new(&[
        ("frontend/package.json", r#"{"dependencies":{"pg":"^8"}}"#),
        ("ca.crt", &certificate),
        ("other.crt", &authority().0),
    ]);
    let file = |name: &str| place.file(name).to_str().expect("UTF-8").to_owned();
    let (own, other) = (file("ca.crt"), file("other.crt"));
    let check = |place: &Place, host: &str, query: &str| {
        let env = format!("POSTGRES_URL={}?{query}\n", url(host));
        place.write("frontend/.env", &env);
        let check = place.check("postgres", &[]);
        (check.status().to_owned(), check.text())
    };
    for mode in ["verify-full", "verify-ca"] {
        let query = format!("sslmode={mode}&sslrootcert={own}");
        let (status, text) = check(&place, "localhost", &query);
        assert!(status != "fail" && !text.contains("postgres/tls"), "{text}");
    }
    // Who trusts another one is told, and where what the cure makes belongs.
    let (status, text) = check(
        &place,
        "localhost",
        &format!("sslmode=verify-full&sslrootcert={other}"),
    );
    assert_eq!(status, "fail", "{text}");
    assert!(text.contains("an authority's own"), "{text}");
    assert!(text.contains("the key in no repository"), "{text}");
    // The name counts all the same.
    place.write("frontend/.env", "");
    place.set("PGSSLROOTCERT", &own);
    let asyncpg = |host: &str| {
        let url = url(host).replace("postgresql", "postgresql+asyncpg");
        place.write(
            "backend/.env",
            &format!("DATABASE_URL={url}?ssl=verify-full\n"),
        );
        let check = place.check("postgres", &[]);
        (check.status().to_owned(), check.text())
    };
    let (status, text) = asyncpg("127.0.0.1");
    assert_eq!(status, "fail", "{text}");
    assert!(text.contains("for another name"), "{text}");
    let (status, text) = asyncpg("localhost");
    assert!(status != "fail" && !text.contains("postgres/tls"), "{text}");
    running.stop();
}
