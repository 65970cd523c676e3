//! `pixcrawler migrate status`: what was applied, and what was not.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::commands::Context;
use crate::diagnostic::{Finding, Report, Severity};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::bookkeeping::InvalidIndex;
use crate::gather::migrations::{self, Silent, Standing};
use crate::migration::{State, alembic, integrity, rules};
use crate::migrator;
use crate::output::{Cell, Format, Run, Sign, Table, Tone};
use crate::text::plural;
use crate::workspace::apply_levels;

use super::{Database, Setting, beside};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which database.
    pub database: Database,
    /// Fail when something is pending.
    pub check: bool,
}

/// Shows the state of each migration.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    let began = Instant::now();
    let setting = super::setting(context, &request.database)?;
    let Setting {
        target,
        project,
        workspace,
    } = &setting;
    let other = beside::find(workspace, &project.journal);
    let versions = other.as_ref().map(|other| &other.alembic.table);
    let standing = super::runtime()?
        .block_on(migrations::status(
            target,
            project,
            versions,
            PATIENCE.max(request.database.wait),
        ))
        .map_err(|silent| match silent {
            Silent::NoConnection(refused) => {
                migrator::unreachable(target, &refused, Duration::ZERO)
            }
            Silent::Refused(error) => migrator::refused(target, &project.config, &error),
        })?;
    let mut findings = standing
        .history
        .findings(&project.config, &project.journal, &standing.book);
    let variables = &context.variables;
    findings = migrations::with_ways_back(findings, workspace, variables, project, &standing);
    findings.extend(integrity::orphans(&project.journal));
    findings.extend(standing.beside.invalid.iter().map(invalid));
    findings.extend(
        other
            .iter()
            .flat_map(|other| other.findings(&standing.beside)),
    );
    let report = Report::new(apply_levels(findings, &workspace.options.rules));
    if context.format == Format::Human {
        context.print(&table(context, &setting, &standing));
        if let Some(other) = &other {
            context.print(&other.table(context, &standing.beside));
        }
        context.print(&beside::tools(context, &standing.beside));
    }
    if context.format != Format::Human || !report.findings().is_empty() {
        let environment = context.environment.to_string();
        let rules = [rules::RULES, alembic::RULES].concat();
        let run = Run {
            command: "migrate status",
            environment: Some(&environment),
            elapsed: Some(began.elapsed()),
            checked: plural(project.journal.migrations.len(), "migration"),
            rules: &rules,
            fail_on: Severity::Error,
            checks: &[],
        };
        let mut extra = extra(&setting, &standing);
        if let Some(other) = &other {
            extra.insert("alembic".to_owned(), other.json(&standing.beside));
        }
        let tools = standing.beside.tools.iter().map(|(tool, _)| *tool);
        extra.insert("other_tools".to_owned(), tools.collect());
        context.report(&report, &run, extra);
    }
    let due = standing.history.due().count();
    Ok(match report.verdict(Severity::Error) {
        Exit::Clean if request.check && due > 0 => Exit::Stale,
        exit => exit,
    })
}

fn invalid(index: &InvalidIndex) -> Finding {
    let InvalidIndex {
        name,
        table,
        definition,
    } = index;
    Finding::new(
        &rules::INVALID_INDEX,
        format!("index {name} of {table} is INVALID: kept up to date and never used"),
    )
    .subject(name)
    .note("a CREATE INDEX CONCURRENTLY did not come to its end")
    .help(format!(
        "DROP INDEX CONCURRENTLY {name}; then again: {}",
        definition.replacen("INDEX ", "INDEX CONCURRENTLY ", 1)
    ))
}

fn table(context: &Context, setting: &Setting, standing: &Standing) -> Vec<u8> {
    let style = context.style();
    let dot = style.dot();
    let Standing { history, book, .. } = standing;
    let head = format!(
        "pixcrawler migrate status {dot} {} {dot} {} of {} applied",
        setting.target.shown(),
        history.applied(),
        history.states.len()
    );
    let mut text = format!("{}\n", style.paint(Tone::Strong, head)).into_bytes();
    let mut table = Table::indented(2);
    for (migration, state) in setting
        .project
        .journal
        .migrations
        .iter()
        .zip(&history.states)
    {
        let (sign, tone) = match state {
            State::Applied { .. } => (Sign::Ok, Tone::Ok),
            State::Pending => (Sign::Skipped, Tone::Context),
            State::Late { .. } | State::Edited { .. } | State::Deleted { .. } => {
                (Sign::Error, Tone::Error)
            }
        };
        let row = state
            .row()
            .and_then(|id| book.rows.iter().find(|row| row.id == id));
        let at = row
            .and_then(|row| row.applied_at.clone())
            .unwrap_or_default();
        table.row([
            Cell::new(style.sign(sign).to_string(), tone),
            migration.tag.as_str().into(),
            Cell::new(state.as_str(), tone),
            Cell::new(at, Tone::Context),
        ]);
    }
    for row in &history.unknown {
        table.row([
            Cell::new(style.sign(Sign::Warning).to_string(), Tone::Warning),
            row.name
                .clone()
                .unwrap_or_else(|| format!("row {}", row.id))
                .into(),
            Cell::new("unknown", Tone::Warning),
            Cell::from(""),
        ]);
    }
    let written = table.write(style, &mut text);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    text
}

fn extra(setting: &Setting, standing: &Standing) -> Map<String, Value> {
    let Standing { history, book, .. } = standing;
    let rows = |id: i64| book.rows.iter().find(move |row| row.id == id);
    let migrations: Vec<Value> = setting
        .project
        .journal
        .migrations
        .iter()
        .zip(&history.states)
        .map(|(migration, state)| {
            json!({
                "tag": migration.tag,
                "when": migration.when,
                "file": migration.path,
                "state": state.as_str(),
                "row": state.row(),
                "applied_at": state.row().and_then(rows).and_then(|row| row.applied_at.clone()),
            })
        })
        .collect();
    let unknown: Vec<Value> = history
        .unknown
        .iter()
        .map(|row| json!({"row": row.id, "hash": row.hash, "when": row.created_at, "name": row.name}))
        .collect();
    Map::from_iter([
        ("database".to_owned(), super::database_json(&setting.target)),
        (
            "drizzle".to_owned(),
            json!({
                "table": setting.project.config.shown_table(),
                "applied": history.applied(),
                "migrations": migrations,
                "unknown": unknown,
            }),
        ),
    ])
}
