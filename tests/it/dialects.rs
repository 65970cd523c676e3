//! Env dialects against what the real loaders were seen to do.

#![expect(clippy::disallowed_methods, reason = "a test reads its own fixtures")]

mod chains;
mod notes;
mod properties;

use pixcrawler::env::dialect::{Ambient, Dialect, Loaded, Source, as_loader_reports, load};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::PathBuf;

/// The environment in which the loaders were recorded.
fn recorded_environment() -> Ambient {
    Ambient::from_iter([
        ("PATH", "/nonexistent"),
        ("HOME", "/nonexistent"),
        ("LC_ALL", "C.UTF-8"),
        ("PX_SHELL", "from-shell"),
        ("PX_EMPTY", ""),
        ("PX_DOLLAR", "pa$word"),
    ])
}

fn read(dialect: Dialect, text: &str) -> Loaded {
    load(
        dialect,
        Source::new(text.as_bytes()),
        &recorded_environment(),
    )
}

/// Asserts that the dialect reads every recorded file as its loader did; all that differ are shown at once.
fn reads_as_recorded(dialect: Dialect) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dialects");
    let mut names: Vec<String> = fs::read_dir(folder.join("cases"))
        .expect("the cases are there")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".env").map(str::to_owned))
        .collect();
    names.sort();
    assert_eq!(names.len(), 166);
    let ambient = recorded_environment();
    let mut differences = Vec::new();
    for name in names {
        let bytes = fs::read(folder.join(format!("cases/{name}.env"))).expect("the case is there");
        let json =
            fs::read_to_string(folder.join(format!("expected/{name}.json"))).expect("recorded");
        let recorded: Value = serde_json::from_str(&json).expect("a recording is JSON");
        let report = as_loader_reports(
            dialect,
            &load(dialect, Source::new(&bytes), &ambient),
            &ambient,
        );
        let values: Map<String, Value> = report
            .values
            .into_iter()
            .map(|(name, value)| (name, json!(value)))
            .collect();
        let ours = if report.fatal {
            json!("fatal")
        } else {
            Value::Object(values)
        };
        let theirs = &recorded[dialect.as_str()];
        if ours != *theirs {
            let file = String::from_utf8_lossy(&bytes);
            differences.push(format!(
                "{name}: {file:?}\n  loader {theirs}\n  here   {ours}"
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

macro_rules! recorded {
    ($($test:ident: $dialect:ident),+ $(,)?) => {
        $(#[test]
        fn $test() {
            reads_as_recorded(Dialect::$dialect);
        })+
    };
}

recorded! {
    pydantic_settings: PydanticSettings,
    python_dotenv: PythonDotenv,
    next: Next,
    bun: Bun,
    node_dotenv: NodeDotenv,
    node_env_file: NodeEnvFile,
    compose: Compose,
    bash: Bash,
    docker_run: DockerRun,
    dotenvy: Dotenvy,
}

#[test]
fn names_round_trip() {
    for dialect in Dialect::ALL {
        assert_eq!(dialect.as_str().parse(), Ok(dialect));
    }
    let error = "nodejs"
        .parse::<Dialect>()
        .expect_err("there is no such dialect");
    assert!(
        error
            .to_string()
            .starts_with("no dialect is called `nodejs`; there are pydantic-settings, ")
    );
}

/// The dialect is a port; the crate itself is asked here, with files that do not reach for the environment.
#[test]
fn dotenvy_agrees_with_the_crate() {
    let files = [
        "A=1\nB = two # c\n",
        "export A='x y'\nA=\"q\\\"\\n\"\n",
        "A=\"one\ntwo\"\nB='x'\"y\"z\\ w\n",
        "A=1\nA=2\nB=${A}x$A\n",
        "A=1\nb b=2\nC=3\n",
        "A=x \\# y\n",
        "# c\n\n  \nA=\nB='#'#x\n",
        "A='unclosed\nB=2\n",
        "A=1 ",
        "A=\"a$\"\n",
    ];
    for file in files {
        let ours = load(
            Dialect::Dotenvy,
            Source::new(file.as_bytes()),
            &Ambient::default(),
        );
        let mut theirs = Vec::new();
        let mut fatal = false;
        for item in dotenvy::from_read_iter(file.as_bytes()) {
            let Ok(pair) = item else {
                fatal = true;
                break;
            };
            theirs.push(pair);
        }
        let bindings = ours.bindings.iter();
        let found: Vec<_> = bindings
            .map(|b| {
                (
                    b.name.to_string(),
                    b.value.as_deref().unwrap_or_default().to_owned(),
                )
            })
            .collect();
        assert_eq!((found, ours.is_fatal()), (theirs, fatal), "{file:?}");
    }
}
