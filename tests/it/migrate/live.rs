//! While it runs: what is shown, who is in the way, and what ends it.

use std::process::Stdio;

use nix::sys::signal::{Signal, kill};

use super::Case;
use crate::support::Session;

const A: (&str, i64, &str) = ("0000_a", 1000, "CREATE TABLE a (id int);");

/// A case whose second migration has written something and sleeps for as long as nobody ends it.
fn asleep() -> Case {
    Case::new(&[
        A,
        (
            "0001_b",
            2000,
            "CREATE TABLE b (id int);--> statement-breakpoint\nSELECT pg_sleep(600);",
        ),
    ])
}

const SLEEPS: &str = "SELECT (count(*) > 0)::text FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pixcrawler migrate' AND state = 'active' AND query LIKE 'SELECT pg_sleep%' OR datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()";

#[test]
fn a_signal_cancels_the_statement_and_leaves_what_was_before() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let case = asleep();
        // A shell, since an exit code is what a shell makes of it.
        let mut command = std::process::Command::new("sh");
        let migrate = case.command(&[]);
        command
            .args([
                "-c",
                "\"$0\" migrate & echo \"pid $!\"; wait $!; echo \"code $?\"",
            ])
            .arg(migrate.get_program())
            .current_dir(case.dir.path())
            .env("DATABASE_URL", &case.url)
            .env_remove("CI")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command.spawn().expect("a shell");
        let mut shell = Session::new(child, case.dir.path().to_owned(), true);
        shell.wait_for("0000_a");
        case.wait_until(SLEEPS);
        let out = shell.out();
        let (_, number) = out.split_once("pid ").expect("its number");
        let number = number.split_whitespace().next().expect("its number");
        kill(
            nix::unistd::Pid::from_raw(number.parse().expect("a number")),
            signal,
        )
        .expect("it is alive");
        let ended = shell.end();
        assert!(
            ended.out.contains(&format!("code {code}")) && ended.err.contains("rolled back"),
            "{}",
            ended.all()
        );
        // The statement does not run on in the server.
        assert_eq!(case.ask(SLEEPS), "false");
        assert_eq!(case.record(), "1000");
        assert_eq!(case.ask("SELECT to_regclass('b')::text"), "");
    }
}

#[test]
fn a_lock_that_is_not_got_in_time_rolls_back_and_is_tried_again() {
    let case = Case::new(&[A]);
    case.succeed(&[]);
    let change = (
        "0001_b",
        2000,
        "CREATE TABLE b (id int);\nALTER TABLE a ADD COLUMN more int;",
    );
    case.migrations(&[A, change]);
    let reader = case.hold("SELECT * FROM a");
    let refused = case.run(&["--lock-timeout", "1s", "--lock-retries", "0"]);
    assert_eq!(refused.code, Some(1), "{}", refused.text);
    assert!(
        refused.text.contains("SQLSTATE 55P03") && refused.text.contains("the lock is held by"),
        "{}",
        refused.text
    );
    assert_eq!(refused.place(), "frontend/drizzle/0001_b.sql:2:1");
    let mut run = case.start(&["--lock-timeout", "1s"]);
    run.wait_until_told("0001_b · no lock in time (attempt 1 of 6), waits for");
    // Nobody queues behind it while it waits for its next attempt.
    assert_eq!(case.ask("SELECT count(*)::text FROM a"), "0");
    drop(reader);
    let ended = run.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert_eq!(case.record(), "1000,2000");
}

#[test]
fn a_statement_that_takes_long_is_shown_with_who_is_in_its_way() {
    let case = Case::new(&[A]);
    case.succeed(&[]);
    case.migrations(&[
        A,
        (
            "0001_b",
            2000,
            "SELECT 1;--> statement-breakpoint\nALTER TABLE a\n  ADD COLUMN more int;",
        ),
    ]);
    let writer = case.hold("INSERT INTO a VALUES (1)");
    let mut run = case.start(&["--lock-timeout", "30s"]);
    run.wait_until_told("0001_b · statement 2 of 2 · 2");
    run.wait_until_told("waits for");
    run.wait_until_told("ALTER TABLE a ADD COLUMN more int");
    drop(writer);
    let ended = run.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert!(ended.err.contains("INSERT INTO a VALUES"), "{}", ended.err);
}

#[test]
fn who_holds_the_lock_is_told_to_who_asks_and_to_who_waits() {
    let case = asleep();
    assert!(case.succeed(&["lock"]).text.contains("\"holders\": []"));
    let run = case.start(&[]);
    case.wait_until(SLEEPS);
    let held = case.run(&["lock"]);
    assert_eq!(held.code, Some(4), "{}", held.text);
    assert_eq!(held.json["holders"][0]["application"], "pixcrawler migrate");
    let waiting = case.run(&["--lock-wait", "700ms"]);
    assert_eq!(waiting.code, Some(4), "{}", waiting.text);
    assert!(
        waiting.text.contains("held by pixcrawler migrate (pid"),
        "{}",
        waiting.text
    );
    run.signal(Signal::SIGINT);
    let ended = run.end();
    assert_eq!(ended.signal(), Some(2), "{}", ended.all());
    assert_eq!(case.run(&["lock"]).code, Some(0));
}

#[test]
fn what_the_server_remarks_is_shown_to_who_asks_and_warnings_to_all() {
    let text = "DO $$ BEGIN RAISE NOTICE 'by the way'; RAISE WARNING 'mind hunter2222'; END $$;";
    for (args, asked) in [(vec!["-v"], true), (vec![], false)] {
        let case = Case::new(&[("0000_a", 1000, text)]);
        let ended = case.start(&args).end();
        assert_eq!(ended.code(), Some(0), "{}", ended.all());
        assert_eq!(ended.err.contains("by the way"), asked, "{}", ended.err);
        assert!(
            ended.err.contains("warning: mind ") && !ended.err.contains("hunter2222"),
            "{}",
            ended.err
        );
    }
}
