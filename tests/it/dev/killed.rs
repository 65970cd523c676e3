//! Whatever of the tool is killed: nothing of the session stays.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};

use super::ends::{assert_nothing_is_left, opened};
use crate::support::{
    Session, Workspace, free_port, keeper_of, living, stubborn, supervisor_of, within,
};

/// Two seconds are promised on a machine that has nothing else to do; the cases beside this one are
/// many, and each look at the process table takes its time from the others.
const SOON: Duration = Duration::from_secs(20);

fn assert_all_are_gone_soon(workspace: &Workspace, port: u16) {
    let gone = within(SOON, || living(workspace.path()).is_empty());
    assert!(gone, "alive: {:?}", living(workspace.path()));
    assert_nothing_is_left(workspace, port);
}

fn raw(pid: u32) -> nix::unistd::Pid {
    nix::unistd::Pid::from_raw(i32::try_from(pid).expect("a pid"))
}

fn kill_hard(session: &Session, guard: bool, supervisor: bool) {
    let below = raw(supervisor_of(session.id()));
    if guard {
        kill(raw(session.id()), Signal::SIGKILL).expect("the guard is alive");
    }
    if supervisor {
        kill(below, Signal::SIGKILL).expect("the supervisor is alive");
    }
}

#[test]
fn the_process_that_was_typed() {
    let (workspace, port, session) = opened();
    kill_hard(&session, true, false);
    assert_all_are_gone_soon(&workspace, port);
    assert_eq!(session.end().signal(), Some(9));
}

#[test]
fn the_supervisor_below_it() {
    let (workspace, port, session) = opened();
    kill_hard(&session, false, true);
    let ended = session.end();
    assert_nothing_is_left(&workspace, port);
    assert_eq!(
        ended.signal(),
        Some(9),
        "the tool ends as its supervisor did: {}",
        ended.all()
    );
}

#[test]
fn both_at_once() {
    let (workspace, port, session) = opened();
    kill_hard(&session, true, true);
    assert_all_are_gone_soon(&workspace, port);
    assert_eq!(session.end().signal(), Some(9));
}

#[test]
fn the_keeper_between_the_two() {
    let (workspace, port, session) = opened();
    kill(raw(keeper_of(session.id())), Signal::SIGKILL).expect("the keeper is alive");
    let ended = session.end();
    assert_nothing_is_left(&workspace, port);
    assert_eq!(ended.signal(), Some(9), "{}", ended.all());
    assert!(
        ended.out.contains("stopping: the keeper process died"),
        "{}",
        ended.all()
    );
}

#[test]
fn the_supervisor_while_it_stops() {
    let workspace = Workspace::new(&stubborn("deaf", "tree deaf", "stop = { grace = \"1h\" }"));
    let port = free_port();
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    session.signal(Signal::SIGTERM);
    kill_hard(&session, false, true);
    session.end();
    assert_nothing_is_left(&workspace, port);
}

#[test]
fn a_new_session_starts_after_a_killed_one() {
    let (port, workspace) = (
        free_port(),
        Workspace::new(&stubborn("polite", "polite", "")),
    );
    let mut first = workspace.dev(&[]).start();
    first.wait_for("all ready");
    kill_hard(&first, true, false);
    assert_all_are_gone_soon(&workspace, port);
    let second = workspace.dev(&["--until-ready"]).run();
    assert_eq!(second.code(), Some(0), "{}", second.all());
}

#[cfg(target_os = "linux")]
#[test]
fn the_supervisor_has_a_name_of_its_own() {
    // `killall -9 pixcrawler` leaves somebody to clean up.
    let workspace = Workspace::new(&stubborn("polite", "polite", ""));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let below = supervisor_of(session.id());
    let name = living(workspace.path())
        .into_iter()
        .find(|process| process.pid == below)
        .map(|process| process.name);
    assert_eq!(name.as_deref(), Some("px-supervisor"));
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
}
