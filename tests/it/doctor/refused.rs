//! Manifests that are sound TOML, and that uv refuses.

use std::fs;

use super::{Place, packages};

#[test]
fn what_uv_refuses_is_told_with_its_line_before_anything_is_installed() {
    let place = packages::place();
    let told = |edits: &[(&str, &str, &str)], words: &str, help: &str| {
        let before: Vec<(&str, String)> = edits
            .iter()
            .map(|(file, from, to)| {
                let text = fs::read_to_string(place.file(file)).expect("a manifest");
                assert!(text.contains(from), "{text}");
                place.write(file, &text.replacen(from, to, 1));
                (*file, text)
            })
            .collect();
        let check = place.check("python-packages", &[]);
        check.fails_with("workspace/manifest", words);
        let helps = check.helps().join("\n");
        assert_eq!(
            (helps.as_str(), check.cure()),
            (help, ""),
            "{}",
            check.text()
        );
        // So says uv.
        let uv = place.follow("uv lock", "");
        assert_ne!(uv.code, Some(0), "{words}");
        for (file, text) in before {
            place.write(file, &text);
        }
    };
    let (root, backend, builder) = (
        "pyproject.toml",
        "backend/pyproject.toml",
        "builder/pyproject.toml",
    );
    let version = "version = \"0.1\"\n";
    for (edit, words, help) in [
        (
            (root, "\">=3.9\"", "3"),
            "`requires-python` is an integer",
            "+4 pyproject.toml",
        ),
        (
            (backend, version, ""),
            "has no `version`",
            "+1 backend/pyproject.toml",
        ),
        (
            (backend, "path =", "pathh ="),
            "did you mean `path`?",
            "+7 backend/pyproject.toml",
        ),
        (
            (builder, "app-builder", "app-backend"),
            "has the name `app-backend`, too",
            "+2 builder/pyproject.toml",
        ),
        (
            (builder, "[\"tiny\"]", "[\"tiny\", \"app-backend\"]"),
            "`app-backend` is a member of the workspace",
            "+5 builder/pyproject.toml",
        ),
        (
            (builder, "[\"tiny\"]", "[\"tiny====\"]"),
            "is no requirement",
            "+5 builder/pyproject.toml",
        ),
    ] {
        told(&[edit], words, &format!("${{EDITOR:-vi}} {help}"));
    }
    // One that says where it comes from is none of these, be it in the workspace's own manifest.
    let text = fs::read_to_string(place.file(builder)).expect("a manifest");
    place.write(
        builder,
        &text.replace("[\"tiny\"]", "[\"tiny\", \"app-backend\"]"),
    );
    let text = fs::read_to_string(place.file(root)).expect("a manifest");
    place.write(
        root,
        &format!("{text}[tool.uv.sources]\napp-backend = {{ workspace = true }}\n"),
    );
    let uv = place.follow("uv lock -q", "");
    assert_eq!(uv.code, Some(0), "{}", uv.err);
    let check = place.check("python-packages", &[]);
    assert!(
        !check.text().contains("workspace/manifest"),
        "{}",
        check.text()
    );
}

#[test]
fn a_lock_that_other_bounds_hold_for_is_older_than_the_manifests() {
    let place = packages::place();
    place.is_mended("python-packages");
    let text = fs::read_to_string(place.file("pyproject.toml")).expect("a manifest");
    for setting in [
        "constraint-dependencies = [\"tiny<99\"]",
        "environments = [\"sys_platform == 'linux'\", \"sys_platform == 'darwin'\", \"sys_platform == 'win32'\"]",
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
fn a_byte_that_is_no_text_is_found_on_its_line() {
    let place = packages::place();
    for (file, id, comment) in [
        ("backend/pyproject.toml", "python-packages", "# "),
        ("frontend/package.json", "web-packages", ""),
    ] {
        let mut bytes = fs::read(place.file(file)).unwrap_or_else(|_| b"{\n}\n".to_vec());
        let line = bytes.split(|byte| *byte == b'\n').count();
        bytes.extend(comment.as_bytes());
        let at = bytes.len() + 1;
        bytes.extend(b"\xe9\n");
        place.write(file, "");
        fs::write(place.file(file), bytes).expect("a file");
        let check = place.check(id, &[]);
        let words = format!("{file} cannot be read: byte {at} is not UTF-8");
        check.fails_with("workspace/manifest", &words);
        assert_eq!(check.help(), format!("${{EDITOR:-vi}} +{line} {file}"));
    }
}

#[test]
fn a_pin_that_means_no_python_is_pointed_at() {
    let place = packages::place();
    place.is_mended("python-packages");
    for (pin, is_told) in [("garbage!!", true), ("3.12.x", true), ("my-env", false)] {
        place.write(".python-version", &format!("# here\n{pin}\n"));
        let check = place.check("python", &[]);
        let words = format!(".python-version:2 pins no Python: `{pin}`");
        assert_eq!(check.text().contains(&words), is_told, "{}", check.text());
        if is_told {
            assert_eq!(check.help(), "${EDITOR:-vi} +2 .python-version");
        }
    }
}

#[test]
fn a_web_package_that_comes_from_nowhere_is_pointed_at() {
    let place = Place::with_path("", &[]);
    let told = |package: &str| {
        place.write("frontend/package.json", package);
        place.check("web-packages", &[])
    };
    for (asked, lack) in [
        ("file:./nothere", "where nothing is"),
        ("workspace:*", "frontend/package.json has no `workspaces`"),
        ("catalog:", "frontend/package.json has no `catalog`"),
    ] {
        let package = format!("{{\n  \"dependencies\": {{\n    \"loc\": \"{asked}\"\n  }}\n}}\n");
        let check = told(&package);
        let words = format!("loc is to come from {asked}, ");
        assert!(check.text().contains(&words), "{}", check.text());
        check.fails_with("packages/missing", lack);
        assert_eq!(
            (check.help(), check.cure()),
            ("${EDITOR:-vi} +3 frontend/package.json", "")
        );
    }
    place.write("frontend/lib/package.json", "{}");
    let sound = told("{\"dependencies\": {\"loc\": \"file:./lib\"}}");
    assert!(
        !sound.text().contains("is to come from"),
        "{}",
        sound.text()
    );
}
