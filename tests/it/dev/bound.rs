//! A service that keeps forking. The programs here have a hard bound of their own.

use nix::sys::signal::Signal;

use crate::support::{HANG, Workspace, living, stubborn, supervisor_of, within};

/// The processes of the one that grows.
fn grown(workspace: &Workspace) -> usize {
    let all = living(workspace.path());
    let its = all.iter().filter(|it| it.command.contains("grows.py"));
    its.count()
}

#[test]
fn the_bound_holds_and_is_named() {
    let workspace = Workspace::new(
        &[
            stubborn(
                "api",
                "grows 120",
                "max-processes = 20\nstop = { grace = \"300ms\" }",
            ),
            stubborn("web", "polite", ""),
        ]
        .concat(),
    );
    let mut session = workspace.dev(&["--keep-going"]).start();
    // Held by the kernel, or counted where that is not to be had.
    let refused = "api has as many processes as it may, 20, and is refused more";
    let counted = "processes, more than it may, and is killed";
    assert!(
        within(HANG, || session.out().contains(refused)
            || session.out().contains(counted)),
        "{}",
        session.out()
    );
    assert!(
        session
            .out()
            .contains("[services.api] max-processes in pixcrawler.toml")
    );
    session.wait_for("web ready");
    if session.out().contains(refused) {
        session.wait_for("refused after 19");
        assert_eq!(grown(&workspace), 20);
    } else {
        assert!(within(HANG, || grown(&workspace) == 0));
    }
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
    assert_eq!(living(workspace.path()), []);
}

#[cfg(target_os = "linux")]
#[test]
fn who_dies_of_its_bound_is_told_why() {
    // The shell gives up the moment a fork is refused, which is between the first look and the next.
    let line =
        "sleep 0.1; i=0; while [ $i -lt 100 ]; do sleep 30 & i=$((i+1)); done; exec sleep 1000";
    let workspace = Workspace::new(&format!(
        "[services.bomb]\ncommand = \"{line}\"\nmax-processes = 20\n"
    ));
    let ended = workspace.dev(&[]).run();
    let refused = "bomb has as many processes as it may, 20, and is refused more";
    let counted = "processes, more than it may, and is killed";
    assert!(
        ended.out.contains(refused) || ended.out.contains(counted),
        "{}",
        ended.all()
    );
}

#[test]
fn where_nobody_else_holds_it_we_count() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let workspace = Workspace::new(&stubborn("api", "grows 120", "max-processes = 20"));
    let mut session = workspace.dev(&[]).by_nobody().start();
    session.wait_for("processes, more than it may, and is killed");
    let ended = session.end();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_supervisor_that_is_killed_leaves_nothing_of_one_that_keeps_forking() {
    let workspace = Workspace::new(&stubborn("api", "grows 120", "max-processes = 30"));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("api ready");
    let supervisor = i32::try_from(supervisor_of(session.id())).expect("a pid");
    let supervisor = nix::unistd::Pid::from_raw(supervisor);
    nix::sys::signal::kill(supervisor, Signal::SIGKILL).expect("alive");
    session.end();
    assert!(within(HANG, || living(workspace.path()).is_empty()));
}

#[test]
fn a_bound_that_makes_no_sense_is_shown_where_it_stands() {
    let workspace = Workspace::new(&stubborn("api", "polite", "max-processes = 0"));
    let ended = workspace.dev(&["--dry-run"]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(
        ended.err.contains("pixcrawler.toml:4:1") && ended.err.contains("1 is the least"),
        "{}",
        ended.err
    );
}

#[cfg(target_os = "linux")]
#[test]
fn who_says_nothing_of_a_bound_has_the_usual_one() {
    let workspace = Workspace::new(&stubborn("api", "swarm 150", ""));
    // The usual bound is a thousand: for a test it is another number, and the rest is the same.
    let mut session = workspace
        .dev(&[])
        .env("PIXCRAWLER_CLI_MAX_PROCESSES", "20")
        .start();
    session.wait_for("processes, more than it may, and is killed");
    session.wait_for("[services.api] max-processes in pixcrawler.toml");
    let ended = session.end();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    assert_eq!(living(workspace.path()), []);
    let refused = workspace
        .dev(&[])
        .env("PIXCRAWLER_CLI_MAX_PROCESSES", "none")
        .run();
    assert_eq!(refused.code(), Some(2), "{}", refused.all());
    assert!(
        refused.err.contains("for the usual 1000"),
        "{}",
        refused.all()
    );
}
