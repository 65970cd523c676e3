//! What `pixcrawler.toml` changes and adds.

use std::time::Duration;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::workspace::{
    CommandOptions, ConditionOptions, DependencyOptions, ReadyOptions, RestartOptions,
    ServiceOptions,
};

use super::super::endpoint::Endpoint;
use super::super::{
    Command, Condition, Dependency, Kind, Probe, Readiness, Restart, Service, Stop, StopScope,
};
use super::Inputs;

/// A service in `pixcrawler.toml` cannot be started as it is written.
pub(super) static BROKEN_SERVICE: Rule = Rule {
    code: "plan/broken-service",
    severity: Severity::Error,
    summary: "a service in pixcrawler.toml cannot be run as it is written",
    text: "\
A service that was not detected needs a `command`; a readiness check is exactly one of `http`,
`tcp`, `log`, `exec` and `celery`; signals have the names that `kill -l` prints.

Way out: correct the table, then look at the result with `pixcrawler dev --dry-run`.",
};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[&BROKEN_SERVICE];

/// The detected services with the changes and additions of `pixcrawler.toml`.
pub(super) fn apply(
    inputs: &Inputs<'_>,
    mut services: Vec<Service>,
) -> Result<Vec<Service>, Vec<Finding>> {
    let mut findings = Vec::new();
    for (name, written) in &inputs.workspace.options.services {
        let known = services.iter().position(|service| &service.name == name);
        if written.enabled == Some(false) {
            services.retain(|service| &service.name != name);
            // Whoever waited for it does not wait any more: it is provided some other way.
            for service in &mut services {
                service.after.retain(|dependency| &dependency.name != name);
            }
            continue;
        }
        let base = known.map(|at| services[at].clone());
        match complete(inputs, name, written, base, &services) {
            Ok(service) => match known {
                Some(at) => services[at] = service,
                None => services.push(service),
            },
            Err(why) => findings.push(
                Finding::new(&BROKEN_SERVICE, format!("service `{name}`: {why}"))
                    .subject(name.clone())
                    .help(format!("correct [services.{name}] in pixcrawler.toml, then: pixcrawler dev --dry-run")),
            ),
        }
    }
    if findings.is_empty() {
        Ok(services)
    } else {
        Err(findings)
    }
}

fn complete(
    inputs: &Inputs<'_>,
    name: &str,
    written: &ServiceOptions,
    base: Option<Service>,
    others: &[Service],
) -> Result<Service, String> {
    let mut service = match (base, &written.command) {
        (Some(service), _) => service,
        (None, None) => return Err("it was not detected, and there is no `command`".to_owned()),
        (None, Some(_)) => Service {
            name: name.to_owned(),
            kind: Kind::Process(Command::Shell(String::new())),
            cwd: inputs.workspace.root.clone(),
            tier: None,
            // What is no Python does not mind.
            env: super::detected::python_env(inputs),
            port: None,
            url: None,
            after: Vec::new(),
            ready: Readiness::at_start(),
            restart: Restart::Never,
            stop: Stop::default(),
            origin: "pixcrawler.toml".to_owned(),
        },
    };
    if let Some(command) = &written.command {
        let command = self::command(command)?;
        // A shell does not pass signals on: its whole group is asked.
        service.stop.scope = if matches!(command, Command::Shell(_)) {
            StopScope::Group
        } else {
            StopScope::Leader
        };
        service.kind = Kind::Process(command);
    }
    if let (Some(task), Kind::Process(command) | Kind::Task(command)) =
        (written.task, service.kind.clone())
    {
        service.kind = if task {
            Kind::Task(command)
        } else {
            Kind::Process(command)
        };
    }
    if let Some(cwd) = &written.cwd {
        service.cwd = inputs.workspace.path(cwd);
        service.tier = inputs
            .workspace
            .tiers
            .iter()
            .find(|tier| tier.dir == *cwd)
            .map(|tier| tier.name.clone());
    }
    if let Some(port) = written.port {
        move_port(&mut service, port, written.command.is_none());
    }
    service.env.extend(written.env.clone());
    if let Some(depends_on) = &written.depends_on {
        service.after = dependencies(depends_on, others);
        // A server that runs already and a task with nothing to do are no services of this plan,
        // and nobody need wait for them.
        service.after.retain(|dependency| {
            others.iter().any(|other| other.name == dependency.name)
                || !is_optional(&dependency.name)
        });
    }
    if let Some(ready) = &written.ready {
        service.ready = readiness(ready, &service.ready)?;
    }
    if let Some(restart) = written.restart {
        service.restart = match restart {
            RestartOptions::Never => Restart::Never,
            RestartOptions::OnFailure => Restart::OnFailure,
            RestartOptions::Always => Restart::Always,
        };
    }
    if let Some(stop) = &written.stop {
        if let Some(signal) = &stop.signal {
            service.stop.signal = signal.parse()?;
        }
        service.stop.grace = stop.grace.map_or(service.stop.grace, |grace| grace.0);
    }
    Ok(service)
}

fn command(written: &CommandOptions) -> Result<Command, String> {
    match written {
        CommandOptions::Shell(line) if line.trim().is_empty() => {
            Err("`command` is empty".to_owned())
        }
        CommandOptions::Shell(line) => Ok(Command::Shell(line.clone())),
        CommandOptions::Exec(words) if words.is_empty() => Err("`command` is empty".to_owned()),
        CommandOptions::Exec(words) => Ok(Command::Exec(words.clone())),
    }
}

/// Gives a service another port: in its variables, its address and its check, and in a detected
/// command's own `--port`.
fn move_port(service: &mut Service, port: u16, detected: bool) {
    let old = service.port.replace(port);
    let (from, to) = (old.map(|old| format!(":{old}")), format!(":{port}"));
    let moved = |text: &str| {
        from.as_ref()
            .map_or(text.to_owned(), |from| text.replacen(from.as_str(), &to, 1))
    };
    service.url = service.url.as_deref().map(moved);
    match &mut service.ready.probe {
        Some(Probe::Http(url)) => *url = moved(url),
        Some(Probe::Tcp(checked)) => *checked = port,
        _ => {}
    }
    if let (true, Kind::Process(Command::Exec(words))) = (detected, &mut service.kind)
        && let Some(at) = words.iter().position(|word| word == "--port")
        && let Some(value) = words.get_mut(at + 1)
    {
        *value = port.to_string();
    }
    service.env.retain(|(name, _)| name != "PORT");
    service.env.push(("PORT".to_owned(), port.to_string()));
}

/// Whether a service of this name is in the plan only where it is needed.
fn is_optional(name: &str) -> bool {
    matches!(
        name,
        "postgres" | "redis" | super::MIGRATE | super::INSTALL_PYTHON
    ) || name.ends_with("-install")
}

fn dependencies(written: &DependencyOptions, others: &[Service]) -> Vec<Dependency> {
    let usual = |name: &String| {
        let task = others
            .iter()
            .any(|service| &service.name == name && service.kind.is_task());
        if task {
            Condition::CompletedSuccessfully
        } else {
            Condition::Ready
        }
    };
    match written {
        DependencyOptions::Names(names) => names
            .iter()
            .map(|name| Dependency {
                name: name.clone(),
                condition: usual(name),
            })
            .collect(),
        DependencyOptions::Conditions(conditions) => conditions
            .iter()
            .map(|(name, condition)| {
                let condition = match condition {
                    ConditionOptions::Started => Condition::Started,
                    ConditionOptions::Ready => Condition::Ready,
                    ConditionOptions::Completed => Condition::Completed,
                    ConditionOptions::CompletedSuccessfully => Condition::CompletedSuccessfully,
                };
                Dependency {
                    name: name.clone(),
                    condition,
                }
            })
            .collect(),
    }
}

fn readiness(written: &ReadyOptions, usual: &Readiness) -> Result<Readiness, String> {
    let probes: Vec<Probe> = [
        written.http.clone().map(Probe::Http),
        written.tcp.map(Probe::Tcp),
        written.log.clone().map(Probe::Log),
        written
            .exec
            .as_ref()
            .map(command)
            .transpose()?
            .map(Probe::Exec),
        written
            .celery
            .as_ref()
            .map(|url| {
                Endpoint::redis(url, "celery", "pixcrawler.toml")
                    .map_err(|error| format!("`ready.celery` {error}"))
            })
            .transpose()?
            .map(Probe::Celery),
    ]
    .into_iter()
    .flatten()
    .collect();
    if probes.len() > 1 {
        return Err("`ready` names more than one check".to_owned());
    }
    Ok(Readiness {
        probe: probes.into_iter().next().or_else(|| usual.probe.clone()),
        timeout: written.timeout.map_or(usual.timeout, |time| time.0),
        interval: written
            .interval
            .map_or(usual.interval, |time| time.0.max(Duration::from_millis(10))),
    })
}
