//! Packages that are added while a session runs: who is started again without them is told of.

use nix::sys::signal::Signal;

use super::control::run;
use crate::support::{Session, Workspace, executable};

/// Installs what the manifest names, as far as there is such a package.
const UV: &str = r#"#!/bin/sh
case "$1" in
sync)
  for name in one two; do
    if grep -q "\"$name\"" pyproject.toml; then
      mkdir -p ".venv/lib/python3.12/site-packages/$name-1.0.dist-info"
    fi
  done ;;
run) shift; exec "$@" ;;
esac
"#;

/// The same for the frontend.
const BUN: &str = r#"#!/bin/sh
case "$1" in
install) mkdir -p node_modules/next ;;
run) shift; exec "$@" ;;
esac
"#;

const SERVICES: &str = r#"
[services.api]
command = ["uv", "run", "sh", "-c", "if [ -e fail ]; then echo \"ModuleNotFoundError: No module named 'three'\"; exit 1; fi; echo up; sleep 1000"]
ready = { log = "up" }

[services.site]
cwd = "frontend"
command = ["bun", "run", "sh", "-c", "echo up; sleep 1000"]
ready = { log = "up" }
"#;

fn asks(workspace: &Workspace, python: &str, web: &str) {
    let project =
        format!("[project]\nname = \"app\"\nversion = \"1\"\ndependencies = [{python}]\n");
    workspace.write("pyproject.toml", &project);
    let package = format!("{{\"dependencies\": {{{web}}}}}");
    workspace.write("frontend/package.json", &package);
}

fn start(workspace: &Workspace) -> Session {
    let path = format!(
        "{}:{}",
        workspace.file("bin").display(),
        std::env::var("PATH").expect("a PATH")
    );
    let mut session = workspace.dev(&["--keep-going"]).env("PATH", &path).start();
    session.wait_for("all ready");
    session
}

#[test]
fn who_is_started_again_without_a_package_that_was_added_is_told_of_with_the_way_to_it() {
    let workspace = Workspace::new(SERVICES);
    std::fs::create_dir(workspace.file("bin")).expect("a folder");
    executable(&workspace.file("bin/uv"), UV);
    executable(&workspace.file("bin/bun"), BUN);
    workspace.write("frontend/bun.lock", "{}");
    asks(&workspace, "\"one\"", "\"next\": \"1\"");
    let mut session = start(&workspace);
    let again = |names: &[&str], words: Option<&str>| {
        let ended = run(&workspace, "restart", names);
        assert_eq!(ended.code(), Some(0), "{}", ended.all());
        match words {
            Some(words) => assert!(ended.out.contains(words), "{words}: {}", ended.all()),
            None => assert!(!ended.out.contains("without"), "{}", ended.all()),
        }
    };
    again(&["api", "site"], None);
    asks(
        &workspace,
        "\"one\", \"two\"",
        "\"next\": \"1\", \"zod\": \"4\"",
    );
    let lacks = "api starts without `two`, which pyproject.toml asks for by now: pixcrawler restart uv-sync api\n";
    again(&["api"], Some(lacks));
    session.wait_for(lacks);
    let lacks = "site starts without `zod`, which frontend/package.json asks for by now: pixcrawler restart bun-install site\n";
    again(&["site"], Some(lacks));
    // As it was printed.
    again(&["uv-sync", "api"], None);
    again(&["api"], None);
    session.signal(Signal::SIGINT);
    session.end();

    // What is installed is no task of the next session.
    let session = start(&workspace);
    asks(&workspace, "\"one\", \"two\", \"three\"", "\"next\": \"1\"");
    again(
        &["api"],
        Some(
            "api starts without `three`, which pyproject.toml asks for by now: uv sync && pixcrawler restart api\n",
        ),
    );
    workspace.write("fail", "");
    let ended = run(&workspace, "restart", &["api"]);
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    let cause = "the Python package `three` is not installed where `api` runs";
    assert!(ended.out.contains(cause), "{}", ended.all());
    session.signal(Signal::SIGINT);
    session.end();
}
