//! For programs: one object per run, versioned, described by `schemas/report.schema.json`.
//!
//! The types below are the shape and its documentation: the schema is generated from them.
//! Every key is always there; what is not known is `null`.

use std::io::{self, Write};

use camino::Utf8Path;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::diagnostic::{Finding, Fix, Label, Report, Severity, Summary};
use crate::text::{Source, Span};

use super::Run;
use super::checked::CheckEntry;

/// The version of the shape. Keys may be added to a version; none changes its meaning or goes.
const VERSION: u32 = 1;

/// What one run of a command found.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "pixcrawler report", extend("$id" = "https://raw.githubusercontent.com/alaamer12/PixCrawler/main/schemas/report.schema.json"))]
struct Document<'a> {
    /// The version of this shape: 1.
    #[schemars(range(min = 1, max = 1))]
    version: u32,
    /// The command, without the program: `env check`.
    command: &'a str,
    /// The environment that was checked: development, test, staging or production.
    environment: Option<&'a str>,
    /// How many findings of each severity there are.
    summary: Summary,
    /// The findings, by file, line and rule.
    findings: Vec<Entry<'a>>,
    /// The checks of `doctor` and `health`, in the order in which people see them.
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Vec<CheckEntry<'a>>>,
    /// The command's own result: keys that its documentation names.
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// One finding.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct Entry<'a> {
    /// The rule: `domain/name`.
    rule: &'a str,
    /// How much it matters.
    severity: Severity,
    /// The thing meant: a variable, a `table.column`, a `METHOD /path`, a service.
    subject: Option<&'a str>,
    /// The tier that it concerns.
    tier: Option<&'a str>,
    /// What happened, in one line.
    message: &'a str,
    /// The file, relative to the workspace, with `/`.
    file: Option<&'a str>,
    /// The first line, from 1; `null` where the file is meant as a whole.
    line: Option<usize>,
    /// The first character, from 1.
    column: Option<usize>,
    /// The last line, from 1.
    end_line: Option<usize>,
    /// The character behind the last one, from 1.
    end_column: Option<usize>,
    /// What stands beside the place.
    label: Option<&'a str>,
    /// Why it matters.
    notes: &'a [String],
    /// The way out: a command or a line that can be pasted.
    help: Option<&'a str>,
    /// The way out as `--fix` does it.
    fix: Option<FixEntry<'a>>,
    /// Other places that explain it.
    related: Vec<Place<'a>>,
}

/// Another place that explains a finding.
#[derive(Serialize, JsonSchema)]
struct Place<'a> {
    /// The file, relative to the workspace, with `/`.
    file: &'a str,
    /// The first line, from 1.
    line: usize,
    /// The first character, from 1.
    column: usize,
    /// The last line, from 1.
    end_line: usize,
    /// The character behind the last one, from 1.
    end_column: usize,
    /// What is said about it.
    message: &'a str,
}

/// A change that mends a finding.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Fix")]
struct FixEntry<'a> {
    /// What it does.
    title: &'a str,
    /// The replacements, all or none. Empty when they would spell out a secret.
    edits: Vec<EditEntry<'a>>,
}

/// One replacement in a file.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Edit")]
struct EditEntry<'a> {
    /// The file, relative to the workspace, with `/`.
    file: &'a str,
    /// The first line, from 1.
    line: usize,
    /// The first character, from 1.
    column: usize,
    /// The last line, from 1.
    end_line: usize,
    /// The character behind the last one, from 1.
    end_column: usize,
    /// What stands there afterwards.
    replacement: &'a str,
}

pub(super) fn render(
    report: &Report,
    run: &Run<'_>,
    extra: Map<String, Value>,
    out: &mut dyn Write,
) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &document(report, run, extra))?;
    writeln!(out)
}

/// The same on one line.
pub(super) fn line(report: &Report, run: &Run<'_>, extra: Map<String, Value>) -> String {
    // Text and numbers: nothing in it can fail.
    let line = serde_json::to_string(&document(report, run, extra)).unwrap_or_default();
    format!("{line}\n")
}

fn document<'a>(report: &'a Report, run: &Run<'a>, mut extra: Map<String, Value>) -> Document<'a> {
    for taken in [
        "version",
        "command",
        "environment",
        "summary",
        "findings",
        "checks",
    ] {
        extra.shift_remove(taken);
    }
    Document {
        version: VERSION,
        command: run.command,
        environment: run.environment,
        summary: report.summary(),
        findings: report.findings().iter().map(Entry::of).collect(),
        checks: (!run.checks.is_empty()).then(|| run.checks.iter().map(CheckEntry::of).collect()),
        extra,
    }
}

/// The JSON Schema of what is written.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(Document<'static>).into()
}

impl<'a> Entry<'a> {
    fn of(finding: &'a Finding) -> Self {
        let place = finding.place.as_ref();
        let (start, end) = (place.map(Label::start), place.map(Label::end));
        Self {
            rule: finding.rule.code,
            severity: finding.severity,
            subject: finding.subject.as_deref(),
            tier: finding.tier.as_deref(),
            message: &finding.message,
            file: finding.path().map(Utf8Path::as_str),
            line: start.map(|position| position.line),
            column: start.map(|position| position.column),
            end_line: end.map(|position| position.line),
            end_column: end.map(|position| position.column),
            label: place
                .map(|label| label.message.as_str())
                .filter(|message| !message.is_empty()),
            notes: &finding.notes,
            help: finding.help.as_deref(),
            fix: finding.fix.as_ref().map(FixEntry::of),
            related: finding.related.iter().map(Place::of).collect(),
        }
    }
}

impl<'a> Place<'a> {
    fn of(label: &'a Label) -> Self {
        let (file, [line, column, end_line, end_column]) = region(&label.source, label.span);
        Self {
            file,
            line,
            column,
            end_line,
            end_column,
            message: &label.message,
        }
    }
}

impl<'a> FixEntry<'a> {
    fn of(fix: &'a Fix) -> Self {
        let edits = fix.edits.iter().map(|edit| {
            let (file, [line, column, end_line, end_column]) = region(&edit.source, edit.span);
            EditEntry {
                file,
                line,
                column,
                end_line,
                end_column,
                replacement: &edit.replacement,
            }
        });
        Self {
            title: &fix.title,
            edits: edits.collect(),
        }
    }
}

fn region(source: &Source, span: Span) -> (&str, [usize; 4]) {
    let (start, end) = (source.position(span.start), source.position(span.end));
    (
        source.path().as_str(),
        [start.line, start.column, end.line, end.column],
    )
}
