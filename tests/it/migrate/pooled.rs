//! Through a pooler that gives each client, or each transaction, whatever session of the server is free.

use std::process::{Command, Stdio};

use super::{Case, ask_at};
use crate::support::{Mode, Pooler};

fn pooler(case: &Case, mode: Mode) -> Option<Pooler> {
    Pooler::start(case.server.port, "app", "hunter2222", mode)
}

fn journal() -> Vec<(&'static str, i64, &'static str)> {
    vec![
        ("0000_log", 1000, "CREATE TABLE log (n int);"),
        (
            "0001_one",
            1001,
            "INSERT INTO log VALUES (1);--> statement-breakpoint\nSELECT pg_sleep(0.05);",
        ),
        (
            "0002_two",
            1002,
            "PREPARE put AS INSERT INTO log VALUES ($1);\nEXECUTE put(2);\nDEALLOCATE put;",
        ),
        ("0003_three", 1003, "INSERT INTO log VALUES (3);"),
    ]
}

/// Runs as many at once, each on its URL; all must succeed.
fn at_once(case: &Case, urls: &[String]) {
    let runners: Vec<_> = urls
        .iter()
        .map(|url| {
            let mut command = case.command(&["--format", "json"]);
            command
                .env("DATABASE_URL", url)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            command.spawn().expect("a runner")
        })
        .collect();
    for runner in runners {
        let output = runner.wait_with_output().expect("an end");
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(case.ask("SELECT n::text FROM log ORDER BY log.n"), "1,2,3");
    assert_eq!(case.record(), "1000,1001,1002,1003");
}

#[test]
fn many_runners_through_poolers_and_past_them_apply_everything_once() {
    let case = Case::new(&journal());
    let (Some(session), Some(transaction)) = (
        pooler(&case, Mode::Session),
        pooler(&case, Mode::Transaction),
    ) else {
        return;
    };
    let announced = case.through(transaction.port(), "?pgbouncer=true");
    // That pooler says so itself: it refuses a parameter that a server takes.
    let unannounced = case.through(transaction.port(), "");
    let urls = [
        announced.clone(),
        unannounced.clone(),
        case.through(session.port(), ""),
        case.url.clone(),
        announced,
        unannounced,
    ];
    at_once(&case, &urls);
}

/// A pooler that lets every parameter through cannot be told from a server. A lock of a session would
/// stay behind in one of its sessions; ours goes with its transaction.
#[test]
fn a_pooler_that_nobody_can_notice_is_safe_too() {
    let case = Case::new(&journal());
    let Some(pooler) = pooler(&case, Mode::Disguised) else {
        return;
    };
    let url = case.through(pooler.port(), "");
    at_once(&case, &vec![url.clone(); 6]);
    assert_eq!(
        case.ask("SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"),
        "0"
    );
    assert_eq!(
        ask_at(&url, "SHOW lock_timeout"),
        "0",
        "no setting stays behind in a session that others get"
    );
}

#[test]
fn what_needs_a_session_of_its_own_is_refused_with_the_url_to_use() {
    let case = Case::new(&[
        ("0000_a", 1000, "CREATE TABLE a (id int);"),
        (
            "0001_b",
            2000,
            "-- no-transaction\nCREATE INDEX CONCURRENTLY a_id ON a (id);",
        ),
    ]);
    let (Some(session), Some(transaction), Some(disguised)) = (
        pooler(&case, Mode::Session),
        pooler(&case, Mode::Transaction),
        pooler(&case, Mode::Disguised),
    ) else {
        return;
    };
    for (pooler, query) in [
        (&transaction, "?pgbouncer=true"),
        (&transaction, ""),
        (&disguised, ""),
    ] {
        let url = case.through(pooler.port(), query);
        for more in [vec![], vec!["--dry-run"]] {
            let args = [vec!["--database-url", &url], more].concat();
            let refused = case.run(&args);
            assert_eq!(
                (refused.code, refused.rules()),
                (Some(1), vec!["migrate/failed"]),
                "{args:?}: {}",
                refused.text
            );
            assert!(
                refused
                    .text
                    .contains("DIRECT_URL=postgresql://USER:PASSWORD@")
            );
            assert_eq!(case.record(), "1000");
        }
    }
    let through = case.through(session.port(), "");
    assert_eq!(
        case.succeed(&["--database-url", &through]).applied(),
        ["0001_b"]
    );
}

#[test]
fn a_pooler_without_transactions_is_named_as_the_cause() {
    let case = Case::new(&[("0000_a", 1000, "CREATE TABLE a (id int);")]);
    let Some(pooler) = pooler(&case, Mode::Statement) else {
        return;
    };
    let url = case.through(pooler.port(), "");
    let refused = case.run(&["--database-url", &url]);
    assert_eq!(refused.code, Some(1), "{}", refused.text);
    assert!(
        refused.text.contains("is a pooler in statement mode")
            && refused.text.contains("DIRECT_URL=postgresql://"),
        "{}",
        refused.text
    );
}

#[test]
fn a_signal_cancels_through_a_pooler_as_well() {
    let case = Case::new(&[("0000_a", 1000, "CREATE TABLE a ();SELECT pg_sleep(600);")]);
    let Some(pooler) = pooler(&case, Mode::Transaction) else {
        return;
    };
    let mut command: Command = case.command(&[]);
    command
        .env(
            "DATABASE_URL",
            case.through(pooler.port(), "?pgbouncer=true"),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let run = crate::support::Session::new(
        command.spawn().expect("a runner"),
        case.dir.path().to_owned(),
        true,
    );
    let sleeps = "SELECT (count(*) > 0)::text FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE 'CREATE TABLE a%'";
    case.wait_until(sleeps);
    run.signal(nix::sys::signal::Signal::SIGINT);
    let ended = run.end();
    assert_eq!(ended.signal(), Some(2), "{}", ended.all());
    assert_eq!(case.ask(sleeps), "false");
    assert_eq!(case.ask("SELECT to_regclass('a')::text"), "");
}
