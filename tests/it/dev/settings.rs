//! `pixcrawler.toml` changes while a session runs.

use nix::sys::signal::Signal;

use crate::support::{HANG, Session, Workspace, free_port, living, within};

/// A service that says its word, and one beside it.
const BEFORE: &str = "\
[services.api]
command = \"echo first word; exec sleep 1000\"
cwd = \".\"
ready = { log = \"word\" }

[services.other]
command = [\"sleep\", \"1000\"]
cwd = \".\"
";

fn started(settings: &str, args: &[&str]) -> (Workspace, Session) {
    let workspace = Workspace::new(settings);
    let mut session = workspace.dev(args).start();
    session.wait_for("all ready");
    (workspace, session)
}

fn end(workspace: &Workspace, session: Session) -> String {
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert_eq!(living(workspace.path()), []);
    ended.out
}

/// The names and states that `ps` lists.
fn services(workspace: &Workspace) -> Vec<(String, String)> {
    let ended = workspace.command(&["ps", "--format", "json"], &[]).run();
    let object: serde_json::Value = serde_json::from_str(&ended.out).expect("JSON");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let services = object["services"].as_array().expect("services").iter();
    services
        .map(|one| (text(&one["name"]), text(&one["state"])))
        .collect()
}

#[test]
fn only_whose_definition_changed_is_started_again() {
    let (workspace, mut session) = started(BEFORE, &[]);
    workspace.write("pixcrawler.toml", &format!("# a note\n{BEFORE}"));
    session.wait_for("pixcrawler.toml was saved: no service changes");
    let after = BEFORE.replace("first", "second");
    workspace.write("pixcrawler.toml", &after);
    session.wait_for("restarting api: pixcrawler.toml changed (command)");
    session.wait_for("second word");
    workspace.write(
        "pixcrawler.toml",
        &format!("{after}env = {{ A = \"1\" }}\n"),
    );
    session.wait_for("restarting other: pixcrawler.toml changed (env)");
    let out = end(&workspace, session);
    assert_eq!(out.matches("restarting ").count(), 2, "{out}");
}

#[test]
fn what_is_broken_is_shown_at_its_place_and_everything_goes_on() {
    let (workspace, mut session) = started(BEFORE, &[]);
    workspace.write("pixcrawler.toml", &BEFORE.replace("ready =", "raedy ="));
    session.wait_for("unknown field `raedy`");
    session.wait_for("pixcrawler.toml:4:1");
    session.wait_for("did you mean `ready`?");
    session.wait_for("1 problem in the way of pixcrawler.toml: every service goes on as it is");
    // Who speaks with the session needs no settings.
    assert_eq!(services(&workspace).len(), 2);
    let waits = BEFORE.replace("ready =", "depends-on = [\"othre\"]\nready =");
    workspace.write("pixcrawler.toml", &waits);
    session.wait_for("did you mean `other`?");
    session.wait_for("pixcrawler.toml:4:");
    workspace.write("pixcrawler.toml", "");
    session.wait_for("pixcrawler.toml leaves nothing to run: every service goes on as it is");
    workspace.write("pixcrawler.toml", BEFORE);
    session.wait_for("pixcrawler.toml is mended: no service changes");
    let out = end(&workspace, session);
    assert!(!out.contains("restarting "), "{out}");
}

#[test]
fn what_the_session_was_started_with_stands_in_the_way_of_no_edit() {
    let more = "\n[services.p]\ncommand = [\"sleep\", \"1000\"]\ncwd = \".\"\nprofiles = [\"x\"]\n\
                \n[services.q]\ncommand = [\"sleep\", \"1000\"]\ncwd = \".\"\n";
    let before = format!("{BEFORE}{more}");
    let (workspace, mut session) = started(&before, &["--profile", "x", "--scale", "q=3"]);
    let without = before.replace("profiles = [\"x\"]\n", "");
    workspace.write("pixcrawler.toml", &without);
    session.wait_for("--profile x of this session chooses nothing: no service has it");
    let end_of_q = without.find("[services.q]").expect("it is there");
    workspace.write("pixcrawler.toml", &without[..end_of_q]);
    session.wait_for("goes on without its --scale q=3: no service has that name");
    session.wait_for("q-3 is not in it any more and stops");
    let renamed = workspace.file("elsewhere.toml");
    std::fs::rename(workspace.file("pixcrawler.toml"), &renamed).expect("it is there");
    session.wait_for("pixcrawler.toml is gone: every service goes on as it is");
    std::fs::rename(&renamed, workspace.file("pixcrawler.toml")).expect("it is there");
    session.wait_for("pixcrawler.toml is mended: no service changes");
    // What was typed holds as soon as there is something for it.
    workspace.write("pixcrawler.toml", &before);
    session.wait_for("pixcrawler.toml changed: q-3 is new");
    let out = end(&workspace, session);
    assert_eq!(out.matches("of this session chooses").count(), 1, "{out}");
    assert!(!out.contains("error["), "{out}");
}

#[test]
fn services_come_and_go() {
    let (workspace, mut session) = started(BEFORE, &[]);
    let more = "\n[services.mail]\ncommand = \"echo mail here; exec sleep 1000\"\ncwd = \".\"\n\
                ready = { log = \"here\" }\ndepends-on = [\"api\"]\n";
    workspace.write("pixcrawler.toml", &format!("{BEFORE}{more}"));
    session.wait_for("pixcrawler.toml changed: mail is new");
    session.wait_for("mail ready in");
    let other = BEFORE.find("[services.other]").expect("it is there");
    workspace.write("pixcrawler.toml", &format!("{}{more}", &BEFORE[..other]));
    session.wait_for("pixcrawler.toml changed: other is not in it any more and stops");
    session.wait_for("other stopped in");
    let two = [("api", "ready"), ("mail", "ready")];
    let two = two.map(|(name, state)| (name.to_owned(), state.to_owned()));
    assert_eq!(services(&workspace), two);
    let refused = workspace.command(&["start"], &["other"]).run();
    assert_eq!(refused.code(), Some(2), "{}", refused.all());
    // And back again.
    workspace.write("pixcrawler.toml", &format!("{BEFORE}{more}"));
    session.wait_for("pixcrawler.toml changed: other is new");
    assert!(
        within(HANG, || services(&workspace).len() == 3
            && services(&workspace)
                .iter()
                .all(|(_, state)| state != "stopping")),
        "{}",
        session.out()
    );
    let out = end(&workspace, session);
    assert!(!out.contains("restarting "), "{out}");
    assert!(workspace.log("mail").contains("mail here"));
}

#[test]
fn a_port_is_handed_on_from_one_service_to_another() {
    let port = free_port();
    let server = |name: &str| {
        format!(
            "[services.{name}]\ncommand = [\"python3\", \"-BS\", \"DIR/stubborn/listen.py\"]\n\
             port = {port}\nready = {{ tcp = {port} }}\n\n"
        )
    };
    let workspace = Workspace::new(&format!("{}{BEFORE}", server("old")));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let new = format!("{}{BEFORE}", server("new"));
    let dir = workspace.path().to_str().expect("UTF-8").to_owned();
    workspace.write("pixcrawler.toml", &new.replace("DIR", &dir));
    session.wait_for("old stopped in");
    session.wait_for("new ready in");
    end(&workspace, session);
}

#[test]
fn what_is_done_with_a_process_changes_without_another_one() {
    let stubborn = |grace: &str| {
        format!(
            "{BEFORE}\n[services.deaf]\ncommand = [\"python3\", \"-BS\", \"DIR/stubborn/deaf.py\"]\n\
             ready = {{ log = \"up\" }}\nstop = {{ grace = \"{grace}\" }}\n"
        )
    };
    let workspace = Workspace::new(&stubborn("1h"));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let dir = workspace.path().to_str().expect("UTF-8").to_owned();
    workspace.write("pixcrawler.toml", &stubborn("100ms").replace("DIR", &dir));
    session.wait_for("pixcrawler.toml changed: deaf goes on, with another stop");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert!(
        ended
            .out
            .contains("deaf did not stop in time and is killed"),
        "{}",
        ended.all()
    );
    assert!(!ended.out.contains("restarting "), "{}", ended.all());
}

#[test]
fn what_has_ended_is_judged_by_other_codes_from_its_next_start_on() {
    let settings = format!(
        "{BEFORE}\n[services.k]\ncommand = \"exit 9\"\ncwd = \".\"\n\
         [services.w]\ncommand = \"sleep 1000\"\ncwd = \".\"\n\
         depends-on = {{ k = \"completed_successfully\" }}\n"
    );
    let workspace = Workspace::new(&settings);
    let mut session = workspace.dev(&["--keep-going"]).start();
    session.wait_for("w is not started, since k ended with exit code 9");
    let codes = "[services.k]\nsuccess-codes = [9]\n";
    workspace.write(
        "pixcrawler.toml",
        &settings.replace("[services.k]\n", codes),
    );
    session.wait_for("pixcrawler.toml changed: k takes another success-codes at its next start");
    let state = |name: &str| {
        let all = services(&workspace).into_iter();
        all.filter(|(known, _)| known == name)
            .map(|(_, state)| state)
            .next()
    };
    assert_eq!(state("k").as_deref(), Some("failed"));
    let started = workspace.command(&["start"], &["k"]).run();
    session.wait_for("w started");
    assert_eq!(state("k").as_deref(), Some("done"), "{}", started.all());
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn what_is_read_at_the_start_alone_is_said_to_wait() {
    let (workspace, mut session) = started(BEFORE, &[]);
    let with = format!("{BEFORE}\n[logs]\nmax-files = 9\n");
    workspace.write("pixcrawler.toml", &with);
    session.wait_for("[logs] takes effect at the next start of pixcrawler dev");
    end(&workspace, session);
}

#[test]
fn fewer_replicas_are_so_many_whatever_another_terminal_has_asked_for() {
    let settings = |replicas: u32| {
        format!(
            "{BEFORE}\n[services.worker]\ncommand = [\"sleep\", \"1000\"]\ncwd = \".\"\nreplicas = {replicas}\n"
        )
    };
    let (workspace, mut session) = started(&settings(2), &[]);
    let scaled = workspace.command(&["scale"], &["worker=3"]).run();
    assert_eq!(scaled.code(), Some(0), "{}", scaled.all());
    workspace.write("pixcrawler.toml", &settings(1));
    session.wait_for("worker-2 is not in it any more and stops");
    session.wait_for("worker-3, which was scaled up by hand, is one too many now and stops");
    session.wait_for("worker-2 stopped in");
    session.wait_for("worker-3 stopped in");
    let names = |workspace: &Workspace| -> Vec<String> {
        services(workspace)
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    };
    assert_eq!(names(&workspace), ["api", "other", "worker-1"]);
    let out = end(&workspace, session);
    assert!(!out.contains("restarting "), "{out}");
}

#[test]
fn replicas_of_another_terminal_stop_with_a_group_that_has_other_names() {
    let settings = |more: &str| {
        format!("{BEFORE}\n[services.worker]\ncommand = [\"sleep\", \"1000\"]\ncwd = \".\"\n{more}")
    };
    let (workspace, mut session) = started(&settings("replicas = 2\n"), &[]);
    let scaled = workspace.command(&["scale"], &["worker=3"]).run();
    assert_eq!(scaled.code(), Some(0), "{}", scaled.all());
    workspace.write("pixcrawler.toml", &settings(""));
    session.wait_for("worker-3, which was scaled up by hand, stops with its group");
    session.wait_for("worker-3 stopped in");
    session.wait_for("worker started");
    let scaled = workspace.command(&["scale"], &["worker=1"]).run();
    assert_eq!(scaled.code(), Some(0), "{}", scaled.all());
    let names: Vec<String> = services(&workspace).into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["api", "other", "worker"]);
    end(&workspace, session);
}

#[test]
fn another_folder_is_watched_from_now_on() {
    let settings = |watch: &str| BEFORE.replace("ready =", &format!("{watch}\nready ="));
    let (workspace, mut session) = started(&settings(""), &[]);
    workspace.write("code/a.py", "1");
    workspace.write("pixcrawler.toml", &settings("watch = [\"code\"]"));
    session.wait_for("api goes on, with another watch");
    // It is watched in the moment after that line.
    let wanted = "restarting api: code/a.py changed";
    assert!(
        within(HANG, || {
            workspace.write("code/a.py", "2");
            session.out().contains(wanted)
        }),
        "{}",
        session.out()
    );
    session.wait_for("api stopped in");
    end(&workspace, session);
}

#[test]
fn what_is_worth_a_look_at_the_start_is_worth_one_in_a_change() {
    let (workspace, mut session) = started(BEFORE, &[]);
    let after = BEFORE.replace("echo first word; exec", "no-such | cat; echo word; exec");
    workspace.write("pixcrawler.toml", &after);
    session.wait_for("service `api`: `no-such` is not on PATH");
    session.wait_for("restarting api: pixcrawler.toml changed (command)");
    let out = end(&workspace, session);
    assert!(out.contains("warning[plan/program-missing]"), "{out}");
}

#[test]
fn a_session_of_named_services_stays_one_of_those() {
    let worker = "[services.worker]\ncommand = [\"sleep\", \"1000\"]\ncwd = \".\"\nreplicas = 2\n";
    let settings = format!("{BEFORE}\n{worker}");
    let (workspace, mut session) = started(&settings, &["worker"]);
    workspace.write("pixcrawler.toml", &settings.replace("1000", "2000"));
    session.wait_for("restarting worker-1: pixcrawler.toml changed (command)");
    workspace.write("pixcrawler.toml", BEFORE);
    session.wait_for("nothing to run of what this session was started for (worker)");
    workspace.write("pixcrawler.toml", &settings.replace("1000", "2000"));
    session.wait_for("pixcrawler.toml is mended: no service changes");
    let names: Vec<String> = services(&workspace).into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["worker-1", "worker-2"]);
    end(&workspace, session);
}

#[test]
fn a_scale_that_is_written_down_keeps_its_ports() {
    let port = free_port();
    let workspace = Workspace::new(BEFORE);
    let dir = workspace.path().to_str().expect("UTF-8").to_owned();
    let settings = |more: &str| {
        format!(
            "{BEFORE}\n[services.web]\ncommand = [\"python3\", \"-BS\", \"{dir}/stubborn/listen.py\"]\n\
             port = {port}\nport-step = 1\nready = {{ tcp = {port} }}\n{more}"
        )
    };
    workspace.write("pixcrawler.toml", &settings(""));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let scaled = workspace.command(&["scale"], &["web=2"]).run();
    assert_eq!(scaled.code(), Some(0), "{}", scaled.all());
    workspace.write("pixcrawler.toml", &settings("replicas = 2\n"));
    session.wait_for("web-2, which runs already, is in it from now on");
    session.wait_for("web-1 ready in");
    let out = end(&workspace, session);
    assert!(!out.contains("is taken by"), "{out}");
}

/// The line of an excerpt, and the columns of what is underlined in it.
fn underlined(text: &str) -> (String, std::ops::Range<usize>) {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.contains('^'));
    let at = at.unwrap_or_else(|| panic!("nothing is underlined: {text}"));
    let start = lines[at].chars().position(|c| c == '^').expect("a place");
    let width = lines[at].chars().filter(|c| *c == '^').count();
    (lines[at - 1].to_owned(), start..start + width)
}

#[test]
fn an_excerpt_of_the_settings_shows_no_secret_and_underlines_what_it_means() {
    for line in [
        "env = { API_KEY = \"abcdefgh12345678\", API_KEYX = 3 }",
        "env = { DATABASE_URL = \"postgres://u:pgpassw0rd@h/db\", A = 3 }",
        "environ = { API_KEY = \"abcdefgh12345678\" }",
        "command = [\"nosuchprog-x\", \"--password=abcdefgh12345678\"]",
        "command = \"nosuchprog-x --password abcdefgh12345678\"",
        "env = { DB_PASSWORD = 7712345678 }",
    ] {
        let workspace = Workspace::new(&format!("[services.web]\ncwd = \".\"\n{line}\n"));
        let ended = workspace.dev(&[]).run();
        let all = ended.all();
        assert_ne!(ended.code(), Some(0), "{all}");
        assert!(all.contains("•••"), "{line}: {all}");
        for secret in ["abcdefgh", "pgpassw0rd", "7712345678"] {
            assert!(!all.contains(secret), "{line}: {all}");
        }
    }
    // What only an env file tells is known to a session that runs.
    let (workspace, mut session) = {
        let workspace = Workspace::new(BEFORE);
        workspace.write(".env", "API_TOKEN=Zq9x8Wv7Uu6Tt5Ss\n");
        let mut session = workspace.dev(&[]).start();
        session.wait_for("all ready");
        (workspace, session)
    };
    let broken = "[services.web]\nenv = { TELL = \"Zq9x8Wv7Uu6Tt5Ss\", A = 375 }\n";
    workspace.write("pixcrawler.toml", broken);
    session.wait_for("every service goes on as it is");
    let out = session.out();
    let (line, place) = underlined(&out);
    let meant: String = line.chars().skip(place.start).take(place.len()).collect();
    assert_eq!(meant, "375", "{out}");
    assert!(line.contains("TELL = \"••••••••••••••••\""), "{line}");
    end(&workspace, session);
}
