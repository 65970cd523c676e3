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
