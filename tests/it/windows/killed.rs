//! Whatever of the tool is killed: nothing of the session stays.

use super::Workspace;

#[test]
fn the_process_that_was_typed() {
    let workspace = Workspace::stubborn(&[("tree", "tree", ""), ("deaf", "deaf", "")]);
    let mut session = workspace.dev(&[]);
    session.wait_for("all ready");
    session.kill();
    session.end();
    workspace.assert_nothing_is_left();
}

#[test]
fn a_new_session_starts_after_a_killed_one() {
    let workspace = Workspace::stubborn(&[("polite", "polite", "")]);
    let mut first = workspace.dev(&[]);
    first.wait_for("all ready");
    first.kill();
    first.end();
    workspace.assert_nothing_is_left();
    let second = workspace.dev(&["--until-ready"]).end();
    assert_eq!(second.code, Some(0), "{}", second.all());
}
