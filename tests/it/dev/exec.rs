//! `dev --exec`: a command between start and stop, and nothing but its own end counts.

use nix::sys::signal::Signal;

use crate::support::{HANG, Workspace, free_port, living, stubborn, within};

#[test]
fn no_success_without_the_commands_own() {
    let port = free_port();
    let never = format!(
        "[services.api]\ncommand = \"echo starting; exit 0\"\nready = {{ http = \"http://127.0.0.1:{port}/\" }}\n"
    );
    let meanwhile = "[services.s]\ncommand = \"while ! test -e begun; do sleep 0.05; done; exit 3\"\nsuccess-codes = [3]\n";
    for (services, ran) in [(never.as_str(), false), (meanwhile, true)] {
        let workspace = Workspace::new(services);
        let line = "echo it runs; touch begun; sleep 1000 & wait; exit 5";
        let ended = workspace.dev(&["--exec", line]).run();
        assert_eq!(ended.code(), Some(1), "{}", ended.all());
        assert_eq!(ended.out.contains("it runs"), ran, "{}", ended.all());
        assert_eq!(living(workspace.path()), []);
    }
}

#[test]
fn the_commands_code_is_ours_whatever_else_has_failed() {
    let services = "[services.u]\ncommand = \"while ! test -e begun; do sleep 0.05; done; exit 1\"\n\
                    [services.v]\ncommand = \"exec sleep 1000\"\n";
    let workspace = Workspace::new(services);
    // Until `u` has failed, and its end was told.
    let until = "until grep -q 'ended with' .pixcrawler/logs/u.log; do sleep 0.05; done";
    for code in [0, 5] {
        let line = format!("touch begun; {until}; exit {code}");
        let ended = workspace.dev(&["--keep-going", "--exec", &line]).run();
        assert_eq!(ended.code(), Some(code), "{}", ended.all());
    }
}

#[test]
fn a_service_may_have_any_name() {
    let workspace = Workspace::new(&stubborn("exec", "polite", ""));
    let ended = workspace.dev(&["--exec", "echo it runs; exit 5"]).run();
    assert_eq!(ended.code(), Some(5), "{}", ended.all());
    assert_eq!(ended.out, "it runs\n");
    let told = "exec-command ended after";
    assert!(ended.err.contains(told), "{}", ended.all());
}

#[test]
fn whoever_ends_by_a_signal_lets_us_die_by_it() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    for (name, number) in [("INT", 2), ("TERM", 15), ("KILL", 9), ("SEGV", 11)] {
        let line = format!("kill -{name} $$");
        let ended = workspace.dev(&["--exec", &line]).run();
        assert_eq!(ended.signal(), Some(number), "{}", ended.all());
        assert_eq!(living(workspace.path()), []);
    }
}

#[test]
fn what_means_something_to_the_command_alone_reaches_it() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    for signal in [Signal::SIGUSR1, Signal::SIGUSR2, Signal::SIGQUIT] {
        let name = &signal.as_str()[3..];
        let line =
            format!("trap 'echo got it; exit 7' {name}; echo begun; while :; do sleep 0.1; done");
        let mut session = workspace.dev(&["--exec", &line]).start();
        session.wait_for("begun");
        session.signal(signal);
        let ended = session.end();
        assert_eq!(ended.code(), Some(7), "{}", ended.all());
        assert!(ended.out.contains("got it"), "{}", ended.all());
        assert_eq!(living(workspace.path()), []);
    }
}

#[test]
fn without_a_command_such_a_signal_ends_nothing() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    session.signal(Signal::SIGUSR1);
    session.signal(Signal::SIGUSR2);
    let shown = workspace.command(&["ps"], &[]).run();
    assert_eq!(shown.code(), Some(0), "{}", shown.all());
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
}

#[test]
fn a_ctrl_c_before_the_command_is_no_success() {
    let workspace = Workspace::new(&stubborn("api", "polite", "ready = { log = \"never\" }"));
    let mut session = workspace.dev(&["--exec", "true", "-v"]).start();
    session.wait_until_told("  up\n");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.signal(), Some(2), "{}", ended.all());
}

#[test]
fn a_second_signal_ends_a_command_that_does_not_listen() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    let line = "trap '' TERM; echo begun; while :; do sleep 0.1; done";
    let mut session = workspace.dev(&["--exec", line]).start();
    session.wait_for("begun");
    session.signal(Signal::SIGTERM);
    // Closer together they would be one.
    std::thread::sleep(std::time::Duration::from_millis(400));
    session.signal(Signal::SIGTERM);
    let began = std::time::Instant::now();
    let ended = session.end();
    assert_eq!(ended.signal(), Some(15), "{}", ended.all());
    assert!(began.elapsed() < std::time::Duration::from_secs(4));
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_single_interrupt_is_no_reason_to_wait_for_ever_nor_in_silence() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    let line = "trap '' INT; echo begun; while :; do sleep 0.1; done";
    let mut session = workspace.dev(&["--exec", line]).start();
    session.wait_for("begun");
    session.signal(Signal::SIGINT);
    session.wait_until_told("Ctrl+C went to exec (pid ");
    let ended = session.end();
    assert_eq!(ended.signal(), Some(2), "{}", ended.all());
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn nobody_is_left_to_ask_when_the_terminal_is_closed() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    let line = "trap '' HUP; echo begun; exec sleep 1000";
    let mut session = workspace.dev(&["--exec", line]).in_terminal().start();
    session.wait_for("begun");
    session.type_in("!close\n");
    session.end();
    assert!(within(HANG, || living(workspace.path()).is_empty()));
}

#[test]
fn the_terminal_is_the_commands_alone() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    let line = "printf begun; sleep 0.6; printf 'name? '; read a; printf \"it is $a\"; sleep 0.3; echo over";
    let mut session = workspace.dev(&["--exec", line]).in_terminal().start();
    session.wait_for("name? ");
    session.type_in("pix\n");
    session.wait_for("everything stopped");
    let ended = session.end();
    let shown = ended.out.replace('\r', "");
    assert!(
        shown.contains("begunname? pix\nit is pixover\n"),
        "{shown:?}"
    );
    assert!(shown.contains("exec done in"), "{shown:?}");
}

#[test]
fn a_command_is_a_command() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    for nothing in ["", "  "] {
        let ended = workspace.dev(&["--exec", nothing]).run();
        assert_eq!(ended.code(), Some(2), "{}", ended.all());
        assert!(
            ended.err.contains("the command is empty"),
            "{}",
            ended.all()
        );
    }
    for nothing in [&["--"][..], &["--", ""]] {
        let ended = workspace.dev(nothing).run();
        assert_eq!(ended.code(), Some(2), "{}", ended.all());
        let told = "the command behind `--` is empty";
        assert!(ended.err.contains(told), "{}", ended.all());
    }
}

#[test]
fn a_command_that_cannot_be_started_is_told_before_anything_is() {
    let workspace = Workspace::new("[services.api]\ncommand = \"touch began; exec sleep 1000\"\n");
    let ended = workspace.dev(&["--exec", "no-such-program x"]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    let told = "--exec: `no-such-program` is not on PATH";
    assert!(ended.err.contains(told), "{}", ended.all());
    assert!(!ended.err.contains("`command`"), "{}", ended.all());
    assert!(!workspace.file("began").exists(), "nothing was started");
}

#[test]
fn a_command_that_is_stopped_from_outside_ends_the_session() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    for (line, code, signal) in [
        ("echo begun; exec sleep 1000", None, Some(15)),
        (
            "trap 'exit 3' TERM; echo begun; sleep 1000 & wait",
            Some(3),
            None,
        ),
        (
            "trap 'exit 0' TERM; echo begun; sleep 1000 & wait",
            Some(1),
            None,
        ),
    ] {
        let mut session = workspace.dev(&["--exec", line]).start();
        session.wait_for("begun");
        let stopped = workspace.command(&["stop"], &["exec"]).run();
        assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
        let ended = session.end();
        assert_eq!(
            (ended.code(), ended.signal()),
            (code, signal),
            "{}",
            ended.all()
        );
        assert_eq!(living(workspace.path()), []);
    }
}

#[test]
fn a_command_does_not_wait_for_what_was_stopped_by_hand() {
    let slow = "[services.slow]\ncommand = \"exec sleep 1000\"\nready = { log = \"never\" }\n";
    let workspace = Workspace::new(&(stubborn("api", "polite", "") + slow));
    for (args, told) in [
        (
            &["--exec", "echo it runs"][..],
            "exec waits for slow, which was stopped by hand",
        ),
        (
            &["--until-ready"],
            "not all will be ready: slow was stopped by hand",
        ),
    ] {
        let session = workspace.dev(args).start();
        let is_up = || {
            let shown = workspace.command(&["ps"], &[]).run();
            shown.out.contains("starting") && shown.out.contains("api")
        };
        assert!(within(HANG, is_up));
        let stopped = workspace.command(&["stop"], &["slow"]).run();
        assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
        let ended = session.end();
        assert_eq!(ended.code(), Some(1), "{}", ended.all());
        assert!(ended.all().contains(told), "{}", ended.all());
        assert!(!ended.all().contains("all ready"), "{}", ended.all());
        assert!(!ended.out.contains("it runs"), "{}", ended.all());
        assert_eq!(living(workspace.path()), []);
    }
}
