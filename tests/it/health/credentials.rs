//! What lets somebody in comes back in no report.

use crate::doctor::Place;
use crate::http_server::{Answer, Server};

#[test]
fn no_credential_of_the_address_or_of_the_report_is_told() {
    let server = Server::start(|request| {
        if request.path != "/hc?key=topsecretkey1" {
            return Answer::new(404, "{}");
        }
        let long = "x".repeat(192);
        Answer::new(
            200,
            &format!(
                r#"{{"status":"unhealthy",
                "error":"S3cretPw99 topsecretkey1; password: Geheim12345; X-Api-Key: 9f8e7d6c5b4a3; Cookie: session=fedcba9876; Authorization: Bearer abcdef1234567; AccountKey=Zm9vYmFyYmF6cXV1eA==; api_key=sk_live_1234567890abcdef; token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop",
                "version":"1 topsecretkey1",
                "components":{{"redis://:pwpwpwpw@h":{{"status":"down","message":"{long}S3cretPw99"}},
                "storage topsecretkey1":"failed: rk_live_1234567890abcdef"}}}}"#
            ),
        )
    });
    let url = server.url().replace("://", "://adm:S3cretPw99@");
    let url = format!("{url}/hc?key=topsecretkey1");
    let place = Place::new(&[]);
    for format in ["human", "json", "github", "sarif", "junit"] {
        let told = place.run(&["health", &url, "--format", format]);
        assert_eq!(told.code, Some(1), "{format}: {}{}", told.out, told.err);
        let all = format!("{}{}", told.out, told.err);
        for secret in [
            "S3cretP",
            "topsecret",
            "abcdef1234567",
            "Zm9vYmFy",
            "_live_1234",
            "Geheim",
            "9f8e7d",
            "fedcba",
            "eyJ",
            "pwpwpwpw",
        ] {
            assert!(!all.contains(secret), "{format}: {secret}: {all}");
        }
        assert!(all.contains("redis://:••••••@h"), "{format}: {all}");
    }
}

#[test]
fn a_password_that_a_report_repeats_in_prose_is_not_told() {
    let said = [
        "password 'hunter2Secret' rejected",
        "login with password hunter2Secret failed",
        "password is hunter2Secret",
        "ALTER ROLE a WITH PASSWORD 'hunter2Secret'",
        "CREATE USER a IDENTIFIED BY 'hunter2Secret'",
        "mysql --password hunter2Secret -u a",
        "mysql -phunter2Secret",
        "curl -u admin:hunter2Secret http://h",
        "redis-cli -a hunter2Secret ping",
        "AUTH default hunter2Secret: WRONGPASS",
        "settings:\n  password:\n    hunter2Secret",
        "password => \"hunter2Secret\", secret -> hunter2Secret",
        "GET https://b.s3.amazonaws.com/x?X-Amz-Signature=hunter2Secret failed",
    ];
    let parts = said.iter().enumerate().map(|(at, said)| {
        let part = serde_json::json!({"status": "down", "error": said});
        (format!("part{at}"), part)
    });
    let parts: serde_json::Map<String, serde_json::Value> = parts.collect();
    let report = serde_json::json!({"status": "unhealthy", "components": parts}).to_string();
    let server = Server::start(move |request| match request.path.as_str() {
        "/health" => Answer::new(503, &report),
        _ => Answer::new(404, "{}"),
    });
    let place = Place::new(&[]);
    for format in ["human", "json", "github", "sarif", "junit"] {
        let told = place.run(&["health", &server.url(), "--format", format]);
        let all = format!("{}{}", told.out, told.err);
        assert!(all.contains("••••••"), "{format}: {all}");
        assert!(!all.contains("hunter2"), "{format}: {all}");
    }
}

#[test]
fn a_plain_word_of_a_query_is_told_as_it_is() {
    let server = Server::start(|request| match request.path.as_str() {
        "/hc?check=database" => Answer::new(200, r#"{"checks":{"database":"down"}}"#),
        _ => Answer::new(404, "{}"),
    });
    let url = format!("{}/hc?check=database", server.url());
    let told = Place::new(&[]).run(&["health", &url]);
    let line = "the application sees database as unhealthy";
    assert!(told.out.contains(line), "{}", told.out);
}

#[test]
fn a_password_that_is_a_word_is_masked_in_what_others_say_alone() {
    let server = Server::start(|request| match request.path.as_str() {
        "/health" => Answer::new(503, r#"{"status":"unhealthy","error":"answers is wrong"}"#),
        _ => Answer::new(404, "{}"),
    });
    let url = server.url().replace("://", "://adm:answers@");
    let told = Place::new(&[]).run(&["health", &url]);
    assert!(told.out.contains("/health answers 503"), "{}", told.out);
    assert!(told.out.contains("•••••• is wrong"), "{}", told.out);
}
