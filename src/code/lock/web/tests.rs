use super::*;

fn read(text: &str, dir: &str) -> WebLock {
    web_lock(text, dir).ok().flatten().expect("it is known")
}

#[test]
fn the_first_format_of_npm_has_no_ranges() {
    let first = r#"{ "lockfileVersion": 1, "requires": true, "dependencies": { "ms": { "version": "2.1.3" } } }"#;
    assert_eq!(web_lock(first, ""), Ok(None));
    let second = first.replace("\"requires\"", r#""packages": { "": {} }, "requires""#);
    assert_eq!(read(&second, ""), WebLock::default());
}

#[test]
fn a_lock_of_the_web_tells_what_it_was_made_for() {
    let bun = "{ \"workspaces\": { \"\": { \"name\": \"x,}\", \"dependencies\": { \"next\": \"^15\", }, }, }, }";
    let found = read(bun, "").asked;
    assert_eq!(found.get("next").map(String::as_str), Some("^15"));
    assert!(web_lock("nonsense", "").is_err());
    let commented = "// {\n{ /* \" */ \"workspaces\": {\"\": {\"dependencies\": {\"a\": \"https://x//y\\\"/*\", /**/}, }, }, } // end";
    let found = read(commented, "").asked;
    assert_eq!(found.get("a").map(String::as_str), Some("https://x//y\"/*"));
    assert!(web_lock("{} /* no end", "").is_ok() && web_lock("{ / }", "").is_err());
    let npm = "{ \"lockfileVersion\": 3, \"packages\": { \"\": { \"devDependencies\": { \"zod\": \"~4\" } }, \"node_modules/a\": { \"version\": \"1\", \"dependencies\": { \"b\": \"2\" } } } }";
    let found = read(npm, "").asked;
    assert_eq!(
        found.into_iter().collect::<Vec<_>>(),
        [("zod".to_owned(), "~4".to_owned())]
    );
}

#[test]
fn a_lock_of_bun_has_workspaces_and_overrides_within_packages() {
    let bun = |form: u8| {
        let text = format!(
            r#"{{ "lockfileVersion": {form}, "workspaces": {{ "": {{}}, "packages/ui": {{ "name": "ui" }} }},
                 "overrides": {{ "next": {{ ".": "16", "postcss": "8" }}, "zod": "4" }} }}"#
        );
        read(&text, "")
    };
    let lock = bun(3);
    let pair = |name: &str, version: &str| (name.to_owned(), version.to_owned());
    assert_eq!(lock.fixed, [pair("next", "16"), pair("zod", "4")].into());
    let within = [("next".to_owned(), [pair("postcss", "8")].into())].into();
    assert_eq!(lock.fixed_within, Some(within));
    assert!(lock.workspaces.iter().eq(["packages/ui"]));
    assert_eq!(bun(1).fixed_within, None);
}

#[test]
fn what_may_be_missing_is_known_with_what_it_needs() {
    let bun = r#"{ "workspaces": { "": { "dependencies": { "next": "16" } } }, "packages": {
        "next": ["next@16.0.0", "", { "dependencies": { "a": "1" }, "optionalDependencies": { "sharp": "1", "n": "1" } }, ""],
        "a": ["a@1.0.0", "", {}, ""],
        "n": ["n@1.0.0", "", { "os": "linux", "cpu": "x64" }, ""],
        "sharp": ["sharp@1.0.0", "", { "dependencies": { "a": "1", "b": "1" }, "optionalDependencies": { "s": "1" } }, ""],
        "b": ["b@1.0.0", "", {}, ""],
        "s": ["s@1.0.0", "", { "os": "linux", "cpu": "x64" }, ""] } }"#;
    let lock = read(bun, "");
    let found = lock.dispensable.iter();
    let found: Vec<_> = found.map(|(it, of)| (it.as_str(), of.is_some())).collect();
    let all = [
        ("node_modules/b", false),
        ("node_modules/s", true),
        ("node_modules/sharp", false),
    ];
    assert_eq!(found, all);
    assert!(lock.of_platform.keys().eq(["node_modules/n"]));
}

#[test]
fn a_lock_in_bytes_is_whole_or_not() {
    let mut lock = b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n\x03\0\0\0".to_vec();
    lock.extend([7; 32]);
    lock.extend(100_u64.to_le_bytes());
    let why = |bytes: &[u8]| bun_binary_lock(bytes).err().unwrap_or_default();
    assert_eq!(why(&lock), "it is cut off: 86 of 100 bytes");
    assert_eq!(why(&lock[..60]), "it is cut off");
    assert_eq!(why(&lock[..30]), "it does not begin as bun's locks do");
    lock.resize(120, 0);
    assert_eq!(bun_binary_lock(&lock), Ok(()));
}

const BUN: &str = r#"{
      "workspaces": {
        "": { "name": "top", "devDependencies": { "husky": "9" } },
        "frontend": { "name": "web", "dependencies": { "next": "^16", "own": "file:./own" } },
      },
      "packages": {
        "next": ["next@16.4.6", "", { "dependencies": { "@s/env": "1", "a": "1" }, "optionalDependencies": { "sharp": "1", "linux": "1" }, "peerDependencies": { "react": "*" }, "bin": { "next": "x" } }, "sha"],
        "@s/env": ["@s/env@1.0.0", "", { "dependencies": { "a": "2" } }, "sha"],
        "@s/env/a": ["a@2.0.0", "", {}, "sha"],
        "a": ["a@1.0.0", "", { "dependencies": { "linux": "1" } }, "sha"],
        "web/a": ["a@3.0.0", "", {}, "sha"],
        "linux": ["linux@1.0.0", "", { "os": "linux", "cpu": ["x64", "arm64"] }, "sha"],
        "sharp": ["sharp@1.0.0", "", {}, "sha"],
        "husky": ["husky@9.0.0", "", {}, "sha"],
        "own": ["own@file:frontend/own", {}],
        "web": ["web@workspace:frontend"],
      },
    }"#;

#[test]
fn what_must_be_there_is_followed_by_way_of_others() {
    let lock = read(BUN, "frontend");
    let folders: Vec<&str> = lock.folders.keys().map(String::as_str).collect();
    assert_eq!(
        folders,
        [
            "node_modules/@s/env",
            "node_modules/@s/env/node_modules/a",
            "node_modules/a",
            "node_modules/next",
        ]
    );
    let platforms: Vec<&str> = lock.of_platform.keys().map(String::as_str).collect();
    assert_eq!(platforms, ["node_modules/linux"]);
    let linux = &lock.of_platform["node_modules/linux"];
    assert!(linux.fits("linux", "arm64", None) && !linux.fits("win32", "x64", None));
    let version = |name: &str| lock.versions.get(name).map(String::as_str);
    assert_eq!(version("next"), Some("16.4.6"));
    assert_eq!(version("husky"), None);
    let top = read(BUN, "");
    assert_eq!(
        top.folders,
        BTreeMap::from([("node_modules/husky".to_owned(), "husky@9.0.0".to_owned())])
    );
}

#[test]
fn npm_writes_the_folders_themselves() {
    let npm = r#"{ "lockfileVersion": 3, "packages": {
          "": { "workspaces": ["frontend"] },
          "frontend": { "dependencies": { "a": "^1" }, "devDependencies": { "b": "^1" } },
          "frontend/node_modules/a": { "version": "1.1.0", "dependencies": { "b": "*", "c": "*", "d": "*" } },
          "node_modules/b": { "version": "1.0.0", "dev": true, "os": null },
          "node_modules/c": { "version": "1.0.0", "optional": true },
          "node_modules/d": { "version": "1.0.0", "os": ["darwin"] },
          "node_modules/web": { "resolved": "frontend", "link": true } } }"#;
    let lock = read(npm, "frontend");
    assert_eq!(
        lock.folders.into_values().collect::<Vec<_>>(),
        ["a@1.1.0", "b@1.0.0"]
    );
    assert_eq!(lock.versions.get("a").map(String::as_str), Some("1.1.0"));
}

#[test]
fn a_lock_of_later_times_cannot_be_read() {
    let read = |form: u64, rest: &str| {
        let text = format!("{{\"lockfileVersion\": {form}, {rest}, \"packages\": {{}}}}");
        web_lock(&text, "")
    };
    let bun = "\"workspaces\": {\"\": {\"name\": \"x\"}}";
    assert!(read(3, bun).is_ok());
    let refused = read(99, bun).expect_err("a form that nobody knows");
    assert!(refused.contains("is 99"), "{refused}");
    assert!(read(99, "\"name\": \"x\"").is_ok());
}

#[test]
fn bun_notes_the_catalogs_that_were_asked_for() {
    let text = r#"{
      "lockfileVersion": 2,
      "workspaces": { "": { "name": "r" }, "web": { "name": "web", "dependencies": { "a": "catalog:", "b": "catalog:old", "c": "1" } } },
      "catalog": { "a": "7.0.0", "c": "2" },
      "catalogs": { "old": { "b": "6.0.0" } },
      "packages": {},
    }"#;
    let lock = web_lock(text, "web").ok().flatten().expect("it is known");
    let noted: Vec<(&str, &str)> = lock
        .catalogued
        .iter()
        .map(|(name, range)| (name.as_str(), range.as_str()))
        .collect();
    assert_eq!(noted, [("a", "7.0.0"), ("b", "6.0.0")]);
}
