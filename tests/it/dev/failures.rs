//! Why a command did nothing, as programs are told it.

use serde_json::Value;

use crate::support::{Ended, Workspace};

/// Every command that needs a workspace, and those of its words that need no database.
const COMMANDS: &[&[&str]] = &[
    &["dev"],
    &["dev", "--dry-run"],
    &["dev", "--detach"],
    &["dev", "--attach"],
    &["dev", "--until-ready"],
    &["dev", "--servers"],
    &["ps"],
    &["logs"],
    &["logs", "-f"],
    &["attach"],
    &["start", "a"],
    &["stop"],
    &["stop", "a"],
    &["restart", "a"],
    &["scale", "a=2"],
    &["health"],
    &["doctor"],
    &["env", "check"],
    &["env", "show"],
    &["env", "diff", "staging", "production"],
    &["env", "scaffold"],
    &["env", "docs"],
    &["migrate"],
    &["migrate", "status"],
    &["migrate", "check"],
    &["migrate", "repair"],
];

/// The one object on stdout, which says what stderr says.
fn failure(ended: &Ended) -> Value {
    assert!(!matches!(ended.code(), Some(0) | None), "{}", ended.all());
    let object: Value =
        serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}", ended.all()));
    let message = object["failure"]["message"].as_str();
    let message = message.unwrap_or_else(|| panic!("no failure: {object}"));
    assert!(ended.err.contains(message), "{}", ended.all());
    // Findings have ways out of their own.
    let has_findings = object["findings"]
        .as_array()
        .is_some_and(|it| !it.is_empty());
    assert!(
        object["failure"]["help"].is_string() || has_findings,
        "{object}"
    );
    assert_eq!(object["version"], 1, "{object}");
    object
}

#[test]
fn where_there_is_no_workspace_every_command_gives_an_object() {
    let workspace = Workspace::new("");
    let elsewhere = tempfile::tempdir().expect("a folder");
    for words in COMMANDS {
        let command = workspace.command(words, &["--format", "json"]);
        let object = failure(&command.found_from(elsewhere.path()).run());
        let named: Vec<&str> = words
            .iter()
            .copied()
            .filter(|it| !it.starts_with('-'))
            .collect();
        let command = object["command"].as_str().expect("a name");
        assert!(named.join(" ").starts_with(command), "{object}");
    }
}

#[test]
fn what_the_command_line_refuses_gives_an_object() {
    let workspace = Workspace::new("");
    for (words, message, command) in [
        (
            &["scale", "w=x"][..],
            "invalid value 'w=x' for '<SERVICE=N>'",
            "scale",
        ),
        (
            &["env", "check", "--nosuch"],
            "unexpected argument '--nosuch'",
            "env check",
        ),
        (&["logs", "--since", "soon"], "invalid value 'soon'", "logs"),
        (&["dev", "--timeout", "soon"], "invalid value 'soon'", "dev"),
    ] {
        let ended = workspace.command(words, &["--format", "json"]).run();
        assert_eq!(ended.code(), Some(2), "{}", ended.all());
        let object = failure(&ended);
        assert_eq!(object["command"], command, "{object}");
        let told = object["failure"]["message"].as_str().unwrap_or_default();
        assert!(told.starts_with(message), "{object}");
        let is_stream = ["logs", "dev"].contains(&command);
        assert!(
            !is_stream || ended.out.lines().count() == 1,
            "{}",
            ended.out
        );
        let human = workspace.command(words, &[]).run();
        assert_eq!((human.code(), human.out.as_str()), (Some(2), ""));
        assert_eq!(human.err, ended.err);
    }
}

#[test]
fn where_there_is_nothing_to_run_a_session_gives_an_object_on_a_line() {
    let workspace = Workspace::new("");
    let of_profile = Workspace::new("[services.a]\ncommand = \"sleep 1000\"\nprofiles = [\"p\"]\n");
    for (workspace, why) in [
        (&workspace, "nothing to run"),
        (&of_profile, "nothing is chosen"),
    ] {
        for args in [&[][..], &["--dry-run"], &["--detach"], &["--until-ready"]] {
            let ended = workspace.dev(&[args, &["--format", "json"]].concat()).run();
            let object = failure(&ended);
            let message = object["failure"]["message"].as_str().unwrap_or_default();
            assert!(message.starts_with(why), "{object}");
            let is_stream = args != ["--dry-run"] && args != ["--detach"];
            assert!(
                !is_stream || ended.out.lines().count() == 1,
                "{}",
                ended.out
            );
        }
    }
    // Nothing of it runs, which is another failure.
    for words in [&["ps"][..], &["attach"], &["start", "a"], &["restart", "a"]] {
        failure(&of_profile.command(words, &["--format", "json"]).run());
    }
}

#[test]
fn what_is_in_the_way_of_a_session_stands_in_its_object() {
    let workspace = Workspace::new("[services.a]\ncommand = \"./nosuch\"\n");
    let object = failure(&workspace.dev(&["--format", "json"]).run());
    assert_eq!(
        object["findings"][0]["rule"], "plan/program-missing",
        "{object}"
    );
}

#[test]
fn a_plan_is_attached_to_nothing() {
    let workspace = Workspace::new("[services.a]\ncommand = \"sleep 1000\"\n");
    for more in [&[][..], &["--until-ready"]] {
        let ended = workspace
            .dev(&[&["--attach", "--dry-run"], more].concat())
            .run();
        assert_eq!(ended.code(), Some(2), "{}", ended.all());
        for told in [
            "--attach cannot be used with --dry-run",
            "or leave out --attach",
        ] {
            assert!(ended.err.contains(told), "{told}: {}", ended.all());
        }
    }
}
