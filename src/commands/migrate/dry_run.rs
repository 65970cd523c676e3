//! `pixcrawler migrate --dry-run`: the exact SQL and the locks it takes. Only looks.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::code::sql::{self, Kind, Name};
use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::migration::Migration;
use crate::migration::locks::{Lock, locks};
use crate::migrator::{self, Options, Piece, Preview, Step, Stop};
use crate::output::Format;
use crate::text::{Span, plural};

use super::{Setting, record};

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
    let checked = plural(project.journal.migrations.len(), "migration");
    let looked = super::runtime()?.block_on(migrator::preview(target, project, options, patience));
    let preview = match looked {
        Ok(preview) => preview,
        Err(Stop::Failure(failure)) => return Err(failure),
        Err(Stop::Interrupted(number)) => return Ok(Exit::Signal(number)),
        Err(Stop::Failed(finding)) => {
            return Ok(record::report(
                context,
                "migrate up",
                checked,
                vec![*finding],
                Map::new(),
            ));
        }
        Err(Stop::Refused(findings)) => {
            let exit = record::refusal(&findings);
            record::report(context, "migrate up", checked, findings, Map::new());
            return Ok(exit);
        }
    };
    if context.format == Format::Human {
        context.print(script(setting, &preview).as_bytes());
    }
    let list: Vec<Value> = preview.steps.iter().map(step_json).collect();
    let extra = Map::from_iter([
        ("database".to_owned(), super::database_json(target)),
        ("dry_run".to_owned(), json!(true)),
        ("before".to_owned(), json!(preview.before)),
        ("steps".to_owned(), Value::Array(list)),
        ("after".to_owned(), json!(preview.after)),
    ]);
    Ok(record::report(
        context,
        "migrate up",
        checked,
        preview.warnings,
        extra,
    ))
}

/// What one migration does: its statements with their locks.
fn statements(migration: &Migration) -> (sql::Script, Vec<Vec<Lock>>) {
    let facts = sql::read(text(migration));
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

fn text(migration: &Migration) -> &str {
    migration
        .script
        .as_ref()
        .map_or("", |script| script.source.text())
}

fn script(setting: &Setting, preview: &Preview<'_>) -> String {
    let (applied, total) = preview.on_record;
    let mut script = format!(
        "-- pixcrawler migrate --dry-run: {}, {applied} of {total} applied; nothing is touched\n",
        setting.target.shown(),
    );
    if preview.steps.is_empty() {
        script.push_str("-- nothing to do\n");
        return script;
    }
    for sql in &preview.before {
        let _ = writeln!(script, "{sql};");
    }
    for step in &preview.steps {
        show(&mut script, step);
    }
    if !preview.after.is_empty() {
        script.push('\n');
    }
    for sql in &preview.after {
        let _ = writeln!(script, "{sql};");
    }
    script
}

fn show(script: &mut String, step: &Step<'_>) {
    let migration = step.migration;
    let source = text(migration);
    let (facts, taken) = statements(migration);
    let _ = writeln!(
        script,
        "\n-- {} ({}, {}{}{})",
        migration.tag,
        migration.path,
        plural(facts.statements.len(), "statement"),
        if step.transaction {
            ""
        } else {
            ", outside a transaction"
        },
        if step.done == 0 {
            String::new()
        } else {
            format!(", {} of them ran before", step.done)
        }
    );
    for piece in &step.pieces {
        match piece {
            Piece::Ours(sql) => {
                let _ = writeln!(script, "{};", sql.trim_end_matches(['\n', ';']));
            }
            Piece::File(span) => {
                let at = facts.statements.iter().position(|it| it.span == *span);
                for lock in at.and_then(|at| taken.get(at)).into_iter().flatten() {
                    let _ = writeln!(
                        script,
                        "-- takes {} on {}: {}",
                        lock.mode, lock.on, lock.stops
                    );
                }
                let _ = writeln!(script, "{};", slice(source, *span));
            }
        }
    }
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.start..span.end).unwrap_or_default()
}

fn step_json(step: &Step<'_>) -> Value {
    let migration = step.migration;
    let source = migration.script.as_ref().map(|script| &script.source);
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
                "sql": slice(text(migration), statement.span),
                "locks": taken,
            })
        })
        .collect();
    let sent: Vec<&str> = step
        .pieces
        .iter()
        .map(|piece| match piece {
            Piece::Ours(sql) => sql.as_str(),
            Piece::File(span) => slice(text(migration), *span),
        })
        .collect();
    json!({
        "tag": migration.tag,
        "file": migration.path,
        "transaction": step.transaction,
        "statements": statements,
        "sent": sent,
    })
}
