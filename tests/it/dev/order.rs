//! Who starts and stops before whom.

use nix::sys::signal::Signal;

use crate::support::{Workspace, stubborn};

#[test]
fn services_start_after_what_they_wait_for_and_stop_before_it() {
    let service =
        |name: &str, after: &str| stubborn(name, &format!("journal {name} DIR/journal"), after);
    let workspace = Workspace::new(
        &[
            service("web", "depends-on = [\"api\"]"),
            service("api", "depends-on = [\"db\"]"),
            service("db", ""),
        ]
        .concat(),
    );
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    let journal = std::fs::read_to_string(workspace.file("journal")).expect("the journal");
    let lines: Vec<&str> = journal.lines().collect();
    assert_eq!(
        lines,
        [
            "start db",
            "start api",
            "start web",
            "stop web",
            "stop api",
            "stop db"
        ]
    );
}

#[test]
fn a_task_comes_first_and_its_failure_starts_nobody() {
    let task = |code: &str| {
        [
            format!("[services.prepare]\ncommand = \"echo prepared; exit {code}\"\ntask = true\n"),
            stubborn(
                "api",
                "journal api DIR/journal",
                "depends-on = [\"prepare\"]",
            ),
        ]
        .concat()
    };
    let fine = Workspace::new(&task("0"));
    let ended = fine.dev(&["--until-ready"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert!(ended.out.contains("prepare done in"), "{}", ended.out);

    let broken = Workspace::new(&task("7"));
    let ended = broken.dev(&[]).run();
    assert_eq!(ended.code(), Some(7), "{}", ended.all());
    assert!(!broken.file("journal").exists(), "{}", ended.out);
}

#[test]
fn only_the_named_services_and_what_they_wait_for_are_started() {
    let service =
        |name: &str, after: &str| stubborn(name, &format!("journal {name} DIR/journal"), after);
    let workspace = Workspace::new(
        &[
            service("web", "depends-on = [\"api\"]"),
            service("api", ""),
            service("mail", ""),
        ]
        .concat(),
    );
    let ended = workspace.dev(&["--until-ready", "web"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    let journal = std::fs::read_to_string(workspace.file("journal")).expect("the journal");
    assert!(
        journal.contains("start web") && journal.contains("start api") && !journal.contains("mail"),
        "{journal}"
    );
}

#[test]
fn a_service_is_stopped_by_the_signal_that_it_names() {
    for (named, sent) in [
        ("USR1", "SIGUSR1"),
        ("SIGUSR2", "SIGUSR2"),
        ("winch", "SIGWINCH"),
        ("SIGABRT", "SIGABRT"),
    ] {
        let stop = format!("stop = {{ signal = \"{named}\" }}");
        let workspace = Workspace::new(&stubborn("api", &format!("polite {sent}"), &stop));
        let mut session = workspace.dev(&[]).start();
        session.wait_for("all ready");
        session.signal(Signal::SIGINT);
        let ended = session.end();
        assert_eq!(ended.code(), Some(0), "{}", ended.all());
        let told = format!("bye on {sent}");
        assert!(ended.out.contains(&told), "{}", ended.out);
    }
}
