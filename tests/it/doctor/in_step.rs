//! What uv and bun say of manifests and lock: the real ones, for what nobody else knows.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use super::{Place, packages};

const ROOT: &str = "pyproject.toml";
const BACKEND: &str = "backend/pyproject.toml";
const BUILDER: &str = "builder/pyproject.toml";
const TABLE: &str = "[tool.uv]\npackage = false\n";

/// A checkout whose environment is whole and whose lock is in step.
fn locked() -> Place {
    let place = packages::place();
    place.is_mended("python-packages");
    place
}

/// One manifest with something else in it, while `look` looks.
fn edited<T>(place: &Place, file: &str, from: &str, to: &str, look: impl FnOnce() -> T) -> T {
    let text = fs::read_to_string(place.file(file)).expect("a manifest");
    assert!(text.contains(from), "{from}: {text}");
    place.write(file, &text.replacen(from, to, 1));
    let seen = look();
    place.write(file, &text);
    seen
}

/// Every file below a folder, with its time and what is in it.
fn files(dir: &Path) -> BTreeMap<String, (SystemTime, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).expect("a folder").flatten() {
            let path = entry.path();
            let kind = fs::symlink_metadata(&path).expect("it is there");
            // What it keeps for itself is nobody's.
            if kind.is_dir() && !path.ends_with("cache") && !path.ends_with("home") {
                open.push(path);
            } else if kind.is_file() {
                let time = kind.modified().expect("a time");
                let text = fs::read(&path).expect("a file");
                found.insert(path.display().to_string(), (time, text));
            }
        }
    }
    found
}

fn at(file: &str, line: usize) -> String {
    format!("${{EDITOR:-vi}} +{line} {file}")
}

#[test]
fn a_manifest_that_only_uv_knows_to_be_wrong_is_told_with_its_line() {
    let place = locked();
    let table = |setting: &str| TABLE.to_owned() + setting;
    for (file, from, to, words, line) in [
        (
            BACKEND,
            ".whl\" }",
            ".whl\", zzz = 1 }",
            "unknown field `zzz`",
            7,
        ),
        (
            BUILDER,
            ".whl\" }",
            ".whl\" }\nother = { git = \"foo/bar\" }",
            "relative URL without a base",
            8,
        ),
        (
            ROOT,
            "[tool.uv]",
            "[dependency-groups]\ndev = []\nDev = []\n[tool.uv]",
            "duplicate dependency group: `dev`",
            6,
        ),
        (
            ROOT,
            TABLE,
            &table("[tool.uv.dependency-groups]\nnope = { requires-python = \">=3.9\" }\n"),
            "Failed to find group `nope`",
            9,
        ),
        (
            BUILDER,
            "[tool.uv.sources]",
            "[project.optional-dependencies]\n\"a b!\" = []\n[tool.uv.sources]",
            "Not a valid package or extra name: \"a b!\"",
            7,
        ),
        (
            ROOT,
            "\"builder\"]",
            "\"builder\", \"[\"]",
            "Pattern syntax error",
            9,
        ),
        // What a build says for every tool, uv does not say before it builds.
        (
            BUILDER,
            "dependencies",
            "dynamic = [\"dependencies\"]\ndependencies",
            "`dependencies` is said in `project`, and `dynamic` says that it is not",
            5,
        ),
    ] {
        let check = edited(&place, file, from, to, || {
            place.check("python-packages", &[])
        });
        check.fails_with("workspace/manifest", words);
        assert_eq!(check.findings().len(), 1, "{}", check.text());
        assert_eq!(
            (check.help(), check.cure()),
            (&*at(file, line), ""),
            "{}",
            check.text()
        );
    }
    // Who asks it for its version tells of what keeps it from that, too: it is told once.
    let sources = "[tool.uv.sources]\nother = { path = \"x\", zzz = 1 }\n[tool.uv.workspace]";
    for (file, from, to, statuses) in [
        (ROOT, "[tool.uv.workspace]", sources, ["fail", "skipped"]),
        (BACKEND, ".whl\" }", ".whl\", zzz = 1 }", ["pass", "fail"]),
    ] {
        let told = edited(&place, file, from, to, || {
            place.run(&["doctor", "--only", "uv,python-packages", "--format", "json"])
        });
        let value: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
        let checks = value["checks"].as_array().expect("checks");
        let status = |check: &serde_json::Value| check["status"].as_str().map(str::to_owned);
        let found: Vec<_> = checks.iter().filter_map(status).collect();
        assert_eq!(found, statuses, "{}", told.out);
    }
    assert_eq!(place.check("python-packages", &[]).status(), "pass");
}

#[test]
fn what_asks_for_two_versions_at_once_is_told_with_who_asks() {
    let place = locked();
    let check = edited(
        &place,
        BUILDER,
        "[\"tiny\"]",
        "[\"nope==1\", \"nope==2\"]",
        || place.check("python-packages", &[]),
    );
    check.fails_with(
        "packages/out-of-step",
        "no versions satisfy what the manifests ask for: Because app-builder depends on nope==1 and nope==2",
    );
    assert_eq!((check.help(), check.cure()), (&*at(BUILDER, 5), ""));
}

#[test]
fn a_lock_that_only_uv_knows_to_be_old_is_made_anew() {
    for setting in [
        "build-constraint-dependencies = [\"hatchling<99\"]",
        "exclude-dependencies = [\"tiny\"]",
    ] {
        let place = locked();
        let text = fs::read_to_string(place.file(ROOT)).expect("a manifest");
        place.write(
            ROOT,
            &text.replacen(TABLE, &format!("{TABLE}{setting}\n"), 1),
        );
        let check = place.check("python-packages", &[]);
        assert_eq!(check.status(), "warn", "{}", check.text());
        let (rule, message) = check.findings()[0];
        assert_eq!(rule, "packages/out-of-step");
        assert!(
            message.starts_with("uv would make uv.lock anew: mismatched "),
            "{message}"
        );
        assert!(
            check.cure().starts_with("uv lock && uv sync"),
            "{}",
            check.text()
        );
        place.is_mended("python-packages");
    }
}

#[test]
fn settings_that_uv_only_warns_of_are_told() {
    let place = locked();
    for (setting, words) in [
        ("link-mode = \"copyx\"", "unknown variant `copyx`"),
        ("zzz = 1", "unknown field `zzz`"),
    ] {
        let check = edited(&place, ROOT, TABLE, &format!("{TABLE}{setting}\n"), || {
            place.check("python-packages", &[])
        });
        assert_eq!(check.status(), "warn", "{}", check.text());
        let (rule, message) = check.findings()[0];
        assert_eq!((rule, check.help()), ("workspace/manifest", &*at(ROOT, 8)));
        let start = "uv takes no settings of pyproject.toml: ";
        assert!(
            message.starts_with(start) && message.contains(words),
            "{message}"
        );
    }
    // What installs would lock without them.
    fs::remove_dir_all(place.file(".venv")).expect("an environment");
    let check = edited(&place, ROOT, TABLE, &format!("{TABLE}zzz = 1\n"), || {
        place.check("python-packages", &[])
    });
    assert_eq!((check.findings().len(), check.cure()), (2, ""));
    assert_eq!(check.help(), at(ROOT, 8));
}

#[test]
fn no_login_of_a_manifest_is_repeated() {
    let place = locked();
    let source = ".whl\" }\nother = { git = \"https://ghp_Zk3v9Qm2Lw8Rt5Yx7Bn@host:port/x\" }";
    let told = edited(&place, BUILDER, ".whl\" }", source, || {
        place.run(&["doctor", "--only", "python-packages"])
    });
    assert!(told.out.contains("builder/pyproject.toml"), "{}", told.out);
    for text in [&told.out, &told.err] {
        assert!(!text.contains("ghp_Zk3v9Qm2Lw8Rt5Yx7Bn"), "{text}");
    }
}

#[test]
fn uv_writes_nothing_and_builds_nothing() {
    let place = locked();
    place.write(".pixcrawler/state", "");
    let before = files(place.path());
    assert_eq!(place.check("python-packages", &[]).status(), "pass");
    let manifest = fs::read_to_string(place.file(BUILDER)).expect("a manifest");
    let other = |text: &str| {
        place.write(BUILDER, text);
        let check = place.check("python-packages", &[]);
        place.write(BUILDER, &manifest);
        check
    };
    assert!(
        other(&manifest.replace("\"tiny\"", ""))
            .text()
            .contains("older")
    );
    let after = files(place.path());
    let names = |of: &BTreeMap<String, _>| of.keys().cloned().collect::<Vec<String>>();
    assert_eq!(names(&before), names(&after));
    for (name, was) in &before {
        assert!(
            name.ends_with(BUILDER) || after.get(name) == Some(was),
            "{name}"
        );
    }
    // A project that is built for its version: that would run what stands in the workspace.
    place.write(
        "builder/backend_of_ours.py",
        "open('built', 'w').close()\nraise SystemExit(3)\n",
    );
    let system = "[build-system]\nrequires = []\nbuild-backend = \"backend_of_ours\"\nbackend-path = [\".\"]\n";
    let dynamic = manifest.replacen("version = \"0.1\"", "dynamic = [\"version\"]", 1);
    let check = other(&format!("{dynamic}{system}"));
    assert!(!check.text().contains("uv would make") && !check.text().contains("uv refuses"));
    let built = files(place.path());
    assert!(
        !built.keys().any(|name| name.ends_with("/built")),
        "{built:?}"
    );
}

#[cfg(unix)]
#[test]
fn whatever_else_uv_says_leaves_what_was_read_as_it_is() {
    let mut place = locked();
    let path = format!("{}:{}", place.file("bin").display(), place.variable("PATH"));
    place.set("PATH", &path);
    let with = |script: &str| {
        place.program("bin/uv", script);
        place.check("python-packages", &[])
    };
    let others = [
        "exit 3",
        "kill -9 $$",
        "yes | head -c 3000000; exit 2",
        "echo 'error: unexpected argument --check found' >&2; exit 2",
        "echo 'error: No interpreter found for Python 3.99' >&2; exit 2",
    ];
    for script in others {
        let check = with(script);
        assert_eq!(check.status(), "pass", "{script}: {}", check.text());
    }
    let text = fs::read_to_string(place.file(BACKEND)).expect("a manifest");
    place.write(BACKEND, &text.replace("\"tiny\"", "\"tiny\", \"other\""));
    for script in others {
        let text = with(script).text();
        assert!(text.contains("uv.lock is older"), "{script}: {text}");
    }
    // It knows better what it would lock; what is installed is another question.
    let text = with("exit 0").text();
    assert!(
        !text.contains("uv.lock is older") && text.contains("other"),
        "{text}"
    );
}

/// A frontend of workspaces that need nothing but each other, with a lock of bun's.
fn frontend() -> Place {
    let mut place = Place::new(&[
        (
            "frontend/package.json",
            "{\n  \"name\": \"frontend\",\n  \"scripts\": { \"dev\": \"next dev\" },\n  \"workspaces\": [\"packages/*\"],\n  \"dependencies\": { \"ui\": \"workspace:*\" }\n}\n",
        ),
        (
            "frontend/packages/ui/package.json",
            "{\n  \"name\": \"ui\",\n  \"version\": \"1.0.0\"\n}\n",
        ),
        (
            "frontend/packages/kit/package.json",
            "{\n  \"name\": \"kit\",\n  \"version\": \"1.0.0\"\n}\n",
        ),
    ]);
    let home = place.file("home").to_str().expect("UTF-8").to_owned();
    place.set("HOME", &home);
    let made = place.follow("cd frontend && bun install", "");
    assert_eq!(made.code, Some(0), "{}", made.err);
    assert_eq!(place.check("web-packages", &[]).status(), "pass");
    place
}

const FRONTEND: &str = "frontend/package.json";
const KIT: &str = "frontend/packages/kit/package.json";
const UI: &str = "frontend/packages/ui/package.json";
const NEEDS: &str = "\"dependencies\": { \"own\": \"file:../ui\" },\n  \"version\"";

#[test]
fn a_lock_that_only_bun_knows_to_be_old_is_made_anew() {
    let place = frontend();
    for (file, from, to, words) in [
        (
            FRONTEND,
            "\"workspaces\"",
            "\"optionalDependencies\": { \"nope\": \"^1\" },\n  \"workspaces\"",
            "frontend/bun.lock is older than package.json: nope",
        ),
        (
            FRONTEND,
            "\"workspaces\"",
            "\"peerDependencies\": { \"nope\": \"^1\" },\n  \"workspaces\"",
            "frontend/bun.lock is older than package.json: nope",
        ),
        (
            KIT,
            "\"version\"",
            "\"dependencies\": { \"nope\": \"npm:other@1\" },\n  \"version\"",
            "frontend/bun.lock is older than package.json: nope@npm:other@1",
        ),
        (
            KIT,
            "\"version\"",
            NEEDS,
            "frontend/bun.lock is older than package.json: own was added in packages/kit",
        ),
    ] {
        let check = edited(&place, file, from, to, || place.check("web-packages", &[]));
        assert_eq!(check.findings(), [("packages/out-of-step", words)]);
        assert_eq!(check.help(), "(cd frontend && bun install)");
    }
    let text = fs::read_to_string(place.file(KIT)).expect("a manifest");
    place.write(KIT, &text.replacen("\"version\"", NEEDS, 1));
    place.is_mended("web-packages");
}

#[test]
fn a_package_json_that_only_bun_refuses_is_told_with_its_line() {
    let place = frontend();
    let check = edited(&place, KIT, "\"kit\"", "\"ui\"", || {
        place.check("web-packages", &[])
    });
    check.fails_with("workspace/manifest", "Workspace name \"ui\" already exists");
    assert!(
        [at(KIT, 2), at(UI, 2)].contains(&check.help().to_owned()),
        "{}",
        check.text()
    );
}

#[test]
fn bun_writes_nothing_and_runs_nothing() {
    let place = frontend();
    let scripts = "\"dev\": \"next dev\", \"preinstall\": \"touch ran\", \"postinstall\": \"touch ran\", \"prepare\": \"touch ran\"";
    let text = fs::read_to_string(place.file(FRONTEND)).expect("a manifest");
    place.write(FRONTEND, &text.replace("\"dev\": \"next dev\"", scripts));
    place.write(".pixcrawler/state", "");
    let before = files(place.path());
    assert_eq!(place.check("web-packages", &[]).status(), "pass");
    assert_eq!(files(place.path()), before);
    fs::remove_dir_all(place.file("frontend/node_modules")).expect("installed");
    let before = files(place.path());
    place
        .check("web-packages", &[])
        .fails_with("packages/missing", "there is no frontend/node_modules yet");
    assert_eq!(files(place.path()), before);
}
