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
mod limits;
#[cfg(unix)]
mod recorded;
mod sandbox;
#[cfg(unix)]
mod set;
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
fn the_schema_of_the_settings_file_is_up_to_date_and_accepts_the_readmes_example() {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("schemas/pixcrawler.schema.json");
    let schema = pixcrawler::workspace::json_schema();
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &text).expect("the file can be written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        kept.replace("\r\n", "\n"),
        text,
        "UPDATE=1 cargo test brings it up to date"
    );
    let validator = jsonschema::validator_for(schema.as_value()).expect("a valid schema");
    let readme = fs::read_to_string(root.join("README.md")).expect("the README");
    let example = readme
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .find(|block| block.contains("[services."))
        .expect("an example of pixcrawler.toml");
    let source = pixcrawler::text::Source::new("README.md", example);
    assert!(pixcrawler::workspace::parse(&source).is_ok(), "{example}");
    let value: serde_json::Value = toml::from_str(example).expect("TOML");
    let problems: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn the_schema_of_the_settings_file_and_its_reader_say_the_same() {
    let schema = pixcrawler::workspace::json_schema();
    let validator = jsonschema::validator_for(schema.as_value()).expect("a valid schema");
    let verdicts = |text: &str| {
        let source = pixcrawler::text::Source::new("pixcrawler.toml", text);
        let value: serde_json::Value = toml::from_str(text).expect("TOML");
        let read = pixcrawler::workspace::parse(&source);
        (read.is_ok(), validator.is_valid(&value))
    };
    let service = |line: &str| format!("[services.a]\ncommand = \"x\"\n{line}\n");
    for text in [
        "",
        "[services]",
        "name = \"\"",
        "[services.\"a b.c\"]\nport = 1",
        "[tiers.x]\ndir = \"x\"\ndialects = [\"next\", \"docker-run\"]\nfiles = []\nschema = \"y\"",
        "[managed]\npostgres = false\nredis = true",
        "[logs]\nmax-size = \"512 kb\"\nmax-files = 0\nmax-age = \"7d 12h\"",
        "[logs]\nmax-size = 65536\nmax-age = 3600",
        "[logs]\nmax-size = \"1 GiB\"",
        "[migrate]\nreviewed = \"0003\"",
        "[rules]\n\"env/shadowed\" = \"off\"",
    ] {
        assert_eq!(verdicts(text), (true, true), "{text}");
    }
    for line in [
        "command = [\"x\", \"\"]",
        "cwd = \"..\"",
        "env = { A = \"${B}\" }",
        "port = 65535",
        "depends-on = []",
        "depends-on = { b = \"completed_successfully\" }",
        "ready = { http = \"http://h/\" }",
        "ready = { http = { url = \"http://h/\", status = [204, \"200-299\"], body = \"x\" } }",
        "ready = { tcp = 1, timeout = 5, interval = 0.25 }",
        "ready = { log = { regex = \"x\" }, delay = \"1m30s\" }",
        "ready = { exec = [\"x\"], attempt = \" 5 s \" }",
        "ready = { notify = true, timeout = \".5h\" }",
        "health = { watchdog = \"10s\" }",
        "health = { exec = \"x\", interval = \"10ms\", attempt = 0.01 }",
        "health = { celery = \"redis://h/0\", failures = 1 }",
        "restart = \"on-failure\"",
        "restart = { when = \"always\", limit = 0, stable = 0 }",
        "stop = { signal = \"int\", to = \"group\", grace = \"0\" }",
        "stop = { command = \"x\" }",
        "success-codes = [0, 255]",
        "replicas = 100\nport-step = 1",
        "watch = true",
        "watch = [\"src/**\"]",
        "watch = { paths = [], only = [\"*.py\"], ignore = [], debounce = \"300ms\" }",
        "max-processes = 1\nwatch-env = false\nenabled = false\ntask = true\nprofiles = [\"x\"]",
    ] {
        let text = service(line).replacen("command = \"x\"\ncommand", "command", 1);
        assert_eq!(verdicts(&text), (true, true), "{line}");
    }
    for text in [
        "nme = \"x\"",
        "services = 1",
        "services = []",
        "[services]\na = \"x\"",
        "[tiers.x]\ndialects = [\"nxt\"]",
        "[tiers.x]\ndialects = \"next\"",
        "[managed]\npostgres = \"yes\"",
        "[logs]\nmax-size = \"1 XB\"",
        "[logs]\nmax-size = 1",
        "[logs]\nmax-size = \"\"",
        "[logs]\nmax-files = -1",
        "[logs]\nmax-age = \"-1d\"",
        "[rules]\n\"env/shadowed\" = \"of\"",
    ] {
        assert_eq!(verdicts(text), (false, false), "{text}");
    }
    for line in [
        "comand = \"x\"",
        "cwd = 1",
        "env = { A = 1 }",
        "port = 65536",
        "port = -1",
        "port = \"80\"",
        "depends-on = true",
        "depends-on = { b = \"redy\" }",
        "ready = \"http://h/\"",
        "ready = { htp = \"x\" }",
        "ready = { http = { status = 200 } }",
        "ready = { tcp = 1, timeout = \"5 parsecs\" }",
        "ready = { tcp = 1, timeout = \"-1s\" }",
        "ready = { tcp = 1, timeout = -1 }",
        "ready = { tcp = 1, timeout = \"1e9h\" }",
        "ready = { tcp = 1, timeout = 1e300 }",
        "ready = { tcp = 1, timeout = \"\" }",
        "ready = { tcp = 1, timeout = true }",
        "health = { failures = -1 }",
        "restart = \"allways\"",
        "restart = { delay = \"1s\" }",
        "stop = { to = \"all\" }",
        "success-codes = [256]",
        "replicas = -1",
        "replicas = 1.5",
        "watch = 1",
        "watch = { debounce = \"1 x\" }",
        "max-processes = -1",
        "enabled = \"no\"",
    ] {
        assert_eq!(verdicts(&service(line)), (false, false), "{line}");
    }
    // These can be read, and are refused with the plan.
    for line in [
        "port = 0",
        "port-step = 0",
        "replicas = 0",
        "replicas = 101",
        "max-processes = 0",
        "ready = { tcp = 0 }",
        "health = { tcp = 1, failures = 0 }",
    ] {
        assert_eq!(verdicts(&service(line)), (true, false), "{line}");
    }
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
