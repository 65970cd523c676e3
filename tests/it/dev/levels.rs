//! What a line says of itself decides whether it is shown, in which colour, and what stands beside it.

use nix::sys::signal::Signal;

use crate::support::{Workspace, stubborn};

#[test]
fn a_traceback_is_not_interrupted_by_a_service_that_never_stops_talking() {
    let workspace = Workspace::new(
        &[
            stubborn("api", "traceback 20", ""),
            stubborn("talk", "talk", "ready = { log = \"line 1\" }"),
        ]
        .concat(),
    );
    let mut session = workspace.dev(&[]).start();
    session.wait_for("that was all");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    let lines: Vec<&str> = ended.out.lines().collect();
    let starts = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.contains("Traceback"));
    let starts: Vec<usize> = starts.map(|(at, _)| at).collect();
    assert_eq!(starts.len(), 20);
    for at in starts {
        let four = &lines[at..at + 4];
        assert!(four.iter().all(|line| line.contains(" api ")), "{four:#?}");
        assert!(four[3].contains("ValueError"), "{four:#?}");
    }
    assert!(
        ended.out.contains(" talk  line "),
        "the other one is there too"
    );
}

#[test]
fn a_level_leaves_out_what_is_less_grave() {
    let workspace = Workspace::new(&stubborn("api", "traceback 2", ""));
    for format in ["human", "json"] {
        let mut session = workspace
            .dev(&["--level", "warn", "--format", format])
            .start();
        session.wait_for("that was all");
        session.signal(Signal::SIGINT);
        let ended = session.end();
        assert_eq!(ended.code(), Some(0), "{}", ended.all());
        assert!(!ended.out.contains("INFO: before"), "{}", ended.out);
        assert_eq!(ended.out.matches("boom()").count(), 2, "{}", ended.out);
    }
    assert!(
        workspace.log("api").contains("INFO: before 1"),
        "the file keeps everything"
    );
    let refused = workspace.dev(&["--level", "grave"]).run();
    assert_eq!(refused.code(), Some(2));
    assert!(
        refused
            .err
            .contains("expected trace, debug, info, warn or error"),
        "{}",
        refused.err
    );
}

#[test]
fn errors_and_warnings_have_colours() {
    let workspace = Workspace::new(&stubborn("api", "traceback 1", ""));
    let mut session = workspace.dev(&["--color", "always"]).start();
    session.wait_for("that was all");
    session.signal(Signal::SIGINT);
    let out = session.end().out;
    for shown in [
        "\x1b[31mTraceback",
        "\x1b[31mValueError: 0\x1b[0m",
        "\x1b[33mWARNING: that was all\x1b[0m",
        "  INFO: before 0\n",
    ] {
        assert!(out.contains(shown), "{shown:?}: {out}");
    }
}

#[test]
fn a_start_is_shown_as_a_waterfall_and_drawn() {
    let workspace = Workspace::new(
        &[
            stubborn("first", "polite", ""),
            stubborn("second", "polite", "depends-on = [\"first\"]"),
            stubborn("aside", "polite", ""),
        ]
        .concat(),
    );
    let ended = workspace.dev(&["--until-ready", "--timings"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    let chain = ended
        .out
        .lines()
        .find(|line| line.contains("critical chain: "))
        .expect("the chain");
    assert!(
        chain.contains("first ") && chain.contains("→ second "),
        "{}",
        ended.out
    );
    let svg =
        std::fs::read_to_string(workspace.file(".pixcrawler/timings.svg")).expect("a drawing");
    assert!(
        svg.starts_with("<svg") && svg.contains(">second</text>"),
        "{svg}"
    );
    let elsewhere = format!("--timings={}", workspace.file("start.svg").display());
    workspace.dev(&["--until-ready", &elsewhere]).run();
    assert!(workspace.file("start.svg").exists());
}
