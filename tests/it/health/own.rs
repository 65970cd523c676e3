//! `health` about an address of the workspace's own, and how it is typed.

use serde_json::Value;

use crate::doctor::Place;
use crate::http_server::{Answer, Server};

fn pages() -> Server {
    Server::start(|_| Answer::new(200, "<html></html>").header("content-type", "text/html"))
}

#[test]
fn the_web_application_is_told_from_somebody_elses_server() {
    let (web, api) = (pages(), Server::nobody());
    let env = format!(
        "NEXT_PUBLIC_APP_URL={}\nNEXT_PUBLIC_API_URL={api}\n",
        web.url()
    );
    let place = Place::new(&[
        (
            "frontend/package.json",
            r#"{"scripts": {"dev": "next dev"}}"#,
        ),
        ("frontend/.env", &env),
    ]);
    let told = place.run(&["health", &web.url(), "--format", "json"]);
    let value: Value = serde_json::from_str(&told.out).expect("JSON");
    let api_row = &value["checks"][0]["findings"][0];
    let notes = api_row["notes"].to_string();
    assert!(
        notes.contains("the web application of this workspace"),
        "{value:#}"
    );
    let help = api_row["help"].as_str().expect("a way out");
    assert!(
        help.starts_with(&format!("pixcrawler health {api}")),
        "{help}"
    );
}

#[test]
fn rounds_are_one_object_a_line_or_no_stream() {
    let server = Server::start(|request| match request.path.as_str() {
        "/health" => Answer::new(200, r#"{"status":"healthy"}"#),
        _ => Answer::new(404, "{}"),
    });
    let place = Place::new(&[]);
    let watch = format!("pixcrawler health --watch 1 {}", server.url());
    let told = place.follow(&format!("{watch} --format json | head -2"), "");
    assert_eq!(told.out.lines().count(), 2, "{}", told.out);
    for line in told.out.lines() {
        let value: Value = serde_json::from_str(line).expect("an object");
        assert_eq!(value["checks"][0]["status"], "pass", "{line}");
    }
    for format in ["junit", "sarif"] {
        let told = place.follow(&format!("{watch} --format {format}"), "");
        assert_eq!((told.code, told.out.as_str()), (Some(2), ""), "{format}");
        assert!(told.err.contains("--format human"), "{}", told.err);
    }
}

#[test]
fn an_address_without_a_scheme_comes_back_with_one() {
    let place = Place::new(&[]);
    for (words, way) in [
        (
            &["health", "--web", "localhost:3000"][..],
            "pixcrawler health --web http://localhost:3000",
        ),
        (
            &["health", "127.0.0.1:8000"],
            "pixcrawler health http://127.0.0.1:8000",
        ),
        (
            &["health", "--web", "127.0.0.1:3000"],
            "pixcrawler health --web http://127.0.0.1:3000",
        ),
    ] {
        let told = place.run(words);
        assert_eq!(told.code, Some(2), "{words:?}: {}", told.out);
        assert!(told.err.contains(way), "{words:?}: {}", told.err);
    }
}
