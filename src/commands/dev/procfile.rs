//! `dev --procfile FILE`: any Procfile in any folder, without a workspace.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::diagnostic::Label;
use crate::env::{log_secrets, secrets_in_procfile};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::tiers::Tiers;
use crate::service::cause::Tables;
use crate::service::managed::ManagedPlan;
use crate::service::{Plan, Selection, Service, foreman, procfile};
use crate::system::fs;
use crate::text::remedy::quoted;
use crate::text::{Secrets, Source, and_list, nearest};
use crate::workspace::stack::Stack;
use crate::workspace::{Options, Workspace};

use super::foreman_files::{self, EnvFiles};
use super::inherited::inherited;
use super::preflight::Prepared;
use super::startable::{Look, settle};
use super::unsound::bad_plan;
use super::{Context, Request};

/// More of one process than this is a slip of the finger.
const MOST: u32 = 100;

/// The name that stands for each process that has no number of its own.
const ALL: &str = "all";

/// Reads the file and makes the plan. The folder of the file takes the place of a workspace; nothing
/// is written there.
pub(super) fn prepare(
    context: &Context,
    file: &Utf8Path,
    request: &Request,
) -> Result<(Workspace, Prepared), Failure> {
    let here = Context::here()?;
    let path = here.join(file);
    let text = fs::read_text_or_stream(&path).map_err(|error| {
        Failure::new(Exit::Usage, error.to_string())
            .help("name a Procfile: NAME: COMMAND, one a line")
    })?;
    // What comes through a pipe has no folder of its own: `/dev/stdin`, and `<(…)` of a shell.
    let folder = path.parent().filter(|_| !path.starts_with("/dev"));
    let defaults = foreman_files::defaults(&here)?;
    let added = foreman_files::env_files(&here, &defaults)?;
    let root = folder.map_or_else(|| here.clone(), Utf8Path::to_owned);
    let read = procfile::read(&text);
    if read.entries.is_empty() {
        let odd = read
            .odd
            .first()
            .map(|odd| format!(": {}", no_process(file, odd)));
        let message = format!("{file} names no process{}", odd.unwrap_or_default());
        return Err(
            Failure::usage(message).help("write one a line: web: python3 -m http.server $PORT")
        );
    }
    let counts = counts(file, &read, &defaults, request)?;
    let mut left_out = passed_over(file, &read, &defaults);
    if folder.is_some() {
        left_out.extend(added.other(file, &root, &here, &defaults));
    }
    let first = First::of(&defaults, &added, &context.variables);
    left_out.extend(first.passed_over.clone());
    let runs_in = defaults.root.as_ref();
    let runs_in = runs_in.map_or_else(|| root.clone(), |(runs_in, _)| here.join(runs_in));
    let mut services = read.services(&runs_in, first.port, &counts);
    named(file, &read, &services, &request.services)?;
    for service in &mut services {
        service.stop.grace = defaults.timeout.unwrap_or(service.stop.grace);
        // What is set for all stands below what is set for one.
        let own = std::mem::take(&mut service.env);
        if !context.variables.contains_key("PYTHONUNBUFFERED") {
            service
                .env
                .push(("PYTHONUNBUFFERED".to_owned(), "1".to_owned()));
        }
        service.env.extend(added.variables.clone());
        service.env.extend(own);
        // Those of the file stand first, and what stands in both has its place there.
        let own = std::mem::take(&mut service.inline);
        let names = added.variables.iter().map(|(name, _)| name.clone());
        service.inline = names.collect();
        let is_new = |name: &String| added.variables.iter().all(|(known, _)| known != name);
        service.inline.extend(own.into_iter().filter(is_new));
    }
    let wanted = Selection {
        names: request.services.clone(),
        ..Selection::default()
    };
    let workspace = Workspace {
        root,
        options: Options::default(),
        settings: None,
        tiers: Vec::new(),
    };
    let source = source(context, file, text, &added);
    let line_of = |name: &str| {
        let entry = read.entries.iter().find(|entry| entry.name == name)?;
        Some(Label::new(&source, source.line_span(entry.line)?, ""))
    };
    let place = |service: &Service, _: &[&str]| line_of(service.group());
    let plan = Plan::new(services, &wanted).map_err(|mut found| {
        for finding in &mut found {
            let place = finding.subject.as_deref().and_then(line_of);
            finding.place = finding.place.take().or(place);
        }
        bad_plan(&workspace, found)
    })?;
    if plan.services().is_empty() {
        return Err(none_left(file, &read, &defaults, request));
    }
    left_out.extend(first.beyond(plan.services()));
    let look = Look {
        inherited: inherited(&context.variables, &workspace, &Tiers::default()),
        plan: plan.services(),
        workspace: &workspace,
        lines_of: Some(file),
        place: &place,
    };
    let warnings = settle(look.at(plan.services()), request)?;
    let prepared = Prepared {
        plan,
        stack: Stack::default(),
        tiers: Tiers::default(),
        tables: Tables::default(),
        managed: ManagedPlan::default(),
        warnings,
        left_out,
    };
    Ok((workspace, prepared))
}

/// The file as findings show it: without the secrets in it, nor those that are set beside it.
fn source(context: &Context, file: &Utf8Path, text: String, added: &EnvFiles) -> Source {
    let mut known = Vec::new();
    for (name, value) in added
        .variables
        .iter()
        .map(|(name, value)| (name, value))
        .chain(&context.variables)
    {
        log_secrets(name, value, false, &mut known);
    }
    let known = Secrets::new(known);
    Source::with_secrets(file.to_owned(), text, move |text| {
        [secrets_in_procfile(text), known.spans(text)].concat()
    })
}

/// How many there are to be of each process: as the command line says, else one of each that it names, as
/// `foreman start NAME` has it, else as `.foreman` says, else one.
fn counts(
    file: &Utf8Path,
    read: &procfile::Procfile,
    defaults: &foreman::Defaults,
    request: &Request,
) -> Result<BTreeMap<String, u32>, Failure> {
    let names: Vec<&str> = read.entries.iter().map(|one| one.name.as_str()).collect();
    for (name, count) in &request.scale {
        if !names.contains(&name.as_str()) && name != ALL {
            return Err(unknown(file, name, &names));
        }
        if *count > MOST {
            return Err(
                Failure::usage(format!("{count} of `{name}` are more than {MOST}"))
                    .help(format!("--scale {name}={MOST} is the most")),
            );
        }
    }
    let count = |name: &str| {
        let typed = request.scale.get(name).or_else(|| request.scale.get(ALL));
        let is_named = request.services.iter().any(|one| one == name);
        match (typed, &defaults.formation) {
            (Some(count), _) => *count,
            (None, Some(formation)) if !is_named => formation.of(name).min(MOST),
            (None, _) => 1,
        }
    };
    let each = names.iter();
    Ok(each.map(|name| ((*name).to_owned(), count(name))).collect())
}

/// Each name on the command line is one of a process, or of one of several.
fn named(
    file: &Utf8Path,
    read: &procfile::Procfile,
    services: &[Service],
    wanted: &[String],
) -> Result<(), Failure> {
    let names: Vec<&str> = read.entries.iter().map(|one| one.name.as_str()).collect();
    for name in wanted {
        if services
            .iter()
            .any(|one| one.name == *name || one.group() == name)
        {
            continue;
        }
        if !names.contains(&name.as_str()) {
            return Err(unknown(file, name, &names));
        }
        return Err(
            Failure::usage(format!("`{name}` is to run, and --scale says none of it"))
                .help(format!("leave out {name}, or: --scale {name}=1")),
        );
    }
    Ok(())
}

/// That of no process there is to be one, and who says so.
fn none_left(
    file: &Utf8Path,
    read: &procfile::Procfile,
    defaults: &foreman::Defaults,
    request: &Request,
) -> Failure {
    let mut message =
        format!("nothing is left to run: of every process of {file} there are to be none");
    let names: Vec<&str> = read.entries.iter().map(|one| one.name.as_str()).collect();
    let is_typed = |name: &&str| {
        let scale = &request.scale;
        scale.contains_key(*name) || scale.contains_key(ALL)
    };
    let Some(formation) = &defaults.formation else {
        return Failure::usage(message).help("leave out one of --scale NAME=0");
    };
    let Some(first) = names.iter().find(|name| !is_typed(name)) else {
        return Failure::usage(message).help("leave out one of --scale NAME=0");
    };
    let odd = odd_formation(file, read, formation);
    let line = formation.line;
    if odd.is_empty() {
        message = format!("{message}, since `formation` of .foreman:{line} has none");
    }
    for one in odd {
        message.push_str("; ");
        message.push_str(&one);
    }
    Failure::usage(message).help(format!(
        "correct `formation` in .foreman:{line}, or name what is to run: pixcrawler dev --procfile {} {}",
        quoted(file.as_str()),
        quoted(first)
    ))
}

fn unknown(file: &Utf8Path, name: &str, names: &[&str]) -> Failure {
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", and_list(names)),
    };
    Failure::usage(format!("{file} names no process `{name}`")).help(help)
}

/// The first process's port, and who says it.
#[derive(Default)]
struct First {
    port: Option<u32>,
    said: String,
    /// What is said of it and is no port.
    passed_over: Option<String>,
}

impl First {
    /// As foreman looks for it: `.foreman`, `.env`, then what this terminal has.
    fn of(
        defaults: &foreman::Defaults,
        file: &EnvFiles,
        variables: &BTreeMap<String, String>,
    ) -> Self {
        let mut first = Self::default();
        if let Some((port, line)) = defaults.port {
            (first.port, first.said) = (Some(port.into()), format!(".foreman:{line}"));
            return first;
        }
        let in_file = file.variables.iter().find(|(name, _)| name == "PORT");
        let in_file = in_file.map(|(_, value)| (file.port_at.clone(), value));
        let here = variables.get("PORT");
        let here = here.map(|value| ("PORT of this terminal".to_owned(), value));
        for (said, value) in in_file.into_iter().chain(here) {
            if let Ok(port) = value.trim().parse::<u16>() {
                (first.port, first.said) = (Some(port.into()), said);
                break;
            }
            // A variable that is empty is none.
            if !value.trim().is_empty() {
                let what = if said.contains("PORT") { "" } else { " PORT" };
                first.passed_over = Some(format!("{said}{what} is no port, and is passed over"));
            }
        }
        first
    }

    /// Processes whose port is none.
    fn beyond(&self, services: &[Service]) -> Vec<String> {
        let (Some(first), said) = (self.port, &self.said) else {
            return Vec::new();
        };
        let beyond = services
            .iter()
            .filter_map(|one| Some((&one.name, procfile::port_beyond(one)?)));
        let tell = |(name, port)| {
            format!(
                "`{name}` gets PORT {port}, but ports end at 65535: {said} sets the first one to {first}, \
                 set it lower"
            )
        };
        beyond.map(tell).collect()
    }
}

/// What the two files say and nobody goes by.
fn passed_over(
    file: &Utf8Path,
    read: &procfile::Procfile,
    defaults: &foreman::Defaults,
) -> Vec<String> {
    let odd = read.odd.iter();
    let mut told: Vec<String> = odd.map(|odd| no_process(file, odd)).collect();
    let bygone = defaults.bygone.iter();
    told.extend(bygone.map(|(line, option)| {
        format!(".foreman:{line} `{option}` is passed over, as by foreman: its name is `formation`")
    }));
    let others = defaults.others.iter();
    told.extend(others.map(|(line, option, why)| {
        format!(".foreman:{line} `{option}` is {why}, and is passed over")
    }));
    let unread = defaults.unread.iter();
    told.extend(unread.map(|line| {
        format!(".foreman:{line} is no option such as `port: 5000`, and is passed over")
    }));
    if let Some(formation) = &defaults.formation {
        told.extend(odd_formation(file, read, formation));
    }
    told
}

/// What a formation says and cannot mean.
fn odd_formation(
    file: &Utf8Path,
    read: &procfile::Procfile,
    formation: &foreman::Formation,
) -> Vec<String> {
    let line = formation.line;
    let knows = |name: &str| read.entries.iter().any(|one| one.name == name) || name == ALL;
    let numberless = formation.numberless.iter();
    let mut told: Vec<String> = numberless
        .map(|pair| {
            let name = pair.split('=').next().unwrap_or(pair);
            if knows(name) {
                format!(
                    ".foreman:{line} `{pair}` has no number, which means none of it: {name}=1 is one"
                )
            } else {
                format!(".foreman:{line} `{pair}` is no formation such as web=2 or all=1")
            }
        })
        .collect();
    let is_numberless = |name: &str| {
        let mut pairs = formation.numberless.iter();
        pairs.any(|pair| pair.split('=').next() == Some(name))
    };
    let strange = formation
        .names()
        .filter(|name| !knows(name) && !is_numberless(name));
    told.extend(strange.map(|name| format!(".foreman:{line} {file} names no process `{name}`")));
    told
}

/// A line of a Procfile that is passed over.
fn no_process(file: &Utf8Path, odd: &procfile::Odd) -> String {
    let why = odd.why.map(|why| format!(", {why}"));
    let why = why.unwrap_or_default();
    format!("{file}:{} is no process and is passed over{why}", odd.line)
}
