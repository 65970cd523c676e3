//! A value as its line has it, and the spelling of it that all readers read alike.

use std::collections::BTreeMap;

use crate::diagnostic::{Edit, Finding, Fix};
use crate::text::and_list;

use super::super::EnvFile;
use super::super::dialect::{self, Ambient, Dialect, Loaded};
use super::super::mask_parts;
use super::{alters, value_of};

/// The ways to write a value, the plainest first.
pub(in crate::env) fn spellings(value: &str) -> impl Iterator<Item = String> {
    SPELLINGS.iter().map(move |(_, spell)| spell(value))
}

/// A way to write a value: how people call it, and how it is done.
type Spelling = (&'static str, fn(&str) -> String);

/// Spellings of a value, the plainest first.
const SPELLINGS: &[Spelling] = &[
    ("without quotes", str::to_owned),
    ("in double quotes", |value| format!("\"{value}\"")),
    ("in single quotes", |value| format!("'{value}'")),
    (
        "in double quotes, with a backslash before each $",
        |value| format!("\"{}\"", value.replace('$', "\\$")),
    ),
    ("with a backslash before each $", |value| {
        value.replace('$', "\\$")
    }),
    ("in double quotes, with escapes", |value| {
        format!(
            "\"{}\"",
            value
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('$', "\\$")
        )
    }),
];

/// A value as the file has it.
pub(super) struct Written<'a> {
    file: &'a EnvFile,
    span: std::ops::Range<usize>,
    /// What stands before the value in a replacement: an equals sign, where more than that is there.
    sign: &'static str,
    name: &'a str,
    /// The line behind the equals sign, up to where the text ends.
    meant: String,
    quoted: bool,
    dialect: Dialect,
}

impl<'a> Written<'a> {
    pub(super) fn of(file: &'a EnvFile, binding: &'a dialect::Binding, dialect: Dialect) -> Self {
        let text = file.source.text();
        let quoted = binding.quote != dialect::Quote::None;
        let start = binding.value_span.start;
        let mut end = binding.value_span.end;
        if !quoted {
            // A `#` that stands inside a word was meant as a part of it: the text goes on to the next blank.
            let rest = text.get(end..).unwrap_or_default();
            if rest.starts_with('#') && start < end {
                end += rest.find(char::is_whitespace).unwrap_or(rest.len());
            }
        }
        let raw = text.get(start..end).unwrap_or_default();
        let meant = if quoted && raw.len() >= 2 {
            raw.get(1..raw.len() - 1).unwrap_or(raw).replace("\\$", "$")
        } else {
            raw.replace("\\$", "$")
        };
        // Blanks around the sign are read differently too, and so is a colon in its place.
        let between = binding.name_span.end..start;
        let (start, sign) = match text.get(between.clone()) {
            Some(written) if written != "=" && !written.is_empty() => (between.start, "="),
            _ => (start, ""),
        };
        Self {
            file,
            span: start..end,
            sign,
            name: &binding.name,
            meant,
            quoted,
            dialect,
        }
    }

    /// What all readers see once the line is written as it should be.
    pub(super) fn into_meant(self) -> String {
        self.meant
    }

    /// Why the program sees something else than what is written, if it does.
    pub(super) fn altered(
        &self,
        value: &str,
        loaded: &Loaded,
        process: &BTreeMap<String, String>,
    ) -> Option<String> {
        if self.meant == value || !alters(self.dialect) {
            return None;
        }
        if !self.quoted
            && self.meant.starts_with(value)
            && self
                .meant
                .get(value.len()..)
                .is_some_and(|rest| rest.starts_with('#'))
        {
            return Some("it ends an unquoted value at the first `#`".to_owned());
        }
        let unknown = references(&self.meant)
            .into_iter()
            .find(|name| !process.contains_key(*name) && loaded.values.get(name).is_none())?;
        Some(format!(
            "it replaces `${unknown}` by the value of that variable, and there is none"
        ))
    }

    /// The spelling that all readers read as it is meant, found by asking them.
    pub(super) fn way_out(&self, finding: Finding, dialects: &[Dialect], hidden: bool) -> Finding {
        let reads = |dialect: Dialect, spelling: &str| {
            let line = format!("PIXCRAWLER_CLI_PROBE={spelling}\n");
            let loaded = dialect::load(
                dialect,
                dialect::Source::new(line.as_bytes()),
                &Ambient::default(),
            );
            !loaded.is_fatal()
                && value_of(&loaded, "PIXCRAWLER_CLI_PROBE") == Some(self.meant.as_str())
        };
        let best = SPELLINGS
            .iter()
            .map(|(title, spell)| (*title, spell(&self.meant)))
            .map(|(title, spelling)| {
                (
                    dialects
                        .iter()
                        .filter(|dialect| reads(**dialect, &spelling))
                        .count(),
                    title,
                    spelling,
                )
            })
            .rev()
            .max_by_key(|(agreeing, _, _)| *agreeing);
        let Some((agreeing, title, spelling)) = best.filter(|(agreeing, _, _)| *agreeing > 0)
        else {
            return finding.help("use a value without #, $, quotes, backslashes and blanks: no spelling suits all readers");
        };
        let names: Vec<&str> = dialects
            .iter()
            .filter(|dialect| reads(**dialect, &spelling))
            .map(|dialect| dialect.as_str())
            .collect();
        let suits = if agreeing == dialects.len() {
            String::new()
        } else {
            format!(
                " (right for {} only: no spelling suits all)",
                and_list(&names)
            )
        };
        let around = if self.sign.is_empty() {
            ""
        } else {
            ", with nothing around the equals sign"
        };
        let name = if self.sign.is_empty() { "" } else { self.name };
        let help = if hidden || mask_parts(self.name, &spelling) != spelling {
            format!("write it {title}{around}{suits}")
        } else {
            format!(
                "write it {title}{around}: {name}{}{spelling}{suits}",
                self.sign
            )
        };
        let edit = Edit {
            source: self.file.source.clone(),
            span: self.span.clone().into(),
            replacement: format!("{}{spelling}", self.sign),
        };
        let written = self.file.source.text().get(self.span.clone());
        if !is_plain(self.name) || written == Some(&edit.replacement) {
            // Not the value, the rest of the line is what they differ in.
            return finding.help("write the line as NAME=value: nothing before the name, and letters, digits and underscores in it");
        }
        let finding = finding.help(help);
        if agreeing == dialects.len() {
            finding.fix(Fix {
                title: format!("write it {title}"),
                edits: vec![edit],
            })
        } else {
            finding
        }
    }
}

/// Whether all loaders take a text for a name.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// The names that a value refers to with `$name` or `${name…}`.
fn references(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices('$') {
        let rest = text.get(at + 1..).unwrap_or_default();
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        if end > 0 {
            names.push(&rest[..end]);
        }
    }
    names
}
