//! What the backend's code answers browsers with.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::http_server::{Answer, Server};

use super::Place;

const ORIGIN: &str = "http://localhost:3000";

fn place(api: &str, middleware: &str) -> Place {
    let main = format!(
        "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\n\napp = FastAPI()\n{middleware}\n\n\n@app.post(\"/crawls\")\nasync def crawl(): ...\n"
    );
    Place::new(&[
        ("frontend/package.json", "{}"),
        (
            "frontend/.env",
            &format!("NEXT_PUBLIC_APP_URL={ORIGIN}\nNEXT_PUBLIC_API_URL={api}\n"),
        ),
        ("backend/.env", &format!("ALLOWED_ORIGINS={ORIGIN}\n")),
        ("backend/main.py", &main),
    ])
}

fn adding(arguments: &str) -> String {
    format!("app.add_middleware(CORSMiddleware, allow_methods=[\"*\"], {arguments})")
}

#[test]
fn a_list_in_the_code_counts_and_not_the_one_that_nothing_reads() {
    let nobody = Server::nobody();
    let check = |arguments: &str| place(&nobody, &adding(arguments)).check("cors", &[]);
    for refused in [
        "allow_origins=[\"http://localhost:9\"]",
        "allow_origins=[], allow_origin_regex=r\"http://localhost:9\\d{3}\"",
        "allow_origins=[\"http://localhost:3000/\"]",
    ] {
        let check = check(refused);
        check.fails_with("cors/refused", "CORSMiddleware at backend/main.py:5");
        assert_eq!(check.help(), "${EDITOR:-vi} +5 backend/main.py");
    }
    for (let_in, words) in [
        (
            "allow_origins=[\"http://localhost:3000\"]",
            "backend/main.py:5 lists http://localhost:3000",
        ),
        (
            "allow_origins=[\"*\"]",
            "backend/main.py:5 lets everybody in",
        ),
        (
            "allow_origin_regex=r\"https?://localhost:\\d+\"",
            "the pattern at backend/main.py:5 matches",
        ),
        (
            "allow_origins=settings.allowed_origins",
            "ALLOWED_ORIGINS holds http://localhost:3000",
        ),
    ] {
        let check = check(let_in);
        assert_eq!(check.status(), "pass", "{let_in}: {}", check.text());
        assert!(check.found().contains(words), "{}", check.found());
    }
    for untold in [
        "allow_origins=ask()",
        "allow_origins=[], allow_origin_regex=ask()",
        "allow_origins=[], allow_origin_regex=r\"(?i)http://localhost\"",
        "**options",
    ] {
        let check = check(untold);
        assert_eq!(check.status(), "skipped", "{untold}: {}", check.text());
        assert!(check.text().contains("cannot be told"), "{}", check.text());
    }
}

#[test]
fn an_api_without_a_middleware_answers_no_browser() {
    let nobody = Server::nobody();
    let check = place(&nobody, "").check("cors", &[]);
    assert_eq!(check.status(), "warn", "{}", check.text());
    assert_eq!(
        check.findings(),
        [(
            "cors/refused",
            "nothing in the code of the API (backend/main.py:4) answers preflights: no CORSMiddleware"
        )]
    );
    assert_eq!(check.help(), "${EDITOR:-vi} +4 backend/main.py");
    // Something else may do it.
    let other = place(&nobody, "setup_cors(app)").check("cors", &[]);
    assert_eq!(other.status(), "skipped", "{}", other.text());
}

#[test]
fn methods_that_routes_have_are_let_through() {
    let only = format!(
        "app.add_middleware(\n    CORSMiddleware,\n    allow_origins=[\"{ORIGIN}\"],\n    allow_methods=[\"GET\"],\n)"
    );
    let check = place(&Server::nobody(), &only).check("cors", &[]);
    assert_eq!(check.status(), "warn", "{}", check.text());
    let (rule, message) = check.findings()[0];
    assert_eq!(rule, "cors/methods");
    assert_eq!(
        message,
        "CORSMiddleware at backend/main.py:8 does not let pages call the API with POST, which routes have (backend/main.py:12)"
    );
    assert_eq!(check.help(), "${EDITOR:-vi} +8 backend/main.py");
    // The API that runs decides, and is asked once more where it does not name the method.
    let asked = Arc::new(AtomicUsize::new(0));
    let running = |allowed: &'static str| {
        let asked = Arc::clone(&asked);
        Server::start(move |request| {
            asked.fetch_add(1, Ordering::SeqCst);
            let method = request.header("access-control-request-method");
            let is_let = method.is_some_and(|it| allowed.contains(it));
            let answer = if is_let {
                Answer::new(200, "OK")
            } else {
                Answer::new(400, "Disallowed CORS method")
            };
            answer
                .header("access-control-allow-origin", ORIGIN)
                .header("access-control-allow-methods", allowed)
        })
    };
    let server = running("GET");
    let check = place(&server.url(), &only).check("cors", &[]);
    assert_eq!(check.status(), "warn", "{}", check.text());
    let message = check.findings()[0].1;
    assert!(message.starts_with("the running API does not let pages call it with POST"));
    assert_eq!(check.help(), "${EDITOR:-vi} +8 backend/main.py");
    assert_eq!(asked.swap(0, Ordering::SeqCst), 2);
    let server = running("GET, POST");
    let check = place(&server.url(), &only).check("cors", &[]);
    assert_eq!(check.status(), "pass", "{}", check.text());
    assert_eq!(asked.swap(0, Ordering::SeqCst), 1);
    // The code was mended since.
    let server = running("GET");
    let check = place(&server.url(), &only.replace("\"GET\"", "\"*\"")).check("cors", &[]);
    assert!(
        check.text().contains("before that was written"),
        "{}",
        check.text()
    );
    assert!(check.help().starts_with("curl "), "{}", check.help());
}

#[test]
fn pages_are_where_the_frontend_is_run() {
    let place = |list: &str| {
        Place::new(&[
            (
                "frontend/package.json",
                "{\"scripts\": {\"dev\": \"next dev --turbopack -p 24600\"}}",
            ),
            (
                "frontend/.env",
                &format!("NEXT_PUBLIC_API_URL={}\n", Server::nobody()),
            ),
            ("backend/.env", &format!("ALLOWED_ORIGINS={list}\n")),
        ])
    };
    let run = place("http://localhost:24600");
    let check = run.check("cors", &[]);
    assert_eq!(check.status(), "pass", "{}", check.text());
    let env = run.check("env", &[]);
    assert!(!env.text().contains("24600"), "{}", env.text());
    let check = place(ORIGIN).check("cors", &[]);
    let words = "ALLOWED_ORIGINS does not hold http://localhost:24600, where the frontend is run";
    check.fails_with("cors/refused", words);
}
