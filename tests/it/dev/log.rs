//! The merged log: nothing lost, nothing torn, on the screen and in the files.

use std::fmt::Write as _;

use nix::sys::signal::Signal;

use crate::support::{HANG, Workspace, stubborn, within};

/// The numbered lines of a text, each checked to be whole.
fn numbers(text: &str, word: &str, tail: &str) -> Vec<usize> {
    let lines = text
        .lines()
        .filter_map(|line| line.split_once(&format!("{word} ")).map(|(_, rest)| rest));
    lines
        .map(|rest| {
            let (number, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            assert_eq!(rest, tail, "a torn line");
            number.parse().expect("a number")
        })
        .collect()
}

#[test]
fn a_burst_before_the_end_arrives_whole_on_screen_and_in_the_file() {
    let workspace = Workspace::new(&stubborn(
        "api",
        "burst 50000 3",
        "ready = { log = \"never\" }",
    ));
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(3), "{}", ended.err);
    let tail = format!("{}$", "x".repeat(40));
    // The crash card repeats the last lines; the log itself comes before it.
    let screen = ended.out.split("api ended after").next().expect("the log");
    assert!(numbers(screen, "burst", &tail).into_iter().eq(0..50_000));
    assert!(
        numbers(&workspace.log("api"), "burst", &tail)
            .into_iter()
            .eq(0..50_000)
    );
    assert!(ended.out.contains("with exit code 3"));
}

#[test]
fn bursts_of_several_services_stay_in_order_and_whole() {
    let services: String = (0..3).fold(String::new(), |mut all, n| {
        let _ = write!(
            all,
            "{}",
            stubborn(
                &format!("s{n}"),
                "burst 20000 0",
                "ready = { log = \"never\" }"
            )
        );
        all
    });
    let workspace = Workspace::new(&services);
    let ended = workspace.dev(&["--keep-going"]).run();
    let tail = format!("{}$", "x".repeat(40));
    for name in ["s0", "s1", "s2"] {
        let own: String = ended
            .out
            .lines()
            .filter(|line| line.contains(&format!(" {name}  burst")))
            .fold(String::new(), |all, line| all + line + "\n");
        assert!(
            numbers(&own, "burst", &tail).into_iter().eq(0..20_000),
            "{name}"
        );
    }
}

#[test]
fn a_reader_that_sleeps_stalls_nobody_and_gets_everything_in_order() {
    let workspace = Workspace::new(&stubborn(
        "api",
        "torrent 50 DIR/done",
        "ready = { log = \"up\", timeout = \"1h\" }",
    ));
    let mut session = workspace.dev(&[]).start_unread();
    // The service gets rid of 50 MB although nobody reads a byte.
    assert!(
        within(HANG, || workspace.file("done").exists()),
        "the service waits for our reader"
    );
    session.read_on();
    session.wait_for("all ready");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    let tail = format!("{}$", "x".repeat(109));
    assert!(
        numbers(&ended.out, "torrent", &tail)
            .into_iter()
            .eq(0..50 * (1 << 20) / 128)
    );
    assert_eq!(ended.code(), Some(0), "{}", ended.err);
}

#[test]
fn secrets_are_masked_on_the_screen_and_in_the_files() {
    let secret = "kU7-x9Q.vB2nM4sT8wZ1";
    let workspace = Workspace::new(
        &[
            stubborn("api", "tell DIR/.env $PX_TOKEN", ""),
            stubborn(
                "crash",
                "tell $PX_TOKEN /nowhere",
                "ready = { log = \"never\" }",
            ),
        ]
        .concat(),
    );
    workspace.write(".env", &format!("PX_TOKEN={secret}\nPLAIN=as-it-is\n"));
    for format in ["human", "json"] {
        let ended = workspace
            .dev(&["--format", format, "--keep-going", "--timeout", "1500ms"])
            .env("PX_TOKEN", secret)
            .run();
        assert!(
            ended.out.contains("PX_TOKEN=••••••") && ended.out.contains("PLAIN=as-it-is"),
            "{}",
            ended.all()
        );
        assert!(!ended.all().contains(secret), "{}", ended.all());
    }
    for service in ["api", "crash"] {
        let log = workspace.log(service);
        assert!(log.contains("••••••") && !log.contains(secret), "{log}");
    }
}

#[test]
fn a_secret_is_masked_however_it_is_written() {
    // Colours within it, other forms of it, its beginning at the end, one that only settings have.
    let workspace = Workspace::new(
        r#"
[services.api]
command = """: kU7-x9Q.vB2nM4sT8wZ1
printf 'sees \\033[1mkU7-x9Q\\033[31m.vB2nM\\033[K4sT8wZ1\\033[0m\\n'
printf 'quotes a\\\\"bcdef\\\\\\\\ghi a\\\\\\\\&quot;bcdef\\\\x5cghi\\n'
printf 'says {"key": "a\\\\"bcdef\\\\\\\\ghi"} a%%22bcdef%%5cghi\\n'
printf "has $API_TOKEN\\n"
sleep 0.3
printf 'ends kU7-x9Q.vB2nM4sT8wZ'
"""
env = { API_TOKEN = "only.In.Settings.81" }
"#,
    );
    let env = "PX_TOKEN=kU7-x9Q.vB2nM4sT8wZ1\nPX_SECRET='a\"bcdef\\ghi'\n";
    workspace.write(".env", env);
    let told = ["sT8w", "bcdef", "Settings.81"];
    for format in ["human", "json"] {
        let plan = workspace.dev(&["--dry-run", "--format", format]).run();
        assert!(plan.out.contains(": ••••••"), "{}", plan.all());
        let ended = workspace.dev(&["--format", format]).run();
        for said in [
            "sees ",
            "quotes •••••• ••••••",
            "says ",
            "has ••••••",
            "ends ••••••",
        ] {
            assert!(ended.out.contains(said), "{said}: {}", ended.all());
        }
        for told in told {
            assert!(!ended.all().contains(told), "{told}: {}", ended.all());
        }
    }
    let log = workspace.log("api");
    assert!(log.contains("ends ••••••"), "{log}");
    assert!(!told.iter().any(|told| log.contains(told)), "{log}");
}

#[test]
fn what_a_check_is_let_in_with_is_not_shown() {
    let workspace = Workspace::new(
        "[services.api]\ncommand = \"sleep 1000\"\nready = { http = \"http://user:pw4567secret@127.0.0.1:1/x?token=tok998877\", timeout = 1 }\n",
    );
    for args in [&["--dry-run"][..], &["--dry-run", "--format", "json"], &[]] {
        let ended = workspace.dev(args).run();
        let shown = "http://user:••••••@127.0.0.1:1/x?token=••••••";
        assert!(ended.out.contains(shown), "{}", ended.all());
        let secrets = ["pw4567secret", "tok998877"];
        assert!(
            !secrets.iter().any(|one| ended.all().contains(one)),
            "{}",
            ended.all()
        );
    }
    let sessions = std::fs::read_dir(workspace.file(".pixcrawler/logs/sessions"));
    for journal in sessions.expect("journals").flatten() {
        let text = std::fs::read_to_string(journal.path()).expect("a journal");
        assert!(
            text.contains("token=••••••") && !text.contains("tok998877"),
            "{text}"
        );
    }
}

#[test]
fn what_is_secret_of_a_value_is_masked_where_it_stands_alone() {
    let workspace = Workspace::new(
        r#"
[services.api]
command = """: ready
echo "to postgresql://u:dbpassvalue11@h/x as hunter2hunter2"
echo "signed sigsig4444, posted to hookhook5555, let in with odbcpwd8888"
"""
"#,
    );
    workspace.write(
        ".env",
        "DB_PASS=dbpassvalue11\nFLOWER_BASIC_AUTH=admin:hunter2hunter2\n\
         BLOB_SAS_URL=https://a.blob.core.windows.net/c?sv=2022&sig=sigsig4444\n\
         SLACK_WEBHOOK_URL=https://hooks.slack.com/services/T0/B0/hookhook5555\n\
         ODBC=Driver=x;Uid=app;Pwd=odbcpwd8888;\n",
    );
    let ended = workspace.dev(&[]).run();
    for shown in [
        "to postgresql://u:••••••@h/x as ••••••",
        "signed ••••••, posted to ••••••, let in with ••••••",
    ] {
        assert!(ended.out.contains(shown), "{shown}: {}", ended.all());
        assert!(workspace.log("api").contains(shown), "{shown}");
    }
}

#[test]
fn half_of_a_secret_and_its_letters_are_masked() {
    let secret = "Zq9x8Wv7Uu6Tt5Ss4Rr3Qq2Pp1Oo0Nn9";
    let workspace = Workspace::new(
        r#"
[services.api]
command = """: ready
echo "input_value='Zq9x8Wv7Uu6Tt5Ss4Rr3Qq2P...Rr3Qq2Pp1Oo0Nn9', input_type=str]"
echo "{'app_name': 'shop', 'pay...Ss4Rr3Qq2Pp1Oo0Nn9'}"
echo "| token = 'Zq9x8Wv7Uu6Tt5Ss4Rr3'+12 |"
echo 'Authorization: Basic dXNlcjpacTl4OFd2N1V1NlR0NVNzNFJyM1FxMlBwMU9vME5uOQ=='
"""
"#,
    );
    workspace.write(".env", &format!("PX_TOKEN={secret}\n"));
    let ended = workspace.dev(&[]).run();
    for shown in [
        "input_value='••••••...••••••', input_type=str]",
        "'pay...••••••'}",
        "| token = '••••••'+12 |",
        "Basic ••••••",
    ] {
        assert!(ended.out.contains(shown), "{shown}: {}", ended.all());
    }
    let log = workspace.log("api");
    for told in ["Zq9x8W", "Qq2P", "dXNlcj"] {
        assert!(
            !ended.all().contains(told) && !log.contains(told),
            "{told}: {}",
            ended.all()
        );
    }
}

#[test]
fn a_secret_that_is_folded_over_lines_is_masked_in_each() {
    let secret = "Zq9x8Wv7Uu6Tt5Ss4Rr3Qq2Pp1Oo0Nn9Mm8Ll7Kk6Jj5Hh4Gg3Ff2Dd1Ss0Aa9Yy8";
    // It stops in the middle of a piece, as if it had to think, and in another one it ends.
    let workspace = Workspace::new(
        r#"
[services.api]
command = """: ready
cat DIR/printed
printf '        %.9s' Kk6Jj5Hh4Gg3Ff2Dd1Ss0Aa9Yy8
sleep 1
printf '%s\n' Gg3Ff2Dd1Ss0Aa9Yy8
head -c 40 DIR/printed
"""
"#,
    );
    let (one, other) = secret.split_at(38);
    workspace.write(
        "printed",
        &format!(
            "k: {one}\n  {other}'}}\n│ {one} │\n│ {other:38} │\n\
             12:01 INFO  {one}  app.py:12\n{:12}{other:38}           \n\
             ready\n        {one}\n",
            ""
        ),
    );
    workspace.write(".env", &format!("PX_TOKEN={secret}\n"));
    for format in ["human", "json"] {
        let ended = workspace.dev(&["--format", format]).run();
        for shown in [
            "k: ••••••",
            "  ••••••'}",
            "│ •••••• │",
            "INFO  ••••••  app.py:12",
            "ready",
        ] {
            assert!(ended.out.contains(shown), "{shown}: {}", ended.all());
        }
        let log = workspace.log("api");
        for told in secret.as_bytes().windows(8) {
            let told = std::str::from_utf8(told).expect("ASCII");
            let seen = ended.all().contains(told) || log.contains(told);
            assert!(!seen, "{told}: {}\n{log}", ended.all());
        }
    }
}

#[test]
fn every_event_is_a_json_line() {
    let workspace = Workspace::new(
        &[
            stubborn("api", "crash 0.2", ""),
            stubborn("web", "hostile", ""),
        ]
        .concat(),
    );
    let ended = workspace.dev(&["--format", "json"]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.err);
    let events: Vec<serde_json::Value> = ended
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect();
    let kinds: Vec<&str> = events
        .iter()
        .filter_map(|event| event["event"].as_str())
        .collect();
    for kind in ["starting", "ready", "line", "died", "stopping", "stopped"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    let died = events
        .iter()
        .find(|event| event["event"] == "died")
        .expect("it died");
    assert_eq!(
        (died["service"].as_str(), died["code"].as_i64()),
        (Some("api"), Some(1))
    );
    assert!(events.iter().all(|event| {
        event["time"]
            .as_str()
            .is_some_and(|time| time.ends_with('Z'))
    }));
}

#[test]
fn python_prints_at_once_although_it_writes_to_a_pipe() {
    let workspace = Workspace::new(
        "[services.api]\ncommand = [\"python3\", \"-c\", \"import time; print('not flushed'); time.sleep(1000)\", \"DIR\"]\nready = { log = \"not flushed\" }\n",
    );
    let ended = workspace.dev(&["--until-ready", "--timeout", "30s"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
}

/// Services that print much and end.
fn talkers() -> Workspace {
    let talker = |name: &str| {
        format!("[services.{name}]\ncommand = \"seq -f '{name} says %.0f of 20000' 1 20000\"\n\n")
    };
    Workspace::new(&["s0", "s1", "s2"].map(talker).concat())
}

fn have_said_all(workspace: &Workspace) -> bool {
    let last = |name: &&str| workspace.log(name).contains("says 20000 of 20000\n");
    ["s0", "s1", "s2"].iter().all(last)
}

#[test]
fn a_reader_that_comes_late_gets_everything_when_all_have_ended_by_themselves() {
    let workspace = talkers();
    let mut session = workspace.dev(&["--keep-going"]).start_unread();
    assert!(within(HANG, || workspace
        .file(".pixcrawler/logs/s2.log")
        .exists()));
    assert!(within(HANG, || have_said_all(&workspace)));
    // Longer than one is waited for who stops a session: the time is the case.
    std::thread::sleep(std::time::Duration::from_millis(2600));
    session.read_on();
    let ended = session.end();
    // The last lines stand in the cards that say how they ended, too.
    let mut lines: Vec<&str> = ended
        .out
        .lines()
        .filter(|line| line.ends_with(" of 20000") && !line.contains('│'))
        .filter_map(|line| line.split_once("  s").map(|(_, said)| said))
        .collect();
    lines.sort_unstable();
    let twice = lines.windows(2).find(|two| two[0] == two[1]);
    assert_eq!(twice, None);
    assert_eq!(lines.len(), 60_000, "{}", ended.all());
    assert!(
        ended.out.contains("everything stopped after"),
        "{}",
        ended.all()
    );
}

#[test]
fn what_nobody_takes_is_left_out_at_the_end_of_a_line_and_that_is_said() {
    let workspace = talkers();
    let session = workspace.dev(&["--keep-going"]).start_unread();
    assert!(within(HANG, || workspace
        .file(".pixcrawler/logs/s2.log")
        .exists()));
    assert!(within(HANG, || have_said_all(&workspace)));
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert!(
        ended
            .err
            .contains("of the output are left out: nobody took them; whole logs:"),
        "{}",
        ended.all()
    );
    assert!(
        !ended.out.contains("everything stopped") && ended.out.ends_with('\n'),
        "{}",
        ended.all()
    );
    assert!(!workspace.file(".pixcrawler/logs/.screen").exists());
}

#[test]
fn what_a_command_is_let_in_by_is_seen_nowhere() {
    let secrets = [
        "hunter2cmd",
        "tok77cmd",
        "urlpw77",
        "curlpw77",
        "bear7788tok",
        "hdr7788tok",
    ];
    let workspace = Workspace::new(
        "[services.api]\n\
         command = \"echo got --password hunter2cmd --token=tok77cmd postgresql://u:urlpw77@h/d; exit 3\"\n\
         ready = { http = { url = \"http://127.0.0.1:1/\", headers = { X-Api-Key = \"hdr7788tok\" } } }\n\
         stop = { command = \"curl -u joe:curlpw77 -H 'Authorization: Bearer bear7788tok' h\" }\n",
    );
    for arguments in [&["--dry-run"][..], &["--dry-run", "--format", "json"], &[]] {
        let ended = workspace.dev(arguments).run();
        let all = ended.all();
        assert!(all.contains("••••••"), "{all}");
        assert!(!secrets.iter().any(|one| all.contains(one)), "{all}");
    }
}

#[test]
fn a_password_of_words_and_one_in_a_url_are_masked_where_they_are_folded() {
    let workspace = Workspace::new("[services.api]\ncommand = \"cat DIR/printed\"\n");
    let printed = r#"the password of the database is correct-horse-battery-
staple-2024 for now
| postgresql://app:Tr0ub4dor-    |
| horse-staple-battery-correct@d |
{"exc": "is correct-horse-battery-\nstaple-2024\nindeed"}
"#;
    workspace.write("printed", printed);
    workspace.write(
        ".env",
        "DB_PASSWORD=correct-horse-battery-staple-2024\n\
         REPORTS_URL=postgresql://app:Tr0ub4dor-horse-staple-battery-correct@db.example.com:5432/shop\n",
    );
    let ended = workspace.dev(&["--keep-going"]).run();
    let log = workspace.log("api");
    for shown in [
        "the password of the database is ••••••",
        "•••••• for now",
        "| ••••••@d |",
        r#"{"exc": "is ••••••\n••••••\nindeed"}"#,
    ] {
        assert!(ended.out.contains(shown), "{shown}: {}", ended.all());
        assert!(log.contains(shown), "{shown}: {log}");
    }
}
