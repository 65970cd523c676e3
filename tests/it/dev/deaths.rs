//! Services that end by themselves.

use crate::support::{Workspace, free_port, living, stubborn};

pub(super) fn assert_alone(workspace: &Workspace) {
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_death_before_ready_is_explained_and_its_code_is_ours() {
    let workspace = Workspace::new(
        &[
            stubborn("api", "crash", ""),
            stubborn("web", "tree deaf", ""),
        ]
        .concat(),
    );
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    assert!(
        ended.out.contains("api ended after") && ended.out.contains("with exit code 1"),
        "{}",
        ended.out
    );
    let card = ended.out.split("api ended after").nth(1).expect("the card");
    assert!(
        card.contains("| Traceback") || card.contains("│ Traceback"),
        "{card}"
    );
    assert!(
        card.contains("ValueError: max_images must be positive"),
        "{card}"
    );
    assert_alone(&workspace);
}

#[test]
fn a_death_after_ready_stops_the_rest() {
    let workspace = Workspace::new(
        &[
            stubborn("api", "crash 0.3", ""),
            stubborn("web", "polite", ""),
        ]
        .concat(),
    );
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    assert!(ended.out.contains("all ready"), "{}", ended.out);
    assert!(ended.out.contains("stopping: api ended"), "{}", ended.out);
    assert!(ended.out.contains("bye on SIGTERM"), "{}", ended.out);
    assert_alone(&workspace);
}

#[test]
fn a_death_by_a_signal_is_named() {
    let workspace = Workspace::new(&stubborn("worker", "suicide", ""));
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(137), "{}", ended.all());
    assert!(
        ended
            .out
            .contains("SIGKILL (killed; out of memory, or by hand)"),
        "{}",
        ended.out
    );
    assert!(
        workspace.log("worker").contains("ended with SIGKILL"),
        "{}",
        workspace.log("worker")
    );
}

#[test]
fn the_code_of_the_service_that_ended_is_ours() {
    let workspace = Workspace::new(
        &[
            stubborn("one", "burst 1 3", "ready = { log = \"never\" }"),
            stubborn("two", "deaf", "stop = { grace = \"300ms\" }"),
        ]
        .concat(),
    );
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(3), "{}", ended.all());
    assert_alone(&workspace);
}

#[test]
fn an_end_is_noticed_although_a_child_goes_on_talking() {
    let workspace = Workspace::new(&stubborn("api", "chatty_child", ""));
    let ended = workspace.dev(&["--quiet"]).run();
    assert_eq!(ended.code(), Some(3), "{}", ended.err);
    assert!(ended.out.contains("with exit code 3"), "{}", ended.err);
    assert_alone(&workspace);
}

#[test]
fn keep_going_lets_the_others_live() {
    let workspace = Workspace::new(
        &[
            stubborn("api", "crash", "ready = { log = \"up\" }"),
            stubborn("after", "polite", "depends-on = [\"api\"]"),
            stubborn("web", "polite", ""),
        ]
        .concat(),
    );
    let mut session = workspace.dev(&["--keep-going"]).start();
    session.wait_for("after is not started, since api ended with exit code 1");
    session.wait_for("web ready");
    assert!(
        living(workspace.path())
            .iter()
            .any(|process| process.command.contains("polite.py"))
    );
    session.signal(nix::sys::signal::Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert_alone(&workspace);
}

#[test]
fn a_service_that_fails_is_started_again_when_that_is_wanted() {
    let workspace = Workspace::new(
        &[
            stubborn("worker", "crash 0", "restart = \"on-failure\""),
            stubborn("web", "polite", ""),
        ]
        .concat(),
    );
    let mut session = workspace.dev(&[]).start();
    session.wait_for("worker is started again in 0.");
    session.wait_for("worker is started again in 1.");
    session.signal(nix::sys::signal::Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert_alone(&workspace);
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let workspace = Workspace::new("[services.api]\ncommand = [\"no-such-program\"]\n");
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    assert!(
        ended
            .err
            .contains("service `api`: `no-such-program` is not on PATH"),
        "{}",
        ended.err
    );
    // Who keeps going has the others started.
    let ended = workspace.dev(&["--keep-going"]).run();
    assert_eq!(ended.code(), Some(3), "{}", ended.all());
    assert!(
        ended
            .out
            .contains("api could not be started: `no-such-program` is not on PATH"),
        "{}",
        ended.out
    );
}

#[test]
fn until_ready_ends_well_once_all_is_ready() {
    let workspace = Workspace::new(
        &[
            stubborn("api", "tree deaf", ""),
            stubborn("web", "daemon bare", ""),
        ]
        .concat(),
    );
    let ended = workspace.dev(&["--until-ready"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert!(
        ended.out.contains("all ready") && ended.out.contains("stopping: all was ready"),
        "{}",
        ended.out
    );
    assert_alone(&workspace);
}

#[test]
fn until_ready_fails_when_a_service_ends_first_even_with_success() {
    let workspace = Workspace::new(
        &[
            stubborn("api", "burst 1 0", "ready = { log = \"never\" }"),
            stubborn("web", "polite", ""),
        ]
        .concat(),
    );
    let ended = workspace.dev(&["--until-ready"]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
}

#[test]
fn until_ready_ends_although_keep_going_waits_for_nobody() {
    let workspace =
        Workspace::new(&[stubborn("api", "crash", ""), stubborn("web", "polite", "")].concat());
    let ended = workspace.dev(&["--until-ready", "--keep-going"]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    assert!(ended.out.contains("web ready"), "{}", ended.out);
    assert_alone(&workspace);
}

#[test]
fn a_timeout_names_who_was_not_ready() {
    let workspace = Workspace::new(
        &[
            stubborn("api", "polite", "ready = { log = \"never\" }"),
            stubborn("web", "polite", ""),
            stubborn(
                "worker",
                "deaf",
                "ready = { tcp = 1 }\nstop = { grace = \"300ms\" }",
            ),
        ]
        .concat(),
    );
    let ended = workspace.dev(&["--timeout", "1500ms"]).run();
    assert_eq!(ended.code(), Some(3), "{}", ended.all());
    for wanted in [
        "not all was ready in time: api (no line with ",
        ") and worker (port 1 ",
    ] {
        assert!(ended.out.contains(wanted), "{}", ended.out);
    }
    assert_alone(&workspace);
}

#[test]
fn a_service_with_a_time_of_its_own_is_named_when_it_is_late() {
    let workspace = Workspace::new(&stubborn(
        "api",
        "polite",
        "ready = { log = \"never\", timeout = \"700ms\" }",
    ));
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    assert!(
        ended
            .out
            .contains("api did not get ready: not ready after 0.7 s: no line with never"),
        "{}",
        ended.out
    );
    assert_alone(&workspace);
}

#[test]
fn why_the_last_attempt_failed_is_said_of_a_service_that_is_late() {
    let port = free_port();
    let cases = [
        (
            "exec = [\"no-such-probe\"]".to_owned(),
            "`no-such-probe`".to_owned(),
        ),
        (
            "exec = \"exit 4\"".to_owned(),
            "`exit 4` ended with exit code 4".to_owned(),
        ),
        (
            format!("tcp = {port}"),
            format!("port {port} accepts no connection"),
        ),
        (
            "http = \"http://127.0.0.1:{port}/up\"".to_owned(),
            format!("http://127.0.0.1:{port}/up: refuses connections"),
        ),
    ];
    for (check, why) in cases {
        let more = format!("port = {port}\nready = {{ {check}, timeout = \"700ms\" }}");
        let workspace = Workspace::new(&stubborn("api", "polite", &more));
        let ended = workspace.dev(&[]).run();
        assert_eq!(ended.code(), Some(1), "{}", ended.all());
        let told = format!("not ready after 0.7 s: {why}");
        assert!(ended.out.contains(&told), "{told}: {}", ended.out);
        assert_alone(&workspace);
    }
}

#[test]
fn a_reloader_whose_server_cannot_start_is_reported_at_once() {
    let workspace = Workspace::new(&stubborn(
        "api",
        "reloader DIR/change",
        "ready = { log = \"startup complete\" }",
    ));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("waiting for a change of the code");
    let card = session.out();
    assert!(
        card.contains("api did not get ready")
            && card.contains("No module named 'a_module_that_is_not_there'"),
        "{card}"
    );
    let cause = "no Python module `a_module_that_is_not_there`";
    assert!(card.contains(cause), "the cause is known: {card}");
    workspace.write("change", "mended");
    session.wait_for("all ready");
    session.signal(nix::sys::signal::Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
    assert_alone(&workspace);
}

#[test]
fn a_reloader_whose_server_cannot_start_ends_a_run_that_waits_for_ready() {
    let workspace = Workspace::new(&stubborn(
        "api",
        "reloader DIR/change",
        "ready = { log = \"startup complete\" }",
    ));
    let ended = workspace.dev(&["--until-ready"]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    assert!(ended.out.contains("api did not get ready"), "{}", ended.out);
    assert_alone(&workspace);
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_that_dies_below_its_reloader_is_noticed_and_so_is_the_next_one() {
    let port = free_port();
    let ready = format!(
        // No answer is waited for so long: nobody takes the connection.
        "port = {port}\nready = {{ http = \"http://127.0.0.1:{port}/\", attempt = \"10m\" }}"
    );
    let words = format!("socket_reloader {port} DIR/change");
    let workspace = Workspace::new(&stubborn("api", &words, &ready));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let state = || workspace.command(&["ps", "--format", "json"], &[]).run();
    // Who answers this has looked at the processes of what got ready.
    assert!(state().out.contains("\"ready\""), "{}", state().all());
    let server = |process: &crate::support::Living| process.command.contains(".py server");
    let all = living(workspace.path());
    let server = all
        .iter()
        .find(|process| server(process))
        .expect("the server")
        .pid;
    let server = nix::unistd::Pid::from_raw(i32::try_from(server).expect("a pid"));
    nix::sys::signal::kill(server, nix::sys::signal::Signal::SIGKILL).expect("alive");
    session.wait_for("api answers no more: its server ended with SIGKILL (killed; ");
    assert!(state().out.contains("\"stalled\""), "{}", state().all());
    workspace.write("change", "mended");
    session.wait_for("api is healthy again");
    session.signal(nix::sys::signal::Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
    assert_alone(&workspace);
}
