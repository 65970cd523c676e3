//! What keeps uv and bun from their work, while they tell their versions as ever.

use std::fs;

use super::{Place, packages};

/// A checkout with an environment, in which uv is told nothing by variables.
fn place() -> Place {
    let mut place = packages::place();
    place.is_mended("python-packages");
    place.variables.retain(|(name, _)| !name.starts_with("UV_"));
    place
}

#[test]
fn what_keeps_uv_from_its_work_is_named() {
    let mut place = place();
    assert_eq!(place.check("uv", &[]).status(), "pass");
    let fails = |place: &Place, words: &str, help: &str| {
        let check = place.check("uv", &[]);
        check.fails_with("tool/silent", words);
        assert_eq!((check.help(), check.cure()), (help, ""), "{}", check.text());
    };
    place.write("uv.toml", "\nfoo = 1\n");
    fails(&place, "uv.toml", "${EDITOR:-vi} +2 uv.toml");
    fs::remove_file(place.file("uv.toml")).expect("a file");
    let manifest = fs::read_to_string(place.file("pyproject.toml")).expect("a manifest");
    let other = manifest.replace("package = false", "package = \"x\"");
    place.write("pyproject.toml", &other);
    fails(&place, "pyproject.toml", "${EDITOR:-vi} +7 pyproject.toml");
    // uv only warns of a name that it does not know.
    let other = manifest.replace("package = false", "package = false\nfoo = 1");
    place.write("pyproject.toml", &other);
    assert_eq!(place.check("uv", &[]).status(), "pass");
    place.write("pyproject.toml", &manifest);
    let file = place
        .file("wheels/README")
        .to_str()
        .expect("UTF-8")
        .to_owned();
    place.set("UV_CACHE_DIR", &file);
    fails(&place, "initialize cache", "unset UV_CACHE_DIR");
}

#[test]
fn what_only_an_installation_reads_is_named_too() {
    let mut place = place();
    let fails = |place: &Place, words: &str, help: &str| {
        let check = place.check("uv", &[]);
        check.fails_with("tool/silent", words);
        assert_eq!((check.help(), check.cure()), (help, ""), "{}", check.text());
    };
    let manifest = fs::read_to_string(place.file("pyproject.toml")).expect("a manifest");
    let other = "package = false\nmanaged = false";
    place.write(
        "pyproject.toml",
        &manifest.replace("package = false", other),
    );
    fails(&place, "unmanaged", "${EDITOR:-vi} +8 pyproject.toml");
    place.write("pyproject.toml", &manifest);
    place.write("uv.toml", "\ncache-dir = \"wheels/README\"\n");
    fails(&place, "initialize cache", "${EDITOR:-vi} +2 uv.toml");
    place.write("uv.toml", "\nlink-mode = \"x\"\n");
    fails(
        &place,
        "uv.toml: line 2, column 13: unknown variant",
        "${EDITOR:-vi} +2 uv.toml",
    );
    fs::remove_file(place.file("uv.toml")).expect("a file");
    place.set("UV_INDEX_STRATEGY", "first-index");
    assert_eq!(place.check("uv", &[]).status(), "pass");
    place.set("UV_LINK_MODE", "hard");
    fails(&place, "invalid value 'hard'", "unset UV_LINK_MODE");
    // So it is without an environment, and without a lock that could be read.
    fs::remove_dir_all(place.file(".venv")).expect("an environment");
    fails(&place, "invalid value 'hard'", "unset UV_LINK_MODE");
    place.set("UV_LINK_MODE", "copy");
    // What we ask excludes it, and an installation does not.
    place.set("UV_NO_SOURCES", "1");
    assert_eq!(place.check("uv", &[]).status(), "pass");
    for lock in ["version = [", "version = 99"] {
        place.write("uv.lock", lock);
        assert_eq!(place.check("uv", &[]).status(), "pass");
    }
    fs::remove_file(place.file("uv.lock")).expect("a lock");
    assert_eq!(place.check("uv", &[]).status(), "pass");
}

#[test]
fn python_waits_for_what_keeps_uv_from_finding_it() {
    let place = packages::place();
    let waits = |words: &str| {
        let check = place.check("python", &[]);
        let text = check.text();
        assert_eq!(check.status(), "skipped", "{text}");
        assert!(
            check.findings().is_empty() && text.contains(words),
            "{text}"
        );
    };
    let manifest = fs::read_to_string(place.file("pyproject.toml")).expect("a manifest");
    let other = manifest.replace(
        "package = false",
        "package = false\nrequired-version = \">=99\"",
    );
    place.write("pyproject.toml", &other);
    place
        .check("uv", &[])
        .fails_with("tool/version", "needs >=99");
    waits("waits for uv");
    // `dev` says the same, and nothing of a Python that nobody looked for.
    let dev = place.run(&["dev"]).err;
    assert!(
        dev.contains("needs >=99") && !dev.contains("tool/silent"),
        "{dev}"
    );
    place.write("pyproject.toml", &manifest);
    let member = fs::read_to_string(place.file("backend/pyproject.toml")).expect("a manifest");
    let groups =
        "[dependency-groups]\na = [{ include-group = \"b\" }]\nb = [{ include-group = \"a\" }]\n";
    place.write("backend/pyproject.toml", &format!("{member}{groups}"));
    place
        .check("python-packages", &[])
        .fails_with("workspace/manifest", "includes itself by way of");
    waits("waits for backend/pyproject.toml");
    place.write("backend/pyproject.toml", &member);
    assert_eq!(place.check("python", &[]).status(), "pass");
}

#[cfg(unix)]
#[test]
fn a_cache_that_cannot_be_made_lies_elsewhere_then() {
    let mut place = place();
    let file = place
        .file("wheels/README")
        .to_str()
        .expect("UTF-8")
        .to_owned();
    place.set("HOME", &file);
    let temporary = place.file("temporary").to_str().expect("UTF-8").to_owned();
    place.set("TMPDIR", &temporary);
    let check = place.check("uv", &[]);
    check.fails_with("tool/silent", "initialize cache");
    let line = format!("{} && uv -q sync --all-packages --offline", check.help());
    let told = place.follow(&line, "");
    assert_eq!(told.code, Some(0), "{line}: {}", told.err);
    assert!(check.text().contains("HOME says where"), "{}", check.text());
    // So it is without an environment, of which uv is asked for a Python.
    fs::remove_dir_all(place.file(".venv")).expect("an environment");
    for id in ["uv", "python"] {
        let check = place.check(id, &[]);
        check.fails_with("tool/silent", "initialize cache");
        assert!(check.help().contains("UV_CACHE_DIR="), "{}", check.help());
        assert_eq!(check.cure(), "");
    }
    // Both at once tell it once.
    let both = place.run(&["doctor", "--only", "python,uv"]);
    let told = both.out.matches("initialize cache").count();
    assert_eq!(told, 1, "{}", both.out);
    assert!(both.out.contains("waits for uv"), "{}", both.out);
}

#[cfg(unix)]
#[test]
fn who_is_only_asked_makes_no_folder_for_what_it_keeps() {
    let mut place = place();
    for (name, folder) in [
        ("HOME", "nobody/home"),
        ("XDG_CACHE_HOME", "nobodys/things"),
        ("UV_CACHE_DIR", "of/uv"),
    ] {
        let path = place.file(folder);
        place.set(name, path.to_str().expect("UTF-8"));
        let told = place.run(&["doctor", "--offline", "--only", "python,uv,python-packages"]);
        assert!(!told.out.contains("initialize cache"), "{}", told.out);
        let first = path.parent().expect("a folder");
        assert!(!first.exists(), "{name}: {}", told.out);
    }
}

/// A checkout with a frontend, and only these programs.
fn frontend(scripts: &[(&str, &str)]) -> Place {
    let package = r#"{"packageManager": "bun@1.2.3"}"#;
    let mut place = Place::with_path("", &[("frontend/package.json", package)]);
    for (name, body) in scripts {
        place.program(name, body);
    }
    let (first, more) = (place.file("bin"), place.file("more"));
    place.set("PATH", &format!("{}:{}", first.display(), more.display()));
    place
}

#[test]
fn settings_that_bun_refuses_are_named() {
    let refuses = "case \"$*\" in --version) echo 1.2.3;; *) echo 'SyntaxError: failed to load bunfig' >&2; exit 1;; esac";
    let place = frontend(&[("bin/bun", refuses)]);
    assert_eq!(place.check("bun", &[]).status(), "pass");
    place.write("frontend/bunfig.toml", "[install]\nexact = \n");
    let check = place.check("bun", &[]);
    check.fails_with("tool/silent", "cannot read frontend/bunfig.toml");
    assert_eq!(check.help(), "${EDITOR:-vi} +2 frontend/bunfig.toml");
    // Of a value only bun knows.
    place.write("frontend/bunfig.toml", "[install]\n\nregistry = 5\n");
    place.program(
        "bin/bun",
        "case \"$*\" in --version) echo 1.2.3;; *) printf 'error: Expected a URL\\n    at %s/bunfig.toml:3:12\\n\\nInvalid Bunfig: failed to load bunfig\\n' \"$(/bin/pwd)\" >&2; exit 1;; esac",
    );
    let check = place.check("bun", &[]);
    check.fails_with(
        "tool/silent",
        "cannot read frontend/bunfig.toml: Expected a URL",
    );
    assert_eq!(check.help(), "${EDITOR:-vi} +3 frontend/bunfig.toml");
    // What bun makes something of is nobody's to judge.
    place.program("bin/bun", "echo 1.2.3");
    assert_eq!(place.check("bun", &[]).status(), "pass");
}

#[test]
fn a_pinned_tool_behind_another_one_is_not_installed_again() {
    let place = frontend(&[("bin/bun", "echo 1.4.5"), ("bin/npm", "exit 0")]);
    assert_eq!(place.check("bun", &[]).cure(), "npm install -g bun@1.2.3");
    place.program("more/bun", "echo 1.2.3");
    let check = place.check("bun", &[]);
    let first = place.file("bin/bun");
    assert_eq!(check.help(), format!("mv {0} {0}.off", first.display()));
    assert!(check.text().contains("comes before"), "{}", check.text());
    let line = format!("PATH=/usr/bin:/bin; {}", check.help());
    assert_eq!(place.follow(&line, "").code, Some(0));
    assert_eq!(place.check("bun", &[]).status(), "pass");
}

#[test]
fn what_needs_a_tool_that_hangs_is_not_run_before_that_is_mended() {
    let bun = "case \"$1\" in install) echo ran >installed;; *) exec /bin/sleep 60;; esac";
    let place = super::tools::place(&[("bun", bun), ("node", "echo v22.1.0")]);
    place.write(
        "frontend/package.json",
        r#"{"packageManager": "bun@1.2.3", "dependencies": {"next": "15.0.0"}}"#,
    );
    let words = ["doctor", "--only", "bun,web-packages", "--fix", "--yes"];
    let told = place.run(&words);
    let installed = place.file("frontend/installed");
    assert!(!installed.exists(), "{}", told.err);
    assert!(
        told.err
            .contains("left out: it needs bun, which does not answer"),
        "{}",
        told.err
    );
    // What mends it is for a person to type, and is told as that.
    let aside = format!("mv {0} {0}.off", place.file("bin/bun").display());
    assert!(told.err.contains(&aside), "{}", told.err);
}

#[test]
fn what_failed_may_have_mended_something_and_is_looked_at_again() {
    let bun = "case \"$1\" in install) mkdir -p node_modules/next; echo '{\"name\": \"next\", \"version\": \"15.0.0\"}' >node_modules/next/package.json; echo ran >>installed; exit 1;; *) echo 1.2.3;; esac";
    let mut place = super::tools::place(&[("bun", bun), ("node", "echo v22.1.0")]);
    let path = format!("{}:/usr/bin:/bin", place.file("bin").display());
    place.set("PATH", &path);
    place.write(
        "frontend/package.json",
        r#"{"packageManager": "bun@1.2.3", "dependencies": {"next": "15.0.0"}}"#,
    );
    let before = place.check("web-packages", &[]);
    assert_eq!(before.status(), "fail", "{}", before.text());
    let told = place.run(&["doctor", "--only", "web-packages", "--fix", "--yes"]);
    assert!(told.err.contains("failed after"), "{}", told.err);
    // The report at the end is of what is there then; it is not run twice in vain.
    let after = place.check("web-packages", &[]).findings().len();
    let (_, last) = told.out.rsplit_once("pixcrawler doctor").expect("a report");
    assert!(after == 0 || before.findings()[0].1 != last, "{last}");
    assert!(!last.contains(before.findings()[0].1), "{last}{}", told.err);
    let ran = fs::read_to_string(place.file("frontend/installed")).expect("a file");
    assert_eq!(ran, "ran\n");
}
