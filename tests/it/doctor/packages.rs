//! Packages: real installers, in checkouts that need no network.

use std::process::Command;

use super::Place;

/// A wheel with nothing in it, made by hand.
const WHEEL: &str = "
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + '/tiny-1.0-py3-none-any.whl', 'w') as wheel:
    wheel.writestr('tiny.py', '')
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

fn place() -> Place {
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
    place.write(
        "frontend/package.json",
        r#"{"dependencies": {"tiny": "file:./tiny", "small": "file:./small"}}"#,
    );
    place
        .check("web-packages", &[])
        .fails_with("packages/missing", "small");
    place.is_mended("web-packages");
}
