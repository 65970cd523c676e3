//! `env show --dialect D --file F --format json` against what the real loaders were seen to do.

#![expect(
    clippy::disallowed_methods,
    reason = "a test reads its own fixtures and runs the binary"
)]

use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use pixcrawler::env::dialect::Dialect;
use serde_json::{Value, json};

/// The environment in which the loaders were recorded.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("PATH", "/nonexistent"),
    ("HOME", "/nonexistent"),
    ("LC_ALL", "C.UTF-8"),
    ("PX_SHELL", "from-shell"),
    ("PX_EMPTY", ""),
    ("PX_DOLLAR", "pa$word"),
];

fn shown(dialect: Dialect, file: &Utf8Path) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pixcrawler"));
    command.args([
        "env",
        "show",
        "--dialect",
        dialect.as_str(),
        "--file",
        file.as_str(),
        "--format",
        "json",
    ]);
    let output = command
        .env_clear()
        .envs(ENVIRONMENT.iter().copied())
        .output()
        .expect("the binary starts");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| json!({"status": String::from_utf8_lossy(&output.stderr)}))
}

/// Every file of the recordings, each with two of the ten dialects in turn: the library's own tests
/// compare all of them with all.
#[test]
fn the_command_reads_as_the_loaders_do() {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dialects");
    let mut files: Vec<Utf8PathBuf> = folder
        .join("cases")
        .read_dir_utf8()
        .expect("the cases are there")
        .map(|entry| entry.expect("readable").path().to_owned())
        .collect();
    files.retain(|file| file.extension() == Some("env"));
    files.sort();
    let asked = files.iter().enumerate().flat_map(|(at, file)| {
        [at, at + 5].map(|at| (file, Dialect::ALL[at % Dialect::ALL.len()]))
    });
    let mut differences = Vec::new();
    for (file, dialect) in asked {
        let recorded = folder.join(format!(
            "expected/{}.json",
            file.file_name()
                .and_then(|name| name.strip_suffix(".env"))
                .expect("a name")
        ));
        let recorded: Value =
            serde_json::from_str(&fs::read_to_string(recorded).expect("recorded"))
                .expect("a recording is JSON");
        let theirs = &recorded[dialect.as_str()];
        let ours = shown(dialect, file);
        let same = if theirs == "fatal" {
            ours["status"] == "fatal"
        } else {
            ours == json!({"status": "ok", "values": theirs})
        };
        if !same {
            differences.push(format!(
                "{file} {dialect}\n  loader {theirs}\n  here   {ours}"
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
