//! Services that are started again when a file changes.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::support::{HANG, Session, Workspace, living, stubborn, within};

#[test]
fn a_change_starts_a_service_again_and_is_named_and_what_does_not_count_does_not() {
    let more =
        "watch = { paths = [\"src\"], ignore = [\"*.md\", \"src/gen/**\"], debounce = \"50ms\" }";
    let workspace = Workspace::new(
        &[
            stubborn("worker", "polite", &format!("cwd = \".\"\n{more}")),
            stubborn("other", "polite", ""),
        ]
        .concat(),
    );
    for dir in ["src", "src/__pycache__", "src/deep", "src/gen"] {
        std::fs::create_dir(workspace.file(dir)).expect("a folder");
    }
    workspace.write("src/touched.py", "x");
    let touch = |at| {
        let file = std::fs::File::options()
            .append(true)
            .open(workspace.file("src/touched.py"));
        file.expect("there").set_modified(at).expect("a time");
    };
    touch(std::time::SystemTime::UNIX_EPOCH);
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    for file in [
        "README.md",
        "src/notes.md",
        "src/__pycache__/a.pyc",
        "src/gen/a.py",
        "src/x.log",
    ] {
        workspace.write(file, "nothing");
    }
    workspace.write("src/deep/a.py", "x = 1");
    session.wait_for("restarting worker: src/deep/a.py changed");
    let ready = |times: usize| move |out: &str| out.matches("worker ready in").count() >= times;
    assert!(
        within(HANG, || ready(2)(&session.out())),
        "{}",
        session.out()
    );
    // Who touches a file means it.
    assert!(
        within(HANG, || {
            touch(std::time::SystemTime::now());
            session
                .out()
                .contains("restarting worker: src/touched.py changed")
        }),
        "{}",
        session.out()
    );
    // A folder that is new is watched too.
    std::fs::create_dir(workspace.file("src/new")).expect("a folder");
    assert!(
        within(HANG, || {
            workspace.write("src/new/b.py", "y");
            session
                .out()
                .contains("restarting worker: src/new/b.py changed")
        }),
        "{}",
        session.out()
    );
    let out = session.out();
    assert!(out.contains("bye on SIGTERM"), "{out}");
    assert!(
        !out.contains(".md changed") && !out.contains("restarting other"),
        "{out}"
    );
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_single_file_is_watched_for_as_long_as_something_stands_in_its_place() {
    let workspace = Workspace::new(&stubborn(
        "worker",
        "polite",
        "cwd = \".\"\nwatch = { paths = [\"settings.py\"], debounce = \"50ms\" }",
    ));
    workspace.write("settings.py", "x = 0");
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let restarts = |out: &str| {
        out.matches("restarting worker: settings.py changed")
            .count()
    };
    // As editors write: beside it, then in its place.
    for times in 1..=3 {
        workspace.write("settings.py.new", &format!("x = {times}"));
        let place = workspace.file("settings.py");
        std::fs::rename(workspace.file("settings.py.new"), place).expect("renamed");
        assert!(
            within(HANG, || {
                let out = session.out();
                restarts(&out) >= times && out.matches("worker ready in").count() > times
            }),
            "change {times}: {}",
            session.out()
        );
    }
    assert_eq!(restarts(&session.out()), 3, "{}", session.out());
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn what_is_not_there_yet_or_comes_back_is_watched_and_a_path_may_be_a_pattern() {
    let workspace = Workspace::new(&stubborn(
        "worker",
        "polite",
        "cwd = \".\"\nwatch = { paths = [\"src\", \"single.conf\", \"late\", \"lib/**/*.py\"], debounce = \"50ms\" }",
    ));
    workspace.write("single.conf", "0");
    workspace.write("src/a.py", "0");
    workspace.write("lib/a.py", "0");
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let out = session.out();
    assert!(
        out.contains("late is not there yet: worker, which watches it,")
            && !out.contains("is not watched"),
        "{out}"
    );
    let count = |out: &str, file: &str| {
        out.matches(&format!("restarting worker: {file} changed"))
            .count()
    };
    // Each change once, all of a new tree at once: nobody writes a second time.
    let expect = |change: &dyn Fn(), file: &str| {
        let before = count(&session.out(), file);
        let ready = session.out().matches("worker ready in").count();
        change();
        assert!(
            within(HANG, || {
                let out = session.out();
                count(&out, file) > before && out.matches("worker ready in").count() > ready
            }),
            "{file}: {}",
            session.out()
        );
    };
    expect(&|| workspace.write("single.conf", "1"), "single.conf");
    expect(&|| workspace.write("late/x/y.txt", "1"), "late/x/y.txt");
    expect(&|| workspace.write("late/x/y.txt", "2"), "late/x/y.txt");
    expect(
        &|| workspace.write("src/new/deep/b.py", "1"),
        "src/new/deep/b.py",
    );
    expect(&|| workspace.write("lib/new/c.py", "1"), "lib/new/c.py");
    workspace.write("lib/new/c.txt", "1");
    // As `git checkout` does: away as a whole, and back.
    expect(
        &|| std::fs::remove_dir_all(workspace.file("src/new")).expect("it is there"),
        "src/new/deep/b.py",
    );
    expect(
        &|| std::fs::remove_dir_all(workspace.file("src")).expect("it is there"),
        "src/a.py",
    );
    expect(&|| workspace.write("src/a.py", "2"), "src/a.py");
    expect(&|| workspace.write("src/a.py", "3"), "src/a.py");
    assert!(
        !session.out().contains("c.txt changed"),
        "{}",
        session.out()
    );
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_service_whose_folder_goes_away_for_a_moment_waits_for_it() {
    let watched = "cwd = \"s\"\nwatch = { paths = [\".\"], debounce = \"50ms\" }";
    let workspace = Workspace::new(
        &[
            stubborn("api", "polite", watched),
            stubborn("other", "polite", ""),
        ]
        .concat(),
    );
    workspace.write("s/a.py", "0");
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let (place, aside) = (workspace.file("s"), workspace.file("aside"));
    std::fs::rename(&place, &aside).expect("renamed");
    session.wait_for("s is gone: api, which runs there, is started again once it is back");
    assert!(!session.out().contains("restarting"), "{}", session.out());
    std::fs::rename(&aside, &place).expect("renamed");
    session.wait_for("restarting api: s/a.py changed");
    let again = |out: &str| out.matches("api ready in").count() == 2;
    assert!(within(HANG, || again(&session.out())), "{}", session.out());
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert!(!ended.out.contains("api ended"), "{}", ended.all());
    assert_eq!(ended.out.matches("s is gone").count(), 1, "{}", ended.all());
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_file_that_an_editor_writes_beside_another_and_renames_is_not_named() {
    let workspace = Workspace::new(&stubborn(
        "worker",
        "polite",
        "cwd = \".\"\nwatch = { paths = [\"src\"], debounce = \"300ms\" }",
    ));
    workspace.write("src/f.txt", "0");
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    workspace.write("src/sedPygUVs", "1");
    std::fs::rename(workspace.file("src/sedPygUVs"), workspace.file("src/f.txt")).expect("renamed");
    session.wait_for("restarting worker: ");
    let out = session.out();
    assert!(
        out.contains("restarting worker: src/f.txt changed"),
        "{out}"
    );
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
    assert_eq!(living(workspace.path()), []);
}

/// Waits until the worker was started so often, and got ready.
fn until_ready(session: &Session, times: usize) {
    let is_ready = || session.out().matches("worker ready in").count() == times;
    assert!(within(HANG, is_ready), "{}", session.out());
}

#[test]
fn a_folder_that_is_moved_away_counts_by_the_files_that_were_in_it() {
    let workspace = Workspace::new(&stubborn(
        "worker",
        "polite",
        "cwd = \".\"\nwatch = { paths = [\"src\", \"other\"], only = [\"*.py\"], debounce = \"50ms\" }",
    ));
    for file in ["src/a.txt", "src/code/b.py", "src/text/c.txt", "other/d.py"] {
        workspace.write(file, "0");
    }
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let mv = |from: &str, to: &str| {
        std::fs::rename(workspace.file(from), workspace.file(to)).expect("renamed");
    };
    mv("src/a.txt", "src/b.txt");
    mv("src/text", "src/words");
    mv("src/words", "away");
    mv("src/code", "code");
    session.wait_for("restarting worker: src/code/b.py changed");
    until_ready(&session, 2);
    // Nothing that counts is left in it.
    mv("src", "src-away");
    mv("src-away", "src");
    workspace.write("other/d.py", "1");
    session.wait_for("restarting worker: other/d.py changed");
    until_ready(&session, 3);
    // What came back is watched.
    workspace.write("src/new.py", "1");
    session.wait_for("restarting worker: src/new.py changed");
    until_ready(&session, 4);
    assert_eq!(
        session.out().matches("restarting worker").count(),
        3,
        "{}",
        session.out()
    );
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn what_stands_behind_a_link_is_watched_under_the_links_name() {
    let workspace = Workspace::new(&stubborn(
        "worker",
        "polite",
        "cwd = \".\"\nwatch = { paths = [\"src\"], debounce = \"50ms\" }",
    ));
    for file in ["src/a.py", "shared/deep/b.py", "late/c.py"] {
        workspace.write(file, "0");
    }
    let link = |to: &str, at: &str| {
        std::os::unix::fs::symlink(workspace.file(to), workspace.file(at)).expect("a link");
    };
    link("shared", "src/shared");
    link("src", "shared/circle");
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    workspace.write("shared/deep/b.py", "1");
    session.wait_for("restarting worker: src/shared/deep/b.py changed");
    until_ready(&session, 2);
    link("late", "src/late");
    session.wait_for("restarting worker: src/late/c.py changed");
    until_ready(&session, 3);
    workspace.write("late/new/d.py", "1");
    session.wait_for("restarting worker: src/late/new/d.py changed");
    until_ready(&session, 4);
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn whoever_is_to_be_started_again_without_its_folder_waits_for_it_whatever_the_cause() {
    let workspace = Workspace::new(
        &[
            stubborn("api", "polite", "cwd = \"s\""),
            stubborn("other", "polite", ""),
        ]
        .concat(),
    );
    workspace.write("s/a.py", "0");
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let (place, aside) = (workspace.file("s"), workspace.file("aside"));
    std::fs::rename(&place, &aside).expect("renamed");
    let order = workspace.command(&["restart"], &["api"]).start();
    session.wait_for("s is gone: api, which runs there, is started again once it is back");
    std::fs::rename(&aside, &place).expect("renamed");
    let ordered = order.end();
    assert_eq!(ordered.code(), Some(0), "{}", ordered.all());
    assert!(ordered.out.contains("s is gone: api,"), "{}", ordered.all());
    let again = |out: &str| out.matches("api ready in").count() == 2;
    assert!(within(HANG, || again(&session.out())), "{}", session.out());
    // Who waits for it can be asked to end.
    std::fs::rename(&place, &aside).expect("renamed");
    let order = workspace.command(&["restart"], &["api"]).start();
    let told = |out: &str| out.matches("s is gone: api").count() == 2;
    assert!(within(HANG, || told(&session.out())), "{}", session.out());
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    order.end();
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn what_we_print_into_a_watched_folder_starts_nobody() {
    let workspace = Workspace::new(
        "[services.a]\ncommand = \"echo up; exec sleep 1000\"\nwatch = true\nready = { log = \"up\" }\n",
    );
    let into_a_file = ["sh", "-c", "exec \"$0\" \"$@\" > dev.txt 2>&1"];
    let session = workspace.dev(&[]).through(&into_a_file).start();
    let said = || std::fs::read_to_string(workspace.file("dev.txt")).unwrap_or_default();
    assert!(within(HANG, || said().contains("all ready")), "{}", said());
    workspace.write("other.txt", "x\n");
    let told = "restarting a: other.txt changed";
    assert!(within(HANG, || said().contains(told)), "{}", said());
    std::thread::sleep(Duration::from_millis(1200));
    session.signal(Signal::SIGINT);
    session.end();
    assert!(!said().contains("dev.txt changed"), "{}", said());
}

#[test]
fn a_path_that_is_watched_has_no_choice_and_takes_nothing_back() {
    for (watch, told) in [
        ("[\"src/*.{py,js}\"]", "write a pattern for each"),
        (
            "{ paths = [\"src/**\", \"!src/gen/**\"] }",
            "`ignore` names",
        ),
        ("[\"src/*.log\"]", "never counts, `*.log`"),
        (
            "{ paths = [\"src\"], only = [\"*.py\", \"*.pyc\"] }",
            "never counts, `*.pyc`",
        ),
    ] {
        let workspace = Workspace::new(&stubborn("api", "polite", &format!("watch = {watch}")));
        let refused = workspace.dev(&["--dry-run"]).run();
        assert_ne!(refused.code(), Some(0), "{}", refused.all());
        assert!(refused.err.contains(told), "{}", refused.all());
    }
}
