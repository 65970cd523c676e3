//! Who answers on a service's port: the service itself, its daemon, another service, a stranger.

use std::net::TcpListener;

use nix::sys::signal::Signal;

use crate::support::{Workspace, free_port, living};

/// A service that is ready when its port accepts connections.
fn on_port(name: &str, port: u16, ready: &str, line: &str) -> String {
    format!(
        "[services.{name}]\ncommand = \"{line}\"\nport = {port}\nready = {{ {ready}, timeout = \"20s\" }}\n\n"
    )
}

#[test]
fn a_service_is_ready_when_its_own_daemon_has_the_port() {
    let daemon = |before: &str| {
        format!(
            "({before} setsid python3 -BS DIR/stubborn/listen.py >/dev/null 2>&1 &); exec sleep 1000"
        )
    };
    let (marked, asked, bare) = (free_port(), free_port(), free_port());
    let url = format!("http = \"http://127.0.0.1:{asked}/\"");
    let mut settings = on_port("marked", marked, &format!("tcp = {marked}"), &daemon(""));
    settings += &on_port("asked", asked, &url, &daemon(""));
    // What has no environment is known by its stamp, and that is there on Linux alone.
    if cfg!(target_os = "linux") {
        let line = daemon("env -i PATH=$PATH PORT=$PORT");
        settings += &on_port("bare", bare, &format!("tcp = {bare}"), &line);
    }
    let workspace = Workspace::new(&settings);
    let ended = workspace.dev(&["--until-ready"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert!(!ended.out.contains("is answered by"), "{}", ended.all());
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn another_service_on_the_port_is_named_and_nobody_else_is_ours() {
    let port = free_port();
    let workspace = Workspace::new(
        &[
            on_port("a", port, &format!("tcp = {port}"), "exec sleep 1000"),
            format!(
                "[services.b]\ncommand = \"PORT={port} exec python3 -BS DIR/stubborn/listen.py\"\n"
            ),
        ]
        .concat(),
    );
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    let wanted = format!("a did not get ready: port {port} is answered by python3");
    assert!(
        ended.out.contains(&wanted) && ended.out.contains("which belongs to the service `b`: "),
        "{}",
        ended.all()
    );
    assert!(!ended.out.contains("not ours"), "{}", ended.all());
    let port = free_port();
    let line = "echo here; exec sleep 1000";
    let workspace = Workspace::new(&on_port("a", port, &format!("tcp = {port}"), line));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("here");
    let stranger = TcpListener::bind(("127.0.0.1", port)).expect("nobody has it yet");
    let ended = session.end();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    assert!(ended.out.contains("which is not ours: "), "{}", ended.all());
    drop(stranger);
}

#[test]
fn who_shares_the_port_with_another_service_is_ready_all_the_same() {
    let Ok(probe) = TcpListener::bind("[::1]:0") else {
        return;
    };
    drop(probe);
    let port = free_port();
    let serve = |host: &str| format!("exec python3 -m http.server {port} --bind {host}");
    let workspace = Workspace::new(
        &[
            // It answers before the second listens, and is found first.
            format!(
                "[services.other]\ncommand = \"{}\"\nready = {{ tcp = {port} }}\n",
                serve("127.0.0.1")
            ),
            on_port("six", port, &format!("tcp = {port}"), &serve("::1"))
                .replace("\nport", "\ndepends-on = [\"other\"]\nport"),
        ]
        .concat(),
    );
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
}
