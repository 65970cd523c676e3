//! What a message says would help: it does.

use crate::support::{Workspace, living};

/// A folder with a Procfile and no workspace.
fn folder(procfile: &str) -> Workspace {
    let workspace = Workspace::new("");
    std::fs::remove_file(workspace.file("pixcrawler.toml")).expect("it was there");
    workspace.write("Procfile", procfile);
    workspace
}

#[test]
fn replicas_that_need_a_step_between_their_ports_get_one_and_run() {
    let settings = "[services.a]\ncommand = \"sleep 0.1\"\nport = 8300\n";
    let workspace = Workspace::new(settings);
    let scaled = || workspace.dev(&["--scale", "a=3", "--dry-run"]).run();
    let refused = scaled();
    assert_eq!(refused.code(), Some(2), "{}", refused.all());
    let way = "[services.a] port-step = 1 in pixcrawler.toml";
    assert!(refused.err.contains(way), "{}", refused.all());
    assert!(!refused.err.contains("another number"), "{}", refused.all());
    workspace.write("pixcrawler.toml", &format!("{settings}port-step = 1\n"));
    let taken = scaled();
    assert_eq!(taken.code(), Some(0), "{}", taken.all());
    let many = workspace.dev(&["--scale", "a=300", "--dry-run"]).run();
    assert!(many.err.contains("--scale a=2"), "{}", many.all());
}

#[test]
fn a_check_that_cannot_be_run_is_named_by_its_key() {
    for (lines, key) in [
        ("ready = { exec = \"nosuch9\" }", "`ready.exec`"),
        ("health = { exec = \"nosuch9\" }", "`health.exec`"),
        ("stop = { command = \"nosuch9\" }", "`stop.command`"),
    ] {
        let workspace =
            Workspace::new(&format!("[services.a]\ncommand = \"sleep 0.1\"\n{lines}\n"));
        let ended = workspace.dev(&["--dry-run"]).run();
        let way = format!("install it, or name it with its folder in its {key}");
        assert!(ended.all().contains(&way), "{}", ended.all());
    }
}

#[test]
fn without_a_workspace_nothing_is_proposed_that_needs_one() {
    let folder = folder("a: ./run.sh\nb: echo b; exec bin/nosuch9\n");
    folder.write("run.sh", "#!/bin/sh\nexit 3\n");
    let procfile = |args: &[&str]| {
        let args = [&["--procfile", "Procfile"], args].concat();
        folder.dev(&args).run()
    };
    let unknown = procfile(&["nosuch"]);
    assert_eq!(unknown.code(), Some(2), "{}", unknown.all());
    assert!(
        unknown.err.contains("there are a and b") && !unknown.err.contains("pixcrawler dev"),
        "{}",
        unknown.all()
    );
    let refused = procfile(&["a"]);
    assert_eq!(refused.code(), Some(1), "{}", refused.all());
    assert!(
        refused.err.contains("make it so: chmod +x") && refused.err.contains("Procfile:1"),
        "{}",
        refused.all()
    );
    folder.write("Procfile", "a: nosuch9 --x\nb: echo b; bin/nosuch9\n");
    let refused = procfile(&["a"]);
    assert!(
        refused
            .err
            .contains("with its folder in its line of Procfile"),
        "{}",
        refused.all()
    );
    let died = procfile(&["b"]);
    assert!(
        died.out.contains("there is no program `bin/nosuch9`") && !died.out.contains("doctor"),
        "{}",
        died.all()
    );
    assert_eq!(living(folder.path()), []);
}

#[test]
fn a_procfile_may_come_through_a_pipe() {
    let folder = folder("");
    let shell = "printf 'a: pwd; exit 5\\n' | \"$0\" \"$@\"";
    let ended = folder
        .dev(&["--procfile", "/dev/stdin"])
        .through(&["sh", "-c", shell])
        .run();
    assert_eq!(ended.code(), Some(5), "{}", ended.all());
    let here = folder.path().to_str().expect("UTF-8");
    assert!(ended.out.contains(here), "{}", ended.all());
}
