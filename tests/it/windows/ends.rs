//! Polite ways to end a session.

use super::{Workspace, free_port, left_out};

/// One of each kind.
fn zoo(port: u16) -> Workspace {
    let listens = format!("port = {port}\nready = {{ http = \"http://127.0.0.1:{port}/\" }}");
    Workspace::stubborn(&[
        ("api", "listen", &listens),
        ("polite", "polite", ""),
        ("deaf", "deaf", "stop = { grace = \"500ms\" }"),
        ("tree", "tree", ""),
    ])
}

#[test]
fn an_interrupt_stops_everything_and_is_a_clean_end() {
    let port = free_port();
    let workspace = zoo(port);
    let mut session = workspace.dev(&[]);
    session.wait_for("all ready");
    assert!(workspace.living().len() >= 5, "{:?}", workspace.living());
    if session.ctrl_break() {
        session.wait_for("bye on Ctrl+Break");
    } else {
        left_out("Ctrl+Break: there is no console to send it by; `pixcrawler stop` instead");
        assert_eq!(workspace.run(&["stop"], &[]).code, Some(0));
    }
    let ended = session.end();
    assert!(ended.out.contains("everything stopped"), "{}", ended.all());
    workspace.assert_nothing_is_left();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn what_a_service_leaves_behind_ends_with_it() {
    let workspace = Workspace::stubborn(&[("task", "leaves", ""), ("other", "polite", "")]);
    let ended = workspace.dev(&[]).end();
    assert_eq!(ended.code, Some(0), "{}", ended.all());
    workspace.assert_nothing_is_left();
}
