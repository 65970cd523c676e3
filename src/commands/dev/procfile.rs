//! `dev --procfile FILE`: any Procfile in any folder, without a workspace.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::diagnostic::Label;
use crate::env::{log_secrets, secrets_in_procfile};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::tiers::Tiers;
use crate::service::cause::{Modules, Tables};
use crate::service::managed::ManagedPlan;
use crate::service::{Plan, Selection, Service, foreman, procfile};
use crate::system::{fs, same};
use crate::text::remedy::quoted;
use crate::text::{Secrets, Source, and_list, nearest};
use crate::workspace::stack::Stack;
use crate::workspace::{Options, Workspace};

use super::inherited::inherited;
use super::preflight::{Prepared, bad_plan};
use super::startable::{Look, settle};
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
    let defaults = foreman_defaults(&here)?;
    let added = env_file(&here)?;
    let root = folder.map_or_else(|| here.clone(), Utf8Path::to_owned);
    let read = procfile::read(&text);
    if read.entries.is_empty() {
        return Err(Failure::usage(format!("{file} names no process"))
            .help("write one a line: web: python3 -m http.server $PORT"));
    }
    let counts = counts(file, &read, &defaults, request)?;
    let mut left_out = passed_over(file, &read, &defaults);
    left_out.extend(other_env(file, &root, &here));
    let first = First::of(&defaults, &added, &context.variables);
    left_out.extend(first.passed_over.clone());
    let mut services = read.services(&root, first.port, &counts);
    named(file, &read, &services, &request.services)?;
    for service in &mut services {
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
    let plan = Plan::new(services, &wanted).map_err(|found| bad_plan(&workspace, found))?;
    if plan.services().is_empty() {
        return Err(Failure::usage(format!(
            "nothing is left to run: of every process of {file} there are to be none"
        ))
        .help("leave out one of --scale NAME=0, or give one of them a number (.foreman has them, too)"));
    }
    left_out.extend(first.beyond(plan.services()));
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
    let source = Source::with_secrets(file.to_owned(), text, move |text| {
        [secrets_in_procfile(text), known.spans(text)].concat()
    });
    let place = |service: &Service, _: &[&str]| {
        let mut entries = read.entries.iter();
        let entry = entries.find(|entry| entry.name == service.group())?;
        Some(Label::new(&source, source.line_span(entry.line)?, ""))
    };
    let look = Look {
        inherited: inherited(&context.variables, &workspace, &Tiers::default()),
        plan: plan.services(),
        lines_of: Some(file),
        place: &place,
    };
    let warnings = settle(look.at(plan.services()), request)?;
    let prepared = Prepared {
        plan,
        stack: Stack::default(),
        tiers: Tiers::default(),
        modules: Modules::default(),
        tables: Tables::default(),
        managed: ManagedPlan::default(),
        warnings,
        left_out,
    };
    Ok((workspace, prepared))
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
        file: &EnvFile,
        variables: &BTreeMap<String, String>,
    ) -> Self {
        let mut first = Self::default();
        if let Some((port, line)) = defaults.port {
            (first.port, first.said) = (Some(port.into()), format!(".foreman:{line}"));
            return first;
        }
        let in_file = file.variables.iter().find(|(name, _)| name == "PORT");
        let in_file = in_file.map(|(_, value)| (format!(".env:{}", file.port_line), value));
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
    let mut told: Vec<String> = read
        .odd
        .iter()
        .map(|line| format!("{file}:{line} is no process and is passed over"))
        .collect();
    let others = defaults.others.iter();
    told.extend(others.map(|(line, option)| format!(".foreman:{line} `{option}` is passed over")));
    let unread = defaults.unread.iter();
    told.extend(unread.map(|line| {
        format!(".foreman:{line} is no option such as `port: 5000`, and is passed over")
    }));
    let Some(formation) = &defaults.formation else {
        return told;
    };
    let line = formation.line;
    let numberless = formation.numberless.iter();
    told.extend(numberless.map(|pair| {
        let name = pair.split('=').next().unwrap_or(pair);
        format!(".foreman:{line} `{pair}` has no number, which means none of it: {name}=1 is one")
    }));
    let strange = formation
        .names()
        .filter(|name| read.entries.iter().all(|one| one.name != *name));
    told.extend(strange.map(|name| format!(".foreman:{line} {file} names no process `{name}`")));
    told
}

/// A `.env` beside a Procfile that lies elsewhere, which foreman does not read either.
fn other_env(file: &Utf8Path, root: &Utf8Path, here: &Utf8Path) -> Option<String> {
    let folder = file.parent().filter(|_| root != here)?;
    let path = root.join(".env");
    let is_other = path.exists() && !same::is(root, here);
    is_other.then(|| {
        format!(
            "{} is not read: the .env of the folder where you are counts, as for foreman; \
             to go by it: cd {}, and --procfile {}",
            folder.join(".env"),
            quoted(folder.as_str()),
            quoted(file.file_name().unwrap_or_default())
        )
    })
}

/// What `.foreman` sets in the folder where we are.
fn foreman_defaults(here: &Utf8Path) -> Result<foreman::Defaults, Failure> {
    let text = fs::read_text_if_there(&here.join(".foreman"))
        .map_err(|error| Failure::new(Exit::Usage, error.to_string()).help("make it readable"))?;
    Ok(text.map(|text| foreman::read(&text)).unwrap_or_default())
}

/// A `.env` file.
#[derive(Default)]
struct EnvFile {
    variables: Vec<(String, String)>,
    /// The line of `PORT`, counted from one.
    port_line: usize,
}

/// What `.env` sets in the folder where we are.
fn env_file(here: &Utf8Path) -> Result<EnvFile, Failure> {
    let text = fs::read_text_if_there(&here.join(".env")).map_err(|error| {
        Failure::new(Exit::Usage, error.to_string()).help("make it a readable UTF-8 file")
    })?;
    let text = text.unwrap_or_default();
    let lines = (1..).zip(text.lines());
    let port = lines.filter(|(_, line)| line.starts_with("PORT=")).last();
    Ok(EnvFile {
        variables: procfile::read_env(&text),
        port_line: port.map_or(0, |(line, _)| line),
    })
}
