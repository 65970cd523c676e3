//! `tests/cases/env/*.md`: files in, findings out. Every rule has at least one case.
//!
//! A case begins with a sound workspace (`BASE`) and changes it with fenced blocks:
//!
//! - `env PATH` replaces a file, `env PATH +` adds lines to it, `env PATH -` takes it away
//! - `environment`, `process`, `tracked`, `readable`, `bytes PATH` (hexadecimal), `skip values`, `from process`, `tiers`
//!
//! The rest is said in `cases`.

#![expect(
    clippy::disallowed_methods,
    reason = "a test makes files and looks at them from outside"
)]

#[cfg(unix)]
mod action;
mod arbitrary;
#[cfg(unix)]
mod bad_inputs;
#[cfg(unix)]
mod bad_settings;
#[cfg(unix)]
mod bad_values;
mod commands;
mod fixes;
mod formats;
#[cfg(unix)]
mod recorded;
mod sandbox;
#[cfg(unix)]
mod set;
mod settings;
#[cfg(unix)]
mod strange_files;

use std::collections::BTreeMap;
use std::fs;

use camino::Utf8Path;
use pixcrawler::diagnostic::{Finding, Report, Severity};
use pixcrawler::gather::env_files::{self, Values};
use pixcrawler::gather::workspace;
use pixcrawler::output::{self, ColorChoice, Format, Run, Style, Terminal};
use pixcrawler::workspace::Environment;

use crate::cases::{self, Case, bytes};

pub(super) const BASE: &[(&str, &str)] = &[
    ("pixcrawler.toml", ""),
    ("frontend/package.json", "{}"),
    (
        ".env",
        "PIXCRAWLER_ENVIRONMENT=development\nSUPABASE_URL=http://127.0.0.1:54321\nSUPABASE_ANON_KEY=sb_publishable_0123456789\nSUPABASE_SERVICE_ROLE_KEY=sb_secret_0123456789\n",
    ),
    (
        "backend/.env",
        "ENVIRONMENT=development\nDATABASE_URL=postgresql+asyncpg://app:hunter22@localhost:5432/app\nALLOWED_ORIGINS=http://localhost:3000\n",
    ),
    (
        "frontend/.env",
        "NEXT_PUBLIC_APP_URL=http://localhost:3000\nNEXT_PUBLIC_API_URL=http://localhost:8000/api/v1\nNEXT_PUBLIC_SUPABASE_URL=http://127.0.0.1:54321\nNEXT_PUBLIC_SUPABASE_ANON_KEY=sb_publishable_0123456789\n",
    ),
];

/// Makes the workspace, checks it, and gives the findings.
fn run(case: &Case) -> Vec<Finding> {
    let folder = tempfile::tempdir().expect("a folder for the case");
    let root = Utf8Path::from_path(folder.path())
        .expect("an UTF-8 path")
        .to_owned();
    let mut files: BTreeMap<&str, Vec<u8>> = BASE
        .iter()
        .map(|(path, text)| (*path, text.as_bytes().to_vec()))
        .collect();
    for (head, body) in &case.blocks {
        let words: Vec<&str> = head.split(' ').collect();
        match words.as_slice() {
            ["env", path] => drop(files.insert(path, body.as_bytes().to_vec())),
            ["env", path, "+"] => files.entry(path).or_default().extend(body.as_bytes()),
            ["env", path, "-"] => drop(files.remove(path)),
            ["bytes", path] => drop(files.insert(path, bytes(body))),
            _ => {}
        }
    }
    for (path, bytes) in &files {
        cases::write(&root, path, bytes);
    }
    fs::create_dir_all(root.join("backend")).expect("folders can be made");
    if let Some(tracked) = case.block("tracked") {
        fs::create_dir(root.join(".git")).expect("folders can be made");
        fs::write(root.join(".git/index"), index(tracked.lines())).expect("files can be written");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let readable = case.block("readable");
        let mode = if readable.is_some() { 0o755 } else { 0o700 };
        fs::set_permissions(&root, fs::Permissions::from_mode(mode)).expect("own folders");
        for path in files.keys() {
            let mode = if readable
                .unwrap_or_default()
                .lines()
                .any(|line| line == *path)
            {
                0o644
            } else {
                0o600
            };
            fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode))
                .expect("own files");
        }
    }
    let environment: Environment = case
        .block("environment")
        .map_or(Ok(Environment::Development), |text| text.trim().parse())
        .expect("an environment");
    let process = case
        .block("process")
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let from = if case.block("from process").is_some() {
        Values::Process
    } else {
        Values::Files
    };
    let workspace = workspace::find(&root).expect("a workspace");
    let environments = env_files::load_from(&workspace, environment, &process, from);
    let tiers: Vec<String> = case
        .block("tiers")
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect();
    Report::new(environments.check(&tiers, case.block("skip values").is_none()))
        .findings()
        .to_vec()
}

/// A git index that names these paths.
fn index<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let paths: Vec<&str> = paths.collect();
    let mut bytes = b"DIRC\0\0\0\x02".to_vec();
    bytes.extend(u32::try_from(paths.len()).expect("few paths").to_be_bytes());
    for path in paths {
        let start = bytes.len();
        bytes.extend([0; 24]);
        bytes.extend(0o100_644_u32.to_be_bytes());
        bytes.extend([0; 32]);
        bytes.extend(
            u16::try_from(path.len())
                .expect("short paths")
                .to_be_bytes(),
        );
        bytes.extend(path.as_bytes());
        bytes.push(0);
        bytes.resize(start + (bytes.len() - start).div_ceil(8) * 8, 0);
    }
    // The checksum, as `index.skipHash` writes it.
    bytes.extend([0; 20]);
    bytes
}

/// The cases; who else may read a file is not asked on Windows.
fn cases() -> Vec<Case> {
    let mut cases = cases::all("env");
    cases.retain(|case| cfg!(unix) || case.block("readable").is_none());
    // Lines are added to a file by another command there.
    let blocks = cases.iter_mut().flat_map(|case| &mut case.blocks);
    for (_, body) in blocks.filter(|_| cfg!(windows)) {
        for name in [".env", ".env.local"] {
            *body = body.replace(
                &format!("printf '%s\\n' '' {name} >>"),
                &format!("(echo.& echo {name}) >>"),
            );
        }
    }
    cases
}

#[test]
fn cases_find_what_they_say() {
    cases::hold(&cases(), run);
}

#[test]
fn the_schema_for_editors_is_up_to_date() {
    let path = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/env-schema.schema.json");
    let schema = serde_json::to_string_pretty(&pixcrawler::schema::json_schema())
        .expect("a schema is JSON")
        + "\n";
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &schema).expect("the file can be written");
    }
    assert_eq!(
        fs::read_to_string(&path)
            .unwrap_or_default()
            .replace("\r\n", "\n"),
        schema,
        "UPDATE=1 cargo test brings it up to date"
    );
}

#[test]
fn the_built_in_schemas_are_what_editors_accept() {
    let validator = jsonschema::validator_for(pixcrawler::schema::json_schema().as_value())
        .expect("a valid schema");
    for tier in ["root", "backend", "frontend"] {
        let text = pixcrawler::schema::embedded(tier).expect("built in");
        let value: serde_json::Value = toml::from_str(text).expect("TOML");
        let problems: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{tier}: {problems:?}");
    }
}

#[test]
fn the_built_in_schemas_are_what_their_toml_says() {
    for tier in ["root", "backend", "frontend"] {
        let source = pixcrawler::text::Source::new(
            format!("env-schemas/{tier}.toml"),
            pixcrawler::schema::embedded(tier).expect("built in"),
        );
        let schema = pixcrawler::schema::read(tier, &source).expect("a sound schema");
        let stored = pixcrawler::schema::stored(&schema);
        let path = Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("env-schemas/built-in/{tier}.postcard"));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &stored).expect("the file can be written");
        }
        assert!(
            fs::read(&path).unwrap_or_default() == stored,
            "{path} is out of date: UPDATE=1 cargo test brings it up to date"
        );
        let read_back = pixcrawler::schema::built_in(tier, tier)
            .map(|built_in| pixcrawler::schema::stored(&built_in));
        assert!(
            std::env::var_os("UPDATE").is_some() || read_back == Some(stored),
            "{tier} is not read back as it was written"
        );
    }
}

#[test]
fn the_repositorys_and_the_starters_examples_are_what_scaffold_writes() {
    let repository = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut examples = vec![(
        repository.join(".env.example"),
        "root",
        Environment::Development,
    )];
    for (folder, tier) in [
        ("", "root"),
        ("backend", "backend"),
        ("frontend", "frontend"),
    ] {
        for (name, environment) in [
            ("dot_env.example", Environment::Development),
            ("dot_env.test.example", Environment::Test),
            ("dot_env.production.example", Environment::Production),
        ] {
            let starter = repository.join("templates/workspace").join(folder);
            examples.push((starter.join(name), tier, environment));
        }
    }
    for (path, tier, environment) in examples {
        let schema = pixcrawler::schema::built_in(tier, tier).expect("built in");
        let example = pixcrawler::schema::example::example(&schema, environment, None);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &example).expect("the file can be written");
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            written.replace("\r\n", "\n"),
            example,
            "{path}: UPDATE=1 cargo test brings it up to date"
        );
    }
}

#[test]
fn every_rule_has_a_case_and_no_finding_is_without_a_way_out() {
    let seen = cases::rules_seen(&cases(), run);
    let rules = pixcrawler::env::RULES
        .iter()
        .chain(pixcrawler::schema::RULES);
    let unseen: Vec<&str> = rules
        .map(|rule| rule.code)
        .filter(|code| !(seen.contains(code) || cfg!(windows) && *code == "env/exposed"))
        .collect();
    assert!(unseen.is_empty(), "rules without a case: {unseen:?}");
}

#[test]
fn no_format_prints_a_secret() {
    let style = Style::new(ColorChoice::Never, &Terminal::default());
    for case in cases() {
        let report = Report::new(run(&case));
        for format in [
            Format::Human,
            Format::Json,
            Format::Github,
            Format::Sarif,
            Format::Junit,
        ] {
            let run = Run {
                command: "env check",
                environment: None,
                elapsed: None,
                checked: String::new(),
                rules: &[],
                fail_on: Severity::Error,
                checks: &[],
            };
            let mut written = Vec::new();
            output::render(
                format,
                &report,
                &run,
                serde_json::Map::new(),
                style,
                &mut written,
            )
            .expect("writing to memory");
            let written = String::from_utf8(written).expect("UTF-8");
            for secret in ["hunter22", "sk_live_0123456789abcdef", "p4ss#w0rd"] {
                assert!(
                    !written.contains(secret),
                    "{} as {format:?}: {written}",
                    case.path
                );
            }
        }
    }
}
