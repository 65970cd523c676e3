//! Packages: real installers, in checkouts that need no network.

use std::process::Command;

use super::Place;

/// A wheel with nothing in it, made by hand.
const WHEEL: &str = "
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + '/tiny-1.0-py3-none-any.whl', 'w') as wheel:
    wheel.writestr('tiny.py', 'def main(): pass')
    wheel.writestr('tiny-1.0.dist-info/entry_points.txt', '[console_scripts]\\ntiny = tiny:main\\n')
    wheel.writestr('tiny-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n')
    wheel.writestr('tiny-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: hand\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr('tiny-1.0.dist-info/RECORD', '')
";

const SOURCE: &str =
    "[tool.uv.sources]\ntiny = { path = \"../wheels/tiny-1.0-py3-none-any.whl\" }\n";

fn member(name: &str, dependencies: &str) -> String {
    let sources = if dependencies.contains("tiny") {
        SOURCE
    } else {
        ""
    };
    format!(
        "[project]\nname = \"{name}\"\nversion = \"0.1\"\nrequires-python = \">=3.9\"\ndependencies = [{dependencies}]\n{sources}"
    )
}

pub(super) fn place() -> Place {
    let mut place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0.1\"\nrequires-python = \">=3.9\"\ndependencies = []\n[tool.uv]\npackage = false\n[tool.uv.workspace]\nmembers = [\"backend\", \"builder\"]\n",
        ),
        ("backend/pyproject.toml", &member("app-backend", "\"tiny\"")),
        ("builder/pyproject.toml", &member("app-builder", "\"tiny\"")),
        ("wheels/README", ""),
    ]);
    let wheels = place.file("wheels");
    let made = Command::new("python3")
        .args(["-c", WHEEL])
        .arg(wheels)
        .status();
    assert!(made.is_ok_and(|status| status.success()), "a wheel");
    let cache = place.file("cache").to_str().expect("UTF-8").to_owned();
    place.set("UV_OFFLINE", "1");
    place.set("UV_CACHE_DIR", &cache);
    place.set("HOME", &cache);
    place
}

#[test]
fn an_environment_is_made_and_one_that_was_pruned_is_filled_again() {
    let place = place();
    place
        .check("python-packages", &[])
        .fails_with("packages/missing", "no Python environment yet");
    place.is_mended("python-packages");
    // What people do: a `uv sync` in a member that needs less.
    place.write("backend/pyproject.toml", &member("app-backend", ""));
    let pruned = place.follow("uv lock -q && cd backend && uv sync -q", "");
    assert_eq!(pruned.code, Some(0), "{}", pruned.err);
    place
        .check("python-packages", &[])
        .fails_with("packages/missing", "tiny");
    place.is_mended("python-packages");
}

#[test]
fn a_lock_that_is_older_than_its_manifest_is_made_anew() {
    let place = place();
    place.write("backend/pyproject.toml", &member("app-backend", ""));
    place.is_mended("python-packages");
    place.write("backend/pyproject.toml", &member("app-backend", "\"tiny\""));
    let stale = place.check("python-packages", &[]);
    assert!(
        stale.text().contains("uv.lock is older than the manifests"),
        "{}",
        stale.text()
    );
    place.is_mended("python-packages");
}

#[test]
fn a_manifest_that_cannot_be_read_is_said_and_the_others_wait() {
    let place = place();
    place.write("frontend/package.json", "{}");
    let broken = |file: &str, id: &str, waiting: &[&str]| {
        let text = std::fs::read_to_string(place.file(file)).expect("a manifest");
        place.write(file, &format!("<<<<<<< HEAD\n{text}"));
        let check = place.check(id, &[]);
        check.fails_with("workspace/manifest", &format!("{file} cannot be read: "));
        assert!(
            check.text().contains(&format!("git diff {file}")),
            "{}",
            check.text()
        );
        assert!(
            check.help().ends_with(&format!("+1 {file}")),
            "{}",
            check.help()
        );
        for id in waiting {
            let text = place.check(id, &[]).text();
            assert!(text.contains(&format!("waits for {file}")), "{id}: {text}");
        }
        place.write(file, &text);
    };
    broken(
        "frontend/package.json",
        "web-packages",
        &["node", "bun", "ports"],
    );
    broken("pyproject.toml", "python-packages", &["python", "uv"]);
    broken("backend/pyproject.toml", "python-packages", &[]);
}

#[cfg(unix)]
#[test]
fn an_environment_without_its_python_is_made_anew() {
    let place = place();
    place.is_mended("python-packages");
    let python = place.file(".venv/bin/python");
    std::fs::remove_file(&python).expect("a link");
    std::os::unix::fs::symlink("/nonexist/python", &python).expect("a link");
    place
        .check("python-packages", &[])
        .fails_with("packages/missing", "there is no /nonexist/python");
    place.is_mended("python-packages");
}

#[cfg(unix)]
#[test]
fn a_program_that_is_gone_is_installed_anew() {
    let place = place();
    place.is_mended("python-packages");
    let program = place.file(".venv/bin/tiny");
    std::fs::remove_file(&program).expect("a program");
    let check = place.check("python-packages", &[]);
    check.fails_with(
        "packages/missing",
        "programs of installed packages are gone: tiny",
    );
    assert_eq!(
        check.cure(),
        "uv sync --all-packages --reinstall-package tiny"
    );
    place.is_mended("python-packages");
    assert!(program.exists());
}

#[cfg(unix)]
#[test]
fn an_empty_file_in_place_of_the_environment_has_one_way_out() {
    let place = place();
    place.write(".venv", "");
    let (python, packages) = (
        place.check("python", &[]),
        place.check("python-packages", &[]),
    );
    python.fails_with("tool/silent", ".venv");
    assert_eq!(python.cure(), packages.cure());
    assert_eq!(python.help(), packages.help());
    place.is_mended("python");
    assert_eq!(place.check("python-packages", &[]).status(), "pass");
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_gives_way_to_an_environment() {
    let place = place();
    std::os::unix::fs::symlink("../gone", place.file(".venv")).expect("a link");
    place.check("python-packages", &[]).fails_with(
        "packages/missing",
        ".venv is a link to ../gone, which is gone",
    );
    place.is_mended("python-packages");
}

#[cfg(unix)]
#[test]
fn an_environment_of_another_folder_is_made_anew() {
    use std::os::unix::fs::PermissionsExt;

    let place = place();
    place.is_mended("python-packages");
    // What an installer writes for a program, in a workspace that was somewhere else then.
    place.write(
        ".venv/bin/tool",
        "#!/nonexist/app/.venv/bin/python\nimport tiny\n",
    );
    place.check("python-packages", &[]).fails_with(
        "packages/missing",
        "they look for /nonexist/app/.venv/bin/python, which is gone",
    );
    place.is_mended("python-packages");
    let python = place.file(".venv/bin/python");
    std::fs::remove_file(&python).expect("a link");
    place.write(".venv/bin/python", "");
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o644)).expect("ours");
    let shut = place.check("python", &[]);
    shut.fails_with("tool/silent", "cannot be executed");
    assert_eq!(shut.cure(), "uv venv --clear && uv sync --all-packages");
    place
        .check("python-packages", &[])
        .fails_with("packages/missing", "Python cannot be executed");
    place.is_mended("python-packages");
}

#[test]
fn members_are_found_as_uv_finds_them() {
    let place = place();
    let manifest = std::fs::read_to_string(place.file("pyproject.toml")).expect("a manifest");
    let sources =
        "[tool.uv.sources]\ntiny = { path = \"../../../wheels/tiny-1.0-py3-none-any.whl\" }\n";
    let deep = |name: &str| member(name, "\"tiny\"").replace(SOURCE, sources);
    place.write("services/a/api/pyproject.toml", &deep("deep"));
    place.write("services/a/web/pyproject.toml", "no member");
    place.write("services/b/api/pyproject.toml", "no member");
    place.write(
        "pyproject.toml",
        &manifest.replace(
            "\"builder\"]",
            "\"builder\", \"services/*/api\"]\nexclude = [\"services/b/*\"]",
        ),
    );
    place
        .check("python-packages", &[])
        .fails_with("packages/missing", "no Python environment yet");
    place.is_mended("python-packages");
    place.write("services/a/api/pyproject.toml", &member("deep", ""));
    let text = place.check("python-packages", &[]).text();
    assert!(text.contains("deep (tiny)"), "{text}");
}

#[test]
fn a_lock_that_is_gone_or_of_another_group_or_python_is_made_anew() {
    let place = place();
    let manifest = std::fs::read_to_string(place.file("pyproject.toml")).expect("a manifest");
    place.is_mended("python-packages");
    let warns = |words: &str| {
        let check = place.check("python-packages", &[]);
        assert!(check.text().contains(words), "{words}: {}", check.text());
        place.is_mended("python-packages");
    };
    std::fs::remove_file(place.file("uv.lock")).expect("a lock");
    warns("there is no uv.lock");
    place.write("pyproject.toml", &manifest.replace(">=3.9", ">=3.10"));
    warns("requires-python (locked for >=3.9)");
    let group = "[dependency-groups]\ndev = [\"tiny\"]\n[tool.uv.sources]\ntiny = { path = \"wheels/tiny-1.0-py3-none-any.whl\" }\n";
    place.write("pyproject.toml", &format!("{manifest}{group}"));
    warns("tiny of group dev");
}

#[test]
fn a_broken_lock_comes_back_from_git_where_git_has_it() {
    let place = place();
    place.is_mended("python-packages");
    let broken = |text: &str| {
        place.write("uv.lock", text);
        let check = place.check("python-packages", &[]);
        let help = check.help().to_owned();
        let told = place.follow(&help, "");
        assert_eq!(told.code, Some(0), "{help}: {}", told.err);
        assert_eq!(place.check("python-packages", &[]).status(), "pass");
        help
    };
    let merge = "<<<<<<< HEAD\n";
    assert_eq!(broken(merge), "rm uv.lock && uv lock");
    let kept =
        "git init -q && git add uv.lock && git -c user.name=a -c user.email=a@b commit -qm a";
    assert_eq!(place.follow(kept, "").code, Some(0));
    // What can be read and is no lock uv refuses as well.
    let later = std::fs::read_to_string(place.file("uv.lock")).expect("a lock");
    let later = later.replacen("version = 1", "version = 99", 1);
    for text in [merge, "", "version = 1\n", &later] {
        let help = broken(text);
        assert_eq!(help, "git checkout HEAD -- uv.lock && uv lock", "{text}");
    }
    // A merge that was committed with its markers.
    place.write("uv.lock", merge);
    assert_eq!(place.follow(kept, "").code, Some(0));
    assert_eq!(broken(merge), "rm uv.lock && uv lock");
}

#[test]
fn a_package_of_which_the_files_are_gone_is_installed_again() {
    let place = place();
    place.is_mended("python-packages");
    let listed = place.follow("find .venv -name tiny.py | tee /dev/stderr | xargs rm", "");
    assert!(listed.err.contains("site-packages"), "{}", listed.err);
    place
        .check("python-packages", &[])
        .fails_with("packages/missing", "tiny");
    place.is_mended("python-packages");
}

#[test]
fn the_frontends_packages_are_installed_and_brought_into_step() {
    let mut place = Place::new(&[
        (
            "frontend/package.json",
            r#"{"dependencies": {"tiny": "file:./tiny"}}"#,
        ),
        (
            "frontend/bun.lock",
            "{\"lockfileVersion\": 1, \"workspaces\": {\"\": {}}, \"packages\": {}}",
        ),
        (
            "frontend/tiny/package.json",
            r#"{"name": "tiny", "version": "1.0.0"}"#,
        ),
        (
            "frontend/small/package.json",
            r#"{"name": "small", "version": "1.0.0"}"#,
        ),
    ]);
    let home = place.file("home").to_str().expect("UTF-8").to_owned();
    place.set("HOME", &home);
    place
        .check("web-packages", &[])
        .fails_with("packages/missing", "no frontend/node_modules yet");
    place.is_mended("web-packages");
    #[cfg(unix)]
    {
        let modules = place.file("frontend/node_modules");
        std::fs::remove_dir_all(&modules).expect("a folder");
        std::os::unix::fs::symlink("gone", &modules).expect("a link");
        place
            .check("web-packages", &[])
            .fails_with("packages/missing", "is a link to gone, which is gone");
        place.is_mended("web-packages");
        std::fs::remove_dir_all(&modules).expect("a folder");
        place.write("frontend/node_modules", "");
        place
            .check("web-packages", &[])
            .fails_with("packages/missing", "frontend/node_modules is a file");
        place.is_mended("web-packages");
    }
    place.write(
        "frontend/package.json",
        r#"{"dependencies": {"tiny": "file:./tiny", "small": "file:./small"}}"#,
    );
    place
        .check("web-packages", &[])
        .fails_with("packages/missing", "small");
    place.is_mended("web-packages");
}

#[test]
fn a_frontend_in_workspaces_is_the_frontend_and_is_installed_from_their_top() {
    let mut place = Place::new(&[
        (
            "package.json",
            r#"{"private": true, "workspaces": ["frontend", "packages/*"], "scripts": {"dev": "turbo dev"}, "engines": {"node": ">=1"}}"#,
        ),
        (
            "frontend/package.json",
            r#"{"name": "web", "scripts": {"dev": "next dev -p 3456"}, "dependencies": {"tiny": "workspace:*", "own": "workspace:*"}}"#,
        ),
        // Without a version, as most private ones.
        (
            "packages/own/package.json",
            r#"{"name": "own", "private": true}"#,
        ),
        (
            "packages/tiny/package.json",
            r#"{"name": "tiny", "version": "1.0.0", "main": "index.js"}"#,
        ),
        ("packages/tiny/index.js", ""),
    ]);
    let home = place.file("home").to_str().expect("UTF-8").to_owned();
    place.set("HOME", &home);
    let missing = place.check("web-packages", &[]);
    missing.fails_with("packages/missing", "no node_modules yet");
    assert_eq!(missing.help(), "bun install");
    place.is_mended("web-packages");
    let ports = place.check("ports", &[]).text();
    assert!(ports.contains("3456"), "{ports}");
}

/// bun keeps each package in a place of its own, which it makes out of name, version and who asks.
#[test]
fn what_others_need_is_missed_where_bun_keeps_packages_apart_too() {
    let lock = r#"{
      "lockfileVersion": 1,
      "workspaces": { "": { "name": "web", "dependencies": { "react-dom": "18.2.0" } } },
      "packages": {
        "react-dom": ["react-dom@18.2.0", "", { "dependencies": { "@s/sched": "^1", "ms": "npm:millis@2" } }, "sha"],
        "@s/sched": ["@s/sched@1.0.0", "", { "dependencies": {} }, "sha"],
        "ms": ["millis@2.0.0", "", {}, "sha"],
      },
    }"#;
    let kept = [
        "react-dom@18.2.0+5e44/node_modules/react-dom",
        "@s+sched@1.0.0/node_modules/@s/sched",
        "millis@2.0.0/node_modules/millis",
    ];
    let place = Place::new(&[
        (
            "frontend/package.json",
            r#"{"name": "web", "dependencies": {"react-dom": "18.2.0"}}"#,
        ),
        ("frontend/bun.lock", lock),
        (
            "frontend/node_modules/react-dom/package.json",
            r#"{"name": "react-dom", "version": "18.2.0"}"#,
        ),
    ]);
    let manifest = |kept: &str| format!("frontend/node_modules/.bun/{kept}/package.json");
    for kept in kept {
        place.write(&manifest(kept), "{}");
    }
    assert_eq!(place.check("web-packages", &[]).status(), "pass");
    for (kept, name) in [(kept[1], "@s/sched"), (kept[2], "millis")] {
        std::fs::remove_file(place.file(&manifest(kept))).expect("it was there");
        let missing = place.check("web-packages", &[]);
        missing.fails_with("packages/missing", &format!("not installed: {name}"));
        assert_eq!(missing.cure(), "bun install");
        place.write(&manifest(kept), "{}");
    }
}

#[test]
fn a_package_that_comes_from_a_folder_which_is_gone_is_named_with_its_line() {
    let place = place();
    let source = "[tool.uv.sources]\nLocal_Thing = { path = \"../ext thing\", editable = true }\nother = { path = \"../nowhere\" }\n";
    let backend = format!("{}{source}", member("app-backend", "\"local-thing[fast]\""));
    place.write("backend/pyproject.toml", &backend);
    let thing = "[project]\nname = \"local-thing\"\nversion = \"0.1\"\n";
    place.write("ext thing/pyproject.toml", thing);
    let python = || place.check("python-packages", &[]);
    python().fails_with("packages/missing", "no Python environment yet");
    std::fs::rename(place.file("ext thing"), place.file("moved")).expect("moved");
    let gone = python();
    gone.fails_with(
        "packages/missing",
        "local-thing is to come from ../ext thing, where nothing is (backend/pyproject.toml:7)",
    );
    assert_eq!(gone.findings().len(), 1, "{}", gone.text());
}

#[test]
fn a_member_whose_folder_is_gone_is_named_with_its_line() {
    let place = place();
    let source = "[tool.uv.sources]\nUtil_ity = { workspace = true }\n";
    let backend = format!("{}{source}", member("app-backend", "\"util-ity\""));
    place.write("backend/pyproject.toml", &backend);
    let top = std::fs::read_to_string(place.file("pyproject.toml")).expect("a text");
    let more = top.replace("members = [", "members = [\"util_ity\", ");
    assert_ne!(top, more);
    place.write("pyproject.toml", &more);
    let utility = "[project]\nname = \"util-ity\"\nversion = \"0.1\"\n";
    place.write("util_ity/pyproject.toml", utility);
    let python = || place.check("python-packages", &[]);
    python().fails_with("packages/missing", "no Python environment yet");
    std::fs::rename(place.file("util_ity"), place.file("moved")).expect("moved");
    let gone = python();
    gone.fails_with(
        "packages/missing",
        "util-ity is to come from util_ity, where nothing is (backend/pyproject.toml:7)",
    );
    assert_eq!(gone.findings().len(), 1, "{}", gone.text());
}

#[test]
fn a_member_that_uv_does_not_manage_is_none() {
    let place = place();
    place.is_mended("python-packages");
    let top = std::fs::read_to_string(place.file("pyproject.toml")).expect("a text");
    let more = top.replace("members = [", "members = [\"apart\", ");
    assert_ne!(top, more);
    place.write("pyproject.toml", &more);
    let apart = format!(
        "{}[tool.uv]\nmanaged = false\n",
        member("apart", "\"nowhere-to-be-had\"")
    );
    place.write("apart/pyproject.toml", &apart);
    let check = place.check("python-packages", &[]);
    assert_eq!(check.status(), "pass", "{}", check.text());
}
