//! A copy of a workspace is another one, and so is what takes the place of a renamed one: whatever is done
//! there, the session of the first one goes on. By whatever way one comes to a workspace, it is the same.

use std::fs;
use std::path::Path;
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::control::{json, run};
use super::leftovers::kill_all_of;
use crate::support::{
    Ended, HANG, Session, Workspace, free_port, living, stubborn, supervisor_of, within,
};

/// As `cp -a` does it, with the state of the session that runs.
/// Copies what a session keeps, once it has written down that it began: it does so beside everything else.
fn copy(from: &Path, to: &Path) {
    let journals = from.join("logs/sessions");
    let is_written = || {
        let files = fs::read_dir(&journals).into_iter().flatten().flatten();
        files
            .filter_map(|file| fs::read_to_string(file.path()).ok())
            .any(|text| text.contains('\n'))
    };
    assert!(within(HANG, is_written), "{}", journals.display());
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.expect("cp").success());
}

fn settings(port: u16) -> String {
    [
        stubborn("api", "listen", &format!("port = {port}")),
        stubborn("worker", "polite", ""),
    ]
    .concat()
}

/// A workspace whose session runs, and a copy of it.
fn copied() -> (Workspace, Session, Workspace, u16) {
    let port = free_port();
    let (first, second) = (Workspace::new(&settings(port)), Workspace::new(""));
    let mut session = first.dev(&[]).start();
    session.wait_for("all ready");
    second.write("pixcrawler.toml", &read(&first, "pixcrawler.toml"));
    copy(&first.file(".pixcrawler"), &second.file(".pixcrawler"));
    (first, session, second, port)
}

fn read(workspace: &Workspace, file: &str) -> String {
    fs::read_to_string(workspace.file(file)).expect("a text")
}

/// The session goes on as if nothing had been asked.
fn assert_untouched(workspace: &Workspace, session: &Session) {
    let told = json(&run(workspace, "ps", &["--format", "json"]));
    assert_eq!(
        told["session"]["pid"],
        supervisor_of(session.id()),
        "{told}"
    );
    for service in told["services"].as_array().expect("services") {
        assert_eq!(service["state"], "ready", "{told}");
        assert_eq!(service["restarts"], 0, "{told}");
    }
}

fn assert_nothing_of_another(ended: &Ended) {
    let all = ended.all();
    for words in ["left by your", "leftover", "had died", "ended without"] {
        assert!(!all.contains(words), "{all}");
    }
}

#[test]
fn in_a_copy_of_a_running_workspace_no_session_runs() {
    let (first, session, second, port) = copied();
    for words in [&["ps"][..], &["restart", "worker"], &["stop", "worker"]] {
        let none = second.command(words, &[]).run();
        assert_eq!(none.code(), Some(3), "{}", none.all());
        assert!(none.err.contains("no session is running"), "{}", none.all());
        assert_nothing_of_another(&none);
    }
    let stopped = run(&second, "stop", &[]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    assert!(stopped.err.contains("nothing to stop"), "{}", stopped.all());
    let looked = second
        .command(&["doctor", "--only", "leftovers"], &[])
        .run();
    assert!(!looked.out.contains("left by your"), "{}", looked.all());
    assert_untouched(&first, &session);

    // Whose it is can be told, though the copy holds the same words about itself.
    let taken = format!("port {port} of `api` is taken by python3");
    let way_out = format!("pixcrawler stop --workspace {}", first.path().display());
    let looked = second.command(&["doctor", "--only", "ports"], &[]).run();
    assert!(looked.out.contains(&way_out), "{}", looked.all());
    for args in [&["--until-ready", "--takeover"][..], &["--detach"]] {
        let refused = second.dev(args).run();
        assert_eq!(refused.code(), Some(1), "{}", refused.all());
        assert!(refused.err.contains(&taken), "{}", refused.all());
        assert!(refused.err.contains(&way_out), "{}", refused.all());
        assert_nothing_of_another(&refused);
    }
    let asked = second.dev(&["--until-ready"]).in_terminal().run();
    assert!(!asked.all().contains("[Y/n]"), "{}", asked.all());
    assert_untouched(&first, &session);
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn a_copy_has_a_session_of_its_own() {
    let (first, session, second, _) = copied();
    second.write(
        "pixcrawler.toml",
        "[services.slow]\ncommand = \"sleep 1; exit 7\"\nready = { log = \"never\" }\n",
    );
    let failed = second.dev(&["--detach"]).run();
    assert_eq!(failed.code(), Some(7), "{}", failed.all());
    assert!(!failed.out.contains("ready"), "{}", failed.all());
    second.write(
        "pixcrawler.toml",
        "[services.own]\ncommand = \"sleep 600\"\n",
    );
    let started = second.dev(&["--detach"]).run();
    assert_eq!(started.code(), Some(0), "{}", started.all());
    let told = json(&run(&second, "ps", &["--format", "json"]));
    assert_eq!(told["services"][0]["name"], "own", "{told}");
    let again = second.dev(&["--detach"]).run();
    assert_eq!(again.code(), Some(4), "{}", again.all());
    assert!(again.err.contains("already running"), "{}", again.all());
    let stopped = run(&second, "stop", &[]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    assert_untouched(&first, &session);
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn what_was_left_of_the_first_is_ended_by_the_copy_only_once_nobody_keeps_it() {
    let settings = stubborn("deaf", "tree deaf", "stop = { grace = \"300ms\" }");
    let (first, second) = (Workspace::new(&settings), Workspace::new(&settings));
    let mut session = first.dev(&[]).start();
    session.wait_for("all ready");
    copy(&first.file(".pixcrawler"), &second.file(".pixcrawler"));
    let kept = run(&second, "stop", &[]);
    assert!(kept.err.contains("nothing to stop"), "{}", kept.all());
    kill_all_of(session);
    assert!(!living(first.path()).is_empty());
    let ended = run(&second, "stop", &[]);
    assert!(
        ended.err.contains("left by your session of "),
        "{}",
        ended.all()
    );
    assert!(within(HANG, || living(first.path()).is_empty()));
}

#[test]
fn a_session_whose_workspace_was_renamed_is_not_that_of_the_new_one_at_its_old_place() {
    let port = free_port();
    let place = Workspace::new("");
    let (old, new) = (place.file("old"), place.file("new"));
    let text = settings(port).replace("DIR", place.path().to_str().expect("UTF-8"));
    place.write("old/pixcrawler.toml", &text);
    let first = place.dev(&[]).at(&old).start();
    let mut first = first;
    first.wait_for("all ready");
    fs::rename(&old, &new).expect("renamed");
    let at = |words: &[&str], dir: &Path| place.command(words, &[]).at(dir).run();
    let shown = at(&["ps"], &new);
    assert_eq!(shown.code(), Some(0), "{}", shown.all());
    assert!(shown.out.contains("worker"), "{}", shown.all());
    // It would not come up again where it ran.
    let refused = at(&["restart", "worker"], &new);
    assert_eq!(refused.code(), Some(1), "{}", refused.all());
    let told = "is gone: worker runs there, and would not start again";
    assert!(refused.err.contains(told), "{}", refused.all());

    place.write(
        "old/pixcrawler.toml",
        "[services.own]\ncommand = \"sleep 600\"\n",
    );
    let mut second = place.dev(&[]).at(&old).start();
    second.wait_for("all ready");
    // Each is spoken with where its folder is now.
    let shown = at(&["ps"], &new);
    let is_first = shown.out.contains("worker") && !shown.out.contains("own ");
    assert!(is_first, "{}", shown.all());
    let stopped = at(&["stop"], &new);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    first.end();
    // With its end nothing goes that is not its own.
    let shown = at(&["ps"], &old);
    assert_eq!(shown.code(), Some(0), "{}", shown.all());
    assert!(shown.out.contains("own"), "{}", shown.all());
    let stopped = at(&["stop"], &old);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    assert_eq!(second.end().code(), Some(0));
}

#[test]
fn of_a_renamed_workspace_nothing_is_started_at_its_old_place() {
    let place = Workspace::new("");
    let (old, new) = (place.file("old"), place.file("new"));
    let service = |name: &str, more: &str| {
        format!(
            "[services.{name}]\ncommand = \"touch here; exec sleep 600\"\nrestart = \"always\"\n{more}\n"
        )
    };
    let watching = "watch = [\"src\"]";
    let all = [
        service("one", ""),
        service("w", "replicas = 2"),
        service("seen", watching),
    ];
    let text = all.concat();
    place.write("old/pixcrawler.toml", &text);
    place.write("old/src/first.py", "");
    let mut session = place.dev(&["--keep-going"]).at(&old).start();
    session.wait_for("all ready");
    fs::rename(&old, &new).expect("renamed");
    let at = |words: &[&str], dir: &Path| place.command(words, &[]).at(dir).run();
    let refused = |words: &[&str], told: &str| {
        let refused = at(words, &new);
        assert_eq!(refused.code(), Some(1), "{}", refused.all());
        let there = format!("--workspace {}", new.display());
        let way = format!("pixcrawler stop {there}, then pixcrawler dev {there}");
        for words in [told, &way] {
            assert!(refused.err.contains(words), "{}", refused.all());
        }
    };
    assert_eq!(at(&["stop", "one"], &new).code(), Some(0));
    let told = "is gone: one is to run there, and would not start";
    refused(&["start", "one"], told);
    refused(&["restart", "one"], told);
    refused(
        &["scale", "w=3"],
        "is gone: w-3 is to run there, and would not start",
    );
    let fewer = at(&["scale", "w=1"], &new);
    assert_eq!(fewer.code(), Some(0), "{}", fewer.all());

    // Another workspace at the old place is nothing of its own, be it of the same name.
    fs::remove_file(new.join("here")).expect("it was made");
    place.write("old/pixcrawler.toml", &service("one", ""));
    refused(
        &["start", "one"],
        "is another folder by now: one is to run there",
    );
    let shown = json(&at(&["ps", "--format", "json"], &new));
    let mut all = shown["services"].as_array().expect("services").iter();
    let worker = all.find(|one| one["name"] == "w-1").expect("it runs");
    let pid = i32::try_from(worker["pid"].as_i64().expect("a pid")).expect("a pid");
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it runs");
    session.wait_for(
        "is another folder by now: w-1, which runs there, is started again once it is back",
    );
    place.write("new/pixcrawler.toml", &text.replace("600", "601"));
    session.wait_for("is another folder by now: no service gets what was saved");
    assert!(!old.join("here").exists(), "{}", session.out());
    fs::rename(&old, place.file("other")).expect("renamed");
    fs::rename(&new, &old).expect("renamed");
    assert!(
        within(HANG, || old.join("here").exists()),
        "{}",
        session.out()
    );
    place.write("old/src/second.py", "");
    session.wait_for("restarting seen: src/second.py changed");
    let stopped = at(&["stop"], &old);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    assert!(!place.file("other/here").exists());
    session.end();
}

#[test]
fn by_a_link_or_a_mount_it_is_the_same_workspace() {
    let workspace = Workspace::new(&settings(free_port()));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let place = Workspace::new("");
    let link = place.file("link");
    std::os::unix::fs::symlink(workspace.path(), &link).expect("a link");
    let by = |words: &[&str]| workspace.command(words, &[]).at(&link);
    let shown = by(&["ps"]).run();
    assert_eq!(shown.code(), Some(0), "{}", shown.all());
    let other = place.file("mount");
    fs::create_dir(&other).expect("a folder");
    let can_mount = Command::new("unshare").args(["-m", "true"]).status();
    if can_mount.is_ok_and(|status| status.success()) {
        let script = format!(
            "mount --bind {} {} && exec \"$@\"",
            workspace.path().display(),
            other.display()
        );
        let wrapper = ["unshare", "-m", "sh", "-c", &script, "sh"];
        let shown = workspace
            .command(&["ps"], &[])
            .at(&other)
            .through(&wrapper)
            .run();
        assert_eq!(shown.code(), Some(0), "{}", shown.all());
    } else {
        crate::support::left_out(
            "a mount at another place",
            "only an administrator can make one",
        );
    }
    let stopped = by(&["stop"]).run();
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    session.end();
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_server_of_another_workspaces_session_is_told() {
    let text = "[services.backend]\ncommand = \"echo up; exec sleep 1000\"\ncwd = \"backend\"\nready = { log = \"up\" }\n";
    let (first, second) = (Workspace::new(text), Workspace::new(text));
    let url = format!("REDIS_URL=redis://127.0.0.1:{}/0\n", free_port());
    for workspace in [&first, &second] {
        workspace.write("backend/.env", &url);
    }
    let with_tools =
        |workspace: &Workspace, args| workspace.dev(args).env("PATH", crate::tools::path());
    let mut session = with_tools(&first, &[]).start();
    session.wait_for("all ready");
    let told = with_tools(&second, &["--until-ready"]).run();
    assert_eq!(told.code(), Some(0), "{}", told.all());
    // Valkey writes over the place where its service's name stood.
    let whose = format!(
        "REDIS_URL leads to a server of the session in {}",
        first.path().display()
    );
    assert!(told.err.contains(&whose), "{}", told.all());
    session.signal(Signal::SIGINT);
    session.end();
}
