//! What is refused before anything is started, and how it is said.

use std::net::TcpListener;

use crate::support::{Workspace, stubborn};

#[test]
fn a_taken_port_is_refused_with_its_holder() {
    let holder = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = holder.local_addr().expect("bound").port();
    let workspace = Workspace::new(
        &[
            stubborn("api", "listen", &format!("port = {port}")),
            stubborn(
                "other",
                "journal other DIR/journal",
                &format!("port = {}", port + 1),
            ),
        ]
        .concat(),
    );
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    assert!(!ended.err.contains(&format!("port = {}", port + 1)));
    let us = std::process::id();
    assert!(
        ended
            .err
            .contains(&format!("port {port} of `api` is taken by")),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains(&format!("(pid {us})")) && ended.err.contains(&format!("kill {us}")),
        "{}",
        ended.err
    );
    let own = std::env::current_exe().expect("our path");
    assert!(
        ended.err.contains(
            own.file_name()
                .and_then(|name| name.to_str())
                .expect("UTF-8")
        ),
        "the command is shown: {}",
        ended.err
    );
    assert!(
        !workspace.file("journal").exists(),
        "something was started all the same"
    );
}

#[test]
fn an_unknown_service_gets_a_suggestion() {
    let workspace = Workspace::new(
        &[
            stubborn("backend", "polite", ""),
            stubborn("worker", "polite", ""),
        ]
        .concat(),
    );
    let ended = workspace.dev(&["backed"]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(
        ended.err.contains("did you mean `backend`?"),
        "{}",
        ended.err
    );
}

#[test]
fn a_broken_settings_file_is_shown_where_it_is_broken() {
    let workspace = Workspace::new("[services.api]\ncomand = \"run\"\n");
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    let lines: Vec<&str> = ended.err.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains("comand = \"run\""))
        .expect("the line itself is shown");
    assert!(
        lines[at].starts_with('2') || lines[at].trim_start().starts_with('2'),
        "{}",
        ended.err
    );
    assert!(lines[at + 1].contains("^^^^^^"), "{}", ended.err);
    assert!(
        ended.err.contains("did you mean `command`?"),
        "{}",
        ended.err
    );
}

#[test]
fn services_that_wait_for_each_other_are_named() {
    let workspace = Workspace::new(
        &[
            stubborn("a", "polite", "depends-on = [\"b\"]"),
            stubborn("b", "polite", "depends-on = [\"a\"]"),
        ]
        .concat(),
    );
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(ended.err.contains("`a` → `b` → `a`"), "{}", ended.err);
    assert!(
        ended.err.contains("--> pixcrawler.toml:4:1"),
        "{}",
        ended.err
    );
}

#[test]
fn a_dependency_that_there_is_not_is_shown_where_it_stands() {
    let workspace = Workspace::new(
        &[
            stubborn("a", "polite", "depends-on = [\"bb\"]"),
            stubborn("bbb", "polite", ""),
        ]
        .concat(),
    );
    let ended = workspace.dev(&["--dry-run"]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    for told in ["--> pixcrawler.toml:4:1", "did you mean `bbb`?"] {
        assert!(ended.err.contains(told), "{told}: {}", ended.err);
    }
}

#[test]
fn a_service_that_cannot_be_run_as_it_is_written_is_named() {
    let workspace = Workspace::new("[services.api]\nport = 8000\n");
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(
        ended
            .err
            .contains("service `api`: it was not detected, and there is no `command`"),
        "{}",
        ended.err
    );
}

#[test]
fn without_a_workspace_the_way_to_one_is_shown() {
    let workspace = Workspace::new("");
    std::fs::remove_file(workspace.file("pixcrawler.toml")).expect("it was there");
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(
        ended.err.contains("no workspace here") && ended.err.contains("pixcrawler new"),
        "{}",
        ended.err
    );
    assert!(
        !workspace.file(".pixcrawler").exists(),
        "nothing is written where there is no workspace"
    );
}

#[test]
fn a_folder_without_backend_runs_what_it_has_and_says_what_it_lacks() {
    let workspace = Workspace::new("");
    std::fs::remove_file(workspace.file("pixcrawler.toml")).expect("it was there");
    let package = r#"{"scripts": {"dev": "next dev"}}"#;
    workspace.write("frontend/package.json", package);
    let ended = workspace
        .dev(&["--dry-run"])
        .env("PATH", crate::tools::path())
        .run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert!(ended.out.contains("frontend  "), "{}", ended.out);
    for words in ["no FastAPI app was found", "no Celery app was found"] {
        assert!(ended.err.contains(words), "{}", ended.err);
    }
}

#[test]
fn an_empty_workspace_has_nothing_to_run() {
    let workspace = Workspace::new("");
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(ended.err.contains("nothing to run"), "{}", ended.err);
}

#[test]
fn a_second_session_in_a_workspace_is_refused() {
    let workspace = Workspace::new(&stubborn("api", "polite", ""));
    let mut first = workspace.dev(&[]).start();
    first.wait_for("all ready");
    let second = workspace.dev(&[]).run();
    assert_eq!(second.code(), Some(4), "{}", second.all());
    assert!(
        second.err.contains("already running (pid "),
        "{}",
        second.err
    );
    for (args, told) in [
        (&["--until-ready"][..], "--until-ready concerns the start"),
        (&["--timeout", "1s"], "--timeout concerns the start"),
        (&["--scale", "api=2", "--migrate"], "pixcrawler scale api=2"),
        (&["--timings"], "pixcrawler dev --timings"),
        (&["--keep-going"], "--keep-going concerns the start"),
        (&["--no-managed"], "pixcrawler dev --no-managed"),
        (&["--no-install"], "pixcrawler dev --no-install"),
        (&["--takeover"], "pixcrawler dev --takeover"),
        (&["--no-check"], "pixcrawler dev --no-check"),
    ] {
        let refused = workspace.dev(&[&["--attach"], args].concat()).run();
        assert_eq!(refused.code(), Some(2), "{}", refused.all());
        assert!(refused.err.contains(told), "{}", refused.all());
    }
    // What it says is true: that number stops the session.
    let pid = second
        .err
        .split("(pid ")
        .nth(1)
        .and_then(|rest| rest.split(')').next())
        .expect("a pid")
        .parse()
        .expect("a number");
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(pid),
        nix::sys::signal::Signal::SIGTERM,
    )
    .expect("it is alive");
    let ended = first.end();
    assert_eq!(ended.signal(), Some(15), "{}", ended.all());
}

#[test]
fn a_dry_run_describes_the_plan_and_starts_nothing() {
    let workspace = Workspace::new(
        &[
            stubborn(
                "api",
                "listen",
                "port = 18431\nready = { http = \"http://localhost:18431/\" }",
            ),
            stubborn(
                "web",
                "polite",
                "depends-on = [\"api\"]\nstop = { signal = \"SIGINT\", grace = \"2s\" }\nhealth = { exec = \"true\" }\nrestart = \"always\"\nwatch = { paths = [\"src\"], ignore = [\"*.md\"] }\nreplicas = 2\nmax-processes = 7",
            ),
        ]
        .concat(),
    );
    let ended = workspace.dev(&["--dry-run", "--format", "json"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    let report: serde_json::Value = serde_json::from_str(&ended.out).expect("one JSON object");
    assert_eq!(report["command"], "dev");
    assert_eq!(report["services"][0]["name"], "api");
    assert_eq!(
        report["services"][0]["ready"]["http"],
        "http://localhost:18431/"
    );
    assert_eq!(
        report["services"][1]["depends_on"][0],
        serde_json::json!({"service": "api", "condition": "ready"})
    );
    let web = &report["services"][1];
    assert_eq!(web["stop"]["signal"], "SIGINT");
    assert_eq!(web["stop"]["grace_ms"], 2000);
    assert_eq!(web["health"]["interval_ms"], 10_000);
    assert_eq!(report["services"][0]["ready_timeout_ms"], 120_000);

    let human = workspace.dev(&["--dry-run"]).run();
    assert_eq!(human.code(), Some(0), "{}", human.all());
    assert!(
        human.out.contains(":18431") && human.out.contains("after api"),
        "{}",
        human.out
    );
    for told in [
        "ready by http://localhost:18431/, within 2 min",
        "replica 2 of web",
        "healthy by success of `true` every 10.0 s, 3 failures in a row",
        "restarts always, 5 failures in a row end that",
        "watches src but *.md",
        "at most 7 processes",
        "stops by SIGINT within 2.0 s",
    ] {
        assert!(human.out.contains(told), "{told}: {}", human.out);
    }
    assert!(
        !workspace.file(".pixcrawler").exists(),
        "a dry run writes nothing"
    );
}

#[test]
fn what_can_be_read_and_would_never_be_so_is_shown_where_it_stands() {
    // The line of the settings, what is said of it, and the line that is wrong.
    let cases = [
        (
            "env = { \"A=B\" = \"1\" }",
            "`A=B` is no name of a variable",
            3,
        ),
        ("port = 0", "port 0 is none", 3),
        ("port-step = 0", "all replicas would have one port", 3),
        ("profiles = [\"\"]", "a profile has a name", 3),
        ("command = \"y\"", "`command` is said a second time", 3),
        ("stop = { grace = true }", "invalid type: boolean `true`", 3),
        (
            "stop = { command = \"a\\u0000b\" }",
            "holds a NUL character",
            3,
        ),
        ("depends-on = [\"api\"]", "`api` waits for itself", 3),
        ("needs = []", "did you mean `depends-on`?", 3),
        (
            "[services.\"a\\nb\"]\ncommand = \"y\"",
            "its name holds control characters",
            3,
        ),
        (
            "watch = { ignore = [\"*.md\", \"*.t[xm\"] }",
            "`*.t[xm` has a `[` that is never closed",
            3,
        ),
        ("ready = {}", "`ready` names no check", 3),
        ("ready = { tcp = 0 }", "port 0 is none", 3),
        ("ready = { exec = [\"\"] }", "the command is empty", 3),
        (
            "ready = { http = { url = \"http://h/\", status = [] } }",
            "`status` is an empty list",
            3,
        ),
        (
            "ready = { http = { url = \"http://h/\", headers = { \"a b\" = \"x\" } } }",
            "`a b` is no header",
            3,
        ),
        (
            "ready = { tcp = 1, delay = \"3s\", timeout = \"2s\" }",
            "its first attempt would come after 3.0 s, and its time is over after 2.0 s",
            3,
        ),
        (
            "health = { http = \"http://127.0.0.1:{port}/\" }",
            "names the port of the service, which has none",
            3,
        ),
        (
            "restart = { when = \"always\", delay = \"2s\", max-delay = \"1s\" }",
            "`max-delay`, 1.0 s, is less than `delay`, 2.0 s",
            3,
        ),
        (
            "replicas = 2\n[services.api-2]\ncommand = \"y\"",
            "replica 2 of `api` would be `api-2`",
            3,
        ),
        (
            "restart = \"always\"\n[services.web]\ncommand = \"y\"\ndepends-on = { api = \"completed\" }",
            "it waits for the end of `api`",
            6,
        ),
        (
            "[services.web]\ncommand = \"y\"\ndepends-on = { api = \"healthy\" }",
            "it waits for `api` to be healthy, which has no health check",
            5,
        ),
        (
            "[services.\"\"]\ncommand = \"y\"",
            "a service has a name",
            3,
        ),
    ];
    for (line, told, at) in cases {
        let settings = format!("[services.api]\ncommand = \"x\"\n{line}\n");
        let ended = Workspace::new(&settings).dev(&["--dry-run"]).run();
        assert_eq!(ended.code(), Some(2), "{line}: {}", ended.all());
        let place = format!("pixcrawler.toml:{at}:");
        assert!(
            ended.err.contains(told) && ended.err.contains(&place),
            "{line}: {}",
            ended.err
        );
    }
}

#[test]
fn whoever_waited_for_what_is_left_out_does_not_wait_whatever_the_names() {
    let settings = [
        stubborn("a", "polite", "depends-on = [\"b\"]"),
        stubborn("b", "polite", "enabled = false"),
        stubborn("c", "polite", "depends-on = [\"b\"]"),
    ]
    .concat();
    let ended = Workspace::new(&settings).dev(&["--dry-run"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
}

#[test]
fn what_cannot_be_started_is_said_where_it_stands_before_anything_is() {
    // The lines of a service, what is said of it, the line that is wrong, and whether it is an error.
    let cases = [
        (
            "command = [\"no-such\"]",
            "service `api`: `no-such` is not on PATH",
            2,
            true,
        ),
        (
            "command = \"no-such --x\"",
            "service `api`: `no-such` is not on PATH",
            2,
            true,
        ),
        (
            "command = \"no-such | cat\"",
            "service `api`: `no-such` is not on PATH",
            2,
            false,
        ),
        (
            "command = [\"./file\"]",
            "`./file` is not executable",
            2,
            true,
        ),
        ("command = [\"./none\"]", "there is no file ", 2, true),
        (
            "command = \"sleep 1\"\ncwd = \"none\"",
            "there is no folder ",
            3,
            true,
        ),
        (
            "command = \"sleep 1\"\ncwd = \"file\"",
            "is a file, no folder",
            3,
            true,
        ),
        (
            "command = [\"only-here\"]\nenv = { PATH = \"/none\" }",
            "PATH is what `env` of [services.api] sets",
            2,
            true,
        ),
        (
            "command = [\"./none\"]\nrestart = \"on-failure\"",
            "there is no file ",
            2,
            false,
        ),
        (
            "command = [\"./none\"]\ndepends-on = [\"build\"]\n[services.build]\ncommand = \"make\"\ntask = true",
            "`build` may make it",
            2,
            false,
        ),
        (
            "command = \"sleep 1\"\nready = { exec = [\"no-such\"] }",
            "service `api`: `ready.exec`: `no-such` is not on PATH",
            3,
            false,
        ),
        (
            "command = \"sleep 1\"\nwatch = [\"file\", \"none\"]",
            "service `api` watches `none`, and there is no such file or folder",
            3,
            false,
        ),
    ];
    for (lines, told, at, is_error) in cases {
        let workspace = Workspace::new(&format!("[services.api]\n{lines}\n"));
        workspace.write("file", "#!/bin/sh\n");
        let ended = workspace.dev(&["--dry-run"]).run();
        let code = i32::from(is_error);
        assert_eq!(ended.code(), Some(code), "{lines}: {}", ended.all());
        let place = format!("pixcrawler.toml:{at}:");
        let all = ended.all();
        assert!(all.contains(told) && all.contains(&place), "{lines}: {all}");
        if is_error {
            let ended = workspace.dev(&[]).run();
            assert_eq!(ended.code(), Some(1), "{lines}: {}", ended.all());
            assert!(ended.err.contains(told), "{lines}: {}", ended.err);
        }
    }
}

#[test]
fn what_is_there_is_found_wherever_the_service_finds_it() {
    let workspace = Workspace::new(
        "[services.a]\ncommand = [\"only-here\"]\nenv = { PATH = \"bin:/usr/bin:/bin\" }\n[services.b]\ncommand = [\"./run\"]\ncwd = \"bin\"\n[services.c]\ncommand = \"A=1 exec ./bin/run 2>&1\"\n[services.d]\ncommand = \"no-such || sleep 1\"\n[services.e]\ncommand = \"cd bin && ./run\"\n",
    );
    for file in ["bin/only-here", "bin/run"] {
        let file = workspace.file(file);
        std::fs::create_dir_all(workspace.file("bin")).expect("a folder of ours");
        crate::support::executable(&file, "#!/bin/sh\nexec sleep 1000\n");
    }
    let ended = workspace.dev(&["--dry-run"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert!(!ended.all().contains("plan/"), "{}", ended.all());
}
