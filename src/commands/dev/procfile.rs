//! `dev --procfile FILE`: any Procfile in any folder, without a workspace.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Label;
use crate::env::{log_secrets, secrets_in_procfile};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::tiers::Tiers;
use crate::service::cause::{Modules, Tables};
use crate::service::managed::ManagedPlan;
use crate::service::{Plan, Selection, Service, foreman, procfile};
use crate::system::fs;
use crate::text::{Secrets, Source, and_list, nearest};
use crate::workspace::stack::Stack;
use crate::workspace::{Options, Workspace};

use super::inherited::inherited;
use super::preflight::{Prepared, bad_plan};
use super::startable::{Look, settle};
use super::{Context, Request};

/// More of one process than this is a slip of the finger.
const MOST: u32 = 100;

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
    let root = folder.map_or(here, Utf8Path::to_owned);
    let read = procfile::read(&text);
    if read.entries.is_empty() {
        return Err(Failure::usage(format!("{file} names no process"))
            .help("write one a line: web: python3 -m http.server $PORT"));
    }
    for (name, count) in &request.scale {
        let names: Vec<&str> = read.entries.iter().map(|one| one.name.as_str()).collect();
        if !names.contains(&name.as_str()) {
            let help = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", and_list(&names)),
            };
            return Err(Failure::usage(format!("{file} names no process `{name}`")).help(help));
        }
        if *count > MOST {
            return Err(
                Failure::usage(format!("{count} of `{name}` are more than {MOST}"))
                    .help(format!("--scale {name}={MOST} is the most")),
            );
        }
    }
    let left_out = passed_over(file, &read, &defaults);
    let mut scale = BTreeMap::new();
    if let Some(formation) = &defaults.formation {
        let each = read.entries.iter();
        scale.extend(each.map(|one| (one.name.clone(), formation.of(&one.name).min(MOST))));
    }
    scale.extend(request.scale.clone());
    let added = env_file(&root)?;
    let first = [&added, &context.variables]
        .into_iter()
        .find_map(|variables| variables.get("PORT")?.trim().parse().ok());
    let mut services = read.services(&root, defaults.port.or(first), &scale);
    for service in &mut services {
        // What is set for all stands below what is set for one.
        let own = std::mem::take(&mut service.env);
        if !context.variables.contains_key("PYTHONUNBUFFERED") {
            service
                .env
                .push(("PYTHONUNBUFFERED".to_owned(), "1".to_owned()));
        }
        service.env.extend(added.clone());
        service.env.extend(own);
    }
    let wanted = Selection {
        names: request.services.clone(),
        profiles: Vec::new(),
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
    let mut known = Vec::new();
    for (name, value) in added.iter().chain(&context.variables) {
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

/// What the two files say and nobody goes by.
fn passed_over(
    file: &Utf8Path,
    read: &procfile::Procfile,
    defaults: &foreman::Defaults,
) -> Vec<String> {
    let odd = read.odd.iter();
    let odd = odd.map(|line| format!("{file}:{line} is no process and is passed over"));
    let others = defaults.others.iter();
    let others = others.map(|(line, option)| format!(".foreman:{line} `{option}` is passed over"));
    let named = defaults
        .formation
        .iter()
        .flat_map(foreman::Formation::names);
    let strange = named.filter(|name| read.entries.iter().all(|one| one.name != *name));
    let strange = strange.map(|name| format!(".foreman: {file} names no process `{name}`"));
    odd.chain(others).chain(strange).collect()
}

/// What `.foreman` sets in the folder where we are.
fn foreman_defaults(here: &Utf8Path) -> Result<foreman::Defaults, Failure> {
    let text = fs::read_text_if_there(&here.join(".foreman"))
        .map_err(|error| Failure::new(Exit::Usage, error.to_string()).help("make it readable"))?;
    Ok(text.map(|text| foreman::read(&text)).unwrap_or_default())
}

/// What `.env` beside the Procfile sets.
fn env_file(root: &Utf8Path) -> Result<BTreeMap<String, String>, Failure> {
    let path: Utf8PathBuf = root.join(".env");
    let text = fs::read_text_if_there(&path).map_err(|error| {
        Failure::new(Exit::Usage, error.to_string()).help("make it a readable UTF-8 file")
    })?;
    Ok(text
        .map(|text| procfile::read_env(&text).into_iter().collect())
        .unwrap_or_default())
}
