//! A service in words: whom it waits for, how it gets ready, stays well, is bound, and stops.

use std::time::Duration;

use camino::Utf8PathBuf;

use crate::env::masked_address;
use crate::service::endpoint::Endpoint;
use crate::service::{
    Condition, Dependency, HealthCheck, Http, Kind, OnEnv, Probe, Restart, Service, Stop,
};
use crate::text::{duration, or_list, plural};
use crate::workspace::Workspace;

/// Whom a service waits for, and what of it where that is not the usual.
pub(super) fn waited_for(dependency: &Dependency) -> String {
    let name = &dependency.name;
    match dependency.condition {
        Condition::Ready => name.clone(),
        Condition::Started => format!("{name} (started)"),
        Condition::Healthy => format!("{name} (healthy)"),
        Condition::Completed => format!("{name} (ended)"),
        Condition::CompletedSuccessfully => format!("{name} (ended well)"),
    }
}

/// How long a service is waited for.
fn patience(service: &Service) -> String {
    match service.ready.timeout {
        Duration::MAX => String::new(),
        timeout if service.ready.settles.is_some() => {
            format!(", or once it has run for {}", duration(timeout))
        }
        timeout => format!(", within {}", duration(timeout)),
    }
}

/// How a service gets ready, stays well, is started again, is bound, and stops.
pub(super) fn traits(workspace: &Workspace, service: &Service) -> Vec<String> {
    let mut traits = Vec::new();
    if service.kind.is_task() {
        traits.push("runs once".to_owned());
    }
    if let Some(replica) = &service.replica {
        traits.push(format!("replica {} of {}", replica.number, replica.of));
    }
    if let Some(probe) = &service.ready.probe {
        let timeout = patience(service);
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
        let ignore = match watch.ignore.as_slice() {
            [] => String::new(),
            ignore => format!(" but {}", ignore.join(", ")),
        };
        traits.push(format!("watches {}{only}{ignore}", paths.join(", ")));
    }
    match service.on_env {
        OnEnv::Restart => {}
        OnEnv::ReadsAgain => traits.push("reads its env files again by itself".to_owned()),
        OnEnv::Keep => traits.push("keeps its environment".to_owned()),
    }
    if let Some(most) = service.most {
        traits.push(format!("at most {most} processes"));
    }
    let others = service.success.iter().filter(|code| **code != 0);
    let codes: Vec<String> = others.map(u8::to_string).collect();
    if !codes.is_empty() {
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
            Some(command) => command.masked().to_string(),
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
        Probe::Http(http) => answer(http),
        Probe::Tcp(port) => format!("a connection to port {port}"),
        Probe::Log(pattern) => format!("a line with {pattern}"),
        Probe::Exec(command) => format!("success of `{}`", command.masked()),
        Probe::Celery(brokers) => {
            let all: Vec<String> = brokers.iter().map(Endpoint::redis_place).collect();
            format!("a ping over its broker, {}", or_list(&all))
        }
        Probe::Notify => "READY=1".to_owned(),
        Probe::Managed => "an answer in its own protocol".to_owned(),
    }
}

/// The answer that a service must give. Values of headers may be secrets: their names tell enough.
fn answer(http: &Http) -> String {
    let mut words = vec![masked_address(&http.url)];
    let range = |(from, to): &(u16, u16)| {
        if from == to {
            from.to_string()
        } else {
            format!("{from}-{to}")
        }
    };
    if !http.status.is_empty() {
        let ranges: Vec<String> = http.status.iter().map(range).collect();
        words.push(format!("status {}", ranges.join(" or ")));
    }
    for (name, _) in &http.response_headers {
        words.push(format!("a header {name}"));
    }
    if let Some(body) = &http.body {
        words.push(format!("`{body}` in the body"));
    }
    words.join(" with ")
}

pub(super) fn command(service: &Service) -> String {
    match &service.kind {
        Kind::Process(command) | Kind::Task(command) | Kind::Guest(command) => {
            command.masked().to_string()
        }
        Kind::Managed(server) => format!("(managed) {}", server.name()),
    }
}
