use super::*;

#[test]
fn what_the_package_managers_pass_over_is_passed_over() {
    let text = r#"{"packageManager": 5, "engines": {"node": 20, "bun": ">=1"}, "scripts": {"dev": "next dev", "x": []}}"#;
    let package = package_json(text).expect("a manifest");
    assert_eq!(package.package_manager, None);
    assert_eq!(
        package.engines,
        BTreeMap::from([("bun".into(), ">=1".into())])
    );
    assert_eq!(package.scripts.len(), 1);
    let odd = package_json(r#"{"engines": ["node >= 18"], "scripts": null}"#);
    assert!(odd.expect("a manifest").engines.is_empty());
}

#[test]
fn what_cannot_be_read_says_why_and_where() {
    let text = "{\n  \"name\": \"x\",\n<<<<<<< HEAD\n}";
    let broken = package_json(text).expect_err("a mark of git's");
    assert_eq!(broken.why, "key must be a string");
    assert!(text[broken.at.start..].starts_with("<<<<<<<"), "{broken:?}");
    assert!(!package_json("{").expect_err("no end").why.contains("line"));
    let text = "[project]\nname = \"x\"\n<<<<<<< HEAD\n";
    let broken = pyproject(text).expect_err("a mark of git's");
    let line = text[..broken.at.start].matches('\n').count() + 1;
    assert!(line == 3 && !broken.why.contains('\n'), "{broken:?}");
}

#[test]
fn manifests_say_what_a_start_needs() {
    let project = pyproject(
        "[project]\nname='x'\nversion='1'\nrequires-python='>=3.11'\n[tool.uv.workspace]\nmembers=['backend']\n",
    )
    .expect("valid");
    assert_eq!(
        project,
        PyProject {
            name: Some("x".to_owned()),
            requires_python: Some(">=3.11".to_owned()),
            members: Some(vec!["backend".to_owned()]),
            default_groups: vec!["dev".to_owned()],
            locking: Locking {
                version: Some("1".to_owned()),
                ..Locking::default()
            },
            ..PyProject::default()
        }
    );
    assert_eq!(
        pyproject("[project]\nname='x'\nversion='1'\ndependencies=['a>=1']\n").expect("valid"),
        PyProject {
            name: Some("x".to_owned()),
            dependencies: vec!["a>=1".to_owned()],
            default_groups: vec!["dev".to_owned()],
            locking: Locking {
                version: Some("1".to_owned()),
                ..Locking::default()
            },
            ..PyProject::default()
        }
    );
    let sources = pyproject(
        "[tool.uv.sources]\na = [{ path = '../a' }]\nb = [{ path = '../b', marker = \"sys_platform == 'win32'\" }]\nc = { path = '../c', extra = 'x' }\nD = { workspace = true }\n",
    )
    .expect("valid");
    assert_eq!(sources.paths(), [("a".into(), "../a".into())].into());
    assert_eq!(sources.siblings(), ["d".to_owned()].into());
    let groups = pyproject(
        "[dependency-groups]\nDev=['a',{include-group='lint'}]\nlint=['b']\n[tool.uv]\ndefault-groups='all'\n",
    )
    .expect("valid");
    assert_eq!(groups.groups["dev"], ["a", "b"]);
    assert_eq!(groups.default_groups, ["dev", "lint"]);
    assert_eq!(
        (
            script_port("next dev -p 3100"),
            script_port("next dev --port=4000"),
            script_port("next dev")
        ),
        (Some(3100), Some(4000), None)
    );
    assert!(runs_next("bunx next dev --turbo") && runs_next("./node_modules/.bin/next dev"));
    assert!(!runs_next("vite dev") && !runs_next("next start") && !runs_next("next"));
}

#[test]
fn an_installed_package_tells_its_programs() {
    let programs = |text: &str| {
        let package = installed_package(text).expect("a package");
        let programs = package.programs("@s/name");
        let all = programs.map(|(name, file)| format!("{name}={file}"));
        (all.collect::<Vec<_>>().join(" "), package.names_files)
    };
    assert_eq!(
        programs(r#"{"version": "1", "bin": "x.js"}"#),
        ("name=x.js".to_owned(), true)
    );
    assert_eq!(
        programs(r#"{"version": "1", "bin": {"a": "a.js", "b": "b.js"}}"#),
        ("a=a.js b=b.js".to_owned(), true)
    );
    assert_eq!(programs(r#"{"version": "1"}"#), (String::new(), false));
    assert!(installed_package("{}").is_none());
    let private = installed_package(r#"{"name": "lib", "private": true}"#);
    assert_eq!(private.expect("a package").version, "");
}

#[test]
fn patterns_of_workspaces_stand_in_a_list_or_below_packages() {
    let patterns = |text: &str| package_json(text).expect("a manifest").patterns();
    assert_eq!(patterns(r#"{"workspaces": ["a", "b/*"]}"#), ["a", "b/*"]);
    assert_eq!(patterns(r#"{"workspaces": {"packages": ["a"]}}"#), ["a"]);
    assert!(patterns(r#"{"workspaces": true}"#).is_empty());
    let beside =
        r#"{"catalog": {"a": "1"}, "workspaces": {"packages": [], "catalog": {"a": "2"}}}"#;
    let catalogs = package_json(beside).expect("a manifest").catalogs();
    assert_eq!(
        catalogs.version("a", "catalog:").map(String::as_str),
        Some("2")
    );
}
