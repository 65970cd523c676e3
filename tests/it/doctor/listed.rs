//! What other programs than uv choose a tool by, and what Node is told beside its version.

use super::tools::place;

#[test]
fn what_asdf_and_mise_would_choose_is_compared_for_python_and_uv_too() {
    let place = place(&[
        ("python3", "echo Python 3.11.7"),
        ("uv", "echo uv 0.13.9"),
        ("node", "echo v22.1.0"),
    ]);
    place.program(".venv/bin/python", "echo Python 3.11.7");
    let says = |id: &str, status: &str, words: &str| {
        let check = place.check(id, &[]);
        assert_eq!(check.status(), status, "{}", check.text());
        assert!(check.text().contains(words), "{}", check.text());
    };
    says("python", "pass", "");
    place.write(".tool-versions", "python 3.12.1\nuv 0.12.0\n");
    says("python", "warn", ".tool-versions:1 pins 3.12.1");
    says("uv", "warn", ".tool-versions pins 0.12.0");
    place.write("mise.toml", "[tools]\npython = \"3.11\"\nuv = \"0.13\"\n");
    says("python", "pass", "");
    says("uv", "pass", "");
}

#[test]
fn what_node_is_to_load_first_must_be_there() {
    let mut place = place(&[("node", "echo v22.1.0")]);
    place.write("frontend/first.js", "");
    for (options, status) in [
        ("--require ./first --max-old-space-size=4096", "pass"),
        ("--require dotenv/config", "pass"),
        ("--import=./gone.mjs", "fail"),
        ("-r /nonexist.js", "fail"),
    ] {
        place.set("NODE_OPTIONS", options);
        let node = place.check("node", &[]);
        assert_eq!(node.status(), status, "{options}: {}", node.text());
    }
    let node = place.check("node", &[]);
    node.fails_with("tool/silent", "NODE_OPTIONS has it load /nonexist.js");
    assert_eq!(node.help(), "unset NODE_OPTIONS");
}

#[test]
fn who_asks_for_another_uv_is_told_with_its_place() {
    let place = place(&[("python3", "echo Python 3.12.1"), ("uv", "echo uv 0.5.0")]);
    let words = |file: &str| format!("asked for: `>=0.9` ({file})");
    let manifest = "[project]\nname = \"app\"\nversion = \"1\"\nrequires-python = \">=3.11\"\n\n[tool.uv]\nrequired-version = \">=0.9\"\n";
    place.write("pyproject.toml", manifest);
    let check = place.check("uv", &[]);
    check.fails_with("tool/version", "uv is 0.5.0, needs >=0.9");
    let told = check.text();
    assert!(told.contains(&words("pyproject.toml:7")), "{told}");
    // uv reads its own file, and then not what the manifest has for it.
    place.write("uv.toml", "# ours\nrequired-version = \">=0.9\"\n");
    let told = place.check("uv", &[]).text();
    assert!(told.contains(&words("uv.toml:2")), "{told}");
}
