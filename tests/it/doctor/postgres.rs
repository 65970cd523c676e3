//! A real Postgres, in every state in which one finds it.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use super::Place;
use pixcrawler::service::endpoint::Endpoint;

use crate::managed::{World, free_port, postgres, run};
use crate::support::{Mode, Pooler};

pub(super) fn url(port: u16, login: &str, database: &str) -> String {
    format!("postgresql+asyncpg://{login}@127.0.0.1:{port}/{database}")
}

pub(super) fn naming(url: &str) -> Place {
    Place::new(&[("backend/.env", &format!("# settings\nDATABASE_URL={url}\n"))])
}

#[test]
fn a_server_is_judged_as_each_url_finds_it() {
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "app:right-password", "pix"));
    let stopped = naming(&url(port, "app:right-password", "pix")).check("postgres", &[]);
    stopped.fails_with(
        "postgres/unreachable",
        &format!("127.0.0.1:{port} refuses connections"),
    );
    assert!(
        stopped.text().contains("DATABASE_URL (backend/.env:2)"),
        "{}",
        stopped.text()
    );

    let running = world.start(&service);
    let sound = naming(&url(port, "app:right-password", "pix")).check("postgres", &["--offline"]);
    assert_eq!(sound.status(), "pass", "{}", sound.text());
    assert!(
        sound.found().contains(&format!("at 127.0.0.1:{port}/pix")),
        "{}",
        sound.found()
    );

    let place = naming(&url(port, "app:wrong-password", "pix"));
    let wrong = place.check("postgres", &[]);
    wrong.fails_with("postgres/login", "refuses the password of `app`");
    assert!(!wrong.text().contains("wrong-password"));
    // Nobody is there to be asked for the right one: that is said, and nothing is changed.
    let told = place.run(&["doctor", "--only", "postgres", "--fix", "--yes"]);
    assert!(told.err.contains("only a person knows"), "{}", told.err);
    let told = place.follow(wrong.cure(), "right-password\n");
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(!told.out.contains("right-password"), "{}", told.out);
    assert_eq!(place.check("postgres", &[]).status(), "pass");

    let place = naming(&url(port, "app:right-password", "other"));
    let missing = place.check("postgres", &[]);
    missing.fails_with("postgres/login", "has no database `other`");
    assert_eq!(missing.help(), "pixcrawler doctor --fix --only postgres");
    let told = place.is_mended("postgres");
    assert!(
        told.err.contains("CREATE DATABASE \"other\""),
        "{}",
        told.err
    );

    let small = Place::new(&[(
        "backend/.env",
        &format!(
            "DATABASE_URL={}\nDATABASE_POOL_SIZE=100\nDATABASE_MAX_OVERFLOW=200\n",
            url(port, "app:right-password", "pix")
        ),
    )]);
    let check = small.check("postgres", &[]);
    assert_eq!(
        check.findings()[0].0,
        "postgres/connections",
        "{}",
        check.text()
    );
    // What the code takes bounds what is set.
    small.write(
        "backend/settings.py",
        "from pydantic import Field\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n\n\nclass DatabaseSettings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix=\"DATABASE_\")\n    pool_size: int = Field(default=5, ge=1, le=20)\n    max_overflow: int = Field(default=10, ge=0, le=15)\n",
    );
    small.is_mended("postgres");
    let pools = std::fs::read_to_string(small.file("backend/.env")).expect("a text");
    assert!(
        pools.ends_with("DATABASE_POOL_SIZE=20\nDATABASE_MAX_OVERFLOW=15\n"),
        "{pools}"
    );

    let place = naming(&format!(
        "{}?ssl=require",
        url(port, "app:right-password", "pix")
    ));
    place
        .check("postgres", &[])
        .fails_with("postgres/tls", "TLS with");
    place.is_mended("postgres");
    running.stop();
}

#[test]
fn a_server_that_is_named_part_by_part_is_asked() {
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "app:right-password", "pix"));
    let running = world.start(&service);
    let place = |password: &str| {
        Place::new(&[(
            "backend/.env",
            &format!(
                "DATABASE_HOST=127.0.0.1\nDATABASE_PORT={port}\nDATABASE_USER=app\nDATABASE_PASSWORD={password}\nDATABASE_NAME=pix\n"
            ),
        )])
    };
    let sound = place("right-password").check("postgres", &["--offline"]);
    assert_eq!(sound.status(), "pass", "{}", sound.text());
    let place = place("wrong-password");
    let wrong = place.check("postgres", &[]);
    wrong.fails_with("postgres/login", "refuses the password of `app`");
    assert!(wrong.text().contains("DATABASE_HOST (backend/.env:1)"));
    assert_eq!(
        wrong.cure(),
        "pixcrawler env set --file backend/.env DATABASE_PASSWORD=-"
    );
    place.follow(wrong.cure(), "right-password\n");
    assert_eq!(place.check("postgres", &[]).status(), "pass");
    running.stop();
}

#[test]
fn the_printed_command_starts_the_servers_that_are_missing() {
    let (port, cache) = (free_port(), free_port());
    let mut place = Place::new(&[(
        "backend/.env",
        &format!(
            "DATABASE_URL={}\nCELERY_BROKER_URL=redis://:pw@localhost:{cache}/2\n",
            url(port, "app:pw", "pix")
        ),
    )]);
    // Where there are no servers on PATH, they are fetched into the cache of its own.
    place.reach_out();
    place.set("HOME", &std::env::var("HOME").unwrap_or_default());
    let told = place.run(&["doctor", "--only", "postgres,redis", "--fix", "--yes"]);
    let again = place.run(&["doctor", "--only", "postgres,redis"]);
    let stopped = place.run(&["stop"]);
    assert_eq!(
        (told.code, again.code),
        (Some(0), Some(0)),
        "{}\n{}\n{}",
        told.out,
        told.err,
        again.out
    );
    assert!(told.err.contains("postgres: mended") && told.err.contains("redis: mended"));
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
    place
        .check("postgres", &[])
        .fails_with("postgres/unreachable", "refuses connections");
}

#[test]
fn a_server_that_insists_on_tls_is_told_with_the_option_to_add() {
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "app:pw", "pix"));
    world.start(&service).stop();
    let data = fs::canonicalize(world.data()).expect("data");
    let certified =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let owner = fs::metadata(&data).expect("data");
    for (name, text) in [
        ("server.crt", certified.cert.pem()),
        ("server.key", certified.signing_key.serialize_pem()),
    ] {
        let path = data.join(name);
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .expect("chmod");
        let (uid, gid) = (
            std::os::unix::fs::MetadataExt::uid(&owner),
            std::os::unix::fs::MetadataExt::gid(&owner),
        );
        std::os::unix::fs::chown(&path, Some(uid), Some(gid)).expect("chown");
    }
    let conf = data.join("postgresql.auto.conf");
    let text = fs::read_to_string(&conf).unwrap_or_default();
    fs::write(&conf, format!("{text}\nssl = on\n")).expect("settings");
    let hba = data.join("pg_hba.conf");
    let text = fs::read_to_string(&hba).expect("rules");
    fs::write(&hba, format!("hostnossl all app all reject\n{text}")).expect("rules");

    let running = world.start(&service);
    let place = naming(&format!("{}?ssl=disable", url(port, "app:pw", "pix")));
    let plain = place.check("postgres", &[]);
    plain.fails_with("postgres/tls", "insists on TLS");
    assert_eq!(
        plain.help(),
        "pixcrawler env set --file backend/.env DATABASE_URL --part ssl=require"
    );
    place.is_mended("postgres");
    let mended = place.check("postgres", &[]);
    assert!(mended.found().contains(", TLS,"), "{}", mended.found());

    // Node's drivers use none unless they are told.
    let web = Place::new(&[
        ("frontend/package.json", "{}"),
        (
            "frontend/.env",
            &format!("POSTGRES_URL=postgresql://app:pw@127.0.0.1:{port}/pix\n"),
        ),
    ]);
    let unsaid = web.check("postgres", &[]);
    assert_eq!(
        unsaid.findings(),
        [(
            "postgres/tls",
            format!("Postgres at 127.0.0.1:{port} insists on TLS, and POSTGRES_URL (frontend/.env:1) does not ask for it").as_str()
        )],
        "{}",
        unsaid.text()
    );
    web.is_mended("postgres");

    // Node goes on without a file that is not there.
    let mut web = Place::new(&[
        ("frontend/package.json", "{}"),
        (
            "frontend/.env",
            &format!("POSTGRES_URL=postgresql://app:pw@localhost:{port}/pix?sslmode=verify-full\n"),
        ),
    ]);
    web.set("NODE_EXTRA_CA_CERTS", "nowhere.crt");
    let lost = web.check("postgres", &[]);
    lost.fails_with("postgres/tls", "nobody who is trusted");
    let words = "NODE_EXTRA_CA_CERTS names nowhere.crt, which is not there";
    assert!(lost.text().contains(words), "{}", lost.text());
    web.write("frontend/nowhere.crt", &certified.cert.pem());
    let there = web.check("postgres", &[]);
    assert_eq!(there.status(), "pass", "{}", there.text());

    // Whoever wants the certificate looked at is told whom to name, and never to look away.
    let full = format!("postgresql+asyncpg://app:pw@localhost:{port}/pix?ssl=verify-full");
    let mut place = naming(&full);
    let unknown = place.check("postgres", &[]);
    unknown.fails_with("postgres/tls", "nobody who is trusted");
    assert_eq!(unknown.cure(), "", "{}", unknown.text());
    assert_eq!(
        unknown.help(),
        pixcrawler::text::remedy::set_here("PGSSLROOTCERT")
    );
    place.write("ca.crt", &certified.cert.pem());
    let file = place.file("ca.crt");
    place.set("PGSSLROOTCERT", file.to_str().expect("UTF-8"));
    let known = place.check("postgres", &[]);
    assert_eq!(known.status(), "pass", "{}", known.text());
    place.set("PGSSLROOTCERT", "/nowhere/ca.crt");
    place
        .check("postgres", &[])
        .fails_with("postgres/tls", "there is no file /nowhere/ca.crt");

    only_without_tls(&world, port, &hba, &text);
    running.stop();
}

/// The other way round: whom a server takes without TLS alone.
fn only_without_tls(world: &World, port: u16, hba: &Path, text: &str) {
    fs::write(hba, format!("hostssl all app all reject\n{text}")).expect("rules");
    let secret = world.data().with_file_name("postgres.password");
    let secret = fs::read_to_string(secret).expect("the administrator's password");
    let admin = format!(
        "postgresql://supabase_admin:{}@127.0.0.1:{port}/postgres",
        secret.trim()
    );
    let admin = Endpoint::postgres(&admin, "ADMIN", "").expect("a URL");
    run(&admin, "SELECT pg_reload_conf()");
    let place = naming(&format!("{}?ssl=require", url(port, "app:pw", "pix")));
    let refused = loop {
        let check = place.check("postgres", &[]);
        if check.status() != "pass" {
            break check;
        }
    };
    refused.fails_with("postgres/tls", "takes `app` only without TLS");
    place.is_mended("postgres");
    // Whose driver only wishes for it tries without, as the drivers do.
    let wish = naming(&url(port, "app:pw", "pix")).check("postgres", &[]);
    assert_eq!(wish.status(), "pass", "{}", wish.text());
    let found = wish.found();
    assert!(found.contains("takes nobody like us"), "{found}");
    // The rules let us on to what is really wrong.
    let wrong = naming(&url(port, "app:wrong", "pix")).check("postgres", &[]);
    wrong.fails_with("postgres/login", "refuses the password");
}

#[test]
fn whom_a_server_turns_away_is_told_what_would_let_him_in() {
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "app:pw", "pix"));
    let running = world.start(&service);
    let secret = world.data().with_file_name("postgres.password");
    let secret = fs::read_to_string(secret).expect("the administrator's password");
    let admin = format!(
        "postgresql://supabase_admin:{}@127.0.0.1:{port}/postgres",
        secret.trim()
    );
    let admin = Endpoint::postgres(&admin, "ADMIN", "").expect("a URL");
    let place = naming(&url(port, "app:pw", "pix"));
    for (before, rule, words, help) in [
        (
            "ALTER ROLE app NOLOGIN",
            "postgres/login",
            "not permitted to log in",
            "'ALTER ROLE \"app\" LOGIN'",
        ),
        (
            "ALTER ROLE app NOSUPERUSER LOGIN CONNECTION LIMIT 0",
            "postgres/connections",
            "too many connections for role",
            "'ALTER ROLE \"app\" CONNECTION LIMIT -1'",
        ),
        (
            "ALTER ROLE app CONNECTION LIMIT -1; ALTER ROLE app SET default_transaction_read_only = on",
            "postgres/read-only",
            "takes no writes",
            "'ALTER ROLE \"app\" RESET default_transaction_read_only'",
        ),
    ] {
        run(&admin, before);
        let check = place.check("postgres", &[]);
        check.fails_with(rule, words);
        assert!(check.help().ends_with(help), "{}", check.text());
        assert_eq!(check.cure(), "", "{}", check.text());
    }
    run(
        &admin,
        "ALTER ROLE app RESET default_transaction_read_only; ALTER ROLE app CONNECTION LIMIT 3",
    );
    let few = place.check("postgres", &[]);
    assert_eq!(few.status(), "warn", "{}", few.text());
    assert!(few.text().contains("may have 3"), "{}", few.text());
    place.is_mended("postgres");
    let missing = naming(&url(port, "app:pw", "nix")).check("postgres", &[]);
    missing.fails_with("postgres/login", "has no database `nix`");
    assert!(
        missing
            .help()
            .ends_with("'CREATE DATABASE \"nix\" OWNER \"app\"'"),
        "{}",
        missing.text()
    );
    assert_eq!(missing.cure(), "", "{}", missing.text());
    running.stop();
}

#[test]
fn two_tiers_with_two_databases_are_told_and_led_together() {
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "app:pw", "pix"));
    let running = world.start(&service);
    let place = naming(&url(port, "app:pw", "pix"));
    place.write("frontend/package.json", "{}");
    let web = |host: &str, database: &str| {
        let url = format!("postgresql://app:pw@{host}:{port}/{database}");
        place.write("frontend/.env", &format!("POSTGRES_URL={url}\n"));
        place.check("postgres", &[])
    };
    assert_eq!(web("localhost", "pix").status(), "pass");
    let apart = web("127.0.0.1", "postgres");
    assert_eq!(
        apart.findings(),
        [(
            "postgres/apart",
            format!("the backend means 127.0.0.1:{port}/pix (DATABASE_URL in backend/.env:2), the frontend 127.0.0.1:{port}/postgres (POSTGRES_URL in frontend/.env:1)").as_str()
        )],
        "{}",
        apart.text()
    );
    assert_eq!(
        apart.help(),
        "pixcrawler env set --file frontend/.env POSTGRES_URL --part database=pix"
    );
    let told = place.follow(apart.help(), "");
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(place.check("postgres", &[]).status(), "pass");
    running.stop();
}

#[test]
fn a_pooler_in_transaction_mode_is_told_from_the_server_behind_it() {
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "app:pw", "pix"));
    let running = world.start(&service);
    let mode = |mode: Mode| {
        let pooler = Pooler::start(port, "app", "pw", mode)?;
        let place = naming(&url(pooler.port(), "app:pw", "pix"));
        let check = place.check("postgres", &[]);
        if mode == Mode::Transaction {
            // It asks for the port of the server itself.
            let told = place.follow(check.cure(), &format!("{port}\n"));
            assert_eq!(told.code, Some(0), "{}", told.err);
            let mended = place.check("postgres", &[]);
            assert_eq!(mended.status(), "pass", "{}", mended.text());
        } else {
            let wrong = naming(&url(pooler.port(), "app:wrong", "pix")).check("postgres", &[]);
            wrong.fails_with("postgres/login", "refuses the password of `app`");
        }
        Some(check)
    };
    let (Some(transaction), Some(session)) = (mode(Mode::Transaction), mode(Mode::Session)) else {
        drop(running.stop());
        return;
    };
    assert_eq!(
        transaction.findings()[0].0,
        "postgres/pooler",
        "{}",
        transaction.text()
    );
    assert_eq!(session.status(), "pass", "{}", session.text());
    assert!(
        session.found().contains("pooler in session mode"),
        "{}",
        session.found()
    );
    if let Some(pooler) = Pooler::start(port, "app", "pw", Mode::Statement) {
        let check = naming(&url(pooler.port(), "app:pw", "pix")).check("postgres", &[]);
        check.fails_with("postgres/pooler", "is a pooler in statement mode");
    }
    running.stop();
}

#[test]
fn what_is_no_postgres_is_named() {
    for (greeting, who) in [
        ("220 mail\r\n", "something that says: 220 mail"),
        // Its first letter is a yes to the question for TLS.
        ("SSH-2.0-Tests_1\r\n", "an SSH server: SSH-2.0-Tests_1"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let stranger = std::thread::spawn(move || {
            let mut greeted = Vec::new();
            for mut stream in listener.incoming().take(4).flatten() {
                let _ = std::io::Write::write_all(&mut stream, greeting.as_bytes());
                greeted.push(stream);
            }
        });
        let check = naming(&url(port, "app:pw", "pix")).check("postgres", &[]);
        check.fails_with(
            "postgres/unreachable",
            &format!("is no Postgres, but {who}"),
        );
        assert!(
            check.text().contains("listening there:"),
            "{}",
            check.text()
        );
        // It serves a few and ends.
        while !stranger.is_finished() {
            let _ = std::net::TcpStream::connect(("127.0.0.1", port));
        }
    }
}

#[test]
fn a_pooler_without_its_server_is_told_from_the_server() {
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "app:pw", "pix"));
    let running = world.start(&service);
    let Some(pooler) = Pooler::start(port, "app", "pw", Mode::Transaction) else {
        running.stop();
        return;
    };
    let place = naming(&url(pooler.port(), "app:pw", "pix"));
    assert_ne!(place.check("postgres", &[]).status(), "fail");
    running.stop();
    // It waits for its server first, and says later that it does not get it.
    for _ in 0..2 {
        let check = place.check("postgres", &[]);
        check.fails_with(
            "postgres/unreachable",
            &format!(
                "the pooler at 127.0.0.1:{} answers, and the server behind it does not",
                pooler.port()
            ),
        );
    }
}
