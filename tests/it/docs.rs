//! What the documents name is there: files, headings, checks, tests.

#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at the files from outside"
)]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every document, relative to the package.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for dir in ["", "docs", "benches/supervise"] {
        for entry in fs::read_dir(root().join(dir)).expect("a folder").flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|it| it == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// Where the links of a document lead that stay in the repository.
fn links(text: &str) -> Vec<&str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|to| !to.contains("://") && !to.contains(' ') && !to.is_empty())
        .collect()
}

/// The names by which the headings of a document are reached, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let kept = |c: char| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        _ if c.is_alphanumeric() => Some(c.to_ascii_lowercase()),
        _ => None,
    };
    headings
        .map(|line| line.trim_start_matches('#').trim())
        .map(|title| title.chars().filter_map(kept).collect())
        .collect()
}

#[test]
fn links_lead_somewhere() {
    for document in documents() {
        let text = read(&document);
        for link in links(&text) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => document.clone(),
                _ => document.parent().expect("a folder").join(file),
            };
            let named = format!("{}: {link}", document.display());
            assert!(target.exists(), "{named}");
            if !anchor.is_empty() {
                let known = anchors(&read(&target));
                assert!(known.iter().any(|it| it == anchor), "{named}: {known:?}");
            }
        }
    }
}

#[test]
fn every_check_is_described() {
    for document in ["README.md", "docs/doctor.md"] {
        let text = read(&root().join(document));
        for check in pixcrawler::doctor::checks() {
            let named = text.contains(&format!("`{}`", check.id));
            assert!(named, "{document} says nothing of `{}`", check.id);
        }
    }
}

#[test]
fn each_class_of_failure_has_its_test() {
    let text = read(&root().join("docs/doctor.md"));
    let named: Vec<&str> = text
        .split('`')
        .filter(|word| word.starts_with("doctor::"))
        .collect();
    assert!(named.len() > 20, "{named:?}");
    for test in named {
        let path: Vec<&str> = test.split("::").collect();
        let (function, module) = path.split_last().expect("a path");
        let file = root().join("tests/it").join(module.join("/") + ".rs");
        let there = read(&file).contains(&format!("#[test]\nfn {function}()"));
        assert!(there, "{test} is not in {}", file.display());
    }
}
