//! What the settings or a Procfile say and cannot mean is told at its place.

use std::net::TcpListener;

use crate::support::Workspace;

#[test]
fn what_would_never_be_looked_at_is_refused_where_it_stands() {
    for (line, at, told) in [
        (
            "ready = { tcp = 1, timeout = 0 }",
            "3:20",
            "`timeout` is 0, and nobody is ready in no time",
        ),
        (
            "task = true\nready = { tcp = 1 }",
            "4:1",
            "a task is ready when it has ended with success",
        ),
    ] {
        let settings = format!("[services.a]\ncommand = \"x\"\n{line}\n");
        let ended = Workspace::new(&settings).dev(&["--dry-run"]).run();
        assert_eq!(ended.code(), Some(2), "{line}: {}", ended.all());
        let place = format!("pixcrawler.toml:{at}\n");
        assert!(
            ended.err.contains(told) && ended.err.contains(&place),
            "{line}: {}",
            ended.err
        );
    }
}

#[test]
fn a_port_of_the_settings_that_is_taken_is_told_with_its_line() {
    let holder = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = holder.local_addr().expect("bound").port();
    let settings = format!("[services.a]\ncommand = \"sleep 1000\"\nport = {port}\n");
    let workspace = Workspace::new(&settings);
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    assert!(ended.err.contains("pixcrawler.toml:3:1"), "{}", ended.err);
}

#[test]
fn a_rule_that_there_is_not_is_told_before_the_start_too() {
    let workspace = Workspace::new(
        "[services.a]\ncommand = \"true\"\ntask = true\n[rules]\n\"env/shadwed\" = \"off\"\n",
    );
    let planned = workspace.command(&["dev"], &["--dry-run"]).run();
    assert_eq!(planned.code(), Some(0), "{}", planned.all());
    let told = planned.all();
    assert!(
        told.contains("there is no rule `env/shadwed`") && told.contains("pixcrawler.toml:5:"),
        "{told}"
    );
    let started = workspace.command(&["dev"], &[]).run();
    let told = "1 warning before the start; see them with: pixcrawler env check";
    assert!(started.err.contains(told), "{}", started.all());
    // What it says works.
    let checked = workspace.command(&["env", "check"], &[]).run();
    assert!(checked.all().contains("`env/shadwed`"), "{}", checked.all());
}

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
