//! Files, rows and wishes → what will run, or why nothing does.

use crate::diagnostic::{Finding, Rule, Severity};

use super::history::{self, History, State};
use super::{Book, Config, Journal, integrity, lint, rules};

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The last migration to apply, by its place in the journal; all when none.
    pub to: Option<usize>,
    /// Apply late ones too.
    pub allow_late: bool,
    /// Rows that no file explains stop the run.
    pub strict: bool,
    /// All in one transaction.
    pub one_transaction: bool,
}

/// What will run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The migrations, by their place in the journal, in order.
    pub steps: Vec<usize>,
    /// What is worth knowing and stops nothing.
    pub warnings: Vec<Finding>,
}

/// Decides what will run.
///
/// # Errors
/// The findings that stand against it; nothing may run then.
pub fn plan(
    config: &Config,
    journal: &Journal,
    book: &Book,
    wishes: &Wishes,
) -> Result<Plan, Vec<Finding>> {
    let history = history::compare(journal, book);
    let steps = steps(&history, wishes);
    let mut findings = history.findings(config, journal, book);
    findings.extend(integrity::orphans(journal));
    findings.extend(of_steps(journal, &steps, wishes.one_transaction));
    let against = |finding: &Finding| stops(finding, journal, &steps, &history, wishes);
    if findings.iter().any(against) {
        let all = findings.into_iter().map(|finding| {
            let severe = against(&finding) && finding.severity < Severity::Error;
            if severe {
                finding.severity(Severity::Error)
            } else {
                finding
            }
        });
        return Err(all.collect());
    }
    // What was allowed is no error any more.
    let warnings = findings
        .into_iter()
        .filter(|finding| !allowed(finding, wishes));
    Ok(Plan {
        warnings: warnings.collect(),
        steps,
    })
}

fn steps(history: &History, wishes: &Wishes) -> Vec<usize> {
    let last = wishes.to.unwrap_or(usize::MAX);
    history.due().take_while(|at| *at <= last).collect()
}

/// What the files of the steps have against being run.
fn of_steps(journal: &Journal, steps: &[usize], together: bool) -> Vec<Finding> {
    let migrations = steps.iter().filter_map(|at| journal.migrations.get(*at));
    let batch = if together {
        lint::enum_values_of_a_batch(migrations.clone())
    } else {
        Vec::default()
    };
    migrations
        .filter_map(|migration| Some((migration, migration.script.as_ref()?)))
        .flat_map(|(migration, script)| {
            let mut findings = integrity::encoding(script, &migration.tag);
            findings.extend(lint::stoppers(migration));
            findings
        })
        .chain(batch)
        .collect()
}

fn is(finding: &Finding, rule: &'static Rule) -> bool {
    finding.rule == rule
}

fn allowed(finding: &Finding, wishes: &Wishes) -> bool {
    wishes.allow_late && is(finding, &rules::LATE)
}

/// Whether nothing may run as long as this stands.
fn stops(
    finding: &Finding,
    journal: &Journal,
    steps: &[usize],
    history: &History,
    wishes: &Wishes,
) -> bool {
    if allowed(finding, wishes) {
        return false;
    }
    if is(finding, &rules::AHEAD) {
        return wishes.strict;
    }
    // What is due and not asked for does not stand in the way.
    let place = finding
        .subject
        .as_deref()
        .and_then(|tag| journal.position(tag));
    if let Some(at) = place
        && history.states.get(at).is_some_and(State::is_due)
        && !steps.contains(&at)
    {
        return false;
    }
    finding.severity == Severity::Error
}
