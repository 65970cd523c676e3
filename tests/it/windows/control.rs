//! A second terminal.

use super::Workspace;

#[test]
fn stop_waits_until_nothing_is_left() {
    let workspace = Workspace::stubborn(&[("api", "polite", ""), ("tree", "tree", "")]);
    let mut session = workspace.dev(&[]);
    session.wait_for("all ready");
    let stopped = workspace.run(&["stop"], &[]);
    assert_eq!(stopped.code, Some(0), "{}", stopped.all());
    assert_eq!(session.end().code, Some(0));
    workspace.assert_nothing_is_left();
    assert_eq!(workspace.run(&["ps"], &[]).code, Some(3));
}

#[test]
fn services_are_stopped_started_and_restarted_one_by_one() {
    let quick = "stop = { grace = \"500ms\" }";
    let workspace = Workspace::stubborn(&[("api", "polite", quick), ("web", "polite", quick)]);
    let mut session = workspace.dev(&[]);
    session.wait_for("all ready");
    for order in ["stop", "start", "restart"] {
        let ended = workspace.run(&[order], &["api"]);
        assert_eq!(ended.code, Some(0), "{order}: {}", ended.all());
    }
    let shown = workspace.run(&["ps", "--format", "json"], &[]);
    let object: serde_json::Value = serde_json::from_str(&shown.out).expect("JSON");
    let states: Vec<&str> = object["services"]
        .as_array()
        .expect("services")
        .iter()
        .filter_map(|service| service["state"].as_str())
        .collect();
    assert_eq!(states, ["ready", "ready"], "{}", shown.all());
    let logs = workspace.run(&["logs"], &["api"]);
    assert_eq!(logs.out.matches("up").count(), 3, "{}", logs.all());
    assert_eq!(workspace.run(&["stop"], &[]).code, Some(0));
    session.end();
    workspace.assert_nothing_is_left();
}

#[test]
fn a_session_in_the_background_is_spoken_with_and_stopped() {
    let workspace = Workspace::stubborn(&[("api", "polite", "")]);
    let started = workspace.run(&["dev", "--no-check", "--detach"], &[]);
    assert_eq!(started.code, Some(0), "{}", started.all());
    let shown = workspace.run(&["ps"], &[]);
    assert!(shown.out.contains("ready"), "{}", shown.all());
    let stopped = workspace.run(&["stop"], &[]);
    assert_eq!(stopped.code, Some(0), "{}", stopped.all());
    workspace.assert_nothing_is_left();
}
