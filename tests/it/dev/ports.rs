//! Ports that somebody has: a stranger, or the session itself.

use std::net::TcpListener;

use nix::sys::signal::Signal;

use crate::support::{Workspace, free_port, stubborn};

#[test]
fn the_way_out_for_a_replica_is_its_groups() {
    let holder = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = holder.local_addr().expect("bound").port();
    let web = |first: u16| {
        let more = format!("port = {first}\nport-step = 10\nreplicas = 2");
        stubborn("web", "listen", &more)
    };
    let workspace = Workspace::new(&web(port - 10));
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    let taken = format!("port {port} of `web-2` is taken by");
    assert!(ended.err.contains(&taken), "{}", ended.err);
    let (_, way) = ended
        .err
        .split_once("[services.web] port = ")
        .expect("a way");
    let number = way
        .split_whitespace()
        .next()
        .and_then(|word| word.parse().ok());
    // What it says works.
    workspace.write("pixcrawler.toml", &web(number.expect("a number")));
    let planned = workspace.dev(&["--dry-run"]).run();
    assert_eq!(planned.code(), Some(0), "{}", planned.all());
}

#[test]
fn a_plan_beside_a_session_does_not_end_what_that_one_runs() {
    let port = free_port();
    let workspace = Workspace::new(&stubborn("api", "listen", &format!("port = {port}")));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let planned = workspace.dev(&["--dry-run"]).run();
    assert_eq!(planned.code(), Some(0), "{}", planned.all());
    let all = planned.all();
    assert!(
        all.contains("this workspace is already running (pid "),
        "{all}"
    );
    assert!(!all.contains("kill ") && !all.contains("taken"), "{all}");
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
}

#[test]
fn a_port_of_another_workspaces_session_is_freed_by_ending_that() {
    let port = free_port();
    let settings = stubborn("api", "listen", &format!("port = {port}"));
    let (one, other) = (Workspace::new(&settings), Workspace::new(&settings));
    let mut session = one.dev(&[]).start();
    session.wait_for("all ready");
    let root = one.path().canonicalize().expect("it is there");
    let words = format!(", `api` of the session in {}", root.display());
    let stop = format!("pixcrawler stop --workspace {}", root.display());
    let dev = other.dev(&[]).run();
    assert_eq!(dev.code(), Some(1), "{}", dev.all());
    let doctor = other.command(&["doctor", "--only", "ports"], &[]).run();
    for told in [dev.all(), doctor.all()] {
        // What is too long for a line goes on in the next one.
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(&words) && told.contains(&stop), "{told}");
        assert!(!told.contains("kill "), "{told}");
    }
    let stopped = one.command(&["stop"], &[]).run();
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    session.end();
    let planned = other.dev(&["--dry-run"]).run();
    assert_eq!(planned.code(), Some(0), "{}", planned.all());
}
