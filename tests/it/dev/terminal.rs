//! In a terminal: Ctrl+C as it is typed, and the terminal afterwards as it was before.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::tui::guard;
use crate::support::{Ended, HANG, Session, Workspace, living, stubborn, within};

fn report(ended: &Ended) -> serde_json::Value {
    let line = ended
        .err
        .lines()
        .rfind(|line| line.starts_with('{'))
        .unwrap_or_else(|| panic!("{}", ended.all()));
    serde_json::from_str(line).expect("an object")
}

#[test]
fn ctrl_c_in_a_terminal_stops_everything_and_leaves_it_as_it_was() {
    let workspace = Workspace::new(
        &[
            stubborn("api", "hostile", ""),
            stubborn("web", "tree deaf", ""),
        ]
        .concat(),
    );
    let mut session = workspace.dev(&[]).in_terminal().start();
    session.wait_for("all ready");
    session.type_in("\x03");
    session.wait_for("everything stopped");
    let ended = session.end();
    assert_eq!(
        report(&ended),
        serde_json::json!({"code": 0, "unchanged": true}),
        "{}",
        ended.err
    );
    for (what, sequence) in [
        ("cleared", "\x1b[2J"),
        ("switched", "\x1b[?1049h"),
        ("renamed", "\x1b]0;"),
        ("without cursor", "\x1b[?25l"),
        ("sending its mouse", "\x1b[?1000h"),
        ("in another alphabet", "\x1b(0"),
    ] {
        assert!(!ended.out.contains(sequence), "the terminal is {what}");
    }
    // Every colour that is opened is closed before its line ends.
    for line in ended.out.lines() {
        let sequences = line.split("\x1b[").skip(1);
        let colours = sequences
            .filter_map(|rest| rest.split_once('m'))
            .map(|(colour, _)| colour);
        let last = colours
            .filter(|colour| colour.chars().all(|c| c.is_ascii_digit() || c == ';'))
            .last();
        assert!(matches!(last, None | Some("0")), "{line:?}");
    }
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn ctrl_c_twice_kills() {
    let workspace = Workspace::new(&stubborn("api", "deaf", "stop = { grace = \"1h\" }"));
    let mut session = workspace.dev(&[]).in_terminal().start();
    session.wait_for("all ready");
    session.type_in("\x03");
    session.wait_for("waiting for api");
    // The line at the bottom stands over the echo: behind it, it could not be taken away again.
    assert!(session.out().contains("^C\r"), "{}", session.out());
    session.type_in("\x03");
    let ended = session.end();
    // Nothing fills it up to the edge, from where the echo would fall on the next line.
    assert!(!ended.out.contains("   ^C"), "{:?}", ended.out);
    assert_eq!(
        report(&ended),
        serde_json::json!({"code": -2, "unchanged": true}),
        "{}",
        ended.err
    );
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_closed_terminal_stops_everything() {
    let workspace = Workspace::new(
        &[
            stubborn("api", "tree deaf", ""),
            stubborn("web", "daemon bare deaf", ""),
        ]
        .concat(),
    );
    let mut session = workspace.dev(&[]).in_terminal().start();
    session.wait_for("all ready");
    session.type_in("!close\n");
    let ended = session.end();
    assert_eq!(report(&ended)["code"], -1, "{}", ended.err);
    assert!(within(HANG, || living(workspace.path()).is_empty()));
}

/// Says something all the time.
const TICKS: &str = "[services.c]\ncommand = \"echo up; while :; do echo tick; sleep 0.02; done\"\nready = { log = \"up\" }\n";

/// Fills what lies between a program and its terminal.
const FLOODS: &str = "[services.flood]\ncommand = \"echo up; seq 1 400000; touch DIR/flooded; sleep 1000\"\nready = { log = \"up\" }\n";

fn goes_on(workspace: &Workspace) -> bool {
    let before = workspace.log("c").len();
    within(HANG, || workspace.log("c").len() > before + 100)
}

/// A session whose terminal takes nothing does what it is asked for, and ends.
fn is_governed(workspace: &Workspace, session: Session) -> Ended {
    assert!(goes_on(workspace), "the terminal holds up a log file");
    let restarted = workspace.command(&["restart"], &["c"]).run();
    assert_eq!(restarted.code(), Some(0), "{}", restarted.all());
    assert!(goes_on(workspace), "the terminal holds up a log file");
    let stopped = workspace.command(&["stop"], &[]).run();
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    let ended = session.end();
    assert_eq!(living(workspace.path()), []);
    ended
}

#[test]
fn a_paused_terminal_holds_up_nobody() {
    let workspace = Workspace::new(TICKS);
    let mut session = workspace.dev(&[]).in_terminal().start();
    session.wait_for("all ready");
    // Ctrl+S.
    session.type_in("\x13");
    let ended = is_governed(&workspace, session);
    assert_eq!(report(&ended)["code"], 0, "{}", ended.err);
}

#[test]
fn a_terminal_that_nobody_reads_holds_up_nobody() {
    let workspace = Workspace::new(&[TICKS, FLOODS].concat());
    let mut session = workspace.dev(&[]).in_terminal().start();
    session.wait_for("all ready");
    session.type_in("!hang\n");
    assert!(within(HANG, || workspace.file("flooded").exists()));
    let ended = is_governed(&workspace, session);
    assert_eq!(report(&ended)["code"], 0, "{}", ended.err);
}

#[test]
fn an_interface_whose_terminal_nobody_reads_holds_up_nobody() {
    let workspace = Workspace::new(&[TICKS, FLOODS].concat());
    let mut session = workspace
        .dev(&["--tui"])
        .in_terminal()
        .env("TERMINAL_SIZE", "50x200")
        .start();
    session.wait_for("tick");
    session.type_in("!hang\n");
    assert!(within(HANG, || workspace.file("flooded").exists()));
    let ended = is_governed(&workspace, session);
    let report = report(&ended);
    assert_eq!(report["code"], 0, "{}", ended.err);
    assert_eq!(report["unchanged"], true, "{}", ended.err);
}

#[test]
fn a_signal_ends_a_session_whose_terminal_is_paused() {
    let workspace = Workspace::new(TICKS);
    let mut session = workspace.dev(&["--verbose"]).in_terminal().start();
    session.wait_for("all ready");
    session.type_in("\x13");
    assert!(goes_on(&workspace));
    kill(
        Pid::from_raw(i32::try_from(guard(&workspace)).expect("a pid")),
        Signal::SIGTERM,
    )
    .expect("it is alive");
    let ended = session.end();
    assert_eq!(report(&ended)["code"], -15, "{}", ended.err);
    assert_eq!(living(workspace.path()), []);
}
