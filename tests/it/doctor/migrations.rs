//! What is applied to a real Postgres, and who holds its record up.

use std::fs;

use pixcrawler::service::endpoint::Endpoint;
use pixcrawler::system::database;
use sqlx::{Connection as _, PgConnection};

use super::git::git;
use super::postgres::{naming, url};
use crate::managed::{World, free_port, postgres};

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

    comes_back(&place);

    // Who holds the record up is no server that lets nobody in.
    let endpoint = Endpoint::postgres(&url(port, "app:pw", "pix"), "URL", "").expect("a URL");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let holder = runtime.block_on(async {
        let mut holder = PgConnection::connect_with(&database::options(&endpoint))
            .await
            .expect("a connection");
        sqlx::raw_sql("BEGIN; LOCK TABLE drizzle.__drizzle_migrations IN ACCESS EXCLUSIVE MODE")
            .execute(&mut holder)
            .await
            .expect("a lock");
        holder
    });
    let locked = place.check("migrations", &[]);
    assert_eq!(locked.status(), "warn", "{}", locked.text());
    assert_eq!(
        locked.findings()[0].0,
        "migration/locked",
        "{}",
        locked.text()
    );
    assert!(locked.help().contains("pg_locks"), "{}", locked.text());
    runtime.block_on(holder.close()).expect("a goodbye");
    running.stop();
}

/// A file that was changed after it ran comes back, where git has it; so does one that is gone.
fn comes_back(place: &super::Place) {
    let edited = |help: &str| {
        place.write("frontend/drizzle/0000_first.sql", "SELECT 1;\n");
        let check = place.check("migrations", &[]);
        check.fails_with("migrate/edited", "0000_first was changed");
        assert_eq!(check.help(), help, "{}", check.text());
        let told = place.follow(check.help(), "");
        assert_eq!(told.code, Some(0), "{}", told.err);
        assert_eq!(place.check("migrations", &[]).status(), "pass");
    };
    git(place, &["init", "-q"]);
    git(place, &["add", "frontend/drizzle"]);
    git(place, &["commit", "-q", "-m", "x"]);
    edited("git checkout HEAD -- frontend/drizzle/0000_first.sql");
    // So does one that is gone, from the last commit that has it.
    let deleted = |help: &str, note: &str| {
        let file = place.file("frontend/drizzle/0000_first.sql");
        fs::remove_file(&file).expect("a file");
        let check = place.check("migrations", &[]);
        check.fails_with("migrate/deleted", "the file of 0000_first is gone");
        assert_eq!(check.help(), help, "{}", check.text());
        assert!(check.text().contains(note), "{}", check.text());
        let told = place.follow(check.help(), "");
        assert_eq!(told.code, Some(0), "{}", told.err);
        file.exists()
    };
    let first = "git checkout HEAD -- frontend/drizzle/0000_first.sql";
    assert!(deleted(first, "the last commit has it as it ran"));
    assert_eq!(place.check("migrations", &[]).status(), "pass");
    let head = place.follow("git rev-parse --short HEAD", "").out;
    git(
        place,
        &["rm", "-q", "--cached", "frontend/drizzle/0000_first.sql"],
    );
    git(place, &["commit", "-q", "-m", "y"]);
    let before = format!(
        "git checkout {} -- frontend/drizzle/0000_first.sql",
        head.trim()
    );
    assert!(deleted(&before, "has it as it ran"));
    assert_eq!(place.check("migrations", &[]).status(), "pass");
    fs::remove_dir_all(place.file(".git")).expect("a repository");
    let text = fs::read_to_string(place.file("frontend/drizzle/0000_first.sql")).expect("SQL");
    assert!(!deleted(
        "pixcrawler explain migrate/deleted",
        "another checkout"
    ));
    place.write("frontend/drizzle/0000_first.sql", &text);
    edited("pixcrawler migrate repair --accept 0000_first");
}
