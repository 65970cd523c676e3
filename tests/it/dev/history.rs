//! What a session printed can be read later, in its order, within the limits that were set.

use std::ops::ControlFlow;

use pixcrawler::gather::history::{self, Line, Wanted};
use pixcrawler::service::level::Level;

use nix::sys::signal::Signal;

use crate::support::{HANG, Workspace, stubborn, within};

fn read(workspace: &Workspace, wanted: &Wanted) -> Vec<Line> {
    let logs =
        camino::Utf8PathBuf::from_path_buf(workspace.file(".pixcrawler/logs")).expect("UTF-8");
    let mut lines = Vec::new();
    history::read(&logs, wanted, &mut |line| {
        lines.push(line);
        ControlFlow::Continue(())
    })
    .expect("the journals");
    lines
}

fn printed(lines: &[Line]) -> Vec<String> {
    let lines = lines.iter().filter(|line| !line.note);
    lines
        .map(|line| String::from_utf8_lossy(&line.text).into_owned())
        .collect()
}

#[test]
fn every_line_is_there_with_its_number_and_its_time() {
    let services = ["s0", "s1", "s2"]
        .map(|name| stubborn(name, "burst 5000 0", "ready = { log = \"never\" }"))
        .concat();
    let workspace = Workspace::new(&services);
    let ended = workspace.dev(&["--keep-going"]).run();
    let lines = read(&workspace, &Wanted::default());
    let numbers = lines.iter().filter(|line| !line.note).map(|line| line.seq);
    assert!(numbers.eq(1..=15_000), "{}", ended.err);
    assert!(lines.is_sorted_by(|a, b| a.time <= b.time));
    assert!(
        lines
            .iter()
            .all(|line| line.time.len() == "2026-11-24T15:00:00.123456Z".len())
    );
    for name in ["s0", "s1", "s2"] {
        let own = Wanted {
            services: vec![name.to_owned()],
            ..Wanted::default()
        };
        let tail = format!(" {}$", "x".repeat(40));
        let expected = (0..5000).map(|n| format!("burst {n:08}{tail}"));
        assert!(
            printed(&read(&workspace, &own)).into_iter().eq(expected),
            "{name}"
        );
    }
}

#[test]
fn an_error_is_found_with_its_whole_traceback_also_after_the_next_session() {
    let workspace =
        Workspace::new(&[stubborn("api", "crash", ""), stubborn("web", "polite", "")].concat());
    for _ in 0..2 {
        assert_eq!(workspace.dev(&[]).run().code(), Some(1));
    }
    let wanted = Wanted {
        level: Some(Level::Error),
        ..Wanted::default()
    };
    let lines = read(&workspace, &wanted);
    let text = printed(&lines);
    assert_eq!(
        text.iter()
            .filter(|line| line.starts_with("Traceback"))
            .count(),
        2,
        "{text:?}"
    );
    assert_eq!(
        text.iter()
            .filter(|line| line.starts_with("ValueError"))
            .count(),
        2,
        "{text:?}"
    );
    assert!(!text.iter().any(|line| line.contains("up")), "{text:?}");
    let sessions: std::collections::BTreeSet<&str> =
        lines.iter().map(|line| line.session.as_str()).collect();
    assert_eq!(sessions.len(), 2);
    let last = read(
        &workspace,
        &Wanted {
            last_session: true,
            ..wanted
        },
    );
    assert_eq!(
        printed(&last)
            .iter()
            .filter(|line| line.starts_with("Traceback"))
            .count(),
        1
    );
    let ends = lines
        .iter()
        .filter(|line| line.note && line.text == b"ended with exit code 1");
    assert_eq!(ends.count(), 2);
}

#[test]
fn files_are_set_aside_by_size_and_what_is_kept_is_read_on() {
    let workspace = Workspace::new(&format!(
        "[logs]\nmax-size = \"64 KB\"\nmax-files = 2\n\n{}",
        stubborn("api", "burst 20000 0", "ready = { log = \"never\" }")
    ));
    let ended = workspace.dev(&["--keep-going"]).run();
    let sizes: Vec<u64> = ["api.log.1", "api.log.2"]
        .iter()
        .map(|name| {
            std::fs::metadata(workspace.file(&format!(".pixcrawler/logs/{name}")))
                .expect(name)
                .len()
        })
        .collect();
    assert!(!workspace.file(".pixcrawler/logs/api.log.3").exists());
    // A run of lines that was read at once is not cut in two.
    assert!(
        sizes.iter().all(|size| (64 << 10..2 << 20).contains(size)),
        "{sizes:?}"
    );
    let text = printed(&read(&workspace, &Wanted::default()));
    assert!(
        text.last()
            .is_some_and(|line| line.starts_with("burst 00019999 ")),
        "{}",
        ended.err
    );
    let first: usize = text[0]
        .split(' ')
        .nth(1)
        .and_then(|word| word.parse().ok())
        .expect("a number");
    assert_eq!(
        text.len(),
        20_000 - first,
        "nothing is missing behind the first that is kept"
    );
    let logged = workspace.command(&["logs"], &[]).run();
    let gone = format!("- {first} lines are not kept any more: logs.max-size");
    assert!(logged.err.contains(&gone), "{}", logged.err);
}

#[test]
fn who_never_stops_talking_takes_nothing_from_who_said_little() {
    let quiet = "[services.quiet]\ncommand = \"echo all my words; echo up; sleep 1000\"\nready = { log = \"up\" }\n\n";
    let loud = "[services.loud]\ncommand = \"i=0; while [ $i -lt 1500 ]; do echo line $i; i=$((i+1)); sleep 0.001; done\"\ntask = true\ndepends-on = [\"quiet\"]\n";
    let limits = "[logs]\nmax-size = \"32 KB\"\nmax-files = 2\n\n";
    let workspace = Workspace::new(&[limits, quiet, loud].concat());
    let ended = workspace.dev(&["--until-ready"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    let folder = workspace.file(".pixcrawler/logs/sessions");
    let files = std::fs::read_dir(folder).expect("journals").flatten();
    let sizes: Vec<u64> = files
        .map(|file| file.metadata().expect("a file").len())
        .collect();
    assert!(sizes.iter().sum::<u64>() < 110 << 10, "{sizes:?}");
    let logged = workspace.command(&["logs"], &["quiet"]).run();
    assert!(logged.out.contains("all my words"), "{}", logged.all());
    assert_eq!(logged.err, "", "nothing of it is missing");
    let all = workspace.command(&["logs"], &[]).run();
    let shown = all.out.matches("loud   line ").count();
    assert!((50..1450).contains(&shown), "{shown}: {}", all.err);
    assert!(all.out.contains("line 1499"), "{}", all.out);
    let missing = format!("- {} lines of loud, until ", 1500 - shown);
    assert!(all.err.contains(&missing), "{missing}: {}", all.err);
    assert!(
        all.err.contains("is in .pixcrawler/logs/loud.log\n"),
        "{}",
        all.err
    );
}

#[test]
fn what_is_too_old_is_not_said_to_be_too_much() {
    let workspace = Workspace::new("");
    let journal = ".pixcrawler/logs/sessions/2020-11-24T15-00-00.123-mark.00000002.jsonl";
    let lines = |day: u32| {
        format!(
            "{{\"seq\":{day},\"time\":\"2020-11-{day}T16:00:00.000000Z\",\"service\":\"api\",\"part\":1,\"at\":0,\"bytes\":4,\"lines\":1}}\n"
        )
    };
    workspace.write(journal, &[lines(24), lines(25)].concat());
    let log = "--- log of api since 2026-11-24T15:00:00.000000Z\nit is said\n";
    workspace.write(".pixcrawler/logs/api.log", log);
    let say = |settings: &str| {
        workspace.write("pixcrawler.toml", settings);
        workspace.command(&["logs"], &[]).run().err
    };
    let err = say("");
    let gone = "- 2 lines are not kept any more: logs.max-age in";
    assert!(err.contains(gone) && !err.contains("max-size"), "{err}");
    assert!(err.contains("is older than logs.max-age"), "{err}");
    let err = say("[logs]\nmax-age = \"20000d\"\n");
    let gone = "- 2 lines are not kept any more: logs.max-size and";
    assert!(err.contains(gone) && !err.contains("max-age"), "{err}");
    assert!(err.contains("than logs.max-size"), "{err}");
}

#[test]
fn where_a_journal_begins_anew_is_said_and_where_the_older_text_is() {
    let workspace = Workspace::new("");
    let journal = ".pixcrawler/logs/sessions/2026-11-24T15-00-00.123-mark.00000002.jsonl";
    let note = "{\"seq\":7,\"time\":\"2026-11-24T16:00:00.000000Z\",\"service\":\"loud\",\"level\":\"info\",\"note\":\"started\"}\n";
    workspace.write(journal, note);
    let quiet = "--- log of quiet since 2026-11-24T15:00:00.000000Z\nit is said\n";
    workspace.write(".pixcrawler/logs/quiet.log", quiet);
    let logged = workspace.command(&["logs"], &["quiet"]).run();
    let err = &logged.err;
    assert!(err.contains("- there is no line of quiet"), "{err}");
    assert!(err.contains("the journal begins at "), "{err}");
    assert!(err.contains("is in .pixcrawler/logs/quiet.log"), "{err}");
    // A journal that is whole says nothing of that, and what was filtered is told as such.
    let session = "{\"session\":\"mark\",\"began\":\"2026-11-24T15:00:00.000000Z\",\"services\":[\"quiet\"]}\n";
    workspace.write(journal, &format!("{session}{note}"));
    let whole = workspace.command(&["logs"], &["--grep", "nothing"]).run();
    assert!(whole.err.contains("no line is like that"), "{}", whole.err);
    assert!(!whole.err.contains("begins at"), "{}", whole.err);
}

#[test]
fn a_log_file_that_somebody_emptied_or_removed_goes_on_and_its_loss_is_said() {
    let service = |name: &str| {
        format!(
            "[services.{name}]\ncommand = \"echo {name} one; until [ -e DIR/go ]; do sleep 0.05; done; echo {name} two; exec sleep 1000\"\n\n"
        )
    };
    let workspace = Workspace::new(&[service("a"), service("b")].concat());
    let mut session = workspace.dev(&[]).start();
    for name in ["a", "b"] {
        let file = workspace.file(&format!(".pixcrawler/logs/{name}.log"));
        let is_written = || std::fs::read_to_string(&file).is_ok_and(|text| text.contains("one"));
        assert!(within(HANG, is_written), "{}", session.out());
        if name == "a" {
            std::fs::write(&file, "").expect("emptied");
        } else {
            std::fs::remove_file(&file).expect("removed");
        }
    }
    workspace.write("go", "");
    session.wait_for("a two");
    session.wait_for("b two");
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
    for name in ["a", "b"] {
        let log = workspace.log(name);
        assert!(
            log.starts_with(&format!("--- log of {name} since ")),
            "{log}"
        );
        assert!(log.contains(&format!("{name} two\n")), "{log}");
    }
    let logged = workspace.command(&["logs"], &[]).run();
    for said in [
        "a two",
        "b two",
        "its log file was emptied",
        "its log file was removed",
    ] {
        assert!(logged.out.contains(said), "{said}: {}", logged.all());
    }
    let gone = "- 2 lines are gone: the log files of `a` and `b` in .pixcrawler/logs/ were emptied, removed or changed";
    assert!(logged.err.contains(gone), "{}", logged.all());
    assert!(!logged.err.contains("max-size"), "{}", logged.all());

    // With nobody who writes, the journals tell.
    std::fs::remove_file(workspace.file(".pixcrawler/logs/a.log")).expect("removed");
    std::fs::remove_file(workspace.file(".pixcrawler/logs/b.log")).expect("removed");
    let logged = workspace.command(&["logs"], &[]).run();
    assert_eq!(logged.code(), Some(0), "{}", logged.all());
    assert!(
        logged
            .err
            .contains("- 4 lines are gone: the log files of `a` and `b`"),
        "{}",
        logged.all()
    );
    std::fs::remove_dir_all(workspace.file(".pixcrawler/logs/sessions")).expect("removed");
    workspace.write(
        ".pixcrawler/logs/a.log",
        "--- log of a since 2026-11-29T08:00:00.000000Z\none\n",
    );
    let logged = workspace.command(&["logs"], &[]).run();
    assert!(
        logged
            .err
            .contains("- the journals in .pixcrawler/logs/sessions/"),
        "{}",
        logged.all()
    );
}

#[test]
fn journals_that_somebody_removed_cost_no_line_that_comes_later() {
    let workspace = Workspace::new(
        "[services.a]\ncommand = \"i=0; while [ ! -e DIR/go ]; do i=$((i+1)); echo line $i; sleep 0.02; done; echo the end; exec sleep 1000\"\n",
    );
    let session = workspace.dev(&[]).start();
    let wanted = Wanted {
        services: vec!["a".to_owned()],
        ..Wanted::default()
    };
    let kept = || -> Vec<String> {
        let text = std::fs::read_to_string(workspace.file(".pixcrawler/logs/a.log"));
        let text = text.unwrap_or_default();
        let lines = text.lines().filter(|line| !line.starts_with("--- "));
        lines.map(str::to_owned).collect()
    };
    let has = |word: &str| kept().iter().any(|line| line == word);
    assert!(within(HANG, || has("line 5")), "{}", session.out());
    std::fs::remove_dir_all(workspace.file(".pixcrawler/logs")).expect("removed");
    assert!(within(HANG, || has("line 40")), "{}", session.out());
    let shown = printed(&read(&workspace, &wanted));
    assert!(shown.len() > 1 && kept().starts_with(&shown), "{shown:?}");

    // The second time the text stays, and its order goes.
    std::fs::remove_dir_all(workspace.file(".pixcrawler/logs/sessions")).expect("removed");
    let most = kept().len();
    workspace.write("go", "");
    assert!(within(HANG, || has("the end")), "{}", session.out());
    session.signal(Signal::SIGINT);
    assert_eq!(session.end().code(), Some(0));
    let lines = read(&workspace, &wanted);
    let (kept, shown) = (kept(), printed(&lines));
    assert!(kept.ends_with(&shown), "{shown:?}");
    assert!(kept.len() - shown.len() <= most, "{kept:?}\n{shown:?}");
    let said = String::from_utf8_lossy(&lines[0].text);
    assert!(
        lines[0].note && said.starts_with("the journal of this session was removed"),
        "{said}"
    );
}

#[test]
fn the_last_session_is_the_last_though_the_clock_was_set_back() {
    let workspace = Workspace::new("[services.a]\ncommand = \"cat DIR/word\"\n");
    workspace.write("word", "first\n");
    workspace.dev(&["--keep-going"]).run();
    let journals = workspace.file(".pixcrawler/logs/sessions");
    let journal = std::fs::read_dir(&journals)
        .expect("journals")
        .flatten()
        .next();
    let journal = journal.expect("a journal").path();
    let name = journal
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a name");
    // As if it had begun when the clock was far ahead.
    let ahead = format!("2999{}", &name[4..]);
    std::fs::rename(&journal, journals.join(ahead)).expect("renamed");
    workspace.write("word", "second\n");
    workspace.dev(&["--keep-going"]).run();
    let last = read(
        &workspace,
        &Wanted {
            last_session: true,
            ..Wanted::default()
        },
    );
    assert_eq!(printed(&last), ["second"]);
    assert_eq!(
        printed(&read(&workspace, &Wanted::default())),
        ["first", "second"]
    );
}

#[test]
fn a_file_of_somebody_else_is_set_aside_and_an_old_one_too() {
    let workspace = Workspace::new(&stubborn("api", "crash", ""));
    std::fs::create_dir_all(workspace.file(".pixcrawler/logs")).expect("a folder");
    workspace.write(".pixcrawler/logs/api.log", "no head\n");
    workspace.dev(&[]).run();
    assert!(workspace.log("api").starts_with("--- log of api since "));
    workspace.write(
        ".pixcrawler/logs/api.log",
        "--- log of api since 2001-01-01T00:00:00.000000Z\nold\n",
    );
    workspace.dev(&[]).run();
    assert!(!workspace.log("api").contains("old\n"));
    let aside =
        std::fs::read_to_string(workspace.file(".pixcrawler/logs/api.log.1")).expect("set aside");
    assert!(aside.ends_with("old\n"));
}

#[test]
fn limits_that_make_no_sense_are_explained() {
    let workspace = Workspace::new("[logs]\nmax-size = \"10 parsecs\"\n");
    let ended = workspace.dev(&["--dry-run"]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(
        ended.all().contains("unknown unit in `10 parsecs`")
            && ended.all().contains("pixcrawler.toml:2"),
        "{}",
        ended.all()
    );
}
