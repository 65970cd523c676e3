//! Hostile and old programs on PATH.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::Place;

const PYPROJECT: &str =
    "[project]\nname = \"app\"\nrequires-python = \">=3.11\"\ndependencies = []\n";
const PACKAGE: &str = r#"{"engines": {"node": ">=18"}, "packageManager": "bun@1.2.3"}"#;

/// A checkout with both tiers, and a PATH that holds only these scripts.
fn place(scripts: &[(&str, &str)]) -> Place {
    let mut place = Place::new(&[
        ("pyproject.toml", PYPROJECT),
        ("frontend/package.json", PACKAGE),
    ]);
    fs::create_dir_all(place.file("bin")).expect("a folder");
    for (name, body) in scripts {
        place.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{body}\n"));
        fs::set_permissions(
            place.file(&format!("bin/{name}")),
            fs::Permissions::from_mode(0o755),
        )
        .expect("chmod");
    }
    let path = place.file("bin").to_str().expect("UTF-8").to_owned();
    place.set("PATH", &path);
    place
}

#[test]
fn a_python_that_hangs_leaves_children_or_prints_garbage_holds_nobody_up() {
    let mut hangs = place(&[("python3", "exec /bin/sleep 60")]);
    let check = hangs.check("python", &[]);
    check.fails_with("tool/silent", "no answer within");
    // What hangs is put aside by what is printed: another Python would still come after it.
    hangs.set(
        "PATH",
        &format!("{}:/usr/bin:/bin", hangs.file("bin").display()),
    );
    assert_eq!(
        hangs.follow(check.help(), "").code,
        Some(0),
        "{}",
        check.help()
    );
    let mended = hangs.check("python", &[]);
    assert!(!mended.text().contains("no answer"), "{}", mended.text());
    let noise = place(&[("python3", "printf '9@.\\001\\0029.9@ x'")]);
    noise
        .check("python", &[])
        .fails_with("tool/silent", "prints no version");
    let garbage = place(&[("python3", "/bin/head -c 300000 /dev/zero; echo x")]);
    garbage
        .check("python", &[])
        .fails_with("tool/silent", "prints no version");
    let orphan = place(&[("python3", "echo Python 3.12.1; /bin/sleep 60 & exit 0")]);
    assert_eq!(orphan.check("python", &[]).status(), "pass");
    let folder = place(&[]);
    fs::create_dir_all(folder.file("bin/python3")).expect("a folder");
    folder
        .check("python", &[])
        .fails_with("tool/missing", "not on PATH");
}

#[test]
fn versions_are_held_against_the_workspaces_own_ranges() {
    let old = place(&[
        ("python3", "echo Python 3.9.2"),
        ("node", "echo v16.20.0"),
        ("bun", "echo 1.4.5"),
    ]);
    old.check("python", &[]).fails_with("tool/version", "3.9.2");
    old.check("node", &[]).fails_with("tool/version", "16.20.0");
    let pinned = old.check("bun", &[]);
    assert_eq!(
        (pinned.status(), pinned.cure()),
        ("warn", "npm install -g bun@1.2.3")
    );
    let new = place(&[("python3", "echo Python 4.0.0"), ("node", "echo v22.1.0")]);
    assert_eq!(new.check("python", &[]).status(), "pass");
    assert_eq!(new.check("node", &[]).status(), "pass");
    new.write(
        "backend/pyproject.toml",
        "[project]\nname = \"b\"\nrequires-python = \"<4\"\n",
    );
    new.write(
        "pyproject.toml",
        &format!("{PYPROJECT}[tool.uv.workspace]\nmembers = [\"backend\"]\n"),
    );
    new.check("python", &[]).fails_with("tool/version", "4.0.0");
}

#[test]
fn an_installed_tool_that_path_does_not_know_is_told() {
    let mut place = place(&[]);
    place.write("home/.local/bin/uv", "");
    let home = place.file("home").to_str().expect("UTF-8").to_owned();
    place.set("HOME", &home);
    let check = place.check("uv", &[]);
    check.fails_with("tool/missing", "which is not on PATH");
    assert_eq!(
        check.help(),
        format!("export PATH=\"{home}/.local/bin:$PATH\"")
    );
}

#[test]
fn the_printed_command_installs_the_tool() {
    let place = place(&[(
        "npm",
        "printf '#!/bin/sh\\necho 1.2.3\\n' > bin/bun && /bin/chmod +x bin/bun",
    )]);
    let missing = place.check("bun", &[]);
    assert_eq!(missing.cure(), "npm install -g bun");
    let told = place.run(&["doctor", "--only", "bun", "--fix", "--yes"]);
    assert_eq!(told.code, Some(0), "{}\n{}", told.out, told.err);
    assert!(told.err.contains("bun: mended"), "{}", told.err);
}

#[test]
fn packages_that_a_sync_in_a_member_removed_are_named() {
    let place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\ndependencies = [\"app-backend\", \"app-builder\"]\n[tool.uv.workspace]\nmembers = [\"backend\", \"builder\"]\n",
        ),
        (
            "backend/pyproject.toml",
            "[project]\nname = \"app-backend\"\ndependencies = [\"fastapi>=0.100\"]\n",
        ),
        (
            "builder/pyproject.toml",
            "[project]\nname = \"app-builder\"\ndependencies = [\"ddgs\", \"g4f\", \"icrawler\"]\n",
        ),
    ]);
    for package in ["app_backend-0.1", "fastapi-0.110.0"] {
        let dir = format!(".venv/lib/python3.12/site-packages/{package}.dist-info");
        fs::create_dir_all(place.file(&dir)).expect("a folder");
    }
    // An interpreter that is there; nobody starts it.
    place.write(".venv/bin/python", "");
    let check = place.check("python-packages", &[]);
    check.fails_with(
        "packages/missing",
        "lacks packages of builder (ddgs, g4f, icrawler)",
    );
    assert_eq!(check.cure(), "uv sync --all-packages");
}
