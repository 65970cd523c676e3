//! What manifests ask of the tools, told with the line that asks.

use super::Place;

#[cfg(unix)]
#[test]
fn the_line_that_is_meant_is_the_one_that_is_opened() {
    let mut place = Place::with_path("", &[]);
    for (name, says) in [("node", "v22.1.0"), ("bun", "1.4.5")] {
        place.program(&format!("bin/{name}"), &format!("echo {says}"));
    }
    let path = place.file("bin").to_str().expect("UTF-8").to_owned();
    place.set("PATH", &path);
    let package = |lines: &str| place.write("frontend/package.json", lines);
    let opens = |id: &str, line: &str| {
        let check = place.check(id, &[]);
        assert!(check.helps().contains(&line), "{}", check.text());
    };
    package(
        "{\n  \"engines\": {\n    \"node\": \"banana\"\n  },\n  \"packageManager\": \"deno@2.0.0\"\n}",
    );
    opens("node", "${EDITOR:-vi} +3 frontend/package.json");
    opens("bun", "${EDITOR:-vi} +5 frontend/package.json");
    package("{\n  \"engines\": {\"node\": \">=20\"},\n  \"volta\": {\"node\": \"18.1.0\"}\n}");
    opens("node", "${EDITOR:-vi} +3 frontend/package.json");
    package("{\n  \"engines\": {\n    \"node\": \">=99\"\n  }\n}");
    let check = place.check("node", &[]);
    check.fails_with("tool/version", "needs >=99");
    let who = "asked for: `>=99` (frontend/package.json:3)";
    assert!(check.text().contains(who), "{}", check.text());
}

#[test]
fn a_merge_within_a_list_is_told_at_its_first_mark() {
    let text = "[project]\nname = \"app\"\nversion = \"0.1\"\ndependencies = [\n    \"a==1\",\n<<<<<<< HEAD\n    \"b==1\",\n=======\n    \"b==2\",\n>>>>>>> x\n]\n";
    let place = Place::with_path("", &[("pyproject.toml", text)]);
    let check = place.check("python-packages", &[]);
    let words = "pyproject.toml cannot be read: a merge was not finished at line 6";
    check.fails_with("workspace/manifest", words);
    assert_eq!(check.help(), "${EDITOR:-vi} +6 pyproject.toml");
    let shows = "`git diff pyproject.toml` shows both sides";
    assert!(check.text().contains(shows), "{}", check.text());
}
