//! `dev --dry-run`: the plan as a table or as JSON.

use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::{Map, Value, json};

use crate::diagnostic::{Report, Severity};
use crate::env::masked_address;
use crate::exit::Exit;
use crate::output::{Cell, Format, Run, Table, Tone};
use crate::service::endpoint::Endpoint;
use crate::service::{HealthCheck, Http, Kind, OnEnv, Probe, Restart, Service, Stop};
use crate::text::{Secrets, duration, plural};
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
        .map(|service| masked(describe(workspace, service), &secrets))
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
            Cell::from(secrets.mask_text(&command(service))),
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
        let traits: Vec<String> = traits(workspace, service)
            .iter()
            .map(|one| secrets.mask_text(one))
            .collect();
        for line in in_lines(&traits, style.width().saturating_sub(6)) {
            let line = style.paint(Tone::Context, line);
            text.extend_from_slice(format!("      {line}\n").as_bytes());
        }
    }
    text
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

/// How a service gets ready, stays well, is started again, is bound, and stops.
fn traits(workspace: &Workspace, service: &Service) -> Vec<String> {
    let mut traits = Vec::new();
    if let Some(replica) = &service.replica {
        traits.push(format!("replica {} of {}", replica.number, replica.of));
    }
    if let Some(probe) = &service.ready.probe {
        let timeout = match service.ready.timeout {
            Duration::MAX => String::new(),
            timeout => format!(", within {}", duration(timeout)),
        };
        traits.push(format!("ready by {}{timeout}", in_words(probe)));
    }
    if let Some(health) = &service.health {
        let check = match &health.check {
            HealthCheck::Ask(probe) => format!(
                "{} every {}, {} in a row",
                in_words(probe),
                duration(health.interval),
                plural(
                    usize::try_from(health.failures).unwrap_or(usize::MAX),
                    "failure"
                ),
            ),
            HealthCheck::Watchdog(time) => format!("WATCHDOG=1 every {}", duration(*time)),
            HealthCheck::Lines(pattern, time) => {
                format!("a line with {pattern} every {}", duration(*time))
            }
        };
        traits.push(format!("healthy by {check}"));
    }
    let limit = |limit: u32| plural(usize::try_from(limit).unwrap_or(usize::MAX), "failure");
    let limit = service
        .back_off
        .limit
        .map(|most| format!(", {} in a row end that", limit(most)));
    match service.restart {
        Restart::Never => {}
        when => traits.push(format!(
            "restarts {}{}",
            if when == Restart::Always {
                "always"
            } else {
                "on failure"
            },
            limit.unwrap_or_default()
        )),
    }
    if let Some(watch) = &service.watch {
        let below = |path: &Utf8PathBuf| match path.strip_prefix(&workspace.root) {
            Ok(path) if path.as_str().is_empty() => ".".to_owned(),
            Ok(path) => path.to_string(),
            Err(_) => path.to_string(),
        };
        let paths: Vec<String> = watch.paths.iter().map(below).collect();
        let only = match watch.only.as_slice() {
            [] => String::new(),
            only => format!(" ({})", only.join(", ")),
        };
        traits.push(format!("watches {}{only}", paths.join(", ")));
    }
    match service.on_env {
        OnEnv::Restart => {}
        OnEnv::ReadsAgain => traits.push("reads its env files again by itself".to_owned()),
        OnEnv::Keep => traits.push("keeps its environment".to_owned()),
    }
    if let Some(most) = service.most {
        traits.push(format!("at most {most} processes"));
    }
    if !service.success.is_empty() {
        let codes: Vec<String> = service.success.iter().map(u8::to_string).collect();
        traits.push(format!("success: 0, {}", codes.join(", ")));
    }
    if !service.profiles.is_empty() {
        traits.push(format!(
            "only with --profile {}",
            service.profiles.join(", ")
        ));
    }
    let usual = Stop {
        scope: service.stop.scope,
        ..Stop::default()
    };
    if service.stop != usual && !service.kind.is_managed() {
        let how = match &service.stop.command {
            Some(command) => command.to_string(),
            None => service.stop.signal.as_str().to_owned(),
        };
        traits.push(format!(
            "stops by {how} within {}",
            duration(service.stop.grace)
        ));
    }
    traits
}

/// A check in a few words.
fn in_words(probe: &Probe) -> String {
    match probe {
        Probe::Http(http) => masked_address(&http.url),
        Probe::Tcp(port) => format!("a connection to port {port}"),
        Probe::Log(pattern) => format!("a line with {pattern}"),
        Probe::Exec(command) => format!("success of `{command}`"),
        Probe::Celery(_) => "a ping over its broker".to_owned(),
        Probe::Notify => "READY=1".to_owned(),
        Probe::Managed => "an answer in its own protocol".to_owned(),
    }
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
        "ready_timeout_ms": millis(service.ready.timeout),
        "ready_interval_ms": millis(service.ready.interval),
        "health": service.health.as_ref().map(|health| json!({
            "check": checks(&health.check),
            "interval_ms": millis(health.interval),
            "attempt_ms": millis(health.attempt),
            "failures": health.failures,
        })),
        "restart": service.restart,
        "max_processes": service.most,
        "on_env_change": service.on_env,
        "back_off": {
            "delay_ms": millis(service.back_off.delay),
            "max_delay_ms": millis(service.back_off.longest),
            "stable_ms": millis(service.back_off.stable),
            "limit": service.back_off.limit,
        },
        "success_codes": service.success,
        "profiles": service.profiles,
        "replica": service.replica.as_ref().map(|replica| json!({"of": replica.of, "number": replica.number})),
        "watch": service.watch.as_ref().map(|watch| json!({
            "paths": watch.paths.iter().map(|path| path.strip_prefix(&workspace.root).unwrap_or(path)).map(|path| if path.as_str().is_empty() { "." } else { path.as_str() }).collect::<Vec<_>>(),
            "only": watch.only,
            "ignore": watch.ignore,
            "debounce_ms": millis(watch.debounce),
        })),
        "stop": {"signal": service.stop.signal, "scope": service.stop.scope, "command": service.stop.command, "grace_ms": millis(service.stop.grace)},
        "origin": service.origin,
    })
}

/// Milliseconds; none of a time without end.
fn millis(time: Duration) -> Option<u64> {
    u64::try_from(time.as_millis()).ok()
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
        HealthCheck::Watchdog(time) => json!({"watchdog_ms": millis(*time)}),
        HealthCheck::Lines(pattern, time) => {
            json!({"log": pattern.to_string(), "within_ms": millis(*time)})
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
        Probe::Celery(brokers) => {
            let address =
                |broker: &Endpoint| format!("{}/{}", broker.address(), broker.redis_database());
            let all: Vec<String> = brokers.iter().map(address).collect();
            json!({"celery": all.join(";")})
        }
        Probe::Notify => json!({"notify": true}),
        Probe::Managed => json!({"protocol": true}),
    }
}

/// What is usual is left out, and what is secret in the address. Values of headers may be secrets: their names tell enough.
fn http(http: &Http) -> Value {
    let mut object = Map::from_iter([("http".to_owned(), json!(masked_address(&http.url)))]);
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
