//! Manifests that are sound TOML, and that uv refuses.

use std::fs;

use super::packages;

const ROOT: &str = "pyproject.toml";
const BACKEND: &str = "backend/pyproject.toml";
const BUILDER: &str = "builder/pyproject.toml";

/// What in a manifest, and what instead of it.
type Edit = (&'static str, &'static str, &'static str);

/// Edits, each with what is said of it and where.
const EDITS: &[(Edit, &str, &str)] = &[
    (
        (ROOT, "\">=3.9\"", "3"),
        "`requires-python` is an integer",
        "+4 pyproject.toml",
    ),
    (
        (BACKEND, "version = \"0.1\"\n", ""),
        "has no `version`",
        "+1 backend/pyproject.toml",
    ),
    (
        (BACKEND, "path =", "pathh ="),
        "did you mean `path`?",
        "+7 backend/pyproject.toml",
    ),
    (
        (BUILDER, "app-builder", "app-backend"),
        "has the name `app-backend`, too",
        "+2 builder/pyproject.toml",
    ),
    (
        (BUILDER, "[\"tiny\"]", "[\"tiny\", \"app-backend\"]"),
        "`app-backend` is a member of the workspace",
        "+5 builder/pyproject.toml",
    ),
    (
        (BUILDER, "[\"tiny\"]", "[\"tiny====\"]"),
        "is no requirement",
        "+5 builder/pyproject.toml",
    ),
    (
        (BUILDER, "[\"tiny\"]", "[\"tiny; python_version > \"]"),
        "the condition of `tiny; python_version > ` cannot be read: it ends too early",
        "+5 builder/pyproject.toml",
    ),
    (
        (ROOT, "\"builder\"]", "\"builder\", \"wheels\"]"),
        "wheels is a member of the workspace by `wheels`, and has no pyproject.toml",
        "+9 pyproject.toml",
    ),
    (
        (ROOT, "\"builder\"]", "\"*\"]"),
        "is a member of the workspace by `*`, and has no pyproject.toml",
        "+9 pyproject.toml",
    ),
    (
        (BUILDER, "[project]", "[tool.other]"),
        "it is a member of the workspace, and has no [project]",
        "+1 builder/pyproject.toml",
    ),
    (
        (
            BUILDER,
            "[tool.uv.sources]",
            "[tool.uv.workspace]\n[tool.uv.sources]",
        ),
        "has a [tool.uv.workspace] of its own",
        "+6 builder/pyproject.toml",
    ),
    (
        (
            BUILDER,
            "path = \"../wheels/tiny-1.0-py3-none-any.whl\"",
            "index = \"nope\"",
        ),
        "`tiny` is to come from the index `nope`",
        "+7 builder/pyproject.toml",
    ),
    (
        (
            BUILDER,
            "path = \"../wheels/tiny-1.0-py3-none-any.whl\"",
            "workspace = false",
        ),
        "the source of `tiny` is `workspace = false`",
        "+7 builder/pyproject.toml",
    ),
    (
        (
            BUILDER,
            "path = \"../wheels/tiny-1.0-py3-none-any.whl\"",
            "workspace = true",
        ),
        "the source of `tiny` is `workspace = true`, and no member of the workspace has that name: none of `members` (pyproject.toml:9) has it",
        "+7 builder/pyproject.toml",
    ),
    (
        (BUILDER, ".whl\" }", ".whl\", group = \"nope\" }"),
        "counts for the group `nope` alone, and there is no group of that name",
        "+7 builder/pyproject.toml",
    ),
    (
        (
            ROOT,
            "package = false",
            "package = false\nenvironments = [\"os_name == 'a'\", \"os_name != 'b'\"]",
        ),
        "of `environments` two hold at once: `os_name == 'a'` and `os_name != 'b'`",
        "+8 pyproject.toml",
    ),
    (
        (
            ROOT,
            "package = false",
            "package = false\ndefault-groups = [\"nope\"]",
        ),
        "`default-groups` names `nope`",
        "+8 pyproject.toml",
    ),
];

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
    for (edit, words, help) in EDITS.iter().copied() {
        told(&[edit], words, &format!("${{EDITOR:-vi}} {help}"));
    }
    // One that says where it comes from is none of these, be it in the workspace's own manifest.
    let text = fs::read_to_string(place.file(BUILDER)).expect("a manifest");
    place.write(
        BUILDER,
        &text.replace("[\"tiny\"]", "[\"tiny\", \"app-backend\"]"),
    );
    // Nor is a folder without a file a member, or one that is hidden; and what nobody asks for may come from nowhere.
    let text = fs::read_to_string(place.file(ROOT)).expect("a manifest");
    let text = text.replace("\"builder\"]", "\"builder\", \"packages/*\"]");
    let sources = "app-backend = { workspace = true }\nother = { index = \"nope\" }\nthird = { workspace = false }\n";
    place.write(ROOT, &format!("{text}[tool.uv.sources]\n{sources}"));
    place.write("packages/.hidden/note", "");
    fs::create_dir_all(place.file("packages/empty/inner")).expect("folders");
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
fn a_source_and_a_member_that_do_not_agree_are_told_with_both_places() {
    let place = packages::place();
    let read = |file: &str| fs::read_to_string(place.file(file)).expect("a manifest");
    let edit = |file: &str, from: &str, to: &str| {
        let text = read(file);
        assert!(text.contains(from), "{text}");
        place.write(file, &text.replacen(from, to, 1));
        text
    };
    edit(BUILDER, "[\"tiny\"]", "[\"tiny\", \"app-backend\"]");
    let source = "[tool.uv.sources]\nApp_backend = { workspace = true }\n";
    edit(BUILDER, "[tool.uv.sources]\n", source);
    for (file, from, to, words, line) in [
        (
            ROOT,
            "\"backend\", ",
            "",
            "and no member of the workspace has that name: backend has it, and `members` (pyproject.toml:9) lacks that",
            7,
        ),
        (
            ROOT,
            "members =",
            "exclude = [\"back*\"]\nmembers =",
            "backend has it, and `exclude` (pyproject.toml:9) takes that out",
            7,
        ),
        (
            BACKEND,
            "app-backend",
            "backend2",
            "has that name: none of `members` (pyproject.toml:9) has it",
            7,
        ),
        (
            ROOT,
            "\"backend\", ",
            "\"backend1\", ",
            "backend has it, and `members` (pyproject.toml:9) lacks that",
            7,
        ),
        (
            BUILDER,
            "App_backend = { workspace = true }",
            "app-backend = { path = \"../backend\" }",
            "is a `path`, and backend/pyproject.toml is the member of that name: uv takes `{ workspace = true }` alone",
            7,
        ),
        (
            BUILDER,
            "App_backend = { workspace = true }",
            "other = { workspace = true }\napp-backend = { git = \"https://example.com/a\" }",
            "is a `git`, and backend/pyproject.toml is the member",
            8,
        ),
    ] {
        let before = edit(file, from, to);
        let check = place.check("python-packages", &[]);
        check.fails_with("workspace/manifest", words);
        let help = format!("${{EDITOR:-vi}} +{line} {BUILDER}");
        assert_eq!((check.help(), check.cure()), (help.as_str(), ""));
        let uv = place.follow("uv lock", "");
        assert_ne!(uv.code, Some(0), "{words}");
        place.write(file, &before);
    }
    // A source for nobody is none of these, nor is a folder that is no member.
    edit(BUILDER, ", \"app-backend\"", "");
    edit(ROOT, "\"backend\", ", "");
    let uv = place.follow("uv lock -q", "");
    assert_eq!(uv.code, Some(0), "{}", uv.err);
    let check = place.check("python-packages", &[]);
    assert!(!check.text().contains("workspace/manifest"));
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
