//! Which Python uv takes: by a path or a name that is pinned, by its settings, by what the manifests ask for.

use super::Place;

/// What uv finds, with nothing but its own words.
const UV: &str = "case \"$*\" in
--version) echo 'uv 0.13.9';;
'python find --offline') [ -n \"$NONE\" ] || { echo .venv/bin/python; exit; }
  echo 'error: No interpreter found for Python >=3.11 in managed installations' >&2; exit 2;;
'python find --offline other/python') echo other/python;;
'python find --offline old/python') echo old/python;;
'python find --offline >=3.11,!=3.11.7') echo other/python;;
'python find --offline '*) echo \"error: No interpreter found at path \\`$4\\`\" >&2; exit 2;;
esac";

fn manifest(range: &str, more: &str) -> String {
    format!(
        "[project]\nname = \"app\"\nversion = \"0\"\ndependencies = []\nrequires-python = \"{range}\"\n{more}"
    )
}

/// A project with an environment of Python 3.11.7.
fn place() -> Place {
    let mut place = Place::with_path("", &[("pyproject.toml", &manifest(">=3.11", ""))]);
    place.program("bin/uv", UV);
    for (name, version) in [
        (".venv/bin", "3.11.7"),
        ("other", "3.12.1"),
        ("old", "3.9.2"),
    ] {
        place.program(&format!("{name}/python"), &format!("echo Python {version}"));
    }
    let path = place.file("bin").to_str().expect("UTF-8").to_owned();
    place.set("PATH", &path);
    place
}

/// The check's status, what it finds, and the way out.
fn told(place: &Place) -> (String, Vec<String>, String) {
    let check = place.check("python", &[]);
    let found = check.findings().into_iter();
    let found = found.map(|(rule, message)| format!("{rule}: {message}"));
    let help = check.helps().first().map(|it| (*it).to_owned());
    (
        check.status().to_owned(),
        found.collect(),
        help.unwrap_or_default(),
    )
}

fn one(status: &str, finding: &str, help: &str) -> (String, Vec<String>, String) {
    (status.to_owned(), vec![finding.to_owned()], help.to_owned())
}

#[test]
fn a_pinned_path_is_the_python_that_uv_finds_there() {
    let mut place = place();
    let pins = "tool/pinned: .python-version pins";
    for (pin, status, finding, help) in [
        (
            "3.12.1/envs/foo",
            "fail",
            format!("{pins} 3.12.1/envs/foo, which is no Python"),
            "uv python pin 3.11",
        ),
        (
            "old/python",
            "fail",
            format!("{pins} old/python, which is 3.9.2"),
            "uv python pin 3.11",
        ),
        (
            "other/python",
            "warn",
            "tool/pinned: python is 3.11.7, .python-version pins other/python, which is 3.12.1"
                .to_owned(),
            "uv sync --all-packages",
        ),
        (
            "python3.12",
            "warn",
            "tool/pinned: python is 3.11.7, .python-version pins python3.12".to_owned(),
            "uv python install python3.12 && uv sync --all-packages --python python3.12",
        ),
    ] {
        place.write(".python-version", pin);
        assert_eq!(told(&place), one(status, &finding, help), "{pin}");
    }
    // A name in the file uv passes over, in the variable it looks for it.
    place.write(".python-version", "garbage");
    assert_eq!(told(&place).0, "pass");
    place.set("UV_PYTHON", "garbage");
    let finding =
        "tool/pinned: UV_PYTHON in the process environment pins garbage, which is no Python";
    assert_eq!(told(&place), one("fail", finding, "unset UV_PYTHON"));
}

#[test]
fn the_file_that_uv_takes_is_the_one_that_pins() {
    let mut place = place();
    let warns = |place: &Place, file: &str| {
        let finding = format!("tool/pinned: python is 3.11.7, {file} pins 3.12");
        let line = "uv python install 3.12 && uv sync --all-packages --python 3.12";
        assert_eq!(told(place), one("warn", &finding, line));
    };
    place.write(".python-versions", "# all of them\n3.12\n3.11\n");
    warns(&place, ".python-versions");
    // uv passes over what it does not understand, and looks into no other file then.
    place.write(".python-version", "3.11,3.12\n");
    let finding = "tool/pinned: .python-version:1 pins no Python: `3.11,3.12`";
    let help = "${EDITOR:-vi} +1 .python-version";
    assert_eq!(told(&place), one("warn", finding, help));
    place.write(".python-version", "3.11,3.12\n3.12\n");
    warns(&place, ".python-version");
    std::fs::remove_file(place.file(".python-version")).expect("removed");
    std::fs::remove_file(place.file(".python-versions")).expect("removed");
    let path = |name: &str| place.file(name).to_str().expect("UTF-8").to_owned();
    let (home, xdg) = (path("home"), path("xdg"));
    place.set("HOME", &home);
    let global = "home/.config/uv/.python-version";
    place.write(global, "3.12\n");
    warns(&place, &format!("{home}/.config/uv/.python-version"));
    // Another project's, as far as this one is concerned.
    place.write(global, "3.9\n");
    assert_eq!(told(&place).0, "pass");
    place.write("xdg/uv/.python-versions", "3.12\n");
    place.set("XDG_CONFIG_HOME", &xdg);
    warns(&place, &format!("{xdg}/uv/.python-versions"));
    place.set("UV_NO_CONFIG", "1");
    assert_eq!(told(&place).0, "pass");
}

#[test]
fn settings_that_leave_uv_no_python_are_named() {
    let mut place = place();
    let finding =
        |which: &str| format!("tool/version: uv may take no Python that is here: {which}");
    let line = "uv python install 3.11 && uv sync --all-packages --python 3.11";
    place.set("UV_PYTHON_PREFERENCE", "only-managed");
    assert_eq!(told(&place).0, "pass");
    place.set("NONE", "1");
    let which = "UV_PYTHON_PREFERENCE is only-managed in the process environment";
    assert_eq!(told(&place), one("warn", &finding(which), line));
    place.set("UV_PYTHON_PREFERENCE", "");
    assert_eq!(told(&place).0, "pass");
    let settings = "[tool.uv]\npackage = false\npython-downloads = \"never\"\n";
    place.write("pyproject.toml", &manifest(">=3.11", settings));
    assert_eq!(told(&place).0, "pass");
    place.write(".python-version", "3.12");
    let which = "python-downloads is never in pyproject.toml";
    let help = "${EDITOR:-vi} +8 pyproject.toml";
    assert_eq!(told(&place), one("fail", &finding(which), help));
    std::fs::remove_file(place.file(".python-version")).expect("removed");
    // Beside a file of uv's own nothing in the manifest counts.
    place.write("uv.toml", "python-preference = \"only-managed\"\n");
    let which = "python-preference is only-managed in uv.toml";
    assert_eq!(told(&place), one("warn", &finding(which), line));
    place.write("uv.toml", "python-preference = \"only-system\"\n");
    let which = "python-preference is only-system in uv.toml";
    let help = "${EDITOR:-vi} +1 uv.toml";
    assert_eq!(told(&place), one("fail", &finding(which), help));
}

#[test]
fn what_uv_has_is_not_fetched() {
    let place = place();
    place.write("pyproject.toml", &manifest(">=3.11,!=3.11.7", ""));
    let check = place.check("python", &[]);
    check.fails_with("tool/version", "python is 3.11.7");
    assert_eq!(check.cure(), "uv sync");
    assert!(check.text().contains("uv finds 3.12.1"), "{}", check.text());
    // Where it finds none, one is fetched.
    place.write("pyproject.toml", &manifest(">=3.12", ""));
    let check = place.check("python", &[]);
    assert_eq!(
        check.cure(),
        "uv python install 3.12 && uv sync --all-packages --python 3.12"
    );
}

#[test]
fn a_range_of_one_release_is_written_for_its_line() {
    let place = place();
    for (range, meant) in [("==3.11", "==3.11.*"), (">=3.11,<=3.11", ">=3.11,<3.12")] {
        place.write("pyproject.toml", &manifest(range, ""));
        let check = place.check("python", &[]);
        check.fails_with("tool/version", "python is 3.11.7");
        assert_eq!(check.help(), "${EDITOR:-vi} +5 pyproject.toml");
        assert_eq!(check.cure(), "");
        let line = format!("requires-python = \\\"{meant}\\\"");
        assert!(check.text().contains(&line), "{}", check.text());
    }
}

#[test]
fn the_manifest_that_no_other_agrees_with_is_opened() {
    let place = place();
    let members = "[tool.uv.workspace]\nmembers = [\"backend\", \"core\"]\n";
    let with = |root: &str, core: &str| {
        place.write("pyproject.toml", &manifest(root, members));
        place.write("backend/pyproject.toml", &manifest(">=3.11,<3.16", ""));
        place.write("core/pyproject.toml", &manifest(core, ""));
        let check = place.check("python", &[]);
        check.fails_with("tool/range", "no version is");
        check.help().to_owned()
    };
    let editor = "${EDITOR:-vi} +5";
    assert_eq!(
        with("<3.11", ">=3.11,<3.16"),
        format!("{editor} pyproject.toml")
    );
    let core = format!("{editor} core/pyproject.toml");
    assert_eq!(with(">=3.11", ">=3.11,<3.11"), core);
    assert_eq!(with(">=3.11", "<3.11"), core);
}

#[test]
fn another_build_than_pythons_own_is_told_where_uv_has_none() {
    let place = place();
    place.write(".python-version", "pypy3.10\n");
    let (status, found, help) = told(&place);
    assert_eq!(status, "warn", "{found:?}");
    assert_eq!(
        found,
        ["tool/pinned: python is 3.11.7, .python-version pins pypy3.10"]
    );
    assert_eq!(help, "uv python pin 3.11");
}
