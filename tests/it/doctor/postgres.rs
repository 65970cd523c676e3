//! A real Postgres, in every state in which one finds it.

use std::fs;
use std::net::TcpListener;

use super::Place;
use crate::managed::{World, free_port, postgres};
use crate::support::{Mode, Pooler};

fn url(port: u16, login: &str, database: &str) -> String {
    format!("postgresql+asyncpg://{login}@127.0.0.1:{port}/{database}")
}

fn naming(url: &str) -> Place {
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

    let wrong = naming(&url(port, "app:wrong-password", "pix")).check("postgres", &[]);
    wrong.fails_with("postgres/login", "refuses the password of `app`");
    assert!(!wrong.text().contains("wrong-password"));

    let place = naming(&url(port, "app:right-password", "other"));
    let missing = place.check("postgres", &[]);
    missing.fails_with("postgres/login", "has no database `other`");
    assert_eq!(
        missing.help(),
        format!("createdb -h 127.0.0.1 -p {port} -U app -w other")
    );

    let small = Place::new(&[(
        "backend/.env",
        &format!(
            "DATABASE_URL={}\nDATABASE_POOL_SIZE=100\nDATABASE_MAX_OVERFLOW=200\n",
            url(port, "app:right-password", "pix")
        ),
    )]);
    let small = small.check("postgres", &[]);
    assert_eq!(
        small.findings()[0].0,
        "postgres/connections",
        "{}",
        small.text()
    );

    let insists = naming(&format!(
        "{}?ssl=require",
        url(port, "app:right-password", "pix")
    ))
    .check("postgres", &[]);
    insists.fails_with("postgres/tls", "TLS with");
    running.stop();
}

#[test]
fn the_printed_command_makes_the_missing_database() {
    // The client programs come with a Postgres of the system, not with every managed one.
    if crate::support::program("createdb", "the command that makes a database").is_none() {
        return;
    }
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "postgres:right-password", "pix"));
    let running = world.start(&service);
    let place = naming(&url(port, "postgres:right-password", "other"));
    let told = place.run(&["doctor", "--only", "postgres", "--fix", "--yes"]);
    assert_eq!(told.code, Some(0), "{}\n{}", told.out, told.err);
    assert!(told.err.contains("postgres: mended") && !told.err.contains("right-password"));
    running.stop();
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
    let plain =
        naming(&format!("{}?ssl=disable", url(port, "app:pw", "pix"))).check("postgres", &[]);
    plain.fails_with("postgres/tls", "insists on TLS");
    assert_eq!(
        plain.help(),
        "add ?ssl=require to DATABASE_URL in backend/.env:2"
    );
    let mended =
        naming(&format!("{}?ssl=require", url(port, "app:pw", "pix"))).check("postgres", &[]);
    assert_eq!(mended.status(), "pass", "{}", mended.text());
    assert!(mended.found().contains(", TLS,"), "{}", mended.found());
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
        Some(naming(&url(pooler.port(), "app:pw", "pix")).check("postgres", &[]))
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
    running.stop();
}

#[test]
fn what_is_no_postgres_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let stranger = std::thread::spawn(move || {
        for stream in listener.incoming().take(4).flatten() {
            let _ = std::io::Write::write_all(&mut &stream, b"220 mail\r\n");
        }
    });
    let check = naming(&url(port, "app:pw", "pix")).check("postgres", &[]);
    check.fails_with("postgres/unreachable", "is no Postgres");
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

#[test]
fn migrations_that_wait_are_applied_by_the_printed_command() {
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "app:pw", "pix"));
    let running = world.start(&service);
    let place = naming(&url(port, "app:pw", "pix"));
    place.write("frontend/package.json", "{}");
    place.write(
        "frontend/.env",
        &format!("DATABASE_URL=postgresql://app:pw@127.0.0.1:{port}/pix\n"),
    );
    place.write("frontend/drizzle.config.ts", "import { defineConfig } from 'drizzle-kit';\nexport default defineConfig({ dialect: 'postgresql', schema: './schema.ts', out: './drizzle', dbCredentials: { url: process.env.DATABASE_URL! } });\n");
    place.write("frontend/drizzle/meta/_journal.json", r#"{"version":"7","dialect":"postgresql","entries":[{"idx":0,"version":"7","when":1700000000000,"tag":"0000_first","breakpoints":true}]}"#);
    place.write(
        "frontend/drizzle/0000_first.sql",
        "CREATE TABLE \"first\" (\"id\" uuid PRIMARY KEY);\n",
    );
    let pending = place.check("migrations", &[]);
    assert_eq!(
        pending.findings(),
        [("migration/pending", "1 migration not applied: 0000_first")],
        "{}",
        pending.text()
    );
    let told = place.run(&["doctor", "--only", "migrations", "--fix", "--yes"]);
    assert_eq!(told.code, Some(0), "{}\n{}", told.out, told.err);
    assert!(told.err.contains("migrations: mended"), "{}", told.err);
    assert_eq!(
        place.check("migrations", &[]).found(),
        format!("1 of 1 applied to 127.0.0.1:{port}/pix")
    );
    running.stop();
}
