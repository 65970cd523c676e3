//! Ways out that are typed from another folder than the workspace's, as they are printed.

use crate::support::{Ended, Workspace};

#[test]
fn each_way_out_does_the_same_from_where_the_terminal_stands() {
    let workspace = Workspace::new(
        "[services.w]\ncommand = \"echo here; sleep 1000\"\n\n[services.x]\ncommand = \"sleep 1000\"\nprofiles = [\"p\"]\n",
    );
    let elsewhere = tempfile::tempdir().expect("a folder");
    let root = workspace.path().to_str().expect("UTF-8").to_owned();
    let at = |command: &[&str]| -> Ended {
        let all = workspace.command(&command[..1], &command[1..]);
        all.typed_in(elsewhere.path()).run()
    };
    let option = format!("--workspace {root}");
    let is_told = |ended: &Ended, ways: &[&str]| {
        for way in ways {
            let way = way.replace("WORKSPACE", &option);
            assert!(ended.all().contains(&way), "{way}: {}", ended.all());
        }
    };
    is_told(&at(&["ps"]), &["pixcrawler dev WORKSPACE"]);
    let started = at(&["dev", "--detach"]);
    assert_eq!(started.code(), Some(0), "{}", started.all());
    is_told(
        &started,
        &[
            "pixcrawler ps WORKSPACE shows it",
            "pixcrawler stop WORKSPACE ends it",
        ],
    );
    is_told(
        &at(&["start", "x"]),
        &["pixcrawler stop WORKSPACE, then pixcrawler dev WORKSPACE --profile p"],
    );
    is_told(
        &at(&["dev"]),
        &[
            "pixcrawler ps WORKSPACE;",
            "pixcrawler dev WORKSPACE --attach",
            "pixcrawler stop WORKSPACE",
        ],
    );
    let json = at(&["start", "--format", "json", "x"]);
    assert!(!json.out.contains("pixcrawler stop,"), "{}", json.all());
    // As it is printed.
    let stopped = at(&["stop"]);
    assert_eq!(stopped.code(), Some(0), "{}", stopped.all());
    // In its own folder nothing is added, whatever was typed.
    let home = workspace.command(&["ps"], &[]).run();
    assert!(home.err.contains("pixcrawler dev\n"), "{}", home.all());
}

#[test]
fn a_card_installs_in_the_workspace_from_wherever_it_is_read() {
    let workspace = Workspace::new(
        "[services.web]\ncwd = \"web\"\ncommand = \"echo \\\"Error: Cannot find module 'left-padd'\\\"; exit 1\"\n",
    );
    workspace.write("web/package.json", "{\"name\": \"web\"}");
    let root = workspace.path().to_str().expect("UTF-8").to_owned();
    let elsewhere = tempfile::tempdir().expect("a folder");
    let there = format!("(cd {root}/web && bun add left-padd)");
    for command in ["dev", "logs"] {
        for format in ["human", "json"] {
            let told = workspace.command(&[command], &["--format", format]);
            let told = told.typed_in(elsewhere.path()).run();
            assert!(told.all().contains(&there), "{}", told.all());
        }
    }
    let below = workspace.dev(&[]);
    let below = below.found_from(&workspace.path().join("web")).run();
    assert!(below.all().contains(&there), "{}", below.all());
    let home = workspace.dev(&[]).run();
    let here = "(cd web && bun add left-padd)";
    assert!(home.all().contains(here), "{}", home.all());
}
