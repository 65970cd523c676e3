//! Files in every shape in which they are found, through a real run.

use super::Case;

const A: (&str, i64, &str) = ("0000_a", 1000, "CREATE TABLE a (id int);\n");

#[test]
fn a_file_that_no_journal_names_is_told_and_not_run() {
    let case = Case::new(&[A]);
    case.sql("0001_orphan", "CREATE TABLE orphan (id int);");
    case.sql("production_schema", "CREATE TABLE whole (id int);");
    for args in [vec![], vec!["status"], vec![]] {
        let ended = case.succeed(&args);
        assert_eq!(ended.rules(), ["migrate/orphan"], "{}", ended.text);
        assert_eq!(ended.place(), "frontend/drizzle/0001_orphan.sql:1:1");
    }
    assert_eq!(case.ask("SELECT to_regclass('orphan')::text"), "");
    assert_eq!(case.record(), "1000");
}

#[test]
fn what_holds_nothing_is_recorded_as_drizzle_does() {
    let case = Case::new(&[
        ("0000_pull", 1000, "/*\nCREATE TABLE never (id int);\n*/"),
        ("0001_empty", 2000, ""),
        (
            "0002_comment",
            3000,
            "-- Custom SQL migration file, put your code below! --",
        ),
        (
            "0003_trailing",
            4000,
            "CREATE TABLE t (id int);\r\n--> statement-breakpoint\r\n",
        ),
    ]);
    case.succeed(&[]);
    assert_eq!(case.record(), "1000,2000,3000,4000");
    assert_eq!(
        case.ask("SELECT to_regclass('never')::text, to_regclass('t')::text"),
        "|t"
    );
}

#[test]
fn the_configuration_says_where_files_and_rows_are() {
    let case = Case::new(&[]);
    std::fs::remove_dir_all(case.path("frontend/drizzle")).expect("a folder");
    case.write(
        "frontend/drizzle.config.ts",
        "import { defineConfig } from 'drizzle-kit';\nconst schema = 'bookkeeping';\nexport default defineConfig({ dialect: 'postgresql', out: './db/out', migrations: { table: 'done \"so far\"', schema }, dbCredentials: { url: process.env.DATABASE_URL! } });\n",
    );
    case.write("frontend/db/out/0000_a.sql", A.2);
    case.write(
        "frontend/db/out/meta/_journal.json",
        r#"{"version":"7","dialect":"postgresql","entries":[{"idx":0,"version":"7","when":1000,"tag":"0000_a","breakpoints":true}]}"#,
    );
    case.succeed(&[]);
    assert!(case.succeed(&[]).applied().is_empty());
    assert_eq!(
        case.ask("SELECT created_at::text FROM bookkeeping.\"done \"\"so far\"\"\""),
        "1000"
    );
}

#[test]
fn a_value_of_an_enum_is_refused_where_one_transaction_adds_and_uses_it() {
    let kind = ("0000_a", 1000, "CREATE TYPE mood AS ENUM ('sad');");
    let case = Case::new(&[kind]);
    case.succeed(&[]);
    case.migrations(&[
        kind,
        ("0001_b", 2000, "ALTER TYPE mood ADD VALUE 'ok';"),
        ("0002_c", 3000, "CREATE TABLE m (id int);"),
        (
            "0003_d",
            4000,
            "ALTER TABLE m ADD COLUMN mood mood DEFAULT 'ok'::mood;",
        ),
    ]);
    let refused = case.run(&["--single-transaction"]);
    assert_eq!(
        (refused.code, refused.rules()),
        (Some(1), vec!["migrate/enum-value-in-use"]),
        "{}",
        refused.text
    );
    assert!(
        refused
            .place()
            .starts_with("frontend/drizzle/0003_d.sql:1:")
    );
    assert_eq!(case.record(), "1000");
    assert_eq!(case.succeed(&[]).applied().len(), 3);
}

#[test]
fn an_index_that_was_left_behind_is_shown() {
    let case = Case::new(&[A]);
    case.succeed(&[]);
    case.ask("INSERT INTO a VALUES (1), (1)");
    let target = pixcrawler::migration::Target::parse(&case.url, "X", "a test").expect("a URL");
    crate::managed::block(async {
        let mut session = super::Database::connect(&target, crate::support::HANG)
            .await
            .expect("a connection");
        let failed = session
            .query("CREATE UNIQUE INDEX CONCURRENTLY left_behind ON a (id)")
            .await;
        assert!(failed.is_err());
        session.close().await;
    });
    let status = case.succeed(&["status"]);
    assert_eq!(status.rules(), ["migrate/invalid-index"], "{}", status.text);
    assert!(status.text.contains("DROP INDEX CONCURRENTLY left_behind"));
}

#[test]
fn a_transaction_that_a_file_ends_or_resets_in_disguise_is_seen() {
    // Neither is found by reading: what runs is computed.
    let reset = ("0001_b", 2000, "CREATE TABLE b (id int);\nRESET ALL;");
    let case = Case::new(&[A, reset]);
    let refused = case.run(&[]);
    assert_eq!(refused.code, Some(1), "{}", refused.text);
    assert!(
        refused.text.contains("resets the settings"),
        "{}",
        refused.text
    );
    assert_eq!(case.ask("SELECT to_regclass('b')::text"), "");
    assert_eq!(case.record(), "1000");
    case.migrations(&[
        A,
        (
            "0001_b",
            2000,
            "CREATE TABLE b (id int);\nPREPARE TRANSACTION 'x';",
        ),
    ]);
    let ended = case.run(&[]);
    assert_eq!(ended.code, Some(1), "{}", ended.text);
    assert_eq!(case.record(), "1000");
}
