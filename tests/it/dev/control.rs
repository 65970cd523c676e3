//! A second terminal: what runs, follow it, stop it; and clients that mean no good.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

use nix::sys::signal::{Signal, kill};

use super::ends::assert_nothing_is_left;
use crate::support::{
    Ended, HANG, Session, Workspace, free_port, living, stubborn, supervisor_of, within,
};

/// A session of polite programs that is ready.
pub(super) fn session() -> (Workspace, Session) {
    let port = free_port();
    let settings = [
        stubborn("api", "listen", &format!("port = {port}")),
        stubborn("worker", "polite", ""),
        "[services.seed]\ncommand = \"echo seeded\"\ntask = true\n".to_owned(),
    ];
    let workspace = Workspace::new(&settings.concat());
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    (workspace, session)
}

/// A service that is a line of shell.
pub(super) fn shell(name: &str, line: &str) -> String {
    format!("[services.{name}]\ncommand = \"{line}\"\nready = {{ log = \"up\" }}\n\n")
}

pub(super) fn run(workspace: &Workspace, command: &str, args: &[&str]) -> Ended {
    workspace.command(&[command], args).run()
}

pub(super) fn json(ended: &Ended) -> serde_json::Value {
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}", ended.all()))
}

fn socket(workspace: &Workspace) -> UnixStream {
    UnixStream::connect(workspace.file(".pixcrawler/socket")).expect("the session listens")
}

#[test]
fn ps_shows_what_runs() {
    let (workspace, session) = session();
    let told = json(&run(&workspace, "ps", &["--format", "json"]));
    assert_eq!(told["session"]["phase"], "running");
    assert_eq!(
        told["session"]["pid"],
        supervisor_of(session.id()),
        "{told}"
    );
    let api = &told["services"][0];
    assert_eq!(
        (&api["name"], &api["state"]),
        (&"api".into(), &"ready".into())
    );
    assert!(api["pid"].is_u64() && api["port"].is_u64() && api["ready_ms"].is_u64());
    assert!(
        api["memory"].as_u64() > Some(0) && api["cpu"].is_f64(),
        "{api}"
    );
    let seed = told["services"]
        .as_array()
        .and_then(|all| all.iter().find(|service| service["name"] == "seed"));
    assert_eq!(seed.expect("it is there")["state"], "done");

    let shown = run(&workspace, "ps", &[]);
    for wanted in ["api", "worker", "ready", "done", "SERVICE", "3 services"] {
        assert!(shown.out.contains(wanted), "{}", shown.all());
    }
    let refused = run(&workspace, "ps", &["--format", "sarif"]);
    assert_eq!(refused.code(), Some(2), "{}", refused.all());
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn stop_waits_until_nothing_is_left() {
    let (workspace, session) = session();
    let stopped = run(&workspace, "stop", &[]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    assert!(stopped.out.contains("api stopped in"), "{}", stopped.all());
    let services = living(workspace.path());
    assert!(
        !services
            .iter()
            .any(|process| process.command.contains("stubborn")),
        "{services:?}"
    );
    // A new session can start at once: the lock is free.
    let again = workspace.dev(&["--until-ready"]).run();
    assert_eq!(again.code(), Some(0), "{}", again.all());
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert!(
        ended.out.contains("stopping: asked to stop"),
        "{}",
        ended.all()
    );
    let file = workspace.file(".pixcrawler/session.json");
    assert!(!file.exists() && !workspace.file(".pixcrawler/socket").exists());
}

#[test]
fn stop_with_kill_does_not_wait_for_the_deaf() {
    let workspace = Workspace::new(&stubborn("api", "deaf", "stop = { grace = \"1h\" }"));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let stopped = run(&workspace, "stop", &["--kill"]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    session.end();
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn where_nothing_runs_that_is_said() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    for command in ["ps", "attach"] {
        let ended = run(&workspace, command, &[]);
        assert_eq!(ended.code(), Some(3), "{}", ended.all());
        assert!(
            ended.err.contains("no session is running in"),
            "{}",
            ended.all()
        );
        assert!(ended.err.contains("pixcrawler dev"), "{}", ended.all());
    }
    let stop = run(&workspace, "stop", &[]);
    assert_eq!(stop.code(), Some(0), "{}", stop.all());
    assert!(stop.err.contains("nothing to stop"), "{}", stop.all());
    let told = json(&run(&workspace, "stop", &["--format", "json"]));
    assert_eq!(told["session"], "none");
}

#[test]
fn a_session_that_died_is_said_to_have_died() {
    let (workspace, session) = session();
    let raw = |pid: u32| nix::unistd::Pid::from_raw(i32::try_from(pid).expect("a pid"));
    let below = supervisor_of(session.id());
    kill(raw(session.id()), Signal::SIGKILL).expect("the guard is alive");
    kill(raw(below), Signal::SIGKILL).expect("the supervisor is alive");
    session.end();
    // Who is being killed may still take a connection, and then breaks it off.
    let died = format!("pid {below}");
    let ps = || run(&workspace, "ps", &[]);
    assert!(within(HANG, || ps().err.contains(&died)), "{}", ps().all());
    assert_eq!(ps().code(), Some(3), "{}", ps().all());
    let stop = run(&workspace, "stop", &[]);
    assert_eq!(stop.code(), Some(0), "{}", stop.all());
    assert!(stop.err.contains("had died"), "{}", stop.all());
    assert!(within(HANG, || living(workspace.path()).is_empty()));
    assert!(!workspace.file(".pixcrawler/session.json").exists());
    // The socket that was left behind is in nobody's way.
    let again = workspace.dev(&["--until-ready"]).run();
    assert_eq!(again.code(), Some(0), "{}", again.all());
}

#[test]
fn attach_shows_what_happens_and_ctrl_c_only_leaves() {
    let workspace = Workspace::new(
        &[
            shell("talker", "echo up; while :; do echo talk; sleep 0.05; done"),
            stubborn("other", "polite", ""),
        ]
        .concat(),
    );
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let mut attached = workspace.command(&["attach"], &["talker"]).start();
    attached.wait_for("talker");
    attached.signal(Signal::SIGINT);
    let left = attached.end();
    assert_eq!(left.code(), Some(0), "{}", left.all());
    assert!(left.err.contains("goes on"), "{}", left.all());
    let ps = json(&run(&workspace, "ps", &["--format", "json"]));
    assert_eq!(ps["session"]["phase"], "running");

    let second = workspace.dev(&[]).run();
    assert_eq!(second.code(), Some(4), "{}", second.all());
    assert!(second.err.contains("dev --attach"), "{}", second.all());
    let mut attached = workspace.dev(&["--attach", "--format", "json"]).start();
    attached.wait_for("\"service\":\"talker\"");
    session.signal(Signal::SIGINT);
    let left = attached.end();
    assert_eq!(left.code(), Some(0), "{}", left.all());
    let last: serde_json::Value = left
        .out
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok())
        .expect("an object a line");
    assert_eq!(last["event"], "stopped", "{last}");
    assert_eq!(session.end().code(), Some(0));
}

#[test]
fn only_the_owner_can_speak_with_a_session() {
    let (workspace, session) = session();
    let mode = |name: &str| {
        let metadata = std::fs::metadata(workspace.file(name)).expect("it is there");
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode(".pixcrawler/socket"), 0o600);
    assert_eq!(mode(".pixcrawler/session.json"), 0o600);
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn a_workspace_far_down_is_spoken_with_too() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    let deep = workspace.file(&"d".repeat(120));
    std::fs::create_dir(&deep).expect("a folder");
    let settings = std::fs::read(workspace.file("pixcrawler.toml")).expect("settings");
    std::fs::write(deep.join("pixcrawler.toml"), settings).expect("settings");
    let mut session = workspace.dev(&[]).at(&deep).start();
    session.wait_for("all ready");
    let there = |command: &str, args: &[&str]| workspace.command(&[command], args).at(&deep).run();
    let told = json(&there("ps", &["--format", "json"]));
    assert_eq!(told["services"][0]["state"], "ready");
    let stopped = there("stop", &[]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    session.end();
}

#[test]
fn clients_that_mean_no_good_are_their_own_business() {
    let (workspace, session) = session();
    let answer = |bytes: &[u8]| {
        let mut stream = socket(&workspace);
        let _ = stream.write_all(bytes);
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    };
    assert!(answer(b"GET / HTTP/1.1\r\n\r\n").contains("refused"));
    assert!(answer(b"\xff\xfe\0\0\n").contains("refused"));
    assert!(answer(b"{\"protocol\":99,\"ask\":\"state\"}\n").contains("version"));
    assert!(answer(b"{\"protocol\":1,\"ask\":\"explode\"}\n").contains("refused"));
    assert!(answer(&vec![b'x'; 4 << 20]).contains("longer than"));
    // Half a request, many who never ask, and one who follows and never reads.
    let mut half = socket(&workspace);
    half.write_all(b"{\"protocol\":1,").expect("written");
    let idle: Vec<UnixStream> = (0..40).map(|_| socket(&workspace)).collect();
    let mut deaf = socket(&workspace);
    deaf.write_all(b"{\"protocol\":1,\"ask\":\"follow\"}\n")
        .expect("written");
    let told = json(&run(&workspace, "ps", &["--format", "json"]));
    assert_eq!(told["session"]["phase"], "running");
    drop(idle);

    // More than there is room for: some are sent away, and then there is room again.
    let crowd: Vec<UnixStream> = (0..100).map(|_| socket(&workspace)).collect();
    drop(crowd);
    assert!(within(HANG, || run(&workspace, "ps", &[]).code() == Some(0)));
    let stopped = run(&workspace, "stop", &[]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    session.end();
    assert_nothing_is_left(&workspace, free_port());
}

#[test]
fn who_follows_and_does_not_read_holds_up_nothing() {
    let workspace = Workspace::new(&shell("flood", "echo up; exec yes 0123456789abcdef"));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let mut deaf = socket(&workspace);
    deaf.write_all(b"{\"protocol\":1,\"ask\":\"follow\"}\n")
        .expect("written");
    let size = || session.out().len();
    let before = size();
    assert!(
        within(HANG, || size() > before + (8 << 20)),
        "the session went on"
    );
    // And when it reads at last, it is told what it missed.
    let (mut seen, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
    assert!(within(HANG, || {
        let length = deaf.read(&mut buffer).expect("read");
        seen.extend_from_slice(&buffer[..length]);
        memchr::memmem::find(&seen, b"{\"left-out\":").is_some()
    }));
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn services_are_stopped_started_and_restarted_one_by_one() {
    let (workspace, session) = session();
    let state = |name: &str| {
        let told = json(&run(&workspace, "ps", &["--format", "json"]));
        let services = told["services"].as_array().cloned().unwrap_or_default();
        let found = services.into_iter().find(|service| service["name"] == name);
        found.expect("it is there")
    };
    let before = state("api")["pid"].clone();
    let restarted = run(&workspace, "restart", &["api"]);
    assert_eq!(restarted.code(), Some(0), "{}", restarted.all());
    assert!(
        restarted.out.contains("api ready in"),
        "{}",
        restarted.all()
    );
    let after = state("api");
    assert_ne!(after["pid"], before);
    assert_eq!(
        (&after["state"], &after["restarts"]),
        (&"ready".into(), &1.into())
    );

    let stopped = json(&run(&workspace, "stop", &["api", "--format", "json"]));
    assert_eq!(stopped["services"][0]["state"], "stopped", "{stopped}");
    assert_eq!(state("api")["state"], "stopped");
    assert_eq!(state("worker")["state"], "ready", "the others go on");
    let again = run(&workspace, "stop", &["api"]);
    assert_eq!(again.code(), Some(0), "it is stopped: {}", again.all());
    let started = run(&workspace, "start", &["api", "worker"]);
    assert_eq!(started.code(), Some(0), "{}", started.all());
    assert_eq!(state("api")["state"], "ready");

    let again = run(&workspace, "start", &["api"]);
    assert!(again.out.contains("api runs already"), "{}", again.all());

    let unknown = run(&workspace, "restart", &["wroker"]);
    assert_eq!(unknown.code(), Some(2), "{}", unknown.all());
    assert!(
        unknown.err.contains("did you mean `worker`?"),
        "{}",
        unknown.all()
    );
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
}

#[test]
fn a_restart_that_fails_is_no_success() {
    let crash = shell(
        "flaky",
        "test -e DIR/broken && echo no milk && exit 3; echo up; exec sleep 1000",
    );
    let workspace = Workspace::new(&format!("{crash}restart = \"on-failure\"\n"));
    let mut session = workspace.dev(&["--keep-going"]).start();
    session.wait_for("all ready");
    workspace.write("broken", "");
    let restarted = run(&workspace, "restart", &["flaky"]);
    assert_eq!(restarted.code(), Some(1), "{}", restarted.all());
    assert!(restarted.err.contains("exit code 3"), "{}", restarted.all());
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn where_all_that_was_printed_is_gone_a_session_may_run() {
    let workspace = Workspace::new("[services.silent]\ncommand = \"exec sleep 1000\"\n");
    let logs = || {
        let logs = run(&workspace, "logs", &[]);
        assert_eq!(logs.code(), Some(3), "{}", logs.all());
        logs.err
    };
    assert!(logs().contains("start a session: pixcrawler dev"));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    std::fs::remove_dir_all(workspace.path().join(".pixcrawler/logs")).expect("removed");
    let told = logs();
    assert!(told.contains("pixcrawler logs -f"), "{told}");
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn logs_are_read_while_the_session_runs_and_afterwards() {
    let talker = shell(
        "talker",
        "echo up; echo ERROR: no milk; while :; do echo INFO talk; sleep 0.05; done",
    );
    let workspace = Workspace::new(&[talker, stubborn("api", "polite", "")].concat());
    let nothing = run(&workspace, "logs", &[]);
    assert_eq!(nothing.code(), Some(3), "{}", nothing.all());
    assert!(
        nothing.err.contains("nothing was logged"),
        "{}",
        nothing.all()
    );

    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let mut followed = workspace
        .command(&["logs", "-f"], &["--format", "json"])
        .start();
    let talks = |text: &str| text.matches("\"line\":\"INFO talk\"").count();
    assert!(
        within(HANG, || talks(&followed.out()) > 20),
        "{}",
        followed.out()
    );
    session.signal(Signal::SIGINT);
    followed.wait_for("\"event\":\"stopped\"");
    let followed = followed.end();
    assert_eq!(followed.code(), Some(0), "{}", followed.all());
    assert!(
        followed.err.contains("the session is over"),
        "{}",
        followed.all()
    );
    // Nothing twice and nothing missed where the history and what comes meet.
    let objects: Vec<serde_json::Value> = followed
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    let numbers: Vec<u64> = objects
        .iter()
        .filter_map(|line| line["seq"].as_u64())
        .collect();
    let (first, last) = (numbers[0], numbers[numbers.len() - 1]);
    assert!(numbers.iter().copied().eq(first..=last), "{numbers:?}");
    assert_eq!(session.end().code(), Some(0));

    // Afterwards it is all still there.
    let all = run(&workspace, "logs", &[]);
    assert_eq!(all.code(), Some(0), "{}", all.all());
    assert!(
        all.out.contains("talker  up") && all.out.contains("api     up"),
        "{}",
        all.all()
    );
    let errors = run(&workspace, "logs", &["--level", "error", "talker"]);
    assert_eq!(errors.out.lines().count(), 1, "{}", errors.all());
    assert!(errors.out.ends_with("ERROR: no milk\n"), "{}", errors.all());
    let found = run(&workspace, "logs", &["--grep", "^INFO tal?k$", "-n", "3"]);
    assert_eq!(found.out.lines().count(), 3, "{}", found.all());
    let recent = run(&workspace, "logs", &["--since", "1h", "--grep", "no milk"]);
    assert_eq!(recent.out.lines().count(), 1, "{}", recent.all());
    let old = run(
        &workspace,
        "logs",
        &["--since", "2020-01-01T00:00:00Z", "--grep", "no milk"],
    );
    assert_eq!(old.out.lines().count(), 1, "{}", old.all());

    let ended = run(&workspace, "logs", &["-f", "talker"]);
    assert_eq!(ended.code(), Some(3), "{}", ended.all());
    assert!(
        ended.out.contains("INFO talk") && ended.err.contains("no session"),
        "{}",
        ended.all()
    );
    let unknown = run(&workspace, "logs", &["talkr"]);
    assert_eq!(unknown.code(), Some(2), "{}", unknown.all());
    assert!(
        unknown.err.contains("did you mean `talker`?"),
        "{}",
        unknown.all()
    );
    for wrong in [
        ["--since", "soon"],
        ["--grep", "(oops"],
        ["--level", "loud"],
    ] {
        let ended = run(&workspace, "logs", &wrong);
        assert_eq!(ended.code(), Some(2), "{}", ended.all());
    }
}

#[test]
fn a_restart_does_not_wait_for_somebody_to_mend_the_code() {
    let workspace = Workspace::new(&stubborn(
        "api",
        "reloader DIR/change",
        "ready = { log = \"startup complete\" }",
    ));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("waiting for a change of the code");
    let restarted = run(&workspace, "restart", &["api"]);
    assert_eq!(restarted.code(), Some(1), "{}", restarted.all());
    assert!(
        restarted.err.contains("its server could not start"),
        "{}",
        restarted.all()
    );
    workspace.write("change", "mended");
    session.wait_for("all ready");
    session.signal(Signal::SIGINT);
    session.end();
}
