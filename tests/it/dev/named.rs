//! A second terminal: services by the name that they share, and a session that cannot be spoken to.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use camino::Utf8PathBuf;
use pixcrawler::system::lock;

use super::control::{json, run, shell};
use crate::support::{HANG, Workspace, stubborn, supervisor_of, suspend, within};

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
    // It does not run, which is all that was asked for.
    said("stop", &["mail"], &["mail is stopped already"]);
    let stopped = json(&run(&workspace, "stop", &["mail-2", "--format", "json"]));
    assert_eq!(stopped["failure"], serde_json::Value::Null, "{stopped}");
    refused("restart", &["nobody"], "its services are mail");
    said("scale", &["mail=1"], &["mail-1 ready in"]);
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
}

#[test]
fn a_session_whose_socket_is_gone_is_ended_by_its_number_until_it_is_back() {
    let workspace = Workspace::new(&shell("api", "echo up; exec sleep 1000"));
    // In a group of its own, which nobody else's `stop` lets go on.
    let mut session = workspace.dev(&[]).through(&["setsid"]).start();
    session.wait_for("all ready");
    let socket = workspace.file(".pixcrawler/socket");
    let pid = supervisor_of(session.id());
    let supervisor = Pid::from_raw(i32::try_from(pid).expect("a pid"));
    // It would put the socket back.
    suspend(pid);
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

#[test]
fn what_is_there_no_more_comes_back_by_what_is_said() {
    let wk = |more: &str| {
        shell("wk", "echo up; exec sleep 1000")
            .trim_end()
            .to_owned()
            + "\n"
            + more
    };
    let aux = |more: &str| {
        shell("aux", "echo up; exec sleep 1000")
            .trim_end()
            .to_owned()
            + "\n"
            + more
    };
    let workspace = Workspace::new(&[wk("replicas = 3\n"), aux("")].concat());
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let refused = |args: &[&str], words: &str| {
        let ended = run(&workspace, "start", args);
        assert_eq!(ended.code(), Some(2), "{}", ended.all());
        assert!(ended.err.contains(words), "{words}: {}", ended.all());
    };
    let scaled = |count: &str| {
        let ended = run(&workspace, "scale", &[count]);
        assert_eq!(ended.code(), Some(0), "{}", ended.all());
    };
    scaled("wk=1");
    refused(&["wk-2"], "run it again: pixcrawler scale wk=2");
    refused(&["wk-3"], "run it again: pixcrawler scale wk=3");
    scaled("wk=3");
    let saved = |wk: String, aux: String| workspace.write("pixcrawler.toml", &[wk, aux].concat());
    saved(wk("replicas = 2\n"), aux(""));
    session.wait_for("wk-3 is not in it any more and stops");
    refused(&["wk-3"], "`wk-3` is one more than pixcrawler.toml says");
    scaled("wk=3");
    let stopped = run(&workspace, "stop", &["aux"]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    saved(wk("replicas = 2\n"), String::new());
    session.wait_for("aux is not in it any more");
    let gone = "put [services.aux] back there, and it starts";
    refused(&["aux"], gone);
    let ended = run(&workspace, "scale", &["aux=1"]);
    assert!(ended.err.contains(gone), "{}", ended.all());
    for (more, words) in [
        (
            "profiles = [\"q\"]\n",
            "it is of the profile `q`: pixcrawler stop, then pixcrawler dev --profile q",
        ),
        (
            "enabled = false\n",
            "remove `enabled = false` from [services.aux]",
        ),
    ] {
        saved(wk("replicas = 2\n"), aux(""));
        let start = || run(&workspace, "start", &["aux"]);
        assert!(
            within(HANG, || start().code() == Some(0)),
            "{}",
            start().all()
        );
        saved(wk("replicas = 2\n"), aux(more));
        assert!(
            within(HANG, || start().err.contains(words)),
            "{}",
            start().all()
        );
    }
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    for why in ["is not chosen any more", "is left out from now on"] {
        let told = format!("pixcrawler.toml changed: aux {why} and stops");
        assert_eq!(ended.out.matches(&told).count(), 1, "{}", ended.out);
    }
}

#[test]
fn a_service_that_had_to_be_ended_is_told_as_what_it_was_and_not_by_its_code() {
    let slow = "[services.slow]\ncommand = [\"sh\", \"-c\", \"trap 'exit 0' TERM; while :; do sleep 0.05; done\"]\n\
                ready = { log = \"never\", timeout = \"300ms\" }\n\n";
    let web = shell("web", "echo up; exec sleep 1000")
        .trim_end()
        .to_owned();
    let other = shell("other", "echo up; exec sleep 1000");
    let workspace = Workspace::new(&format!("{slow}{web}\ndepends-on = [\"slow\"]\n\n{other}"));
    let mut session = workspace.dev(&["--keep-going"]).start();
    session.wait_for("web is not started, since slow did not get ready");
    let ps = run(&workspace, "ps", &[]);
    assert!(
        ps.out.contains("failed: not ready, then exit code 0"),
        "{}",
        ps.all()
    );
    let restarted = run(&workspace, "restart", &["slow"]);
    assert_eq!(restarted.code(), Some(1), "{}", restarted.all());
    assert!(
        restarted.err.contains("slow did not get ready"),
        "{}",
        restarted.all()
    );
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn one_replica_more_than_there_are_is_had_by_scale() {
    let settings = shell("mail", "echo mail up; exec sleep 1000");
    let workspace = Workspace::new(&settings);
    let mut session = workspace.dev(&["mail"]).start();
    session.wait_for("all ready");
    let refused = run(&workspace, "restart", &["mail-2"]);
    assert_eq!(refused.code(), Some(2), "{}", refused.all());
    for told in ["of `mail` there is 1", "pixcrawler scale mail=2"] {
        assert!(refused.err.contains(told), "{told}: {}", refused.all());
    }
    let scaled = run(&workspace, "scale", &["mail=2"]);
    assert_eq!(scaled.code(), Some(0), "{}", scaled.all());
    let restarted = run(&workspace, "restart", &["mail-2"]);
    assert_eq!(restarted.code(), Some(0), "{}", restarted.all());
    let stopped = run(&workspace, "stop", &[]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    session.end();
}

#[test]
fn what_an_order_starts_for_another_is_started_once() {
    let settings = shell("a", "echo a up; exec sleep 1000")
        + "[services.b]\ncommand = \"exec sleep 1000\"\ndepends-on = [\"a\"]\n";
    let workspace = Workspace::new(&settings);
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    for (command, args) in [("scale", ["a=2"].as_slice()), ("stop", &["a"])] {
        let ended = run(&workspace, command, args);
        assert_eq!(ended.code(), Some(0), "{}", ended.all());
    }
    let restarted = run(&workspace, "restart", &["a", "b"]);
    assert_eq!(restarted.code(), Some(0), "{}", restarted.all());
    let stopped = run(&workspace, "stop", &[]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    let ended = session.end();
    let ups = ended.out.matches("a up").count();
    assert_eq!(ups, 4, "two at first, two again: {}", ended.out);
}

#[test]
fn a_session_that_begins_when_the_other_has_ended_is_not_taken_for_it() {
    let workspace = Workspace::new(&shell("mail", "echo mail up; exec sleep 1000"));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let second = std::thread::scope(|scope| {
        let next = scope.spawn(|| {
            loop {
                let ended = workspace.dev(&[]).run();
                if ended.code() != Some(4) {
                    return ended;
                }
            }
        });
        let stopped = run(&workspace, "stop", &[]);
        assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
        session.end();
        let is_up = || run(&workspace, "ps", &[]).out.contains("ready");
        assert!(within(HANG, is_up), "the next one");
        let stopped = run(&workspace, "stop", &[]);
        assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
        next.join().expect("no panic")
    });
    assert_eq!(second.code(), Some(0), "{}", second.all());
}

#[test]
fn who_attaches_to_a_session_that_is_being_prepared_starts_none_beside_it() {
    let workspace = Workspace::new(&shell("mail", "echo mail up; exec sleep 1000"));
    workspace.write(".pixcrawler/.gitignore", "*\n");
    let lock = Utf8PathBuf::from_path_buf(workspace.file(".pixcrawler/lock")).expect("UTF-8");
    // As far as anybody can see, a session that has the workspace and has not opened its door.
    let held = lock::acquire(&lock, "4711\n").expect("nobody has it");
    for args in [&["--attach"][..], &["--attach", "--format", "json"]] {
        let refused = workspace.dev(args).run();
        assert_eq!(refused.code(), Some(4), "{}", refused.all());
        let told = "the session (pid 4711) is being prepared and cannot be spoken to yet";
        assert!(refused.all().contains(told), "{}", refused.all());
    }
    assert!(!workspace.file(".pixcrawler/session.json").exists());
    drop(held);
    let start = workspace.command(&["dev", "--no-check"], &["--attach"]);
    let mut session = start.start();
    session.wait_for("all ready");
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
}

#[test]
fn a_service_that_is_left_out_is_refused_by_name_with_the_way_back() {
    let workspace = Workspace::new(
        &[
            stubborn("web", "polite", "depends-on = [\"off\"]"),
            stubborn("off", "polite", "enabled = false"),
        ]
        .concat(),
    );
    for args in [["off", "--dry-run"], ["--scale=off=2", "--dry-run"]] {
        let ended = workspace.dev(&args).run();
        assert_eq!(ended.code(), Some(2), "{}", ended.all());
        for told in [
            "`off` is left out: enabled = false",
            "--> pixcrawler.toml:9:1",
            "remove `enabled = false` from [services.off]",
        ] {
            assert!(ended.err.contains(told), "{told}: {}", ended.err);
        }
    }
    // What nobody knows has no place, also where a service waits for something else.
    let ended = workspace.dev(&["nope", "--dry-run"]).run();
    assert!(!ended.err.contains("-->"), "{}", ended.err);
}
