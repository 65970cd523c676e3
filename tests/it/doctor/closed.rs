//! Files of the checkout that this user may not read.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::Place;
use super::access::{by_admin, checked_as_nobody};
use super::git::git;

fn mode(place: &Place, file: &str, mode: u32) {
    std::fs::set_permissions(place.file(file), Permissions::from_mode(mode)).expect("a mode");
}

/// What checks come to while a file is root's alone; none where nobody can be made another user.
fn while_closed(place: &Place, file: &str, checks: &str) -> Option<Vec<Value>> {
    let path = place.file(file);
    let before = path.metadata().expect("it is there").permissions().mode();
    mode(place, file, before & 0o700);
    let seen = checked_as_nobody(place, checks);
    mode(place, file, before);
    seen
}

/// Message and way out of what a check has to say of closed files.
fn told(check: &Value) -> Vec<(String, String)> {
    let findings = check["findings"].as_array().into_iter().flatten();
    let closed = findings.filter(|it| it["rule"] == "workspace/closed");
    let text = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    closed
        .map(|it| (text(it, "message"), text(it, "help")))
        .collect()
}

#[test]
fn what_depends_on_a_closed_file_waits_for_it() {
    let place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0.1\"\n",
        ),
        ("uv.lock", "version = 1\nrequires-python = \">=3.11\"\n"),
        (
            "backend/main.py",
            "from fastapi import FastAPI\napp = FastAPI()\n",
        ),
        (
            "backend/tasks.py",
            "from celery import Celery\napp = Celery(\"x\")\n",
        ),
        (
            "frontend/package.json",
            r#"{"name": "web", "scripts": {"dev": "next dev"}}"#,
        ),
        ("frontend/bun.lock", "{}"),
        ("frontend/.nvmrc", "22\n"),
        ("frontend/drizzle.config.ts", "export default {}\n"),
    ]);
    for (file, waiting) in [
        ("pyproject.toml", "python,uv,python-packages,ports"),
        ("uv.lock", "python-packages"),
        ("backend/main.py", "ports,cors"),
        ("backend/tasks.py", "celery,redis"),
        ("frontend/package.json", "node,bun,web-packages,ports"),
        ("frontend/bun.lock", "web-packages"),
        ("frontend/.nvmrc", "node"),
        ("frontend/drizzle.config.ts", "migrations"),
    ] {
        let all = format!("{waiting},disk");
        let Some(checks) = while_closed(&place, file, &all) else {
            return;
        };
        let words = format!("{file} is closed to you: it belongs to root");
        let help = by_admin(&format!("chown \"$(id -un)\" {file}"));
        let is_it = [(words, help)];
        for check in &checks {
            if check["id"] == "disk" {
                assert_eq!(told(check), is_it, "{check:#}");
            } else {
                let waits = format!("waits for {file}, which is closed to you");
                assert_eq!(check["skipped"], waits, "{check:#}");
            }
        }
        // Where nobody else tells it, who waits does.
        let first = waiting.split(',').next().expect("one");
        let checks = while_closed(&place, file, first).expect("an administrator");
        assert_eq!(told(&checks[0]), is_it, "{:#}", checks[0]);
    }
}

#[test]
fn a_part_of_a_repository_that_is_closed_is_not_taken_for_damaged() {
    let place = Place::new(&[(".env", "A=1\n"), (".gitignore", ".env\n"), ("a.txt", "")]);
    git(&place, &["init", "-q"]);
    git(&place, &["add", "a.txt"]);
    for file in [".git", ".git/HEAD", ".git/config", ".git/index"] {
        let Some(checks) = while_closed(&place, file, "git-files") else {
            return;
        };
        let finding = &checks[0]["findings"][0];
        let message = finding["message"].as_str().unwrap_or_default();
        let words = format!("{file} is closed to you: it belongs to root");
        assert_eq!(message, words, "{:#}", checks[0]);
        let help = by_admin("chown -R \"$(id -un)\" .git");
        assert_eq!(finding["help"], help, "{finding:#}");
    }
}

#[test]
fn code_that_is_closed_is_told_and_a_folder_of_data_is_not() {
    let place = Place::new(&[
        (
            "backend/main.py",
            "from fastapi import FastAPI\nfrom backend.core import settings\napp = FastAPI()\n",
        ),
        ("backend/core/settings.py", ""),
        ("backend/uploads/picture.txt", ""),
        ("data/rows.txt", ""),
        (
            "frontend/package.json",
            r#"{"name": "web", "scripts": {"dev": "next dev"}}"#,
        ),
        ("frontend/next.config.ts", "export default {}\n"),
        ("frontend/lib/db/schema.ts", ""),
        ("frontend/uploads/code.ts", ""),
    ]);
    for (file, command) in [
        ("backend/core", "chown -R"),
        ("frontend/next.config.ts", "chown"),
        ("frontend/lib/db/schema.ts", "chown"),
        ("frontend/lib/db", "chown -R"),
    ] {
        let Some(checks) = while_closed(&place, file, "disk") else {
            return;
        };
        let words = format!("{file} is closed to you: it belongs to root");
        let help = by_admin(&format!("{command} \"$(id -un)\" {file}"));
        assert_eq!(told(&checks[0]), [(words, help)], "{:#}", checks[0]);
    }
    for file in ["backend/uploads", "data", "frontend/uploads"] {
        let checks = while_closed(&place, file, "disk").expect("an administrator");
        assert_eq!(told(&checks[0]), [], "{file}: {:#}", checks[0]);
    }
}

#[test]
fn a_gitignore_that_is_closed_gets_no_more_lines() {
    let place = Place::new(&[(".env", "A=1\n"), (".gitignore", ".env\n")]);
    git(&place, &["init", "-q"]);
    // Git reads no repository of somebody else.
    let nobody = |name: &str| {
        let path = place.file(name);
        std::os::unix::fs::chown(path, Some(65_534), None).is_ok()
    };
    if ![".", ".git"].into_iter().all(nobody) {
        crate::support::left_out("another user", "only an administrator can be one");
        return;
    }
    let Some(checks) = while_closed(&place, ".gitignore", "git-files") else {
        return;
    };
    let words = ".gitignore is closed to you: it belongs to root".to_owned();
    let help = by_admin("chown \"$(id -un)\" .gitignore");
    assert_eq!(told(&checks[0]), [(words, help)], "{:#}", checks[0]);
}

#[test]
fn a_fifo_in_the_place_of_a_lock_is_told_and_keeps_nobody_waiting() {
    let place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0.1\"\n",
        ),
        (
            "frontend/package.json",
            r#"{"name": "web", "scripts": {"dev": "next dev"}}"#,
        ),
    ]);
    for (file, waiting) in [
        ("uv.lock", "python-packages"),
        ("frontend/bun.lock", "web-packages"),
    ] {
        let path = place.file(file);
        let mode = nix::sys::stat::Mode::S_IRWXU;
        nix::unistd::mkfifo(&path, mode).expect("a FIFO");
        let check = place.check(waiting, &[]);
        let told = format!("{file} is not a regular file");
        check.fails_with("workspace/closed", &told);
        let help = check.0["findings"][0]["help"].as_str();
        assert_eq!(help, Some(format!("rm {file}").as_str()));
        std::fs::remove_file(path).expect("removed");
    }
}

#[test]
fn many_closed_files_of_a_folder_are_one_row() {
    let sources = ["a.ts", "b.ts", "deep/c.ts", "deep/d.tsx", "e.css"];
    let place = Place::new(&[(
        "frontend/package.json",
        r#"{"name": "web", "scripts": {"dev": "next dev"}}"#,
    )]);
    for name in sources {
        let file = format!("frontend/app/{name}");
        place.write(&file, "x\n");
        mode(&place, &file, 0o600);
    }
    place.write("frontend/lib/one.ts", "x\n");
    mode(&place, "frontend/lib/one.ts", 0o600);
    let Some(checks) = checked_as_nobody(&place, "disk") else {
        return;
    };
    let all = by_admin("chown -R \"$(id -un)\" frontend/app");
    let one = by_admin("chown \"$(id -un)\" frontend/lib/one.ts");
    let row = |message: &str, help: String| (message.to_owned(), help);
    assert_eq!(
        told(&checks[0]),
        [
            row(
                "frontend/lib/one.ts is closed to you: it belongs to root",
                one
            ),
            row(
                "5 files in frontend/app are closed to you: they belong to root",
                all
            ),
        ]
    );
}
