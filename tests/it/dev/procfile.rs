//! `dev --procfile` as a drop-in for foreman, and `dev --exec`.

use nix::sys::signal::Signal;

use crate::support::{Workspace, living, stubborn};

/// A folder with a Procfile and no workspace.
fn folder(procfile: &str) -> Workspace {
    let workspace = Workspace::new("");
    std::fs::remove_file(workspace.file("pixcrawler.toml")).expect("it was there");
    workspace.write("Procfile", procfile);
    workspace
}

fn procfile(workspace: &Workspace, args: &[&str]) -> crate::support::Dev {
    let file = workspace.file("Procfile");
    let file = file.to_str().expect("UTF-8");
    workspace.dev(&[&["--procfile", file], args].concat())
}

#[test]
fn the_first_that_ends_stops_the_rest_and_its_code_is_ours() {
    let folder = folder(
        "# two\n\nweb: echo web $PORT $PS $NAME in $PWD; sleep 0.3; exit 3\nnonsense\nwork.er: trap 'echo bye; exit 0' TERM; echo work $PORT; sleep 60 & wait\n",
    );
    folder.write(".env", "NAME=\"a b\"\nPORT=7000\n");
    let ended = procfile(&folder, &[]).run();
    assert_eq!(ended.code(), Some(3), "{}", ended.all());
    let dir = folder
        .path()
        .file_name()
        .and_then(|name| name.to_str())
        .expect("UTF-8");
    assert!(
        ended.out.contains("web 7000 web.1 a b in ") && ended.out.contains(dir),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("work 7100") && ended.out.contains("bye"),
        "{}",
        ended.out
    );
    assert!(
        ended.err.contains("Procfile:4 is no process"),
        "{}",
        ended.err
    );
    assert!(
        !folder.file(".pixcrawler").exists(),
        "nothing is left behind"
    );
    assert_eq!(living(folder.path()), []);
}

#[test]
fn a_procfile_that_is_not_there_or_empty_is_named() {
    let folder = folder("# nothing\n");
    let ended = procfile(&folder, &[]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(ended.err.contains("names no process"), "{}", ended.err);
    let ended = folder.dev(&["--procfile", "absent"]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(ended.err.contains("absent"), "{}", ended.err);
}

#[test]
fn a_command_runs_when_all_is_ready_and_its_code_is_ours() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    let ended = workspace
        .dev(&["--exec", "echo result; echo trouble >&2; exit 7"])
        .run();
    assert_eq!(ended.code(), Some(7), "{}", ended.all());
    assert_eq!(ended.out, "result\n", "stdout is the command's alone");
    assert!(
        ended.err.contains("all ready") && ended.err.contains("trouble"),
        "{}",
        ended.err
    );
    assert!(workspace.log("api").contains("bye on SIGTERM"));
    assert_eq!(living(workspace.path()), []);

    let ended = workspace.dev(&["--", "sh", "-c", "exit 0"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
}

#[test]
fn a_command_never_runs_when_a_service_does_not_get_ready() {
    let workspace = Workspace::new(&stubborn("api", "crash", ""));
    let ended = workspace.dev(&["--exec", "echo result"]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    assert_eq!(ended.out, "");
    assert!(ended.err.contains("ValueError"), "{}", ended.err);
}

#[test]
fn signals_reach_the_command_and_what_it_makes_of_them_counts() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    let line = "trap 'echo caught; exit 42' TERM; echo begun; sleep 60 & wait";
    let mut session = workspace.dev(&["--exec", line]).start();
    session.wait_for("begun");
    session.signal(Signal::SIGTERM);
    let ended = session.end();
    assert_eq!(ended.code(), Some(42), "{}", ended.all());
    assert_eq!(ended.out, "begun\ncaught\n");
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_secret_of_the_environment_is_masked_and_a_common_word_is_none() {
    let folder = folder("web: echo $DATABASE_PASSWORD $REDIS_PASSWORD $API_TOKEN; exit 3\n");
    let ended = procfile(&folder, &[])
        .env("DATABASE_PASSWORD", "hunter22")
        .env("REDIS_PASSWORD", "postgres")
        .env("API_TOKEN", "dev")
        .run();
    assert!(ended.out.contains("•••••• postgres dev"), "{}", ended.all());
    assert!(!ended.all().contains("hunter22"), "{}", ended.all());
}

#[test]
fn several_of_one_process_run_beside_each_other_and_none_of_another() {
    let folder =
        folder("web: echo web $PS $PORT; exec sleep 60\nmail: exit 1\nend: sleep 0.5; exit 6\n");
    let scale = ["--scale", "web=2", "--scale", "mail=0"];
    let ended = procfile(&folder, &scale).run();
    assert_eq!(ended.code(), Some(6), "{}", ended.all());
    for line in ["web web.1 5000", "web web.2 5001"] {
        assert!(ended.out.contains(line), "{line}: {}", ended.all());
    }
    assert!(!ended.out.contains("mail"), "{}", ended.all());
    folder.write("Procfile", "web: exec sleep 60\nweb-2: exec sleep 60\n");
    let twice = procfile(&folder, &["--scale", "web=2"]).run();
    assert_eq!(twice.code(), Some(2), "{}", twice.all());
    assert!(
        twice.err.contains("replica 2 of `web` would be `web-2`"),
        "{}",
        twice.all()
    );
    let unknown = procfile(&folder, &["--scale", "wbe=2"]).run();
    assert_eq!(unknown.code(), Some(2), "{}", unknown.all());
    assert!(
        unknown.err.contains("did you mean `web`?"),
        "{}",
        unknown.all()
    );
}

#[test]
fn what_foreman_would_take_from_its_own_file_counts() {
    let folder = folder("web: echo $PS $PORT; exec sleep 60\nend: sleep 0.5; exit 6\nz: exit 1\n");
    folder.write(".foreman", "port: 6000\nformation: web=2,end=1\nenv: x\n");
    let ended = procfile(&folder, &[]).run();
    assert_eq!(ended.code(), Some(6), "{}", ended.all());
    for line in ["web.1 6000", "web.2 6001"] {
        assert!(ended.out.contains(line), "{line}: {}", ended.all());
    }
    let told = ".foreman:3 `env` is passed over";
    assert!(ended.all().contains(told), "{}", ended.all());
    let ended = procfile(&folder, &["--scale", "z=1"]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
}

#[test]
fn a_refused_start_shows_no_password_of_a_command() {
    let folder = folder("web: nosuchprog-x --requirepass hunter2x postgres://u:pgpassw0rd@h/db\n");
    for args in [&["--dry-run", "--format", "json"][..], &["--dry-run"], &[]] {
        let all = procfile(&folder, args).run().all();
        assert!(
            !all.contains("hunter2x") && !all.contains("pgpassw0rd"),
            "{all}"
        );
    }
    let ended = procfile(&folder, &[]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    let shown = "--requirepass •••••••• postgres://u:••••••••••@h/db";
    assert!(ended.err.contains(shown), "{}", ended.err);
}
