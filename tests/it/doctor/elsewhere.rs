//! What is printed is typed where the terminal stands, which need not be the workspace's own folder.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::{Place, Told, told};

fn git(place: &Place, args: &[&str]) {
    let done = Command::new("git")
        .args(args)
        .current_dir(place.file("app"))
        .output();
    assert!(done.is_ok_and(|it| it.status.success()), "git {args:?}");
}

/// A workspace beside another folder; git tracks its env file.
fn place() -> Place {
    let place = Place::new(&[
        ("app/pixcrawler.toml", ""),
        ("app/backend/.env", "B=1\n"),
        ("app/.gitignore", "x\n"),
        ("else/.gitignore", "y\n"),
    ]);
    fs::remove_file(place.file("pixcrawler.toml")).expect("removed");
    git(&place, &["init", "-q"]);
    git(&place, &["add", "-f", "backend/.env"]);
    place
}

/// Runs the tool in a folder.
fn run(place: &Place, dir: &str, args: &[&str]) -> Told {
    let output = Command::new(env!("CARGO_BIN_EXE_pixcrawler"))
        .args(args)
        .current_dir(place.file(dir))
        .env_clear()
        .env("PATH", place.variable("PATH"))
        .output()
        .expect("the binary runs");
    told(&output)
}

/// The printed ways out, for a terminal that stands in `dir`.
fn helps(place: &Place, dir: &str, more: &[&str]) -> Vec<String> {
    let words = ["doctor", "--only", "git-files", "--format", "json"];
    let told = run(place, dir, &[&words[..], more].concat());
    let report: Value = serde_json::from_str(&told.out).expect("JSON");
    let findings = report["checks"][0]["findings"].as_array().cloned();
    let findings = findings.unwrap_or_default();
    let helps = findings.iter().filter_map(|it| it["help"].as_str());
    helps.map(str::to_owned).collect()
}

#[test]
fn the_printed_command_mends_from_any_folder() {
    for dir in ["app/backend", "else", "app"] {
        let place = place();
        let root = place.file("").to_string_lossy().into_owned();
        let more: &[&str] = if dir == "else" {
            &["--workspace", "../app"]
        } else {
            &[]
        };
        let before = helps(&place, dir, more);
        assert!(!before.is_empty());
        for line in &before {
            assert_eq!(line.contains(&root), dir != "app", "{line}");
            let done = Command::new("sh")
                .args(["-c", line])
                .current_dir(place.file(dir))
                .status();
            assert!(done.is_ok_and(|it| it.success()), "{line}");
        }
        let after = helps(&place, dir, more);
        assert_eq!(after, [""; 0], "{before:?}");
        assert!(!place.file("app/backend/.gitignore").exists());
        let other = fs::read_to_string(place.file("else/.gitignore")).expect("a text");
        assert_eq!(other, "y\n");
    }
}

#[test]
fn our_own_commands_name_the_workspace_that_was_named() {
    let place = place();
    let words = ["doctor", "--only", "git-files", "--workspace", "../app"];
    let root = place.file("app").to_string_lossy().into_owned();
    let told = run(&place, "else", &words);
    let footer = format!("run what mends: pixcrawler doctor --fix --workspace {root}");
    assert!(told.out.contains(&footer), "{}", told.out);
    // From below it finds the workspace by itself.
    let below = run(&place, "app/backend", &["doctor", "--only", "git-files"]);
    let footer = "run what mends: pixcrawler doctor --fix\n";
    assert!(below.out.contains(footer), "{}", below.out);
    let mended = run(&place, "else", &[&words[..], &["--fix", "--yes"]].concat());
    assert!(
        mended.err.contains(&format!("(cd {root} && git ")),
        "{}",
        mended.err
    );
    assert_eq!(mended.code, Some(0), "{}", mended.err);
}

#[test]
fn what_fix_leaves_to_a_person_is_told() {
    let place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        ("uv.lock", "<<<\n"),
    ]);
    let told = place.run(&["doctor", "--only", "python-packages", "--fix", "--yes"]);
    let line = "rm uv.lock && uv lock   for python-packages";
    let at = told
        .err
        .find(line)
        .unwrap_or_else(|| panic!("{}", told.err));
    assert!(told.err[at..].contains("left out: "), "{}", told.err);
}

#[test]
fn what_stands_beside_a_command_is_not_for_another_folder() {
    let place = place();
    fs::write(place.file("app/.env.example"), "SUPABASE_URL=x\n").expect("written");
    let told = run(
        &place,
        "app/backend",
        &["doctor", "--only", "env", "--format", "json", "-v"],
    );
    let report: Value = serde_json::from_str(&told.out).expect("JSON");
    let findings = report["checks"][0]["findings"].as_array().cloned();
    let findings = findings.unwrap_or_default();
    let missing = findings.iter().find(|it| it["rule"] == "env/file-missing");
    let missing = missing.unwrap_or_else(|| panic!("{}", told.out));
    let help = missing["help"].as_str().unwrap_or_default();
    assert!(
        help.starts_with("(cd ") && help.contains("cp .env.example .env"),
        "{missing:#}"
    );
    let notes = missing["notes"].to_string();
    assert!(
        !notes.contains("cp ") && notes.contains("fill in what is marked"),
        "{missing:#}"
    );
}
