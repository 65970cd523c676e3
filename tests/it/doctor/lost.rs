//! Manifests that were emptied or that are gone, while the lock or the last commit has them.

use std::fs;

use super::Place;
use super::git::git;

const ROOT: &str = "pyproject.toml";
const MEMBER: &str = "backend/pyproject.toml";
const WEB: &str = "frontend/package.json";
const PROJECT: &str = "[project]\nname = \"app\"\nversion = \"0.1\"\ndependencies = [\"own\"]\n\n[tool.uv.workspace]\nmembers = [\"backend\"]\n\n[tool.uv.sources]\nown = { workspace = true }\n";
const PACKAGE: &str = "{\"name\": \"web\", \"scripts\": {\"dev\": \"next dev\"}, \"dependencies\": {\"zod\": \"4.6.7\"}}\n";
const BUN: &str = "{\"lockfileVersion\": 1, \"workspaces\": {\"\": {\"name\": \"web\", \"dependencies\": {\"zod\": \"4.6.7\"}}}, \"packages\": {\"zod\": [\"zod@4.6.7\", \"\", {}, \"sha512-x\"]}}\n";

/// A checkout; no program of it is asked before its manifests are sound.
fn place() -> Place {
    Place::new(&[
        (ROOT, PROJECT),
        (
            "uv.lock",
            "version = 1\nrequires-python = \">=3.11\"\n\n[[package]]\nname = \"app\"\nversion = \"0.1\"\nsource = { virtual = \".\" }\n",
        ),
        (MEMBER, "[project]\nname = \"own\"\nversion = \"0.1\"\n"),
        ("backend/own.py", ""),
        (WEB, PACKAGE),
        ("frontend/bun.lock", BUN),
    ])
}

/// The same, in git.
fn committed() -> Place {
    let place = place();
    git(&place, &["init", "-q"]);
    git(&place, &["add", "-A"]);
    git(&place, &["commit", "-q", "-m", "all"]);
    place
}

/// The only finding of a check, and the way out.
fn only(place: &Place, id: &str) -> (String, String) {
    let check = place.check(id, &[]);
    let findings = check.findings();
    assert_eq!(findings.len(), 1, "{}", check.text());
    assert_eq!(findings[0].0, "workspace/manifest", "{}", check.text());
    (findings[0].1.to_owned(), check.help().to_owned())
}

/// Follows git's way, which is the one that was told.
fn comes_back(place: &Place, file: &str, whole: &str) {
    git(place, &["checkout", "HEAD", "--", file]);
    let text = fs::read_to_string(place.file(file)).expect("a file");
    assert_eq!(text, whole);
}

#[test]
fn a_manifest_that_was_emptied_is_no_wish_to_have_nothing_installed() {
    let place = committed();
    for (file, id, waiting, texts) in [
        (
            ROOT,
            "python-packages",
            ["python", "uv"],
            [
                ("", "is empty, and the last commit's is not", true),
                (
                    "[tool.ruff]\n",
                    "names no project, no workspace and no dependencies, and the last commit's does",
                    false,
                ),
            ],
        ),
        (
            WEB,
            "web-packages",
            ["node", "bun"],
            [
                ("\n", "is empty, and the last commit's is not", true),
                (
                    "{}\n",
                    "names no package, no workspaces and no dependencies, and the last commit's does",
                    false,
                ),
            ],
        ),
    ] {
        let restores = format!("git checkout HEAD -- {file}");
        for (text, words, is_cured) in texts {
            place.write(file, text);
            let told = only(&place, id);
            assert_eq!(told, (format!("{file} {words}"), restores.clone()));
            // What stands there by now is for a person to give up.
            let cure = place.check(id, &[]).cure().to_owned();
            assert_eq!(cure, if is_cured { &*restores } else { "" });
            for other in waiting {
                let text = place.check(other, &[]).text();
                let waits = format!("waits for {file}, which says nothing");
                assert!(text.contains(&waits), "{text}");
            }
        }
        assert_eq!(place.follow(&restores, "").code, Some(0));
        assert!(!place.check(id, &[]).text().contains("workspace/manifest"));
    }
}

#[test]
fn what_git_does_not_have_is_told_by_the_lock() {
    let place = place();
    for (file, id, text, words) in [
        (
            ROOT,
            "python-packages",
            "[tool.ruff]\n",
            "names no project, no workspace and no dependencies, and uv.lock has packages",
        ),
        (
            WEB,
            "web-packages",
            "{}",
            "names no package, no workspaces and no dependencies, and bun.lock has packages",
        ),
    ] {
        place.write(file, text);
        let opens = format!("${{EDITOR:-vi}} +1 {file}");
        assert_eq!(only(&place, id), (format!("{file} {words}"), opens));
    }
    // Who never asked for anything has nothing to lose.
    std::fs::remove_file(place.file("frontend/bun.lock")).expect("a lock");
    std::fs::remove_file(place.file("uv.lock")).expect("a lock");
    for id in ["python-packages", "web-packages"] {
        let text = place.check(id, &[]).text();
        assert!(!text.contains("workspace/manifest"), "{text}");
    }
}

#[test]
fn a_manifest_that_is_gone_is_told_once_and_brought_back() {
    let place = committed();
    for (file, id) in [
        (MEMBER, "python-packages"),
        (ROOT, "python-packages"),
        (WEB, "web-packages"),
    ] {
        std::fs::remove_file(place.file(file)).expect("it is there");
        let restores = format!("git checkout HEAD -- {file}");
        let words = format!("{file} is gone, and the last commit has it");
        assert_eq!(only(&place, id), (words, restores.clone()));
        assert_eq!(place.check(id, &[]).cure(), restores);
        assert_eq!(place.follow(&restores, "").code, Some(0));
    }
    // With all that lies beside it.
    std::fs::remove_dir_all(place.file("backend")).expect("it is there");
    let (words, restores) = only(&place, "python-packages");
    assert_eq!(words, "backend is gone, and the last commit has it");
    assert_eq!(place.follow(&restores, "").code, Some(0));
    assert!(place.file("backend/own.py").is_file());
}

#[test]
fn a_package_json_is_an_object() {
    let place = committed();
    for (text, words) in [
        ("[]\n", "it is an array, and must be an object"),
        ("null\n", "it is null, and must be an object"),
        ("\n\"x\"", "it is a string, and must be an object"),
    ] {
        place.write(WEB, text);
        let (message, help) = only(&place, "web-packages");
        assert_eq!(message, format!("{WEB} cannot be read: {words}"));
        assert!(help.starts_with("${EDITOR:-vi} +"), "{help}");
    }
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_a_link_to_nothing_is_told_as_one() {
    let place = committed();
    let told = |place: &Place, file: &str, id: &str| {
        std::fs::remove_file(place.file(file)).expect("a lock");
        std::os::unix::fs::symlink("/nonexist/lock", place.file(file)).expect("a link");
        let check = place.check(id, &[]);
        let why = "cannot be read: it is a link to /nonexist/lock, which is gone";
        let words = format!("{file} {why}");
        assert_eq!(check.findings(), [("packages/out-of-step", &*words)]);
        check.help().to_owned()
    };
    let line = "git checkout HEAD -- uv.lock && uv lock";
    assert_eq!(told(&place, "uv.lock", "python-packages"), line);
    let line = "(cd frontend && git checkout HEAD -- bun.lock && bun install)";
    assert_eq!(told(&place, "frontend/bun.lock", "web-packages"), line);
    let place = self::place();
    let line = "rm uv.lock && uv lock";
    assert_eq!(told(&place, "uv.lock", "python-packages"), line);
}

#[cfg(unix)]
#[test]
fn a_bun_that_does_not_work_blames_no_sound_lock() {
    let mut place = place();
    place.program(
        "bin/bun",
        "case $1 in --version) echo 1.4.5; exit 0;; esac\n\
         echo 'error: JSON document is too deeply nested' >&2\n\
         echo \"StackOverflow: failed to parse lockfile: 'bun.lock'\" >&2\n\
         echo 'warn: Ignoring lockfile' >&2\nexit 1",
    );
    let path = place.file("bin").to_str().expect("UTF-8").to_owned();
    place.set("PATH", &path);
    let check = place.check("web-packages", &[]);
    check.fails_with("tool/silent", "bun does not work here");
    assert!(!check.text().contains("cannot be read"), "{}", check.text());
    let shows = "(cd frontend && bun install --frozen-lockfile --dry-run --offline)";
    assert_eq!((check.help(), check.cure()), (shows, ""));
}

#[test]
fn dependencies_that_are_gone_at_once_are_no_wish_to_have_none() {
    let place = place();
    let member = |asks: &str| {
        format!("[project]\nname = \"own\"\nversion = \"0.1\"\ndependencies = [{asks}]\n")
    };
    let package = |asks: &str| {
        format!(
            "{{\"name\": \"web\", \"scripts\": {{\"dev\": \"next dev\"}}, \"dependencies\": {{{asks}}}}}\n"
        )
    };
    place.write(
        MEMBER,
        &member("\"fastapi\", \"pydantic-settings>=2\", \"httpx\""),
    );
    place.write(
        "backend/own.py",
        "import fastapi\nfrom pydantic_settings import BaseSettings\n",
    );
    place.write(WEB, &package("\"next\": \"16.0.0\", \"zod\": \"4.6.7\""));
    git(&place, &["init", "-q"]);
    git(&place, &["add", "-A"]);
    git(&place, &["commit", "-q", "-m", "all"]);
    let lost = "lost all its `dependencies` since the last commit, and the code still uses";
    for (file, id, text, used) in [
        (
            MEMBER,
            "python-packages",
            member(""),
            "fastapi and pydantic-settings",
        ),
        (WEB, "web-packages", package(""), "next"),
    ] {
        place.write(file, &text);
        let restores = format!("git checkout HEAD -- {file}");
        assert_eq!(
            only(&place, id),
            (format!("{file} {lost} {used}"), restores.clone())
        );
        // Whether what else was changed is worth anything a person says.
        assert_eq!(place.check(id, &[]).cure(), "");
        assert_eq!(place.follow(&restores, "").code, Some(0));
        assert!(!place.check(id, &[]).text().contains("workspace/manifest"));
    }
    let is_told = |id| place.check(id, &[]).text().contains("workspace/manifest");
    // Code names what no script does.
    place.write(WEB, "{\"name\": \"web\", \"dependencies\": {}}\n");
    assert!(!is_told("web-packages"));
    place.write("frontend/lib/it.ts", "import { z } from 'zod/v4';\n");
    assert!(is_told("web-packages"));
    // What moved is still asked for, and what nobody uses may go.
    place.write(MEMBER, &member(""));
    assert!(is_told("python-packages"));
    place.write(
        ROOT,
        &PROJECT.replace(
            "[\"own\"]",
            "[\"own\", \"fastapi\", \"pydantic-settings\", \"httpx\"]",
        ),
    );
    assert!(!is_told("python-packages"));
    place.write(ROOT, PROJECT);
    place.write("backend/own.py", "");
    assert!(!is_told("python-packages"));
}

#[test]
fn a_lock_that_is_gone_is_brought_back_where_git_has_it() {
    let place = committed();
    let lock = "frontend/bun.lock";
    std::fs::remove_file(place.file(lock)).expect("a lock");
    let check = place.check("web-packages", &[]);
    let line = "(cd frontend && git checkout HEAD -- bun.lock && bun install)";
    assert_eq!(check.help(), line, "{}", check.text());
    // Of one that is empty it is told, too, that nothing is installed yet.
    place.write(lock, "");
    let check = place.check("web-packages", &[]);
    assert_eq!(check.status(), "fail", "{}", check.text());
    let words = "there is no frontend/node_modules yet: nothing is installed";
    assert!(check.text().contains(words), "{}", check.text());
    assert_eq!(check.help(), line, "{}", check.text());
}

#[test]
fn a_lock_that_is_gone_is_not_made_anew_where_git_has_it() {
    let place = committed();
    place.write(
        "frontend/node_modules/zod/package.json",
        "{\"version\": \"4.6.7\"}",
    );
    let lock = place.file("frontend/bun.lock");
    let back = "git checkout HEAD -- bun.lock && bun install";
    fs::remove_file(&lock).expect("removed");
    let check = place.check("web-packages", &[]);
    let words = "frontend/bun.lock is gone, and the last commit has it";
    assert!(check.text().contains(words), "{}", check.text());
    assert_eq!(check.help(), format!("(cd frontend && {back})"));
    // A folder in its place is put aside first.
    fs::create_dir(&lock).expect("made");
    let check = place.check("web-packages", &[]);
    let aside = format!("(cd frontend && mv bun.lock bun.lock.old && {back})");
    if cfg!(unix) {
        assert_eq!(check.help(), aside);
    }
    fs::remove_dir(&lock).expect("removed");
    // One that was never committed is no loss.
    git(&place, &["rm", "-q", "--cached", "frontend/bun.lock"]);
    git(&place, &["commit", "-q", "-m", "no lock"]);
    let check = place.check("web-packages", &[]);
    assert!(check.text().contains("has no lock"), "{}", check.text());
    place.write("frontend/bun.lock", &"\0".repeat(9));
    let check = place.check("web-packages", &[]);
    let words = "frontend/bun.lock cannot be read: it holds no text, only NUL bytes";
    assert!(check.text().contains(words), "{}", check.text());
}

#[test]
fn a_manifest_of_nul_bytes_comes_back_from_git() {
    let place = committed();
    for (file, whole, id) in [
        (ROOT, PROJECT, "python-packages"),
        (WEB, PACKAGE, "web-packages"),
    ] {
        place.write(file, &"\0".repeat(40));
        let words = "holds no text, only NUL bytes, and the last commit has it whole";
        let restores = format!("git checkout HEAD -- {file}");
        assert_eq!(only(&place, id), (format!("{file} {words}"), restores));
        comes_back(&place, file, whole);
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_removed_or_comes_back_from_git() {
    let place = committed();
    let path = camino::Utf8PathBuf::from_path_buf(place.file(WEB)).expect("UTF-8");
    let fifo = || {
        fs::remove_file(&path).expect("removed");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("mkfifo runs").success());
    };
    fifo();
    let words = format!("{WEB} is not a regular file, so nothing stands in it");
    let restores = format!("git checkout HEAD -- {WEB}");
    assert_eq!(only(&place, "web-packages"), (words.clone(), restores));
    comes_back(&place, WEB, PACKAGE);
    git(&place, &["rm", "-q", "--cached", WEB]);
    git(&place, &["commit", "-q", "-m", "no manifest"]);
    fifo();
    assert_eq!(only(&place, "web-packages"), (words, format!("rm {WEB}")));
}
