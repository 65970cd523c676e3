//! `pixcrawler migrate --dry-run`: the exact SQL and the locks it takes. Only looks.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::code::sql::{self, Kind, Name};
use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::migrations::{self, Silent};
use crate::migration::Migration;
use crate::migration::locks::{Lock, locks};
use crate::migration::plan::plan;
use crate::migrator::{self, Options};
use crate::output::Format;
use crate::text::plural;

use super::{Setting, record, up};

/// Prints what `migrate` would do.
pub(super) fn run(
    context: &Context,
    setting: &Setting,
    options: &Options,
) -> Result<Exit, Failure> {
    let Setting {
        target, project, ..
    } = setting;
    let patience = Duration::from_secs(10).max(options.wait);
    let standing = super::runtime()?
        .block_on(migrations::status(target, project, None, patience))
        .map_err(|silent| match silent {
            Silent::NoConnection(refused) => {
                migrator::unreachable(target, &refused, Duration::ZERO)
            }
            Silent::Refused(error) => migrator::refused(target, &project.config, &error),
        })?;
    let checked = plural(project.journal.migrations.len(), "migration");
    let planned = plan(
        &project.config,
        &project.journal,
        &standing.book,
        &options.wishes,
    );
    let plan = match planned {
        Ok(plan) => plan,
        Err(findings) => {
            let exit = up::refusal(&findings);
            record::report(context, "migrate up", checked, findings, Map::new());
            return Ok(exit);
        }
    };
    let steps: Vec<&Migration> = plan
        .steps
        .iter()
        .filter_map(|at| project.journal.migrations.get(*at))
        .collect();
    if context.format == Format::Human {
        context.print(script(setting, options, &standing, &steps).as_bytes());
    }
    let list: Vec<Value> = steps.iter().map(|migration| step_json(migration)).collect();
    let extra = Map::from_iter([
        ("database".to_owned(), super::database_json(target)),
        ("dry_run".to_owned(), json!(true)),
        ("steps".to_owned(), Value::Array(list)),
    ]);
    Ok(record::report(
        context,
        "migrate up",
        checked,
        plan.warnings,
        extra,
    ))
}

/// What one migration does: its statements with their locks.
fn statements(migration: &Migration) -> (sql::Script, Vec<Vec<Lock>>) {
    let text = migration
        .script
        .as_ref()
        .map_or("", |script| script.source.text());
    let facts = sql::read(text);
    let mut new: Vec<Name> = Vec::new();
    let taken = facts
        .statements
        .iter()
        .map(|statement| {
            let taken = locks(statement, &new);
            if let Kind::CreateTable { table, .. } = &statement.kind {
                new.push(table.clone());
            }
            taken
        })
        .collect();
    (facts, taken)
}

fn script(
    setting: &Setting,
    options: &Options,
    standing: &migrations::Standing,
    steps: &[&Migration],
) -> String {
    let Setting {
        target, project, ..
    } = setting;
    let mut text = format!(
        "-- pixcrawler migrate --dry-run: {}, {} of {} applied; nothing is touched\n",
        target.shown(),
        standing.history.applied(),
        standing.history.states.len()
    );
    if steps.is_empty() {
        text.push_str("-- nothing to do\n");
        return text;
    }
    if !standing.book.exists {
        let _ = writeln!(
            text,
            "\n{}",
            migrator::create_table(&project.config, project.journal.layout)
        );
    }
    for migration in steps {
        let source = migration
            .script
            .as_ref()
            .map_or("", |script| script.source.text());
        let alone = sql::has_no_transaction(source);
        let (facts, taken) = statements(migration);
        let _ = writeln!(
            text,
            "\n-- {} ({}, {}{})",
            migration.tag,
            migration.path,
            plural(facts.statements.len(), "statement"),
            if alone { ", outside a transaction" } else { "" }
        );
        if !alone {
            let _ = writeln!(
                text,
                "BEGIN;\nSET LOCAL lock_timeout = {};\nSET LOCAL statement_timeout = {};",
                options.lock_timeout.as_millis(),
                options.statement_timeout.as_millis()
            );
        }
        for (statement, taken) in facts.statements.iter().zip(&taken) {
            for lock in taken {
                let _ = writeln!(
                    text,
                    "-- takes {} on {}: {}",
                    lock.mode, lock.on, lock.stops
                );
            }
            let sql = source
                .get(statement.span.start..statement.span.end)
                .unwrap_or_default();
            let _ = writeln!(text, "{sql};");
        }
        let record = migrator::record_sql(
            &project.config,
            standing.book.shape,
            project.journal.layout,
            migration,
        );
        let _ = writeln!(text, "{record};{}", if alone { "" } else { "\nCOMMIT;" });
    }
    text
}

fn step_json(migration: &Migration) -> Value {
    let source = migration.script.as_ref().map(|script| &script.source);
    let text = source.map_or("", |source| source.text());
    let (facts, taken) = statements(migration);
    let statements: Vec<Value> = facts
        .statements
        .iter()
        .zip(taken)
        .map(|(statement, taken)| {
            let at = source.map(|source| source.position(statement.span.start));
            let taken: Vec<Value> = taken
                .iter()
                .map(|lock| json!({"mode": lock.mode, "on": lock.on}))
                .collect();
            json!({
                "line": at.map(|at| at.line),
                "column": at.map(|at| at.column),
                "sql": text.get(statement.span.start..statement.span.end),
                "locks": taken,
            })
        })
        .collect();
    json!({
        "tag": migration.tag,
        "file": migration.path,
        "transaction": !sql::has_no_transaction(text),
        "statements": statements,
    })
}
