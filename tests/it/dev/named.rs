//! A second terminal: services by the name that they share, and a session that cannot be spoken to.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::control::{json, run, session, shell};
use crate::support::{HANG, Workspace, supervisor_of, within};

#[test]
fn a_name_that_replicas_share_is_understood_by_every_command() {
    let mail = "replicas = 2\n";
    let settings = shell("mail", "echo mail up; exec sleep 1000")
        .trim_end()
        .to_owned()
        + "\n"
        + mail
        + "\n[services.slow]\ncommand = \"sleep 1000\"\nprofiles = [\"late\"]\n";
    let workspace = Workspace::new(&settings);
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let said = |command: &str, args: &[&str], words: &[&str]| {
        let ended = run(&workspace, command, args);
        assert_eq!(ended.code(), Some(0), "{}", ended.all());
        for word in words {
            assert!(ended.out.contains(word), "{word}: {}", ended.all());
        }
    };
    said(
        "restart",
        &["mail"],
        &["mail-1 ready in", "mail-2 ready in"],
    );
    said(
        "start",
        &["mail"],
        &["mail-1 runs already", "mail-2 runs already"],
    );
    said("logs", &["mail"], &["mail-1", "mail-2"]);
    said("stop", &["mail"], &["mail-1 stopped", "mail-2 stopped"]);
    said("stop", &["mail"], &["mail-1 is stopped already"]);
    let started = json(&run(&workspace, "start", &["mail", "--format", "json"]));
    assert_eq!(started["services"][1]["name"], "mail-2", "{started}");
    assert_eq!(started["services"][1]["group"], "mail", "{started}");

    let refused = |command: &str, args: &[&str], word: &str| {
        let ended = run(&workspace, command, args);
        assert_eq!(ended.code(), Some(2), "{}", ended.all());
        assert!(ended.err.contains(word), "{word}: {}", ended.all());
    };
    refused("scale", &["mial=2"], "did you mean `mail`?");
    refused("scale", &["mail-1=3"], "pixcrawler scale mail=N");
    refused("start", &["slow"], "pixcrawler dev --profile late");
    said("scale", &["mail=0"], &["mail-1 stopped", "mail-2 stopped"]);
    said("scale", &["mail=0"], &[]);
    refused("scale", &["mial=2"], "did you mean `mail`?");
    refused("start", &["mail"], "pixcrawler scale mail=1");
    said("scale", &["mail=1"], &["mail-1 ready in"]);
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
}

#[test]
fn a_session_whose_socket_is_gone_is_ended_by_its_number_until_it_is_back() {
    let (workspace, session) = session();
    let socket = workspace.file(".pixcrawler/socket");
    let pid = supervisor_of(session.id());
    let supervisor = Pid::from_raw(i32::try_from(pid).expect("a pid"));
    // It would put the socket back.
    kill(supervisor, Signal::SIGSTOP).expect("it is alive");
    std::fs::remove_file(&socket).expect("it was there");
    let way_out = format!("kill {pid}");
    for (command, code) in [("ps", 3), ("stop", 3), ("dev", 4)] {
        let ended = run(&workspace, command, &[]);
        assert_eq!(ended.code(), Some(code), "{}", ended.all());
        assert!(
            ended.err.contains("is gone") && ended.err.contains(&way_out),
            "{}",
            ended.all()
        );
    }
    kill(supervisor, Signal::SIGCONT).expect("it is alive");
    let is_back = || run(&workspace, "ps", &[]).code() == Some(0);
    assert!(within(HANG, is_back), "it is found again");
    kill(supervisor, Signal::SIGTERM).expect("it is alive");
    let ended = session.end();
    assert_eq!(ended.signal(), Some(15), "{}", ended.all());
    assert!(ended.out.contains("everything stopped"), "{}", ended.all());
}

#[test]
fn a_session_is_reached_when_what_made_its_folder_a_workspace_is_gone() {
    let workspace = Workspace::new(&shell("api", "echo up; exec sleep 1000"));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    std::fs::remove_file(workspace.file("pixcrawler.toml")).expect("it was there");
    for command in ["ps", "logs", "stop"] {
        let ended = workspace.command(&[command], &[]).run();
        assert_eq!(ended.code(), Some(0), "{command}: {}", ended.all());
    }
    assert_eq!(session.end().code(), Some(0));
    let ended = workspace.command(&["ps"], &[]).run();
    assert!(ended.err.contains("no workspace here"), "{}", ended.all());
}
