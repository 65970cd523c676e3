//! Where readers disagree about a whole file: a mark at its beginning, the ends of its lines.

use std::collections::BTreeSet;

use crate::diagnostic::{Edit, Finding, Fix, Label, Severity};
use crate::text::{Span, and_list, plural};

use super::super::EnvFile;
use super::super::dialect::{self, Dialect, Loaded};
use super::{DISAGREE, value_of};

/// The byte order mark.
pub(super) const BOM: char = '\u{feff}';

/// What the end of its lines and a mark at its beginning do to a file: one finding, not one a line.
pub(super) fn whole_file(
    file: &EnvFile,
    first: Dialect,
    alone: &Loaded,
    read: &[(Dialect, Loaded)],
    counting: &BTreeSet<usize>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let path = file.path();
    let bindings = || {
        let numbered = alone.bindings.iter().enumerate();
        numbered.filter(|(at, _)| counting.contains(at))
    };
    let has_bom = file.source.text().starts_with(BOM);
    let losing: Vec<&str> = read
        .iter()
        .filter(|(_, other)| {
            has_bom
                && bindings().next().is_some_and(|(_, binding)| {
                    binding.name_span.start == BOM.len_utf8()
                        && value_of(other, &binding.name) != binding.value.as_deref()
                })
        })
        .map(|(dialect, _)| dialect.as_str())
        .collect();
    if !losing.is_empty() {
        let mark = Span::new(0, BOM.len_utf8());
        findings.push(
            Finding::new(&DISAGREE, format!("{path} begins with a byte order mark"))
                .severity(severity_of(losing == [Dialect::Bash.as_str()]))
                .subject(path.as_str())
                .at(Label::new(&file.source, mark, "not visible in editors"))
                .note(format!(
                    "{first} ignores it, {} does not see the first variable",
                    and_list(&losing)
                ))
                .help("save the file as UTF-8 without a byte order mark")
                .fix(Fix {
                    title: "take out the byte order mark".to_owned(),
                    edits: vec![Edit {
                        source: file.source.clone(),
                        span: mark,
                        replacement: String::new(),
                    }],
                }),
        );
    }
    let ended: Vec<&dialect::Binding> = bindings()
        .filter(|(_, binding)| {
            binding.value.as_ref().is_some_and(|value| {
                read.iter().any(|(_, other)| {
                    value_of(other, &binding.name).is_some_and(|other| is_with_cr(other, value))
                })
            })
        })
        .map(|(_, binding)| binding)
        .collect();
    if let Some(one) = ended.first() {
        let readers: Vec<&str> = read
            .iter()
            .filter(|(_, other)| {
                value_of(other, &one.name)
                    .zip(one.value.as_deref())
                    .is_some_and(|(other, value)| is_with_cr(other, value))
            })
            .map(|(dialect, _)| dialect.as_str())
            .collect();
        findings.push(
            Finding::new(
                &DISAGREE,
                format!("the lines of {path} end as on Windows (CRLF)"),
            )
            .severity(severity_of(readers == [Dialect::Bash.as_str()]))
            .subject(path.as_str())
            .at(Label::new(
                &file.source,
                one.value_span.clone(),
                "the first one",
            ))
            .note(format!(
                "{} keeps a carriage return at the end of {}",
                and_list(&readers),
                plural(ended.len(), "value")
            ))
            .help(format!(
                "save the file with LF line ends: sed -i 's/\\r$//' {path}"
            )),
        );
    }
    findings
}

/// A shell reads the file only where somebody sources it.
pub(super) fn severity_of(only_bash: bool) -> Severity {
    if only_bash {
        Severity::Info
    } else {
        Severity::Warning
    }
}

pub(super) fn is_with_cr(other: &str, value: &str) -> bool {
    other.strip_suffix('\r') == Some(value)
}
