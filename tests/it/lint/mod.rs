//! `tests/cases/migrate/*.md`: migrations in, findings out. Every rule of the SQL and of the files has at least one case.
//!
//! A case is a workspace with a `frontend/` whose drizzle.config.ts keeps the migrations in
//! `./migrations`, and whatever its fenced blocks add:
//!
//! - `sql TAG` is a migration, named by the journal in the order of the blocks, a second apart
//! - `entries` replaces the journal's entries, one a line: `TAG WHEN`
//! - `file PATH` is any other file, `bytes PATH` one in hexadecimal
//! - `reviewed` names the last migration that somebody looked at
//! - `findings`: what must be found, one a line, all of it
//!
//! `UPDATE=1 cargo test lint` writes what is found into the files.

#![expect(
    clippy::disallowed_methods,
    reason = "a test makes files and looks at them from outside"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use pixcrawler::diagnostic::{Finding, Report};
use pixcrawler::gather::{lint, migrations, workspace};
use pixcrawler::templates;

const CONFIG: &str =
    "export default { dialect: 'postgresql', out: './migrations', schema: './schema.ts' };\n";

struct Case {
    path: Utf8PathBuf,
    text: String,
    blocks: Vec<(String, String)>,
}

impl Case {
    fn read(path: &Utf8Path) -> Self {
        let text = fs::read_to_string(path)
            .expect("cases are readable")
            .replace("\r\n", "\n");
        let mut blocks = Vec::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find("```") {
            let (head, body) = rest[at + 3..]
                .split_once('\n')
                .expect("a block has a first line");
            let end = body.find("```").expect("a block is closed");
            blocks.push((head.trim().to_owned(), body[..end].to_owned()));
            rest = &body[end + 3..];
        }
        Self {
            path: path.to_owned(),
            text,
            blocks,
        }
    }

    fn block(&self, name: &str) -> Option<&str> {
        let mut blocks = self.blocks.iter();
        blocks
            .find(|(head, _)| head == name)
            .map(|(_, body)| body.as_str())
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let mut add =
            |path: &str, bytes: &[u8]| drop(files.insert(path.to_owned(), bytes.to_vec()));
        add("pixcrawler.toml", b"");
        add("frontend/package.json", b"{}");
        add("frontend/drizzle.config.ts", CONFIG.as_bytes());
        let mut entries = Vec::new();
        for (head, body) in &self.blocks {
            let words: Vec<&str> = head.split(' ').collect();
            match words.as_slice() {
                ["sql", tag] => {
                    entries.push(format!(
                        "{tag} {}",
                        1_700_000_000_000 + 1000 * entries.len()
                    ));
                    add(&format!("frontend/migrations/{tag}.sql"), body.as_bytes());
                }
                ["file", path] => add(path, body.as_bytes()),
                ["bytes", path] => add(path, &bytes(body)),
                _ => {}
            }
        }
        let written = self
            .block("entries")
            .map(|text| text.lines().map(str::to_owned).collect());
        let entries: Vec<String> = written.unwrap_or(entries);
        let entries: Vec<String> = entries
            .iter()
            .enumerate()
            .map(|(idx, entry)| {
                let (tag, when) = entry.split_once(' ').expect("a tag and a time");
                format!("    {{\"idx\": {idx}, \"version\": \"7\", \"when\": {when}, \"tag\": \"{tag}\", \"breakpoints\": true}}")
            })
            .collect();
        let journal = format!(
            "{{\n  \"version\": \"7\",\n  \"dialect\": \"postgresql\",\n  \"entries\": [\n{}\n  ]\n}}",
            entries.join(",\n")
        );
        let path = "frontend/migrations/meta/_journal.json";
        files
            .entry(path.to_owned())
            .or_insert_with(|| journal.into_bytes());
        files
    }

    fn run(&self) -> Vec<Finding> {
        let folder = tempfile::tempdir().expect("a folder for the case");
        let root = Utf8Path::from_path(folder.path()).expect("an UTF-8 path");
        for (path, bytes) in self.files() {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders");
            fs::write(&path, bytes).expect("files can be written");
        }
        let workspace = workspace::find(root).expect("a workspace");
        let reviewed = self.block("reviewed").map(str::trim);
        let findings = match migrations::find(&workspace) {
            Ok(project) => lint::check(&workspace, &project, reviewed),
            Err(migrations::Missing::Broken(findings)) => findings,
            Err(other) => panic!("{}: {other:?}", self.path),
        };
        Report::new(findings).findings().to_vec()
    }
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    hexadecimal
        .split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits"))
        .collect()
}

/// One finding on one line.
fn line(finding: &Finding) -> String {
    let place = finding.place.as_ref().map_or_else(
        || {
            finding
                .file
                .as_ref()
                .map_or_else(String::new, |file| format!(" {file}"))
        },
        |place| {
            let start = place.start();
            format!(" {}:{}:{}", place.source.path(), start.line, start.column)
        },
    );
    let help = finding.help.as_deref().unwrap_or("NO WAY OUT");
    format!(
        "{}[{}]{place} {} => {help}",
        finding.severity, finding.rule.code, finding.message
    )
}

fn cases() -> Vec<Case> {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/migrate");
    let mut paths: Vec<Utf8PathBuf> = folder
        .read_dir_utf8()
        .expect("the cases are there")
        .map(|entry| entry.expect("readable").path().to_owned())
        .collect();
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}

#[test]
fn cases_find_what_they_say() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let found = case
            .run()
            .iter()
            .fold(String::new(), |all, finding| all + &line(finding) + "\n");
        let expected = case.block("findings").unwrap_or_default();
        if found == expected {
            continue;
        }
        if update {
            let text = case.text.replace(
                &format!("```findings\n{expected}```"),
                &format!("```findings\n{found}```"),
            );
            fs::write(&case.path, text).expect("cases can be written");
        } else {
            wrong.push(format!(
                "{}\n--- expected\n{expected}--- found\n{found}",
                case.path
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case_and_no_finding_is_without_a_way_out() {
    // What only a database tells is tested with one.
    const OF_DATABASES: &[&str] = &[
        "migrate/ahead",
        "migrate/deleted",
        "migrate/edited",
        "migrate/failed",
        "migrate/fresh-differs",
        "migrate/late",
        "migrate/no-name",
        "migrate/not-there",
        "migrate/null-time",
        "migrate/restamped",
    ];
    let mut seen = BTreeSet::new();
    for case in cases() {
        for finding in case.run() {
            assert!(finding.help.is_some(), "{}: {}", case.path, finding.message);
            seen.insert(finding.rule.code);
        }
    }
    let unseen: Vec<&str> = pixcrawler::migration::lint::RULES
        .iter()
        .chain(pixcrawler::migration::RULES)
        .map(|rule| rule.code)
        .filter(|code| !seen.contains(code) && !OF_DATABASES.contains(code))
        .collect();
    assert!(unseen.is_empty(), "no case for {unseen:?}");
}

#[test]
fn the_starter_has_nothing_to_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Utf8Path::from_path(folder.path()).expect("an UTF-8 path");
    let ports = templates::Ports {
        api: 8000,
        web: 3000,
        postgres: 5432,
        redis: 6379,
    };
    let values = templates::Values::generate("demo", ports).expect("random bytes");
    for file in templates::render(&values).expect("the starter renders") {
        let path = root.join(&file.path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders");
        fs::write(&path, &file.bytes).expect("files can be written");
    }
    let workspace = workspace::find(root).expect("a workspace");
    let project = migrations::find(&workspace).expect("migrations");
    let found: Vec<String> = lint::check(&workspace, &project, None)
        .iter()
        .map(line)
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
