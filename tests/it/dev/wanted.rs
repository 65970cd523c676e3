//! Services that are started by hand, and what they need: what is said when that fails.

use nix::sys::signal::Signal;

use super::control::{json, run, shell};
use crate::support::{Ended, Session, Workspace};

/// A service that runs until `DIR/fail` is there; `line` is what it does then.
fn breakable(name: &str, line: &str, more: &str) -> String {
    let sound = "echo up; sleep 1000";
    format!("[services.{name}]\ncommand = \"if [ -e fail ]; then {line}; fi; {sound}\"\n{more}\n\n")
}

fn after(name: &str, others: &str) -> String {
    let service = shell(name, "echo up; sleep 1000");
    format!("{}\ndepends-on = {others}\n\n", service.trim_end())
}

/// A session in which `web` (behind `api`) and `db` were stopped, and `db` fails from now on.
fn stopped(db: &str, args: &[&str]) -> (Workspace, Session) {
    let workspace = Workspace::new(
        &[
            db.to_owned(),
            after("api", "[\"db\"]"),
            after("web", "[\"api\"]"),
            shell("keep", "echo up; sleep 1000"),
        ]
        .concat(),
    );
    let mut session = workspace.dev(args).start();
    session.wait_for("all ready");
    let all = run(&workspace, "stop", &["web", "api", "db"]);
    assert_eq!(all.code(), Some(0), "{}", all.all());
    std::fs::write(workspace.file("fail"), "").expect("written");
    (workspace, session)
}

fn assert_says(ended: &Ended, out: &[&str], err: &[&str]) {
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    for wanted in out {
        assert!(ended.out.contains(wanted), "{wanted}: {}", ended.all());
    }
    for wanted in err {
        assert!(ended.err.contains(wanted), "{wanted}: {}", ended.all());
    }
}

#[test]
fn a_dependency_that_ends_at_once_is_named_with_its_last_words() {
    let log = "ready = { log = \"up\" }";
    for args in [&[] as &[&str], &["--keep-going"]] {
        let db = breakable("db", "echo no luck today; exit 3", log);
        let (workspace, session) = stopped(&db, args);
        let ended = run(&workspace, "start", &["web"]);
        let ends = args.is_empty();
        assert_says(
            &ended,
            &[
                "api is started: web needs it",
                "db is started: api needs it",
                "✗ db ended after",
                "with exit code 3",
                "│ no luck today",
            ],
            &[
                "web was not started, since db ended with exit code 3",
                "pixcrawler logs db",
            ],
        );
        assert_eq!(ended.err.contains("; the session ends with it"), ends);
        assert_eq!(ended.out.contains("stopping: db ended"), ends);
        if !ends {
            session.signal(Signal::SIGINT);
        }
        session.end();
    }
}

#[test]
fn a_dependency_that_does_not_get_ready_is_named() {
    let ready = "ready = { log = \"up\", timeout = \"200ms\" }";
    for args in [&[] as &[&str], &["--keep-going"]] {
        let db = breakable("db", "echo still busy; sleep 1000", ready);
        let (workspace, session) = stopped(&db, args);
        let ended = run(&workspace, "start", &["web"]);
        assert_says(
            &ended,
            &[
                "db did not get ready: not ready after 0.2 s",
                "│ still busy",
            ],
            &["web was not started, since db did not get ready"],
        );
        if !args.is_empty() {
            session.signal(Signal::SIGINT);
        }
        session.end();
    }
}

#[test]
fn a_dependency_that_dies_while_who_needs_it_starts_is_told_also_by_a_session_that_goes_on() {
    let log = "ready = { log = \"up\" }";
    let db = "echo $$ > pid; echo up; while [ ! -e go ]; do sleep 0.05; done; echo no luck; exit 3";
    let mut db = breakable("db", db, log);
    db.push_str(
        "[services.web]\ndepends-on = [\"db\"]\ncommand = \"if [ -e fail ]; then touch go; while kill -0 $(cat pid); do sleep 0.05; done; fi; echo up; sleep 1000\"\nready = { log = \"up\" }\n\n",
    );
    let workspace = Workspace::new(&db);
    let mut session = workspace.dev(&["--keep-going"]).start();
    session.wait_for("all ready");
    let all = run(&workspace, "stop", &["web", "db"]);
    assert_eq!(all.code(), Some(0), "{}", all.all());
    std::fs::write(workspace.file("fail"), "").expect("written");
    let ended = run(&workspace, "start", &["web"]);
    assert_says(
        &ended,
        &["✗ db ended after", "with exit code 3", "│ no luck"],
        &[
            "web runs, but db, which it needs, ended with exit code 3",
            "pixcrawler logs db",
        ],
    );
    session.signal(Signal::SIGINT);
    session.end();
}

/// `db`, the task `migrate` behind it, `web` behind that.
fn behind_a_task() -> (Workspace, Session) {
    let task = "task = true\ndepends-on = [\"db\"]";
    let migrate = format!(
        "[services.migrate]\ncommand = \"echo run >> runs; [ ! -e fail ] || {{ echo no table; exit 4; }}\"\n{task}\n\n"
    );
    let workspace = Workspace::new(
        &[
            shell("db", "echo up; sleep 1000"),
            migrate,
            after("web", "[\"migrate\"]"),
            shell("keep", "echo up; sleep 1000"),
        ]
        .concat(),
    );
    let mut session = workspace.dev(&["--keep-going"]).start();
    session.wait_for("all ready");
    let all = run(&workspace, "stop", &["web", "db"]);
    assert_eq!(all.code(), Some(0), "{}", all.all());
    (workspace, session)
}

#[test]
fn what_lies_behind_a_finished_task_comes_along_and_a_program_is_told() {
    let (workspace, session) = behind_a_task();
    let started = json(&run(&workspace, "start", &["web", "--format", "json"]));
    assert_eq!(started["services"][0]["state"], "ready", "{started}");
    assert_eq!(
        started["needed"],
        serde_json::json!([{"service": "db", "by": "web"}])
    );
    let ps = json(&run(&workspace, "ps", &["--format", "json"]));
    let services = ps["services"].as_array().expect("services");
    let db = services.iter().find(|it| it["name"] == "db");
    assert_eq!(db.expect("it is there")["state"], "ready", "{ps}");
    let web = services.iter().find(|it| it["name"] == "web");
    assert_eq!(
        web.expect("it is there")["after"],
        serde_json::json!(["migrate"])
    );
    let runs = std::fs::read_to_string(workspace.file("runs")).expect("it ran");
    assert_eq!(runs.lines().count(), 1, "a task that is done stays done");
    let again = json(&run(&workspace, "start", &["web", "--format", "json"]));
    assert_eq!(again["needed"], serde_json::json!([]), "{again}");
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn a_task_that_fails_is_named_by_whoever_waited_for_it() {
    let (workspace, session) = behind_a_task();
    std::fs::write(workspace.file("fail"), "").expect("written");
    // Both are named, so that the task runs again.
    let ended = run(&workspace, "start", &["migrate", "web"]);
    assert_says(
        &ended,
        &["✗ migrate ended after", "with exit code 4", "│ no table"],
        &[
            "migrate ended with exit code 4",
            "web was not started, since migrate ended with exit code 4",
            "pixcrawler logs migrate\n",
        ],
    );
    let told = run(&workspace, "start", &["migrate", "web", "--format", "json"]);
    assert_eq!(told.code(), Some(1), "{}", told.all());
    let result: serde_json::Value = serde_json::from_str(&told.out).expect("one object");
    let message = result["failure"]["message"].as_str().expect("why");
    assert!(told.err.contains(message), "{}", told.all());
    let states = result["services"].as_array().expect("services").iter();
    let states: Vec<_> = states.map(|it| (&it["name"], &it["state"])).collect();
    assert_eq!(states.len(), 2, "{result}");
    assert!(
        states
            .iter()
            .any(|(name, state)| *name == "migrate" && *state == "failed"),
        "{result}"
    );
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn who_leaves_an_order_hears_that_it_goes_on() {
    let deaf = |name: &str| {
        let service = shell(name, "echo up; trap : TERM; while :; do sleep 0.1; done");
        format!("{}\nstop = {{ grace = \"1h\" }}\n\n", service.trim_end())
    };
    let workspace = Workspace::new(&[deaf("api"), deaf("web"), deaf("keep")].concat());
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    for (command, service) in [("stop", "api"), ("restart", "web")] {
        let mut order = workspace.command(&[command], &[service]).start();
        order.wait_for(&format!("waiting for {service}"));
        order.signal(Signal::SIGINT);
        let left = order.end();
        assert_eq!(left.signal(), Some(2), "{}", left.all());
        assert!(
            left.err
                .contains("it goes on in the session: pixcrawler ps"),
            "{}",
            left.all()
        );
    }
    let ps = json(&run(&workspace, "ps", &["--format", "json"]));
    assert_eq!(ps["session"]["phase"], "running", "{ps}");

    // Whoever only looks on hears that all is being stopped.
    let mut attached = workspace.command(&["attach"], &[]).start();
    attached.wait_until_told("attached to the session");
    session.signal(Signal::SIGINT);
    attached.wait_for("stopping: Ctrl+C");
    attached.signal(Signal::SIGINT);
    let left = attached.end();
    assert_eq!(left.code(), Some(0), "{}", left.all());
    assert!(
        left.err.contains("is stopping: pixcrawler ps"),
        "{}",
        left.all()
    );
    session.wait_for("Ctrl+C again kills");
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn an_order_to_a_session_that_stops_is_refused_for_that_reason_alone() {
    let deaf = shell("deaf", "echo up; trap : TERM; while :; do sleep 0.1; done");
    let settings = format!(
        "{}\nstop = {{ grace = \"1h\" }}\n\n\
         [services.w]\ncommand = \"exec sleep 1000\"\nreplicas = 2\n\
         [services.q]\ncommand = \"exec sleep 1000\"\n",
        deaf.trim_end()
    );
    let workspace = Workspace::new(&settings);
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    session.signal(Signal::SIGTERM);
    session.wait_for("waiting for deaf");
    for (command, what) in [
        ("restart", "w"),
        ("start", "q"),
        ("scale", "w=4"),
        ("scale", "w=1"),
        ("start", "deaf"),
    ] {
        let ended = run(&workspace, command, &[what]);
        assert_eq!(ended.code(), Some(1), "{command}: {}", ended.all());
        for told in [
            "error: the session is stopping\n",
            "start all again: pixcrawler stop && pixcrawler dev",
        ] {
            assert!(
                ended.err.contains(told),
                "{command} {told}: {}",
                ended.all()
            );
        }
    }
    let told = run(&workspace, "restart", &["w", "--format", "json"]);
    assert_eq!(told.code(), Some(1), "{}", told.all());
    let result: serde_json::Value = serde_json::from_str(&told.out).expect("one object");
    let failure = &result["failure"];
    assert_eq!(failure["message"], "the session is stopping", "{result}");
    assert!(failure["help"].is_string(), "{result}");
    // Who is not known is not known, whatever the session does; who does not run is stopped.
    let unknown = run(&workspace, "start", &["nobody", "--format", "json"]);
    assert_eq!(unknown.code(), Some(2), "{}", unknown.all());
    let result: serde_json::Value = serde_json::from_str(&unknown.out).expect("one object");
    let message = &result["failure"]["message"];
    assert_eq!(message, "this session has no service `nobody`", "{result}");
    let stopped = run(&workspace, "stop", &["q"]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    let killed = run(&workspace, "stop", &["--kill"]);
    assert_eq!(killed.code(), Some(0), "{}", killed.all());
    session.end();
}

#[test]
fn what_is_stalled_is_so_again_when_an_order_starts_it_in_vain() {
    let w = "command = \"test -e fail && { echo w broken; exit 6; }; echo w up; exec sleep 1000\"\nready = { log = \"w up\" }\nwatch = [\"src\"]";
    let workspace = Workspace::new(&format!(
        "[services.w]\n{w}\n\n{}{}",
        after("uw", "[\"w\"]"),
        shell("keep", "echo up; sleep 1000")
    ));
    workspace.write("src/x.py", "");
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let stopped = run(&workspace, "stop", &["uw"]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    workspace.write("fail", "");
    workspace.write("src/x.py", "1\n");
    session.wait_for("or with: pixcrawler restart w");
    let own = "w ended with exit code 6";
    let of_another = "uw is not started, since w ended with exit code 6, and waits for a change";
    for (command, service, told) in [
        ("restart", "w", own),
        ("start", "w", own),
        ("start", "uw", of_another),
    ] {
        let ended = run(&workspace, command, &[service]);
        assert_says(&ended, &["✗ w ended after", "│ w broken"], &[told]);
        let ps = json(&run(&workspace, "ps", &["--format", "json"]));
        let services = ps["services"].as_array().expect("services");
        let w = services.iter().find(|it| it["name"] == "w");
        assert_eq!(w.expect("it is there")["state"], "stalled", "{ps}");
    }
    std::fs::remove_file(workspace.file("fail")).expect("removed");
    let ended = run(&workspace, "restart", &["w"]);
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
}

#[test]
fn who_waits_for_health_is_told_of_and_not_for_ever() {
    let unhealthy = "[services.hc]\ncommand = \"echo up; exec sleep 1000\"\nready = { log = \"up\", timeout = \"4s\" }\nhealth = { exec = \"false\", interval = \"50ms\", failures = 2 }\n\n";
    let hu = after("hu", "{ hc = \"healthy\" }");
    let workspace = Workspace::new(&format!("{unhealthy}{hu}"));
    let waits = "hu waits for hc to be healthy";
    let ended = workspace.dev(&["--until-ready"]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    for told in [waits, "stopping: hu is not started, since hc is unhealthy"] {
        assert!(ended.all().contains(told), "{told}: {}", ended.all());
    }
    let mut session = workspace.dev(&[]).start();
    session.wait_for(waits);
    let ps = run(&workspace, "ps", &[]);
    assert!(
        ps.out.contains("waiting for hc to be healthy"),
        "{}",
        ps.out
    );
    let ended = run(&workspace, "start", &["hu"]);
    assert_says(
        &ended,
        &[waits],
        &[
            "hu is not started, since hc is unhealthy",
            "pixcrawler logs hc",
        ],
    );
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn a_failure_that_one_waits_for_and_another_misses_is_told_as_the_cause() {
    let settings = "[services.seed]\ncommand = \"exit 1\"\ntask = true\n\
                    [services.ok]\ncommand = \"exec sleep 1000\"\ndepends-on = { seed = \"completed\" }\n\
                    [services.dep]\ncommand = \"exec sleep 1000\"\n\
                    depends-on = { seed = \"completed_successfully\" }\n";
    let workspace = Workspace::new(settings);
    let mut session = workspace.dev(&["--keep-going", "--timings"]).start();
    session.wait_for(", without seed, and so without dep ");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    let timings = ": seed, and so dep\n";
    assert!(ended.out.contains(timings), "{}", ended.all());
}
