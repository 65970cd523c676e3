//! What a session left behind that was killed with everything that would have cleaned up.

use nix::sys::signal::{Signal, kill};

use crate::support::{
    HANG, Living, Session, Workspace, free_port, is_there, keeper_of, living, stubborn,
    supervisor_of, within,
};

fn raw(pid: u32) -> nix::unistd::Pid {
    nix::unistd::Pid::from_raw(i32::try_from(pid).expect("a pid"))
}

/// On Linux such a one carries a stamp; elsewhere nothing tells whose it is.
const BARE: &str = if cfg!(target_os = "linux") {
    "daemon bare"
} else {
    "daemon"
};

/// A server and one who ignores requests; of the session that started them nobody is alive.
fn abandoned() -> (Workspace, u16) {
    let port = free_port();
    let ready = format!("port = {port}\nready = {{ http = \"http://127.0.0.1:{port}/\" }}");
    let workspace = Workspace::new(
        &[
            // The leaders are asked to end when the supervisor dies; these do not listen.
            stubborn("api", "listen deaf", &ready),
            stubborn("deaf", "tree deaf", ""),
            // It has nothing in its environment that says whose it is.
            stubborn("bare", BARE, ""),
        ]
        .concat(),
    );
    let mut session: Session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    kill_all_of(session);
    let left = living(workspace.path());
    let is_left = |words: &str| left.iter().any(|one| one.command.contains(words));
    assert!(is_left("deaf") && is_left("detached"), "{left:?}");
    (workspace, port)
}

/// Ends a session with all who would clean up after it.
pub(super) fn kill_all_of(session: Session) {
    let (keeper, supervisor) = (keeper_of(session.id()), supervisor_of(session.id()));
    // Stopped first: none of them has a moment to do its work.
    for pid in [session.id(), keeper, supervisor] {
        kill(raw(pid), Signal::SIGSTOP).expect("alive");
    }
    for pid in [keeper, session.id(), supervisor] {
        kill(raw(pid), Signal::SIGKILL).expect("alive");
    }
    session.end();
    // On a busy machine the others are there a moment longer, and keep what is theirs.
    assert!(within(HANG, || !is_there(keeper) && !is_there(supervisor)));
}

/// What lives when nobody comes or goes any more: a daemon's parents are there for a moment.
fn settled(workspace: &Workspace) -> Vec<Living> {
    let mut last = living(workspace.path());
    let is_settled = || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        let now = living(workspace.path());
        let same = now == last;
        last = now;
        same
    };
    assert!(within(HANG, is_settled));
    last
}

fn clean_up(workspace: &Workspace) {
    for process in living(workspace.path()) {
        let _ = kill(raw(process.pid), Signal::SIGKILL);
    }
}

#[test]
fn leftovers_are_named_with_their_session_and_ended_on_request() {
    let (workspace, port) = abandoned();
    let refused = workspace.dev(&["--until-ready"]).run();
    assert_eq!(refused.code(), Some(1), "{}", refused.all());
    assert!(
        refused
            .err
            .contains(&format!("port {port} of `api` is taken by python3"))
            && refused.err.contains("left by your session of ")
            && refused.err.contains("pixcrawler dev --takeover"),
        "{}",
        refused.all()
    );
    let taken_over = workspace.dev(&["--until-ready", "--takeover"]).run();
    assert_eq!(taken_over.code(), Some(0), "{}", taken_over.all());
    assert!(
        taken_over.err.contains("leftovers of your session of"),
        "{}",
        taken_over.all()
    );
    assert!(within(HANG, || living(workspace.path()).is_empty()));
    let nothing = workspace.dev(&["--until-ready", "--takeover"]).run();
    assert!(!nothing.err.contains("leftover"), "{}", nothing.all());
}

#[test]
fn other_terminals_say_what_is_left_and_end_it() {
    let (workspace, _) = abandoned();
    let named = workspace.command(&["ps"], &[]).run();
    assert_eq!(named.code(), Some(3), "{}", named.all());
    assert!(
        named.err.contains("were left by your session of ")
            && named.err.contains("pixcrawler stop"),
        "{}",
        named.all()
    );
    let stopped = workspace.command(&["stop"], &[]).run();
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    assert!(
        stopped.err.contains("were left, and were ended"),
        "{}",
        stopped.all()
    );
    assert!(within(HANG, || living(workspace.path()).is_empty()));
}

#[test]
fn what_an_older_session_left_is_found_after_a_newer_one() {
    let workspace = Workspace::new(&stubborn(
        "deaf",
        "tree deaf",
        "stop = { grace = \"300ms\" }",
    ));
    let mut killed = workspace.dev(&[]).start();
    killed.wait_for("all ready");
    kill_all_of(killed);
    let mut newer = workspace.dev(&[]).start();
    newer.wait_for("all ready");
    let run = |words: &[&str]| workspace.command(words, &[]).run();
    let beside = run(&["ps"]);
    assert_eq!(beside.code(), Some(0), "{}", beside.all());
    assert!(
        beside.err.contains("left by your session of ")
            && beside.err.contains("ends the session and what was left"),
        "{}",
        beside.all()
    );
    newer.signal(Signal::SIGINT);
    newer.end();
    let named = run(&["ps"]);
    assert_eq!(named.code(), Some(3), "{}", named.all());
    assert!(
        named.err.contains("left by your session of ") && named.err.contains("pixcrawler stop"),
        "{}",
        named.all()
    );
    let looked = run(&["doctor", "--only", "leftovers"]);
    assert!(
        looked.out.contains("left by your session of ") && looked.out.contains("pixcrawler stop"),
        "{}",
        looked.all()
    );
    assert!(!living(workspace.path()).is_empty());
    let stopped = run(&["stop"]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    assert!(stopped.err.contains("ended"), "{}", stopped.all());
    assert_eq!(living(workspace.path()), []);
    let nothing = run(&["stop"]);
    assert_eq!(nothing.code(), Some(0), "{}", nothing.all());
    assert!(nothing.err.contains("nothing to stop"), "{}", nothing.all());
}

#[test]
fn a_session_in_the_background_tells_of_leftovers_before_it_begins() {
    let grace = "stop = { grace = \"300ms\" }";
    let workspace = Workspace::new(&stubborn("deaf", "tree deaf", grace));
    for _ in 0..2 {
        let mut killed = workspace.dev(&[]).start();
        killed.wait_for("all ready");
        kill_all_of(killed);
    }
    let told = workspace.dev(&["--detach"]).run();
    assert_eq!(told.code(), Some(0), "{}", told.all());
    assert!(
        told.err.contains("left by your sessions of ")
            && told.err.contains("pixcrawler dev --takeover"),
        "{}",
        told.all()
    );
    let stopped = workspace.command(&["stop"], &[]).run();
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn stopping_a_newer_session_ends_what_an_older_one_left() {
    let workspace = Workspace::new(&stubborn(
        "deaf",
        "tree deaf",
        "stop = { grace = \"300ms\" }",
    ));
    for _ in 0..2 {
        let mut killed = workspace.dev(&[]).start();
        killed.wait_for("all ready");
        kill_all_of(killed);
    }
    let mut newest = workspace.dev(&[]).start();
    newest.wait_for("all ready");
    let stopped = workspace.command(&["stop"], &[]).run();
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    assert!(
        stopped.err.contains("left by your sessions of ") && stopped.err.contains("were ended"),
        "{}",
        stopped.all()
    );
    newest.end();
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn another_user_is_told_whose_session_runs() {
    if !nix::unistd::Uid::effective().is_root() {
        crate::support::left_out("another user", "only an administrator can be one");
        return;
    }
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let told = format!(
        "a session of root (pid {}) runs here, and only root can speak to it",
        supervisor_of(session.id())
    );
    for (words, code) in [
        (&["ps"][..], 3),
        (&["stop"], 3),
        (&["stop", "api"], 3),
        (&["restart", "api"], 3),
        (&["attach"], 3),
        (&["dev", "--no-check"], 4),
    ] {
        let refused = workspace.command(words, &[]).by_a_stranger().run();
        assert_eq!(refused.code(), Some(code), "{words:?}: {}", refused.all());
        assert!(refused.err.contains(&told), "{words:?}: {}", refused.all());
        assert!(!refused.err.contains("writable"), "{}", refused.all());
    }
    session.signal(Signal::SIGINT);
    session.end();
    let none = workspace.command(&["ps"], &[]).by_a_stranger().run();
    assert_eq!(none.code(), Some(3), "{}", none.all());
    assert!(none.err.contains("no session is running"), "{}", none.all());
}

#[test]
fn an_order_that_was_told_as_failed_is_not_carried_out_later() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    // In a group of its own, which nobody else's `stop` lets go on.
    let mut session = workspace.dev(&[]).through(&["setsid"]).start();
    session.wait_for("all ready");
    let supervisor = raw(supervisor_of(session.id()));
    kill(supervisor, Signal::SIGSTOP).expect("alive");
    let failed = workspace.command(&["restart", "api"], &[]).run();
    assert_eq!(failed.code(), Some(3), "{}", failed.all());
    assert!(failed.err.contains("does not answer"), "{}", failed.all());
    kill(supervisor, Signal::SIGCONT).expect("alive");
    // What is asked now comes after it.
    let shown = workspace.command(&["ps"], &["--format", "json"]).run();
    let shown: serde_json::Value = serde_json::from_str(&shown.out).expect("JSON");
    assert_eq!(shown["services"][0]["restarts"], 0, "{shown}");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert!(!ended.out.contains("restarting"), "{}", ended.all());
}

#[test]
fn a_suspended_supervisor_hears_who_wants_the_end() {
    let workspace = Workspace::new(&stubborn("api", "tree", ""));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    kill(raw(supervisor_of(session.id())), Signal::SIGSTOP).expect("alive");
    session.signal(Signal::SIGTERM);
    let ended = session.end();
    assert_eq!(ended.signal(), Some(15), "{}", ended.all());
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_hangup_of_the_supervisor_alone_ends_the_session() {
    let workspace = Workspace::new(&stubborn("api", "tree", ""));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    kill(raw(supervisor_of(session.id())), Signal::SIGHUP).expect("alive");
    let ended = session.end();
    assert_eq!(ended.signal(), Some(1), "{}", ended.all());
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_suspended_session_is_stopped_from_another_terminal() {
    let workspace = Workspace::new(&stubborn("api", "tree", ""));
    let mut session: Session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    // As Ctrl+Z does it.
    for pid in [
        keeper_of(session.id()),
        supervisor_of(session.id()),
        session.id(),
    ] {
        kill(raw(pid), Signal::SIGSTOP).expect("alive");
    }
    let stopped = workspace.command(&["stop"], &[]).run();
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    session.end();
    assert!(within(HANG, || living(workspace.path()).is_empty()));
}

#[test]
fn a_stranger_is_only_named() {
    let (workspace, port) = abandoned();
    // Without the journals, nothing tells that these were ours.
    std::fs::remove_dir_all(workspace.file(".pixcrawler/logs/sessions")).expect("journals");
    let before = living(workspace.path()).len();
    let refused = workspace.dev(&["--until-ready", "--takeover"]).run();
    assert_eq!(refused.code(), Some(1), "{}", refused.all());
    assert!(
        refused
            .err
            .contains(&format!("port {port} of `api` is taken by")),
        "{}",
        refused.all()
    );
    assert!(!refused.err.contains("left by"), "{}", refused.all());
    assert_eq!(living(workspace.path()).len(), before);
    clean_up(&workspace);
}

#[test]
fn a_session_that_runs_is_nobodys_leftover() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    let mut first = workspace.dev(&[]).start();
    first.wait_for("all ready");
    let second = workspace.dev(&["--takeover"]).run();
    assert_eq!(second.code(), Some(4), "{}", second.all());
    first.signal(Signal::SIGINT);
    assert_eq!(first.end().code(), Some(0));
}

#[test]
fn on_a_terminal_it_is_asked_for() {
    let (workspace, _port) = abandoned();
    let mut refused = workspace.dev(&["--until-ready"]).in_terminal().start();
    refused.wait_for("end them and go on? [Y/n]");
    refused.type_in("n\n");
    let refused = refused.end();
    assert!(refused.err.contains("\"code\": 1"), "{}", refused.all());
    assert!(!living(workspace.path()).is_empty(), "nobody was ended");
    let mut agreed = workspace.dev(&["--until-ready"]).in_terminal().start();
    agreed.wait_for("end them and go on? [Y/n]");
    agreed.type_in("\n");
    let agreed = agreed.end();
    assert!(agreed.err.contains("\"code\": 0"), "{}", agreed.all());
    assert!(
        agreed.out.contains("leftovers of your session of"),
        "{}",
        agreed.all()
    );
    assert!(within(HANG, || living(workspace.path()).is_empty()));
}

#[test]
fn leftovers_of_a_procfile_are_known_by_the_folder_in_their_mark() {
    let (workspace, other) = (Workspace::new(""), Workspace::new(""));
    for folder in [&workspace, &other] {
        let programs = folder.file("stubborn");
        let python = format!("exec python3 -BS {}", programs.display());
        let bare = BARE.replacen("daemon", "daemon.py", 1);
        folder.write(
            "Procfile",
            &format!("deaf: {python}/tree.py deaf\nbare: {python}/{bare}\n"),
        );
    }
    let procfile = |folder: &Workspace, args: &[&str]| {
        let file = folder.file("Procfile");
        let file = file.to_str().expect("UTF-8");
        folder.dev(&[&["--procfile", file], args].concat())
    };
    // Whoever has said so is there with all that it starts, and deaf to what would end it.
    let until_all_live = |folder: &Workspace, session: &Session| {
        let are_up = || {
            session
                .out()
                .lines()
                .filter(|it| it.ends_with("up"))
                .count()
                == 2
        };
        let is_detached = || {
            let living = living(folder.path());
            living.iter().any(|one| one.command.contains("detached"))
        };
        let all = within(HANG, || are_up() && is_detached());
        assert!(all, "{}", session.out());
    };
    let killed = procfile(&workspace, &[]).start();
    until_all_live(&workspace, &killed);
    kill_all_of(killed);
    let lives = procfile(&other, &[]).start();
    until_all_live(&other, &lives);
    let before = (settled(&workspace), settled(&other));
    assert!(!before.0.is_empty());

    let told = procfile(&workspace, &["--until-ready"]).run();
    assert!(
        told.err.contains("left by your session of ")
            && told
                .err
                .contains("/Procfile --takeover   ends what was left"),
        "{}",
        told.all()
    );
    assert!(
        before
            .0
            .iter()
            .all(|one| living(workspace.path()).contains(one))
    );
    let taken_over = procfile(&workspace, &["--until-ready", "--takeover"]).run();
    assert!(
        taken_over.err.contains("of your session of"),
        "{}",
        taken_over.all()
    );
    assert!(within(HANG, || living(workspace.path()).is_empty()));
    let nothing = procfile(&workspace, &["--until-ready", "--takeover"]).run();
    assert!(!nothing.err.contains("left"), "{}", nothing.all());

    // A session of the folder that runs, and another folder's, are nobody's leftovers.
    let beside = procfile(&other, &["--until-ready", "--takeover"]).run();
    assert!(!beside.err.contains("left"), "{}", beside.all());
    let now = living(other.path());
    assert!(
        before.1.iter().all(|one| now.contains(one)),
        "{}",
        beside.all()
    );
    lives.signal(Signal::SIGINT);
    lives.end();
}
