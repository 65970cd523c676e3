//! What a `package.json` names and what is not there.

use super::Place;

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

#[test]
fn what_bun_installs_nothing_for_is_pointed_at() {
    let mut place = Place::with_path("", &[]);
    let home = place.file("home").to_str().expect("UTF-8").to_owned();
    place.set("HOME", &home);
    place.set("BUN_INSTALL", "");
    for (line, rule, words) in [
        (
            "\"trustedDependencies\": true",
            "workspace/manifest",
            "bun refuses `trustedDependencies`, which must be a list of strings",
        ),
        (
            "\"peerDependencies\": []",
            "workspace/manifest",
            "bun refuses `peerDependencies`, which must be an object of strings",
        ),
        (
            "\"patchedDependencies\": { \"zod@4.6.7\": \"patches/zod@4.6.7.patch\" }",
            "packages/missing",
            "zod@4.6.7 is to be patched with patches/zod@4.6.7.patch, where nothing is",
        ),
        (
            "\"dependencies\": { \"foo\": \"link:foo\" }",
            "packages/missing",
            "foo is to come from link:foo, and no package of that name is linked here",
        ),
        (
            "\"dependencies\": { \"foo\": \"link:./lib\" }",
            "packages/missing",
            "foo is to come from link:./lib, where nothing is",
        ),
    ] {
        let package = format!("{{\n  \"name\": \"web\",\n  {line}\n}}\n");
        place.write("frontend/package.json", &package);
        let check = place.check("web-packages", &[]);
        check.fails_with(rule, words);
        assert_eq!(
            (check.help(), check.cure()),
            ("${EDITOR:-vi} +3 frontend/package.json", "")
        );
    }
    let package = "{\"patchedDependencies\": {\"zod@4.6.7\": \"a.patch\"}, \"peerDependencies\": {\"a\": \"1\"}, \"dependencies\": {\"foo\": \"link:foo\"}}";
    place.write("frontend/package.json", package);
    place.write("frontend/a.patch", "");
    place.write(
        "home/.bun/install/global/node_modules/foo/package.json",
        "{}",
    );
    let text = place.check("web-packages", &[]).text();
    assert!(
        !text.contains("is to ") && !text.contains("refuses"),
        "{text}"
    );
}

#[test]
fn what_no_workspace_has_is_pointed_at_as_bun_refuses_it() {
    let place = Place::with_path("", &[]);
    let told = |package: &str| {
        place.write("frontend/package.json", package);
        place.check("web-packages", &[])
    };
    place.write(
        "frontend/lib/package.json",
        r#"{"name": "loc", "version": "1.2.0"}"#,
    );
    let lines = |dependency: &str, rest: &str| {
        format!("{{\n  \"dependencies\": {{\n    \"loc\": \"{dependency}\"\n  }},\n  {rest}\n}}\n")
    };
    let in_workspaces = "\"workspaces\": [\"lib\"],\n  \"catalog\": {\"other\": \"1\"}";
    for (asked, rest, lack) in [
        (
            "workspace:^2",
            in_workspaces,
            "and there it has the version 1.2.0",
        ),
        (
            "workspace:*",
            "\"workspaces\": [\"libs/*\"]",
            "and no workspace of frontend/package.json has that name",
        ),
        (
            "catalog:",
            in_workspaces,
            "and that catalog of frontend/package.json lacks it",
        ),
        (
            "catalog:new",
            in_workspaces,
            "and frontend/package.json has no catalog `new`",
        ),
    ] {
        let check = told(&lines(asked, rest));
        check.fails_with("packages/missing", lack);
        assert_eq!(check.help(), "${EDITOR:-vi} +3 frontend/package.json");
    }
    let check = told(&lines(
        "workspace:*",
        "\"workspaces\": [\n    \"lib\",\n    \"nothere\"\n  ]",
    ));
    check.fails_with(
        "packages/missing",
        "frontend/package.json names the workspace `nothere`, where no package.json is",
    );
    assert_eq!(check.help(), "${EDITOR:-vi} +7 frontend/package.json");
    for asked in [
        "workspace:*",
        "workspace:^",
        "workspace:^1.1",
        "workspace:./lib",
    ] {
        let sound = told(&lines(asked, in_workspaces)).text();
        assert!(!sound.contains("is to come from"), "{sound}");
    }
}
