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
        "# two\n\nweb: echo web $PORT $PS $NAME in $PWD; sleep 0.3; exit 3\nnonsense\nwork-er: trap 'echo bye; exit 0' TERM; echo work $PORT; sleep 60 & wait\n",
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
    folder.write(
        ".foreman",
        "port: 6000\nformation: web=2,end=1\ntimeout: 0\n",
    );
    let ended = procfile(&folder, &[]).run();
    assert_eq!(ended.code(), Some(6), "{}", ended.all());
    for line in ["web.1 6000", "web.2 6001"] {
        assert!(ended.out.contains(line), "{line}: {}", ended.all());
    }
    let told =
        ".foreman:3 `timeout: 0` is no number of seconds from above 0 to 86400, and is passed over";
    assert!(ended.all().contains(told), "{}", ended.all());
    let ended = procfile(&folder, &["--scale", "z=1"]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());

    folder.write(".foreman", "timeout: 0.2\n");
    let plan = procfile(&folder, &["--dry-run", "--format", "json"]).run();
    let plan: serde_json::Value = serde_json::from_str(&plan.out).expect("one JSON object");
    assert_eq!(plan["services"][0]["stop"]["grace_ms"], 200, "{plan}");
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

#[test]
fn variables_are_put_into_the_line_itself_as_foreman_does() {
    let folder = folder("web: printf '%s\\n' 'port $PORT ${PORT} $URL' $OPTIONS $LONGER; exit 3\n");
    folder.write(".env", "URL=http://h:$PORT/\nOPTIONS=\"'a b' c\"\n");
    let ended = procfile(&folder, &[]).env("LONGER", "x y").run();
    let lines: Vec<&str> = ended
        .out
        .lines()
        .filter_map(|line| line.split_once("web").map(|(_, text)| text.trim()))
        .collect();
    for line in ["port 5000 ${PORT} http://h:5000/", "a b", "c", "x", "y"] {
        assert!(lines.contains(&line), "{line}: {}", ended.all());
    }
    // What is shown of it is what is written there.
    let shown = procfile(&folder, &["--dry-run"]).run();
    assert!(
        shown.all().contains("$PORT ${PORT} $URL"),
        "{}",
        shown.all()
    );
}

#[test]
fn ports_begin_where_the_env_file_says_and_one_that_is_none_is_told() {
    let folder = folder("web: echo p$PORT; exec sleep 60\nb: echo p$PORT; sleep 0.5; exit 6\n");
    folder.write(".env", "A=1\nPORT=65530\n");
    let ended = procfile(&folder, &[]).env("PORT", "7000").run();
    assert_eq!(ended.code(), Some(6), "{}", ended.all());
    for line in ["p65530", "p65630"] {
        assert!(ended.out.contains(line), "{line}: {}", ended.all());
    }
    let told = "`b` gets PORT 65630, but ports end at 65535: .env:2 sets the first one to 65530";
    assert!(ended.err.contains(told), "{}", ended.all());
    folder.write(".env", "PORT=soon\n");
    let ended = procfile(&folder, &[]).env("PORT", "7000").run();
    for line in ["p7000", "p7100"] {
        assert!(ended.out.contains(line), "{line}: {}", ended.all());
    }
    let told = ".env:1 PORT is no port, and is passed over";
    assert!(ended.err.contains(told), "{}", ended.all());
}

#[test]
fn who_is_named_runs_though_the_formation_leaves_it_out() {
    let folder = folder("web: exit 1\nbeta: echo it is $PS; exit 6\n");
    folder.write(".foreman", "formation: \"web=1\"\n");
    let ended = procfile(&folder, &["beta"]).run();
    assert_eq!(ended.code(), Some(6), "{}", ended.all());
    assert!(ended.out.contains("it is beta.1"), "{}", ended.all());
    let refused = procfile(&folder, &["bta"]).run();
    assert_eq!(refused.code(), Some(2), "{}", refused.all());
    assert!(
        refused.err.contains("names no process `bta`"),
        "{}",
        refused.err
    );
    assert!(
        refused.err.contains("did you mean `beta`?"),
        "{}",
        refused.err
    );
    let refused = procfile(&folder, &["beta", "--scale", "beta=0"]).run();
    assert_eq!(refused.code(), Some(2), "{}", refused.all());
    assert!(refused.err.contains("--scale beta=1"), "{}", refused.err);
}

#[test]
fn a_scale_of_all_is_for_those_that_have_none() {
    let folder =
        folder("web: echo $PS; exec sleep 60\nbeta: echo $PS; sleep 0.5; exit 6\nc: exit 1\n");
    folder.write(".foreman", "formation: web=3,c=1\n");
    for scale in [
        &["--scale", "all=1", "--scale", "beta=2", "--scale", "c=0"][..],
        &["--scale", "all=1,beta=2,c=0"],
    ] {
        let ended = procfile(&folder, scale).run();
        assert_eq!(ended.code(), Some(6), "{}", ended.all());
        for line in ["web.1", "beta.1", "beta.2"] {
            assert!(ended.out.contains(line), "{line}: {}", ended.all());
        }
        assert!(!ended.out.contains("web.2"), "{}", ended.all());
    }
}

#[test]
fn what_the_file_of_foreman_says_and_nobody_can_go_by_is_told_with_its_place() {
    let folder = folder("web: exit 1\nend: exit 6\n");
    folder.write(
        ".foreman",
        "port: 6000\nformation: web=x,end=1,z=1\n- nonsense\nport: \"1\n",
    );
    let ended = procfile(&folder, &[]).run();
    assert_eq!(ended.code(), Some(6), "{}", ended.all());
    for told in [
        ".foreman:2 `web=x` has no number, which means none of it: web=1 is one",
        ".foreman:2 Procfile names no process `z`",
        ".foreman:3 is no option such as",
        ".foreman:4 is no option such as",
    ] {
        let shown = ended
            .all()
            .replace(&format!("{}/", folder.path().display()), "");
        assert!(shown.contains(told), "{told}: {shown}");
    }
}

#[test]
fn the_env_file_is_that_of_the_folder_where_it_was_typed() {
    let folder = folder("web: exit 1\n");
    folder.write("d2/Procfile", "q: echo $A-$B; exit 3\n");
    folder.write("d2/.env", "B=beside\n");
    folder.write(".env", "A=here\n");
    let ended = folder.dev(&["--procfile", "d2/Procfile"]).run();
    assert_eq!(ended.code(), Some(3), "{}", ended.all());
    assert!(
        ended.out.contains("here-") && !ended.out.contains("beside"),
        "{}",
        ended.all()
    );
    let told = "d2/.env is not read: the .env of the folder where you are counts, as for foreman; to go by it: cd d2, and --procfile Procfile";
    assert!(ended.err.contains(told), "{}", ended.all());
}

#[test]
fn a_process_without_a_command_is_told_and_the_ports_are_foremans() {
    let folder = folder("none:\nblank:  \nweb: echo p$PORT; exit 6\n");
    let ended = procfile(&folder, &[]).run();
    assert_eq!(ended.code(), Some(6), "{}", ended.all());
    assert!(ended.out.contains("p5100"), "{}", ended.all());
    for line in [1, 2] {
        let told = format!(
            "Procfile:{line} is no process and is passed over, since no command stands behind its colon"
        );
        assert!(ended.err.contains(&told), "{told}: {}", ended.err);
    }
}

#[test]
fn lines_that_foreman_ignores_move_nobodys_port() {
    let folder = folder(
        "\u{feff}z: exit 1\n  a: exit 1\na.b: exit 1\nc : exit 1\nweb: echo p$PORT; exit 6\n",
    );
    let ended = procfile(&folder, &[]).run();
    assert_eq!(ended.code(), Some(6), "{}", ended.all());
    assert!(ended.out.contains("p5000"), "{}", ended.all());
    for (line, why) in [
        (1, "a byte order mark"),
        (2, "its name begins the line"),
        (3, "a name is of letters"),
        (4, "its name begins the line"),
    ] {
        let told =
            format!("Procfile:{line} is no process and is passed over, as by foreman: {why}");
        assert!(ended.err.contains(&told), "{told}: {}", ended.err);
    }
    folder.write("Procfile", "\u{feff}z: exit 1\n");
    let ended = procfile(&folder, &[]).run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    assert!(
        ended.err.contains("names no process: ") && ended.err.contains("byte order mark"),
        "{}",
        ended.err
    );
}

#[test]
fn a_formation_that_leaves_nothing_to_run_is_named() {
    let folder = folder("a: exit 6\nb: exit 1\n");
    for (formation, told) in [
        ("web=1", ".foreman:1 Procfile names no process `web`"),
        ("5", ".foreman:1 `5` is no formation such as web=2 or all=1"),
        ("a=0", "since `formation` of .foreman:1 has none"),
    ] {
        folder.write(".foreman", &format!("formation: {formation}\n"));
        let ended = folder.dev(&["--procfile", "Procfile"]).run();
        assert_eq!(ended.code(), Some(2), "{}", ended.all());
        let way_out = "pixcrawler dev --procfile Procfile a";
        for wanted in [told, way_out] {
            assert!(ended.err.contains(wanted), "{wanted}: {}", ended.err);
        }
        assert!(!ended.err.contains("--scale"), "{}", ended.err);
    }
    // The way out is one.
    let ended = folder.dev(&["--procfile", "Procfile", "a"]).run();
    assert_eq!(ended.code(), Some(6), "{}", ended.all());
    let ended = folder
        .dev(&["--procfile", "Procfile", "--scale", "all=0"])
        .run();
    assert!(
        ended.err.contains("leave out one of --scale"),
        "{}",
        ended.err
    );
    // The name of long ago.
    folder.write(".foreman", "concurrency: b=2\n");
    let ended = folder.dev(&["--procfile", "Procfile", "a"]).run();
    let told = ".foreman:1 `concurrency` is passed over, as by foreman";
    assert!(ended.err.contains(told), "{}", ended.all());
}

#[test]
fn the_env_files_and_the_folder_that_foreman_would_take_count() {
    let folder = folder("");
    folder.write(
        "sub/Procfile",
        "web: echo $A-$B-$C p$PORT in $(pwd); exit 6\n",
    );
    folder.write("sub/.env", "A=1\nB=1\n");
    folder.write("more.env", "B=2\nPORT=7100\n");
    folder.write(".env", "C=3\n");
    let run = || folder.dev(&["--procfile", "sub/Procfile"]).run();
    folder.write(".foreman", "env: sub/.env,more.env\n");
    let ended = run();
    assert_eq!(ended.code(), Some(6), "{}", ended.all());
    assert!(ended.out.contains("1-2- p7100"), "{}", ended.all());
    assert!(!ended.err.contains("is not read"), "{}", ended.err);

    folder.write(".foreman", "env: more.env\n");
    let ended = run();
    let told = "sub/.env is not read: `env` of .foreman:1 names another one, as for foreman; to go by both: env: more.env,sub/.env";
    assert!(ended.err.contains(told), "{}", ended.err);

    folder.write(".foreman", "env: gone.env\n");
    let ended = run();
    assert_eq!(ended.code(), Some(2), "{}", ended.all());
    let told = ".foreman:1 names the env file gone.env, which is not there";
    assert!(ended.err.contains(told), "{}", ended.err);

    folder.write("other/.env", "A=4\n");
    folder.write(".foreman", "root: other\n");
    let ended = run();
    assert_eq!(ended.code(), Some(6), "{}", ended.all());
    assert!(ended.out.contains("4-- p5000 in "), "{}", ended.all());
    assert!(ended.out.contains("/other"), "{}", ended.all());
    let told = "sub/.env is not read: `root` of .foreman:1";
    assert!(ended.err.contains(told), "{}", ended.err);
}
