//! Health, conditions, replicas, profiles, stop commands, services that speak for themselves.

use nix::sys::signal::Signal;

use crate::support::{Workspace, free_port, living, stubborn, within};

/// A service of one Python line.
fn python(name: &str, line: &str, more: &str) -> String {
    format!("[services.{name}]\ncommand = [\"python3\", \"-BSc\", '''{line}''']\n{more}\n\n")
}

/// Says a word to `NOTIFY_SOCKET`, as libsystemd does.
const TELL: &str = "\
import os, socket, time
def tell(text):
    address = os.environ['NOTIFY_SOCKET']
    if address[0] == '@':
        address = chr(0) + address[1:]
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(text.encode(), address)
";

#[test]
fn a_service_says_itself_when_it_is_ready_and_what_it_does() {
    let line =
        format!("{TELL}tell('STATUS=warming up'); time.sleep(.2); tell('READY=1'); time.sleep(60)");
    let workspace = Workspace::new(&python("api", &line, "ready = { notify = true }"));
    let ended = workspace.dev(&["--until-ready"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert!(ended.out.contains("api: warming up"), "{}", ended.out);
    assert!(ended.out.contains("api ready in"), "{}", ended.out);
}

#[test]
fn a_watchdog_that_falls_silent_starts_a_service_over() {
    let line = format!(
        "{TELL}tell('READY=1'); tell('WATCHDOG=1'); print('up', os.environ['WATCHDOG_USEC'], flush=True); time.sleep(60)"
    );
    let more = "ready = { notify = true }\nhealth = { watchdog = \"300ms\" }\nrestart = { when = \"always\", delay = \"50ms\" }";
    let workspace = Workspace::new(&python("api", &line, more));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("up 300000");
    session.wait_for("api is unhealthy: no sign of life for 0.3 s");
    session.wait_for("api is started again in");
    assert!(within(crate::support::HANG, || session
        .out()
        .matches("up 300000")
        .count()
        > 1));
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_health_check_that_fails_three_times_starts_a_service_over() {
    let line = "\
import http.server, os, pathlib
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        sick = pathlib.Path('DIR/sick').exists()
        self.send_response(500 if sick else 200)
        self.send_header('X-Who', self.headers.get('X-Who', 'nobody'))
        self.end_headers()
        self.wfile.write(b'all is well')
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler)
print('serving', flush=True)
server.serve_forever()";
    let port = free_port();
    let http = format!(
        "http = {{ url = \"http://127.0.0.1:{port}/\", status = [200, \"202-204\"], body = \"is well\", headers = {{ X-Who = \"me\" }}, response-headers = {{ x-who = \"me\" }} }}"
    );
    let more = format!(
        "port = {port}\nready = {{ {http} }}\nhealth = {{ {http}, interval = \"50ms\", failures = 3 }}\nrestart = {{ when = \"on-failure\", delay = \"20ms\" }}"
    );
    let after = stubborn("web", "polite", "depends-on = { api = \"healthy\" }");
    let workspace = Workspace::new(&(python("api", line, &more) + &after));
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    workspace.write("sick", "");
    session.wait_for("api is unhealthy: status 500");
    std::fs::remove_file(workspace.file("sick")).expect("it was there");
    assert!(within(crate::support::HANG, || session
        .out()
        .matches("serving")
        .count()
        > 1));
    assert!(within(crate::support::HANG, || session
        .out()
        .matches("api ready in")
        .count()
        > 1));
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
}

#[test]
fn whoever_is_given_up_for_its_health_has_not_failed_for_our_signal() {
    let settings = [
        "[services.api]\ncommand = \"exec sleep 1000\"\nhealth = { exec = \"exit 1\", interval = \"50ms\", failures = 1 }\nrestart = { when = \"on-failure\", delay = \"20ms\", limit = 1 }\n\n".to_owned(),
        stubborn("web", "polite", ""),
    ]
    .concat();
    let workspace = Workspace::new(&settings);
    let mut session = workspace.dev(&["--keep-going"]).start();
    session.wait_for("api is unhealthy");
    let ps = || workspace.command(&["ps"], &[]).run().out;
    let told = "failed: unhealthy, then SIGTERM";
    assert!(
        within(crate::support::HANG, || ps().contains(told)),
        "{}",
        ps()
    );
    session.signal(Signal::SIGINT);
    session.end();
}

#[test]
fn a_session_that_gives_up_what_is_unhealthy_has_failed_by_that() {
    let settings = "[services.al]\ncommand = \"exec sleep 1000\"\nhealth = { exec = \"exit 1\", interval = \"50ms\", failures = 1 }\nrestart = { when = \"on-failure\", delay = \"20ms\", limit = 1 }\n";
    let workspace = Workspace::new(settings);
    for args in [&[][..], &["--exec", "sleep 1000"]] {
        let ended = workspace.dev(args).run();
        assert_eq!(ended.code(), Some(1), "{}", ended.all());
        let all = ended.all();
        assert!(all.contains("stopping: al was unhealthy"), "{all}");
    }
}

#[test]
fn who_says_that_it_stops_and_does_not_is_killed_by_us() {
    let line = format!("{TELL}tell('READY=1'); tell('STOPPING=1'); time.sleep(1000)");
    let more = "ready = { notify = true }\nstop = { grace = \"300ms\" }";
    let workspace = Workspace::new(&python("api", &line, more));
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    for wanted in [
        "api said STOPPING=1, did not end within 0.3 s and is killed",
        "api was killed after",
        "stopping: api said STOPPING=1 and did not end",
    ] {
        assert!(ended.out.contains(wanted), "{}", ended.all());
    }
    assert!(!ended.out.contains("out of memory"), "{}", ended.all());
    let logs = workspace.command(&["logs"], &[]).run();
    assert!(!logs.out.contains("out of memory"), "{}", logs.all());
}

#[test]
fn a_start_that_goes_on_without_a_task_ends_with_the_table_of_what_runs() {
    let settings = [
        "[services.prep]\ncommand = \"exit 3\"\ntask = true\n\n".to_owned(),
        stubborn("api", "polite", "depends-on = [\"prep\"]"),
        stubborn("web", "polite", ""),
    ];
    let workspace = Workspace::new(&settings.concat());
    let mut session = workspace.dev(&["--keep-going"]).start();
    session.wait_for(", without prep, and so without api");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert!(ended.out.contains("failed: exit code 3"), "{}", ended.all());
}

#[test]
fn who_ends_well_and_is_no_task_is_named_where_all_were_wanted() {
    let settings = [
        "[services.once]\ncommand = \"sleep 0.1\"\n\n".to_owned(),
        "[services.web]\ncommand = \"sleep 0.6; echo up; exec sleep 1000\"\nready = { log = \"up\" }\n".to_owned(),
    ];
    let workspace = Workspace::new(&settings.concat());
    let mut session = workspace.dev(&["--keep-going"]).start();
    session.wait_for(", without once; once ended with exit code 0, which only a task may");
    session.signal(Signal::SIGINT);
    session.end();
    let ended = workspace.dev(&["--keep-going", "--until-ready"]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    let why = "stopping: once ended with exit code 0, which only a task may (task = true in [services.once])";
    assert!(ended.all().contains(why), "{}", ended.all());
}

#[test]
fn a_task_of_ones_own_is_waited_for_whatever_its_name_is() {
    let settings = "[services.api]\ncommand = \"exec sleep 1000\"\ndepends-on = [\"migrate\"]\n\
                    [services.migrate]\ncommand = \"exit 3\"\ntask = true\n";
    let ended = Workspace::new(settings).dev(&["--keep-going"]).run();
    assert_eq!(ended.code(), Some(3), "{}", ended.all());
    let told = "api is not started, since migrate ended with exit code 3";
    assert!(ended.out.contains(told), "{}", ended.all());
}

#[test]
fn what_was_not_ready_in_time_says_what_is_missing() {
    let port = free_port();
    let settings =
        format!("[services.a]\ncommand = \"exec sleep 1000\"\nready = {{ tcp = {port} }}\n");
    let ended = Workspace::new(&settings)
        .dev(&["--timeout", "1s", "--timings"])
        .run();
    assert_eq!(ended.code(), Some(3), "{}", ended.all());
    let wanted = format!("not all was ready in time: a (port {port} ");
    assert!(ended.out.contains(&wanted), "{}", ended.all());
    // What it waited for is shown all the same.
    for wanted in ["not ready after 1", "critical chain: a not ready"] {
        assert!(ended.out.contains(wanted), "{}", ended.all());
    }
}

#[test]
fn what_others_wait_for_to_be_completed_may_fail() {
    let settings = [
        "[services.seed]\ncommand = \"echo seeded; exit 3\"\ntask = true\n\n".to_owned(),
        stubborn("web", "polite", "depends-on = { seed = \"completed\" }"),
    ]
    .concat();
    let ended = Workspace::new(&settings).dev(&["--until-ready"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert!(ended.out.contains("web ready in"), "{}", ended.out);
}

#[test]
fn success_codes_are_success() {
    let settings = "[services.once]\ncommand = \"sleep 0.1; exit 3\"\nsuccess-codes = [3]\n";
    let ended = Workspace::new(settings).dev(&[]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    let counts = "with exit code 3, which counts as success (success-codes)";
    assert!(
        ended.out.contains(&format!("{counts}\n")),
        "{}",
        ended.all()
    );
    // Where nobody is left, there is nobody to keep.
    assert!(!ended.out.contains("--keep-going"), "{}", ended.all());

    let other = "restart = \"on-failure\"\n[services.other]\ncommand = \"exec sleep 1000\"\n";
    let ended = Workspace::new(&format!("{settings}{other}")).dev(&[]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    for told in [
        &format!("{counts}: restart = \"on-failure\" does not start it again\n"),
        "stopping: once ended, with success (--keep-going keeps the others)\n",
    ] {
        assert!(ended.out.contains(told), "{told}: {}", ended.all());
    }
}

#[test]
fn a_failure_counts_although_others_ended_well_before_it() {
    let settings = "[services.a]\ncommand = \"sleep 0.1\"\n\
                    [services.b]\ncommand = \"until grep -q 'ended with' .pixcrawler/logs/a.log; do sleep 0.05; done; exit 7\"\n";
    let ended = Workspace::new(settings).dev(&["--keep-going"]).run();
    assert_eq!(ended.code(), Some(7), "{}", ended.all());
    assert!(ended.out.contains("· a ended after"), "{}", ended.all());
}

#[test]
fn what_is_late_is_told_once_while_others_stop() {
    let settings = "[services.a]\ncommand = \"exec sleep 1000\"\n\
                    ready = { exec = \"false\", timeout = \"300ms\" }\n\
                    [services.b]\ncommand = \"trap '' TERM; while :; do sleep 0.2; done\"\n\
                    depends-on = { a = \"started\" }\nstop = { grace = \"1s\" }\n";
    let ended = Workspace::new(settings).dev(&[]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    let count = ended.out.matches("a did not get ready").count();
    // Where it happens, and in the summary.
    assert!((1..=2).contains(&count), "{count} times: {}", ended.all());
}

#[test]
fn replicas_have_names_and_ports_of_their_own() {
    let port = free_port();
    let settings = format!(
        "[services.web]\ncommand = [\"sh\", \"-c\", \"echo I am {{replica}} on $PORT and {{port}}; exec sleep 60\"]\nport = {port}\nport-step = 1\nreplicas = 2\nready = {{ log = {{ regex = \"^I am \\\\d on\" }} }}\n"
    );
    let workspace = Workspace::new(&settings);
    let ended = workspace.dev(&["--until-ready"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    for (number, port) in [(1, port), (2, port + 1)] {
        let line = format!("I am {number} on {port} and {port}");
        assert!(ended.out.contains(&line), "{}", ended.out);
        assert!(workspace.log(&format!("web-{number}")).contains(&line));
    }
}

#[test]
fn a_port_that_replicas_would_share_is_a_finding_at_its_place() {
    let settings = "[services.web]\ncommand = \"serve\"\nport = 18555\nreplicas = 2\n";
    let ended = Workspace::new(settings).dev(&[]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(
        ended.err.contains("port-step = 1") && ended.err.contains("pixcrawler.toml:4"),
        "{}",
        ended.err
    );
}

#[test]
fn scale_and_profile_choose_what_runs() {
    let settings = [
        stubborn("worker", "polite", ""),
        stubborn("mail", "polite", "profiles = [\"debug\"]"),
    ]
    .concat();
    let workspace = Workspace::new(&settings);
    let names = |args: &[&str]| {
        let ended = workspace
            .dev(&[&["--dry-run", "--format", "json"], args].concat())
            .run();
        let report: serde_json::Value = serde_json::from_str(&ended.out).expect("JSON");
        let services = report["services"].as_array().cloned().unwrap_or_default();
        let names = services
            .iter()
            .map(|service| service["name"].as_str().unwrap_or("").to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), ["worker"]);
    assert_eq!(names(&["--scale", "worker=2"]), ["worker-1", "worker-2"]);
    assert_eq!(names(&["--profile", "debug"]), ["mail", "worker"]);
    let ended = workspace.dev(&["--profile", "dbug"]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(ended.err.contains("did you mean `debug`?"), "{}", ended.err);
    let ended = workspace.dev(&["--scale", "wroker=2"]).run();
    assert!(
        ended.err.contains("did you mean `worker`?"),
        "{}",
        ended.err
    );
}

#[test]
fn a_stop_command_stops_and_the_signal_follows_where_it_fails() {
    let settings = [
        stubborn(
            "one",
            "deaf",
            "stop = { command = \"kill -9 $MAINPID; sleep 0.3; echo stopped by command\", grace = \"20s\" }",
        ),
        stubborn(
            "two",
            "polite",
            "stop = { command = \"exit 1\", grace = \"20s\" }",
        ),
    ]
    .concat();
    let workspace = Workspace::new(&settings);
    let ended = workspace.dev(&["--until-ready"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert!(ended.out.contains("stopped by command"), "{}", ended.out);
    assert!(ended.out.contains("bye on SIGTERM"), "{}", ended.out);
    assert!(!ended.out.contains("did not stop in time"), "{}", ended.out);
    let told = "the stop command of two failed: `exit 1` ended with exit code 1; SIGTERM follows";
    assert!(ended.out.contains(told), "{}", ended.out);
    assert!(
        !ended.out.contains("the stop command of one"),
        "{}",
        ended.out
    );
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_stop_command_that_is_killed_with_its_service_has_not_failed_by_itself() {
    let stop = "stop = { command = \"exec sleep 1000\", grace = \"300ms\" }";
    let workspace = Workspace::new(&stubborn("one", "polite", stop));
    let ended = workspace.dev(&["--until-ready"]).run();
    let told = "the stop command of one was not done when one was killed";
    assert!(ended.out.contains(told), "{}", ended.all());
    for wrong in ["out of memory", "SIGTERM follows"] {
        assert!(!ended.out.contains(wrong), "{}", ended.all());
    }
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn what_a_stop_command_leaves_in_the_background_does_not_hold_its_end_up() {
    let command = "python3 -BS DIR/stubborn/daemon.py detached & echo talk; kill $MAINPID";
    let workspace = Workspace::new(&stubborn(
        "one",
        "polite",
        &format!("stop = {{ command = \"{command}\", grace = \"20s\" }}"),
    ));
    let ended = workspace.dev(&["--until-ready"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    for wanted in ["talk", "bye on SIGTERM"] {
        assert!(ended.out.contains(wanted), "{}", ended.all());
    }
    for wrong in ["did not stop in time", "the stop command of"] {
        assert!(!ended.out.contains(wrong), "{}", ended.all());
    }
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn a_check_that_is_wrong_is_shown_where_it_stands() {
    let settings = "[services.api]\ncommand = \"x\"\nready = { log = { regex = \"(\" } }\n";
    let ended = Workspace::new(settings).dev(&[]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(
        ended.err.contains("pixcrawler.toml:3") && ended.err.contains("no regular expression"),
        "{}",
        ended.err
    );
}

#[test]
fn a_replica_that_comes_later_is_as_good_as_the_first() {
    let port = (0..100)
        .map(|_| free_port())
        .find(|port| {
            [1, 2]
                .iter()
                .all(|step| std::net::TcpListener::bind(("127.0.0.1", port + step)).is_ok())
        })
        .expect("three ports in a row");
    let more = format!(
        "port = {port}\nport-step = 1\nrestart = {{ when = \"always\", delay = \"50ms\" }}\nwatch = [\"src\"]\nhealth = {{ exec = \"test ! -e sick-{{replica}}\", interval = \"50ms\", failures = 1 }}"
    );
    let workspace = Workspace::new(&stubborn("web", "polite", &more));
    std::fs::create_dir(workspace.file("src")).expect("a folder");
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let stranger = std::net::TcpListener::bind(("127.0.0.1", port + 2)).expect("free");
    let refused = workspace.command(&["scale", "web=3"], &[]).run();
    assert_eq!(refused.code(), Some(2), "{}", refused.all());
    assert!(
        refused
            .err
            .contains(&format!("port {} of `web-3` is taken by", port + 2)),
        "{}",
        refused.all()
    );
    drop(stranger);
    let scaled = workspace.command(&["scale", "web=2"], &[]).run();
    assert_eq!(scaled.code(), Some(0), "{}", scaled.all());
    session.wait_for("web-2 ready");
    workspace.write("src/a.py", "x = 1");
    session.wait_for("restarting web-2: src/a.py changed");
    workspace.write("sick-2", "");
    session.wait_for("web-2 is unhealthy");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert!(!ended.out.contains("web is unhealthy"), "{}", ended.out);
    assert_eq!(living(workspace.path()), []);
}

#[test]
fn who_chooses_nothing_is_told_what_there_is() {
    let workspace = Workspace::new(
        &[
            stubborn("mail", "polite", "profiles = [\"debug\"]"),
            stubborn("docs", "polite", "profiles = [\"docs\", \"debug\"]"),
        ]
        .concat(),
    );
    for args in [&["--until-ready"][..], &["--dry-run"], &["--exec", "true"]] {
        let ended = workspace.dev(args).run();
        assert_eq!(ended.code(), Some(2), "{}", ended.all());
        let way_out = "choose with --profile debug or --profile docs";
        assert!(ended.err.contains(way_out), "{}", ended.all());
    }
}

#[test]
fn the_table_of_what_runs_says_what_has_ended() {
    let workspace = Workspace::new(
        "[services.a]\ncommand = \"exit 4\"\n\
         [services.sig]\ncommand = \"kill -SEGV $$\"\n\
         [services.ok]\ncommand = \"exit 0\"\n\
         [services.b]\ncommand = \"exec sleep 1000\"\n\
         depends-on = { a = \"completed\", sig = \"completed\", ok = \"completed\" }\n",
    );
    let ended = workspace.dev(&["--until-ready"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    let rows: Vec<Vec<&str>> = ended
        .out
        .lines()
        .filter(|line| line.starts_with("  "))
        .map(|line| line.split_whitespace().collect())
        .collect();
    for row in [
        &["a", "failed:", "exit", "code", "4"][..],
        &["sig", "failed:", "SIGSEGV"],
        &["ok", "done"],
        &["b", "running"],
    ] {
        assert!(
            rows.iter().any(|shown| shown.starts_with(row)),
            "{row:?}: {}",
            ended.out
        );
    }
}
