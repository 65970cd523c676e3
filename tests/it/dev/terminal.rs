//! In a terminal: Ctrl+C as it is typed, and the terminal afterwards as it was before.

use crate::support::{Ended, HANG, Workspace, living, stubborn, within};

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
