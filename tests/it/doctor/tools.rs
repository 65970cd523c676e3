//! Hostile and old programs on PATH.

use std::fs;

use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::Place;
use crate::support::living;

const PYPROJECT: &str =
    "[project]\nname = \"app\"\nversion = \"0\"\nrequires-python = \">=3.11\"\ndependencies = []\n";
const PACKAGE: &str = r#"{"engines": {"node": ">=18"}, "packageManager": "bun@1.2.3"}"#;

/// A checkout with both tiers, and a PATH that holds only these scripts.
pub(super) fn place(scripts: &[(&str, &str)]) -> Place {
    let files = [
        ("pyproject.toml", PYPROJECT),
        ("frontend/package.json", PACKAGE),
    ];
    let mut place = Place::with_path("", &files);
    fs::create_dir_all(place.file("bin")).expect("a folder");
    for (name, body) in scripts {
        place.program(&format!("bin/{name}"), body);
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
        ("npm", "exit 0"),
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
        "[project]\nname = \"b\"\nversion = \"0\"\nrequires-python = \"<4\"\n",
    );
    new.write(
        "pyproject.toml",
        &format!("{PYPROJECT}[tool.uv.workspace]\nmembers = [\"backend\"]\n"),
    );
    let check = new.check("python", &[]);
    check.fails_with("tool/version", "4.0.0");
    let place = "asked for: `<4` (backend/pyproject.toml:4)";
    assert!(check.text().contains(place), "{}", check.text());
}

#[test]
fn an_old_tool_before_a_good_one_is_put_aside() {
    let mut place = place(&[("node", "echo v16.20.0"), ("git", "echo git version 1.0.0")]);
    place.write(".git/HEAD", "ref: refs/heads/main\n");
    for (name, says) in [("node", "v22.1.0"), ("git", "git version 2.40.1")] {
        place.program(&format!("more/{name}"), &format!("echo {says}"));
    }
    let (first, more) = (place.file("bin"), place.file("more"));
    place.set(
        "PATH",
        &format!("{}:{}:/bin", first.display(), more.display()),
    );
    for name in ["node", "git"] {
        let check = place.check(name, &[]);
        check.fails_with("tool/version", "needs >=");
        let file = first.join(name);
        let line = format!("mv {0} {0}.off", file.display());
        assert_eq!(check.help(), line);
        assert_eq!(place.follow(check.help(), "").code, Some(0));
        assert_eq!(place.check(name, &[]).status(), "pass");
    }
}

#[test]
fn of_a_broken_tool_before_a_good_one_nothing_is_installed() {
    for broken in ["exit 3", "echo no version at all"] {
        let mut place = place(&[("node", broken)]);
        place.program("more/node", "echo v22.1.0");
        let (first, more) = (place.file("bin"), place.file("more"));
        let path = format!("{}:{}:/bin", first.display(), more.display());
        place.set("PATH", &path);
        let check = place.check("node", &[]);
        assert_eq!(check.status(), "fail");
        let file = first.join("node");
        assert_eq!(check.help(), format!("mv {0} {0}.off", file.display()));
        let told = check.0.to_string();
        assert!(!told.contains("install"), "{told}");
        assert_eq!(place.follow(check.help(), "").code, Some(0));
        assert_eq!(place.check("node", &[]).status(), "pass");
    }
}

#[test]
fn an_installed_tool_that_path_does_not_know_is_told() {
    let mut place = place(&[]);
    place.program("home/.local/bin/uv", "echo uv 0.9.1");
    let home = place.file("home").to_str().expect("UTF-8").to_owned();
    place.set("HOME", &home);
    let check = place.check("uv", &[]);
    check.fails_with("tool/missing", "which is not on PATH");
    assert_eq!(
        check.help(),
        format!("export PATH=\"{home}/.local/bin:$PATH\"")
    );
    assert_eq!(place.check("python", &[]).help(), check.help());
}

#[test]
fn the_printed_command_installs_the_tool() {
    let place = place(&[(
        "npm",
        "printf '#!/bin/sh\\necho 1.2.3\\n' > bin/bun && /bin/chmod +x bin/bun",
    )]);
    let missing = place.check("bun", &[]);
    assert_eq!(missing.cure(), "npm install -g bun@1.2.3");
    let told = place.run(&["doctor", "--only", "bun", "--fix", "--yes"]);
    assert_eq!(told.code, Some(0), "{}\n{}", told.out, told.err);
    assert!(told.err.contains("bun: mended"), "{}", told.err);
}

/// The processes of the place, once there are so many.
fn until_living(place: &Place, count: usize) {
    let what = || living(place.path());
    for _ in 0..1500 {
        if what().len() == count {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("not {count}: {:?}", what());
}

#[test]
fn what_is_asked_ends_with_the_one_who_asks() {
    let endless = "while :; do /bin/sleep 1; done";
    let with_another = format!("[ \"$1\" = other ] || \"$0\" other & {endless}");
    let mut ways = vec![
        (with_another.as_str(), Signal::SIGINT),
        (&with_another, Signal::SIGTERM),
        (&with_another, Signal::SIGHUP),
    ];
    // Where nothing of ours runs any more it takes the kernel.
    if cfg!(target_os = "linux") {
        ways.push((endless, Signal::SIGKILL));
    }
    for (body, signal) in ways {
        let count = if body == endless { 3 } else { 6 };
        // On a busy machine doctor's own limit may pass before they are all there: then it has ended by itself.
        let is_heard = (0..5).any(|_| interrupted(body, count, signal) == Some(signal as i32));
        assert!(is_heard, "{signal}");
    }
}

/// The signal by which doctor ended that was sent it while so many of what it asks live; nothing of those is left.
fn interrupted(body: &str, count: usize, signal: Signal) -> Option<i32> {
    let place = place(&[("uv", body), ("node", body), ("bun", body)]);
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_pixcrawler"))
        .args(["doctor", "--offline", "--only", "uv,node,bun"])
        .current_dir(place.path())
        .env_clear()
        .env("PATH", place.file("bin"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut ended = None;
    while ended.is_none() && living(place.path()).len() != count {
        std::thread::sleep(Duration::from_millis(20));
        ended = doctor.try_wait().expect("a child of ours");
    }
    let ended = ended.unwrap_or_else(|| {
        let pid = Pid::from_raw(i32::try_from(doctor.id()).expect("a number"));
        kill(pid, signal).expect("it is there until it is waited for");
        doctor.wait().expect("it ends")
    });
    until_living(&place, 0);
    std::os::unix::process::ExitStatusExt::signal(&ended)
}

#[cfg(target_os = "linux")]
#[test]
fn no_tool_is_put_aside_where_no_program_can_be_started() {
    let place = place(&[("node", "echo v22.1.0")]);
    let doctor = "pixcrawler doctor --offline --only node";
    let told = place.follow(
        &format!(
            "/usr/bin/unshare -m /bin/sh -c '/bin/mount -t tmpfs none /dev && {doctor} || exit 9'"
        ),
        "",
    );
    if told.code != Some(9) || told.out.is_empty() {
        crate::support::left_out(
            "a machine without /dev",
            "only an administrator can make one",
        );
        return;
    }
    assert!(
        told.out.contains("mknod -m 666 /dev/null c 1 3"),
        "{}",
        told.out
    );
    assert!(!told.out.contains(".off"), "{}", told.out);
}

#[test]
fn what_uv_cannot_read_is_told_before_a_python_is_looked_for() {
    let place = place(&[("uv", "echo 'uv 0.9.1'"), ("python3", "echo Python 3.12.1")]);
    let with = |file: &str, range: &str| {
        place.write(
            file,
            &format!(
                "[project]\nname = \"a\"\nversion = \"0\"\nrequires-python = \"{range}\"\n\
                 [tool.uv.workspace]\nmembers = [\"backend\"]\n"
            ),
        );
        place.check("python", &[])
    };
    for range in ["^3.11", "3.11", "~=3", ">=3.11,"] {
        let check = with("pyproject.toml", range);
        check.fails_with("tool/range", "uv cannot read");
        assert!(
            check.help().ends_with("+4 pyproject.toml"),
            "{}",
            check.help()
        );
    }
    with("pyproject.toml", ">=3.12,<3.11").fails_with("tool/range", "no version is");
    with("pyproject.toml", ">=3.11");
    with("backend/pyproject.toml", "^3.11").fails_with("tool/range", "backend/pyproject.toml");
    with("backend/pyproject.toml", "<3.11").fails_with("tool/range", "no version is");
}

/// What uv does where it asks a Python that hangs.
const UV_HANGS: &str = "case \"$*\" in --version) echo 'uv 0.9.1';; *) exec /bin/sleep 60;; esac";

#[test]
fn a_python_that_hangs_is_no_fault_of_uvs() {
    let place = place(&[("uv", UV_HANGS), ("python3", "exec /bin/sleep 60")]);
    assert_eq!(place.check("uv", &[]).status(), "pass");
    let python = place.check("python", &[]);
    python.fails_with("tool/silent", "no answer within");
    assert!(
        python.help().ends_with("bin/python3.off"),
        "{}",
        python.help()
    );
    place.program("bin/uv", "exec /bin/sleep 60");
    place
        .check("uv", &[])
        .fails_with("tool/silent", "no answer within");
}

#[test]
fn a_uv_that_names_no_python_is_not_taken_for_one_that_path_lacks() {
    let mut place = place(&[("uv", "echo 'uv 0.9.1'")]);
    place.write("home/.local/bin/uv", "");
    let home = place.file("home").to_str().expect("UTF-8").to_owned();
    place.set("HOME", &home);
    place
        .check("python", &[])
        .fails_with("tool/silent", "names no Python");
}

#[test]
fn an_environment_of_an_old_python_is_made_anew() {
    let mut place = place(&[(
        "uv",
        "case \"$*\" in --version) echo 'uv 0.9.1';; sync*) printf '#!/bin/sh\\necho Python 3.12.1\\n' > .venv/bin/python;; esac",
    )]);
    place.write(
        "pyproject.toml",
        &PYPROJECT.replace(">=3.11", ">=3.12,<3.16"),
    );
    place.program(".venv/bin/python", "echo Python 3.11.7");
    let old = place.check("python", &[]);
    old.fails_with("tool/version", "python is 3.11.7");
    assert_eq!(
        old.cure(),
        "uv python install 3.12 && uv sync --all-packages --python 3.12"
    );
    // Each of these is another one than 3.11.
    for (pin, word) in [
        (">=3.13", "'>=3.13'"),
        ("3.14.0rc1", "3.14.0rc1"),
        (
            "cpython-3.12-linux-x86_64-gnu",
            "cpython-3.12-linux-x86_64-gnu",
        ),
        ("3.13+freethreaded", "3.13+freethreaded"),
    ] {
        place.write("pyproject.toml", PYPROJECT);
        place.write(".python-version", pin);
        let pinned = place.check("python", &[]);
        assert_eq!(pinned.status(), "warn", "{pin}: {}", pinned.text());
        assert_eq!(
            pinned.cure(),
            format!("uv python install {word} && uv sync --all-packages --python {word}")
        );
    }
    // The process environment counts before the file.
    place.set("UV_PYTHON", "3.13");
    let pinned = place.check("python", &[]);
    let told = pinned.findings();
    let words = "python is 3.11.7, UV_PYTHON in the process environment pins 3.13";
    assert_eq!(told, [("tool/pinned", words)], "{}", pinned.text());
    assert!(
        pinned.text().contains("makes the environment anew"),
        "{}",
        pinned.text()
    );
    place.set("UV_PYTHON", "");
    place.write(".python-version", "3.12");
    place.is_mended("python");
}

#[test]
fn settings_of_the_user_that_uv_refuses_are_named() {
    let mut place = place(&[(
        "uv",
        "case \"$*\" in --version) echo 'uv 0.9.1'; exit;; esac\n[ -e \"$HOME/.config/uv/uv.toml\" ] || exit 0\necho \"error: Failed to parse: $HOME/.config/uv/uv.toml\" >&2\necho '  cause: TOML parse error at line 3, column 8' >&2\nexit 2",
    )]);
    let home = place.file("home").to_str().expect("UTF-8").to_owned();
    place.set("HOME", &home);
    assert_eq!(place.check("uv", &[]).status(), "pass");
    place.write("home/.config/uv/uv.toml", "\n\nfoo = [\n");
    let file = format!("{home}/.config/uv/uv.toml");
    let check = place.check("uv", &[]);
    check.fails_with("tool/silent", &format!("Failed to parse: {file}"));
    assert!(check.text().contains(&format!("{file}:3 keeps it")));
    assert_eq!(check.cure(), "");
}

#[test]
fn a_pin_that_no_python_meets_is_named() {
    let place = place(&[(
        "uv",
        "echo 'error: No interpreter found for Python 3.14 in search path'; exit 2",
    )]);
    place.write(".python-version", "3.14\n");
    let check = place.check("python", &[]);
    check.fails_with("tool/version", "3.14, which .python-version pins");
    assert_eq!(check.cure(), "uv python install 3.14");
}

#[test]
fn pins_of_the_frontend_are_compared_and_what_is_not_known_is_told() {
    let mut place = place(&[("node", "echo v22.0.0-rc.2"), ("bun", "echo 1.4.5")]);
    let home = place.file("home").to_str().expect("UTF-8").to_owned();
    place.set("HOME", &home);
    for (file, pin) in [
        (".nvmrc", "20.x"),
        (".node-version", "^20"),
        ("frontend/.nvmrc", "20 # iron"),
    ] {
        place.write(file, pin);
        let node = place.check("node", &[]);
        assert_eq!(node.status(), "warn", "{pin}: {}", node.text());
        assert_eq!(node.cure(), "npx -y n 20");
        assert!(node.text().contains("22.0.0-rc.2"), "{}", node.text());
        fs::remove_file(place.file(file)).expect("removed");
    }
    let package = |text: &str| place.write("frontend/package.json", text);
    let says = |id: &str, status: &str, words: &str| {
        let check = place.check(id, &[]);
        assert_eq!(check.status(), status, "{}", check.text());
        assert!(check.text().contains(words), "{}", check.text());
    };
    package(r#"{"packageManager": "bun@1.5.0-canary.1"}"#);
    says("bun", "warn", "pins 1.5.0-canary.1");
    package(r#"{"volta": {"node": "20.11.1"}}"#);
    says(
        "node",
        "warn",
        "volta in frontend/package.json pins 20.11.1",
    );
    package(r#"{"devEngines": {"packageManager": {"name": "bun", "version": "^1.5"}}}"#);
    says(
        "bun",
        "warn",
        "devEngines in frontend/package.json pins ^1.5",
    );
    package("{}");
    place.write(".tool-versions", "nodejs 20.11.1\nbun 1.2.3\n");
    says("node", "warn", ".tool-versions pins 20.11.1");
    says("bun", "warn", ".tool-versions pins 1.2.3");
    place.write("mise.toml", "[tools]\nnode = \"20.12\"\n");
    says("node", "warn", "mise.toml pins 20.12");
    says("bun", "warn", ".tool-versions pins 1.2.3");
    package(r#"{"packageManager": "deno@2.0.0"}"#);
    says("bun", "warn", "names deno@2.0.0, which is not known");
    package(r#"{"engines": {"node": "^foo"}}"#);
    says("node", "warn", "`^foo`");
    package(r#"{"engines": {"node": ">=24 || ^foo"}}"#);
    says("node", "warn", "^foo");
}

#[test]
fn after_fix_only_what_came_is_told_to_be_beyond_path() {
    let mut place = place(&[("python3", "echo Python 3.12.1")]);
    let home = place.file("home").to_str().expect("UTF-8").to_owned();
    place.set("HOME", &home);
    place.program("home/.local/bin/uv", "echo uv 0.9.1");
    let uv = place.file("home/.local/bin/uv");
    let fix = |id: &str| place.run(&["doctor", "--only", id, "--fix", "--yes"]).err;
    assert!(!fix("disk").contains("PATH of this terminal"));
    let told = fix("uv");
    assert!(told.contains("what was there already is not on"), "{told}");
    fs::remove_file(&uv).expect("removed");
    let script = format!(
        "mkdir -p {home}/.local/bin; printf '#!/bin/sh\\necho uv 0.9.1\\n' > {0}; chmod +x {0}",
        uv.display()
    );
    place.program("bin/pip", &format!("PATH=/usr/bin:/bin\n{script}"));
    let told = fix("uv");
    assert!(told.contains("what was installed is not on"), "{told}");
}

#[test]
fn packages_that_a_sync_in_a_member_removed_are_named() {
    let place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\ndependencies = [\"app-backend\", \"app-builder\"]\n[tool.uv.workspace]\nmembers = [\"backend\", \"builder\"]\n[tool.uv.sources]\napp-backend = { workspace = true }\napp-builder = { workspace = true }\n",
        ),
        (
            "backend/pyproject.toml",
            "[project]\nname = \"app-backend\"\nversion = \"0\"\ndependencies = [\"fastapi>=0.100\"]\n",
        ),
        (
            "builder/pyproject.toml",
            "[project]\nname = \"app-builder\"\nversion = \"0\"\ndependencies = [\"ddgs\", \"g4f\", \"icrawler\"]\n",
        ),
    ]);
    for package in ["app_backend-0.1", "fastapi-0.110.0"] {
        let dir = format!(".venv/lib/python3.12/site-packages/{package}.dist-info");
        fs::create_dir_all(place.file(&dir)).expect("a folder");
    }
    // An interpreter that is there; nobody starts it.
    place.program(".venv/bin/python", "");
    let check = place.check("python-packages", &[]);
    check.fails_with(
        "packages/missing",
        "lacks packages of builder (ddgs, g4f, icrawler)",
    );
    assert_eq!(check.cure(), "uv sync --all-packages");
}
