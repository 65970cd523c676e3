//! The interface in a terminal: what it shows, what its keys do, and the terminal afterwards.

use nix::sys::signal::{Signal, kill};

use crate::support::{
    Dev, Ended, HANG, Session, Workspace, keeper_of, living, stubborn, supervisor_of, within,
};

/// What switches to the second screen, and back.
const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?1049l";

fn workspace() -> Workspace {
    let talker = "[services.talker]\ncommand = \"echo before everything; echo up; while :; do echo talk; sleep 0.1; done\"\nready = { log = \"up\" }\n";
    Workspace::new(&[stubborn("api", "polite", ""), talker.to_owned()].concat())
}

fn in_terminal(dev: Dev) -> Dev {
    dev.in_terminal().env("TERMINAL_SIZE", "24x80")
}

fn open(workspace: &Workspace) -> Session {
    let session = in_terminal(workspace.dev(&["--tui"])).start();
    wait_to_see(&session, "2 of 2 ready");
    session
}

/// The terminal as somebody sees it.
fn screen(out: &str) -> String {
    let mut terminal = vt100::Parser::default();
    terminal.process(out.as_bytes());
    terminal.screen().contents()
}

fn wait_to_see(session: &Session, wanted: &str) {
    let seen = within(HANG, || screen(&session.out()).contains(wanted));
    assert!(
        seen,
        "`{wanted}` is never seen:\n{}",
        screen(&session.out())
    );
}

/// The process that was typed: the terminal's child.
pub(super) fn guard(workspace: &Workspace) -> u32 {
    let all = living(workspace.path());
    let guard = all
        .iter()
        .filter(|process| process.name == "pixcrawler")
        .map(|process| process.pid)
        .min();
    guard.unwrap_or_else(|| panic!("{all:?}"))
}

fn kill_hard(pid: u32) {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).expect("a pid"));
    kill(pid, Signal::SIGKILL).expect("it is alive");
}

/// How the terminal is afterwards: as it was, and on its first screen.
fn assert_intact(ended: &Ended) -> serde_json::Value {
    let report = ended
        .err
        .lines()
        .rfind(|line| line.starts_with('{'))
        .unwrap_or_else(|| panic!("{}", ended.all()));
    let report: serde_json::Value = serde_json::from_str(report).expect("an object");
    assert_eq!(report["unchanged"], true, "{}", ended.all());
    let last = |sequence: &str| ended.out.rfind(sequence);
    assert!(last(ENTER).is_some() && last(LEAVE) > last(ENTER));
    assert!(last("\x1b[?25h") > last("\x1b[?25l"), "the cursor is seen");
    assert!(
        last("\x1b[?1000l") > last("\x1b[?1000h"),
        "the mouse is free"
    );
    report
}

#[test]
fn keys_do_what_they_say_and_ctrl_c_leaves_a_summary() {
    let workspace = workspace();
    let mut session = open(&workspace);
    wait_to_see(&session, "talk\n");
    // The second row is `api`.
    session.type_in("jr");
    wait_to_see(&session, "restarting api");
    wait_to_see(&session, "restart 1");
    session.type_in("?");
    wait_to_see(&session, "any key closes");
    session.type_in(" ");
    assert!(within(HANG, || !screen(&session.out()).contains("any key closes")));
    session.type_in("x");
    wait_to_see(&session, "stopped, restart 1");
    session.type_in("\x03");
    let ended = session.end();
    assert_eq!(assert_intact(&ended)["code"], 0, "{}", ended.all());
    let left = ended.out.rfind(LEAVE).map_or("", |at| &ended.out[at..]);
    for wanted in [
        "talker",
        "stopped",
        "everything stopped after",
        ".pixcrawler/logs",
    ] {
        assert!(left.contains(wanted), "{wanted}: {}", ended.all());
    }
    assert_eq!(living(workspace.path()), []);
    assert!(workspace.log("talker").contains("talk"));
}

#[test]
fn a_service_that_dies_is_told_of_when_the_interface_is_gone() {
    let workspace = Workspace::new(
        &[
            stubborn("api", "polite", ""),
            "[services.job]\ncommand = \"echo up; sleep 0.5; echo out of milk; exit 3\"\nready = { log = \"up\" }\n".to_owned(),
        ]
        .concat(),
    );
    let ended = in_terminal(workspace.dev(&["--tui"])).run();
    assert_eq!(assert_intact(&ended)["code"], 3, "{}", ended.all());
    let left = screen(&ended.out);
    for wanted in ["out of milk", "exit code 3", "job ended"] {
        assert!(left.contains(wanted), "{wanted}: {left}");
    }
}

#[test]
fn whoever_is_killed_the_terminal_is_given_back() {
    for (kills_guard, kills_supervisor) in [(false, true), (true, false), (true, true)] {
        let workspace = workspace();
        // As in real life, a shell has the terminal before and afterwards.
        let shell = ["/bin/sh", "-c", "\"$@\"; read line; exit 0", "sh"];
        let mut session = in_terminal(workspace.dev(&["--tui"]).through(&shell)).start();
        wait_to_see(&session, "2 of 2 ready");
        let guard = guard(&workspace);
        let supervisor = supervisor_of(guard);
        if kills_guard {
            kill_hard(guard);
        }
        if kills_supervisor {
            kill_hard(supervisor);
        }
        session.wait_for(LEAVE);
        session.type_in("\n");
        let ended = session.end();
        assert_intact(&ended);
        assert!(within(HANG, || living(workspace.path()).is_empty()));
        if kills_guard && !kills_supervisor {
            // The shell has the terminal by then: what ends meanwhile is not told there.
            let left = ended.out.rsplit(LEAVE).next().unwrap_or_default();
            assert_eq!(left.matches("the guard process died").count(), 1, "{left}");
            assert!(!left.contains("everything stopped after"), "{left}");
        }
    }
}

#[test]
fn another_terminal_looks_in_and_leaves_again() {
    let workspace = workspace();
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let mut guest = in_terminal(workspace.command(&["attach", "--tui"], &[])).start();
    wait_to_see(&guest, "2 of 2 ready");
    wait_to_see(&guest, "talk\n");
    // What was printed before it came is there too.
    guest.type_in("jjg");
    wait_to_see(&guest, "before everything");
    guest.type_in("kx");
    wait_to_see(&guest, "api    stopped");
    guest.type_in("q");
    let left = guest.end();
    assert_eq!(assert_intact(&left)["code"], 0, "{}", left.all());
    assert!(left.out.contains("goes on"), "{}", left.all());

    let guest = in_terminal(workspace.dev(&["--attach", "--tui"])).start();
    wait_to_see(&guest, "1 of 2 ready");
    session.signal(Signal::SIGINT);
    let left = guest.end();
    assert_eq!(assert_intact(&left)["code"], 0, "{}", left.all());
    assert!(left.out.contains("the session is over"), "{}", left.all());
    assert_eq!(session.end().code(), Some(0));
}

#[test]
fn a_service_that_is_named_is_shown_first_and_one_that_is_not_there_is_refused() {
    let workspace = workspace();
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    for command in [&["attach", "--tui"][..], &["dev", "--attach", "--tui"]] {
        let mut guest = in_terminal(workspace.command(command, &["talker"])).start();
        wait_to_see(&guest, "\n talker ");
        guest.type_in("q");
        let left = guest.end();
        assert_eq!(assert_intact(&left)["code"], 0, "{}", left.all());
        let refused = in_terminal(workspace.command(command, &["talke"])).run();
        assert!(!refused.out.contains(ENTER), "{}", refused.all());
        assert!(
            refused.all().contains("did you mean `talker`?"),
            "{}",
            refused.all()
        );
    }
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
}

#[test]
fn a_session_that_is_killed_is_none_that_came_to_its_end() {
    let workspace = workspace();
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let guest = in_terminal(workspace.command(&["attach", "--tui"], &[])).start();
    wait_to_see(&guest, "2 of 2 ready");
    let supervisor = supervisor_of(session.id());
    kill_hard(session.id());
    kill_hard(supervisor);
    session.end();
    let left = guest.end();
    assert_eq!(assert_intact(&left)["code"], 3, "{}", left.all());
    assert!(left.out.contains("the session went away"), "{}", left.all());
    assert!(!left.out.contains("session is over"), "{}", left.all());
    assert!(within(HANG, || living(workspace.path()).is_empty()));
}

#[test]
fn a_supervisor_that_outlives_its_keeper_gives_the_terminal_back_once() {
    let workspace = workspace();
    let session = open(&workspace);
    kill_hard(keeper_of(guard(&workspace)));
    let ended = session.end();
    assert_intact(&ended);
    // Given back by two of them, pictures of the one came on the first screen of the other.
    assert_eq!(ended.out.matches(LEAVE).count(), 1, "{}", ended.all());
    let left = screen(&ended.out);
    assert!(left.contains("everything stops"), "{left}");
    assert!(within(HANG, || living(workspace.path()).is_empty()));
}

#[test]
fn a_guest_that_is_killed_leaves_the_terminal_as_it_was() {
    let workspace = workspace();
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let shell = ["/bin/sh", "-c", "\"$@\"; read line; exit 0", "sh"];
    let guest = workspace.command(&["attach", "--tui"], &[]).through(&shell);
    let mut guest = in_terminal(guest).start();
    wait_to_see(&guest, "2 of 2 ready");
    let all = living(workspace.path());
    let typed = all
        .iter()
        .find(|process| process.name == "pixcrawler" && process.command.contains("attach"))
        .unwrap_or_else(|| panic!("{all:?}"));
    kill_hard(typed.pid);
    guest.wait_for("the session goes on");
    guest.type_in("\n");
    assert_intact(&guest.end());
    assert!(within(HANG, || {
        let all = living(workspace.path());
        !all.iter().any(|process| process.command.contains("attach"))
    }));
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
}

#[test]
fn without_a_terminal_there_is_no_interface() {
    let workspace = workspace();
    let ended = workspace.dev(&["--tui"]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(ended.err.contains("needs a terminal"), "{}", ended.all());
}

#[test]
fn a_panic_of_ours_gives_the_terminal_back_and_leaves_nothing() {
    for (place, code) in [("screen", 0), ("hub", 101)] {
        let settings = [
            stubborn("api", "tree deaf", ""),
            stubborn("web", "daemon bare deaf", ""),
        ];
        let workspace = Workspace::new(&settings.concat());
        let dev = in_terminal(workspace.dev(&["--tui"]).env("PIXCRAWLER_CLI_PANIC", place));
        let ended = dev.run();
        // Without an interface nobody could stop the session any more: it ends as if asked to.
        assert_eq!(assert_intact(&ended)["code"], code, "{}", ended.all());
        let left = screen(&ended.out);
        assert!(left.contains("wants a panic here"), "{left}");
        assert_eq!(
            ended.out.matches(LEAVE).count(),
            1,
            "what was told is not written over"
        );
        assert!(within(HANG, || living(workspace.path()).is_empty()));
    }
}

#[test]
fn a_closed_terminal_ends_the_interface_and_everything() {
    let workspace = workspace();
    let mut session = open(&workspace);
    session.type_in("!close\n");
    session.end();
    assert!(within(HANG, || living(workspace.path()).is_empty()));
}

#[test]
fn a_question_is_seen_although_its_line_does_not_end() {
    let workspace =
        Workspace::new("[services.ask]\ncommand = \"printf 'name? '; exec sleep 1000\"\n");
    let session = in_terminal(workspace.dev(&["--tui"])).start();
    wait_to_see(&session, "ask waits behind: name?");
    let mut session = session;
    session.type_in("\x03");
    assert_eq!(assert_intact(&session.end())["code"], 0);
}
