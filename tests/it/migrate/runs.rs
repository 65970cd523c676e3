//! Runs: what they leave, and how they fail.

use std::process::Stdio;

use super::Case;

const A: (&str, i64, &str) = (
    "0000_a",
    1000,
    "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1), (1);\n",
);

#[test]
fn a_failure_names_its_place_and_leaves_nothing_of_its_migration() {
    let case = Case::new(&[
        A,
        (
            "0001_b",
            2000,
            "CREATE TABLE b (id int);--> statement-breakpoint\n\nINSERT INTO a\n  VALUES (nothing);\n",
        ),
        ("0002_c", 3000, "CREATE TABLE c (id int);"),
    ]);
    let failed = case.run(&[]);
    assert_eq!(
        (failed.code, failed.rules()),
        (Some(1), vec!["migrate/failed"]),
        "{}",
        failed.text
    );
    assert_eq!(failed.place(), "frontend/drizzle/0001_b.sql:4:11");
    assert!(failed.text.contains("statement 2 of 2") && failed.text.contains("SQLSTATE 42703"));
    assert_eq!(case.record(), "1000");
    assert_eq!(case.ask("SELECT to_regclass('b')::text"), "");
    case.sql("0001_b", "CREATE TABLE b (id int);");
    assert_eq!(case.succeed(&[]).applied(), ["0001_b", "0002_c"]);
}

#[test]
fn one_transaction_is_all_or_nothing() {
    let case = Case::new(&[A, ("0001_b", 2000, "SELECT 1/0;")]);
    assert_eq!(case.run(&["--single-transaction"]).code, Some(1));
    assert_eq!(case.record(), "");
    case.sql("0001_b", "SELECT 1;");
    assert_eq!(
        case.succeed(&["--single-transaction"]).applied(),
        ["0000_a", "0001_b"]
    );
}

#[test]
fn a_dry_run_touches_nothing_and_to_stops_there() {
    let case = Case::new(&[A, ("0001_b", 2000, "ALTER TABLE a ADD COLUMN b int;")]);
    let dry = case.succeed(&["--dry-run"]);
    assert_eq!(
        dry.json["steps"][1]["statements"][0]["locks"][0]["mode"],
        "ACCESS EXCLUSIVE"
    );
    assert_eq!(
        case.ask("SELECT count(*)::text FROM pg_namespace WHERE nspname = 'drizzle'"),
        "0"
    );
    assert_eq!(case.succeed(&["--to", "0000_a"]).applied(), ["0000_a"]);
    assert_eq!(case.run(&["status", "--check"]).code, Some(5));
    assert_eq!(case.run(&["--to", "0009_no"]).code, Some(2));
    assert_eq!(case.run(&["--env", "production"]).code, Some(2));
    assert_eq!(
        case.succeed(&["--env", "production", "--yes"]).applied(),
        ["0001_b"]
    );
}

#[test]
fn outside_a_transaction_a_run_goes_on_where_it_stopped() {
    let case = Case::new(&[
        A,
        (
            "0001_b",
            2000,
            "-- no-transaction\nINSERT INTO a VALUES (2);\nCREATE UNIQUE INDEX CONCURRENTLY a_id ON a (id);\n",
        ),
    ]);
    let failed = case.run(&[]);
    assert_eq!(failed.code, Some(1));
    assert_eq!(failed.place(), "frontend/drizzle/0001_b.sql:3:1");
    assert!(
        failed.text.contains("INVALID") && failed.text.contains("DROP INDEX CONCURRENTLY"),
        "{}",
        failed.text
    );
    case.ask("DELETE FROM a WHERE ctid = (SELECT min(ctid) FROM a)");
    case.succeed(&[]);
    assert_eq!(case.ask("SELECT id::text FROM a ORDER BY id"), "1,2");
    assert_eq!(
        case.ask("SELECT count(*)::text FROM pg_index WHERE NOT indisvalid"),
        "0"
    );
    assert_eq!(
        case.ask("SELECT count(*)::text FROM pg_namespace WHERE nspname = 'pixcrawler'"),
        "0"
    );
}

#[test]
fn outside_a_transaction_what_did_not_run_may_be_corrected_and_what_ran_may_not() {
    let file = |first: &str, second: &str| {
        format!("-- no-transaction\n{first};\n{second};\nINSERT INTO a VALUES (4);\n")
    };
    let failing = file(
        "INSERT INTO a VALUES (3)",
        "CREATE INDEX CONCURRENTLY wrong ON a (nothing)",
    );
    let case = Case::new(&[A, ("0001_b", 2000, &failing)]);
    let failed = case.run(&[]);
    assert_eq!(failed.code, Some(1), "{}", failed.text);
    assert!(failed.text.contains("1 statement before this one ran"));
    case.sql("0001_b", &file("INSERT INTO a VALUES (33)", "SELECT 1"));
    let refused = case.run(&[]);
    assert_eq!(refused.code, Some(1), "{}", refused.text);
    assert!(
        refused
            .text
            .contains("statement 1 of 0001_b was changed after it had run")
    );
    assert_eq!(refused.place(), "frontend/drizzle/0001_b.sql:2:1");
    case.sql(
        "0001_b",
        &file(
            "INSERT INTO a VALUES (3)",
            "CREATE INDEX CONCURRENTLY right_one ON a (id)",
        ),
    );
    case.succeed(&[]);
    assert_eq!(case.ask("SELECT id::text FROM a ORDER BY id"), "1,1,3,4");
    assert_eq!(case.record(), "1000,2000");
}

#[test]
fn rows_for_a_copy_are_missed_at_its_statement() {
    let case = Case::new(&[
        A,
        (
            "0001_b",
            2000,
            "SELECT 1;--> statement-breakpoint\nCOPY a FROM STDIN;",
        ),
    ]);
    let failed = case.run(&[]);
    assert_eq!(
        (failed.code, failed.rules()),
        (Some(1), vec!["migrate/failed"]),
        "{}",
        failed.text
    );
    assert_eq!(failed.place(), "frontend/drizzle/0001_b.sql:2:1");
    assert_eq!(case.record(), "1000");
}

#[test]
fn a_new_value_of_an_enum_is_used_in_the_next_migration_and_not_in_its_own() {
    let case = Case::new(&[
        ("0000_a", 1000, "CREATE TYPE mood AS ENUM ('sad');"),
        ("0001_b", 2000, "ALTER TYPE mood ADD VALUE 'ok';"),
        ("0002_c", 3000, "CREATE TABLE m (m mood DEFAULT 'ok');"),
        (
            "0003_d",
            4000,
            "ALTER TYPE mood ADD VALUE 'new';\nSELECT 'new'::mood;",
        ),
    ]);
    let failed = case.run(&[]);
    assert_eq!(
        failed.applied(),
        ["0000_a", "0001_b", "0002_c"],
        "{}",
        failed.text
    );
    assert!(failed.text.contains("55P04"));
}

#[test]
fn many_runners_at_once_apply_everything_once() {
    let case = Case::new(&[
        ("0000_a", 1000, "CREATE TABLE log (n int);"),
        ("0001_b", 2000, "INSERT INTO log VALUES (1);"),
        (
            "0002_c",
            3000,
            "SELECT pg_sleep(0.2); INSERT INTO log VALUES (2);",
        ),
    ]);
    let runners: Vec<_> = (0..6)
        .map(|_| {
            let mut command = case.command(&["--format", "json"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("a runner")
        })
        .collect();
    for runner in runners {
        let output = runner.wait_with_output().expect("an end");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(case.record(), "1000,2000,3000");
    assert_eq!(case.ask("SELECT n::text FROM log ORDER BY log.n"), "1,2");
}

#[test]
fn what_cannot_be_reached_says_so_without_the_password() {
    let case = Case::new(&[A]);
    let port = crate::managed::free_port();
    let url = format!("postgresql://app:hunter2222@127.0.0.1:{port}/app");
    let refused = case.run(&["--database-url", &url]);
    assert_eq!(refused.code, Some(3), "{}", refused.text);
    let wrong = case.url.replace("hunter2222", "hunter2222x");
    assert_eq!(case.run(&["--database-url", &wrong]).code, Some(3));
    assert_eq!(
        case.run(&["--database-url", "mysql://app:hunter2222@localhost/app"])
            .code,
        Some(2)
    );
}
