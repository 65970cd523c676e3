//! What a program prints cannot damage what people see.

use nix::sys::signal::Signal;

use crate::support::{HANG, Workspace, stubborn, within};

#[test]
fn hostile_output_is_harmless_and_complete() {
    let workspace = Workspace::new(&stubborn("api", "hostile", ""));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    let out = &ended.out;
    for line in [
        "INV[\u{fffd}\u{fffd}\u{fffd}(\u{fffd}\u{fffd}\u{fffd}]",
        "NUL[␀␀␀]",
        "CLR[]",
        "ALT[]",
        "OSC[]",
        "HIDE[]",
        "MOUSE[]",
        "SGR[red",
        "100%]",
        "CRLF",
        "HALF[😀]",
        "no newline at the end",
    ] {
        assert!(
            out.lines()
                .any(|shown| shown.ends_with(&format!("api  {line}"))),
            "{line}"
        );
    }
    assert!(
        !out.contains('\x1b'),
        "not a terminal: no control sequence of anybody"
    );
    assert_eq!(
        out.matches('B').count(),
        10_000_000,
        "the long line came whole"
    );
    assert_eq!(ended.code(), Some(0), "{}", ended.err);
}

#[test]
fn the_file_keeps_what_was_printed() {
    let workspace = Workspace::new(&stubborn("api", "hostile", ""));
    let ended = workspace.dev(&["--until-ready"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.err);
    let log = std::fs::read(workspace.file(".pixcrawler/logs/api.log")).expect("the log");
    for bytes in [
        &b"INV[\xff\xfe\xc3(\xed\xa0\x80]\n"[..],
        b"NUL[\0\0\0]\n",
        b"HALF[\xf0\x9f\x98\x80]\n",
    ] {
        assert!(
            memchr::memmem::find(&log, bytes).is_some(),
            "{}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[test]
fn an_unfinished_line_is_shown_before_it_ends_and_is_not_torn() {
    let workspace = Workspace::new(&stubborn("api", "prompt DIR/go", ""));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("Continue? [y/N] ");
    workspace.write("go", "");
    session.wait_for("all ready");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert!(
        ended
            .out
            .lines()
            .any(|line| line.ends_with("api  Continue? [y/N] yes")),
        "{}",
        ended.out
    );
    assert!(
        workspace.log("api").contains("Continue? [y/N] yes\nup\n"),
        "{}",
        workspace.log("api")
    );
}

#[test]
fn a_question_that_draws_over_its_line_is_shown_while_somebody_waits() {
    let workspace = Workspace::new(
        "[services.api]\ncommand = \"printf '\\\\rloading 50%%'; sleep 0.4; printf '\\\\rPassword: '; exec sleep 1000\"\n",
    );
    let mut session = workspace.dev(&[]).start();
    session.wait_for("Password: ");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
}

#[test]
fn an_unfinished_line_makes_room_for_others() {
    let workspace = Workspace::new(
        &[
            stubborn("api", "prompt DIR/go", ""),
            stubborn("talk", "talk", "ready = { log = \"line 3\" }"),
        ]
        .concat(),
    );
    let mut session = workspace.dev(&[]).start();
    assert!(within(HANG, || {
        let out = session.out();
        out.split("Continue? [y/N]")
            .nth(1)
            .is_some_and(|rest| rest.contains("line "))
    }));
    workspace.write("go", "");
    session.wait_for("all ready");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert!(
        ended
            .out
            .lines()
            .any(|line| line.ends_with("api   Continue? [y/N] yes")),
        "{}",
        ended.out
    );
    let glued = ended
        .out
        .lines()
        .find(|line| line.contains("Continue") && line.contains("talk"));
    assert_eq!(glued, None);
}

#[test]
fn colour_is_for_terminals_and_for_those_who_insist() {
    let workspace = Workspace::new(&stubborn("api", "hostile", ""));
    let plain = workspace.dev(&["--until-ready"]).run();
    assert!(!plain.out.contains('\x1b'), "not a terminal");
    let insisted = workspace.dev(&["--until-ready", "--color", "always"]).run();
    assert!(
        insisted.out.contains("SGR[\x1b[31mred\x1b[0m\n"),
        "the colour stays and is closed"
    );
    let refused = workspace
        .dev(&["--until-ready"])
        .env("NO_COLOR", "1")
        .env("TERM", "xterm")
        .in_terminal()
        .run();
    assert!(refused.out.contains("SGR[red"), "{}", refused.err);
    let coloured = refused.out.split("\x1b[").skip(1).find(|rest| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
            .starts_with('m')
    });
    assert_eq!(coloured, None, "NO_COLOR in a terminal");
}
