//! Env files that change while a session runs.

use nix::sys::signal::Signal;

use crate::support::{HANG, Session, Workspace, living, within};

const SCHEMA: &str = "\
[[variable]]
name = \"WORKERS\"
section = \"Server\"
description = \"Processes that answer requests\"
purpose = \"More of them use more cores\"
type = \"int\"
min = 1

[[variable]]
name = \"API_SECRET\"
section = \"Server\"
description = \"What others must know\"
purpose = \"It keeps strangers out\"
type = \"string\"
secret = true
";

/// A service prints the file that its tier reads, as a program might; others run beside it.
fn workspace() -> Workspace {
    let workspace = Workspace::new(
        r#"
[services.api]
command = "cat .env .env.production 2> /dev/null; echo up; exec sleep 1000"
cwd = "backend"
ready = { log = "up" }

[services.kept]
command = ["sleep", "1000"]
cwd = "backend"
watch-env = false

[services.other]
command = ["sleep", "1000"]
cwd = "."
"#,
    );
    for tier in ["root", "backend"] {
        workspace.write(&format!("env-schemas/{tier}.toml"), SCHEMA);
    }
    workspace.write("backend/.env", "WORKERS=2\n");
    workspace.write(".env", "COMMON=1\n");
    workspace
}

fn started(workspace: &Workspace, args: &[&str]) -> Session {
    let mut session = workspace.command(&["dev"], args).start();
    let json = args.contains(&"json");
    session.wait_for(if json { "all-ready" } else { "all ready" });
    session
}

fn end(workspace: &Workspace, session: Session) -> String {
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert_eq!(living(workspace.path()), []);
    ended.out
}

/// Waits until the service was ready so many times.
fn ready(session: &Session, service: &str, times: usize) {
    // With a check, or without.
    let words = [format!("{service} ready in"), format!("{service} started")];
    let count = |out: &str| -> usize { words.iter().map(|it| out.matches(it).count()).sum() };
    assert!(
        within(HANG, || count(&session.out()) >= times),
        "{}",
        session.out()
    );
}

#[test]
fn what_a_link_leads_to_is_watched_as_well() {
    let workspace = workspace();
    let link = |to: &str| {
        let env = workspace.file("backend/.env");
        std::fs::remove_file(&env).expect("it is there");
        std::os::unix::fs::symlink(workspace.file(to), env).expect("a link");
    };
    workspace.write("shared/env", "WORKERS=2\n");
    workspace.write("elsewhere/env", "WORKERS=5\n");
    link("shared/env");
    let session = started(&workspace, &[]);
    workspace.write("shared/env", "WORKERS=3\n");
    ready(&session, "api", 2);
    // As editors save.
    workspace.write("shared/new", "WORKERS=4\n");
    std::fs::rename(workspace.file("shared/new"), workspace.file("shared/env")).expect("moved");
    ready(&session, "api", 3);
    link("elsewhere/env");
    ready(&session, "api", 4);
    workspace.write("elsewhere/env", "WORKERS=6\n");
    ready(&session, "api", 5);
    end(&workspace, session);
}

#[test]
fn a_link_may_lead_to_what_is_not_there_yet_and_to_another_link() {
    let workspace = workspace();
    let mut session = started(&workspace, &[]);
    let link = |to: &str, at: &str| {
        std::os::unix::fs::symlink(workspace.file(to), workspace.file(at)).expect("a link");
    };
    link("later/real.env", "middle.env");
    std::fs::remove_file(workspace.file("backend/.env")).expect("it is there");
    link("middle.env", "backend/.env");
    for workers in ["WORKERS=3", "WORKERS=4"] {
        workspace.write("later/real.env", &format!("{workers}\n"));
        session.wait_for(workers);
    }
    end(&workspace, session);
}

#[test]
fn a_tiers_folder_may_be_moved_away_and_back_and_be_made_anew() {
    let workspace = workspace();
    let mut session = started(&workspace, &[]);
    let (folder, away) = (workspace.file("backend"), workspace.file("away"));
    std::fs::rename(&folder, &away).expect("moved");
    std::fs::rename(&away, &folder).expect("moved");
    workspace.write("backend/.env", "WORKERS=3\n");
    session.wait_for("WORKERS=3");
    std::fs::remove_dir_all(&folder).expect("removed");
    for workers in ["WORKERS=4", "WORKERS=5"] {
        workspace.write("backend/.env", &format!("{workers}\n"));
        session.wait_for(workers);
    }
    end(&workspace, session);
}

#[test]
fn only_who_gets_another_value_is_started_again_and_only_names_are_told() {
    let workspace = workspace();
    let mut session = started(&workspace, &[]);
    // Another time and the same text are no change of a value.
    workspace.write("backend/.env", "# a note\nWORKERS=2\n");
    session.wait_for("backend/.env was saved: no service gets another value");
    workspace.write("backend/.env", "WORKERS=3\nAPI_SECRET=correct-horse\n");
    session.wait_for("restarting api: backend/.env changed (API_SECRET, WORKERS)");
    session.wait_for("kept keeps the environment that it has (watch-env = false)");
    ready(&session, "api", 2);
    // What the root says is hidden where the tier says it itself.
    workspace.write(".env", "COMMON=1\nWORKERS=7\n");
    session.wait_for("restarting other: .env changed (WORKERS)");
    ready(&session, "other", 2);
    let out = end(&workspace, session);
    assert_eq!(out.matches("restarting api").count(), 1, "{out}");
    assert!(!out.contains("restarting kept"), "{out}");
    assert!(
        out.contains("API_SECRET=••••••") && !out.contains("correct-horse"),
        "{out}"
    );
    assert!(!workspace.log("api").contains("correct-horse"));
}

#[test]
fn what_is_wrong_is_shown_and_the_old_values_stay() {
    let workspace = workspace();
    let mut session = started(&workspace, &[]);
    workspace.write("backend/.env", "WORKERS=many\n");
    session.wait_for("error[env/wrong-type]: `WORKERS` is not an integer");
    session.wait_for("backend/.env:1:9");
    session.wait_for("keeps the environment that it has until that is mended");
    workspace.write("backend/.env", "WORKERS=4\n");
    session.wait_for("restarting api: backend/.env changed (WORKERS)");
    ready(&session, "api", 2);
    let out = end(&workspace, session);
    assert_eq!(out.matches("restarting ").count(), 1, "{out}");
}

#[test]
fn who_was_started_while_a_file_was_broken_is_started_again_when_it_is_mended() {
    let workspace = workspace();
    let mut session = started(&workspace, &[]);
    workspace.write("backend/.env", "WORKERS=many\n");
    session.wait_for("keeps the environment that it has until that is mended");
    // They read their file by themselves.
    for service in ["api", "kept"] {
        let restarted = workspace.command(&["restart"], &[service]).run();
        assert_eq!(restarted.code(), Some(0), "{}", restarted.all());
    }
    ready(&session, "api", 2);
    workspace.write("backend/.env", "WORKERS=2\n");
    session.wait_for("backend/.env is mended: no service gets another value");
    session.wait_for("restarting api: it may have read backend/.env before that was mended");
    ready(&session, "api", 3);
    // Once more, and nobody is started meanwhile.
    workspace.write("backend/.env", "WORKERS=none\n");
    assert!(
        within(HANG, || session
            .out()
            .matches("until that is mended")
            .count()
            >= 2),
        "{}",
        session.out()
    );
    workspace.write("backend/.env", "WORKERS=2\n");
    assert!(
        within(HANG, || session.out().matches("no service gets").count()
            >= 2),
        "{}",
        session.out()
    );
    let out = end(&workspace, session);
    assert_eq!(out.matches("before that was mended").count(), 1, "{out}");
}

#[test]
fn files_that_come_and_go_and_are_renamed_count() {
    let workspace = workspace();
    let mut session = started(&workspace, &["--env", "production"]);
    let place = "backend/.env.production";
    // As many editors write.
    workspace.write("backend/.env.production~tmp", "WORKERS=5\n");
    std::fs::rename(
        workspace.file("backend/.env.production~tmp"),
        workspace.file(place),
    )
    .expect("renamed");
    session.wait_for("restarting api: backend/.env.production changed (WORKERS)");
    ready(&session, "api", 2);
    std::fs::remove_file(workspace.file(place)).expect("removed");
    ready(&session, "api", 3);
    let out = end(&workspace, session);
    assert_eq!(
        out.matches("restarting api: backend/.env.production changed (WORKERS)")
            .count(),
        2,
        "{out}"
    );
}

#[test]
fn programs_read_it_too() {
    let workspace = workspace();
    let mut session = started(&workspace, &["--format", "json"]);
    workspace.write("backend/.env", "WORKERS=many\n");
    session.wait_for("\"event\":\"finding\"");
    workspace.write("backend/.env", "WORKERS=4\n");
    session.wait_for("backend/.env changed (WORKERS)");
    session.signal(Signal::SIGINT);
    let out = session.end().out;
    let lines = out
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let finding = lines
        .into_iter()
        .find(|object| object["event"] == "finding")
        .expect("a finding");
    assert_eq!(
        (&finding["rule"], &finding["file"], &finding["line"]),
        (&"env/wrong-type".into(), &"backend/.env".into(), &1.into()),
        "{finding}"
    );
}

#[test]
fn a_plan_tells_what_would_refuse_the_start() {
    let workspace = workspace();
    workspace.write("backend/.env", "WORKERS=none\n");
    let plan = |more: &[&str]| workspace.command(&["dev", "--dry-run"], more).run();
    let planned = plan(&[]);
    assert_eq!(planned.code(), Some(1), "{}", planned.all());
    let all = planned.all();
    assert!(
        all.contains("plan for ") && all.contains("error[env/wrong-type]"),
        "{all}"
    );
    let json = plan(&["--format", "json"]);
    assert!(json.out.contains("\"error\": 1"), "{}", json.all());
    let unchecked = plan(&["--no-check"]);
    assert_eq!(unchecked.code(), Some(0), "{}", unchecked.all());
    let said = "skipped: env files (--no-check)";
    assert!(unchecked.err.contains(said), "{}", unchecked.all());
    // What refuses nothing is `env check`'s to say.
    workspace.write("backend/.env", "WORKERS=2\nWORKERS=3\n");
    let planned = plan(&[]);
    assert_eq!(planned.code(), Some(0), "{}", planned.all());
    assert!(!planned.all().contains("[env/"), "{}", planned.all());
}

#[test]
fn the_same_text_written_once_more_is_told_from_a_file_left_alone() {
    let workspace = workspace();
    let files = ["backend/.env", "backend/.env.local"].map(|file| {
        let path = workspace.file(file);
        camino::Utf8PathBuf::from_path_buf(path).expect("UTF-8")
    });
    let traces = || pixcrawler::system::fs::traces(&files);
    let before = traces();
    assert_eq!(before, traces());
    assert!(before[0].is_some() && before[1].is_none());
    // The clock of a file system is coarse.
    while traces() == before {
        workspace.write("backend/.env", "WORKERS=2\n");
    }
    let before = traces();
    workspace.write("backend/.env.local", "");
    assert_ne!(traces(), before);
}
