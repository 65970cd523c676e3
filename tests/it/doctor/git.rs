//! What git would give away.

use std::process::Command;

use super::Place;

fn git(place: &Place, args: &[&str]) {
    let status = Command::new("git")
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(args)
        .current_dir(place.path())
        .output();
    assert!(
        status.is_ok_and(|output| output.status.success()),
        "git {args:?}"
    );
}

#[test]
fn env_files_that_git_takes_are_taken_out_by_the_printed_commands() {
    let place = Place::new(&[
        (".env", "A=1\n"),
        ("backend/.env", "B=1\n"),
        (".gitignore", "/.env\n"),
    ]);
    git(&place, &["init", "-q"]);
    git(&place, &["add", "backend/.env", ".gitignore"]);
    let open = place.check("git-files", &[]);
    open.fails_with("git/env-file", "git tracks backend/.env");
    assert_eq!(open.findings().len(), 2, "{}", open.text());
    let told = place.run(&["doctor", "--only", "git-files", "--fix", "--yes"]);
    assert_eq!(told.code, Some(0), "{}\n{}", told.out, told.err);
    assert!(place.file("backend/.env").exists(), "the file itself stays");
    assert_eq!(place.check("git-files", &[]).status(), "pass");
}

#[test]
fn a_key_in_a_tracked_file_is_told_without_it() {
    let key = format!("sk_{}_{}", "live", "9fK2LqPzX8sTuWvYbNcMdR4e");
    let place = Place::new(&[
        (
            "docs/setup.md",
            &format!("intro\nuse `STRIPE={key}` here\n"),
        ),
        ("notes.txt", "sk_live_xxxxxxxxxxxxxxxxxxxx\n"),
    ]);
    git(&place, &["init", "-q"]);
    git(&place, &["add", "docs/setup.md", "notes.txt"]);
    let found = place.check("git-keys", &[]);
    found.fails_with("git/key", "docs/setup.md:2 holds a Stripe secret key");
    assert_eq!(found.findings().len(), 1, "{}", found.text());
    for format in ["human", "json", "github", "sarif", "junit"] {
        let told = place.run(&["doctor", "--only", "git-keys", "--format", format]);
        assert!(!told.out.contains(&key[10..]), "{format}: {}", told.out);
    }
    place.write("docs/setup.md", "intro\n");
    assert_eq!(place.check("git-keys", &[]).status(), "pass");
}
