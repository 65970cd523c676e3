//! `pixcrawler migrate [up]`: apply what is pending.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::commands::Context;
use crate::diagnostic::{Report, Severity};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::migrations::Project;
use crate::migration::plan::Wishes;
use crate::migration::repair::position;
use crate::migration::rules;
use crate::migrator::{self, Applied, Options, Outcome, Stop};
use crate::output::{Format, Run};
use crate::system::signal::Interrupts;
use crate::text::plural;

use super::progress::Progress;
use super::{Database, Setting, dry_run, record};

/// What was asked for.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that can be typed"
)]
pub struct Request {
    /// Which database.
    pub database: Database,
    /// The last migration to apply.
    pub to: Option<String>,
    /// Print what would run, and run nothing.
    pub dry_run: bool,
    /// All in one transaction.
    pub single_transaction: bool,
    /// Late migrations too.
    pub allow_late: bool,
    /// Production is meant.
    pub yes: bool,
    /// A database that is ahead is refused.
    pub strict: bool,
    /// How long a statement may wait for a lock.
    pub lock_timeout: Duration,
    /// How often a migration is tried again that did not get a lock in time.
    pub lock_retries: u32,
    /// How long a statement may run.
    pub statement_timeout: Duration,
    /// How long to wait for another runner.
    pub lock_wait: Duration,
}

/// Applies what is pending.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    let began = Instant::now();
    let setting = super::setting(context, &request.database)?;
    let options = options(context, request, &setting.project)?;
    record::confirm(context, request.yes || request.dry_run, &setting)?;
    if request.dry_run {
        return dry_run::run(context, &setting, &options);
    }
    let mut progress = Progress::new(context, setting.target.shown());
    let outcome = super::runtime()?.block_on(async {
        let mut interrupts = Interrupts::open().map_err(|error| {
            Failure::unreachable(format!("signals cannot be received: {error}")).help("try again")
        })?;
        let show = &mut |event: &migrator::Event| progress.show(event);
        Ok::<_, Failure>(
            migrator::up(
                &setting.target,
                &setting.project,
                &options,
                &mut interrupts,
                show,
            )
            .await,
        )
    })?;
    progress.end();
    tell(context, &setting, outcome, &progress, began)
}

fn options(context: &Context, request: &Request, project: &Project) -> Result<Options, Failure> {
    let to = match &request.to {
        None => None,
        Some(tag) => Some(position(&project.journal, tag)?),
    };
    Ok(Options {
        wait: request.database.wait,
        lock_wait: request.lock_wait,
        lock_timeout: request.lock_timeout,
        retries: request.lock_retries,
        statement_timeout: request.statement_timeout,
        single_transaction: request.single_transaction,
        wishes: Wishes {
            to,
            allow_late: request.allow_late,
            strict: request.strict || context.terminal.ci,
            one_transaction: request.single_transaction,
        },
    })
}

/// Prints the result and gives the exit code.
fn tell(
    context: &Context,
    setting: &Setting,
    outcome: Outcome,
    progress: &Progress<'_>,
    began: Instant,
) -> Result<Exit, Failure> {
    let Outcome {
        applied,
        on_record,
        warnings,
        stop,
    } = outcome;
    let mut findings = warnings;
    let mut failure = None;
    let exit = match stop {
        None => Exit::Clean,
        Some(Stop::Interrupted(number)) => {
            context.say("interrupted: what was running is rolled back");
            Exit::Signal(number)
        }
        Some(Stop::Failed(finding)) => {
            findings.push(*finding);
            Exit::Findings
        }
        Some(Stop::Refused(refused)) => {
            let exit = record::refusal(&refused);
            findings = refused;
            exit
        }
        Some(Stop::Failure(why)) => {
            let exit = why.exit;
            failure = Some(why);
            exit
        }
    };
    let human = context.format == Format::Human;
    if human && exit == Exit::Clean {
        progress.verdict(applied.len(), on_record, began.elapsed());
    }
    let report = Report::new(findings);
    if !human || !report.findings().is_empty() {
        let environment = context.environment.to_string();
        let run = Run {
            command: "migrate up",
            environment: Some(&environment),
            elapsed: Some(began.elapsed()),
            checked: plural(setting.project.journal.migrations.len(), "migration"),
            rules: rules::RULES,
            fail_on: Severity::Error,
            checks: &[],
        };
        context.report(&report, &run, extra(setting, &applied, on_record));
    }
    match failure {
        Some(failure) => Err(failure),
        None => Ok(exit),
    }
}

fn extra(
    setting: &Setting,
    applied: &[Applied],
    (done, total): (usize, usize),
) -> Map<String, Value> {
    let applied: Vec<Value> = applied
        .iter()
        .map(|it| {
            json!({
                "tag": it.tag,
                "statements": it.statements,
                "milliseconds": u64::try_from(it.time.as_millis()).unwrap_or(u64::MAX),
                "transaction": !it.outside,
            })
        })
        .collect();
    Map::from_iter([
        ("database".to_owned(), super::database_json(&setting.target)),
        ("applied".to_owned(), Value::Array(applied)),
        (
            "on_record".to_owned(),
            json!({"applied": done, "total": total}),
        ),
    ])
}
