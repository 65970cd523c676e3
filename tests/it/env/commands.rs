//! `env show`, `env diff`, `env run` and `env docs`: what they print, and how they end.

use super::sandbox::{Ran, Workspace};

const SHOWN: &str = "\
backend · development · pydantic-settings · .env, backend/.env
  ALLOWED_ORIGINS            http://localhost:3000                                 backend/.env:3
  DATABASE_URL               postgresql+asyncpg://app:••••••@localhost:5432/app    backend/.env:2
";

#[test]
fn show_says_what_a_tier_sees_and_from_where() {
    let workspace = Workspace::sound();
    let ran = workspace.run(&["env", "show", "--tier", "backend"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let words = |text: &str| {
        text.lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
    };
    assert_eq!(words(&ran.stdout)[..3], words(SHOWN)[..], "{}", ran.stdout);
    assert!(
        !ran.stdout.contains("hunter22") && !ran.stdout.contains("sb_secret_0123456789"),
        "{}",
        ran.stdout
    );
    let revealed = workspace
        .run(&["env", "show", "--tier", "backend", "--reveal"])
        .stdout;
    assert!(
        revealed.contains("app:hunter22@") && revealed.contains("sb_secret_0123456789"),
        "{revealed}"
    );
}

#[test]
fn show_masks_what_is_secret_by_any_usual_name_or_shape() {
    let workspace = Workspace::sound();
    workspace.write(
        "backend/.env",
        "PGPASSWORD=pgpassval33\nDB_PASS=dbpassvalue11\nMYSQL_ROOT_PW=rootpwval22\n\
         FLOWER_BASIC_AUTH=admin:hunter2hunter2\n\
         BLOB_SAS_URL=https://a.blob.core.windows.net/c?sv=2022&sig=sigsig4444\n\
         SLACK_WEBHOOK_URL=https://hooks.slack.com/services/T0/B0/hookhook5555\n\
         ODBC=Driver=x;Uid=app;Pwd=odbcpwd8888;\nBYPASS=plainvalue\n",
    );
    let shown = workspace.run(&["env", "show", "--tier", "backend"]).stdout;
    for secret in [
        "pgpassval33",
        "dbpassvalue11",
        "rootpwval22",
        "hunter2",
        "sigsig4444",
        "hookhook5555",
        "odbcpwd8888",
    ] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    for rest in [
        "core.windows.net/c?sv=2022&sig=••••••",
        "hooks.slack.com/services/T0/B0/••••••",
        "Driver=x;Uid=app;Pwd=••••••;",
        "plainvalue",
    ] {
        assert!(shown.contains(rest), "{rest}: {shown}");
    }
}

#[test]
fn show_tells_what_wins_over_what() {
    let workspace = Workspace::sound();
    workspace.write("backend/.env.test", "ENVIRONMENT=test\nPORT=9000\n");
    let output = workspace
        .command(&[
            "env", "show", "--tier", "backend", "--env", "test", "--format", "json",
        ])
        .env("PORT", "9100")
        .output();
    let ran = Ran::of(&output.expect("the binary starts"));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let variables = document["tiers"][0]["variables"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let of = |name: &str| {
        variables
            .iter()
            .find(|variable| variable["name"] == name)
            .cloned()
            .unwrap_or_default()
    };
    let place = |line: usize| serde_json::json!({"file": "backend/.env.test", "line": line});
    assert_eq!(of("PORT")["value"], "9100");
    assert_eq!(of("PORT")["origin"], "process");
    assert_eq!(
        of("PORT")["shadowed"],
        serde_json::json!([{"value": "9000", "origin": place(2)}])
    );
    assert_eq!(of("ENVIRONMENT")["origin"], place(1));
    assert_eq!(of("ENVIRONMENT")["shadowed"][0]["value"], "development");
    assert_eq!(of("DATABASE_URL")["secret"], true);
}

#[test]
fn a_tier_that_is_not_there_is_bad_usage() {
    let workspace = Workspace::sound();
    for command in [
        ["env", "show", "--tier", "backed"],
        ["env", "check", "--tier", "backed"],
        ["env", "docs", "--tier", "backed"],
        ["env", "scaffold", "--tier", "backed"],
    ] {
        let ran = workspace.run(&command);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(2), ""),
            "{command:?}"
        );
        assert!(
            ran.stderr
                .starts_with("error: there is no tier `backed` in "),
            "{}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains("choose root, backend or frontend"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn diff_compares_environments_and_files() {
    let workspace = Workspace::sound();
    workspace.write(
        "backend/.env.production",
        "ENVIRONMENT=production\nDATABASE_URL=postgresql+asyncpg://app:0th3rs3cret@db:5432/app\n",
    );
    let ran = workspace.run(&[
        "env",
        "diff",
        "development",
        "production",
        "--tier",
        "backend",
    ]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    let lines: Vec<Vec<&str>> = ran
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        lines,
        [
            vec!["development", "production"],
            vec![
                "backend",
                "DATABASE_URL",
                "postgresql+asyncpg://app:••••••@localhost:5432/app",
                "postgresql+asyncpg://app:••••••@db:5432/app"
            ],
            vec!["backend", "ENVIRONMENT", "development", "production"],
        ]
    );
    let files = workspace.run(&[
        "env",
        "diff",
        "backend/.env",
        "backend/.env.production",
        "--format",
        "json",
    ]);
    assert_eq!(files.code, Some(1));
    let document: serde_json::Value = serde_json::from_str(&files.stdout).expect("JSON");
    let names: Vec<&str> = document["differences"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|difference| difference["name"].as_str())
        .collect();
    assert_eq!(names, ["ALLOWED_ORIGINS", "DATABASE_URL", "ENVIRONMENT"]);
    assert!(!files.stdout.contains("0th3rs3cret"));
    let same = workspace.run(&["env", "diff", ".env", ".env"]);
    assert_eq!(
        (same.code, same.stdout.as_str()),
        (Some(0), "no difference\n")
    );
    let absent = workspace.run(&["env", "diff", ".env", "nowhere"]);
    assert_eq!((absent.code, absent.stdout.as_str()), (Some(2), ""));
}

#[test]
fn docs_describe_every_variable_of_a_tier() {
    let workspace = Workspace::sound();
    workspace.write("env-schemas/backend.toml", "title = \"The API\"\n[[variable]]\nname = \"WORKERS\"\nsection = \"Server\"\ndescription = \"Processes\"\npurpose = \"How many answer\"\ntype = \"int\"\nmin = 1\ndefault = \"2\"\n");
    let ran = workspace.run(&["env", "docs", "--tier", "backend"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let expected = "\
# Environment variables

## The API

### Server

| Variable | Meaning | Valid values | Default | Required |
| --- | --- | --- | --- | --- |
| `WORKERS` | Processes. How many answer. | integer, 1 or more | `2` | No |
";
    assert_eq!(ran.stdout, expected);
}

#[cfg(unix)]
#[test]
fn run_gives_the_command_its_tiers_variables_and_its_exit_code() {
    let workspace = Workspace::sound();
    let script = "echo \"$ENVIRONMENT $ALLOWED_ORIGINS $PORT\"; echo no >&2; exit 7";
    let output = workspace
        .command(&["env", "run", "--tier", "backend", "--", "sh", "-c", script])
        .env("ENVIRONMENT", "test")
        .env("PORT", "1")
        .output();
    let ran = Ran::of(&output.expect("the binary starts"));
    assert_eq!(
        (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
        (Some(7), "test http://localhost:3000 1\n", "no\n")
    );
    let absent = workspace.run(&["env", "run", "--", "no-such-program"]);
    assert_eq!((absent.code, absent.stdout.as_str()), (Some(3), ""));
    assert!(
        absent
            .stderr
            .starts_with("error: no-such-program cannot be run: "),
        "{}",
        absent.stderr
    );
    let nothing = workspace.run(&["env", "run", "--tier", "backend"]);
    assert_eq!(nothing.code, Some(2));
}

#[cfg(unix)]
#[test]
fn run_passes_signals_on() {
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::ExitStatusExt;
    let workspace = Workspace::sound();
    for (script, code, signal) in [
        (
            "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done",
            Some(9),
            None,
        ),
        ("echo ready; exec sleep 60", None, Some(15)),
    ] {
        let mut command = workspace.command(&["env", "run", "--", "sh", "-c", script]);
        let mut child = command
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("it says that it is ready");
        assert_eq!(line, "ready\n");
        let process = nix::unistd::Pid::from_raw(i32::try_from(child.id()).expect("a process id"));
        nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGTERM).expect("it runs");
        let status = child.wait().expect("it ends");
        assert_eq!((status.code(), status.signal()), (code, signal), "{script}");
    }
}

#[test]
fn files_are_checked_by_themselves_wherever_they_lie() {
    let workspace = Workspace::sound();
    workspace.write("builder/.env.example", "MODE=a#b\nOUT='$HOME/x'\n");
    workspace.write("backend/.env.example", "PORT=many\n");
    workspace.write("backend/.env", "PORT=8000\nDATABSE_URL=x\n");
    let ran = workspace.run(&["env", "check", "backend/.env", "--format", "json"]);
    let codes = |ran: &Ran| -> Vec<String> {
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let findings = document["findings"].as_array().cloned().unwrap_or_default();
        let rules = findings.iter().filter_map(|it| it["rule"].as_str());
        rules.map(str::to_owned).collect()
    };
    // Nothing is missing in a file that is judged by itself.
    assert_eq!(codes(&ran), ["env/unknown-name"], "{}", ran.stdout);
    let ran = workspace.run(&[
        "env",
        "check",
        "builder/.env.example",
        "backend/.env.example",
        "--format",
        "json",
    ]);
    assert_eq!(codes(&ran), ["env/example-outdated"], "{}", ran.stdout);
    workspace.write("builder/.env.example", "MODE=pa$word\n");
    let ran = workspace.run(&["env", "check", "builder/.env.example"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("env/loaders-disagree"),
        "{}",
        ran.stdout
    );
    let ran = workspace.run(&["env", "check", "builder/.env.exmple"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("there is no file builder/.env.exmple"),
        "{}",
        ran.stderr
    );
}

/// The action and the pre-commit hooks call flags that exist.
#[test]
fn the_ci_recipes_call_what_is_there() {
    let workspace = Workspace::sound();
    let ran = workspace.run(&[
        "env",
        "check",
        "--workspace",
        ".",
        "--env",
        "development",
        "--values",
        "skip",
        "--format",
        "github",
        "--deny",
        "warning",
    ]);
    assert_eq!(
        (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
        (Some(0), "", "")
    );
    let action = include_str!("../../../action.yml");
    for flag in ["--workspace", "--env", "--values", "--format", "--deny"] {
        assert!(
            action.contains(flag),
            "the action no longer uses {flag}: take it out here"
        );
    }
    let scaffold = workspace.run(&["env", "scaffold", "--check"]);
    assert_eq!(scaffold.code, Some(5), "{}", scaffold.stderr);
    assert_eq!(workspace.run(&["env", "scaffold"]).code, Some(0));
    assert_eq!(workspace.run(&["env", "scaffold", "--check"]).code, Some(0));
}

#[test]
fn nothing_is_added_behind_a_quote_that_is_never_closed() {
    let workspace = Workspace::sound();
    let text = "# ours\nA='abc\nB=2\n";
    workspace.write("backend/.env.example", text);
    for command in [&["env", "scaffold"][..], &["env", "scaffold", "--check"]] {
        let ran = workspace.run(command);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        let place = "backend/.env.example:2: a quote is opened here and never closed";
        assert!(ran.stderr.contains(place), "{}", ran.stderr);
        assert_eq!(workspace.read("backend/.env.example"), text);
    }
}

#[test]
fn what_the_process_gives_is_counted_where_it_is_judged() {
    let workspace = Workspace::sound();
    workspace.write("backend/.env", "ENVIRONMENT=development\n");
    let mut check = workspace.command(&["env", "check", "--tier", "backend"]);
    let given = [
        (
            "DATABASE_URL",
            "postgresql+asyncpg://app:hunter22@localhost/app",
        ),
        ("ALLOWED_ORIGINS", "http://localhost:3000"),
        ("NOBODYS_NAME", "x"),
    ];
    let ran = Ran::of(&check.envs(given).output().expect("the binary starts"));
    // Four of the root's file, one of the backend's, two of the process.
    assert!(
        ran.stdout.contains("1 tier, 2 files, 7 variables"),
        "{}",
        ran.stdout
    );
}
