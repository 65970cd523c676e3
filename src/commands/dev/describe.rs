//! `dev --dry-run`: the plan as a table or as JSON.

mod object;
mod words;

use serde_json::{Map, Value};

use crate::diagnostic::{Report, Severity};
use crate::exit::Exit;
use crate::output::{Cell, Format, Run, Table, Tone, broken, one_line};
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
    let room = context.room();
    let wide = rows(services, secrets, false);
    let is_narrow = wide.width() > room;
    let table = if is_narrow {
        rows(services, secrets, true)
    } else {
        wide
    };
    for (row, service) in table.rows_within(style, room).iter().zip(services) {
        text.extend_from_slice(row.as_bytes());
        let after = Some(after(service)).filter(|after| is_narrow && !after.is_empty());
        let traits: Vec<String> = after
            .into_iter()
            .chain(words::traits(workspace, service))
            .map(|one| short(&secrets.mask_text(&one)))
            .collect();
        for line in in_lines(&traits, style.width().saturating_sub(6)) {
            for line in broken(&line, room.saturating_sub(6)) {
                let line = style.paint(Tone::Context, line);
                text.extend_from_slice(format!("      {line}\n").as_bytes());
            }
        }
    }
    text
}

/// A row for each service. Where there is little room its command comes last, and whom it waits for is told
/// below it.
fn rows(services: &[Service], secrets: &Secrets, is_narrow: bool) -> Table {
    let mut table = Table::indented(2);
    for service in services {
        let name = Cell::new(service.name.as_str(), Tone::Strong);
        let command = Cell::from(short(&secrets.mask_text(&words::command(service))));
        let port = service.port.map(|port| format!(":{port}"));
        let port = Cell::new(port.unwrap_or_default(), Tone::Name);
        if is_narrow {
            table.row([name, port, command]);
        } else {
            let after = Cell::new(after(service), Tone::Context);
            table.row([name, command, port, after]);
        }
    }
    table
}

/// Whom a service waits for; empty where it waits for nobody.
fn after(service: &Service) -> String {
    let after: Vec<String> = service.after.iter().map(words::waited_for).collect();
    if after.is_empty() {
        String::new()
    } else {
        format!("after {}", after.join(", "))
    }
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
