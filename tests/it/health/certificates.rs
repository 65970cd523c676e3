//! A deployment's certificate that does not hold, and one that stands for itself.

use super::tls;
use crate::doctor::Place;
use crate::http_server::{Answer, Server};

#[test]
fn an_authoritys_own_certificate_and_a_missing_scheme_have_their_commands() {
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("names");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().expect("a key");
    let cert = params.self_signed(&key).expect("a certificate");
    let certified = rcgen::CertifiedKey {
        cert,
        signing_key: key,
    };
    let server = Server::with_tls(tls(&certified), |_| Answer::new(200, "{}"));
    let place = Place::new(&[]);
    let told = place.run(&["health", &server.url()]);
    assert!(told.out.contains("CA:FALSE"), "{}", told.out);
    // Who trusts the very certificate that is shown, as OpenSSL does, need ask no authority.
    let mut trusting = Place::new(&[("ca.pem", &certified.cert.pem())]);
    let file = trusting.file("ca.pem").to_str().expect("UTF-8").to_owned();
    trusting.set("SSL_CERT_FILE", &file);
    let told = trusting.run(&["health", &server.url()]);
    assert!(!told.out.contains("TLS"), "{}", told.out);
    let plain = server.url().replacen("https://", "http://", 1);
    let told = place.run(&["health", &plain]);
    let cure = format!("pixcrawler health {}/", server.url());
    assert!(told.out.contains(&cure), "{cure}: {}", told.out);
}

#[test]
fn a_certificate_for_another_name_is_told() {
    let certified = rcgen::generate_simple_self_signed(vec!["other.example".to_owned()])
        .expect("a certificate");
    let server = Server::with_tls(tls(&certified), |_| Answer::new(200, "{}"));
    let mut place = Place::new(&[("ca.pem", &certified.cert.pem())]);
    let file = place.file("ca.pem").to_str().expect("UTF-8").to_owned();
    place.set("SSL_CERT_FILE", &file);
    let told = place.run(&["health", &server.url(), "--format", "json"]);
    assert_eq!(told.code, Some(3), "{}", told.out);
    assert!(
        told.out.contains("the certificate is for another name"),
        "{}",
        told.out
    );
}

#[test]
fn a_certificate_that_nobody_else_signed_and_a_file_without_any_have_their_commands() {
    let certified =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let server = Server::with_tls(tls(&certified), |_| Answer::new(200, "{}"));
    let mut place = Place::new(&[("notes.txt", "no certificate")]);
    let cure = format!("SSL_CERT_FILE=ca.pem pixcrawler health {}/", server.url());
    let is_cured = |out: &str| cfg!(windows) || out.contains(&cure);
    let told = place.run(&["health", &server.url(), "--format", "json"]);
    assert!(is_cured(&told.out), "{cure}: {}", told.out);
    let note = "where nobody else signed it, that very certificate";
    assert!(told.out.contains(note), "{}", told.out);
    for (file, why) in [
        ("ca.pem", "which is not there"),
        ("notes.txt", "which has no certificate in PEM"),
    ] {
        let file = place.file(file).to_str().expect("UTF-8").to_owned();
        place.set("SSL_CERT_FILE", &file);
        let told = place.run(&["health", &server.url(), "--format", "json"]);
        let words = format!("`SSL_CERT_FILE` names {file}, {why}");
        assert!(told.out.contains(&words), "{words}: {}", told.out);
    }
    let mut trusting = Place::new(&[("ca.pem", &certified.cert.pem())]);
    let file = trusting.file("ca.pem").to_str().expect("UTF-8").to_owned();
    trusting.set("SSL_CERT_FILE", &file);
    let told = trusting.run(&["health", &server.url()]);
    assert!(!told.out.contains("TLS"), "{}", told.out);
}
