//! Every polite way to end a session, with a zoo of programs that do not want to.

use nix::sys::signal::Signal;

use crate::support::{
    HANG, Session, Workspace, free_port, living, stubborn, supervisor_of, within,
};

/// One of each kind. Those who ignore a request have half a second.
fn zoo(port: u16) -> String {
    let hurried = "stop = { grace = \"500ms\" }";
    [
        stubborn(
            "api",
            "listen",
            &format!("port = {port}\nready = {{ http = \"http://127.0.0.1:{port}/\" }}"),
        ),
        stubborn("polite", "polite", ""),
        stubborn("deaf", "deaf", hurried),
        stubborn("tree", "tree", ""),
        stubborn("deaf-tree", "tree deaf", hurried),
        stubborn("daemon", "daemon", ""),
        stubborn("deaf-daemon", "daemon deaf", ""),
        stubborn("forks", "forks 1000", hurried),
    ]
    .concat()
}

/// A daemon that also emptied its environment: only the processes above it can know that it is ours.
fn bare_daemon() -> String {
    stubborn("bare-daemon", "daemon bare deaf", "")
}

/// Nothing of the workspace lives, and nobody listens on its port.
pub(super) fn assert_nothing_is_left(workspace: &Workspace, port: u16) {
    let left: Vec<String> = living(workspace.path())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(left.is_empty(), "alive:\n{}", left.join("\n"));
    // Somebody else's connection may have got the number by chance, which is no listener.
    assert!(
        std::net::TcpStream::connect(("127.0.0.1", port)).is_err(),
        "somebody listens on port {port} still"
    );
}

/// A zoo in which everything is up.
pub(super) fn opened() -> (Workspace, u16, Session) {
    open(&bare_daemon())
}

/// A zoo with these services too.
pub(super) fn open(more: &str) -> (Workspace, u16, Session) {
    let port = free_port();
    let workspace = Workspace::new(&(zoo(port) + more));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    assert!(
        living(workspace.path()).len() >= 14,
        "the zoo is not complete"
    );
    (workspace, port, session)
}

#[test]
fn an_interrupt_stops_everything_and_is_a_clean_end() {
    let (workspace, port, session) = opened();
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_nothing_is_left(&workspace, port);
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert!(ended.out.contains("stopping: Ctrl+C"), "{}", ended.out);
    assert!(
        ended.out.contains("bye on SIGTERM"),
        "the last words of a polite one are shown: {}",
        ended.out
    );
    assert!(
        ended
            .out
            .contains("deaf did not stop in time and is killed"),
        "{}",
        ended.out
    );
    assert!(ended.out.contains("everything stopped"), "{}", ended.out);
}

#[test]
fn a_second_interrupt_kills_what_is_left_and_the_tool_dies_by_it() {
    let port = free_port();
    let patient = "stop = { grace = \"1h\" }";
    let workspace = Workspace::new(
        &[
            stubborn("deaf", "deaf", patient),
            stubborn("deaf-tree", "tree deaf", patient),
        ]
        .concat(),
    );
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    session.signal(Signal::SIGINT);
    session.wait_for("waiting for deaf");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_nothing_is_left(&workspace, port);
    assert_eq!(ended.signal(), Some(2), "{}", ended.all());
    let told = "deaf was killed after";
    assert!(ended.out.contains(told), "{}", ended.all());
}

#[test]
fn who_leaves_something_behind_that_is_killed_did_not_just_stop() {
    // The shell ends at once, and what it started does not listen.
    let line = "python3 -c 'import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(1000)'; true";
    let quiet = format!(
        "[services.quiet]\ncommand = \"{line}\"\nready = {{ log = \"1\" }}\nstop = {{ grace = \"300ms\" }}\n"
    );
    let workspace = Workspace::new(&quiet);
    let ended = workspace.dev(&["--until-ready"]).run();
    let told = "! quiet was killed after";
    assert!(ended.out.contains(told), "{}", ended.all());
    assert!(!ended.out.contains("quiet stopped"), "{}", ended.all());
}

/// A session that waits for a deaf service for an hour, since it was asked to stop from elsewhere.
fn waits_for_the_deaf() -> (Workspace, Session, Session) {
    let deaf = stubborn("deaf", "deaf", "stop = { grace = \"1h\" }");
    let workspace = Workspace::new(&deaf);
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let mut stop = workspace.command(&["stop"], &[]).start();
    stop.wait_for("waiting for deaf");
    session.wait_for("waiting for deaf");
    (workspace, session, stop)
}

#[test]
fn one_interrupt_kills_where_somebody_else_asked_and_a_line_says_so() {
    let (workspace, session, stop) = waits_for_the_deaf();
    assert!(
        session.out().contains("(Ctrl+C kills)"),
        "{}",
        session.out()
    );
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    let stopped = stop.end();
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn elsewhere_no_interrupt_kills_and_what_does_is_said() {
    let (workspace, session, stop) = waits_for_the_deaf();
    let mut attached = workspace.command(&["attach"], &[]).start();
    attached.wait_for("waiting for it");
    attached.signal(Signal::SIGINT);
    stop.signal(Signal::SIGINT);
    let (attached, stop) = (attached.end(), stop.end());
    for told in [&attached, &stop] {
        let out = &told.out;
        assert!(out.contains("(at once: pixcrawler stop --kill)"), "{out}");
        assert!(!out.contains("Ctrl+C kills"), "{out}");
    }
    assert_eq!(stop.signal(), Some(2), "{}", stop.all());
    assert!(stop.err.contains("goes on stopping"), "{}", stop.all());
    let killed = workspace.command(&["stop"], &["--kill"]).run();
    assert_eq!(killed.code(), Some(0), "{}", killed.all());
    session.end();
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn one_interrupt_kills_what_outlives_a_command() {
    let deaf = stubborn("deaf", "deaf", "stop = { grace = \"1h\" }");
    let workspace = Workspace::new(&deaf);
    let mut session = workspace.dev(&["--exec", "true"]).start();
    session.wait_until_told("(Ctrl+C kills)");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn sigterm_and_sighup_stop_everything_and_the_tool_dies_by_them() {
    for (signal, words) in [
        (Signal::SIGTERM, "asked to end (SIGTERM)"),
        (Signal::SIGHUP, "the terminal was closed (SIGHUP)"),
    ] {
        let (workspace, port, session) = opened();
        session.signal(signal);
        let ended = session.end();
        assert_nothing_is_left(&workspace, port);
        assert_eq!(ended.signal(), Some(signal as i32), "{}", ended.all());
        assert!(ended.out.contains(words), "{}", ended.out);
    }
}

#[test]
fn who_is_started_so_that_a_hangup_means_nothing_is_not_ended_by_one() {
    let workspace = Workspace::new("[services.a]\ncommand = [\"sleep\", \"1000\"]\n");
    let mut session = workspace.dev(&[]).through(&["nohup"]).start();
    session.wait_for("all ready");
    let supervisor = i32::try_from(supervisor_of(session.id())).expect("a pid");
    session.signal(Signal::SIGHUP);
    let supervisor = nix::unistd::Pid::from_raw(supervisor);
    nix::sys::signal::kill(supervisor, Signal::SIGHUP).expect("alive");
    std::thread::sleep(std::time::Duration::from_millis(300));
    session.signal(Signal::SIGTERM);
    let ended = session.end();
    assert_eq!(ended.signal(), Some(15), "{}", ended.all());
    assert!(!ended.all().contains("SIGHUP"), "{}", ended.all());
}

#[test]
fn a_reader_that_goes_away_stops_everything() {
    let port = free_port();
    let workspace =
        Workspace::new(&(zoo(port) + &stubborn("talk", "talk", "ready = { log = \"line 1\" }")));
    let mut session = workspace.dev(&[]).start_unread();
    session.read_until_then_close("all ready");
    let ended = session.end();
    assert_nothing_is_left(&workspace, port);
    assert_eq!(ended.signal(), Some(13), "{}", ended.all());
}

#[test]
fn a_reader_that_goes_away_is_noticed_although_nobody_talks() {
    let (port, workspace) = (
        free_port(),
        Workspace::new(&stubborn("polite", "polite", "")),
    );
    let mut session = workspace.dev(&[]).start_unread();
    session.read_until_then_close("all ready");
    let ended = session.end();
    assert_nothing_is_left(&workspace, port);
    assert_eq!(ended.signal(), Some(13), "{}", ended.all());
}

#[test]
fn an_interrupt_while_everything_starts_leaves_nothing() {
    let port = free_port();
    let workspace = Workspace::new(
        &(zoo(port)
            + &stubborn(
                "never",
                "polite",
                "ready = { log = \"this is never said\" }",
            )),
    );
    let mut session = workspace.dev(&[]).start();
    session.wait_for("daemon ready");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_nothing_is_left(&workspace, port);
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
}

#[test]
fn an_interrupt_before_anything_starts_leaves_nothing() {
    let (port, workspace) = (
        free_port(),
        Workspace::new(&stubborn("deaf", "deaf", "stop = { grace = \"500ms\" }")),
    );
    let session = workspace.dev(&[]).start();
    // As early as its guard takes signals: before that, the signal alone ends it.
    within(HANG, || workspace.file(".pixcrawler").exists());
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_nothing_is_left(&workspace, port);
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
}

#[test]
fn an_ordinary_user_is_served_as_well_as_root() {
    if !nix::unistd::Uid::effective().is_root() {
        crate::support::left_out(
            "an ordinary user beside root",
            "the other cases are run by one already",
        );
        return;
    }
    let port = free_port();
    let workspace = Workspace::new(&(zoo(port) + &bare_daemon()));
    let mut session = workspace.dev(&[]).by_nobody().start();
    session.wait_for("all ready");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_nothing_is_left(&workspace, port);
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
}

#[test]
fn a_panic_of_ours_leaves_nothing() {
    let port = free_port();
    let workspace = Workspace::new(&(zoo(port) + &bare_daemon()));
    let panics = workspace.dev(&[]).env("PIXCRAWLER_CLI_PANIC", "hub");
    let ended = panics.start().end();
    assert_eq!(ended.code(), Some(101), "{}", ended.all());
    assert!(ended.err.contains("wants a panic here"), "{}", ended.all());
    assert_nothing_is_left(&workspace, port);
}

#[test]
fn two_hundred_services_are_gone_however_it_ends() {
    for kills in [false, true] {
        let workspace = Workspace::new("");
        // A copy, whose path tells whose it is.
        let program = workspace.file("sleep");
        crate::support::executable_copy("/bin/sleep".as_ref(), &program);
        let service = |number| {
            format!(
                "[services.s{number}]\ncommand = [\"{}\", \"1000\"]\n",
                program.display()
            )
        };
        workspace.write(
            "pixcrawler.toml",
            &(0..200).map(service).collect::<String>(),
        );
        let mut session = workspace.dev(&["--quiet"]).start();
        session.wait_for("all ready");
        assert!(living(workspace.path()).len() > 200);
        if kills {
            let supervisor = i32::try_from(supervisor_of(session.id())).expect("a pid");
            let supervisor = nix::unistd::Pid::from_raw(supervisor);
            nix::sys::signal::kill(supervisor, Signal::SIGKILL).expect("alive");
            session.end();
            assert!(within(HANG, || living(workspace.path()).is_empty()));
        } else {
            session.signal(Signal::SIGINT);
            assert_eq!(session.end().code(), Some(0));
            assert_eq!(living(workspace.path()), []);
        }
    }
}
