//! What this user may not do, and what is told where a tool is led astray.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::Place;

const NOBODY: u32 = 65_534;

/// What checks come to where somebody without rights runs them; none where nobody can be made one.
pub(super) fn checked_as_nobody(place: &Place, checks: &str) -> Option<Vec<Value>> {
    checked_as_nobody_with(place, checks, &[])
}

/// The same with more arguments.
fn checked_as_nobody_with(place: &Place, checks: &str, more: &[&str]) -> Option<Vec<Value>> {
    if !nix::unistd::geteuid().is_root() {
        crate::support::left_out("another user", "only an administrator can be one");
        return None;
    }
    // He has to come as far as the workspace, and to the program.
    std::fs::set_permissions(place.path(), Permissions::from_mode(0o755)).expect("a mode");
    let program = place.file("pixcrawler");
    crate::support::executable_copy(env!("CARGO_BIN_EXE_pixcrawler").as_ref(), &program);
    let output = Command::new(program)
        .args(["doctor", "--offline", "--only", checks])
        .args(["--format", "json"])
        .args(more)
        .current_dir(place.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .expect("the binary runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    Some(report["checks"].as_array().expect("checks").clone())
}

/// A command as somebody types it who has to become an administrator for it: with `sudo`, where that is.
pub(super) fn by_admin(command: &str) -> String {
    let folders = ["/usr/bin/sudo", "/bin/sudo"];
    if folders.iter().any(|it| std::path::Path::new(it).exists()) {
        return format!("sudo {command}");
    }
    let ours = "\"$(id -un)\"";
    let command = command.replace(ours, &format!("'{ours}'"));
    format!("su -c '{command}'")
}

/// What they find by one rule.
fn as_nobody(place: &Place, checks: &str, rule: &str) -> Option<Vec<Value>> {
    let checks = checked_as_nobody(place, checks)?;
    let findings = checks
        .iter()
        .filter_map(|check| check["findings"].as_array());
    // How full the disk is, is another matter.
    let of_rule = findings.flatten().filter(|finding| finding["rule"] == rule);
    Some(of_rule.cloned().collect())
}

/// The same of the right to write.
fn refused(place: &Place) -> Option<Vec<Value>> {
    as_nobody(place, "disk", "machine/access")
}

#[test]
fn packages_of_somebody_else_are_made_ours_first() {
    let place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0.1\"\ndependencies = [\"tiny\"]\n",
        ),
        (".venv/pyvenv.cfg", ""),
        (".venv/lib/python3.12/site-packages/other/it.py", ""),
        (
            "frontend/package.json",
            r#"{"scripts": {"dev": "next dev"}, "dependencies": {"next": "^16"}}"#,
        ),
        (
            "frontend/node_modules/next/package.json",
            r#"{"version": "16.0.0"}"#,
        ),
    ]);
    place.program(".venv/bin/python", "echo Python 3.12.1");
    let told = |mode| {
        for folder in [".venv", "frontend/node_modules"] {
            let mode = Permissions::from_mode(mode);
            std::fs::set_permissions(place.file(folder), mode).expect("a mode");
        }
        let checks = "python-packages,web-packages";
        let findings = as_nobody(&place, checks, "packages/missing")?;
        let text =
            |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let told = findings
            .iter()
            .map(|finding| (text(finding, "message"), text(finding, "help")));
        Some(told.collect::<Vec<_>>())
    };
    let Some(closed) = told(0o700) else {
        return;
    };
    let chown = |folder: &str| by_admin(&format!("chown -R \"$(id -un)\" {folder}"));
    let python = format!("{} && uv sync", chown(".venv"));
    let web = format!("(cd frontend && {} && bun install)", chown("node_modules"));
    let one = |message: &str, help: &String| (message.to_owned(), help.clone());
    assert_eq!(
        closed,
        [
            one(".venv is closed to you: it belongs to root", &python),
            one(
                "frontend/node_modules is closed to you: it belongs to root",
                &web
            ),
        ]
    );
    let open = told(0o755).expect("an administrator");
    assert_eq!(open, [one("1 package not installed: tiny", &python)]);
}

#[test]
fn a_package_that_is_closed_is_not_called_missing() {
    let place = Place::new(&[
        (
            "frontend/package.json",
            r#"{"scripts": {"dev": "next dev"}, "dependencies": {"next": "^16"}}"#,
        ),
        (
            "frontend/node_modules/next/package.json",
            r#"{"name": "next", "version": "16.0.0"}"#,
        ),
    ]);
    let next = place.file("frontend/node_modules/next");
    std::fs::set_permissions(next, Permissions::from_mode(0o700)).expect("a mode");
    // Without the rights for that it is left out below.
    let _ = chown(place.file("frontend/node_modules"), Some(NOBODY), None);
    let Some(found) = as_nobody(&place, "web-packages", "packages/missing") else {
        return;
    };
    let messages: Vec<&str> = found
        .iter()
        .filter_map(|it| it["message"].as_str())
        .collect();
    let closed = "frontend/node_modules/next is closed to you: it belongs to root";
    assert_eq!(messages, [closed]);
}

#[test]
fn a_workspace_of_somebody_else_is_told() {
    let place = Place::new(&[(".env", "")]);
    let Some(findings) = refused(&place) else {
        return;
    };
    let finding = &findings[0];
    let message = finding["message"].as_str().unwrap_or_default();
    assert!(message.ends_with("it belongs to root"), "{message}");
    let help = finding["help"].as_str().unwrap_or_default();
    let root = place.path().to_str().expect("UTF-8");
    assert!(
        help.contains("chown -R ") && help.contains("\"$(id -un)\"") && help.contains(root),
        "{help}"
    );
    // Once there is a folder for what is kept, that one decides, and each thing in it.
    place.write(".pixcrawler/logs/backend.log", "x\n");
    chown(place.file(".pixcrawler"), Some(NOBODY), None).expect("chown");
    let findings = refused(&place).expect("an administrator");
    let message = findings[0]["message"].as_str().unwrap_or_default();
    assert!(message.contains(".pixcrawler/logs"), "{message}");
    chown(place.file(".pixcrawler/logs"), Some(NOBODY), None).expect("chown");
    let findings = refused(&place).expect("an administrator");
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn the_folder_of_a_session_that_runs_changes_hands_when_that_has_ended() {
    let elsewhere = Place::new(&[("data/PG_VERSION", "15\n"), ("data.password", "x")]);
    let place = Place::new(&[
        (".env", ""),
        (".pixcrawler/lock", ""),
        (".pixcrawler/lock.holder", "4711\n"),
    ]);
    let open = |path: &std::path::Path| {
        std::fs::set_permissions(path, Permissions::from_mode(0o755)).expect("a mode");
    };
    open(elsewhere.path());
    let data = elsewhere.file("data");
    std::os::unix::fs::symlink(&data, place.file(".pixcrawler/postgres")).expect("a link");
    let session = std::fs::File::open(place.file(".pixcrawler/lock")).expect("a lock");
    session.lock().expect("free");
    let told = || {
        let checks = checked_as_nobody(&place, "disk")?;
        let findings = checks[0]["findings"].as_array().expect("findings").clone();
        let is_it = |it: &&Value| it["rule"] == "machine/access";
        let finding = findings.iter().find(is_it).expect("it is told").clone();
        let cures = checks[0]["cures"].as_array().map_or(0, Vec::len);
        let help = finding["help"].as_str().unwrap_or_default().to_owned();
        Some((help, finding["notes"].to_string(), cures))
    };
    let Some((help, notes, cures)) = told() else {
        return;
    };
    // No change of owners follows the link.
    let data = data.to_str().expect("UTF-8");
    let own = by_admin(&format!(
        "chown -R \"$(id -un)\" .pixcrawler {data} {data}.password"
    ));
    assert_eq!(help, format!("{} && {own}", by_admin("pixcrawler stop")));
    assert!(notes.contains("a session of root (pid 4711)"), "{notes}");
    assert_eq!(cures, 0, "it would be ended unasked");
    drop(session);
    let (help, _, cures) = told().expect("an administrator");
    assert_eq!((help, cures), (own, 1));
}

#[test]
fn a_workspace_in_which_something_is_to_be_made_is_told_and_nothing_is_tried() {
    let place = Place::new(&[
        (
            "backend/pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0.1\"\n",
        ),
        (".env", ""),
        ("backend/.env.example", "ENVIRONMENT=development\n"),
        (
            "frontend/package.json",
            r#"{"scripts": {"dev": "next dev"}, "dependencies": {"next": "^16"}}"#,
        ),
        ("frontend/package-lock.json", "{}"),
        ("frontend/.next/trace", ""),
        (".pixcrawler/logs/backend.log", "x\n"),
    ]);
    for made in [".pixcrawler", ".pixcrawler/logs", "frontend/.next"] {
        chown(place.file(made), Some(NOBODY), None).ok();
    }
    let Some(checks) = checked_as_nobody(&place, "disk,env,web-packages") else {
        return;
    };
    let findings = |id: &str| {
        let check = checks.iter().find(|check| check["id"] == id).expect(id);
        check["findings"].as_array().expect("findings").clone()
    };
    let text = |id: &str| format!("{:#?}", findings(id));
    let disk = text("disk");
    assert!(
        disk.contains("you may not write frontend: it belongs to root")
            && disk.contains("there is to be made: frontend/node_modules"),
        "{disk}"
    );
    let web = text("web-packages");
    assert!(
        web.contains("you may not write frontend: it belongs to root"),
        "{web}"
    );
    let env = findings("env");
    let missing = env.iter().find(|it| it["rule"] == "env/file-missing");
    let help = missing
        .and_then(|it| it["help"].as_str())
        .unwrap_or_default();
    assert!(help.contains("chown -R "), "{env:#?}");
    // No installer is started, and no file copied.
    let checks = checks.iter().filter(|check| check["id"] != "disk");
    let cures: Vec<&Value> = checks
        .flat_map(|it| it["cures"].as_array().into_iter().flatten())
        .collect();
    let tries = |it: &&&Value| {
        let line = it["line"].as_str().unwrap_or_default();
        line.starts_with("cp ") || line.contains("install")
    };
    assert_eq!(cures.iter().filter(tries).count(), 0, "{cures:#?}");
}

#[test]
fn what_depends_on_an_env_file_that_may_not_be_read_waits_for_it() {
    let place = Place::new(&[
        (
            "backend/.env",
            "PORT=43000\nREDIS_URL=redis://localhost:1/0\n",
        ),
        (
            "frontend/.env",
            "NEXT_PUBLIC_API_URL=http://localhost:43000/api/v1\nPOSTGRES_URL=postgresql://a:b@localhost:1/c\n",
        ),
        (
            "frontend/package.json",
            r#"{"scripts": {"dev": "next dev"}}"#,
        ),
    ]);
    let mode = |file: &str, mode| {
        std::fs::set_permissions(place.file(file), Permissions::from_mode(mode)).expect("a mode");
    };
    mode("backend/.env", 0o600);
    let ids = "ports,env,postgres,redis,celery,cors";
    let Some(checks) = checked_as_nobody(&place, ids) else {
        return;
    };
    for check in &checks {
        if check["id"] == "env" {
            let findings = check["findings"].as_array().expect("findings").iter();
            let mut closed = findings.clone().filter(|it| it["rule"] == "env/unreadable");
            let closed = closed.next().expect("it is told");
            let message = closed["message"].as_str().unwrap_or_default();
            assert!(
                message.starts_with("backend/.env is closed to you"),
                "{message}"
            );
            let help = by_admin("chown \"$(id -un)\" backend/.env");
            assert_eq!(closed["help"], help);
            // What nobody knows contradicts nothing.
            let mut others = findings.filter(|it| it["rule"] == "env/contradiction");
            assert_eq!(others.next(), None);
        } else {
            let waits = "waits for backend/.env, which is closed to you";
            assert_eq!(check["skipped"], waits, "{check:#}");
        }
    }
    // One of the pages' alone is nothing to the worker.
    mode("backend/.env", 0o644);
    mode("frontend/.env", 0o600);
    let checks = checked_as_nobody(&place, "redis,postgres").expect("an administrator");
    let of = |id: &str| checks.iter().find(|check| check["id"] == id).expect(id);
    assert_eq!(of("redis")["status"], "fail", "{:#}", of("redis"));
    let waits = "waits for frontend/.env, which is closed to you";
    assert_eq!(of("postgres")["skipped"], waits);
}

#[test]
fn what_a_closed_file_may_set_anew_is_no_fact() {
    let place = Place::new(&[
        ("backend/.env", "ENVIRONMENT=development\nDEBUG=true\n"),
        ("backend/.env.production", "DEBUG=false\n"),
    ]);
    let told = |mode| {
        let mode = Permissions::from_mode(mode);
        std::fs::set_permissions(place.file("backend/.env.production"), mode).expect("a mode");
        let words = ["--env", "production"];
        let checks = checked_as_nobody_with(&place, "env", &words)?;
        let findings = checks[0]["findings"].as_array().expect("findings").iter();
        let messages = findings.filter_map(|it| it["message"].as_str());
        Some(messages.collect::<Vec<_>>().join("\n"))
    };
    let Some(closed) = told(0o600) else {
        return;
    };
    for name in ["DEBUG", "ENVIRONMENT"] {
        assert!(!closed.contains(&format!("`{name}` is")), "{closed}");
    }
    assert!(
        closed.contains("backend/.env.production is closed to you"),
        "{closed}"
    );
    place.write("backend/.env.production", "");
    let open = told(0o644).expect("an administrator");
    for name in ["DEBUG", "ENVIRONMENT"] {
        assert!(open.contains(&format!("`{name}` is")), "{open}");
    }
}

#[test]
fn broken_settings_of_git_are_named_and_git_is_left_alone() {
    let mut place = Place::new(&[
        ("home/.gitconfig", "[user]\nname = x\n[bad\n"),
        (".git/HEAD", "ref: refs/heads/main\n"),
        (".git/objects/x", ""),
        (".git/refs/x", ""),
        (".env", "A=1\n"),
    ]);
    let home = place.file("home").to_str().expect("UTF-8").to_owned();
    place.set("HOME", &home);
    let git = place.check("git", &[]);
    git.fails_with("tool/silent", "bad config line 3 in file");
    assert!(
        git.help().contains("+3") && git.help().ends_with("home/.gitconfig"),
        "{}",
        git.help()
    );
    assert_eq!(git.cure(), "");
    let files = place.check("git-files", &[]);
    assert_eq!(files.help(), "${EDITOR:-vi} +3 home/.gitconfig");
}

#[test]
fn the_variable_that_leads_a_tool_astray_is_named() {
    let place = |variable: &str, value: &str| {
        let mut place = Place::new(&[
            (
                "pyproject.toml",
                "[project]\nname = \"app\"\nversion = \"0\"\nrequires-python = \">=3.8\"\ndependencies = []\n",
            ),
            ("frontend/package.json", r#"{"packageManager": "bun@1"}"#),
        ]);
        place.program(
            "bin/node",
            "if [ -n \"$NODE_OPTIONS\" ]; then\n  echo \"node: $NODE_OPTIONS is not allowed in NODE_OPTIONS\" >&2; exit 9\nfi\necho v22.1.0",
        );
        place.program(
            "bin/python3",
            "if [ -n \"$PYTHONHOME\" ] && [ \"$1\" = -c ]; then\n  echo 'Fatal Python error: init_fs_encoding: no codec' >&2; exit 1\nfi\necho Python 3.12.1",
        );
        let path = place.file("bin").to_str().expect("UTF-8").to_owned();
        place.set("PATH", &path);
        place.set(variable, value);
        place
    };
    let node = place("NODE_OPTIONS", "--bogus").check("node", &[]);
    node.fails_with("tool/silent", "--bogus is not allowed in NODE_OPTIONS");
    assert_eq!((node.help(), node.cure()), ("unset NODE_OPTIONS", ""));
    let python = place("PYTHONHOME", "/x").check("python", &[]);
    python.fails_with("tool/silent", "init_fs_encoding");
    assert_eq!((python.help(), python.cure()), ("unset PYTHONHOME", ""));
}
