//! Who cleans a workspace up takes away what its session is found by: it is put back.

use std::fs;

use nix::sys::signal::{Signal, kill};

use super::control::run;
use crate::support::{
    HANG, Session, Workspace, free_port, keeper_of, living, stubborn, supervisor_of, within,
};

fn session() -> (Workspace, Session) {
    let port = free_port();
    let workspace = Workspace::new(&stubborn("api", "listen", &format!("port = {port}")));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    (workspace, session)
}

fn assert_found_again(workspace: &Workspace) {
    let is_shown = || run(workspace, "ps", &[]).code() == Some(0);
    assert!(
        within(HANG, is_shown),
        "{}",
        run(workspace, "ps", &[]).all()
    );
}

#[test]
fn a_session_whose_state_is_removed_is_found_again_and_stopped() {
    let (workspace, session) = session();
    fs::remove_dir_all(workspace.file(".pixcrawler")).expect("removed");
    assert_found_again(&workspace);
    let second = workspace.dev(&["--detach"]).run();
    assert_eq!(second.code(), Some(4), "{}", second.all());
    assert!(workspace.file(".pixcrawler/.gitignore").exists());

    fs::rename(workspace.file(".pixcrawler"), workspace.file("away")).expect("moved away");
    assert_found_again(&workspace);
    let stopped = run(&workspace, "stop", &[]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    assert_eq!(session.end().code(), Some(0));
    assert_eq!(living(workspace.path()), []);
    for file in ["session.json", "socket"] {
        assert!(!workspace.file(".pixcrawler").join(file).exists(), "{file}");
    }
}

#[test]
fn each_trace_that_is_removed_by_itself_is_put_back() {
    let (workspace, session) = session();
    for file in ["session.json", "socket", "lock", "lock.holder"] {
        let path = workspace.file(".pixcrawler").join(file);
        fs::remove_file(&path).expect("it is there");
        assert!(within(HANG, || path.exists()), "{file}");
        assert_found_again(&workspace);
    }
    let second = workspace.dev(&["--until-ready"]).run();
    assert_eq!(second.code(), Some(4), "{}", second.all());
    let stopped = run(&workspace, "stop", &[]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    assert_eq!(session.end().code(), Some(0));
}

#[test]
fn a_session_whose_place_another_one_took_meanwhile_ends_and_says_why() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    // In a group of its own, which nobody else's signals reach.
    let mut first = workspace.dev(&[]).through(&["setsid"]).start();
    first.wait_for("all ready");
    let all = [first.id(), keeper_of(first.id()), supervisor_of(first.id())];
    let all = all.map(|pid| nix::unistd::Pid::from_raw(i32::try_from(pid).expect("a pid")));
    for pid in all {
        kill(pid, Signal::SIGSTOP).expect("alive");
    }
    fs::remove_dir_all(workspace.file(".pixcrawler")).expect("removed");
    let mut second = workspace.dev(&[]).start();
    second.wait_for("all ready");
    for pid in all {
        kill(pid, Signal::SIGCONT).expect("alive");
    }
    let ended = first.end();
    let told = format!(
        "another session (pid {}) has it now",
        supervisor_of(second.id())
    );
    assert!(ended.err.contains(&told), "{}", ended.all());
    assert_found_again(&workspace);
    second.signal(Signal::SIGINT);
    assert_eq!(second.end().code(), Some(0));
}

#[test]
fn what_is_in_the_way_of_the_state_is_to_be_moved_away() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    workspace.write(".pixcrawler", "");
    for args in [&["--until-ready"][..], &["--detach"]] {
        let refused = workspace.dev(args).run();
        assert_eq!(refused.code(), Some(3), "{}", refused.all());
        assert!(
            refused.err.contains(".pixcrawler is no folder") && refused.err.contains("help: mv "),
            "{}",
            refused.all()
        );
    }
}

#[test]
fn what_is_in_the_way_of_the_lock_keeps_nobody_waiting() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    fs::create_dir(workspace.file(".pixcrawler")).expect("a folder");
    let is_mended = |name: &str| {
        for command in ["ps", "stop"] {
            let ended = workspace.command(&[command], &[]).run();
            assert!(ended.err.contains("no session"), "{}", ended.all());
        }
        let refused = workspace.dev(&["--until-ready"]).run();
        assert_eq!(refused.code(), Some(3), "{}", refused.all());
        assert!(
            refused.err.contains(&format!("{name} is no file"))
                && refused.err.contains("help: mv "),
            "{}",
            refused.all()
        );
    };
    for name in [".pixcrawler/lock", ".pixcrawler/lock.holder"] {
        let path = workspace.file(name);
        let name = path.file_name().and_then(|it| it.to_str()).expect("UTF-8");
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).expect("a FIFO");
        is_mended(name);
        fs::remove_file(&path).expect("it was there");
        fs::create_dir(&path).expect("a folder");
        is_mended(name);
        fs::remove_dir(&path).expect("it was there");
    }
}
