//! `health`: what a deployment says, and what it does not.

mod addresses;
mod certificates;
mod credentials;
mod own;
mod proxies;

use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::doctor::{Place, Told};
use crate::http_server::{Answer, Server};
use crate::managed::{World, block, free_port, redis};

fn checks(told: &Told) -> Value {
    let value: Value = serde_json::from_str(&told.out)
        .unwrap_or_else(|error| panic!("{error}: {}\n{}", told.out, told.err));
    value["checks"].clone()
}

fn status(told: &Told, id: &str) -> String {
    let checks = checks(told);
    let all = checks.as_array().expect("checks");
    let check = all.iter().find(|check| check["id"] == id).expect(id);
    check["status"].as_str().expect("a status").to_owned()
}

/// An API as the real one: its detailed report answers 200 whatever is in it.
fn api(detailed: &'static str) -> Server {
    Server::start(move |request| match request.path.as_str() {
        "/health" => Answer::new(200, r#"{"status":"healthy","service":"PixCrawler API"}"#),
        "/api/v1/health/detailed" => Answer::new(200, detailed),
        "/metrics" => Answer::new(
            200,
            "# TYPE http_requests_total counter\nhttp_requests_total{status=\"200\"} 3\n",
        ),
        "/" => Answer::new(200, "<html></html>"),
        _ => Answer::new(404, "{}"),
    })
}

const SOUND: &str = r#"{"status":"healthy","version":"1.0.0","components":{"database":{"status":"healthy"},"redis_cache":{"status":"healthy"},"celery":{"status":"healthy"}}}"#;
const NO_DATABASE: &str = r#"{"status":"unhealthy","components":{"database":{"status":"unhealthy","message":"connection refused"},"redis_cache":{"status":"healthy"}}}"#;
const NO_WORKER: &str = r#"{"status":"healthy","components":{"database":{"status":"healthy"},"celery":{"status":"degraded","message":"no workers"}}}"#;

#[test]
fn the_body_decides_and_the_exit_code_says_it() {
    let place = Place::new(&[]);
    let ask = |url: &str, more: &[&str]| {
        place.run(&[&["health", url, "--format", "json"], more].concat())
    };
    let sound = api(SOUND);
    let told = ask(&sound.url(), &["--web", &sound.url()]);
    assert_eq!(told.code, Some(0), "{}", told.out);
    for id in [
        "api", "ready", "database", "redis", "workers", "metrics", "web",
    ] {
        assert_eq!(status(&told, id), "pass", "{id}: {}", told.out);
    }
    let sick = api(NO_DATABASE);
    let told = ask(&sick.url(), &[]);
    assert_eq!(
        (
            told.code,
            status(&told, "api").as_str(),
            status(&told, "database").as_str()
        ),
        (Some(1), "pass", "fail")
    );
    assert!(told.out.contains("connection refused"));
    let degraded = api(NO_WORKER);
    assert_eq!(ask(&degraded.url(), &[]).code, Some(0));
    assert_eq!(ask(&degraded.url(), &["--strict"]).code, Some(1));
    assert_eq!(ask(&Server::nobody(), &[]).code, Some(3));
    assert_eq!(ask("ftp://example.com", &[]).code, Some(2));
}

#[test]
fn somebody_elses_pages_are_no_health() {
    let place = Place::new(&[]);
    let pages = Server::start(|_| {
        Answer::new(200, "<html><title>Welcome</title></html>").header("content-type", "text/html")
    });
    let told = place.run(&["health", &pages.url()]);
    assert_eq!(told.code, Some(3), "{}", told.out);
    assert!(
        told.out.contains("answers with a web page") && told.out.contains("/metrics is a web page"),
        "{}",
        told.out
    );
    let typed = place.run(&["health", "localhost:8000"]);
    assert_eq!(typed.code, Some(2));
    assert!(
        typed
            .err
            .contains("pixcrawler health http://localhost:8000"),
        "{}",
        typed.err
    );
    // What would be refused is no way out.
    let typed = place.run(&["health", "localhost:99999"]);
    assert!(
        !typed.err.contains("http://localhost:99999"),
        "{}",
        typed.err
    );
}

#[test]
fn what_keeps_the_report_waiting_and_what_it_says_of_others_is_told() {
    let slow = Server::start(|request| {
        if request.path != "/health" {
            std::thread::sleep(std::time::Duration::from_secs(3));
        }
        Answer::new(200, r#"{"status":"healthy"}"#)
    });
    let place = Place::new(&[]);
    let told = place.run(&["health", &slow.url(), "--timeout", "1", "--format", "json"]);
    assert_eq!(told.code, Some(1), "{}", told.out);
    assert_eq!(status(&told, "ready"), "fail", "{}", told.out);
    assert_eq!(status(&told, "database"), "skipped", "{}", told.out);
    assert!(told.out.contains("does not come in time"), "{}", told.out);

    let telling = api(
        r#"{"status":"unhealthy","components":{"database":{"status":"unhealthy","message":"no postgresql://app:hunter2secret@db/x"},"storage":{"status":"unhealthy"}}}"#,
    );
    let told = place.run(&["health", &telling.url(), "--format", "json"]);
    for words in [
        "says unhealthy: database and storage",
        "the application sees storage as unhealthy",
        "pixcrawler doctor --only postgres",
    ] {
        assert!(told.out.contains(words), "{words}: {}", told.out);
    }
    assert!(!told.out.contains("hunter2secret"), "{}", told.out);

    let login = Server::start(|_| Answer::new(302, ""));
    let told = place.run(&["health", &login.url(), "--format", "json"]);
    assert_eq!(told.code, Some(3), "{}", told.out);
    assert!(told.out.contains("sends us elsewhere"), "{}", told.out);
}

#[test]
fn a_watch_goes_on_until_its_reader_has_seen_enough() {
    let server = api(SOUND);
    let place = Place::new(&[]);
    // `head` leaves after two rounds, each with its own head.
    let told = place.follow(
        &format!(
            "pixcrawler health --watch {} | grep --line-buffered -F 'pixcrawler health' | head -2",
            server.url()
        ),
        "",
    );
    assert_eq!(told.out.lines().count(), 2, "{}\n{}", told.out, told.err);
}

#[test]
fn a_password_in_an_address_is_never_repeated() {
    let place = Place::new(&[]);
    for line in [
        "health http://ops:hunter2secret@127.0.0.1:70999/",
        "health http://ops:hunter2/secret@127.0.0.1:8000/",
        "health --web http://ops:hunter2secret@localhost:99999/",
        "health --watch https://ops:hunter2secret@localhost:99999",
        "health ops:hunter2secret@localhost:8000",
        "health ftp://ops:hunter2secret@localhost:8000",
        "health http://ops:x@hunter2/secret@localhost:8000/x",
        "health ftp://ops:x@hunter2/secret@localhost:8000/x",
        "health http://ops:x@hunter2?secret@localhost:8000/x",
        "health http://ops:x@hunter2#secret@localhost:8000/x",
        "health ops:x@hunter2@localhost:8000",
        "health http://localhost --web http://ops:x@hunter2/secret@localhost:8000/x",
        "health ftp://localhost --watch http://ops:hunter2secret@localhost",
        "http://ops:hunter2secret@localhost",
        "explain http://ops:hunter2secret@localhost",
        "env diff http://ops:hunter2secret@localhost production",
        "migrate --database-url postgres://ops:hunter2secret@localhost:99999/x",
        "migrate --wait postgres://ops:hunter2secret@localhost/x",
    ] {
        let told = place.run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(told.code, Some(2), "{line}: {}{}", told.out, told.err);
        let all = format!("{}{}", told.out, told.err);
        assert!(!all.contains("hunter2"), "{line}: {all}");
    }
}

#[test]
fn a_report_that_cannot_be_read_is_no_health() {
    let place = Place::new(&[]);
    let says = |body: &'static str| {
        let server = Server::start(move |_| Answer::new(200, body));
        let told = place.run(&["health", &server.url(), "--format", "json"]);
        (told.code, status(&told, "api"), status(&told, "ready"))
    };
    let is = |code, word: &str| (Some(code), word.to_owned(), word.to_owned());
    assert_eq!(says(r#"{"status": "heal"#), is(1, "fail"));
    assert_eq!(says(r#"{"healthy":false}"#), is(1, "fail"));
    assert_eq!(
        says(r#"{"status":"success","data":{"status":"unhealthy"}}"#),
        is(1, "fail")
    );
    assert_eq!(says(""), is(0, "warn"));
    assert_eq!(says(r#"{"status":"kaputt"}"#), is(0, "warn"));
    assert_eq!(says("\u{feff}{\"status\":\"ok\"}"), is(0, "pass"));
    let endless: &str = Box::leak("x".repeat(5 << 20).into_boxed_str());
    // It says how long it is, and may be sound: we are the ones who read no more of it.
    assert_eq!(says(endless), is(0, "warn"));

    // The one report that there is tells of its components beside its status.
    let flat = Server::start(|request| match request.path.as_str() {
        "/health" => Answer::new(
            200,
            r#"{"status":"ok","database":"disconnected","redis":"down"}"#,
        ),
        _ => Answer::new(404, ""),
    });
    let told = place.run(&["health", &flat.url(), "--format", "json"]);
    assert_eq!(told.code, Some(1), "{}", told.out);
    for id in ["database", "redis"] {
        assert_eq!(status(&told, id), "fail", "{}", told.out);
    }
}

#[test]
fn a_redirect_to_where_nothing_is_names_that_place() {
    let place = Place::new(&[]);
    let to = |target: &str| {
        let target = target.to_owned();
        let server = Server::start(move |_| Answer::new(302, "").header("location", &target));
        let told = place.run(&["health", &server.url()]);
        assert_eq!(told.code, Some(3), "{}", told.out);
        // As one line, however wide it is drawn.
        let words: Vec<&str> = told.out.split_whitespace().collect();
        words.join(" ")
    };
    let dead = Server::nobody();
    let told = to(&format!(
        "{}/?token=hunter2secret",
        dead.replace("://", "://u:hunter2@")
    ));
    assert!(
        told.contains(&format!("redirects to {dead}/: refuses connections")),
        "{told}"
    );
    assert!(
        told.contains("curl -sIL --max-redirs 5 http://127.0.0.1:") && !told.contains("hunter2"),
        "{told}"
    );
    let told = to("ftp://localhost/x");
    assert!(
        told.contains("redirects to ftp://localhost/x: no http or https address"),
        "{told}"
    );
    assert!(!told.contains("nothing listens there"), "{told}");
}

#[test]
fn credentials_do_not_come_back_behind_a_redirect() {
    let place = Place::new(&[]);
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let other = Server::start(move |request| {
        let keyed = request.header("authorization").is_some();
        heard.lock().expect("nobody fell").push(keyed);
        if request.path.contains('?') {
            Answer::new(401, "")
        } else {
            let again = format!("{}?again", request.path);
            Answer::new(302, "").header("location", &again)
        }
    });
    let to = other.url();
    let first = Server::start(move |request| match request.header("authorization") {
        Some(_) if request.path.starts_with("/own") => {
            Answer::new(302, "").header("location", &format!("{to}{}", request.path))
        }
        Some(_) => Answer::new(302, "").header("location", &format!("/own{}", request.path)),
        None => Answer::new(403, ""),
    });
    let url = first.url().replace("://", "://alice:hunter2secret@");
    let shown = place.run(&["health", &url]);
    let told = told.lock().expect("nobody fell");
    assert!(!told.is_empty(), "{}", shown.out);
    assert!(told.iter().all(|keyed| !keyed), "{told:?}");
    // It answered, and the way out is about the one that wants a password.
    assert_eq!(shown.code, Some(1), "{}", shown.out);
    let out = &shown.out;
    let help = other.url().replace("://", "://USER:PASSWORD@");
    assert!(out.contains(&help) && !out.contains("hunter2"), "{out}");
}

#[test]
fn a_server_whose_pages_fail_is_no_web_application() {
    let place = Place::new(&[]);
    let sound = api(SOUND);
    let web = |code: u16| {
        let pages = Server::start(move |request| match request.path.as_str() {
            "/favicon.ico" => Answer::new(200, ""),
            _ => Answer::new(code, ""),
        });
        let url = pages.url();
        let told = place.run(&["health", &sound.url(), "--web", &url, "--format", "json"]);
        (told.code, status(&told, "web"))
    };
    let is = |code, word: &str| (Some(code), word.to_owned());
    assert_eq!(web(200), is(0, "pass"));
    assert_eq!(web(404), is(0, "warn"));
    assert_eq!(web(500), is(1, "fail"));
}

#[test]
fn a_quiet_probe_says_only_what_is_wrong() {
    let place = Place::new(&[]);
    let ask = |server: &Server| place.run(&["health", &server.url(), "--quiet"]);
    let told = ask(&api(SOUND));
    assert_eq!((told.code, told.out.as_str()), (Some(0), ""));
    let told = ask(&api(NO_DATABASE));
    assert_eq!(told.code, Some(1));
    assert!(told.out.contains("connection refused"), "{}", told.out);
    assert!(!told.out.contains("metrics"), "{}", told.out);
}

fn tls(certified: &rcgen::CertifiedKey<rcgen::KeyPair>) -> Arc<rustls::ServerConfig> {
    let key = rustls::pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der())
        .expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .expect("a configuration");
    Arc::new(config)
}

#[test]
fn tls_redirects_and_credentials() {
    let certified =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let server = Server::with_tls(tls(&certified), |request| match request.path.as_str() {
        "/health" if request.header("authorization").is_none() => Answer::new(401, ""),
        "/health" => Answer::new(200, r#"{"status":"ok"}"#),
        _ => Answer::new(404, ""),
    });
    let mut place = Place::new(&[]);
    let secret = server
        .url()
        .replace("https://", "https://probe:hunter2secret@");
    let unknown = place.run(&["health", &secret, "--format", "json"]);
    assert_eq!(unknown.code, Some(3), "{}", unknown.out);
    assert!(
        unknown
            .out
            .contains("TLS fails: nobody whom this machine trusts"),
        "{}",
        unknown.out
    );
    place.write("ca.pem", &certified.cert.pem());
    let file = place.file("ca.pem").to_str().expect("UTF-8").to_owned();
    place.set("SSL_CERT_FILE", &file);
    let told = place.run(&["health", &secret, "-v"]);
    assert_eq!(told.code, Some(0), "{}\n{}", told.out, told.err);
    for told in [unknown, told] {
        assert!(!told.out.contains("hunter2secret") && !told.err.contains("hunter2secret"));
    }
    let target = api(SOUND);
    let to = target.url();
    let moved = Server::start(move |request| {
        Answer::new(308, "").header("location", &format!("{to}{}", request.path))
    });
    assert_eq!(place.run(&["health", &moved.url()]).code, Some(0));
    let circle = Server::start(|request| Answer::new(302, "").header("location", &request.path));
    let told = place.run(&["health", &circle.url(), "--format", "json"]);
    assert!(
        told.code == Some(3) && told.out.contains("redirects without end"),
        "{}",
        told.out
    );
}

/// Five tasks wait in `crawl`, two of them with a priority, and one runs.
fn fill_queues(endpoint: &pixcrawler::service::endpoint::Endpoint) {
    block(async {
        let mut connection = pixcrawler::system::cache::connect(endpoint)
            .await
            .expect("connect");
        let mut fill = redis::pipe();
        fill.sadd("_kombu.binding.crawl", "crawl\u{6}\u{16}\u{6}\u{16}crawl")
            .rpush("crawl", &["a", "b", "c"]);
        // Kombu has a list for each priority.
        fill.rpush("crawl\u{6}\u{16}3", "d")
            .rpush("crawl\u{6}\u{16}9", "e");
        fill.hset("unacked", "tag", "x");
        let () = fill.query_async(&mut connection).await.expect("filled");
    });
}

#[test]
fn queues_are_counted_over_the_broker() {
    let world = World::open();
    let port = free_port();
    let (service, endpoint) = redis(&format!("redis://localhost:{port}/1"));
    let running = world.start(&service);
    fill_queues(&endpoint);
    let server = api(SOUND);
    let api = server.url();
    let api = api
        .trim_end_matches('/')
        .rsplit(':')
        .next()
        .expect("a port");
    let place = Place::new(&[
        (
            "backend/.env",
            &format!("PORT={api}\nCELERY_BROKER_URL=redis://localhost:{port}/1\n"),
        ),
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        ("celery_core/__init__.py", ""),
        (
            "celery_core/app.py",
            "from celery import Celery\nfrom celery_core import configure\napp = Celery('x')\nconfigure(app)\n",
        ),
    ]);
    let told = place.run(&["health", &server.url(), "--format", "json"]);
    assert_eq!(
        (told.code, status(&told, "workers").as_str()),
        (Some(1), "fail"),
        "{}",
        told.out
    );
    assert!(
        told.out.contains(&format!(
            "no worker listens on localhost:{port}/1, 5 tasks wait"
        )),
        "{}",
        told.out
    );
    assert!(
        told.out.contains("waiting: crawl 5; running: 1"),
        "{}",
        told.out
    );
    // Another program of this machine has nothing to do with that broker.
    let other = Server::start(|_| Answer::new(200, r#"{"status":"ok"}"#));
    let told = place.run(&["health", &other.url(), "--format", "json"]);
    assert_eq!(
        (told.code, status(&told, "workers").as_str()),
        (Some(0), "skipped"),
        "{}",
        told.out
    );
    // Somebody is subscribed, and says nothing.
    let mut silent = std::net::TcpStream::connect(("127.0.0.1", port)).expect("it runs");
    std::io::Write::write_all(&mut silent, b"SUBSCRIBE /1.celery.pidbox\r\n").expect("asked");
    std::io::Read::read_exact(&mut silent, &mut [0; 4]).expect("subscribed");
    let told = place.run(&["health", &server.url(), "--format", "json"]);
    drop(silent);
    assert_eq!(
        (told.code, status(&told, "workers").as_str()),
        (Some(0), "warn"),
        "{}",
        told.out
    );
    assert!(
        told.out.contains("1 worker is subscribed") && told.out.contains("5 tasks wait"),
        "{}",
        told.out
    );
    // Of a list, the next one is used.
    place.write(
        "backend/.env",
        &format!(
            "PORT={api}\nCELERY_BROKER_URL=redis://localhost:{}/1;redis://localhost:{port}/1\n",
            free_port()
        ),
    );
    let told = place.run(&["health", &server.url(), "--format", "json"]);
    assert!(
        told.out.contains("of the same list is used meanwhile") && told.out.contains("5 tasks"),
        "{}",
        told.out
    );
    // Who hears no question is not missed.
    let deaf = "from celery import Celery\napp = Celery('x')\napp.conf.control_exchange = 'own'\nconfigure(app)\n";
    place.write("celery_core/app.py", deaf);
    let told = place.run(&["health", &server.url(), "--format", "json"]);
    assert_ne!(status(&told, "workers"), "fail", "{}", told.out);
    let words = "the code sets `control_exchange` (celery_core/app.py:3)";
    let counted = told.out.contains("waiting: crawl 5");
    assert!(counted && told.out.contains(words), "{}", told.out);
    running.stop();
}
