//! Folders with blanks and quotes in their names, in every command that is printed.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::Place;

/// The tiers lie in folders whose names a shell would take apart.
const SETTINGS: &str = r#"
[tiers.backend]
dir = "the api's"
[tiers.frontend]
dir = "apps/Wéb app"
"#;

fn git(place: &Place, dir: &str, args: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
        .args(args)
        .current_dir(place.file(dir))
        .output();
    assert!(done.is_ok_and(|it| it.status.success()), "git {args:?}");
}

fn place() -> Place {
    Place::new(&[
        ("pixcrawler.toml", SETTINGS),
        (".gitignore", "node_modules"),
        ("the api's/.env", "SECRET_KEY=abc\nSECRET_KEY=def\n"),
        ("the api's/backend.log", "old\n"),
        ("apps/Wéb app/.env", "A=\n"),
        ("apps/Wéb app/.env.local", "B=\n"),
        ("apps/Wéb app/frontend.log", "old\n"),
        (
            "apps/Wéb app/package.json",
            r#"{"scripts": {"dev": "next dev"}, "dependencies": {"next": "15"}}"#,
        ),
        ("apps/Wéb app/bun.lock", "{}"),
    ])
}

#[test]
fn no_command_takes_such_a_name_apart() {
    let place = place();
    git(&place, "", &["init", "-q"]);
    git(&place, "", &["add", "-f", "the api's/.env"]);
    let told = place.run(&["doctor", "--offline", "--format", "json"]);
    let report: Value = serde_json::from_str(&told.out).expect("JSON");
    let checks = report["checks"].as_array().cloned().unwrap_or_default();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let lines: Vec<String> = checks
        .iter()
        .flat_map(|check| {
            let helps = list(&check["findings"]);
            let helps = helps.into_iter().map(|finding| finding["help"].clone());
            let cures = list(&check["cures"]);
            let cures = cures.into_iter().map(|cure| cure["line"].clone());
            helps.chain(cures).collect::<Vec<_>>()
        })
        .filter_map(|line| line.as_str().map(str::to_owned))
        .collect();
    let mut named = 0;
    for line in &lines {
        // A quote that is not closed is told by the shell, a name without quotes by what is left.
        let read = Command::new("sh").args(["-n", "-c", line]).output();
        assert!(read.is_ok_and(|it| it.status.success()), "{line}");
        let rest = line.replace(r"the api'\''s", "");
        assert!(!rest.contains("the api"), "{line}");
        for (at, _) in line.match_indices("apps/Wéb app") {
            let before = line.get(..at).unwrap_or_default();
            assert!(before.matches('\'').count() % 2 == 1, "{line}");
            named += 1;
        }
        named += usize::from(rest != *line);
    }
    assert!(named >= 5, "{lines:#?}");
}

#[test]
fn what_is_printed_for_such_a_folder_mends() {
    let place = place();
    git(&place, "", &["init", "-q"]);
    git(&place, "", &["add", "-f", "the api's/.env"]);
    place
        .check("git-files", &[])
        .fails_with("git/env-file", "git tracks the api's/.env");
    place.is_mended("git-files");
    let rules = fs::read_to_string(place.file(".gitignore")).expect("a text");
    // The line that had no end is still a line of its own.
    assert!(rules.starts_with("node_modules\n"), "{rules}");
    assert!(rules.contains("\nthe api's/.env\n"), "{rules}");
    place.is_mended("leftovers");
    assert!(!place.file("apps/Wéb app/frontend.log").exists());
}

#[test]
fn names_that_mean_something_to_git_are_meant_as_they_are() {
    let settings = "[tiers.backend]\ndir = \"#a[b] *\"\n[tiers.frontend]\ndir = \"-x\"\n";
    let place = Place::new(&[
        ("pixcrawler.toml", settings),
        (".gitignore", "node_modules\r\ndist"),
        ("#a[b] */.env", "A=1\n"),
        ("-x/.env.local", "A=1\n"),
        ("-x/frontend.log", "old\n"),
    ]);
    git(&place, "", &["init", "-q"]);
    git(&place, "", &["add", "-f", "./-x/.env.local"]);
    place.is_mended("git-files");
    let rules = fs::read_to_string(place.file(".gitignore")).expect("a text");
    assert!(rules.starts_with("node_modules\r\ndist\r\n"), "{rules:?}");
    place.is_mended("leftovers");
}

#[test]
fn a_file_is_judged_by_the_repository_that_it_lies_in() {
    let place = Place::new(&[
        (".gitignore", ".env\n.env.*\n"),
        ("backend/.env", "SECRET_KEY=abcdefghijklmnop\n"),
        ("backend/main.py", "\n"),
    ]);
    // As `git submodule` has it: a file that points to the repository, which the other one keeps.
    git(&place, "", &["init", "-q"]);
    fs::create_dir_all(place.file(".git/modules")).expect("a folder");
    git(
        &place,
        "backend",
        &[
            "init",
            "-q",
            "--separate-git-dir",
            "../.git/modules/backend",
        ],
    );
    git(&place, "backend", &["add", "-f", "."]);
    git(&place, "backend", &["commit", "-q", "-m", "all"]);
    let check = place.check("git-files", &[]);
    check.fails_with("git/env-file", "git tracks backend/.env");
    check.fails_with("git/env-file", "git does not ignore backend/.env");
    assert_eq!(
        check.help(),
        "(cd backend && git update-index --force-remove .env)"
    );
    let told = place.run(&["env", "check"]);
    let all = format!("{}{}", told.out, told.err);
    assert!(all.contains("git tracks backend/.env"), "{all}");
    place.is_mended("git-files");
    assert!(place.file("backend/.gitignore").exists());
    let rules = fs::read_to_string(place.file(".gitignore")).expect("a text");
    assert_eq!(rules, ".env\n.env.*\n");
}

/// After `rm -rf` and a new clone in another terminal, the folder of this one has only its old name.
#[cfg(unix)]
#[test]
fn where_the_folder_of_the_terminal_is_gone_that_is_said() {
    let place = place();
    let root = place.file("").to_string_lossy().into_owned();
    let told = |args: &[&str]| {
        fs::create_dir_all(place.file("gone")).expect("made");
        let ended = Command::new("sh")
            .args(["-c", "rmdir \"$PWD\"; exec \"$@\"", "sh"])
            .arg(env!("CARGO_BIN_EXE_pixcrawler"))
            .args(["doctor", "--offline", "--only", "disk"])
            .args(args)
            .current_dir(place.file("gone"))
            .output();
        let ended = ended.expect("run");
        let text = String::from_utf8_lossy(&ended.stderr).into_owned();
        (ended.status.code(), text)
    };
    let (code, text) = told(&[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.contains("is gone") && text.contains("cd \"$PWD\""),
        "{text}"
    );
    assert_eq!(told(&["--workspace", &root]).0, Some(0));
}
