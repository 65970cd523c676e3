//! What the commands share that change the record.

use crate::commands::Context;
use crate::diagnostic::{Finding, Report, Severity};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::migration::{Book, rules};
use crate::migrator::{Edit, Event, Stop};
use crate::output::{Format, Run};
use crate::system::signal::Interrupts;
use crate::workspace::Environment;

use super::{Database, Setting};

/// Production is asked for twice.
pub(super) fn confirm(context: &Context, yes: bool, setting: &Setting) -> Result<(), Failure> {
    if context.environment != Environment::Production || yes {
        return Ok(());
    }
    let endpoint = &setting.target.endpoint;
    Err(Failure::usage(format!(
        "this is production: {} ({}, {})",
        setting.target.shown(),
        endpoint.variable,
        endpoint.origin
    ))
    .help("look at it first with --dry-run, then say --yes"))
}

/// A database that is ahead is something that this checkout cannot reach; anything else is a refusal.
pub(super) fn refusal(findings: &[Finding]) -> Exit {
    let mut errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    if errors.all(|finding| *finding.rule == rules::AHEAD) {
        Exit::Unreachable
    } else {
        Exit::Findings
    }
}

/// Changes the record as `decide` says.
pub(super) fn edit<T>(
    context: &Context,
    setting: &Setting,
    database: &Database,
    create: bool,
    decide: impl FnOnce(&Book) -> Result<(String, T), Failure>,
) -> Result<Result<T, Exit>, Failure> {
    let edit = Edit {
        target: &setting.target,
        project: &setting.project,
        wait: database.wait,
        create,
    };
    let done = super::runtime()?.block_on(async {
        let mut interrupts = Interrupts::open().map_err(|error| {
            Failure::unreachable(format!("signals cannot be received: {error}")).help("try again")
        })?;
        let report = &mut |event: &Event| {
            if let Event::Waiting { why } = event {
                context.say(&format!("waiting for {}: {why}", setting.target.shown()));
            }
        };
        Ok::<_, Failure>(edit.run(&mut interrupts, report, decide).await)
    })?;
    match done {
        Ok(told) => Ok(Ok(told)),
        Err(Stop::Failure(failure)) => Err(failure),
        Err(Stop::Interrupted(number)) => Ok(Err(Exit::Signal(number))),
        Err(Stop::Failed(finding)) => Err(Failure::new(Exit::Findings, "nothing was changed")
            .help("see the finding above")
            .findings(vec![*finding])),
        Err(Stop::Refused(findings)) => Err(Failure::new(Exit::Findings, "nothing was changed")
            .help("see the findings above")
            .findings(findings)),
    }
}

/// Prints findings, with the command's own result beside them.
pub(super) fn report(
    context: &Context,
    command: &str,
    checked: String,
    findings: Vec<Finding>,
    extra: serde_json::Map<String, serde_json::Value>,
) -> Exit {
    let report = Report::new(findings);
    if context.format != Format::Human || !report.findings().is_empty() {
        let environment = context.environment.to_string();
        let run = Run {
            command,
            environment: Some(&environment),
            elapsed: None,
            checked,
            rules: rules::RULES,
            fail_on: Severity::Error,
            checks: &[],
        };
        context.report(&report, &run, extra);
    }
    report.verdict(Severity::Error)
}

/// Prints a line of the result for people.
pub(super) fn line(context: &Context, text: &str) {
    if context.format == Format::Human {
        context.print(format!("{text}\n").as_bytes());
    }
}
