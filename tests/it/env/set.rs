//! `env set`: one variable where its tier reads it, and nothing else.

use std::io::Write;
use std::process::Stdio;

use super::sandbox::{Ran, Workspace};

fn read(workspace: &Workspace, path: &str) -> String {
    std::fs::read_to_string(workspace.path(path)).expect("a file")
}

#[test]
fn a_value_is_changed_where_it_stands_and_added_where_it_belongs() {
    let workspace = Workspace::sound();
    let before = read(&workspace, "backend/.env");
    let ran = workspace.run(&["env", "set", "ALLOWED_ORIGINS=http://localhost:3001"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (
            Some(0),
            "✓ ALLOWED_ORIGINS=http://localhost:3001 · backend/.env:3\n"
        ),
        "{}",
        ran.stderr
    );
    let after = read(&workspace, "backend/.env");
    assert_eq!(after, before.replace(":3000", ":3001"));
    // Where no file has it yet, the schema says whose it is.
    let added = workspace.run(&["env", "set", "DATABASE_POOL_SIZE=7"]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    assert_eq!(
        read(&workspace, "backend/.env"),
        format!("{after}DATABASE_POOL_SIZE=7\n")
    );
    // A file that is not there yet is for its owner alone.
    let other = workspace.run(&["env", "set", "--tier", "backend", "PORT=1", "--env", "test"]);
    assert_eq!(other.code, Some(0), "{}", other.stderr);
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(workspace.path("backend/.env.test"))
            .expect("a file")
            .permissions(),
    );
    assert_eq!(mode & 0o077, 0);
}

#[test]
fn what_is_for_another_environment_leaves_development_alone() {
    let workspace = Workspace::sound();
    let before = read(&workspace, "backend/.env");
    let set = |words: &[&str]| {
        let ran = workspace.run(&[&["env", "set"], words, &["--env", "production"]].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran
    };
    let wins = "ALLOWED_ORIGINS=https://app.example.com";
    set(&[wins]);
    set(&["DATABASE_URL", "--part", "host=db.example.com"]);
    assert_eq!(read(&workspace, "backend/.env"), before);
    let own = read(&workspace, "backend/.env.production");
    assert!(
        own.contains(wins) && own.contains("app:hunter22@db.example.com:5432/app"),
        "{own}"
    );
    // Who names the file means it.
    let ran = set(&["--file", "backend/.env", "PORT=8001"]);
    let alone = "pixcrawler env set --file backend/.env.production PORT=- --env production";
    assert!(
        ran.stderr.contains("backend/.env is development's, too") && ran.stderr.contains(alone),
        "{}",
        ran.stderr
    );
    assert!(read(&workspace, "backend/.env").contains("PORT=8001"));
}

#[test]
fn a_part_of_a_url_changes_and_no_password_is_shown() {
    let workspace = Workspace::sound();
    let set = ["env", "set", "DATABASE_URL", "--part"];
    let ran = workspace.run(&[&set[..], &["port=6543", "--part", "ssl=require"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(!ran.stdout.contains("hunter22"), "{}", ran.stdout);
    let url = "DATABASE_URL=postgresql+asyncpg://app:hunter22@localhost:6543/app?ssl=require\n";
    assert!(read(&workspace, "backend/.env").contains(url));
    let asked = |words: &[&str], typed: &str| {
        let mut child = workspace
            .command(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(typed.as_bytes()).expect("it reads");
        drop(stdin);
        Ran::of(&child.wait_with_output().expect("it ends"))
    };
    let ran = asked(&[&set[..], &["password=-"]].concat(), "p@ss/word\n");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        read(&workspace, "backend/.env").contains("app:p%40ss%2Fword@localhost:6543"),
        "{}",
        read(&workspace, "backend/.env")
    );
    let nobody = asked(&["env", "set", "DATABASE_URL=-"], "");
    assert_eq!(nobody.code, Some(2), "{}", nobody.stderr);
}

#[test]
fn two_commands_take_a_line_each_of_one_input() {
    let workspace = Workspace::sound();
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(b"one\ntwo\n").expect("there is room");
    drop(writer);
    for (name, value) in [("A", "one"), ("B", "two")] {
        let setting = format!("{name}=-");
        let ended = workspace
            .command(&["env", "set", "--file", "backend/.env", &setting])
            .stdin(reader.try_clone().expect("a handle"))
            .output()
            .expect("the binary starts");
        let ran = Ran::of(&ended);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let text = read(&workspace, "backend/.env");
        assert!(text.contains(&format!("{name}={value}\n")), "{text}");
    }
}

#[test]
fn a_url_like_another_has_parts_of_its_own() {
    let workspace = Workspace::sound();
    let run = |words: &[&str]| {
        let ran = workspace.run(&[&["env", "set"], words].concat());
        assert_eq!(ran.code, Some(0), "{words:?}: {}", ran.stderr);
        assert!(!ran.stdout.contains("hunter22"), "{}", ran.stdout);
        read(&workspace, "backend/.env")
    };
    let like = [
        "--tier",
        "backend",
        "DIRECT_URL",
        "--like",
        "backend:DATABASE_URL",
    ];
    let text = run(&[&like[..], &["--part", "port=6543"]].concat());
    let wanted = "DIRECT_URL=postgresql+asyncpg://app:hunter22@localhost:6543/app\n";
    assert!(text.contains(wanted), "{text}");
    let text = run(&[
        "--tier",
        "backend",
        "DB_PASSWORD",
        "--like",
        "backend:DATABASE_URL#password",
    ]);
    assert!(text.contains("DB_PASSWORD=hunter22\n"), "{text}");
    run(&["DIRECT_URL=postgresql://app@localhost/app"]);
    let text = run(&[
        "DIRECT_URL",
        "--part",
        "password",
        "--like",
        "backend:DB_PASSWORD",
    ]);
    let wanted = "DIRECT_URL=postgresql://app:hunter22@localhost/app\n";
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_written() {
    let workspace = Workspace::sound();
    let before =
        [".env", "backend/.env", "frontend/.env"].map(|path| (path, read(&workspace, path)));
    let refused = |words: &[&str], part: &str| {
        let ran = workspace.run(&[&["env", "set"], words].concat());
        assert_eq!(ran.code, Some(2), "{words:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{words:?}: {}", ran.stderr);
    };
    refused(&["NOBODY_KNOWS_THIS=1"], "no tier knows");
    refused(&["A B=1"], "no name of a variable");
    refused(&["PORT"], "no value for PORT");
    refused(&["--tier", "bakend", "PORT=1"], "no tier `bakend`");
    refused(
        &["--file", "other/.env", "PORT=1"],
        "no tier reads other/.env",
    );
    refused(
        &["--part", "port=1", "ALLOWED_ORIGINS=x"],
        "stands there too",
    );
    refused(
        &["--part", "port=seven", "DATABASE_URL"],
        "cannot have the port",
    );
    refused(&["--part", "host=", "DATABASE_URL"], "without a host");
    refused(
        &["--part", "host=db.internal:6543", "DATABASE_URL"],
        "--part host=HOST --part port=PORT",
    );
    refused(
        &[
            "--part",
            "password",
            "--like",
            "backend:DATABASE_URL",
            "DATABASE_URL",
        ],
        "--like backend:DATABASE_URL#password",
    );
    refused(&["--like", "backend:NOTHING", "PORT"], "is not set");
    refused(
        &["--like", "backend:ALLOWED_ORIGINS#password", "PORT"],
        "is no URL with a password",
    );
    refused(&["--part", "password", "DATABASE_URL"], "has no `=`");
    for (path, text) in before {
        assert_eq!(read(&workspace, path), text, "{path}");
    }
}

#[test]
fn no_error_repeats_a_value_in_whatever_form_it_was_typed() {
    let workspace = Workspace::sound();
    for line in [
        "env set DATABASE_PASSWORD:s3cret-Word",
        "env set DATABASE_PASSWORD s3cret-Word",
        "env set DATABASE_PASSWORD=1 s3cret-Word",
        "env set DATABASE_PASSWORD = s3cret-Word",
        "env set =s3cret-Word",
        "env set -s3cret-Word",
        "env set DATABASE_PASSWORD --s3cret-Word",
        "env set DATABASE_PASSWORD --value=s3cret-Word",
        "env set DATABASE_PASSWORD --password s3cret-Word",
        "env set DATABASE_URL --part password:s3cret-Word",
        "env set DATABASE_URL --part=password:s3cret-Word",
        "env set DATABASE_URL --part s3cret-Word",
        "env set DATABASE_URL --part port=s3cret-Word",
        "env set DATABASE_PASSWORD --like password:s3cret-Word",
        "env set DATABASE_PASSWORD --like s3cret-Word",
        "env set DATABASE_PASSWORD --like backend:PORT#s3cret-Word",
        "env set --tier DATABASE_PASSWORD=s3cret-Word PORT=1",
        "env set --file DATABASE_PASSWORD=s3cret-Word PORT=1",
        "env unset DATABASE_PASSWORD=s3cret-Word",
        "env unset DATABASE_PASSWORD:s3cret-Word",
        "env unset --file backend/.env DATABASE_PASSWORD s3cret-Word",
        "env unset DATABASE_POOL_SIZE s3cretWord",
        "env show DATABASE_PASSWORD=s3cret-Word",
        "env get DATABASE_PASSWORD=s3cret-Word",
        "env DATABASE_PASSWORD=s3cret-Word",
        "env password:s3cret-Word",
        "DATABASE_PASSWORD=s3cret-Word",
        "set DATABASE_PASSWORD=s3cret-Word",
        "doctor DATABASE_PASSWORD=s3cret-Word",
    ] {
        let ran = workspace.run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.code, Some(2), "{line}: {}", ran.stderr);
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!told.contains("s3cret"), "{line}: {told}");
    }
    // What was misspelt is still told.
    let ran = workspace.run(&["env", "set", "PORT=1", "--tire", "backend"]);
    assert!(ran.stderr.contains("--tire"), "{}", ran.stderr);
}

#[test]
fn a_value_that_its_tier_does_not_see_is_told() {
    let workspace = Workspace::sound();
    let hidden = workspace
        .command(&["env", "set", "ENVIRONMENT=test"])
        .env("ENVIRONMENT", "production")
        .output();
    let ran = Ran::of(&hidden.expect("the binary starts"));
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("the process environment sets it too"),
        "{}",
        ran.stderr
    );
    // What the schema has against a value is said at once.
    let loud = workspace.run(&["env", "set", "LOG_LEVEL=LOUD", "--tier", "backend"]);
    assert!(
        loud.stderr.contains("`LOG_LEVEL` is none of"),
        "{}",
        loud.stderr
    );
}

#[test]
fn a_line_becomes_a_comment_and_everything_else_stays() {
    let workspace = Workspace::sound();
    let before = read(&workspace, "backend/.env");
    assert_eq!(workspace.run(&["env", "set", "DEBUG=true"]).code, Some(0));
    let ran = workspace.run(&["env", "unset", "--file", "backend/.env", "DEBUG"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stdout
            .starts_with("✓ DEBUG is a comment now · backend/.env:"),
        "{}",
        ran.stdout
    );
    let after = read(&workspace, "backend/.env");
    assert!(after.contains("# DEBUG=true\n"), "{after}");
    let rest: Vec<&str> = before
        .lines()
        .filter(|line| !line.contains("DEBUG"))
        .collect();
    let left: Vec<&str> = after
        .lines()
        .filter(|line| !line.contains("DEBUG"))
        .collect();
    assert_eq!(left, rest);
    let again = workspace.run(&["env", "unset", "--file", "backend/.env", "DEBUG"]);
    assert_eq!(again.code, Some(2), "{}", again.stderr);
    assert!(
        again.stderr.contains("does not set DEBUG"),
        "{}",
        again.stderr
    );
}

#[test]
fn all_that_the_process_environment_overrules_is_taken_out_in_one_go() {
    let workspace = Workspace::sound();
    let ran = |words: &[&str]| {
        let mut command = workspace.command(&[&["env", "set"], words].concat());
        command.env("PORT", "9100").env("DATABASE_POOL_SIZE", "3");
        Ran::of(&command.output().expect("the binary runs"))
    };
    let several = ran(&["PORT=9001", "DEBUG=true", "DATABASE_POOL_SIZE=7"]);
    assert_eq!(several.code, Some(1), "{}", several.stderr);
    let wanted = "PORT and DATABASE_POOL_SIZE are written to backend/.env, but the process environment sets them too, which wins for backend";
    assert!(several.stderr.contains(wanted), "{}", several.stderr);
    let line = if cfg!(windows) {
        "set \"PORT=\" & set \"DATABASE_POOL_SIZE=\""
    } else {
        "unset PORT DATABASE_POOL_SIZE"
    };
    assert!(several.stderr.contains(line), "{}", several.stderr);
    let one = ran(&["PORT=9002"]);
    let wanted = "PORT is written to backend/.env, but the process environment sets it too, which wins for backend";
    assert!(one.stderr.contains(wanted), "{}", one.stderr);
}
