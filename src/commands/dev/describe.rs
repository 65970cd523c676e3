//! `dev --dry-run`: the plan as a table or as JSON.

mod object;
mod words;

use serde_json::{Map, Value};

use crate::diagnostic::{Report, Severity};
use crate::exit::Exit;
use crate::output::{Cell, Format, Run, Table, Tone, one_line};
use crate::service::Service;
use crate::text::Secrets;
use crate::workspace::Workspace;

use super::preflight::Prepared;
use super::{Context, secrets};

/// Prints the plan. Problems that would stop a real start are findings of this command.
pub(super) fn run(context: &Context, workspace: &Workspace, prepared: &Prepared) -> Exit {
    let report = Report::new(prepared.warnings.clone());
    let services = prepared.plan.services();
    // A command may have a secret among its arguments.
    let secrets = Secrets::new(secrets::of(&prepared.tiers, services, &context.variables));
    if context.format == Format::Human {
        context.print(&table(context, workspace, services, &secrets));
        for what in &prepared.left_out {
            context.say(&format!("- {what}"));
        }
        if report.findings().is_empty() {
            return Exit::Clean;
        }
    }
    let list: Vec<Value> = services
        .iter()
        .map(|service| masked(object::describe(workspace, service), &secrets))
        .collect();
    let extra = Map::from_iter([("services".to_owned(), Value::Array(list))]);
    let environment = context.environment.to_string();
    let rules = crate::catalogue::rules();
    let run = Run {
        command: "dev",
        environment: Some(&environment),
        elapsed: None,
        checked: crate::text::plural(services.len(), "service"),
        rules: &rules,
        fail_on: Severity::Error,
        checks: &[],
    };
    context.report(&report, &run, extra);
    report.verdict(Severity::Error)
}

/// The same with every text in it masked.
fn masked(value: Value, secrets: &Secrets) -> Value {
    match value {
        Value::String(text) => Value::String(secrets.mask_text(&text)),
        Value::Array(list) => list.into_iter().map(|one| masked(one, secrets)).collect(),
        Value::Object(object) => object
            .into_iter()
            .map(|(name, one)| (name, masked(one, secrets)))
            .collect(),
        other => other,
    }
}

fn table(
    context: &Context,
    workspace: &Workspace,
    services: &[Service],
    secrets: &Secrets,
) -> Vec<u8> {
    let style = context.style();
    let mut text = format!(
        "{}\n",
        style.paint(
            Tone::Strong,
            format!("plan for {} · {}", workspace.root, context.environment)
        )
    )
    .into_bytes();
    let mut table = Table::indented(2);
    for service in services {
        let after: Vec<String> = service.after.iter().map(words::waited_for).collect();
        let after = if after.is_empty() {
            String::new()
        } else {
            format!("after {}", after.join(", "))
        };
        table.row([
            Cell::new(service.name.as_str(), Tone::Strong),
            Cell::from(short(&secrets.mask_text(&words::command(service)))),
            Cell::new(
                service
                    .port
                    .map(|port| format!(":{port}"))
                    .unwrap_or_default(),
                Tone::Name,
            ),
            Cell::new(after, Tone::Context),
        ]);
    }
    let mut rows = Vec::new();
    let written = table.write(style, &mut rows);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    for (row, service) in rows.split_inclusive(|byte| *byte == b'\n').zip(services) {
        text.extend_from_slice(row);
        let traits: Vec<String> = words::traits(workspace, service)
            .iter()
            .map(|one| short(&secrets.mask_text(one)))
            .collect();
        for line in in_lines(&traits, style.width().saturating_sub(6)) {
            let line = style.paint(Tone::Context, line);
            text.extend_from_slice(format!("      {line}\n").as_bytes());
        }
    }
    text
}

/// A text on one line. Of a script that has many, the beginning tells which it is; all of it is in JSON.
fn short(text: &str) -> String {
    const MOST: usize = 80;
    let line = one_line(text);
    if line.contains('␤') && line.chars().count() > MOST {
        return line.chars().take(MOST).chain(['…']).collect();
    }
    line.into_owned()
}

/// What there is to be said of a service beside its command, in as few lines as there is room for.
fn in_lines(traits: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for one in traits {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 3 + one.chars().count() <= width => {
                line.push_str(" · ");
                line.push_str(one);
            }
            _ => lines.push(one.clone()),
        }
    }
    lines
}
