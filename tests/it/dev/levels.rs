//! What a line says of itself decides whether it is shown, in which colour, and what stands beside it.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::support::{HANG, Workspace, stubborn, within};

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
    assert_eq!(whole_tracebacks(&ended.out, &["api"]), 20);
    assert!(
        ended.out.contains(" talk  line "),
        "the other one is there too"
    );
}

#[test]
fn tracebacks_of_several_services_at_the_same_time_stay_whole() {
    let names = ["one", "two", "three", "four"];
    let services = names.map(|name| stubborn(name, "traceback 30", ""));
    let workspace = Workspace::new(&services.concat());
    let session = workspace.dev(&[]).start();
    assert!(within(HANG, || session
        .out()
        .matches("that was all")
        .count()
        == 4));
    session.signal(Signal::SIGINT);
    assert_eq!(whole_tracebacks(&session.end().out, &names), 120);
}

/// How many tracebacks there are of these services, none of which has a line of another one in it.
fn whole_tracebacks(out: &str, names: &[&str]) -> usize {
    let lines: Vec<&str> = out.lines().collect();
    let starts = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.contains("Traceback"));
    let mut count = 0;
    for (at, first) in starts {
        let mut names = names.iter().map(|name| format!(" {name} "));
        let name = names.find(|name| first.contains(name)).expect("a name");
        let four = &lines[at..at + 4];
        assert!(four.iter().all(|line| line.contains(&name)), "{four:#?}");
        assert!(four[3].contains("ValueError"), "{four:#?}");
        count += 1;
    }
    count
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
fn a_line_without_an_end_is_shown_by_what_it_says_of_itself() {
    let asks = |name: &str, text: &str| {
        format!("[services.{name}]\ncommand = \"printf '{text}'; sleep 1000\"\n\n")
    };
    let workspace = Workspace::new(
        &[
            asks("quiet", "Continue? [y/N] "),
            asks("loud", "ERROR: shall I go on? "),
        ]
        .concat(),
    );
    for format in ["human", "json"] {
        let mut session = workspace
            .dev(&["--level", "error", "--format", format])
            .start();
        session.wait_for("shall I go on? ");
        // Both are due in the same moment.
        std::thread::sleep(Duration::from_millis(300));
        assert!(!session.out().contains("Continue?"), "{}", session.out());
        session.signal(Signal::SIGINT);
        let ended = session.end();
        assert!(!ended.out.contains("Continue?"), "{}", ended.all());
    }
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
    // What waits for the services is no part of their start.
    let ended = workspace.dev(&["--timings", "--exec", "true"]).run();
    assert!(ended.err.contains("critical chain: "), "{}", ended.all());
    assert!(!ended.err.contains("not ready"), "{}", ended.all());
    let ended = workspace.dev(&["--timings", "start.svg"]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(ended.err.contains("--timings=start.svg"), "{}", ended.all());
}

#[test]
fn a_program_is_told_what_a_start_waited_for() {
    let workspace = Workspace::new(
        &[
            "[services.seed]\ncommand = \"exit 3\"\ntask = true\n\n".to_owned(),
            stubborn("api", "polite", "depends-on = [\"seed\"]"),
        ]
        .concat(),
    );
    let ended = workspace.dev(&["--timings", "--format", "json"]).run();
    assert_eq!(ended.code(), Some(3), "{}", ended.all());
    let lines = ended.out.lines();
    let told = lines.filter(|line| line.contains("\"event\":\"timings\""));
    let told: Vec<serde_json::Value> = told
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    assert_eq!(told.len(), 1, "{}", ended.all());
    let (seed, api) = (&told[0]["services"][0], &told[0]["services"][1]);
    assert_eq!(told[0]["critical"], serde_json::json!(["seed"]));
    assert!(seed["failed_ms"].is_u64(), "{seed}");
    assert_eq!(api["service"], "api");
    assert!(
        api["from_ms"].is_null() && api["ready_ms"].is_null(),
        "{api}"
    );
}
