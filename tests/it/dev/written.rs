//! What the settings or a Procfile say and cannot mean is told at its place.

use crate::support::Workspace;

#[test]
fn a_process_with_the_name_of_a_replica_is_told_at_its_line() {
    let workspace = Workspace::new("");
    workspace.write("P6", "web: sleep 1000\nweb-1: sleep 1000\n");
    let args = ["--procfile", "P6", "--scale", "web=2", "--dry-run"];
    let ended = workspace.dev(&args).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(
        ended.err.contains("P6:2:1") && ended.err.contains("rename `web-1:`"),
        "{}",
        ended.err
    );
    assert!(!ended.err.contains("[services."), "{}", ended.err);
}
