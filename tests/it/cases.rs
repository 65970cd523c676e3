//! Cases: Markdown files with fenced blocks. Some blocks are input, `findings` is all that must be
//! found, one a line. What the other blocks mean is said by the module that runs them.
//!
//! `UPDATE=1 cargo test cases` writes what is found into the files.

#![expect(
    clippy::disallowed_methods,
    reason = "a test makes files and looks at them from outside"
)]

use std::collections::BTreeSet;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use pixcrawler::diagnostic::Finding;

/// A case as its file says it.
pub(crate) struct Case {
    pub(crate) path: Utf8PathBuf,
    text: String,
    /// The first line of each block, and what is in it.
    pub(crate) blocks: Vec<(String, String)>,
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

    /// What is in the block that begins with this line.
    pub(crate) fn block(&self, name: &str) -> Option<&str> {
        let mut blocks = self.blocks.iter();
        blocks
            .find(|(head, _)| head == name)
            .map(|(_, body)| body.as_str())
    }
}

/// The cases of `tests/cases/TOPIC`.
pub(crate) fn all(topic: &str) -> Vec<Case> {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/cases/{topic}"));
    let mut paths: Vec<Utf8PathBuf> = folder
        .read_dir_utf8()
        .expect("the cases are there")
        .map(|entry| entry.expect("readable").path().to_owned())
        .collect();
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}

/// Each case finds what it says, no more and no less.
pub(crate) fn hold(cases: &[Case], run: impl Fn(&Case) -> Vec<Finding>) {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    for case in cases {
        let found: String = run(case)
            .iter()
            .map(|finding| line(finding) + "\n")
            .collect();
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

/// The rules of all findings, none of which is without a way out.
pub(crate) fn rules_seen(
    cases: &[Case],
    run: impl Fn(&Case) -> Vec<Finding>,
) -> BTreeSet<&'static str> {
    let mut seen = BTreeSet::new();
    for case in cases {
        for finding in run(case) {
            assert!(finding.help.is_some(), "{}: {}", case.path, finding.message);
            seen.insert(finding.rule.code);
        }
    }
    seen
}

/// One finding on one line.
pub(crate) fn line(finding: &Finding) -> String {
    let place = match (&finding.place, &finding.file) {
        (Some(place), _) => {
            let start = place.start();
            format!(" {}:{}:{}", place.source.path(), start.line, start.column)
        }
        (None, Some(file)) => format!(" {file}"),
        (None, None) => String::new(),
    };
    let help = finding.help.as_deref().unwrap_or("NO WAY OUT");
    format!(
        "{}[{}]{place} {} => {help}",
        finding.severity, finding.rule.code, finding.message
    )
}

/// The bytes that a block has in hexadecimal.
pub(crate) fn bytes(hexadecimal: &str) -> Vec<u8> {
    hexadecimal
        .split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits"))
        .collect()
}

/// Writes a file and makes the folders that it lies in.
pub(crate) fn write(root: &Utf8Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders can be made");
    fs::write(&path, bytes).expect("files can be written");
}
