//! A check as programs read it.

use std::time::Duration;

use camino::Utf8Path;
use schemars::JsonSchema;
use serde::Serialize;

use crate::diagnostic::Severity;
use crate::doctor::{Checked, Cure, Status};

/// One check of `doctor` or `health`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Check")]
pub(super) struct CheckEntry<'a> {
    /// What it is called on the command line.
    id: &'a str,
    /// The name that people see, where the workspace has another program: `pnpm`.
    label: &'a str,
    /// How it ended.
    status: Status,
    /// What is there, one fact each.
    found: &'a [String],
    /// What is asked for: `needs >=3.11`; often nothing.
    needs: &'a str,
    /// Why it was not asked.
    skipped: Option<&'a str>,
    /// Whether it concerns this workspace.
    relevant: bool,
    /// Milliseconds until it was done.
    elapsed_ms: u64,
    /// What is wrong; the same as in the report's own list.
    findings: Vec<Told<'a>>,
    /// The commands that mend it, in the order in which they are to be run.
    cures: Vec<CureEntry<'a>>,
}

/// What a check found wrong.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CheckFinding")]
struct Told<'a> {
    /// The rule: `domain/name`.
    rule: &'a str,
    /// How much it matters.
    severity: Severity,
    /// What happened, in one line.
    message: &'a str,
    /// Why it matters, and what else is known.
    notes: &'a [String],
    /// The way out: a command.
    help: Option<&'a str>,
}

/// A command that mends something, as `--fix` runs it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cure")]
struct CureEntry<'a> {
    /// One line for the shell of this platform.
    line: &'a str,
    /// The folder it runs in, relative to the workspace.
    dir: &'a str,
    /// Other lines that do the same, for when this one fails.
    or: &'a [String],
    /// Whether it asks for something that only a person knows.
    asks: bool,
}

impl<'a> CheckEntry<'a> {
    pub(super) fn of(checked: &'a Checked) -> Self {
        let answer = &checked.answer;
        Self {
            id: checked.id,
            label: answer.label.as_deref().unwrap_or(checked.id),
            status: answer.status(),
            found: &answer.found,
            needs: &answer.needs,
            skipped: answer.skipped.as_deref(),
            relevant: !answer.irrelevant,
            elapsed_ms: milliseconds(checked.elapsed),
            findings: answer
                .findings
                .iter()
                .map(|finding| Told {
                    rule: finding.rule.code,
                    severity: finding.severity,
                    message: &finding.message,
                    notes: &finding.notes,
                    help: finding.help.as_deref(),
                })
                .collect(),
            cures: answer.cures.iter().map(CureEntry::of).collect(),
        }
    }
}

impl<'a> CureEntry<'a> {
    fn of(cure: &'a Cure) -> Self {
        Self {
            line: &cure.line,
            dir: Utf8Path::as_str(&cure.dir),
            or: &cure.or,
            asks: cure.asks,
        }
    }
}

fn milliseconds(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
