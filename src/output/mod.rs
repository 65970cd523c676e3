//! How results are told: one report, five ways to write it.
//!
//! Nothing here decides or computes: a renderer reads a [`Report`] and writes bytes. Only this
//! layer knows colours and formats, and it knows nothing of the stream but the [`Style`] that
//! the caller made of it. Before any renderer sees a report, its secrets are masked (`redact`).

mod board;
mod checked;
mod doctor;
mod excerpt;
mod explain;
mod github;
mod human;
mod json;
mod junit;
pub mod live;
mod redact;
mod safe;
mod sarif;
mod style;
mod table;
mod typed;
mod wrap;

use std::io::{self, Write};
use std::time::Duration;

use clap::ValueEnum;

use crate::diagnostic::{Report, Rule, Severity};
use crate::doctor::Checked;
use crate::failure::Failure;

pub use doctor::{Shown, Watch, render as checks};
pub use explain::explain;
pub use json::schema;
pub use safe::{harmless, one_line};
pub use style::{ColorChoice, Painted, Sign, Style, Terminal, Tone};
pub use table::{Align, Cell, Table};
pub use typed::{typed, typed_failure};
pub use wrap::{broken, wrap};

/// What is written to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON object, described by `schemas/report.schema.json`.
    Json,
    /// Workflow commands that GitHub Actions turns into annotations.
    Github,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// `JUnit` XML, for CI systems that show tests.
    Junit,
}

/// What is known about the run that made a report.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// The command as it was typed, without the program: `env check`.
    pub command: &'a str,
    /// The environment that was checked, where there is one.
    pub environment: Option<&'a str>,
    /// How long it took. Left out where output must be the same each time.
    pub elapsed: Option<Duration>,
    /// What was looked at: `3 tiers, 5 files, 71 variables`.
    pub checked: String,
    /// The rules that were applied, found or not.
    pub rules: &'a [&'static Rule],
    /// From which severity on the run fails: the threshold given to [`Report::verdict`].
    pub fail_on: Severity,
    /// The checks that the findings come from, where the command asks some.
    pub checks: &'a [Checked],
}

/// Writes `report` to `out`. In JSON, `extra` stands beside the findings as the command's own
/// result; a key of the documented shape in it is left out. Other formats ignore it.
///
/// # Errors
///
/// Those of `out`; a closed pipe among them, which a caller takes as a success.
pub fn render(
    format: Format,
    report: &Report,
    run: &Run<'_>,
    extra: serde_json::Map<String, serde_json::Value>,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let report = &redact::redact(report);
    match format {
        Format::Human => human::render(report, run, style, out),
        Format::Json => json::render(report, run, extra, out),
        Format::Github => github::render(report, out),
        Format::Sarif => sarif::render(report, run, out),
        Format::Junit => junit::render(report, run, out),
    }
}

/// Writes why a command could not do its work, and the way out. For stderr, whatever the format.
///
/// # Errors
///
/// Those of `out`.
pub fn failure(failure: &Failure, style: Style, out: &mut dyn Write) -> io::Result<()> {
    human::failure(&redact::redact_failure(failure), style, out)
}

/// The same as it stands in a report for programs: `{"message", "help"}`.
#[must_use]
pub fn failure_value(failure: &Failure) -> serde_json::Value {
    let failure = redact::redact_failure(failure);
    serde_json::json!({"message": failure.message, "help": failure.help})
}

/// The report of a run for programs as one line, for who reads lines.
#[must_use]
pub fn json_line_of(report: &Report, run: &Run<'_>) -> String {
    json::line(&redact::redact(report), run, serde_json::Map::new())
}

/// A report for programs as one line, for who reads lines; `extra` as for [`render`].
#[must_use]
pub fn json_line(
    report: &Report,
    command: &str,
    extra: serde_json::Map<String, serde_json::Value>,
) -> String {
    let run = Run {
        command,
        environment: None,
        elapsed: None,
        checked: String::new(),
        rules: &[],
        fail_on: Severity::Error,
        checks: &[],
    };
    json::line(&redact::redact(report), &run, extra)
}

/// A format's name on the command line.
#[must_use]
pub fn name(format: Format) -> String {
    clap::ValueEnum::to_possible_value(&format)
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default()
}
