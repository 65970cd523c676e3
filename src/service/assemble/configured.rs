//! What `pixcrawler.toml` changes and adds.

use std::collections::BTreeSet;

use camino::Utf8Path;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::text::{duration, nearest};
use crate::workspace::{
    CONFIG, CommandOptions, ConditionOptions, DependencyOptions, ReadyOptions, RestartOptions,
    RestartWhen, Seconds, ServiceOptions, StopOptions, StopTo, label,
};

use super::super::commanded::Commanded;
use super::super::{
    BackOff, Command, Condition, Dependency, Kind, OnEnv, Probe, Readiness, Restart, Service, Stop,
    StopScope, Template,
};
use super::checks::{Complaint, command, health, readiness};
use super::{Assembled, Inputs, left_out, port, sense, watched};

/// A service in `pixcrawler.toml` cannot be started as it is written.
pub(super) static BROKEN_SERVICE: Rule = Rule {
    code: "plan/broken-service",
    severity: Severity::Error,
    summary: "a service in pixcrawler.toml cannot be run as it is written",
    text: "\
A service that was not detected needs a `command`; a check is exactly one of `http`, `tcp`, `log`,
`exec`, `celery` and `notify` (for health: `watchdog`); a signal is one of TERM, INT, QUIT, HUP, ABRT,
USR1, USR2, WINCH and KILL, with or without SIG; replicas that listen need a `port-step`; nobody can wait for the end (`completed`) of what is
always started again, or for the health (`healthy`) of what has no health check.

Way out: correct the table, then look at the result with `pixcrawler dev --dry-run`.",
};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[&BROKEN_SERVICE, &left_out::LEFT_OUT];

/// The detected services with the changes and additions of `pixcrawler.toml`.
pub(super) fn apply(
    inputs: &Inputs<'_>,
    mut services: Vec<Service>,
) -> Result<Assembled, Vec<Finding>> {
    let mut findings = Vec::new();
    let count = inputs.workspace.options.services.len();
    if count > MOST {
        return Err(vec![too_many(inputs, count)]);
    }
    for (name, written) in &inputs.workspace.options.services {
        let known = services.iter().position(|service| &service.name == name);
        if written.enabled == Some(false) {
            services.retain(|service| &service.name != name);
            continue;
        }
        let base = known.map(|at| services[at].clone());
        match complete(inputs, name, written, base, &services) {
            Ok(service) => match known {
                Some(at) => services[at] = service,
                None => services.push(service),
            },
            Err(complaint) => findings.push(broken(inputs, name, complaint)),
        }
    }
    port::claim(inputs, &mut services);
    // Whoever waits for what is left out does not wait any more: it is provided some other way.
    let is_out = |name: &String| {
        let written = inputs.workspace.options.services.get(name);
        written.is_some_and(|written| written.enabled == Some(false))
    };
    for service in &mut services {
        service.after.retain(|dependency| !is_out(&dependency.name));
    }
    for name in inputs.scale.keys() {
        if !services.iter().any(|service| &service.name == name) {
            let names = services.iter().map(|service| service.name.as_str());
            findings.push(
                Finding::new(
                    &super::super::plan::UNKNOWN_SERVICE,
                    format!("--scale {name} names no service of this workspace"),
                )
                .subject(name.clone())
                .help(match nearest(name, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "see the services with: pixcrawler dev --dry-run".to_owned(),
                }),
            );
        }
    }
    if findings.is_empty() {
        multiply(inputs, services)
    } else {
        Err(findings)
    }
}

/// What a finding says of `--scale`: the name that was given, and why there cannot be so many of it.
#[must_use]
pub fn of_scale(finding: &Finding) -> Option<(String, String)> {
    let said = finding.message.strip_prefix("--scale ")?;
    let name = finding.subject.clone()?;
    let why = match said.strip_prefix(&name)?.split_once(": ") {
        Some((_, why)) => why.to_owned(),
        None => "no service has that name".to_owned(),
    };
    Some((name, why))
}

/// Everybody waits for everybody in a plan of so many; more is no stack but a slip.
const MOST: usize = 1000;

fn too_many(inputs: &Inputs<'_>, count: usize) -> Finding {
    let finding = Finding::new(
        &BROKEN_SERVICE,
        format!("{CONFIG} has {count} services: {MOST} are the most"),
    )
    .help("take out what does not run; several of one are replicas: replicas = 3");
    let settings = inputs.workspace.settings.as_ref();
    match settings.and_then(|source| label(source, &["services"], "")) {
        Some(place) => finding.at(place),
        None => finding,
    }
}

/// A finding at the place of the key that is wrong.
fn broken(inputs: &Inputs<'_>, name: &str, (key, why): Complaint) -> Finding {
    let path = [&["services", name], key].concat();
    let shown: String = name.chars().filter(|c| !c.is_control()).collect();
    let finding = Finding::new(&BROKEN_SERVICE, format!("service `{shown}`: {why}"))
        .subject(name)
        .help(format!(
            "correct [services.{shown}] in {CONFIG}, then: pixcrawler dev --dry-run"
        ));
    let settings = inputs.workspace.settings.as_ref();
    match settings.and_then(|source| label(source, &path, "")) {
        Some(place) => finding.at(place),
        None => finding,
    }
}

/// As many replicas of each service as are wanted.
fn multiply(inputs: &Inputs<'_>, services: Vec<Service>) -> Result<Assembled, Vec<Finding>> {
    let (mut all, mut findings) = (Assembled::default(), Vec::new());
    for service in services {
        let name = service.name.clone();
        let written = inputs.workspace.options.services.get(&name);
        let count = inputs.scale.get(&name).copied();
        let count = count.or_else(|| written.and_then(|written| written.replicas));
        let step = written.and_then(|written| written.port_step);
        let Some(count) = count else {
            let template = Template::new(service, step, false);
            all.services.push(template.alone());
            all.templates.extend(step.map(|_| template));
            continue;
        };
        let other = "give another number, for example";
        let (made, way) = if !matches!(service.kind, Kind::Process(_)) {
            let why = "only what runs on can have replicas, no task and no managed server";
            (Err(why.to_owned()), format!("leave out --scale {name}"))
        } else if !(1..=100).contains(&count) {
            (
                Err(format!("{count} replicas: there can be 1 to 100")),
                format!("{other} --scale {name}=2; to leave it out, name the others"),
            )
        } else {
            let way = if service.port.is_some() && step.is_none() {
                format!("[services.{name}] port-step = 1 in {CONFIG}, or leave out --scale {name}")
            } else {
                format!(
                    "{other} --scale {name}=2, or lower `port` and `port-step` in [services.{name}]"
                )
            };
            let template = Template::new(service, step, true);
            let replicas: Result<Vec<Service>, String> = (1..=count)
                .map(|number| template.instance(number))
                .collect();
            all.templates.push(template);
            (replicas, way)
        };
        match made {
            Ok(replicas) => all.services.extend(replicas),
            Err(why) if inputs.scale.contains_key(&name) => findings.push(
                Finding::new(&BROKEN_SERVICE, format!("--scale {name}={count}: {why}"))
                    .subject(name.clone())
                    .help(way),
            ),
            Err(why) => findings.push(broken(inputs, &name, (&["replicas"], why))),
        }
    }
    findings.extend(sense::unchecked(&all.services).into_iter().map(|vain| {
        let (by, on) = (&vain.by, &vain.on);
        let why = format!("it waits for `{on}` to be healthy, which has no health check");
        broken(inputs, by, (&["depends-on"], why)).help(format!(
            "add health to [services.{on}]: health = {{ exec = \"COMMAND\" }}; or wait for less: depends-on = {{ {on} = \"ready\" }}"
        ))
    }));
    findings.extend(sense::endless(&all.services).into_iter().map(|vain| {
        let (by, on) = (&vain.by, &vain.on);
        let why = format!("it waits for the end of `{on}`, which is started again whenever it ends");
        broken(inputs, by, (&["depends-on"], why)).help(format!(
            "let `{on}` end: restart = \"on-failure\" in [services.{on}]; or wait for less: depends-on = {{ {on} = \"ready\" }}"
        ))
    }));
    if findings.is_empty() {
        Ok(all)
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
) -> Result<Service, Complaint> {
    sense::name(name)?;
    let mut service = match (base, &written.command) {
        (Some(service), _) => service,
        (None, None) => {
            return Err((
                &[],
                "it was not detected, and there is no `command`".to_owned(),
            ));
        }
        (None, Some(_)) => Service {
            // What is no Python does not mind.
            env: super::detected::python_env(inputs),
            tier: tier_of(inputs, &inputs.workspace.root),
            origin: CONFIG.to_owned(),
            ..Service::new(
                name,
                Kind::Process(Command::Shell(String::new())),
                inputs.workspace.root.clone(),
            )
        },
    };
    if let Some(words) = &written.command {
        run(&mut service, words)?;
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
        service.tier = tier_of(inputs, &service.cwd);
    }
    port::place(&mut service, written)?;
    sense::variables(&written.env)?;
    service.env.extend(written.env.clone());
    if let Some(depends_on) = &written.depends_on {
        service.after = dependencies(depends_on, others);
        // A server that runs already and a task with nothing to do are no services of this plan,
        // and nobody need wait for them; one of such a name that the settings make is, and may come later.
        let is_made = |name: &String| {
            let written = inputs.workspace.options.services.get(name);
            written.is_some_and(|written| written.command.is_some())
        };
        service.after.retain(|dependency| {
            others.iter().any(|other| other.name == dependency.name)
                || is_made(&dependency.name)
                || !is_optional(&dependency.name)
        });
    }
    if let Some(ready) = &written.ready {
        get_ready(&mut service, ready)?;
    }
    if let Some(checks) = &written.health {
        service.health = Some(health(checks)?);
    }
    if let Some(restart) = written.restart {
        (service.restart, service.back_off) = restarts(restart, service.back_off)?;
    }
    if let Some(stop) = &written.stop {
        self::stop(&mut service.stop, stop)?;
    }
    if let Some(watch) = &written.watch {
        service.watch = watched::watch(&service, watch)?.filter(|_| inputs.reload);
    }
    match written.max_processes {
        Some(0) => {
            let why = "not even its own process: 1 is the least".to_owned();
            return Err((&["max-processes"], why));
        }
        most => service.most = most.or(service.most),
    }
    match written.watch_env {
        Some(false) => service.on_env = OnEnv::Keep,
        Some(true) => service.on_env = OnEnv::Restart,
        // What is run instead of what was detected may read nothing again.
        None if written.command.is_some() => service.on_env = OnEnv::Restart,
        None => {}
    }
    if written
        .profiles
        .iter()
        .any(|profile| profile.trim().is_empty())
    {
        return Err((&["profiles"], "a profile has a name".to_owned()));
    }
    service.success.extend(&written.success_codes);
    service.profiles.extend(written.profiles.clone());
    sense::checks(&service)?;
    Ok(service)
}

/// The tier whose folder a folder is, or is in.
fn tier_of(inputs: &Inputs<'_>, dir: &Utf8Path) -> Option<String> {
    let tiers = inputs.workspace.tiers.iter();
    tiers
        .filter(|tier| dir.starts_with(inputs.workspace.path(&tier.dir)))
        .max_by_key(|tier| tier.dir.components().count())
        .map(|tier| tier.name.clone())
}

fn run(service: &mut Service, written: &CommandOptions) -> Result<(), Complaint> {
    let command = command(written).map_err(|why| (&["command"] as &[_], why))?;
    // A shell does not pass signals on: its whole group is asked.
    service.stop.scope = if matches!(command, Command::Shell(_)) {
        StopScope::Group
    } else {
        StopScope::Leader
    };
    // Another program, or one that keeps it to itself, does not say that it works.
    if matches!(service.ready.probe, Some(Probe::Log(_)))
        && !Commanded::from(&command).says_when_it_works()
    {
        service.ready = Readiness::at_start();
    }
    service.kind = Kind::Process(command);
    Ok(())
}

fn restarts(written: RestartOptions, usual: BackOff) -> Result<(Restart, BackOff), Complaint> {
    let (when, patience) = match written {
        RestartOptions::When(when) => (when, usual),
        RestartOptions::Table(table) => {
            let longest = table.max_delay.map(|time| time.0);
            if let (Some(Seconds(delay)), Some(longest)) = (table.delay, longest)
                && longest < delay
            {
                let (longest, delay) = (duration(longest), duration(delay));
                let why = format!("`max-delay`, {longest}, is less than `delay`, {delay}");
                return Err((&["restart", "max-delay"], why));
            }
            let usually = usual.delay.min(longest.unwrap_or(usual.delay));
            let delay = table.delay.map_or(usually, |time| time.0);
            let limit = match table.limit {
                None => usual.limit,
                Some(0) => None,
                limit => limit,
            };
            let patience = BackOff {
                delay,
                longest: longest.unwrap_or(usual.longest).max(delay),
                stable: table.stable.map_or(usual.stable, |time| time.0),
                limit,
            };
            (table.when, patience)
        }
    };
    let when = match when {
        RestartWhen::Never => Restart::Never,
        RestartWhen::OnFailure => Restart::OnFailure,
        RestartWhen::Always => Restart::Always,
    };
    Ok((when, patience))
}

fn get_ready(service: &mut Service, written: &ReadyOptions) -> Result<(), Complaint> {
    sense::waited_for(service)?;
    service.ready = readiness(written, &service.ready)?;
    Ok(())
}

fn stop(stop: &mut Stop, written: &StopOptions) -> Result<(), Complaint> {
    if let Some(signal) = &written.signal {
        stop.signal = signal
            .parse()
            .map_err(|why| (&["stop", "signal"] as &[_], why))?;
    }
    if let Some(line) = &written.command {
        let command = command(line).map_err(|why| (&["stop", "command"] as &[_], why))?;
        stop.command = Some(command);
    }
    stop.grace = written.grace.map_or(stop.grace, |grace| grace.0);
    stop.scope = match written.to {
        Some(StopTo::Leader) => StopScope::Leader,
        Some(StopTo::Group) => StopScope::Group,
        None => stop.scope,
    };
    Ok(())
}

/// Whether a service of this name is in the plan only where it is needed.
fn is_optional(name: &str) -> bool {
    matches!(name, "postgres" | "redis") || super::is_preparation(name)
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
    let mut seen = BTreeSet::new();
    match written {
        DependencyOptions::Names(names) => names
            .iter()
            .filter(|name| seen.insert(*name))
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
                    ConditionOptions::Healthy => Condition::Healthy,
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
