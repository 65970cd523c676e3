//! What is installed and does not serve.

use super::{Place, packages};

#[cfg(unix)]
#[test]
fn a_package_that_is_missing_in_two_places_is_told_once() {
    let here = r#"{"version": "1.0.0", "optional": true, "os": ["linux", "darwin"], "cpu": ["x64", "arm64"]}"#;
    let needs = r#"{"version": "1.0.0", "optionalDependencies": {"native": "1.0.0"}}"#;
    let lock = format!(
        r#"{{"lockfileVersion": 3, "packages": {{"": {{"dependencies": {{"a": "1.0.0", "b": "1.0.0"}}}}, "node_modules/a": {needs}, "node_modules/b": {needs}, "node_modules/native": {here}, "node_modules/b/node_modules/native": {here}}}}}"#
    );
    let place = Place::new(&[
        (
            "frontend/package.json",
            r#"{"scripts": {"dev": "next dev"}, "dependencies": {"a": "1.0.0", "b": "1.0.0"}}"#,
        ),
        ("frontend/package-lock.json", &lock),
        (
            "frontend/node_modules/b/package.json",
            r#"{"version": "1.0.0"}"#,
        ),
        (
            "frontend/node_modules/a/package.json",
            r#"{"version": "1.0.0"}"#,
        ),
    ]);
    let check = place.check("web-packages", &[]);
    let told = check.text().matches("not installed: native\"").count();
    assert_eq!(told, 1, "{}", check.text());
}

#[cfg(unix)]
#[test]
fn a_program_that_may_not_be_run_gets_that_right_again() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |place: &Place, file: &str| {
        let mode = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(place.file(file), mode).expect("a mode");
    };
    let side = packages::place();
    side.is_mended("python-packages");
    mode(&side, ".venv/bin/tiny");
    let check = side.check("python-packages", &[]);
    check.fails_with("packages/missing", "programs may not be run: tiny");
    assert_eq!(check.help(), "chmod +x .venv/bin/tiny");
    side.is_mended("python-packages");
    let side = Place::new(&[
        (
            "frontend/package.json",
            r#"{"scripts": {"dev": "next dev"}, "dependencies": {"next": "16.0.0"}}"#,
        ),
        (
            "frontend/node_modules/next/package.json",
            r#"{"version": "16.0.0", "bin": {"next": "it.js"}}"#,
        ),
        ("frontend/node_modules/next/it.js", ""),
        ("frontend/node_modules/.bin/next", ""),
        ("frontend/package-lock.json", "{}"),
    ]);
    mode(&side, "frontend/node_modules/.bin/next");
    let check = side.check("web-packages", &[]);
    check.fails_with("packages/missing", "programs may not be run: next");
    let line = check.help().to_owned();
    assert_eq!(line, "chmod +x frontend/node_modules/.bin/next");
    assert_eq!(side.follow(&line, "").code, Some(0));
    let check = side.check("web-packages", &[]);
    assert!(!check.text().contains("may not be run"), "{}", check.text());
}

/// What describes a package is left, and an installer takes it for installed.
#[cfg(unix)]
#[test]
fn a_package_without_the_files_that_others_load_is_installed_anew() {
    let place = Place::new(&[
        (
            "frontend/package.json",
            r#"{"scripts": {"dev": "next dev"}, "dependencies": {"next": "16.0.0", "react": "19.0.0"}}"#,
        ),
        (
            "frontend/node_modules/next/package.json",
            r#"{"version": "16.0.0", "main": "./dist/server/next.js", "bin": {"next": "./dist/bin/next"}}"#,
        ),
        ("frontend/node_modules/next/README.md", ""),
        (
            "frontend/node_modules/react/package.json",
            r#"{"version": "19.0.0", "exports": {".": {"react-server": "./server.js", "default": "./index.js"}}}"#,
        ),
        ("frontend/node_modules/react/server.js", ""),
    ]);
    let check = place.check("web-packages", &[]);
    check.fails_with(
        "packages/missing",
        "files of next, react are gone: dist/server/next.js, index.js",
    );
    let anew = "rm -rf node_modules/next node_modules/react && bun install";
    assert!(check.text().contains(anew), "{}", check.text());
}
