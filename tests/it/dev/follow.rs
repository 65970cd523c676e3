//! What a second terminal gets of what services print.

use nix::sys::signal::Signal;

use super::control::{run, shell};
use crate::support::{HANG, Session, Workspace, within};

/// Ends a session that nobody asks anything more.
fn stop(session: Session) {
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn a_line_of_ten_megabytes_reaches_who_follows() {
    let big = "echo up; until test -e go; do sleep 0.05; done; head -c 10000000 /dev/zero | tr '\\\\0' x; echo END; sleep 1000";
    let workspace = Workspace::new(&shell("big", big));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let mut attached = workspace.command(&["attach"], &[]).start();
    attached.wait_until_told("attached to the session");
    workspace.write("go", "");
    assert!(
        within(HANG, || attached.out().contains("xEND")),
        "the last part came"
    );
    let out = attached.out();
    assert_eq!(out.matches('x').count(), 10_000_000);
    assert!(!out.contains("left out"));
    stop(session);
    assert_eq!(attached.end().code(), Some(0));
}

#[test]
fn every_question_of_an_unfinished_line_is_told() {
    let ask = "echo up; printf 'Name? '; until test -e go; do sleep 0.05; done; printf 'Age? '; sleep 1000";
    let workspace = Workspace::new(&shell("ask", ask));
    let mut session = workspace.dev(&["--format", "json"]).start();
    session.wait_for("all-ready");
    session.wait_for("\"line\":\"Name? \"");
    let mut attached = workspace.command(&["attach"], &[]).start();
    attached.wait_until_told("attached to the session");
    let mut followed = workspace
        .command(&["logs", "-f"], &["--format", "json"])
        .start();
    followed.wait_for("\"line\":\"up\"");
    // It was asked before they came.
    attached.wait_for("ask waits behind: Name? ");
    followed.wait_for("\"line\":\"Name? \"");
    let logged = run(&workspace, "logs", &["ask"]);
    assert!(
        logged.out.contains("ask waits behind: Name? "),
        "{}",
        logged.all()
    );
    let logged = run(&workspace, "logs", &["--format", "json"]);
    let last = logged.out.lines().last().unwrap_or_default();
    assert!(last.contains("\"line\":\"Name? \""), "{}", logged.all());
    workspace.write("go", "");
    attached.wait_for("ask waits behind: Name? Age? ");
    for session in [&mut followed, &mut session] {
        session.wait_for("\"event\":\"unfinished\"");
        session.wait_for("\"line\":\"Name? Age? \"");
    }
    stop(session);
    attached.end();
    followed.end();
}

#[test]
fn a_program_that_attaches_is_told_how_everything_stands_and_what_was() {
    let workspace = Workspace::new(&shell("api", "echo up; sleep 1000"));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let mut attached = workspace
        .command(&["attach"], &["--format", "json"])
        .start();
    attached.wait_for("\"line\":\"up\"");
    attached.wait_for("\"message\":\"all ready\"");
    stop(session);
    let ended = attached.end();
    let first = ended.out.lines().next().expect("the state");
    let first: serde_json::Value = serde_json::from_str(first).expect("an object");
    assert_eq!(first["event"], "state", "{first}");
    assert_eq!(first["session"]["phase"], "running", "{first}");
    assert_eq!(first["services"][0]["state"], "ready", "{first}");
}

#[test]
fn what_is_told_of_a_service_is_among_its_own_lines() {
    let workspace = Workspace::new(
        "[services.api]\ncommand = \"echo up; sleep 1000\"\nready = { log = \"never\", timeout = \"300ms\" }\n",
    );
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    let logged = run(&workspace, "logs", &["api"]);
    assert!(
        logged.out.contains("did not get ready: not ready after"),
        "{}",
        logged.all()
    );
    assert!(!logged.out.contains("api did not"), "{}", logged.all());
    let logged = run(&workspace, "logs", &["--format", "json"]);
    let line = logged
        .out
        .lines()
        .find(|line| line.contains("did not get ready"));
    let line = line.expect("why it ended");
    assert!(line.contains("\"service\":\"api\""), "{line}");
}

#[test]
fn a_service_is_ready_by_a_line_that_it_does_not_end() {
    let workspace = Workspace::new(
        "[services.api]\ncommand = \"printf 'Listening on 8000'; sleep 1000\"\nready = { log = \"Listening on 8000\" }\n",
    );
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    stop(session);
}

#[test]
fn programs_get_lines_without_colours_from_whomever_they_ask() {
    let line = "printf '\\\\033[31mred\\\\033[0m\\\\n'; echo up; sleep 1000";
    let workspace = Workspace::new(&shell("api", line));
    let mut session = workspace.dev(&["--format", "json"]).start();
    session.wait_for("\"line\":\"red\"");
    session.wait_for("all-ready");
    let logged = run(&workspace, "logs", &["--format", "json"]);
    assert!(logged.out.contains("\"line\":\"red\""), "{}", logged.all());
    stop(session);
}

#[test]
fn that_a_service_started_is_told_once_also_where_the_history_ends() {
    let workspace = Workspace::new(
        "[services.api]\ncommand = \"echo up; sleep 1000\"\n\n[services.web]\ncommand = \"sleep 1000\"\n",
    );
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let mut attached = workspace.command(&["attach"], &[]).start();
    attached.wait_until_told("attached to the session");
    let restarted = run(&workspace, "restart", &["web"]);
    assert_eq!(restarted.code(), Some(0), "{}", restarted.all());
    attached.wait_for("web started");
    stop(session);
    let attached = attached.end();
    let told = |name: &str| {
        let lines = attached.out.lines();
        lines
            .filter(|line| line.contains(name) && line.contains("started"))
            .count()
    };
    assert_eq!((told("api"), told("web")), (1, 2), "{}", attached.all());
    let logged = run(&workspace, "logs", &["--grep", "started"]);
    assert_eq!(logged.out.lines().count(), 3, "{}", logged.all());
}

#[test]
fn replicas_that_come_later_are_followed_by_the_name_that_they_share() {
    let mail = "echo up; while :; do echo tick; sleep 0.05; done";
    let workspace = Workspace::new(&[shell("mail", mail), shell("other", mail)].concat());
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let mut followed = workspace.command(&["logs", "-f"], &["mail"]).start();
    followed.wait_for("mail");
    let mut attached = workspace.command(&["attach"], &["mail"]).start();
    attached.wait_until_told("attached to the session");
    let scaled = run(&workspace, "scale", &["mail=3"]);
    assert_eq!(scaled.code(), Some(0), "{}", scaled.all());
    for follower in [&mut followed, &mut attached] {
        for told in ["mail-2 is started", "mail-2  tick", "mail-3  tick"] {
            follower.wait_for(told);
        }
    }
    // Who comes now finds them, too.
    let mut late = workspace.command(&["logs", "-f"], &["mail"]).start();
    late.wait_for("mail-3  tick");
    stop(session);
    for follower in [followed, attached, late] {
        let ended = follower.end();
        assert!(!ended.out.contains("other"), "{}", ended.all());
    }
}

#[test]
fn what_replicas_printed_is_found_by_the_name_that_they_share() {
    let end = |name: &str| shell(name, &format!("echo {name} here"));
    let workspace = Workspace::new(&end("mail"));
    workspace.dev(&["--keep-going"]).run();
    let found = |wanted: &[&str]| {
        let logged = run(&workspace, "logs", &["mail"]);
        for name in ["mail", "mail-1", "mail-2"] {
            let mut lines = logged.out.lines().map(str::split_whitespace);
            let is_there = lines.any(|words| words.skip(1).eq([name, "mail", "here"]));
            assert_eq!(is_there, wanted.contains(&name), "{name}: {}", logged.all());
        }
    };
    // One, another one of which there was none before, and another service that is only called so.
    found(&["mail"]);
    workspace.dev(&["--scale", "mail=2", "--keep-going"]).run();
    found(&["mail-1", "mail-2"]);
    let other = shell("mail-2", "echo mail here");
    workspace.write("pixcrawler.toml", &[end("mail"), other].concat());
    workspace.dev(&["--keep-going"]).run();
    found(&["mail"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_result_that_cannot_be_written_is_a_failure_and_that_is_said() {
    let workspace = Workspace::new(&shell("api", "echo up; sleep 1000"));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let full = ["sh", "-c", "exec \"$@\" > /dev/full", "sh"];
    let commands: [&[&str]; 5] = [
        &["logs"],
        &["logs", "-f"],
        &["attach"],
        &["ps"],
        &["completions", "bash"],
    ];
    for command in commands {
        let ended = workspace.command(command, &[]).through(&full).run();
        assert_eq!(ended.code(), Some(3), "{command:?}: {}", ended.all());
        assert!(
            ended
                .err
                .contains("stdout did not take the result: no space"),
            "{command:?}: {}",
            ended.all()
        );
    }
    // A reader that has seen enough is none.
    let first = ["sh", "-c", "\"$@\" | head -1", "sh"];
    let ended = workspace.command(&["logs"], &[]).through(&first).run();
    assert_eq!((ended.out.lines().count(), ended.err.as_str()), (1, ""));
    stop(session);
    // Nor does a session go on that cannot say anything.
    let ended = workspace.dev(&[]).through(&full).run();
    assert_ne!(ended.code(), Some(0), "{}", ended.all());
    assert!(
        ended.err.contains("stdout takes no more: no space"),
        "{}",
        ended.all()
    );
}

#[test]
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn a_stdout_that_is_closed_took_no_result() {
    let workspace = Workspace::new("");
    let closed = ["sh", "-c", "exec \"$@\" >&-", "sh"];
    for command in [&["doctor", "--list"][..], &["completions", "bash"]] {
        let ended = workspace.command(command, &[]).through(&closed).run();
        assert_eq!(ended.code(), Some(3), "{command:?}: {}", ended.all());
        let words = "stdout did not take the result: it is closed";
        assert!(ended.err.contains(words), "{command:?}: {}", ended.all());
    }
    // Nothing was to be said, or it went where it was sent.
    let nowhere = ["sh", "-c", "exec \"$@\" >/dev/null", "sh"];
    let ended = workspace
        .command(&["doctor", "--list"], &[])
        .through(&nowhere)
        .run();
    assert_eq!((ended.code(), ended.err.as_str()), (Some(0), ""));
}

/// Two services that fail at the same time, each line a moment after the one before.
fn torn(word: &str) -> String {
    let lines = [
        "'Traceback (most recent call last):'",
        "'  File x.py, line 1'",
        "'    fail()'",
    ];
    let lines = lines
        .map(|line| format!("echo {line}; sleep 0.03; "))
        .concat();
    format!(
        "echo up; until test -e go; do sleep 0.05; done; {lines}echo 'KeyError: {word}'; echo; echo 'INFO: {word} goes on'; sleep 1000"
    )
}

#[test]
fn who_reads_later_or_elsewhere_sees_no_traceback_within_another() {
    let workspace = Workspace::new(&["api", "web"].map(|name| shell(name, &torn(name))).concat());
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let mut attached = workspace.command(&["attach"], &[]).start();
    attached.wait_until_told("attached to the session");
    let mut followed = workspace
        .command(&["logs", "-f", "--level", "error"], &[])
        .start();
    // It has its line to the session when it has told of what was before.
    let mut all = workspace.command(&["logs", "-f"], &[]).start();
    all.wait_for("up");
    workspace.write("go", "");
    for reader in [&mut attached, &mut all] {
        reader.wait_for("INFO: api goes on");
        reader.wait_for("INFO: web goes on");
    }
    for name in ["api", "web"] {
        followed.wait_for(&format!("KeyError: {name}"));
    }
    stop(session);
    let mut shown = vec![
        ("logs", run(&workspace, "logs", &[]).out),
        (
            "--level",
            run(&workspace, "logs", &["--level", "error"]).out,
        ),
    ];
    shown.push(("attach", attached.end().out));
    shown.push(("logs -f", all.end().out));
    shown.push(("logs -f --level", followed.end().out));
    for (what, out) in shown {
        let is_of_it = |line: &&str| {
            ["Traceback", "  File x.py", "fail()", "KeyError"]
                .iter()
                .any(|part| line.contains(part))
        };
        let whose = out.lines().filter(is_of_it);
        let mut whose: Vec<bool> = whose.map(|line| line.contains(" api ")).collect();
        assert_eq!(whose.len(), 8, "{what}: {out}");
        whose.dedup();
        assert_eq!(whose.len(), 2, "{what}: {out}");
    }
}

#[test]
fn who_follows_after_the_end_gets_the_last_lines_and_hears_that_nothing_runs() {
    let workspace = Workspace::new(&shell("api", "seq 1 90; echo up; sleep 1000"));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    stop(session);
    let followed = run(&workspace, "logs", &["-f"]);
    assert_eq!(followed.code(), Some(3), "{}", followed.all());
    assert_eq!(followed.out.lines().count(), 50, "{}", followed.all());
    assert!(
        followed.out.contains("everything stopped"),
        "{}",
        followed.all()
    );
    assert!(
        followed.err.contains("no session is running"),
        "{}",
        followed.all()
    );
    let all = run(&workspace, "logs", &["-f", "-n", "80"]);
    assert_eq!(all.out.lines().count(), 80, "{}", all.all());
}
