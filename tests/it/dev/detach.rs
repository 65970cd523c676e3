//! What is said where a session begins in the background, and does not come to an end as it should.

use nix::sys::signal::Signal;

use crate::support::{HANG, Workspace, living, stubborn, within};

const SLOW: &str =
    "[services.slow]\ncommand = [\"sleep\", \"1000\"]\nready = { log = \"never\" }\n";

#[test]
fn who_does_not_wait_for_it_hears_that_it_goes_on() {
    let workspace = Workspace::new(SLOW);
    let session = workspace.dev(&["--detach"]).start();
    let starts = || workspace.command(&["ps"], &[]).run().out.contains("slow");
    assert!(within(HANG, starts), "it starts");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.signal(), Some(2), "{}", ended.all());
    let told = "it goes on in the background: pixcrawler ps shows it, pixcrawler stop ends it";
    assert!(ended.err.contains(told), "{}", ended.all());
    assert!(starts(), "it went on");
    let stopped = workspace.command(&["stop"], &[]).run();
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    assert!(within(HANG, || living(workspace.path()).is_empty()));
}

#[test]
fn why_it_ended_is_told_where_nobody_saw_it() {
    let workspace = Workspace::new(SLOW);
    let args = ["--detach", "--timeout", "1s", "--timings"];
    let ended = workspace.dev(&args).run();
    assert_eq!(ended.code(), Some(3), "{}", ended.all());
    let told = "not all was ready in time: slow";
    assert!(ended.err.contains(told), "{}", ended.all());
    assert!(!ended.err.starts_with('\n'), "{}", ended.all());
    // Nobody saw the waterfall either.
    let drawn = ended.err.lines().find_map(|line| {
        let (_, path) = line.split_once("what the start waited for: ")?;
        std::fs::read_to_string(path).ok()
    });
    let drawn = drawn.unwrap_or_else(|| panic!("{}", ended.all()));
    assert!(drawn.contains(">not ready after 1"), "{drawn}");
}

#[test]
fn what_is_stopped_before_it_was_ready_is_no_success() {
    let workspace = Workspace::new(SLOW);
    let session = workspace.dev(&["--detach"]).start();
    let starts = || workspace.command(&["ps"], &[]).run().out.contains("slow");
    assert!(within(HANG, starts), "it starts");
    let stopped = workspace.command(&["stop"], &[]).run();
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    let ended = session.end();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    let told = "the session in the background has ended";
    assert!(ended.err.contains(told), "{}", ended.all());
}

#[test]
fn a_reloader_whose_server_cannot_start_is_told_and_not_waited_for() {
    let ready = "ready = { log = \"startup complete\" }";
    let workspace = Workspace::new(&stubborn("api", "reloader DIR/change", ready));
    let ended = workspace.dev(&["--detach"]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    for told in [
        "api: ModuleNotFoundError: No module named 'a_module_that_is_not_there'",
        "api did not get ready: its server could not start, and waits for a change of the code",
        "pixcrawler logs",
    ] {
        assert!(ended.err.contains(told), "{}", ended.all());
    }
    let stopped = workspace.command(&["stop"], &[]).run();
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    assert!(within(HANG, || living(workspace.path()).is_empty()));
}

/// A service that ends at once for a module that is not there, after it was waited for `first`.
fn crashes(first: &str) -> Workspace {
    let workspace = Workspace::new(&format!(
        "[services.c]\ncommand = \"{first} cat said; exit 1\"\nready = {{ log = \"never\" }}\n\n[services.d]\ncommand = \"exec sleep 1000\"\n"
    ));
    let said = "Traceback (most recent call last):\n  File \"x.py\", line 1, in <module>\nModuleNotFoundError: No module named 'foo'\n";
    workspace.write("said", said);
    workspace
}

const CAUSE: &str = "there is no Python module `foo`";

#[test]
fn why_a_service_ended_is_told_where_nobody_saw_its_card() {
    let workspace = crashes("");
    let ended = workspace.dev(&["--detach"]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    let told = format!("c: cause: {CAUSE}");
    assert!(ended.err.contains(&told), "{}", ended.all());
    let logged = workspace.command(&["logs", "c"], &[]).run();
    assert!(logged.out.contains(&told[3..]), "{}", logged.all());
    let ended = workspace.dev(&["--detach", "--keep-going"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    let told = format!("✗ c failed: exit code 1\n  cause: {CAUSE}");
    assert!(ended.out.contains(&told), "{}", ended.all());
    let stopped = workspace.command(&["stop"], &[]).run();
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
}

#[test]
fn why_a_service_ended_is_told_to_programs_and_to_who_is_attached() {
    let workspace = crashes("until test -e go; do sleep 0.05; done;");
    let session = workspace.dev(&["--format", "json", "--keep-going"]).start();
    let runs = || workspace.command(&["ps"], &[]).run().code() == Some(0);
    assert!(within(HANG, runs), "it runs");
    let mut attached = workspace.command(&["attach"], &[]).start();
    attached.wait_until_told("attached to the session");
    workspace.write("go", "");
    attached.wait_for(&format!("cause: {CAUSE}"));
    session.signal(Signal::SIGINT);
    let ended = session.end();
    let died = ended
        .out
        .lines()
        .find(|line| line.contains("\"event\":\"died\""));
    let died: serde_json::Value =
        serde_json::from_str(died.expect("the end of c")).expect("an object");
    assert!(
        died["cause"]
            .as_str()
            .is_some_and(|why| why.contains(CAUSE)),
        "{died}"
    );
    assert!(
        died["help"].as_str().is_some_and(|way| !way.is_empty()),
        "{died}"
    );
    attached.end();
}

#[test]
fn a_program_gets_an_object_also_where_the_start_fails() {
    let workspace = crashes("");
    for (keep_going, code) in [(&[][..], 1), (&["--keep-going"], 0)] {
        let args = [&["--detach", "--format", "json"], keep_going].concat();
        let ended = workspace.dev(&args).run();
        assert_eq!(ended.code(), Some(code), "{}", ended.all());
        let told: serde_json::Value = serde_json::from_str(&ended.out).expect("one object");
        if keep_going.is_empty() {
            assert_eq!(
                (&told["session"], &told["code"]),
                (&"ended".into(), &1.into())
            );
            let said = told["said"].to_string();
            assert!(said.contains(CAUSE), "{said}");
        } else {
            assert_eq!(told["services"][0]["state"], "failed", "{told}");
        }
    }
    workspace.command(&["stop"], &[]).run();
}

#[test]
fn a_program_gets_the_findings_for_which_nothing_is_started() {
    let workspace = Workspace::new("[services.a]\ncommand = \"sleep 9\"\ndepends-on = [\"b\"]\n");
    let report = |args: &[&str]| {
        let ended = workspace.dev(&[args, &["--format", "json"]].concat()).run();
        assert_eq!(ended.code(), Some(2), "{}", ended.all());
        let told: serde_json::Value = serde_json::from_str(&ended.out).expect("one object");
        let finding = &told["findings"][0];
        (
            finding["rule"].to_string(),
            finding["line"].to_string(),
            told["session"].to_string(),
        )
    };
    let rule = "\"plan/unknown-service\"";
    let told = |session: &str| (rule.to_owned(), "3".to_owned(), session.to_owned());
    assert_eq!(report(&["--detach"]), told("\"not-started\""));
    assert_eq!(report(&["--dry-run"]), told("null"));
    workspace.write("pixcrawler.toml", "[services.a]\ncomand = \"x\"\n");
    for (format, mark) in [
        ("github", "::error file=pixcrawler.toml,line=2"),
        ("sarif", "\"config/broken\""),
        ("junit", "config/broken in pixcrawler.toml"),
    ] {
        let ended = workspace.dev(&["--dry-run", "--format", format]).run();
        assert!(ended.out.contains(mark), "{}", ended.all());
    }
    // Who reads line by line gets it as a line.
    let ended = workspace.dev(&["--format", "json"]).run();
    assert_eq!(ended.out.lines().count(), 1, "{}", ended.all());
    assert!(ended.out.contains("\"config/broken\""), "{}", ended.all());
}

#[test]
fn what_a_start_warns_of_is_told_where_nobody_sees_it() {
    let workspace = Workspace::new(
        "[services.build]\ncommand = \"mkdir -p made-later\"\ntask = true\n\n[services.api]\ncommand = [\"sleep\", \"1000\"]\ncwd = \"made-later\"\ndepends-on = [\"build\"]\n",
    );
    let ended = workspace.dev(&["--detach"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    let warning = "! service `api`: there is no folder";
    assert!(ended.err.contains(warning), "{}", ended.all());
    // Nothing tells whether it is ready: that is said here, too.
    assert!(ended.out.contains("✓ api running\n"), "{}", ended.all());
    workspace.command(&["stop"], &[]).run();
}

#[test]
fn what_a_task_said_before_it_failed_is_told_whatever_its_level() {
    let workspace = Workspace::new(
        "[services.mig]\ncommand = \"echo first; echo no such table; exit 9\"\ntask = true\n",
    );
    let ended = workspace.dev(&["--detach"]).run();
    assert_eq!(ended.code(), Some(9), "{}", ended.all());
    let (said, end) = ("mig: no such table\n", "mig: ended with exit code 9");
    let told = ended.err.find(said).zip(ended.err.find(end));
    assert!(
        told.is_some_and(|(said, end)| said < end),
        "{}",
        ended.all()
    );
    let json = workspace.dev(&["--detach", "--format", "json"]).run();
    let told: serde_json::Value = serde_json::from_str(&json.out).expect("one object");
    assert!(told["said"].to_string().contains("no such table"), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_finds_no_room_for_its_words_is_told_with_that() {
    let workspace = Workspace::new("[services.x]\ncommand = \"true\"\ndepends-on = [\"nobody\"]\n");
    let state = workspace.path().join(".pixcrawler");
    std::fs::create_dir_all(&state).expect("a folder");
    std::os::unix::fs::symlink("/dev/full", state.join("background.log")).expect("a link");
    let ended = workspace.dev(&["--detach"]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    let told = "background.log: no space left on device";
    assert!(ended.err.contains(told), "{}", ended.all());
}
