//! Locks that are broken, or older than the manifests, as uv itself sees them.

use std::fs;

use super::packages;

const ROOT: &str = "pyproject.toml";
const BUILDER: &str = "builder/pyproject.toml";

#[test]
fn a_lock_that_a_merge_broke_is_told_with_what_is_wrong_in_it() {
    let place = packages::place();
    place.is_mended("python-packages");
    let lock = fs::read_to_string(place.file("uv.lock")).expect("a lock");
    let at = lock
        .find("[[package]]\nname = \"tiny\"")
        .expect("a package");
    place.write("uv.lock", &lock[..at]);
    let is_told = |id: &str, words: &str| {
        let check = place.check(id, &[]);
        check.fails_with("packages/out-of-step", words);
        check.text()
    };
    is_told(
        "python-packages",
        "uv.lock cannot be read: `app-backend` needs `tiny`, which has no [[package]]",
    );
    let uv = place.follow("uv lock --check", "");
    assert_ne!(uv.code, Some(0));
    place.write("uv.lock", &lock.replacen('\n', "\n<<<<<<< HEAD\n", 1));
    let text = is_told(
        "python-packages",
        "uv.lock cannot be read: a merge was not finished at line 2",
    );
    assert!(
        text.contains("`git diff uv.lock` shows both sides"),
        "{text}"
    );
    place.write("frontend/package.json", "{}");
    place.write("frontend/bun.lock", "{\n<<<<<<< HEAD\n}\n");
    let check = place.check("web-packages", &[]);
    let text = check.text();
    let words = "frontend/bun.lock cannot be read: a merge was not finished at line 2";
    let shows = "`git diff frontend/bun.lock` shows both sides";
    assert!(text.contains(words) && text.contains(shows), "{text}");
}

#[test]
fn a_lock_that_other_bounds_hold_for_is_older_than_the_manifests() {
    let place = packages::place();
    place.is_mended("python-packages");
    let text = fs::read_to_string(place.file("pyproject.toml")).expect("a manifest");
    for setting in [
        "constraint-dependencies = [\"tiny<99\"]",
        "environments = [\"sys_platform == 'linux'\", \"sys_platform == 'darwin'\", \"sys_platform == 'win32'\"]",
        "required-environments = [\"sys_platform == 'linux'\"]",
        "prerelease = \"allow\"",
        "resolution = \"lowest-direct\"",
        "fork-strategy = \"fewest\"",
        "exclude-newer = \"2026-01-01T00:00:00Z\"",
    ] {
        let with = format!("package = false\n{setting}");
        place.write("pyproject.toml", &text.replace("package = false", &with));
        let check = place.check("python-packages", &[]);
        let key = setting.split(' ').next().expect("a key");
        let text = check.text();
        let older = text.contains("uv.lock is older than the manifests: ");
        assert!(older && text.contains(key), "{text}");
        place.is_mended("python-packages");
    }
    // A bound that what is asked for lies outside of is nothing that a lock would mend.
    let with = "package = false\nconstraint-dependencies = [\"tiny<1\"]";
    place.write("pyproject.toml", &text.replace("package = false", with));
    place.write(
        "builder/pyproject.toml",
        &fs::read_to_string(place.file("builder/pyproject.toml"))
            .expect("a manifest")
            .replace("[\"tiny\"]", "[\"tiny==1.0\"]"),
    );
    let check = place.check("python-packages", &[]);
    check.fails_with(
        "packages/out-of-step",
        "app-builder asks for tiny ==1.0, and constraint-dependencies allows tiny <1",
    );
    assert_eq!(
        (check.help(), check.cure()),
        ("${EDITOR:-vi} +8 pyproject.toml", "")
    );
}

#[test]
fn a_lock_of_another_version_member_or_extra_is_older_than_the_manifests() {
    let place = packages::place();
    place.is_mended("python-packages");
    let edit = |file: &str, from: &str, to: &str| {
        let text = fs::read_to_string(place.file(file)).expect("a manifest");
        assert!(text.contains(from), "{text}");
        place.write(file, &text.replacen(from, to, 1));
    };
    let is_older = |words: &str| {
        let check = place.check("python-packages", &[]);
        let words = format!("uv.lock is older than the manifests: {words}");
        assert!(check.text().contains(&words), "{}", check.text());
        let uv = place.follow("uv lock --check", "");
        assert_ne!(uv.code, Some(0), "{words}");
        place.is_mended("python-packages");
    };
    edit(BUILDER, "0.1", "0.2");
    is_older("app-builder (version 0.2, locked as 0.1)");
    edit(
        BUILDER,
        "[tool.uv.sources]",
        "[project.optional-dependencies]\nx = []\n[tool.uv.sources]",
    );
    is_older("app-builder (extra x)");
    place.write(
        "new/pyproject.toml",
        "[project]\nname = \"new\"\nversion = \"0\"\n",
    );
    edit(ROOT, "\"builder\"", "\"builder\", \"new\"");
    is_older("members (new)");
    edit(ROOT, ", \"new\"", "");
    is_older("members (new)");
}
