//! `pixcrawler doctor`: everything that can stop you, at once, with the cure.

use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::diagnostic::{Finding, Report, Severity};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather;
use crate::output::{Cell, Format, Run, Sign, Table, Tone};
use crate::service::ports;
use crate::system::net;
use crate::text::{and_list, duration, plural};
use crate::toolchain;

use super::Context;

/// What a check came to.
struct Check {
    id: String,
    found: String,
    needs: String,
    finding: Option<Finding>,
}

/// Asks everything and prints the list.
pub fn run(context: &Context) -> Result<Exit, Failure> {
    let began = Instant::now();
    let workspace = context.find_workspace()?;
    let stack = gather::stack::find(&workspace);
    let tools = gather::tools::needed(
        &workspace,
        &stack,
        &gather::stack::engines(&workspace, &stack),
        &context.variables,
    );
    let answers = gather::tools::ask(&workspace, &tools, &context.variables);
    let mut checks: Vec<Check> = tools
        .iter()
        .zip(&answers)
        .map(|(tool, answer)| match toolchain::judge(tool, answer) {
            Ok(version) => Check {
                id: tool.name.to_owned(),
                found: version.to_string(),
                needs: format!("needs {}", tool.range),
                finding: None,
            },
            Err(finding) => Check {
                id: tool.name.to_owned(),
                found: String::new(),
                needs: String::new(),
                finding: Some(*finding),
            },
        })
        .collect();
    checks.push(ports_check(context, &workspace, &stack));
    let tiers = gather::tiers::load(&workspace, context.environment, &context.variables);
    let mut findings: Vec<Finding> = checks
        .iter()
        .filter_map(|check| check.finding.clone())
        .collect();
    let env = Report::new(tiers.findings.clone());
    checks.push(env_check(&env));
    findings.extend(tiers.findings);
    let report = Report::new(findings);
    if context.format == Format::Human {
        print(context, &workspace.root, &checks, &report, began);
    } else {
        let list: Vec<Value> = checks
            .iter()
            .map(|check| json!({"id": check.id, "status": if check.finding.is_some() { "fail" } else { "pass" }, "found": check.found}))
            .collect();
        let environment = context.environment.to_string();
        let rules = crate::catalogue::rules();
        let run = Run {
            command: "doctor",
            environment: Some(&environment),
            elapsed: Some(began.elapsed()),
            checked: plural(checks.len(), "check"),
            rules: &rules,
            fail_on: Severity::Error,
        };
        context.report(
            &report,
            &run,
            Map::from_iter([("checks".to_owned(), Value::Array(list))]),
        );
    }
    Ok(report.verdict(Severity::Error))
}

/// The ports that the detected services will listen on.
fn ports_check(
    context: &Context,
    workspace: &crate::workspace::Workspace,
    stack: &crate::workspace::stack::Stack,
) -> Check {
    let tiers = gather::tiers::load(workspace, context.environment, &context.variables);
    let managed = crate::service::managed::ManagedPlan::default();
    let inputs = crate::service::assemble::Inputs {
        workspace,
        stack,
        tiers: &tiers.seen,
        managed: &managed,
        environment: context.environment,
        install: crate::service::assemble::Install::default(),
        migrate: false,
        colour: false,
        reload: false,
    };
    let wanted: Vec<(String, u16)> = crate::service::assemble::services(&inputs)
        .map(|services| {
            services
                .into_iter()
                .filter_map(|service| Some((service.name, service.port?)))
                .collect()
        })
        .unwrap_or_default();
    let taken = wanted.iter().find(|(_, port)| net::is_taken(*port));
    let finding = taken.map(|(service, port)| {
        let holder = net::holder(*port);
        ports::port_taken(
            service,
            *port,
            holder
                .as_ref()
                .map(|holder| (holder.name.as_str(), holder.pid, holder.command.as_str())),
        )
    });
    let numbers: Vec<String> = wanted.iter().map(|(_, port)| port.to_string()).collect();
    let found = if wanted.is_empty() {
        "none wanted".to_owned()
    } else {
        format!("{} free", and_list(&numbers))
    };
    Check {
        id: "ports".to_owned(),
        found,
        needs: String::new(),
        finding,
    }
}

fn env_check(report: &Report) -> Check {
    let summary = report.summary();
    let finding = report
        .findings()
        .iter()
        .find(|finding| finding.severity == Severity::Error)
        .cloned();
    let found = match (summary.error, summary.warning) {
        (0, 0) => "all tiers sound".to_owned(),
        (errors, warnings) => format!(
            "{}, {}: pixcrawler env check",
            plural(errors, "error"),
            plural(warnings, "warning")
        ),
    };
    Check {
        id: "env".to_owned(),
        found,
        needs: String::new(),
        finding: finding.map(|finding| finding.help("pixcrawler env check")),
    }
}

fn print(
    context: &Context,
    root: &camino::Utf8Path,
    checks: &[Check],
    report: &Report,
    began: Instant,
) {
    let style = context.style();
    let head = format!(
        "pixcrawler doctor {dot} {root} {dot} {}",
        context.environment,
        dot = style.dot()
    );
    let mut text = format!("{}\n\n", style.paint(Tone::Strong, head)).into_bytes();
    for check in checks {
        let mut table = Table::indented(2);
        match &check.finding {
            None => {
                table.row([
                    Cell::new(style.sign(Sign::Ok).to_string(), Tone::Ok),
                    format!("{:<10}", check.id).into(),
                    format!("{:<24}", check.found).into(),
                    Cell::new(check.needs.as_str(), Tone::Context),
                ]);
            }
            Some(finding) => {
                table.row([
                    Cell::new(style.sign(Sign::Error).to_string(), Tone::Error),
                    format!("{:<10}", check.id).into(),
                    finding.message.as_str().into(),
                ]);
                for note in &finding.notes {
                    table.row([
                        Cell::from(" "),
                        format!("{:<10}", "").into(),
                        Cell::new(note.as_str(), Tone::Context),
                    ]);
                }
                if let Some(help) = &finding.help {
                    table.row([
                        Cell::from(" "),
                        format!("{:<10}", "").into(),
                        Cell::new(format!("{} {help}", style.arrow()), Tone::Name),
                    ]);
                }
            }
        }
        let written = table.write(style, &mut text);
        debug_assert!(written.is_ok(), "writing to memory cannot fail");
    }
    let summary = report.summary();
    let verdict = match (summary.error, summary.warning) {
        (0, 0) => "no problems".to_owned(),
        (errors, warnings) => format!(
            "{}, {}",
            plural(errors, "problem"),
            plural(warnings, "warning")
        ),
    };
    text.extend_from_slice(
        format!(
            "\n{verdict} {} {}\n",
            style.dot(),
            duration(began.elapsed())
        )
        .as_bytes(),
    );
    context.print(&text);
}
