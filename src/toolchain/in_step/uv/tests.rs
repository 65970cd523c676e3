use super::*;

fn read(text: &str, code: i32) -> Verdict {
    let said = uv_in_step(text, Some(code));
    assert_eq!(said.slip, None, "{text}");
    said.verdict
}

fn refused_at(path: &str, line: usize, why: &str) -> Verdict {
    Verdict::Refused(Refusal {
        place: Some((path.to_owned(), line)),
        why: why.to_owned(),
        names: Vec::new(),
    })
}

fn older(why: &str) -> Verdict {
    Verdict::Older(Some(why.to_owned()))
}

/// What uv says of a file, as 0.13 and as those before it.
#[test]
fn a_manifest_that_is_refused_is_told_with_its_line() {
    let of = |path: &str, place: &str, words: &str| {
        let now = format!(
            "error: Failed to parse: {path}\n  cause: TOML parse error at {place}\n           |\n         3 | x = \"https://u:p@h\"\n           |     ^^^\n         {words}\n"
        );
        let before = format!(
            "error: Failed to parse: `{path}`\n  Caused by: TOML parse error at {place}\n  |\n3 | x = \"https://u:p@h\"\n  |     ^^^\n{words}\n"
        );
        let (now, before) = (read(&now, 2), read(&before, 2));
        assert_eq!(now, before);
        now
    };
    let backend = "backend/pyproject.toml";
    for (place, line, words) in [
        (
            "line 3, column 11",
            3,
            "expected version to start with a number, but no leading ASCII digits were found",
        ),
        (
            "line 29, column 17",
            29,
            "relative URL without a base: \"foo/bar\"",
        ),
        ("line 8, column 1", 8, "duplicate dependency group: `dev`"),
        (
            "line 18, column 49",
            18,
            "Pattern syntax error near position 0: invalid range pattern",
        ),
    ] {
        assert_eq!(of(backend, place, words), refused_at(backend, line, words));
    }
    let names = "unknown field `foo`, expected one of `git`, `subdirectory`, `rev`, `tag`, `branch`, `lfs`, `url`, `path`, `editable`, `package`, `index`, `workspace`, `marker`, `extra`, `group`";
    assert_eq!(
        of("pyproject.toml", "line 21, column 31", names),
        refused_at("pyproject.toml", 21, "unknown field `foo`")
    );
    // Of a file of settings is told elsewhere, and its own is another matter.
    let words = "invalid type";
    assert_eq!(of("uv.toml", "line 1, column 1", words), Verdict::Unknown);
    assert_eq!(
        read(
            "error: Failed to parse `uv.lock`\n  cause: TOML parse error at line 88, column 18\n            |\n         88 |     { url = \"http\n            |                  ^\n         unclosed inline table, expected `}`\n",
            2
        ),
        Verdict::Unread("unclosed inline table, expected `}` at line 88".to_owned())
    );
    assert_eq!(
        read(
            "error: Failed to parse `uv.lock`\n  cause: Package `amqp` from a registry source has a missing `version` field\n",
            2
        ),
        Verdict::Unread(
            "Package `amqp` from a registry source has a missing `version` field".to_owned()
        )
    );
    let form = "The lockfile at `uv.lock` uses an unsupported schema version (v9, but only v1 is supported).";
    assert_eq!(
        read(&format!("error: {form}\n"), 2),
        Verdict::Unread(form.to_owned())
    );
}

#[test]
fn what_is_refused_without_a_place_is_told_with_its_names() {
    for (text, why, names) in [
        (
            "error: Project `app-workspace` has malformed dependency groups\n  cause: Failed to find group `foo` specified in `[tool.uv.dependency-groups]`\n",
            "Project `app-workspace` has malformed dependency groups: Failed to find group `foo` specified in `[tool.uv.dependency-groups]`",
            &["app-workspace", "foo", "[tool.uv.dependency-groups]"][..],
        ),
        (
            "error: Failed to build `app @ file:///x`\n  cause: Failed to parse entry: `backend`\n  cause: `backend` references a workspace in `tool.uv.sources`, but is not a workspace member\n\nhint: Build failures usually indicate a problem\n",
            "Failed to build `app @ file:///x`: Failed to parse entry: `backend`: `backend` references a workspace in `tool.uv.sources`, but is not a workspace member",
            &["app @ file:///x", "backend", "backend", "tool.uv.sources"],
        ),
        (
            "error: The wheel filename `x.whl` is invalid: Must have a version\n",
            "The wheel filename `x.whl` is invalid: Must have a version",
            &["x.whl"],
        ),
    ] {
        let refusal = Refusal {
            place: None,
            why: why.to_owned(),
            names: names.iter().map(|it| (*it).to_owned()).collect(),
        };
        assert_eq!(read(text, 2), Verdict::Refused(refusal.clone()), "{text}");
        assert_eq!(read(text, 1), Verdict::Refused(refusal), "{text}");
    }
}

#[test]
fn a_lock_that_would_be_another_is_told_with_the_reason() {
    let update = "error: The lockfile at `uv.lock` needs to be updated, but `--check` was provided.\n\nhint: To update the lockfile, run `uv lock`.\n";
    let before = "error: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided. To update the lockfile, run `uv lock`.\n";
    let anew = "DEBUG Found workspace root: /x\nDEBUG Resolving despite existing lockfile due to mismatched requirements for: `backend==0.1.0`\n  Requested: {Requirement { name: PackageName(\"asyncpg\") }}\n";
    let wanted = older("mismatched requirements for: `backend==0.1.0`");
    assert_eq!(read(&format!("{anew}{update}"), 1), wanted);
    assert_eq!(read(&format!("{anew}{before}"), 2), wanted);
    assert_eq!(read(update, 1), Verdict::Older(None));
    let build = "DEBUG Resolving despite existing lockfile due to mismatched build constraints:\n  Requested: {}\n";
    assert_eq!(
        read(&format!("{build}{update}"), 1),
        older("mismatched build constraints")
    );
    let newer = "Ignoring existing lockfile due to change of exclude newer timestamp from `2026-11-15T00:00:00Z` to `2026-10-15T00:00:00Z`\n";
    assert_eq!(
        read(&format!("{newer}{update}"), 1),
        older(
            "change of exclude newer timestamp from `2026-11-15T00:00:00Z` to `2026-10-15T00:00:00Z`"
        )
    );
    // What the lock does not have may be there, where nobody may look.
    let offline = "error: No solution found when resolving dependencies\n  cause: Because httpx==0.27.0 needs to be downloaded from a registry and backend depends on httpx==0.27.0, we can conclude that backend's requirements are unsatisfiable.\n\nhint: Packages were unavailable because the network was disabled.\n";
    assert_eq!(read(&format!("{anew}{offline}"), 1), wanted);
    assert_eq!(read(offline, 1), Verdict::Older(None));
    let drawn = "  × No solution found when resolving dependencies:\n  ╰─▶ Because pytest was not found in the cache, we can conclude\n      that x.\n\n      hint: Packages were unavailable because the network was disabled. When\n      the network is disabled, registry packages may only be read from the\n      cache.\n";
    assert_eq!(read(drawn, 1), Verdict::Older(None));
    let git = "error: Failed to download and build `httpx @ git+https://example.invalid/x`\n  cause: Git operation failed\n  cause: Remote Git fetches are not allowed because network connectivity is disabled (i.e., with `--offline`)\n";
    assert_eq!(read(&format!("{anew}{git}"), 1), wanted);
    assert_eq!(read(git, 1), Verdict::Unknown);
    // By what it has heard of releases, which may be more by now.
    let release = "error: No solution found when resolving dependencies\n  cause: Because there is no version of httpx==99 and backend depends on httpx==99, we can conclude that backend's requirements are unsatisfiable.\n";
    assert_eq!(read(&format!("{anew}{release}"), 1), wanted);
}

#[test]
fn what_excludes_itself_is_told_with_who_asks() {
    let cause = "Because backend depends on httpx==0.28.1 and httpx==0.27.0";
    let wanted = Verdict::Unsolvable(Refusal {
        place: None,
        why: cause.to_owned(),
        names: vec!["backend".to_owned(), "httpx".to_owned()],
    });
    let now = format!(
        "error: No solution found when resolving dependencies\n  cause: {cause}, we can conclude that backend's requirements are unsatisfiable.\n         And because your workspace requires backend[azure], we can conclude that your workspace's requirements are unsatisfiable.\n"
    );
    assert_eq!(read(&now, 1), wanted);
    let drawn = "  × No solution found when resolving dependencies:\n  ╰─▶ Because backend depends on httpx==0.28.1 and\n      httpx==0.27.0, we can conclude that backend's requirements are\n      unsatisfiable.\n";
    assert_eq!(read(drawn, 1), wanted);
}

#[test]
fn settings_of_which_nothing_is_taken_are_told_whatever_the_lock_is() {
    let slip = "warning: Failed to parse `pyproject.toml` during settings discovery:\n  TOML parse error at line 13, column 13\n     |\n  13 | link-mode = \"copyx\"\n     |             ^^^^^^^\n  unknown variant `copyx`, expected one of `clone`, `reflink`, `copy`, `hardlink`, `symlink`\n\n";
    let sound = uv_in_step(&format!("{slip}Resolved 64 packages in 2ms\n"), Some(0));
    assert_eq!(sound.verdict, Verdict::InStep);
    assert!(!sound.is_in_step());
    let slip_read = sound.slip.expect("a slip");
    assert_eq!(slip_read.place, Some(("pyproject.toml".to_owned(), 13)));
    assert_eq!(
        slip_read.why,
        "unknown variant `copyx`, expected one of `clone`, `reflink`, `copy`, `hardlink`, `symlink`"
    );
    let old = uv_in_step(
        &format!(
            "{slip}Resolving despite existing lockfile due to removal of global exclude newer\nerror: The lockfile at `uv.lock` needs to be updated, but `--check` was provided.\n"
        ),
        Some(1),
    );
    assert_eq!(old.verdict, older("removal of global exclude newer"));
    assert!(old.slip.is_some());
}

#[test]
fn what_is_no_answer_tells_nothing() {
    for text in [
        "error: No interpreter found for Python 3.99 in managed installations or search path\n",
        "error: Querying Python at `/x/.venv/bin/python` failed with exit status exit status: 1\n",
        "error: The Python request from `.python-version` resolved to Python 3.10.13, which is incompatible with the project's Python requirement: `>=3.11`.\n",
        "error: Failed to parse environment variable `UV_HTTP_TIMEOUT` with invalid value `x`: invalid digit found in string\n",
        "error: Unable to find lockfile at `uv.lock`, but `--check` was provided. To create a lockfile, run `uv lock` or `uv sync` without the flag.\n",
        "error: Required uv version `>=99` does not match the running version `0.13.9`. Update `uv` by running `uv self update`.\n",
        "error: Failed to initialize cache at `/proc/x`\n  cause: failed to create directory `/proc/x`: No such file or directory (os error 2)\n",
        "error: Failed to build `backend @ file:///x/backend`\n  cause: Building source distributions for `backend` is disabled\n",
        "error: Failed to generate package metadata for `backend==0.1.0 @ virtual+backend`\n  cause: Building source distributions for `backend` is disabled\n",
        "error: unexpected argument '--check' found\n\nUsage: uv lock [OPTIONS]\n",
        "error: invalid value 'copyx' for '--link-mode <LINK_MODE>'\n",
        "error: The project is marked as unmanaged: /x\n",
        "error: No `pyproject.toml` found in current directory or any parent directory\n",
        "error: Found conflicting Python requirements:\n- app: >=3.11\n- backend: <3.11\n",
        "error: Failed to fetch: `https://pypi.org/simple/x/`\n  cause: error sending request\n",
        "Segmentation fault\n",
        "",
    ] {
        for code in [1, 2] {
            assert_eq!(read(text, code), Verdict::Unknown, "{text}");
        }
    }
    let text = "error: Failed to find group `x`\n";
    assert_eq!(read(text, 101), Verdict::Unknown);
    assert_eq!(uv_in_step(text, None), Said::default());
    assert_eq!(read("Resolved 64 packages in 2ms\n", 0), Verdict::InStep);
}
