//! A service has its grace also where a shell leads it, which the signal ends at once.

use nix::sys::signal::Signal;

use super::control::run;
use crate::support::{HANG, Workspace, living, stubborn, within};

/// Has more to do when it is asked to end.
const LATE: &str = "\
import signal, sys, time
def end(number, frame):
    print('asked', flush=True)
    time.sleep(1.5)
    open(f'cleaned-{sys.argv[1]}', 'w').close()
    sys.exit(5)
signal.signal(signal.SIGTERM, end)
print('up', flush=True)
while True:
    time.sleep(0.1)
";

/// A service that runs it by way of this line, and those below it that it is for.
fn late(name: &str, line: &str, more: &str) -> String {
    format!(
        "[services.{name}]\ncommand = \"{line}\"\nready = {{ log = \"up\" }}\nstop = {{ grace = \"60s\"{more} }}\n"
    )
}

#[test]
fn what_a_shell_leads_may_clean_up() {
    let lines = [
        ("alone", "python3 -BS late.py alone", ""),
        ("line", "cd . && python3 -BS late.py line; true", ""),
        (
            "leader",
            "cd . && python3 -BS late.py leader; true",
            ", to = \"leader\"",
        ),
    ];
    let services: String = lines
        .map(|(name, line, more)| late(name, line, more))
        .concat();
    let below = "[services.below]\ncommand = \"trap 'ls > seen; exit 0' TERM; echo up; while :; do sleep 0.05; done\"\nready = { log = \"up\" }\n";
    let waits = services.replace(
        "[services.line]",
        "[services.line]\ndepends-on = [\"below\"]",
    );
    let workspace = Workspace::new(&(waits + below));
    workspace.write("late.py", LATE);
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let ended = run(&workspace, "restart", &["alone"]);
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert!(
        workspace.file("cleaned-alone").exists(),
        "{}",
        session.out()
    );
    let stopped = run(&workspace, "stop", &[]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    let ended = session.end();
    for (name, ..) in lines {
        assert!(
            workspace.file(&format!("cleaned-{name}")).exists(),
            "{name}: {}",
            ended.all()
        );
        let asked = workspace.log(name).matches("asked").count();
        assert_eq!(
            asked,
            if name == "alone" { 2 } else { 1 },
            "{name}: {}",
            ended.all()
        );
    }
    // Nobody on whom it counts goes before it is done.
    let seen = std::fs::read_to_string(workspace.file("seen")).expect("it was asked");
    assert!(seen.contains("cleaned-line"), "{seen}");
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn what_never_ends_is_killed_when_its_time_is_over() {
    let deaf = "cd . && trap '' TERM && sh -c 'echo up; while :; do sleep 0.1; done'; true";
    let service = late(
        "deaf",
        &format!("sh -c \\\"{deaf}\\\" & trap 'exit 0' TERM; wait"),
        "",
    );
    let workspace = Workspace::new(&service.replace("60s", "2s"));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let since = std::time::Instant::now();
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert!(
        since.elapsed() >= std::time::Duration::from_secs(2),
        "{}",
        ended.all()
    );
    assert!(ended.all().contains("waiting for deaf"), "{}", ended.all());
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_command_of_one_program_gets_its_signals_itself() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    workspace.write("late.py", LATE);
    let dev = workspace.dev(&["--exec", "python3 -BS late.py command"]);
    let mut session = dev.start();
    session.wait_for("up");
    session.signal(Signal::SIGTERM);
    let ended = session.end();
    assert_eq!(ended.code(), Some(5), "{}", ended.all());
    assert!(
        workspace.file("cleaned-command").exists(),
        "{}",
        ended.all()
    );
}

#[test]
fn who_kills_the_whole_group_leaves_somebody_to_clean_up() {
    let line = "trap '' TERM; echo up; while :; do sleep 0.1; done";
    let deaf = |name| late(name, &format!("sh -c \\\"{line}\\\"; true"), "");
    let workspace = Workspace::new(&(deaf("one") + &deaf("other")));
    // A group of its own, as `timeout` and a shell make one.
    let mut session = workspace.dev(&[]).through(&["setsid"]).start();
    session.wait_for("all ready");
    let group = i32::try_from(session.id()).expect("a pid");
    let group = nix::unistd::Pid::from_raw(group);
    nix::sys::signal::killpg(group, Signal::SIGKILL).expect("it lives");
    let gone = within(HANG, || living(workspace.path()).is_empty());
    assert!(gone, "alive: {:?}", living(workspace.path()));
}

#[test]
fn what_is_suspended_hears_that_it_is_to_stop() {
    let leader = "trap 'echo asked; exit 0' TERM; echo up; while :; do sleep 0.1; done";
    let workspace = Workspace::new(&late("api", leader, ""));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    for process in living(workspace.path()) {
        let pid = i32::try_from(process.pid).expect("a pid");
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), Signal::SIGSTOP).expect("alive");
    }
    let since = std::time::Instant::now();
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert!(ended.out.contains("asked"), "{}", ended.all());
    assert!(since.elapsed().as_secs() < 60, "{}", ended.all());
}
