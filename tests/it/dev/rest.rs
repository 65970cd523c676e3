//! What a service leaves behind goes when that service ends, not when the session does.

use nix::sys::signal::Signal;

use crate::support::{HANG, Living, Workspace, living, stubborn, within};

/// How many daemons have this word in their command.
fn daemons(workspace: &Workspace, word: &str) -> usize {
    let all = living(workspace.path());
    all.iter().filter(|one| is_daemon(one, word)).count()
}

/// The line of a shell may have the same words.
fn is_daemon(one: &Living, word: &str) -> bool {
    one.name.starts_with("python") && one.command.contains(&format!("detached {word}"))
}

/// A piece of a shell line that leaves a process in the background.
fn leave(word: &str) -> String {
    format!("python3 -BS DIR/stubborn/daemon.py detached {word} &")
}

/// The same in a session of its own, with nothing in its environment that says whose it is.
#[cfg(target_os = "linux")]
fn leave_bare(word: &str) -> String {
    format!("env -i PATH=$PATH setsid {}", leave(word))
}

#[cfg(target_os = "linux")]
#[test]
fn a_daemon_without_environment_ends_with_its_service() {
    use super::control::{run, shell};
    use super::ends::assert_nothing_is_left;

    let port = crate::support::free_port();
    let hold = format!(
        "({} env -i PATH=$PATH PORT=$PORT setsid python3 -BS DIR/stubborn/listen.py &); exec sleep 1000",
        leave_bare("of-holder")
    );
    let port_line = format!("\nport = {port}\nready");
    let settings = [
        shell(
            "one",
            &format!("({}); echo up; exec sleep 1000", leave_bare("of-one")),
        ),
        shell(
            "other",
            &format!("({}); echo up; exec sleep 1000", leave_bare("of-other")),
        ),
        shell("holder", &hold).replace("\nready", &port_line),
        format!(
            "[services.task]\ncommand = \"({}); sleep 0.5\"\ntask = true\n",
            leave_bare("of-task")
        ),
    ];
    let workspace = Workspace::new(&settings.concat());
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let counted = |one, other, holder| {
        let words = ["of-one", "of-other", "of-holder"];
        let wanted = [one, other, holder];
        assert!(
            within(HANG, || words.map(|word| daemons(&workspace, word))
                == wanted),
            "{:?} and not {wanted:?}",
            words.map(|word| daemons(&workspace, word))
        );
        // Nobody comes later.
        assert_eq!(words.map(|word| daemons(&workspace, word)), wanted);
    };
    let order = |command, name| {
        let ended = run(&workspace, command, &[name]);
        assert_eq!(ended.code(), Some(0), "{}", ended.all());
    };
    counted(1, 1, 1);
    for name in ["one", "holder"] {
        order("restart", name);
        counted(1, 1, 1);
    }
    order("stop", "one");
    counted(0, 1, 1);
    order("stop", "holder");
    counted(0, 1, 0);
    let task = daemons(&workspace, "of-task");
    assert_eq!(task, 1, "what a task started stays for the others");
    std::net::TcpListener::bind(("127.0.0.1", port)).expect("nobody holds the port");
    session.signal(Signal::SIGINT);
    session.end();
    assert_nothing_is_left(&workspace, port);
}

#[cfg(target_os = "linux")]
#[test]
fn no_daemons_pile_up_while_a_task_runs_again() {
    let task = format!(
        "[services.task]\ncommand = \"({}); sleep 0.3\"\ntask = true\n",
        leave_bare("of-task")
    );
    let workspace = Workspace::new(&(task + &stubborn("web", "polite", "")));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let pids = || -> Vec<u32> {
        let all = living(workspace.path()).into_iter();
        all.filter(|one| is_daemon(one, "of-task"))
            .map(|one| one.pid)
            .collect()
    };
    assert!(within(HANG, || pids().len() == 1), "{:?}", pids());
    for _ in 0..2 {
        let before = pids();
        let ended = super::control::run(&workspace, "restart", &["task"]);
        assert_eq!(ended.code(), Some(0), "{}", ended.all());
        assert!(
            within(HANG, || pids().len() == 1 && pids() != before),
            "{before:?} {:?}",
            pids()
        );
    }
    session.signal(Signal::SIGINT);
    session.end();
    assert_eq!(living(workspace.path()), []);
}

#[cfg(target_os = "linux")]
#[test]
fn no_daemons_pile_up_while_a_service_crashes() {
    let line = format!("({}); sleep 0.5; exit 1", leave_bare("of-crash"));
    let more =
        "restart = { when = \"on-failure\", delay = \"100ms\", max-delay = \"100ms\", limit = 0 }";
    let settings = format!("[services.crash]\ncommand = \"{line}\"\n{more}\n\n");
    let workspace = Workspace::new(&(settings + &stubborn("web", "polite", "")));
    let mut session = workspace.dev(&["--keep-going"]).start();
    session.wait_for("web ready");
    let starts = || session.out().matches("crash is started again").count();
    let (before, mut seen) = (starts(), 0);
    let many = within(HANG, || {
        let now = daemons(&workspace, "of-crash");
        assert!(now <= 1, "{now} daemons of a service that has one");
        seen += now;
        seen > 2 && starts() > before + 3
    });
    assert!(many, "{seen} seen in {} starts", starts() - before);
    session.signal(Signal::SIGINT);
    session.end();
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn what_a_checks_command_leaves_goes_with_it() {
    #[cfg(target_os = "linux")]
    let left = [leave("of-check"), leave_bare("of-check")].join(" ");
    #[cfg(not(target_os = "linux"))]
    let left = leave("of-check");
    let quick = format!(
        "health = {{ exec = \"{left} sleep 0.2; echo x >> quick\", interval = \"100ms\" }}\nready = {{ exec = \"{left}\" }}"
    );
    // One that is cut off.
    let slow = format!(
        "health = {{ exec = \"{left} echo x >> slow; exec sleep 1000\", interval = \"100ms\", attempt = \"300ms\" }}\nready = {{ log = \"up\" }}"
    );
    let settings = [
        stubborn("quick", "daemon bare of-quick", &quick),
        stubborn("slow", "polite", &slow),
    ];
    let workspace = Workspace::new(&settings.concat());
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let asked = |file: &str| {
        let text = std::fs::read_to_string(workspace.file(file)).unwrap_or_default();
        text.lines().count()
    };
    assert!(within(HANG, || asked("quick") > 5 && asked("slow") > 5));
    let left = daemons(&workspace, "of-check");
    // One check of each may be at it at this moment.
    assert!(left <= 4, "{left} are left of more than ten checks");
    let all = living(workspace.path());
    let own = all
        .iter()
        .filter(|one| one.command.contains("of-quick") && one.command.contains("detached"));
    assert_eq!(own.count(), 1, "the service's own daemon stays");
    session.signal(Signal::SIGINT);
    session.end();
    assert_eq!(living(workspace.path()), []);
}
