//! A real Redis (Valkey), in every state in which one finds it.

use super::Place;
use crate::managed::{World, free_port, redis};

fn place(port: u16, password: &str) -> Place {
    Place::new(&[(
        "backend/.env",
        &format!(
            "CELERY_BROKER_URL=redis://:{password}@localhost:{port}/2\nCACHE_REDIS_HOST=localhost\nCACHE_REDIS_PORT={port}\nCACHE_REDIS_PASSWORD={password}\nCACHE_REDIS_DB=0\nLIMITER_REDIS_PORT={port}\nLIMITER_REDIS_PASSWORD={password}\nLIMITER_REDIS_DB=0\n"
        ),
    )])
}

#[test]
fn a_server_is_judged_as_each_variable_finds_it() {
    let world = World::open();
    let port = free_port();
    let (service, endpoint) = redis(&format!("redis://:right-password@localhost:{port}/2"));
    place(port, "right-password")
        .check("redis", &[])
        .fails_with(
            "redis/unreachable",
            &format!("localhost:{port} refuses connections"),
        );

    let running = world.start(&service);
    let sound = place(port, "right-password").check("redis", &[]);
    assert!(
        sound.found().contains("cache 0, limiter 0, broker 2"),
        "{}",
        sound.text()
    );
    // One connection for three uses, and two of those share a database.
    assert_eq!(sound.0["found"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        sound.findings()[0].0,
        "redis/shared-database",
        "{}",
        sound.text()
    );
    assert_eq!(
        sound.help(),
        "pixcrawler env set --file backend/.env LIMITER_REDIS_DB=1"
    );
    place(port, "right-password").is_mended("redis");

    let named = place(port, "wrong-password");
    let wrong = named.check("redis", &[]);
    wrong.fails_with("redis/login", "refuses the password");
    assert!(!wrong.text().contains("wrong-password"));
    // Three variables lead there: each is asked for.
    let password = "right-password\n";
    for command in wrong.cure().split(" && ") {
        let told = named.follow(command, password);
        assert_eq!(told.code, Some(0), "{command}: {}", told.err);
    }
    assert_eq!(named.check("redis", &[]).status(), "warn");
    let broker = |rest: &str| {
        Place::new(&[(
            "backend/.env",
            &format!("CELERY_BROKER_URL=redis://{rest}\n"),
        )])
    };
    let without = broker(&format!("localhost:{port}/3"));
    let check = without.check("redis", &[]);
    check.fails_with("redis/login", "asks for a password");
    without.follow(check.cure(), password);
    assert_eq!(without.check("redis", &[]).status(), "pass");
    let beyond = broker(&format!(":right-password@localhost:{port}/99"));
    beyond
        .check("redis", &[])
        .fails_with("redis/login", "has no database 99");
    beyond.is_mended("redis");

    let set = |name: &str, value: &str| {
        crate::managed::block(async {
            let mut connection = pixcrawler::system::cache::connect(&endpoint)
                .await
                .expect("connect");
            let () = redis::cmd("CONFIG")
                .arg("SET")
                .arg(name)
                .arg(value)
                .query_async(&mut connection)
                .await
                .expect(name);
        });
    };
    set("maxmemory", "100mb");
    set("maxmemory-policy", "allkeys-lru");
    let forgets = place(port, "right-password").check("redis", &["--skip", "env"]);
    assert!(
        forgets
            .findings()
            .iter()
            .any(|(rule, _)| *rule == "redis/eviction"),
        "{}",
        forgets.text()
    );
    let told = broker(&format!(":right-password@localhost:{port}/2")).is_mended("redis");
    assert!(
        told.err.contains("CONFIG SET maxmemory-policy noeviction"),
        "{}",
        told.err
    );
    running.stop();
}

#[test]
fn what_a_server_would_refuse_is_told_without_writing() {
    let world = World::open();
    let port = free_port();
    let (service, endpoint) = redis(&format!("redis://localhost:{port}/2"));
    let running = world.start(&service);
    let say = |words: &[&str]| -> redis::Value {
        crate::managed::block(async {
            let mut connection = pixcrawler::system::cache::connect(&endpoint)
                .await
                .expect("connect");
            let mut command = redis::cmd(words[0]);
            for word in &words[1..] {
                command.arg(*word);
            }
            command.query_async(&mut connection).await.expect(words[0])
        })
    };
    let asked = |login: &str| {
        let url = format!("CELERY_BROKER_URL=redis://{login}localhost:{port}/2\n");
        Place::new(&[("backend/.env", &url)]).check("redis", &[])
    };
    assert_eq!(asked("").status(), "pass");
    say(&[
        "ACL",
        "SETUSER",
        "app",
        "on",
        ">secret-word",
        "+get",
        "+set",
        "+ping",
        "+select",
        "~app:*",
    ]);
    let poor = asked("app:secret-word@");
    poor.fails_with("redis/writes", "refuses `app`");
    assert!(poor.help().contains("acl setuser app"), "{}", poor.text());
    // All commands, and no channel: workers would not be heard.
    say(&["ACL", "SETUSER", "app", "+@all", "~*"]);
    asked("app:secret-word@").fails_with("redis/writes", "access a channel");
    // What is printed takes no right away from who administers the server.
    say(&["ACL", "SETUSER", "default", "-set", "-lpush"]);
    let help = asked("").help().to_owned();
    let (_, rules) = help.split_once(" acl ").expect("a change of the user");
    let rules = rules.replace('\'', "");
    let mut words = vec!["ACL"];
    words.extend(rules.split(' '));
    say(&words);
    assert_eq!(asked("").status(), "pass", "{help}");
    say(&["ACL", "LIST"]);
    say(&["CONFIG", "SET", "maxmemory", "1"]);
    asked("").fails_with("redis/writes", "is full and takes no writes");
    say(&["CONFIG", "SET", "maxmemory", "0"]);
    say(&["REPLICAOF", "127.0.0.1", "1"]);
    asked("").fails_with("redis/writes", "is a replica of 127.0.0.1:1");
    say(&["REPLICAOF", "NO", "ONE"]);
    assert_eq!(say(&["DBSIZE"]), redis::Value::Int(0), "nothing is written");
    running.stop();
}

#[test]
fn a_wrong_number_is_changed_alone_and_in_the_file_of_its_environment() {
    let world = World::open();
    let port = free_port();
    let (service, _) = redis(&format!("redis://:right-password@localhost:{port}/2"));
    let running = world.start(&service);
    let uses = |cache: u16, limiter: u16| {
        let login = "PASSWORD=right-password\n";
        format!(
            "CELERY_BROKER_URL=redis://:right-password@localhost:{port}/2\nCACHE_REDIS_PORT={port}\nCACHE_REDIS_{login}CACHE_REDIS_DB={cache}\nLIMITER_REDIS_PORT={port}\nLIMITER_REDIS_{login}LIMITER_REDIS_DB={limiter}\n"
        )
    };
    // One number is wrong among right ones: it is the one that is named, and changed.
    let one = Place::new(&[("backend/.env", &uses(0, 99))]);
    let check = one.check("redis", &[]);
    check.fails_with("redis/login", "has no database 99");
    assert_eq!(
        check.help(),
        "pixcrawler env set --file backend/.env LIMITER_REDIS_DB=1"
    );
    one.is_mended("redis");
    // What mends the tests' environment leaves development's file alone.
    let tests = Place::new(&[
        ("backend/.env", &uses(0, 1)),
        ("backend/.env.test", "CACHE_REDIS_DB=1\n"),
    ]);
    let check = tests.check("redis", &["--env", "test"]);
    let line = "pixcrawler env set --file backend/.env.test LIMITER_REDIS_DB=0 --env test";
    assert_eq!(check.help(), line, "{}", check.text());
    tests.follow(line, "");
    assert_eq!(tests.check("redis", &["--env", "test"]).status(), "pass");
    assert_eq!(tests.check("redis", &[]).status(), "pass");
    running.stop();
}

#[cfg(unix)]
#[test]
fn a_server_may_listen_on_a_socket() {
    let world = World::open();
    let port = free_port();
    let (service, _) = redis(&format!("redis://localhost:{port}/0"));
    let running = world.start(&service);
    let place = Place::new(&[]);
    let socket = place.file("redis.sock").display().to_string();
    let broker = format!("CELERY_BROKER_URL=redis+socket://{socket}?virtual_host=2\n");
    let results = format!("CELERY_RESULT_BACKEND=unix://:wrong@{socket}?db=3\n");
    let place_of = |text: &str| Place::new(&[("backend/.env", text)]);
    let nobody = place_of(&broker).check("redis", &[]);
    nobody.fails_with("redis/unreachable", "there is no socket");
    assert!(
        !nobody.cure().contains("pixcrawler dev"),
        "{}",
        nobody.text()
    );

    // What reaches the socket is carried to the server.
    let listener = std::os::unix::net::UnixListener::bind(&socket).expect("an own folder");
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = std::net::TcpStream::connect(("127.0.0.1", port)).expect("it runs");
            let (mut from, mut to) = (
                client.try_clone().expect("fd"),
                server.try_clone().expect("fd"),
            );
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            let (mut from, mut to) = (server, client);
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        }
    });
    let sound = place_of(&broker).check("redis", &[]);
    assert!(
        sound.found().contains(&format!("{socket}, ")),
        "{}",
        sound.text()
    );
    assert!(sound.found().ends_with("broker 2"), "{}", sound.text());
    let wrong = place_of(&results).check("redis", &[]);
    wrong.fails_with("redis/login", "redis.sock");
    assert!(!wrong.text().contains(":wrong"), "{}", wrong.text());
    // What cannot be read is told beside what can.
    let both = place_of(&format!("{broker}CACHE_URL=redis://localhost:{port}/x\n"));
    let both = both.check("redis", &[]);
    both.fails_with("redis/unreachable", "that is not a number");
    assert!(both.found().contains("broker 2"), "{}", both.text());
    running.stop();
}

const APP: (&str, &str) = (
    "celery_core/app.py",
    "from celery import Celery\nfrom celery_core import configure\napp = Celery('x')\nconfigure(app)\n",
);

#[test]
fn a_misnamed_broker_is_renamed_by_the_printed_command() {
    let env =
        |text: &str| Place::new(&[APP, ("celery_core/__init__.py", ""), ("backend/.env", text)]);
    let place = env("CELERY_BROKER=redis://localhost:6379/1\n");
    let check = place.check("celery", &[]);
    check.fails_with(
        "celery/unread-broker",
        "`CELERY_BROKER` is set, but the worker (celery_core.app) reads `CELERY_BROKER_URL`",
    );
    assert!(check.text().contains("backend/.env:1"), "{}", check.text());
    place.is_mended("celery");
    let text = std::fs::read_to_string(place.file("backend/.env")).expect("it is there");
    assert!(
        text.contains("\nCELERY_BROKER_URL=redis://localhost:6379/1")
            && text.contains("# CELERY_BROKER="),
        "{text}"
    );
    // What the code names by itself is read after all.
    place.write(
        "celery_core/own.py",
        "import os\nurl = os.environ['REDIS_BROKER_URL']\n",
    );
    place.write(
        "backend/.env",
        "CELERY_BROKER_URL=redis://localhost/1\nREDIS_BROKER_URL=redis://localhost/2\n",
    );
    assert_eq!(place.check("celery", &[]).status(), "pass");
}

#[test]
fn what_celery_does_not_take_is_told_and_mended() {
    // Nobody listens there, whatever else runs on this machine.
    let port = free_port();
    let results = format!("rediss://:pass-word@localhost:{port}/2");
    let variables =
        format!("CELERY_BROKER_URL=redis://localhost:{port}/1\nCELERY_RESULT_BACKEND={results}\n");
    let place = Place::new(&[
        APP,
        ("celery_core/__init__.py", ""),
        ("backend/.env", &variables),
    ]);
    let check = place.check("celery", &[]);
    check.fails_with("celery/tls", "is rediss:// without ssl_cert_reqs");
    assert!(!check.text().contains("pass-word"), "{}", check.text());
    place.is_mended("celery");
    let text = std::fs::read_to_string(place.file("backend/.env")).expect("it is there");
    assert!(
        text.contains(&format!("{results}?ssl_cert_reqs=CERT_REQUIRED")),
        "{text}"
    );
    place.write(
        "backend/.env",
        "CELERY_BROKER_URL=sentinel://:pass-word@localhost:26379;sentinel://localhost:26380\n",
    );
    let check = place.check("celery", &[]);
    check.fails_with("celery/sentinel", "names sentinels");
    assert!(
        check.help().contains("celery_core/app.py"),
        "{}",
        check.text()
    );
    let redis = place.check("redis", &[]);
    assert!(
        redis
            .text()
            .contains("CELERY_BROKER_URL (backend/.env:1) names sentinels"),
        "{}",
        redis.text()
    );
    assert!(!redis.text().contains("pass-word"), "{}", redis.text());
}

#[test]
fn every_server_of_a_list_is_asked() {
    let world = World::open();
    let (port, nobody) = (free_port(), free_port());
    let (service, _) = redis(&format!("redis://localhost:{port}/2"));
    let running = world.start(&service);
    let of = |first: u16, second: u16| {
        let list = format!("redis://localhost:{first}/2;redis://localhost:{second}/2");
        Place::new(&[("backend/.env", &format!("CELERY_BROKER_URL={list}\n"))])
    };
    let one = of(nobody, port).check("redis", &[]);
    assert_eq!(one.status(), "warn", "{}", one.text());
    assert!(
        one.found().contains(&format!("localhost:{port}, ")),
        "{}",
        one.text()
    );
    assert!(
        one.text()
            .contains(&format!("localhost:{nobody} refuses connections"))
            && one.text().contains("of the same list answers"),
        "{}",
        one.text()
    );
    running.stop();
    let none = of(nobody, port).check("redis", &[]);
    assert_eq!(
        (none.status(), none.findings().len()),
        ("fail", 2),
        "{}",
        none.text()
    );
}

#[test]
fn a_server_that_takes_its_time_is_told() {
    use std::io::{Read as _, Write as _};
    use std::time::Duration;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut words = [0; 4096];
            while let Ok(count @ 1..) = client.read(&mut words) {
                let asked = String::from_utf8_lossy(&words[..count]).into_owned();
                std::thread::sleep(Duration::from_millis(700));
                let answer: &[u8] = match asked.as_str() {
                    asked if asked.contains("PING") => b"+PONG\r\n",
                    asked if asked.contains("INFO") => b"$20\r\nredis_version:7.2.0\r\n\r\n",
                    _ => b"+OK\r\n",
                };
                if client.write_all(answer).is_err() {
                    break;
                }
            }
        }
    });
    let url = format!("CELERY_BROKER_URL=redis://127.0.0.1:{port}/0\n");
    let check = Place::new(&[("backend/.env", &url)]).check("redis", &[]);
    assert_eq!(check.status(), "warn", "{}", check.text());
    assert_eq!(check.findings()[0].0, "redis/latency", "{}", check.text());
    assert_eq!(
        check.help(),
        format!("redis-cli -h 127.0.0.1 -p {port} slowlog get 10")
    );
}

#[test]
fn a_password_that_another_variable_has_is_not_asked_for() {
    let world = World::open();
    let port = free_port();
    let (service, _) = redis(&format!("redis://:right-password@localhost:{port}/2"));
    let _running = world.start(&service);
    let mut place = Place::new(&[
        ("frontend/package.json", "{}"),
        (
            "backend/.env",
            &format!(
                "CELERY_BROKER_URL=redis://:right-password@localhost:{port}/2\nCACHE_REDIS_HOST=127.0.0.1\nCACHE_REDIS_PORT={port}\nCACHE_REDIS_PASSWORD=\n"
            ),
        ),
    ]);
    let check = place.check("redis", &[]);
    check.fails_with("redis/login", "asks for a password");
    assert_eq!(
        check.cure(),
        "pixcrawler env set --tier backend CACHE_REDIS_PASSWORD --like 'backend:CELERY_BROKER_URL#password'"
    );
    place.is_mended("redis");
    // What the process environment says is told of it, and makes no Redis for the pages.
    place.set("CACHE_REDIS_DB", "16");
    let check = place.check("redis", &[]);
    check.fails_with("redis/login", "has no database 16");
    assert_eq!(check.findings().len(), 1, "{}", check.text());
    assert_eq!(
        check.help(),
        pixcrawler::text::remedy::set_here("CACHE_REDIS_DB")
    );
    let named = "named by CACHE_REDIS_DB (the process environment)";
    assert!(check.text().contains(named), "{}", check.text());
}
