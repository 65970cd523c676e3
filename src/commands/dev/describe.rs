//! `dev --dry-run`: the plan as a table or as JSON.

use serde_json::{Map, Value, json};

use crate::diagnostic::{Report, Severity};
use crate::exit::Exit;
use crate::output::{Cell, Format, Run, Table, Tone};
use crate::service::{HealthCheck, Http, Kind, Probe, Service};
use crate::text::duration;
use crate::workspace::Workspace;

use super::Context;
use super::preflight::Prepared;

/// Prints the plan. Problems that would stop a real start are findings of this command.
pub(super) fn run(context: &Context, workspace: &Workspace, prepared: &Prepared) -> Exit {
    let report = Report::new(prepared.warnings.clone());
    let services = prepared.plan.services();
    if context.format == Format::Human {
        context.print(&table(context, workspace, services));
        for what in &prepared.left_out {
            context.say(&format!("- {what}"));
        }
        if report.findings().is_empty() {
            return Exit::Clean;
        }
    }
    let list: Vec<Value> = services
        .iter()
        .map(|service| describe(workspace, service))
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
    };
    context.report(&report, &run, extra);
    report.verdict(Severity::Error)
}

fn table(context: &Context, workspace: &Workspace, services: &[Service]) -> Vec<u8> {
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
        let after: Vec<&str> = service
            .after
            .iter()
            .map(|dependency| dependency.name.as_str())
            .collect();
        let after = if after.is_empty() {
            String::new()
        } else {
            format!("after {}", after.join(", "))
        };
        table.row([
            Cell::new(service.name.as_str(), Tone::Strong),
            Cell::from(command(service)),
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
    let written = table.write(style, &mut text);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    text
}

fn command(service: &Service) -> String {
    match &service.kind {
        Kind::Process(command) | Kind::Task(command) | Kind::Guest(command) => command.to_string(),
        Kind::Managed(server) => format!("(managed) {}", server.name()),
    }
}

fn kind(service: &Service) -> &'static str {
    match &service.kind {
        Kind::Process(_) => "service",
        Kind::Task(_) => "task",
        Kind::Managed(_) => "managed",
        Kind::Guest(_) => "command",
    }
}

fn describe(workspace: &Workspace, service: &Service) -> Value {
    let relative = service
        .cwd
        .strip_prefix(&workspace.root)
        .unwrap_or(&service.cwd);
    let command = match &service.kind {
        Kind::Process(command) | Kind::Task(command) | Kind::Guest(command) => json!(command),
        Kind::Managed(_) => Value::Null,
    };
    let after: Vec<Value> = service
        .after
        .iter()
        .map(|dependency| json!({"service": dependency.name, "condition": dependency.condition}))
        .collect();
    json!({
        "name": service.name,
        "kind": kind(service),
        "command": command,
        "cwd": if relative.as_str().is_empty() { "." } else { relative.as_str() },
        "tier": service.tier,
        "port": service.port,
        "url": service.url,
        "depends_on": after,
        "ready": ready(service),
        "ready_timeout": duration(service.ready.timeout),
        "ready_interval": duration(service.ready.interval),
        "health": service.health.as_ref().map(|health| json!({
            "check": checks(&health.check),
            "interval": duration(health.interval),
            "attempt": duration(health.attempt),
            "failures": health.failures,
        })),
        "restart": service.restart,
        "back_off": {
            "delay": duration(service.back_off.delay),
            "max_delay": duration(service.back_off.longest),
            "stable": duration(service.back_off.stable),
            "limit": service.back_off.limit,
        },
        "success_codes": service.success,
        "profiles": service.profiles,
        "replica": service.replica.as_ref().map(|replica| json!({"of": replica.of, "number": replica.number})),
        "watch": service.watch.as_ref().map(|watch| json!({
            "paths": watch.paths.iter().map(|path| path.strip_prefix(&workspace.root).unwrap_or(path)).map(|path| if path.as_str().is_empty() { "." } else { path.as_str() }).collect::<Vec<_>>(),
            "only": watch.only,
            "ignore": watch.ignore,
            "debounce": duration(watch.debounce),
        })),
        "stop": {"signal": service.stop.signal, "scope": service.stop.scope, "command": service.stop.command, "grace": duration(service.stop.grace)},
        "origin": service.origin,
    })
}

fn ready(service: &Service) -> Value {
    service
        .ready
        .probe
        .as_ref()
        .map_or(Value::Null, |probe| self::probe(probe, &service.name))
}

fn checks(check: &HealthCheck) -> Value {
    match check {
        HealthCheck::Ask(probe) => probe_of(probe),
        HealthCheck::Watchdog(time) => json!({"watchdog": duration(*time)}),
        HealthCheck::Lines(pattern, time) => {
            json!({"log": pattern.to_string(), "within": duration(*time)})
        }
    }
}

fn probe(probe: &Probe, name: &str) -> Value {
    match probe {
        Probe::Managed => json!({"protocol": name}),
        other => probe_of(other),
    }
}

fn probe_of(probe: &Probe) -> Value {
    match probe {
        Probe::Http(http) => self::http(http),
        Probe::Tcp(port) => json!({"tcp": port}),
        Probe::Log(pattern) => json!({"log": pattern.to_string()}),
        Probe::Exec(command) => json!({"exec": command}),
        Probe::Celery(broker) => {
            json!({"celery": format!("{}/{}", broker.address(), broker.redis_database())})
        }
        Probe::Notify => json!({"notify": true}),
        Probe::Managed => json!({"protocol": true}),
    }
}

/// What is usual is left out. Values of headers may be secrets: their names tell enough.
fn http(http: &Http) -> Value {
    let mut object = Map::from_iter([("http".to_owned(), json!(http.url))]);
    let names = |list: &[(String, String)]| {
        list.iter()
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>()
    };
    if !http.status.is_empty() {
        object.insert("status".to_owned(), json!(http.status));
    }
    if !http.headers.is_empty() {
        object.insert("headers".to_owned(), json!(names(&http.headers)));
    }
    if !http.response_headers.is_empty() {
        object.insert(
            "response_headers".to_owned(),
            json!(names(&http.response_headers)),
        );
    }
    if let Some(body) = &http.body {
        object.insert("body".to_owned(), json!(body));
    }
    Value::Object(object)
}
