//! Restarts, ports and the end of a crash loop.

use super::{Workspace, free_port};

#[test]
fn a_service_that_keeps_failing_is_given_up() {
    let restart = "restart = { when = \"on-failure\", delay = \"50ms\", limit = 3 }\nready = { exec = \"exit 0\" }";
    let workspace = Workspace::stubborn(&[("api", "exit 7", restart)]);
    let ended = workspace.dev(&[]).end();
    assert_eq!(ended.code, Some(7), "{}", ended.all());
    assert!(
        ended.out.contains("api failed 3 times in a row"),
        "{}",
        ended.all()
    );
    workspace.assert_nothing_is_left();
}

#[test]
fn a_port_that_somebody_has_is_named_with_its_holder() {
    let port = free_port();
    let _held = std::net::TcpListener::bind(("127.0.0.1", port)).expect("it is free");
    let workspace = Workspace::stubborn(&[("api", "listen", &format!("port = {port}"))]);
    let ended = workspace.dev(&[]).end();
    assert_eq!(ended.code, Some(1), "{}", ended.all());
    assert!(
        ended
            .err
            .contains(&format!("port {port} of `api` is taken")),
        "{}",
        ended.all()
    );
}
