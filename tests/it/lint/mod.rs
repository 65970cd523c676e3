//! `tests/cases/migrate/*.md`: migrations in, findings out. Every rule of the SQL and of the files has at least one case.
//!
//! A case is a workspace with a `frontend/` whose drizzle.config.ts keeps the migrations in
//! `./migrations`, and whatever its fenced blocks add:
//!
//! - `sql TAG` is a migration, named by the journal in the order of the blocks, a second apart
//! - `entries` replaces the journal's entries, one a line: `TAG WHEN`
//! - `file PATH` is any other file, `bytes PATH` one in hexadecimal
//! - `reviewed` names the last migration that somebody looked at
//!
//! The rest is said in `cases`.

use std::collections::BTreeMap;

use camino::Utf8Path;
use pixcrawler::diagnostic::{Finding, Report};
use pixcrawler::gather::{lint, migrations, workspace};
use pixcrawler::templates;

use crate::cases::{self, Case, bytes};

const CONFIG: &str =
    "export default { dialect: 'postgresql', out: './migrations', schema: './schema.ts' };\n";

fn files(case: &Case) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut add = |path: &str, bytes: &[u8]| drop(files.insert(path.to_owned(), bytes.to_vec()));
    add("pixcrawler.toml", b"");
    add("frontend/package.json", b"{}");
    add("frontend/drizzle.config.ts", CONFIG.as_bytes());
    let mut entries = Vec::new();
    for (head, body) in &case.blocks {
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
    let written = case
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

fn run(case: &Case) -> Vec<Finding> {
    let folder = tempfile::tempdir().expect("a folder for the case");
    let root = Utf8Path::from_path(folder.path()).expect("an UTF-8 path");
    for (path, bytes) in files(case) {
        cases::write(root, &path, &bytes);
    }
    let workspace = workspace::find(root).expect("a workspace");
    let reviewed = case.block("reviewed").map(str::trim);
    let findings = match migrations::find(&workspace) {
        Ok(project) => lint::check(&workspace, &project, reviewed),
        Err(migrations::Missing::Broken(findings)) => findings,
        Err(other) => panic!("{}: {other:?}", case.path),
    };
    Report::new(findings).findings().to_vec()
}

#[test]
fn cases_find_what_they_say() {
    cases::hold(&cases::all("migrate"), run);
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
        "migrate/invalid-index",
        "migrate/late",
        "migrate/no-name",
        "migrate/not-there",
        "migrate/null-time",
        "migrate/restamped",
        "migrate/verified-in-part",
    ];
    let seen = cases::rules_seen(&cases::all("migrate"), run);
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
        cases::write(root, file.path.as_str(), &file.bytes);
    }
    let workspace = workspace::find(root).expect("a workspace");
    let project = migrations::find(&workspace).expect("migrations");
    let found: Vec<String> = lint::check(&workspace, &project, None)
        .iter()
        .map(cases::line)
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
