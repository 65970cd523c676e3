//! What this user may not do, and what is told where a tool is led astray.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::Place;

const NOBODY: u32 = 65_534;

/// The disk check as somebody without rights sees it; none where nobody can be made one.
fn as_nobody(place: &Place) -> Option<Value> {
    if !nix::unistd::geteuid().is_root() {
        crate::support::left_out("another user", "only an administrator can be one");
        return None;
    }
    // He has to come as far as the workspace, and to the program.
    std::fs::set_permissions(place.path(), Permissions::from_mode(0o755)).expect("a mode");
    let program = place.file("pixcrawler");
    crate::support::executable_copy(env!("CARGO_BIN_EXE_pixcrawler").as_ref(), &program);
    let output = Command::new(program)
        .args(["doctor", "--only", "disk", "--format", "json"])
        .current_dir(place.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .expect("the binary runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    // How full the disk is, is another matter.
    let findings = report["checks"][0]["findings"].as_array();
    let refused = findings.into_iter().flatten();
    let refused = refused.filter(|finding| finding["rule"] == "machine/access");
    Some(refused.cloned().collect())
}

#[test]
fn a_workspace_of_somebody_else_is_told() {
    let place = Place::new(&[]);
    let Some(findings) = as_nobody(&place) else {
        return;
    };
    let finding = &findings[0];
    let message = finding["message"].as_str().unwrap_or_default();
    assert!(message.ends_with("it belongs to root"), "{message}");
    let help = finding["help"].as_str().unwrap_or_default();
    let root = place.path().to_str().expect("UTF-8");
    assert!(
        help.contains("chown -R \"$(id -un)\"") && help.contains(root),
        "{help}"
    );
    // Once there is a folder for what is kept, that one decides, and each thing in it.
    place.write(".pixcrawler/logs/backend.log", "x\n");
    chown(place.file(".pixcrawler"), Some(NOBODY), None).expect("chown");
    let findings = as_nobody(&place).expect("an administrator");
    let message = findings[0]["message"].as_str().unwrap_or_default();
    assert!(message.contains(".pixcrawler/logs"), "{message}");
    chown(place.file(".pixcrawler/logs"), Some(NOBODY), None).expect("chown");
    let findings = as_nobody(&place).expect("an administrator");
    assert_eq!(findings.as_array().map(Vec::len), Some(0), "{findings:#}");
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
                "[project]\nname = \"app\"\nrequires-python = \">=3.8\"\ndependencies = []\n",
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
