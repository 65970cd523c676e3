//! Which addresses are asked, and what is told of them.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::{checks, status};
use crate::doctor::Place;
use crate::http_server::{Answer, Server};

/// A server that has one report, at this path and query.
fn only(at: &'static str, body: &'static str) -> Server {
    Server::start(move |request| match request.path.as_str() {
        path if path == at => Answer::new(200, body),
        _ => Answer::new(404, r#"{"detail":"Not Found"}"#),
    })
}

const WELL: &str = r#"{"status":"UP","components":{"db":{"status":"UP"}}}"#;

#[test]
fn the_address_of_the_report_itself_is_asked_first() {
    let place = Place::new(&[]);
    for (at, given) in [
        ("/internal/health", "/internal/health"),
        ("/v2/monitor", "/v2/monitor"),
        ("/actuator/health", "/actuator/health"),
        ("/actuator/health", "/actuator"),
        ("/api/health", ""),
        ("/api/health", "/api"),
        ("/api/v1/health", ""),
    ] {
        let server = only(at, WELL);
        let url = format!("{}{given}", server.url());
        let told = place.run(&["health", &url, "--format", "json"]);
        assert_eq!(told.code, Some(0), "{given}: {}", told.out);
        assert_eq!(status(&told, "api"), "pass", "{given}: {}", told.out);
        assert_eq!(status(&told, "database"), "pass", "{given}: {}", told.out);
    }
    let server = only("/elsewhere", WELL);
    let url = format!("{}/my/health", server.url());
    let told = place.run(&["health", &url, "--format", "json"]);
    assert_eq!(told.code, Some(3), "{}", told.out);
    let message = &checks(&told)[0]["findings"][0]["message"];
    let expected = format!("{url} answers, and has no health report there (404)");
    assert_eq!(message, &expected, "{}", told.out);
}

#[test]
fn no_greeting_hides_the_report_below_it() {
    for (at, below) in [("/v4", "/v4/health"), ("/healthcare", "/healthcare/health")] {
        let server = Server::start(move |request| match request.path.as_str() {
            path if path == at => Answer::new(200, r#"{"status":"ok","message":"API root"}"#),
            path if path == below => Answer::new(503, r#"{"status":"down"}"#),
            _ => Answer::new(404, r#"{"detail":"Not Found"}"#),
        });
        let url = format!("{}{at}", server.url());
        let told = Place::new(&[]).run(&["health", &url, "--format", "json"]);
        assert_eq!(told.code, Some(1), "{at}: {}", told.out);
        assert_eq!(status(&told, "api"), "fail", "{at}: {}", told.out);
    }
}

#[test]
fn a_query_goes_along_and_is_not_told() {
    let place = Place::new(&[]);
    let ask = |server: &Server| {
        let url = format!("{}/my/health?token=hunter2secret", server.url());
        let told = place.run(&["health", &url, "--format", "json"]);
        assert!(!told.out.contains("hunter2"), "{}", told.out);
        assert!(!told.err.contains("hunter2"), "{}", told.err);
        told.code
    };
    assert_eq!(ask(&only("/my/health?token=hunter2secret", WELL)), Some(0));
    let sick = r#"{"status":"DOWN"}"#;
    assert_eq!(ask(&only("/my/health?token=hunter2secret", sick)), Some(1));
    assert_eq!(ask(&only("/elsewhere", WELL)), Some(3));
}

#[test]
fn kubernetes_own_report_has_a_row_for_each_part() {
    let server = Server::start(|request| {
        let body = "[+]ping ok\n[-]postgres failed: reason withheld\nreadyz check failed\n";
        match request.path.as_str() {
            "/livez" => Answer::new(200, "ok"),
            "/readyz" => Answer::new(500, body).header("content-type", "text/plain"),
            _ => Answer::new(404, "404 page not found"),
        }
    });
    let told = Place::new(&[]).run(&["health", &server.url(), "--format", "json"]);
    assert_eq!(told.code, Some(1), "{}", told.out);
    assert_eq!(status(&told, "api"), "pass", "{}", told.out);
    assert_eq!(status(&told, "database"), "fail", "{}", told.out);
    for words in ["says unhealthy: postgres", "reason withheld"] {
        assert!(told.out.contains(words), "{words}: {}", told.out);
    }
}

#[test]
fn what_rails_and_others_call_it_is_found() {
    let page = "<!DOCTYPE html><html><body style=\"background-color: green\"></body></html>";
    for (path, body) in [("/up", page), ("/healthcheck", "<status>UP</status>")] {
        let told = Place::new(&[]).run(&["health", &only(path, body).url(), "--format", "json"]);
        assert_eq!(status(&told, "api"), "pass", "{path}: {}", told.out);
    }
}

#[test]
fn who_names_a_place_is_told_of_that_one() {
    let place = Place::new(&[]);
    for (status, body, code, message) in [
        (403, "", 1, "/hc is closed to us (403)"),
        (500, "", 1, "/hc answers 500"),
        (200, "<html>", 3, "/hc answers with a web page"),
    ] {
        let server = Server::start(move |request| match request.path.as_str() {
            "/health" => Answer::new(200, r#"{"status":"healthy"}"#),
            "/hc" => Answer::new(status, body),
            _ => Answer::new(404, r#"{"detail":"Not Found"}"#),
        });
        let url = format!("{}/hc", server.url());
        let told = place.run(&["health", &url, "--format", "json"]);
        assert_eq!(told.code, Some(code), "{status}: {}", told.out);
        assert!(told.out.contains(message), "{message}: {}", told.out);
    }
    // What stands in for it is told with it.
    let server = only("/health", r#"{"status":"healthy"}"#);
    let url = format!("{}/hc", server.url());
    let told = place.run(&["health", &url, "--format", "json"]);
    assert_eq!(told.code, Some(0), "{}", told.out);
    let asked = format!("/health (asked {url})");
    assert!(told.out.contains(&asked), "{asked}: {}", told.out);
}

#[test]
fn who_names_a_place_that_says_little_is_told_of_that_one() {
    let place = Place::new(&[]);
    for (status, body, code, message) in [
        (
            200,
            r#"{"status":"ok", "db":"#,
            1,
            "/hc answers 200 with a report that breaks off",
        ),
        (200, "", 0, "/hc answers 200 with an empty body"),
        (204, "", 0, "/hc 204"),
        (
            200,
            r#"{"sealed":false}"#,
            0,
            "/hc answers 200 and says nothing of its health",
        ),
    ] {
        let ask = |beside: &'static str| {
            let server = Server::start(move |request| match request.path.as_str() {
                "/hc" => Answer::new(status, body),
                path if path == beside => Answer::new(200, WELL),
                _ => Answer::new(404, r#"{"detail":"Not Found"}"#),
            });
            let url = format!("{}/hc", server.url());
            place.run(&["health", &url, "--format", "json"])
        };
        let told = ask("");
        assert_eq!(told.code, Some(code), "{body}: {}", told.out);
        assert!(told.out.contains(message), "{message}: {}", told.out);
        assert!(!told.out.contains("/hc/health"), "{body}: {}", told.out);
        // What is broken is no greeting, which a report below it explains.
        let beside = ask("/hc/readyz");
        assert_eq!(beside.code, Some(code), "{body}: {}", beside.out);
    }
}

#[test]
fn what_answers_below_a_place_that_is_missing_is_told() {
    let place = Place::new(&[]);
    let ask = |answer: fn() -> Answer| {
        let server = Server::start(move |request| match request.path.as_str() {
            "/x/health" => answer(),
            "/login" => Answer::new(200, "<html>"),
            _ => Answer::new(404, r#"{"detail":"Not Found"}"#),
        });
        let url = format!("{}/x", server.url());
        (
            place.run(&["health", &url, "--format", "json"]),
            server.url(),
        )
    };
    for (answer, code, message) in [
        (
            (|| Answer::new(302, "").header("location", "/login")) as fn() -> Answer,
            1,
            "/x/health sends us to a page to log in",
        ),
        (
            || Answer::new(200, "<html>"),
            3,
            "/x/health answers with a web page",
        ),
        (
            || {
                Answer::new(200, "<feed><entry>news</entry></feed>")
                    .header("content-type", "application/xml")
            },
            1,
            "/x/health answers 200 with XML",
        ),
        (
            || {
                Answer::new(200, "<health><status>DOWN</status></health>")
                    .header("content-type", "application/xml")
            },
            1,
            "/x/health answers 200, unhealthy",
        ),
    ] {
        let (told, server) = ask(answer);
        assert_eq!(told.code, Some(code), "{message}: {}", told.out);
        assert!(told.out.contains(message), "{message}: {}", told.out);
        let line = format!("curl -si {server}/x/health");
        assert!(told.out.contains(&line), "{message}: {}", told.out);
    }
    // Where nothing is, it is told where that was looked for.
    let (told, _) = ask(|| Answer::new(404, ""));
    assert_eq!(told.code, Some(3), "{}", told.out);
    for words in ["/x/health, /x/healthz", "give the whole address"] {
        assert!(told.out.contains(words), "{words}: {}", told.out);
    }
}

#[test]
fn what_is_late_is_told_with_its_place() {
    let server = Server::start(|request| match request.path.as_str() {
        "/slow/health" => {
            std::thread::sleep(std::time::Duration::from_secs(4));
            Answer::new(200, WELL)
        }
        _ => Answer::new(404, ""),
    });
    let url = format!("{}/slow", server.url());
    let told = Place::new(&[]).run(&["health", &url, "--timeout", "1", "--format", "json"]);
    assert_eq!(told.code, Some(3), "{}", told.out);
    let message = format!("{url}/health: does not answer in time");
    assert!(told.out.contains(&message), "{}", told.out);
}

/// A body that does not end in time comes from a server that answers: its head had come.
#[test]
fn a_body_that_does_not_end_is_no_server_that_is_missing() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 1024];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"status\":");
            open.push(stream);
        }
    });
    let url = format!("http://127.0.0.1:{port}/drip");
    let told = Place::new(&[]).run(&["health", &url, "--timeout", "1", "--format", "json"]);
    assert_eq!(told.code, Some(1), "{}", told.out);
    for words in [
        "/drip/health: answers 200 after",
        "its body does not end within 1.0 s",
    ] {
        assert!(told.out.contains(words), "{words}: {}", told.out);
    }
}

#[test]
fn an_answer_that_breaks_off_is_looked_at_where_it_was_asked() {
    for (at, id) in [("/metrics", "metrics"), ("/health", "api")] {
        let server = Server::start(move |request| match request.path.as_str() {
            path if path == at => Answer::new(200, "up 1").header("content-length", "500"),
            "/health" => Answer::new(200, r#"{"status":"healthy"}"#),
            _ => Answer::new(404, r#"{"detail":"Not Found"}"#),
        });
        let told = Place::new(&[]).run(&["health", &server.url(), "--format", "json"]);
        let checks = checks(&told);
        let all = checks.as_array().expect("checks");
        let check = all.iter().find(|check| check["id"] == id).expect(id);
        let help = &check["findings"][0]["help"];
        let expected = format!("curl -si {}{at}", server.url());
        assert_eq!(help, &expected, "{}", told.out);
    }
}

#[test]
fn that_nothing_is_there_is_said_by_the_status_alone() {
    let server = Server::start(|request| match request.path.as_str() {
        "/health" => Answer::new(200, r#"{"status":"healthy"}"#),
        _ => Answer::new(404, "{}").header("content-length", "500"),
    });
    let told = Place::new(&[]).run(&["health", &server.url(), "--format", "json"]);
    assert_eq!(told.code, Some(0), "{}", told.out);
    assert!(!told.out.contains("breaks its answer off"), "{}", told.out);
}

#[test]
fn a_report_that_is_cut_on_its_way_is_there_and_cannot_be_read() {
    for (asked, at) in [
        ("", "/health"),
        ("/hc", "/hc"),
        ("/health", "/health"),
        ("", "/readyz"),
    ] {
        let server = Server::start(move |request| match request.path.as_str() {
            path if path == at => {
                Answer::new(200, r#"{"status":"healthy"}"#).header("content-length", "500")
            }
            "/health" => Answer::new(200, r#"{"status":"healthy"}"#),
            _ => Answer::new(404, r#"{"detail":"Not Found"}"#),
        });
        let url = format!("{}{asked}", server.url());
        let told = Place::new(&[]).run(&["health", &url, "--format", "json"]);
        assert_eq!(told.code, Some(1), "{asked}: {}", told.out);
        assert!(told.out.contains("health/unreadable"), "{}", told.out);
        let why = format!("{}{at}: breaks its answer off", server.url());
        assert!(told.out.contains(&why), "{why}: {}", told.out);
        assert!(!told.out.contains("does not answer"), "{}", told.out);
    }
}

#[test]
fn a_query_has_its_place_in_the_commands() {
    let server = Server::start(|request| match request.path.as_str() {
        "/hc?key=topsecretkey1" => Answer::new(503, r#"{"status":"unhealthy"}"#),
        "/wall?key=topsecretkey1" => Answer::new(401, ""),
        _ => Answer::new(404, "{}"),
    });
    for (path, start) in [
        ("/hc", "curl -si "),
        ("/wall", "pixcrawler health USER:PASSWORD@"),
    ] {
        let url = format!("{}{path}?key=topsecretkey1", server.url());
        let told = Place::new(&[]).run(&["health", &url, "--format", "json"]);
        let place = format!("{}{path}?QUERY", server.url());
        let (command, login) = start.rsplit_once(' ').expect("a command");
        let place = place.replacen("://", &format!("://{login}"), 1);
        assert!(told.out.contains(command), "{command}: {}", told.out);
        assert!(told.out.contains(&place), "{place}: {}", told.out);
        assert!(told.out.contains("QUERY stands for"), "{}", told.out);
        assert!(!told.out.contains("topsecret"), "{}", told.out);
    }
}

#[test]
fn what_is_closed_or_broken_beside_a_sound_report_warns() {
    let place = Place::new(&[]);
    let ask = |other: u16| {
        let server = Server::start(move |request| match request.path.as_str() {
            "/health" => Answer::new(200, r#"{"status":"healthy"}"#),
            "/api/v1/health/detailed" => Answer::new(401, ""),
            "/metrics" => Answer::new(500, ""),
            _ => Answer::new(other, ""),
        });
        let url = server.url();
        let told = place.run(&["health", &url, "--format", "json"]);
        assert_eq!(told.code, Some(0), "{}", told.out);
        let strict = place.run(&["health", &url, "--strict"]);
        assert_eq!(strict.code, Some(1), "{}", strict.out);
        (status(&told, "ready"), status(&told, "metrics"))
    };
    let is = |ready: &str, metrics: &str| (ready.to_owned(), metrics.to_owned());
    assert_eq!(ask(404), is("warn", "warn"));
    // Where all is closed, nobody tells whether there is such a report.
    assert_eq!(ask(401), is("skipped", "warn"));
}

#[test]
fn readiness_is_asked_for_where_it_is_called_ready() {
    for path in ["/ready", "/api/v1/ready", "/api/v1/health/ready"] {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let server = Server::start(move |request| {
            seen.lock().expect("a lock").push(request.path.clone());
            match request.path.as_str() {
                "/health" => Answer::new(200, r#"{"status":"ok"}"#),
                it if it == path => Answer::new(503, r#"{"status":"unhealthy"}"#),
                _ => Answer::new(404, "{}"),
            }
        });
        let place = Place::new(&[]);
        let told = place.run(&["health", &server.url(), "--format", "json"]);
        assert_eq!(
            (told.code, status(&told, "ready").as_str()),
            (Some(1), "fail"),
            "{}",
            told.out
        );
        let mut all = asked.lock().expect("a lock").clone();
        let many = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), many, "{all:?}");
    }
}

#[test]
fn one_report_is_told_once() {
    let server = Server::start(|request| match request.path.as_str() {
        "/health" => Answer::new(200, r#"{"status":"degraded","storage":"degraded"}"#),
        _ => Answer::new(404, "{}"),
    });
    let place = Place::new(&[]);
    let told = place.run(&["health", &server.url(), "--format", "json"]);
    let report: Value = serde_json::from_str(&told.out).expect("JSON");
    assert_eq!(
        report["findings"].as_array().map(Vec::len),
        Some(2),
        "{}",
        told.out
    );
    let told = place.run(&["health", &server.url()]);
    assert!(told.out.contains("2 warnings"), "{}", told.out);
}

#[test]
fn a_server_without_tls_that_closes_is_asked_without() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    // Ends with the process of the tests.
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = std::io::Read::read(&mut stream, &mut [0; 8192]);
        }
    });
    let place = Place::new(&[]);
    let told = place.run(&["health", &format!("https://127.0.0.1:{port}")]);
    assert_eq!(told.code, Some(3), "{}", told.out);
    assert!(
        told.out.contains("it may speak no TLS")
            && told
                .out
                .contains(&format!("pixcrawler health http://127.0.0.1:{port}"))
            && !told.out.contains("eof"),
        "{}",
        told.out
    );
}

#[test]
fn the_address_is_what_the_services_get() {
    let server = only("/health", r#"{"status":"healthy"}"#);
    let (url, port) = (server.url(), server.url());
    let port = port.rsplit(':').next().expect("a port");
    let env = format!("NEXT_PUBLIC_API_URL={}\n", Server::nobody());
    let asked = |settings: &str, env: &str| {
        let place = Place::new(&[
            (
                "frontend/package.json",
                r#"{"scripts": {"dev": "next dev"}}"#,
            ),
            ("frontend/.env", env),
            ("pixcrawler.toml", settings),
        ]);
        place.run(&["health", "--format", "json"])
    };
    let own = format!("[services.frontend.env]\nNEXT_PUBLIC_API_URL = \"{url}\"\n");
    for (settings, env) in [
        // What pixcrawler.toml gives the frontend hides its file.
        (own, env.as_str()),
        (
            format!("[services.backend]\ncommand = \"serve --port {port}\"\n"),
            "",
        ),
        (
            format!("[services.backend]\ncommand = \"serve\"\nenv = {{ PORT = \"{port}\" }}\n"),
            "",
        ),
    ] {
        let told = asked(&settings, env);
        assert_eq!(told.code, Some(0), "{settings}: {} {}", told.out, told.err);
        // It is this very test that answers, where a service of the workspace should.
        let is_service = settings.contains("[services.backend]");
        let is = if is_service { "warn" } else { "pass" };
        assert_eq!(status(&told, "api"), is, "{settings}: {}", told.out);
        let who = format!("(pid {}), which works in ", std::process::id());
        let is_told = told.out.contains(&who);
        assert_eq!(is_told, is_service, "{settings}: {}", told.out);
    }
    // An address that leads to the port from which a command moved it is mended there.
    let moved = "[services.backend]\ncommand = \"serve --port 44017\"\n";
    let told = asked(moved, &env);
    let words = "pixcrawler doctor --only ports";
    assert!(told.out.contains(words), "{}", told.out);
    // What stands in pixcrawler.toml is corrected there.
    let lost = "\n[services.frontend.env]\nNEXT_PUBLIC_API_URL = \"http://nobody.invalid\"\n";
    let told = asked(lost, &env);
    assert!(!told.out.contains("env set"), "{}", told.out);
}
