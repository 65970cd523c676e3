use super::*;

#[test]
fn a_lock_tells_what_it_was_made_for() {
    let lock = uv_lock(
        "version = 1\nrequires-python = \">=3.11\"\n[[package]]\nname = \"app\"\nversion = \"1\"\nsource = { editable = \".\" }\n[package.metadata]\nrequires-dist = [{ name = \"a\", specifier = \">=1,<2\" }, { name = \"b\" }, { name = \"t\", marker = \"extra == 'dev'\" }]\n[[package]]\nname = \"a\"\nversion = \"1.5\"\n",
    )
    .expect("valid");
    let wants = |texts: &[&str]| {
        let requirements: Vec<_> = texts
            .iter()
            .filter_map(|text| Requirement::parse(text))
            .collect();
        let main = requirements.iter().map(|it| (Part::Main, it));
        let extra = Requirement::parse("t").expect("valid");
        lock.differs("app", main.chain([(Part::Extra("dev".to_owned()), &extra)]))
    };
    assert_eq!(wants(&["a<2,>=1", "B"]), Vec::<String>::new());
    assert_eq!(wants(&["a<v2.0,>=1.0.0,>=1", "B"]), Vec::<String>::new());
    assert_eq!(wants(&["a>=2", "c"]), ["a", "c", "b"]);
    assert!(
        lock.versions
            .get("a")
            .is_some_and(|versions| versions.contains("1.5"))
    );
}

const LOCK: &str = r#"version = 1
requires-python = ">=3.11"

[[package]]
name = "app"
version = "0.1"
source = { virtual = "." }
dependencies = [
    { name = "httpx", extra = ["http2"] },
    { name = "colorama", marker = "sys_platform == 'win32'" },
    { name = "other" },
]

[package.dev-dependencies]
dev = [
    { name = "pytest" },
]

[package.metadata]
requires-dist = [
    { name = "httpx", extras = ["http2"], specifier = ">=0.28" },
    { name = "other", virtual = "other" },
]

[package.metadata.requires-dev]
dev = [{ name = "pytest", specifier = "==9" }]

[[package]]
name = "httpx"
version = "0.28"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "httpcore" },
]
wheels = [
    { url = "https://x/httpx.whl", hash = "sha256:0" },
]

[package.optional-dependencies]
http2 = [
    { name = "h2" },
]

[[package]]
name = "pytest"
version = "9"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "pluggy" },
]

[[package]]
name = "two"
version = "1"

[[package]]
name = "two"
version = "2"

[[package]]
name = "other"
source = { virtual = "other" }

[[package]]
name = "colorama"
version = "1"

[[package]]
name = "h2"
version = "1"

[[package]]
name = "httpcore"
version = "1"

[[package]]
name = "pluggy"
version = "1"
"#;

#[test]
fn what_is_needed_and_is_not_there_breaks_a_lock() {
    let why = |from: &str, to: &str| {
        assert!(LOCK.contains(from), "{from}");
        uv_lock(&LOCK.replace(from, to)).err()
    };
    let pluggy = "[[package]]\nname = \"pluggy\"\nversion = \"1\"\n";
    for (from, to, words) in [
        (
            pluggy,
            "",
            "`pytest` needs `pluggy`, which has no [[package]]",
        ),
        (
            "name = \"h2\"\n",
            "name = \"h3\"\n",
            "`httpx` needs `h2`, which has no [[package]]",
        ),
        (
            "{ name = \"pluggy\" }",
            "{ name = \"pluggy\", version = \"2\" }",
            "`pytest` needs `pluggy` 2, which has no [[package]]",
        ),
        (
            "{ name = \"pluggy\" }",
            "{ name = \"two\" }",
            "`pytest` needs `two`, which has 2 [[package]], and does not say which",
        ),
    ] {
        assert_eq!(why(from, to).as_deref(), Some(words));
    }
    for to in [
        "{ name = \"two\", version = \"2\" }",
        "{ name = \"two\", source = { registry = \"x\" } }",
    ] {
        assert_eq!(why("{ name = \"pluggy\" }", to), None);
    }
    let why = why("version = \"9\"\n", "version = \"9\n");
    let why = why.expect("broken");
    assert!(why.ends_with(" at line 46"), "{why}");
}

#[test]
fn what_a_member_needs_by_way_of_others_is_followed() {
    let lock = uv_lock(LOCK).expect("valid");
    assert_eq!(lock.requires_python.as_deref(), Some(">=3.11"));
    let is_member = |name: &str| name == "other";
    let closure = |group: Option<&str>| {
        let names = match group {
            None => lock.graph.closure("app", is_member),
            Some(group) => lock.graph.of_group("app", group, is_member),
        };
        names.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(closure(None), ["h2", "httpcore", "httpx"]);
    assert_eq!(closure(Some("dev")), ["pluggy", "pytest"]);
    assert!(closure(Some("docs")).is_empty());
    let possible = lock.graph.possible("app", is_member);
    assert!(possible.contains("colorama") && possible.contains("pluggy"));
}

#[test]
fn what_is_not_as_uv_writes_it_is_for_the_parser() {
    let changed = |from: &str, to: &str| {
        assert!(LOCK.contains(from), "{from}");
        uv_lock(&LOCK.replace(from, to))
    };
    assert_eq!(changed("\n", "\r\n"), uv_lock(LOCK));
    let version = "version = \"9\"\n";
    assert_eq!(changed(version, &format!(" {version}")), uv_lock(LOCK));
    for (from, to) in [
        (version, "version = \"9\"\nversion = \"8\"\n"),
        (version, "<<<<<<< HEAD\nversion = \"9\"\n"),
        ("    { name = \"pluggy\" },\n]\n", ""),
        ("    { name = \"pluggy\" },", "    name = \"pluggy\" },"),
        ("simple\" }\n", "simple\n"),
        ("version = 1\n", ""),
        ("version = 1\n", "version = 99\n"),
        ("requires-python = \">=3.11\"\n", ""),
    ] {
        assert!(changed(from, to).is_err(), "{to}");
    }
}

#[test]
fn extras_and_groups_are_compared_and_places_have_no_bounds() {
    let lock = uv_lock(LOCK).expect("valid");
    let differs = |main: &[&str], dev: &[&str]| {
        let read = |texts: &[&str]| -> Vec<Requirement> {
            texts
                .iter()
                .filter_map(|text| Requirement::parse(text))
                .collect()
        };
        let (main, dev) = (read(main), read(dev));
        let main = main.iter().map(|it| (Part::Main, it));
        let dev = dev.iter().map(|it| (Part::Group("dev".to_owned()), it));
        lock.differs("app", main.chain(dev))
    };
    assert!(differs(&["httpx[http2]>=0.28", "other>=0.1"], &["pytest==9"]).is_empty());
    assert_eq!(
        differs(&["httpx>=0.28", "other"], &["pytest==9"]),
        ["httpx"]
    );
    assert_eq!(
        differs(&["httpx[http2]>=0.28", "other"], &["pytest==8", "ruff"]),
        ["pytest of group dev", "ruff of group dev"]
    );
}

#[test]
fn what_counts_for_all_packages_is_compared() {
    let lock = |manifest: &str| {
        let text = format!("version = 1\nrequires-python = \">=3.11\"\n{manifest}");
        uv_lock(&text).expect("valid")
    };
    let everywhere = |constraints: &[&str], overrides: &[&str], environments: &[&str]| {
        let read = |texts: &[&str]| {
            texts
                .iter()
                .filter_map(|it| Requirement::parse(it))
                .collect()
        };
        Everywhere {
            constraints: read(constraints),
            overrides: read(overrides),
            environments: environments.iter().map(|it| (*it).to_owned()).collect(),
            ..Everywhere::default()
        }
    };
    let written = lock(
        "supported-markers = [\n    \"sys_platform == 'linux'\",\n]\n[manifest]\nconstraints = [\n    { name = \"colorama\" },\n    { name = \"fastapi\", specifier = \">=0.1,<0.200\" },\n]\noverrides = [{ name = \"idna\", marker = \"sys_platform == 'win32'\", specifier = \">3\" }]\n",
    );
    let asked = everywhere(
        &["FastAPI < 0.200, >=0.1", "colorama"],
        &["idna>3; sys_platform=='win32'"],
        &["sys_platform==\"linux\""],
    );
    assert_eq!(written.differs_everywhere(&asked), Vec::<String>::new());
    assert_eq!(
        written.differs_everywhere(&everywhere(
            &["fastapi<0.100"],
            &[],
            &["sys_platform == 'win32'"]
        )),
        [
            "constraint-dependencies (fastapi, colorama)",
            "override-dependencies (idna)",
            "environments"
        ]
    );
    assert_eq!(
        lock("").differs_everywhere(&everywhere(&["idna<99"], &[], &["sys_platform == 'win32'"])),
        ["constraint-dependencies (idna)", "environments"]
    );
    // uv writes conditions in its own way, and none that always holds.
    for (then, now) in [
        ("", "python_version > '3'"),
        (
            "supported-markers = [\"sys_platform == 'darwin'\"]\n",
            "platform_system == 'Darwin'",
        ),
    ] {
        let now = everywhere(&[], &[], &[now]);
        assert!(lock(then).differs_everywhere(&now).is_empty(), "{then}");
    }
    let gone = lock("supported-markers = [\"sys_platform == 'darwin'\"]\n");
    assert_eq!(
        gone.differs_everywhere(&Everywhere::default()),
        ["environments"]
    );
}

#[test]
fn a_member_is_compared_beyond_what_it_asks_for() {
    let lock = |revision: u8, own: &str| {
        let text = format!(
            "version = 1\nrevision = {revision}\nrequires-python = \">=3.11\"\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\nsource = {{ virtual = \".\" }}\n{own}\n[package.metadata]\nrequires-dist = [{{ name = \"a\", marker = \"extra == 'full'\" }}]\nprovides-extras = [\"full\", \"none\"]\n[package.metadata.requires-dev]\ndev = []\n"
        );
        uv_lock(&text).expect("valid")
    };
    let set = |names: &[&str]| {
        names
            .iter()
            .map(|it| (*it).to_owned())
            .collect::<BTreeSet<_>>()
    };
    let now = Own {
        version: Some("0.1".to_owned()),
        extras: set(&["full", "none"]),
        groups: set(&["dev"]),
        default_groups: None,
    };
    let is_asked = |part: &Part| *part == Part::Extra("full".to_owned());
    let differs = |lock: &UvLock, now: &Own| lock.differs_in_itself("app", now, is_asked);
    let nothing = Vec::<String>::new();
    assert_eq!(differs(&lock(5, ""), &now), nothing);
    let none = "default-groups = []";
    assert_eq!(differs(&lock(5, none), &now), ["default-groups"]);
    assert_eq!(differs(&lock(3, none), &now), nothing);
    let mut other = now.clone();
    other.default_groups = Some(set(&[]));
    assert_eq!(differs(&lock(5, none), &other), nothing);
    other = Own {
        version: Some("0.2".to_owned()),
        extras: set(&["full", "new"]),
        groups: set(&["dev", "docs"]),
        ..now.clone()
    };
    assert_eq!(
        differs(&lock(1, ""), &other),
        [
            "version 0.2, locked as 0.1.0",
            "extra new",
            "extra none",
            "group docs"
        ]
    );
    // Older ones have no parts that add nothing.
    assert_eq!(differs(&lock(0, ""), &other).len(), 1);
    other = now;
    other.version = None;
    assert_eq!(differs(&lock(5, ""), &other), nothing);
}

#[test]
fn members_and_conflicts_are_compared() {
    let lock = |manifest: &str| {
        let text = format!("version = 1\nrequires-python = \">=3.11\"\n{manifest}");
        uv_lock(&text).expect("valid")
    };
    let now = |names: &[&str], text: &str, has_others| {
        let table: toml::Table = toml::from_str(text).expect("TOML");
        Everywhere {
            members: names.iter().map(|it| (*it).to_owned()).collect(),
            has_others,
            conflicts: conflicts(table.get("conflicts"), Some("App")),
            ..Everywhere::default()
        }
    };
    let two = "[manifest]\nmembers = [\"a\", \"b\"]\n";
    let members = |names: &[&str], has_others| {
        let now = now(names, "", has_others);
        lock(two).differs_everywhere(&now).join("")
    };
    assert_eq!(members(&["a", "b"], false), "");
    assert_eq!(members(&["a", "b", "c"], true), "members (c)");
    assert_eq!(members(&["a"], false), "members (b)");
    assert_eq!(members(&["a"], true), "");
    let then = "conflicts = [[{ package = \"app\", extra = \"x\" }, { package = \"app\", extra = \"y\" }]]\n";
    let differs = |then: &str, text: &str| lock(then).differs_everywhere(&now(&[], text, false));
    let asked = "conflicts = [[{ extra = \"Y\" }, { extra = \"x\" }]]";
    assert!(differs(then, asked).is_empty());
    for (then, text) in [(then, ""), ("", asked)] {
        assert_eq!(differs(then, text), ["conflicts"]);
    }
    // What groups include is a conflict, too.
    let group = "conflicts = [[{ group = \"g\" }, { extra = \"x\" }]]";
    assert!(differs(then, group).is_empty());
    assert_eq!(differs("", group), ["conflicts"]);
}
