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

#[cfg(unix)]
#[test]
fn a_tool_whose_interpreter_is_gone_says_so_and_no_tool_tells_a_secret() {
    let manifest = "[project]\nname = \"app\"\nversion = \"0\"\n";
    let mut place = Place::with_path("", &[("pyproject.toml", manifest)]);
    let path = place.file("bin").display().to_string();
    place.set("PATH", &format!("{path}:/usr/bin:/bin"));
    let file = place.file("bin/uv");
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    crate::support::executable(&file, "#!/no/such/interpreter\n");
    let check = place.check("uv", &[]);
    let words = check.text();
    assert!(words.contains("the interpreter of"), "{words}");
    assert!(
        words.contains("`/no/such/interpreter`, is not there"),
        "{words}"
    );
    let secret = format!("sk-live-{}", "q7RtY2wZ9kLmN4vB");
    place.program("bin/uv", &format!("echo API_KEY={secret} >&2; exit 1"));
    let check = place.check("uv", &[]);
    assert_eq!(check.status(), "fail", "{}", check.text());
    assert!(!check.text().contains(&secret), "{}", check.text());
}

/// A namespace of its own begins with its interface down.
#[cfg(target_os = "linux")]
#[test]
fn a_machine_whose_own_interface_is_down_gets_it_up() {
    let port = crate::support::free_port();
    let url = format!("postgresql://app:pw-of-app@127.0.0.1:{port}/app");
    let place = Place::new(&[("backend/.env", &format!("DATABASE_URL={url}\n"))]);
    let doctor = env!("CARGO_BIN_EXE_pixcrawler");
    let ran = std::process::Command::new("unshare")
        .args([
            "-n", doctor, "doctor", "--only", "postgres", "--format", "json",
        ])
        .current_dir(place.path())
        .output();
    let Some(ran) = ran.ok().filter(|ran| !ran.stdout.is_empty()) else {
        crate::support::left_out(
            "a network of one's own",
            "only an administrator can make one",
        );
        return;
    };
    let told: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let help = told["checks"][0]["findings"][0]["help"].as_str();
    let help = help.unwrap_or_default();
    assert!(help.ends_with("ip link set lo up"), "{told}");
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
        "files of installed packages are gone: next (dist/server/next.js), react (index.js)",
    );
    let anew = "rm -rf node_modules/next node_modules/react && bun install";
    assert!(check.text().contains(anew), "{}", check.text());
}

#[cfg(unix)]
#[test]
fn an_environment_whose_python_does_not_run_is_told_once() {
    let mut place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0.1\"\nrequires-python = \">=3.11\"\n",
        ),
        (".venv/pyvenv.cfg", "home = /usr/bin\n"),
        (".venv/bin/python", ""),
        (".venv/lib/python3.12/site-packages/it.py", ""),
    ]);
    place.program(
        "bin/uv",
        "case \"$*\" in *find*) echo 'error: Failed to inspect Python interpreter' >&2; exit 2;; \
         *--version*) echo uv 0.13.9;; esac",
    );
    let path = format!("{}:/usr/bin:/bin", place.file("bin").display());
    place.set("PATH", &path);
    let told = place.run(&[
        "doctor",
        "--only",
        "python,python-packages",
        "--format",
        "json",
    ]);
    let report: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
    let words = "waits for the environment, of which python-packages tells what is wrong";
    assert_eq!(report["checks"][0]["skipped"], words, "{report:#}");
    let line = report["checks"][1]["cures"][0]["line"].as_str();
    assert!(
        line.is_some_and(|it| it.starts_with("uv venv --clear && ")),
        "{report:#}"
    );
    // Where nobody else tells it, this check does.
    assert_eq!(place.check("python", &[]).status(), "fail");
}

/// They describe the files of another package in their `exports`.
#[test]
fn what_holds_types_alone_is_whole_and_what_others_need_is_looked_at() {
    let place = Place::new(&[
        (
            "frontend/package.json",
            r#"{"scripts": {"dev": "next dev"}, "dependencies": {"react-dom": "19.0.0"}, "devDependencies": {"@types/ramda": "*"}}"#,
        ),
        (
            "frontend/package-lock.json",
            r#"{"lockfileVersion": 3, "packages": {"": {"dependencies": {"react-dom": "19.0.0"}, "devDependencies": {"@types/ramda": "*"}}, "node_modules/react-dom": {"version": "19.0.0", "dependencies": {"scheduler": "1", "postcss": "8"}}, "node_modules/scheduler": {"version": "1.0.0"}, "node_modules/postcss": {"version": "8.0.0"}, "node_modules/@types/ramda": {"version": "0.32.0", "dev": true}}}"#,
        ),
        (
            "frontend/node_modules/@types/ramda/package.json",
            r#"{"name": "@types/ramda", "version": "0.32.0", "main": "", "types": "index.d.ts", "exports": {".": {"types": "./index.d.ts", "import": "./es/index.js"}, "./es": "./es/index.js"}}"#,
        ),
        ("frontend/node_modules/@types/ramda/index.d.ts", ""),
        (
            "frontend/node_modules/react-dom/package.json",
            r#"{"name": "react-dom", "version": "19.0.0", "main": "index.js", "exports": {".": "./index.js", "./server": "./server.js", "./client": {"react-server": "./client.react-server.js", "default": "./client.js"}}}"#,
        ),
        ("frontend/node_modules/react-dom/index.js", ""),
        ("frontend/node_modules/react-dom/server.js", ""),
        ("frontend/node_modules/react-dom/client.react-server.js", ""),
        (
            "frontend/node_modules/scheduler/package.json",
            r#"{"name": "scheduler", "version": "1.0.0", "files": ["index.js"]}"#,
        ),
        (
            "frontend/node_modules/postcss/package.json",
            r#"{"name": "postcss", "version": "8.0.0", "main": "./lib/postcss.js"}"#,
        ),
        ("frontend/node_modules/postcss/README.md", ""),
    ]);
    let text = place.check("web-packages", &[]).text();
    assert!(!text.contains("ramda"), "{text}");
    let hollow = "the files of installed packages are gone: scheduler";
    let holed =
        "files of installed packages are gone: postcss (lib/postcss.js), react-dom (client.js)";
    assert!(text.contains(hollow) && text.contains(holed), "{text}");
    place.write("frontend/node_modules/scheduler/index.js", "");
    place.write("frontend/node_modules/postcss/lib/postcss.js", "");
    place.write("frontend/node_modules/react-dom/client.js", "");
    let text = place.check("web-packages", &[]).text();
    assert!(!text.contains(" gone"), "{text}");
}
