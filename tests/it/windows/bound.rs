//! A service that keeps starting processes. The programs here have a hard bound of their own.

use super::{Workspace, left_out};

#[test]
fn the_bound_holds_and_is_named() {
    let workspace = Workspace::stubborn(&[("api", "grows 30", "max-processes = 10")]);
    let mut session = workspace.dev(&[]);
    session.wait_for("has ");
    if session.out().contains("has 30") {
        left_out("max-processes: this system does not hold the bound of a job object (Wine)");
    } else {
        assert!(session.out().contains("has 9"), "{}", session.out());
    }
    session.kill();
    session.end();
    workspace.assert_nothing_is_left();
}
