//! `pixcrawler env show`: what a runtime sees, and from which place each value came.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value, json};

use crate::commands::Context;
use crate::env::dialect::{self, Ambient, Dialect};
use crate::env::{Origin, Place, Variable, is_secret_value};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::env_files::{self, Environments, Gathered};
use crate::output::{Cell, Format, Table, Tone, harmless};
use crate::system::fs;
use crate::text::mask;

use super::check::known_tiers;

/// Which tiers, or which file.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Only these tiers; all when empty.
    pub tiers: Vec<String>,
    /// Show secret values too.
    pub reveal: bool,
    /// One file as one loader reads it, instead of tiers.
    pub file: Option<(Dialect, Utf8PathBuf)>,
}

/// Shows what runtimes see.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    if let Some((dialect, path)) = &request.file {
        return one_file(context, *dialect, path);
    }
    let workspace = context.find_workspace()?;
    known_tiers(&workspace, &request.tiers)?;
    let environments = env_files::load(&workspace, context.environment, &context.variables);
    let chosen: Vec<&Gathered> = environments
        .tiers()
        .iter()
        .filter(|gathered| request.tiers.is_empty() || request.tiers.contains(&gathered.tier.name))
        .collect();
    if context.format == Format::Human {
        for gathered in chosen {
            human(context, &environments, gathered, request.reveal);
        }
    } else {
        let tiers: Vec<Value> = chosen
            .iter()
            .map(|gathered| machine(&environments, gathered, request.reveal))
            .collect();
        let document = json!({"version": 1, "command": "env show", "environment": context.environment.as_str(), "tiers": tiers});
        context.print(format!("{document:#}\n").as_bytes());
    }
    Ok(Exit::Clean)
}

/// `{"status": …, "values": …}`, exactly as the real loader hands it over.
fn one_file(context: &Context, dialect: Dialect, path: &Utf8Path) -> Result<Exit, Failure> {
    let here = Context::here()?;
    let bytes = fs::read(&here.join(path))
        .map_err(|error| Failure::usage(error.to_string()).help("name a file with --file"))?;
    let ambient: Ambient = context
        .variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let loaded = dialect::load(dialect, dialect::Source::new(&bytes), &ambient);
    let report = dialect::as_loader_reports(dialect, &loaded, &ambient);
    let values: Map<String, Value> = report
        .values
        .into_iter()
        .map(|(name, value)| (name, value.map_or(Value::Null, Value::String)))
        .collect();
    let document = json!({"status": if report.fatal { "fatal" } else { "ok" }, "values": values});
    context.print(format!("{document}\n").as_bytes());
    Ok(Exit::Clean)
}

/// The variables worth showing: those of the files and those that the schema describes.
fn shown(gathered: &Gathered) -> impl Iterator<Item = &Variable> {
    gathered
        .resolved
        .variables()
        .filter(|set| set.origin.place().is_some() || gathered.schema.get(&set.name).is_some())
}

fn line(place: &Place) -> String {
    format!(
        "{}:{}",
        place.source.path(),
        place.source.position(place.name.start).line
    )
}

fn origin(variable: &Variable) -> String {
    match &variable.origin {
        Origin::Process => "process environment".to_owned(),
        Origin::File(place) => line(place),
    }
}

fn human(context: &Context, environments: &Environments, gathered: &Gathered, reveal: bool) {
    let mut table = Table::indented(2);
    for variable in shown(gathered) {
        let value = if reveal {
            variable.value.to_string()
        } else {
            environments.masked(&variable.name, &variable.value)
        };
        let losers: Vec<String> = variable
            .shadowed
            .iter()
            .map(|loser| line(&loser.place))
            .collect();
        let wins = if losers.is_empty() {
            String::new()
        } else {
            format!("wins over {}", losers.join(", "))
        };
        table.row([
            Cell::new(name(&variable.name), Tone::Name),
            Cell::from(one_line(&value)),
            Cell::new(origin(variable), Tone::Context),
            Cell::new(wins, Tone::Context),
        ]);
    }
    let files: Vec<&str> = gathered
        .resolved
        .files
        .iter()
        .map(|(file, _)| file.path().as_str())
        .collect();
    let mut text = format!(
        "{} · {} · {} · {}\n",
        one_line(&gathered.tier.name),
        context.environment,
        gathered.resolved.dialect,
        if files.is_empty() {
            "no file".to_owned()
        } else {
            files.join(", ")
        }
    )
    .into_bytes();
    let written = table.write(context.style(), &mut text);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    text.push(b'\n');
    context.print(&text);
}

/// A value on one line, whatever it holds.
fn one_line(value: &str) -> String {
    harmless(&value.replace(['\r', '\n'], "␤")).into_owned()
}

/// A name as people may see it: somebody may have written a key in the place of one.
fn name(name: &str) -> String {
    if is_secret_value(name) {
        mask(name)
    } else {
        one_line(name)
    }
}

fn machine(environments: &Environments, gathered: &Gathered, reveal: bool) -> Value {
    let value = |name: &str, value: &str| {
        if reveal {
            value.to_owned()
        } else {
            environments.masked(name, value)
        }
    };
    let place = |place: &Place| json!({"file": place.source.path().as_str(), "line": place.source.position(place.name.start).line});
    let variables: Vec<Value> = shown(gathered)
        .map(|variable| {
            let shadowed: Vec<Value> = variable
                .shadowed
                .iter()
                .map(|loser| json!({"value": value(&variable.name, &loser.value), "origin": place(&loser.place)}))
                .collect();
            json!({
                "name": if is_secret_value(&variable.name) { mask(&variable.name) } else { variable.name.to_string() },
                "value": value(&variable.name, &variable.value),
                "secret": environments.is_secret(&variable.name, &variable.value),
                "origin": variable.origin.place().map_or_else(|| json!("process"), place),
                "shadowed": shadowed,
            })
        })
        .collect();
    let files: Vec<&str> = gathered
        .resolved
        .files
        .iter()
        .map(|(file, _)| file.path().as_str())
        .collect();
    json!({"tier": gathered.tier.name, "dialect": gathered.resolved.dialect.as_str(), "files": files, "variables": variables})
}
