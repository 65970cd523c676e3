//! What is wrong with a Postgres' URL itself, whether or not a server answers there.

use std::fs;

use super::Place;
use super::postgres::{naming, url};
use crate::managed::{World, free_port, postgres};

#[test]
fn options_that_asyncpg_refuses_are_replaced_by_its_own() {
    let url = url(1, "app:hunter22", "pix");
    let place = naming(&format!(
        "{url}?sslmode=require&channel_binding=require&application_name=api"
    ));
    let check = place.check("postgres", &[]);
    check.fails_with(
        "postgres/options",
        "DATABASE_URL (backend/.env:2) has `sslmode`, `channel_binding` and `application_name` behind its ?",
    );
    assert_eq!(
        check.help(),
        "pixcrawler env set --file backend/.env DATABASE_URL --part sslmode= --part channel_binding= --part application_name= --part ssl=require"
    );
    assert!(
        check.text().contains("create_async_engine"),
        "{}",
        check.text()
    );
    assert!(!check.text().contains("hunter22"));
    let told = place.follow(check.help(), "");
    assert_eq!(told.code, Some(0), "{}", told.err);
    let text = fs::read_to_string(place.file("backend/.env")).expect("a file");
    assert_eq!(
        text,
        format!("# settings\nDATABASE_URL={url}?ssl=require\n")
    );
    let mended = place.check("postgres", &[]);
    assert!(
        mended
            .findings()
            .iter()
            .all(|(rule, _)| *rule != "postgres/options"),
        "{}",
        mended.text()
    );
}

#[test]
fn what_sqlalchemy_keeps_for_itself_depends_on_the_locked_version() {
    let place = naming(&format!("{}?async_fallback=true", url(1, "app:pw", "pix")));
    place.write(
        "pyproject.toml",
        "[project]\nname = \"app\"\nversion = \"0.1\"\ndependencies = [\"sqlalchemy\"]\n",
    );
    let refused = |version: &str| {
        place.write(
            "uv.lock",
            &format!("version = 1\nrequires-python = \">=3.11\"\n[[package]]\nname = \"sqlalchemy\"\nversion = \"{version}\"\n"),
        );
        let check = place.check("postgres", &[]);
        check.text().contains("has `async_fallback` behind its ?")
    };
    assert!(!refused("2.0.44"));
    assert!(refused("2.1.9"));
}

#[test]
fn what_the_workers_driver_refuses_is_told_where_the_code_hands_it_on() {
    let place = naming(&format!("{}?ssl=disable", url(1, "app:pw", "pix")));
    let told = || {
        let check = place.check("postgres", &[]);
        let findings = check.findings().into_iter();
        let told: Vec<String> = findings
            .filter(|(rule, _)| *rule == "postgres/options")
            .map(|(_, message)| message.to_owned())
            .collect();
        told
    };
    assert_eq!(told(), [""; 0]);
    let settings = "backend/core/settings/database.py";
    place.write(
        settings,
        "    def sync_url(self):\n        return self.url.replace(ASYNC_DRIVER, SYNC_DRIVER, 1)\n",
    );
    assert_eq!(
        told(),
        [format!(
            "DATABASE_URL (backend/.env:2) has `ssl` behind its ?, which sync_url in {settings} hands on to the worker's psycopg, which does not take it"
        )]
    );
    let plain = format!("DATABASE_URL={}\n", url(1, "app:pw", "pix"));
    place.write("backend/.env", &plain);
    assert_eq!(told(), [""; 0]);
}

#[test]
fn options_in_the_process_environment_are_told_once() {
    let mut place = Place::new(&[("frontend/package.json", "{}")]);
    place.set(
        "DATABASE_URL",
        &format!("{}?sslmode=require", url(1, "app:pw", "pix")),
    );
    place.write("ca.crt", "");
    let file = place.file("ca.crt");
    place.set("NODE_EXTRA_CA_CERTS", file.to_str().expect("UTF-8"));
    let check = place.check("postgres", &[]);
    let findings = check.findings();
    let told = findings
        .iter()
        .filter(|(rule, _)| *rule == "postgres/options");
    assert_eq!(told.count(), 1, "{}", check.text());
}

#[test]
fn a_password_that_is_cut_by_its_own_signs_is_not_shown_as_a_host() {
    let place = naming("postgresql+asyncpg://app:hunter2@S3cretTail/x@127.0.0.1:1/pix");
    for id in ["postgres", "env"] {
        let text = place.check(id, &[]).text();
        assert!(text.contains("%2F") && !text.contains("S3cret"), "{text}");
    }
}

#[test]
fn what_a_url_leaves_open_is_found_where_its_driver_looks() {
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "app:right-password", "pix"));
    let running = world.start(&service);
    let mut place = naming(&url(port, "app", "pix"));
    place
        .check("postgres", &[])
        .fails_with("postgres/login", "asks for a password of `app`");
    place.set("PGPASSWORD", "wrong-password");
    let wrong = place.check("postgres", &[]);
    wrong.fails_with("postgres/login", "refuses the password of `app`");
    assert!(wrong.text().contains("PGPASSWORD"), "{}", wrong.text());
    place.set("PGPASSWORD", "right-password");
    let right = place.check("postgres", &["--offline"]);
    assert_eq!(right.status(), "pass", "{}", right.text());

    let mut open = naming("postgresql+asyncpg:///pix");
    let port = port.to_string();
    for (name, value) in [
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", port.as_str()),
        ("PGUSER", "app"),
        ("PGPASSWORD", "right-password"),
    ] {
        open.set(name, value);
    }
    let right = open.check("postgres", &["--offline"]);
    assert_eq!(right.status(), "pass", "{}", right.text());

    let mut filed = naming(&format!("postgresql+asyncpg://app@127.0.0.1:{port}/pix"));
    filed.write(
        ".pgpass",
        &format!("127.0.0.1:{port}:pix:app:right-password\n"),
    );
    let file = filed.file(".pgpass");
    let mode = |bits| std::os::unix::fs::PermissionsExt::from_mode(bits);
    fs::set_permissions(&file, mode(0o600)).expect("chmod");
    filed.set(
        "HOME",
        filed.path().to_str().expect("UTF-8").to_owned().as_str(),
    );
    let right = filed.check("postgres", &["--offline"]);
    assert_eq!(right.status(), "pass", "{}", right.text());
    // Its drivers look into none that others may read.
    fs::set_permissions(&file, mode(0o644)).expect("chmod");
    filed
        .check("postgres", &[])
        .fails_with("postgres/login", "asks for a password of `app`");
    filed.is_mended("postgres");
    running.stop();
}

#[test]
fn a_server_of_another_kind_and_a_name_with_a_fragment_are_told() {
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "app:pw", "pix"));
    let running = world.start(&service);
    let sound = url(port, "app:pw", "pix");
    let place = naming(&format!("{sound}?target_session_attrs=read-only"));
    let told = place.check("postgres", &[]);
    told.fails_with("postgres/options", "asks for a server that takes no writes");
    assert_eq!(place.follow(told.help(), "").code, Some(0));
    assert_eq!(place.check("postgres", &["--offline"]).status(), "pass");
    let place = naming(&format!("{sound}#old"));
    place
        .check("postgres", &[])
        .fails_with("postgres/login", "has no database `pix#old`");
    place.is_mended("postgres");
    // What is typed alone mends all of it.
    let place = naming(&format!("{sound}?sslmode=require"));
    let told = place.check("postgres", &[]);
    let help = told.helps().last().map(|it| (*it).to_owned());
    place.follow(&help.unwrap_or_default(), "");
    let text = fs::read_to_string(place.file("backend/.env")).expect("a file");
    assert!(!text.contains("ssl"), "{text}");
    running.stop();
}

#[test]
fn an_address_that_makes_no_sense_is_not_taken_for_none() {
    let nonsense = naming("postgresql+asyncpg://u:pw@localhost:99999/d");
    let check = nonsense.check("postgres", &[]);
    check.fails_with(
        "postgres/unreachable",
        "DATABASE_URL (backend/.env:2) is not a URL",
    );
    assert_eq!(
        check.cure(),
        "pixcrawler env set --file backend/.env DATABASE_URL=-"
    );
    for url in [
        "postgresql://u:pw@one:5432,other:5432/d",
        "postgresql+asyncpg://u:pw@/d?host=one:5432&host=other:5433",
    ] {
        let several = naming(url).check("postgres", &["--offline"]);
        assert_eq!(several.status(), "skipped");
        let text = several.text();
        assert!(text.contains("names several hosts"), "{text}");
        assert_eq!(several.0["relevant"], true);
    }
    let text = naming("postgresql+asyncpg://u:pw@one/d?port=abc");
    text.check("postgres", &[]).fails_with(
        "postgres/unreachable",
        "DATABASE_URL (backend/.env:2) has a port behind its ? that is no number",
    );
}

#[test]
fn a_server_that_a_service_names_is_not_asked() {
    let mut place = naming("postgresql+psycopg:///d");
    place.set("PGSERVICE", "prod");
    let check = place.check("postgres", &[]);
    assert_eq!(check.status(), "skipped", "{}", check.text());
    let words =
        "DATABASE_URL (backend/.env:2) leaves its server to the service `prod`, by PGSERVICE";
    assert!(check.text().contains(words), "{}", check.text());
}

/// A frontend with this driver, and a server that nobody runs.
fn web(driver: &str, query: &str) -> Place {
    let package = format!("{{\"dependencies\": {{\"{driver}\": \"*\"}}}}");
    let url = format!("POSTGRES_URL=postgresql://u:hunter22@127.0.0.1:1/d?{query}\n");
    Place::new(&[
        ("frontend/package.json", package.as_str()),
        ("frontend/.env", url.as_str()),
    ])
}

#[test]
fn options_that_postgres_js_sends_to_the_server_are_taken_out() {
    let place = web(
        "postgres",
        "sslmode=require&sslrootcert=/ca.crt&pgbouncer=true",
    );
    let check = place.check("postgres", &[]);
    check.fails_with(
        "postgres/options",
        "POSTGRES_URL (frontend/.env:1) has `sslrootcert` and `pgbouncer` behind its ?, which postgres.js does not take",
    );
    assert!(
        check.text().contains("NODE_EXTRA_CA_CERTS=/ca.crt"),
        "{}",
        check.text()
    );
    assert_eq!(
        check.help(),
        "pixcrawler env set --file frontend/.env POSTGRES_URL --part sslrootcert= --part pgbouncer= --part sslmode=verify-ca"
    );
    let told = place.follow(check.help(), "");
    assert_eq!(told.code, Some(0), "{}", told.err);
    let rules = |place: &Place| {
        let check = place.check("postgres", &[]);
        let findings = check.findings();
        let rules: Vec<String> = findings.iter().map(|it| it.0.to_owned()).collect();
        rules
    };
    assert_eq!(rules(&place), ["postgres/unreachable"]);
    assert!(
        rules(&web("pg", "sslmode=no-verify"))
            .iter()
            .all(|it| it != "postgres/options")
    );
    assert_eq!(
        rules(&web("postgres", "sslmode=no-verify")),
        ["postgres/options", "postgres/unreachable"]
    );
}

#[test]
fn what_postgres_js_does_not_read_is_not_taken_for_read() {
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "app:pw", "pix"));
    let running = world.start(&service);
    let place = |url: &str| {
        let package = "{\"dependencies\": {\"postgres\": \"*\"}}";
        let line = format!("POSTGRES_URL={url}\n");
        Place::new(&[
            ("frontend/package.json", package),
            ("frontend/.env", line.as_str()),
        ])
    };
    let behind = place(&format!(
        "postgresql://127.0.0.1:{port}/pix?user=app&password=pw"
    ));
    let check = behind.check("postgres", &[]);
    check.fails_with(
        "postgres/options",
        "has `password` behind its ?, which postgres.js does not take",
    );
    assert_eq!(
        check.help(),
        "pixcrawler env set --file frontend/.env POSTGRES_URL --part password= --part password=-"
    );
    assert_eq!(behind.follow(check.help(), "pw\n").code, Some(0));
    let mended = behind.check("postgres", &["--offline"]);
    assert_eq!(mended.status(), "pass", "{}", mended.text());

    let named = place(&format!("postgresql://app:pw@127.0.0.1:{port}/?dbname=pix"));
    named
        .check("postgres", &[])
        .fails_with("postgres/options", "has `dbname` behind its ?");
    named.is_mended("postgres");

    // What is lent counts, and a login has to have a host beside it.
    let mut open = place("postgresql:///pix");
    for (name, value) in [
        ("PGHOST", format!("127.0.0.1:{port}")),
        ("PGUSER", "app".to_owned()),
    ] {
        open.set(name, &value);
    }
    let check = open.check("postgres", &[]);
    check.fails_with("postgres/login", "asks for a password of `app`");
    assert_eq!(
        check.help(),
        "pixcrawler env set --file frontend/.env POSTGRES_URL --part host=127.0.0.1 --part password=-"
    );
    open.write("frontend/.env", "POSTGRES_URL=postgresql://:pw@/pix\n");
    open.check("postgres", &[])
        .fails_with("postgres/unreachable", "has a login and no host");
    running.stop();
}

#[test]
fn a_port_of_the_environment_that_is_none_is_told() {
    let mut place = naming("postgresql+asyncpg://app:pw@127.0.0.1/pix");
    place.set("PGPORT", "54x");
    let check = place.check("postgres", &[]);
    check.fails_with(
        "postgres/unreachable",
        "DATABASE_URL (backend/.env:2) leaves the port to PGPORT, and what that says is none",
    );
    let line = pixcrawler::text::remedy::unset(&["PGPORT".to_owned()]);
    assert_eq!(check.help(), line);
}

#[test]
fn a_mode_of_tls_of_the_environment_that_is_none_is_told() {
    let mut place = naming("postgresql+asyncpg://app:pw@127.0.0.1/pix");
    place.set("PGSSLMODE", "bogus");
    let check = place.check("postgres", &[]);
    let words = "DATABASE_URL (backend/.env:2) leaves TLS to PGSSLMODE";
    check.fails_with("postgres/unreachable", words);
    let line = pixcrawler::text::remedy::unset(&["PGSSLMODE".to_owned()]);
    assert_eq!(check.help(), line);
}

#[test]
fn dev_starts_what_the_environment_says_of_an_address() {
    let port = free_port().to_string();
    let mut place = naming("postgresql+asyncpg:///pix");
    for (name, value) in [
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", port.as_str()),
        ("PGUSER", "app"),
        ("PGPASSWORD", "pw"),
        ("HOME", &std::env::var("HOME").unwrap_or_default()),
    ] {
        place.set(name, value);
    }
    let check = place.check("postgres", &[]);
    check.fails_with("postgres/unreachable", "refuses connections");
    assert!(
        check.text().contains("PGHOST and PGPORT"),
        "{}",
        check.text()
    );
    let told = place.run(&["doctor", "--only", "postgres", "--fix", "--yes"]);
    let again = place.check("postgres", &["--offline"]);
    let stopped = place.run(&["stop"]);
    assert_eq!(told.code, Some(0), "{}\n{}", told.out, told.err);
    assert_eq!(again.status(), "pass", "{}", again.text());
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
}

#[test]
fn authorities_that_the_url_names_are_corrected_there() {
    let place = web("pg", "sslmode=verify-full&sslrootcert=/nowhere/ca.crt");
    let check = place.check("postgres", &[]);
    check.fails_with("postgres/tls", "there is no file /nowhere/ca.crt");
    assert_eq!(
        check.help(),
        "pixcrawler env set --file frontend/.env POSTGRES_URL --part sslrootcert=-"
    );
    let told = place.follow(check.help(), "/other/ca.crt\n");
    assert_eq!(told.code, Some(0), "{}", told.err);
    place
        .check("postgres", &[])
        .fails_with("postgres/tls", "there is no file /other/ca.crt");
}

#[test]
fn a_service_that_an_env_file_names_is_none_of_a_drivers() {
    for (url, words) in [
        (
            "postgresql+asyncpg:///d",
            "PGSERVICE (backend/.env:1) does nothing: asyncpg looks at no variable for a service",
        ),
        (
            "postgresql+psycopg:///d",
            "PGSERVICE (backend/.env:1) counts only where that file is loaded into the process environment",
        ),
    ] {
        let env = format!("PGSERVICE=prod\nDATABASE_URL={url}\n");
        let place = Place::new(&[("backend/.env", env.as_str())]);
        let text = place.check("postgres", &[]).text();
        assert!(text.contains(words), "{words}: {text}");
    }
    // A URL with a host leaves nothing to a service.
    let place = Place::new(&[(
        "backend/.env",
        "PGSERVICE=prod\nDATABASE_URL=postgresql+psycopg://u:p@127.0.0.1:1/d\n",
    )]);
    let text = place.check("postgres", &[]).text();
    assert!(!text.contains("PGSERVICE"), "{text}");
}

#[test]
fn what_dev_hands_on_of_the_roots_file_says_what_a_url_leaves_open() {
    let place = Place::new(&[
        (
            "frontend/package.json",
            "{\"dependencies\": {\"pg\": \"*\"}}",
        ),
        (
            "frontend/.env",
            "POSTGRES_URL=postgresql://u:pw@127.0.0.1/d\n",
        ),
        (".env", "PGPORT=1\nPGHOST=elsewhere.invalid\n"),
    ]);
    let check = place.check("postgres", &[]);
    check.fails_with("postgres/unreachable", "127.0.0.1:1 refuses connections");
    assert!(
        check.text().contains("PGPORT says the port"),
        "{}",
        check.text()
    );
    // A file of its own counts before that.
    place.write("frontend/.env.local", "PGPORT=2\n");
    let check = place.check("postgres", &[]);
    check.fails_with("postgres/unreachable", "127.0.0.1:2 refuses connections");
}

#[test]
fn a_url_is_told_one_way_out_where_the_server_has_no_tls() {
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "app:pw", "pix"));
    let running = world.start(&service);
    let named = format!("POSTGRES_URL=postgresql://app:pw@127.0.0.1:{port}/pix?sslmode=bogus\n");
    let manifest = "{\"dependencies\":{\"postgres\":\"3\"}}";
    let place = Place::new(&[
        ("frontend/package.json", manifest),
        ("frontend/.env", &named),
    ]);
    let check = place.check("postgres", &[]);
    let line = "pixcrawler env set --file frontend/.env POSTGRES_URL --part sslmode=";
    assert_eq!(check.helps(), [line], "{}", check.text());
    place.is_mended("postgres");
    running.stop();
}
