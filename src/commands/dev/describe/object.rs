//! A service as an object of JSON.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::env::masked_address;
use crate::service::endpoint::Endpoint;
use crate::service::{Command, HealthCheck, Http, Kind, Probe, Service};
use crate::workspace::Workspace;

fn kind(service: &Service) -> &'static str {
    match &service.kind {
        Kind::Process(_) => "service",
        Kind::Task(_) => "task",
        Kind::Managed(_) => "managed",
        Kind::Guest(_) => "command",
    }
}

/// A service with all that is set for it.
pub(super) fn describe(workspace: &Workspace, service: &Service) -> Value {
    let relative = service
        .cwd
        .strip_prefix(&workspace.root)
        .unwrap_or(&service.cwd);
    let command = match &service.kind {
        Kind::Process(command) | Kind::Task(command) | Kind::Guest(command) => {
            json!(command.masked())
        }
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
        "stop": {"signal": service.stop.signal, "scope": service.stop.scope, "command": service.stop.command.as_ref().map(Command::masked), "grace_ms": millis(service.stop.grace)},
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
        Probe::Exec(command) => json!({"exec": command.masked()}),
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
