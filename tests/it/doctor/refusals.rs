//! What a Redis says that takes nobody like us, and TLS as Celery's URLs ask for it: servers of our own say it,
//! since a real one would have to be built for it.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::Place;

/// Answers each command by its words until the client leaves.
fn serve(stream: impl Read + Write, answer: impl Fn(&[String]) -> String) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        let mut words = Vec::new();
        if !matches!(stream.read_line(&mut line), Ok(1..)) {
            return;
        }
        let count: usize = line.trim().trim_start_matches('*').parse().unwrap_or(0);
        for _ in 0..count {
            let (mut length, mut word) = (String::new(), String::new());
            if stream.read_line(&mut length).is_err() || stream.read_line(&mut word).is_err() {
                return;
            }
            words.push(word.trim_end().to_owned());
        }
        if stream
            .get_mut()
            .write_all(answer(&words).as_bytes())
            .is_err()
        {
            return;
        }
    }
}

/// What a sound server says, which has so many databases.
fn sound(words: &[String], databases: u16) -> String {
    match words.first().map(String::as_str) {
        Some("PING") => "+PONG\r\n".to_owned(),
        Some("INFO") => "$19\r\nredis_version:7.2.0\r\n".to_owned(),
        Some("SELECT") if words[1].parse().is_ok_and(|it: u16| it >= databases) => {
            "-ERR DB index is out of range\r\n".to_owned()
        }
        _ => "+OK\r\n".to_owned(),
    }
}

fn start(answer: impl Fn(&[String]) -> String + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            serve(client, &answer);
        }
    });
    port
}

fn place(url: &str) -> Place {
    Place::new(&[("backend/.env", &format!("CELERY_BROKER_URL={url}\n"))])
}

#[test]
fn each_refusal_is_told_by_its_cause() {
    for (command, says, words) in [
        (
            "AUTH",
            "WRONGPASS invalid username-password pair or user is disabled.",
            "refuses the password",
        ),
        (
            "AUTH",
            "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
            "has no password, and one is given",
        ),
        (
            "AUTH",
            "ERR Client sent AUTH, but no password is set",
            "has no password",
        ),
        ("AUTH", "ERR invalid password", "refuses the password"),
        (
            "AUTH",
            "DENIED Redis is running in protected mode because",
            "protected mode",
        ),
        ("AUTH", "ERR max number of clients reached", "(maxclients)"),
        (
            "PING",
            "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
            "runs a script that does not end",
        ),
        (
            "PING",
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
            "whose primary is away",
        ),
        (
            "PING",
            "NOPERM User worker has no permissions to run the 'ping' command",
            "takes the password, and refuses PING",
        ),
        (
            "PING",
            "NOAUTH Authentication required.",
            "asks for a password",
        ),
    ] {
        let port = start(move |asked| {
            if asked.first().is_some_and(|it| it == command) {
                format!("-{says}\r\n")
            } else {
                sound(asked, 16)
            }
        });
        let check = place(&format!("redis://:pass-word@127.0.0.1:{port}/0")).check("redis", &[]);
        assert_eq!(check.status(), "fail", "{}", check.text());
        assert!(
            check.findings()[0].1.contains(words),
            "{words}: {}",
            check.text()
        );
        assert!(!check.text().contains("pass-word"), "{}", check.text());
    }
}

#[test]
fn a_user_is_named_and_so_is_what_lets_him_in() {
    let port = start(|asked| match asked {
        [auth, _, _] if auth == "AUTH" => {
            "-WRONGPASS invalid username-password pair or user is disabled.\r\n".to_owned()
        }
        _ => sound(asked, 16),
    });
    let check = place(&format!("redis://nobody:pass-word@127.0.0.1:{port}/0")).check("redis", &[]);
    check.fails_with("redis/login", "refuses the user `nobody` or its password");
    let line = format!("redis-cli -h 127.0.0.1 -p {port} --askpass acl setuser nobody on");
    assert!(check.text().contains(&line), "{}", check.text());
    // Another variable gets in with the password alone.
    let both = Place::new(&[(
        "backend/.env",
        &format!(
            "CELERY_BROKER_URL=redis://nobody:pass-word@127.0.0.1:{port}/0\nCELERY_RESULT_BACKEND=redis://:pass-word@127.0.0.1:{port}/1\n"
        ),
    )]);
    assert_eq!(
        both.check("redis", &[]).cure(),
        "pixcrawler env set --file backend/.env CELERY_BROKER_URL --part user="
    );
    both.is_mended("redis");
}

#[test]
fn a_password_that_stands_where_the_user_does_is_moved_and_never_shown() {
    let port = start(|asked| match asked {
        [auth, password] if auth == "AUTH" && password == "Zq7pass" => "+OK\r\n".to_owned(),
        [auth, _, _] if auth == "AUTH" => {
            "-WRONGPASS invalid username-password pair or user is disabled.\r\n".to_owned()
        }
        [ping] if ping == "PING" => "-NOAUTH Authentication required.\r\n".to_owned(),
        _ => sound(asked, 16),
    });
    let place = place(&format!("redis://Zq7pass@127.0.0.1:{port}/0"));
    let check = place.check("redis", &[]);
    check.fails_with("redis/login", "a user is given without one");
    assert!(!check.text().contains("Zq7pass"), "{}", check.text());
    let shown = place.run(&["env", "show"]);
    assert!(!shown.out.contains("Zq7pass"), "{}", shown.out);
    let told = place.follow(check.cure(), "Zq7pass\n");
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(!told.out.contains("Zq7pass"), "{}", told.out);
    let text = std::fs::read_to_string(place.file("backend/.env")).expect("it is there");
    assert!(text.contains("redis://:Zq7pass@127.0.0.1"), "{text}");
}

#[test]
fn a_socket_gets_the_password_where_celery_reads_it() {
    let place = place("redis+socket:///tmp/r.sock?virtual_host=2");
    let set = "pixcrawler env set --file backend/.env CELERY_BROKER_URL --part password=-";
    let told = place.follow(set, "Zq7pass\n");
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(!told.out.contains("Zq7pass"), "{}", told.out);
    let text = std::fs::read_to_string(place.file("backend/.env")).expect("it is there");
    assert!(
        text.contains("redis+socket://:Zq7pass@/tmp/r.sock?virtual_host=2"),
        "{text}"
    );
}

#[test]
fn who_is_switched_off_or_has_no_host_is_not_asked() {
    let place = Place::new(&[(
        "backend/.env",
        "CACHE_ENABLED=false\nCACHE_REDIS_PORT=1\nLIMITER_ENABLED=false\nLIMITER_REDIS_DB=abc\n",
    )]);
    let check = place.check("redis", &[]);
    assert_eq!(check.status(), "skipped", "{}", check.text());
    let words = "CACHE_REDIS_PORT is not used: CACHE_ENABLED is false";
    assert!(check.text().contains(words), "{}", check.text());
    place.write("backend/.env", "CACHE_ENABLED=true\nCACHE_REDIS_PORT=1\n");
    place
        .check("redis", &[])
        .fails_with("redis/unreachable", "refuses connections");
}

#[test]
fn parts_that_are_no_address_are_told_and_nobody_is_asked_for_them() {
    let port = start(|asked| sound(asked, 16));
    let place = Place::new(&[(
        "backend/.env",
        &format!("LIMITER_REDIS_HOST=127.0.0.1:{port}\nLIMITER_REDIS_DB=1\n"),
    )]);
    place.check("redis", &[]).fails_with(
        "redis/unreachable",
        "LIMITER_REDIS_HOST (backend/.env:1) holds a port, which belongs in LIMITER_REDIS_PORT",
    );
    place.is_mended("redis");
    place.write(
        "backend/.env",
        &format!("LIMITER_REDIS_HOST=redis://127.0.0.1:{port}/1\n"),
    );
    place.check("redis", &[]).fails_with(
        "redis/unreachable",
        "LIMITER_REDIS_HOST (backend/.env:1) is a URL where a host alone is meant",
    );
    place.is_mended("redis");
    for (text, why) in [
        (
            "CACHE_REDIS_HOST=127.0.0.1\nCACHE_REDIS_DB=abc\n",
            "CACHE_REDIS_DB (backend/.env:2) is no number of a database",
        ),
        (
            "CACHE_REDIS_PORT=6379x\n",
            "CACHE_REDIS_PORT (backend/.env:1) is no port",
        ),
        (
            "CACHE_REDIS_HOST=/tmp/r.sock\n",
            "CACHE_REDIS_HOST (backend/.env:1) is the path of a socket",
        ),
    ] {
        let place = Place::new(&[("backend/.env", text)]);
        place
            .check("redis", &[])
            .fails_with("redis/unreachable", why);
    }
}

#[test]
fn a_password_that_the_server_does_not_have_is_taken_out() {
    let port = start(|asked| {
        if asked.first().is_some_and(|it| it == "AUTH") {
            "-ERR Client sent AUTH, but no password is set\r\n".to_owned()
        } else {
            sound(asked, 16)
        }
    });
    place(&format!("redis://:pass-word@127.0.0.1:{port}/0")).is_mended("redis");
}

#[test]
fn numbers_stay_below_what_the_server_has() {
    let port = start(|asked| sound(asked, 3));
    let text = |broker: u16, results: u16, limiter: u16| {
        format!(
            "CELERY_BROKER_URL=redis://127.0.0.1:{port}/{broker}\nCELERY_RESULT_BACKEND=redis://127.0.0.1:{port}/{results}\nLIMITER_REDIS_PORT={port}\nLIMITER_REDIS_HOST=127.0.0.1\nLIMITER_REDIS_DB={limiter}\n"
        )
    };
    Place::new(&[("backend/.env", &text(0, 9, 2))]).is_mended("redis");
    // One database: nothing is changed, neither once nor again.
    let port = start(|asked| sound(asked, 1));
    let written = format!(
        "CELERY_BROKER_URL=redis://127.0.0.1:{port}/2\nCELERY_RESULT_BACKEND=redis://127.0.0.1:{port}/0\n"
    );
    let few = Place::new(&[("backend/.env", &written)]);
    let check = few.check("redis", &[]);
    check.fails_with("redis/login", "has no database 2");
    assert!(
        check.text().contains("database 0 alone"),
        "{}",
        check.text()
    );
    few.run(&["doctor", "--only", "redis", "--fix", "--yes"]);
    let left = std::fs::read_to_string(few.file("backend/.env")).expect("it is there");
    assert_eq!(left, written);
}

/// An authority, and a server with a certificate of it for `localhost` alone.
fn encrypted(name: &str) -> (String, u16) {
    let (authority, _, port) = looking_at_clients(name, false);
    (authority, port)
}

/// The same with a certificate for clients and its key, which every client must have where that `matters`.
fn looking_at_clients(name: &str, matters: bool) -> (String, [String; 2], u16) {
    let authority_key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::<String>::new()).expect("parameters");
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&authority_key).expect("an authority");
    let issuer = Issuer::new(params, authority_key);
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])
        .expect("parameters")
        .signed_by(&key, &issuer)
        .expect("a certificate");
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).expect("a key");
    let clients_key = KeyPair::generate().expect("a key");
    let client = CertificateParams::new(vec!["client".to_owned()])
        .expect("parameters")
        .signed_by(&clients_key, &issuer)
        .expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut known = rustls::RootCertStore::empty();
    known.add(authority.der().clone()).expect("an authority");
    let verifier = if matters {
        let known = Arc::new(known);
        let building = WebPkiClientVerifier::builder_with_provider(known, Arc::clone(&provider));
        building.build().expect("a verifier")
    } else {
        WebPkiClientVerifier::no_client_auth()
    };
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .expect("a server");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            serve(StreamOwned::new(connection, client), |asked| {
                sound(asked, 16)
            });
        }
    });
    let client = [client.pem(), clients_key.serialize_pem()];
    (authority.pem(), client, port)
}

#[test]
fn a_certificate_of_ours_is_shown_where_the_url_names_it() {
    let (authority, [certificate, key], port) = looking_at_clients("ours", true);
    let (_, [strange, strange_key], _) = looking_at_clients("a stranger", false);
    let locked =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let check = |query: &str| {
        let url = format!("rediss://localhost:{port}/0?ssl_ca_certs=ca.pem{query}");
        let place = place(&url);
        for (name, text) in [
            ("ca.pem", authority.as_str()),
            ("own.pem", &certificate),
            ("own.key", &key),
            ("both.pem", &format!("{key}{certificate}")),
            ("strange.pem", &format!("{strange_key}{strange}")),
            ("locked.key", locked),
        ] {
            place.write(&format!("backend/{name}"), text);
        }
        place.check("redis", &[])
    };
    // They lie where the worker runs.
    for query in [
        "&ssl_certfile=own.pem&ssl_keyfile=own.key",
        "&ssl_certfile=both.pem",
        "&ssl_certfile=both.pem&ssl_check_hostname=false",
        "&ssl_certfile=both.pem&ssl_cert_reqs=none",
    ] {
        let told = check(query);
        assert_eq!(told.status(), "pass", "{query}: {}", told.text());
        assert!(!told.text().contains("not asked"), "{}", told.text());
    }
    for (query, words, part) in [
        ("", "asks for a certificate of ours", "ssl_certfile"),
        ("&ssl_certfile=strange.pem", "fatal alert", "ssl_certfile"),
        (
            "&ssl_certfile=own.pem&ssl_keyfile=strange.pem",
            "KeyMismatch",
            "ssl_certfile",
        ),
        ("&ssl_certfile=gone.pem", "no file gone.pem", "ssl_certfile"),
        (
            "&ssl_certfile=own.pem",
            "own.pem does not hold the key",
            "ssl_keyfile",
        ),
    ] {
        let told = check(query);
        told.fails_with("redis/unreachable", words);
        let cure = format!("--part {part}=-");
        assert!(told.cure().ends_with(&cure), "{query}: {}", told.text());
    }
    let told = check("&ssl_certfile=own.pem&ssl_keyfile=locked.key");
    assert!(
        told.findings().is_empty() && told.text().contains("wants a password"),
        "{}",
        told.text()
    );
}

#[test]
fn a_certificate_is_looked_at_as_the_url_says() {
    let (authority, port) = encrypted("ours");
    let other = Place::new(&[]);
    other.write("ca.pem", &authority);
    other.write("stranger.pem", &encrypted("a stranger").0);
    other.write("empty.pem", "nothing\n");
    let path = |name: &str| other.file(name).display().to_string();
    let check = |host: &str, query: &str| {
        let results = format!("CELERY_RESULT_BACKEND=rediss://{host}:{port}/0{query}\n");
        Place::new(&[("backend/.env", &results)]).check("redis", &[])
    };
    // As the worker does, which then says so itself.
    let broker = place(&format!("rediss://127.0.0.1:{port}/0")).check("redis", &[]);
    assert_eq!(broker.status(), "pass", "{}", broker.text());
    let (ours, stranger) = (path("ca.pem"), path("stranger.pem"));
    for (host, query) in [
        ("127.0.0.1", "?ssl_cert_reqs=CERT_NONE".to_owned()),
        (
            "localhost",
            format!("?ssl_cert_reqs=CERT_REQUIRED&ssl_ca_certs={ours}"),
        ),
        (
            "localhost",
            format!("?ssl_cert_reqs=required&ssl_ca_certs={ours}"),
        ),
        (
            "127.0.0.1",
            format!("?ssl_check_hostname=false&ssl_ca_certs={ours}"),
        ),
    ] {
        let told = check(host, &query);
        assert_eq!(told.status(), "pass", "{query}: {}", told.text());
    }
    for (host, query, words, cure) in [
        (
            "localhost",
            String::new(),
            "nobody who is trusted",
            "SSL_CERT_FILE",
        ),
        (
            "localhost",
            format!("?ssl_ca_certs={stranger}"),
            "nobody who is trusted",
            "--part ssl_ca_certs=-",
        ),
        (
            "127.0.0.1",
            format!("?ssl_ca_certs={ours}"),
            "for another name",
            "--part host=-",
        ),
        (
            "localhost",
            "?ssl_ca_certs=/gone.pem".to_owned(),
            "there is no file /gone.pem",
            "--part ssl_ca_certs=-",
        ),
        (
            "localhost",
            format!("?ssl_ca_certs={}", path("empty.pem")),
            "does not hold authorities",
            "--part ssl_ca_certs=-",
        ),
    ] {
        let told = check(host, &query);
        told.fails_with("redis/unreachable", words);
        let way = format!("{} {}", told.help(), told.cure());
        assert!(way.contains(cure), "{query}: {}", told.text());
    }
}
