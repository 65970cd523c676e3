//! `pixcrawler env set NAME=VALUE`: one variable, written where its tier reads it, so that all its
//! readers see the same.

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value, json};

use crate::commands::Context;
use crate::diagnostic::{Finding, Severity};
use crate::doctor::{self, Facts, Questions};
use crate::env::{Origin, Variable, edit, looks_random};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::env_files::{self, Environments, Gathered};
use crate::output::{Sign, Tone};
use crate::system::fs;
use crate::text::{and_list, mask, remedy};
use crate::workspace::Workspace;

use super::check::known_tiers;
use super::place::{Place, failed, told_of_shared};
use super::value;
pub use super::value::Part;

/// What is to be set, and where.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// For this tier; otherwise the one that it belongs to.
    pub tier: Option<String>,
    /// In this file, relative to the workspace; otherwise where the tier has it.
    pub file: Option<Utf8PathBuf>,
    /// Parts of the URL that it holds, or that `like` gives, with their new values.
    pub parts: Vec<Part>,
    /// The same value as this variable, or as a part of the URL that it holds: `NAME`, `TIER:NAME`,
    /// `TIER:NAME#PART`.
    pub like: Option<String>,
    /// `NAME=VALUE`; the name alone where the value comes from elsewhere.
    pub assignments: Vec<String>,
}

/// One assignment, understood.
struct Wanted<'a> {
    name: &'a str,
    value: Option<&'a str>,
}

/// One assignment, done.
struct Done {
    name: String,
    value: String,
    file: Utf8PathBuf,
    line: usize,
    tiers: Vec<String>,
}

/// Writes them, each file whole or not at all.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    context.only_human_or_json("env set")?;
    let wanted = understood(request)?;
    let workspace = context.find_workspace()?;
    known_tiers(&workspace, request.tier.as_slice())?;
    let mut done = Vec::new();
    for one in &wanted {
        let environments = env_files::load(&workspace, context.environment, &context.variables);
        done.push(write(context, &workspace, &environments, request, one)?);
    }
    let environments = env_files::load(&workspace, context.environment, &context.variables);
    let style = context.style();
    let mut text = String::new();
    for one in &done {
        let shown = shown(&environments, one);
        let _ = writeln!(
            text,
            "{} {}={shown} {} {}:{}",
            style.sign(Sign::Ok),
            one.name,
            style.dot(),
            style.paint(Tone::Name, &one.file),
            one.line
        );
    }
    if context.format == crate::output::Format::Json {
        let written: Vec<Value> = done
            .iter()
            .map(|one| json!({"name": one.name, "file": one.file, "line": one.line}))
            .collect();
        let result = Map::from_iter([("written".to_owned(), Value::Array(written))]);
        context.result("env set", result);
    } else {
        context.print(text.as_bytes());
    }
    for one in &done {
        arrived(&environments, one, &done)?;
        let of_code = refusals(context, &workspace, one);
        for finding in objections(&environments, one).into_iter().chain(of_code) {
            let help = finding.help.unwrap_or_default();
            context.say(&format!(
                "{} {}\n  {} {help}",
                style.sign(Sign::Warning),
                finding.message,
                style.arrow()
            ));
        }
    }
    Ok(Exit::Clean)
}

/// The value as the terminal may keep it. Whoever typed it knows it: what only may be a secret is masked, too.
fn shown(environments: &Environments, done: &Done) -> String {
    let shown = environments.masked(&done.name.to_ascii_uppercase(), &done.value);
    let public = done.name.starts_with("NEXT_PUBLIC_");
    if shown == done.value && !public && looks_random(&done.value) {
        mask(&done.value)
    } else {
        shown
    }
}

fn understood(request: &Request) -> Result<Vec<Wanted<'_>>, Failure> {
    let elsewhere = request.like.is_some() || !request.parts.is_empty();
    if elsewhere && request.assignments.len() != 1 {
        return Err(Failure::usage("--part and --like are for one variable")
            .help("one `pixcrawler env set` for each"));
    }
    request
        .assignments
        .iter()
        .map(|text| {
            let (name, value) = match text.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (text.as_str(), None),
            };
            if !edit::is_name(name) {
                return Err(
                    Failure::usage("this is no name of a variable: letters, digits and _")
                        .help("pixcrawler env set NAME=VALUE"),
                );
            }
            match (value, elsewhere) {
                (Some(_), true) => Err(Failure::usage(format!(
                    "the value of {name} comes from --part or --like, and stands there too"
                ))
                .help(format!("leave the value out: {name}"))),
                (None, false) => Err(valueless(name)),
                _ => Ok(Wanted { name, value }),
            }
        })
        .collect()
}

/// A word without a value. `env set NAME VALUE` has two of them, and the second is not for the screen:
/// only what is spelt as names are is taken for one.
fn valueless(word: &str) -> Failure {
    let is_name = word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let (what, name) = if is_name {
        (word, word)
    } else {
        ("one of the words", "NAME")
    };
    Failure::usage(format!("there is no value for {what}"))
        .help(format!("{name}=VALUE, or {name}=- to be asked for it"))
}

fn write(
    context: &Context,
    workspace: &Workspace,
    environments: &Environments,
    request: &Request,
    wanted: &Wanted<'_>,
) -> Result<Done, Failure> {
    let place = Place {
        tier: request.tier.as_deref(),
        file: request.file.as_deref(),
        is_written: true,
    };
    let found = place.find(context, workspace, environments, wanted.name)?;
    let name = found.spelled(wanted.name);
    let text = found.read(workspace)?;
    let (file, tiers) = (&found.file, &found.tiers);
    told_of_shared(context, environments, &found, Some(name));
    let value = match wanted.value {
        Some("-") => value::asked(name)?,
        Some(value) => value.to_owned(),
        None => derived(request, environments, tiers, file, name)?,
    };
    let before = text.as_deref().unwrap_or_default();
    let written = edit::set(before, name, &value, &found.dialects())
        .map_err(|why| found.refused(&format!("{name} cannot be set in"), why))?;
    let path = workspace.path(file);
    if text.is_some() {
        fs::write_atomic(&path, written.text.as_bytes()).map_err(|error| failed(&error))?;
    } else {
        fs::write_private(&path, written.text.as_bytes()).map_err(|error| failed(&error))?;
    }
    Ok(Done {
        name: name.to_owned(),
        value,
        file: file.clone(),
        line: written.line,
        tiers: tiers
            .iter()
            .map(|gathered| gathered.tier.name.clone())
            .collect(),
    })
}

/// A value that comes from another variable, from the URL that is there, or from both.
fn derived(
    request: &Request,
    environments: &Environments,
    tiers: &[&Gathered],
    file: &Utf8Path,
    name: &str,
) -> Result<String, Failure> {
    let like = request
        .like
        .as_ref()
        .map(|other| value::same_as(environments, tiers, other))
        .transpose()?;
    let into = request.parts.iter().any(|(_, value)| value.is_none());
    let whole = match &like {
        Some(value) if !into => value.clone(),
        _ => value::there(environments, tiers, file, name)?,
    };
    let named = request.like.as_deref().zip(like.as_deref());
    value::with_parts(whole, &request.parts, named, name)
}

/// What a tier sees in the place of the new value.
fn instead<'a>(environments: &'a Environments, done: &Done, tier: &str) -> Option<&'a Variable> {
    let variable = environments
        .tier(tier)
        .and_then(|resolved| resolved.get(&done.name));
    variable.filter(|variable| variable.value != done.value)
}

/// Whether its tier sees the new value now; `all` were written with it.
fn arrived(environments: &Environments, done: &Done, all: &[Done]) -> Result<(), Failure> {
    for tier in &done.tiers {
        let Some(variable) = instead(environments, done, tier) else {
            continue;
        };
        let (who, help) = match &variable.origin {
            Origin::Process => return Err(overruled(environments, all)),
            // A file of the tier's own has the last word; that is how it was meant.
            Origin::File(_) if done.tiers.len() > 1 => continue,
            Origin::File(place) => {
                let line = place.source.position(place.name.start).line;
                let at = format!("{}:{line}", place.source.path());
                (at.clone(), format!("take {} out of {at}", done.name))
            }
        };
        return Err(Failure::new(
            Exit::Findings,
            format!(
                "{} is written to {}, but {who} sets it too, which wins for {}",
                done.name,
                done.file,
                and_list(std::slice::from_ref(tier))
            ),
        )
        .help(help));
    }
    Ok(())
}

/// The process environment sets some of them too: one command takes all of those out of it.
fn overruled(environments: &Environments, all: &[Done]) -> Failure {
    let (mut names, mut files, mut tiers) = (Vec::new(), Vec::new(), Vec::new());
    let add = |list: &mut Vec<String>, one: &str| {
        if !list.iter().any(|known| known == one) {
            list.push(one.to_owned());
        }
    };
    for one in all {
        for tier in &one.tiers {
            let seen = instead(environments, one, tier);
            if seen.is_some_and(|seen| matches!(seen.origin, Origin::Process)) {
                add(&mut names, &one.name);
                add(&mut files, one.file.as_str());
                add(&mut tiers, tier);
            }
        }
    }
    let (are, them) = if names.len() == 1 {
        ("is", "it")
    } else {
        ("are", "them")
    };
    Failure::new(
        Exit::Findings,
        format!(
            "{} {are} written to {}, but the process environment sets {them} too, which wins for {}",
            and_list(&names),
            and_list(&files),
            and_list(&tiers)
        ),
    )
    .help(remedy::unset(&names))
}

/// What the application's own settings classes have against the new value.
fn refusals(context: &Context, workspace: &Workspace, done: &Done) -> Vec<Finding> {
    let facts = Facts::new(Questions {
        workspace: workspace.clone(),
        environment: context.environment,
        stand: context.stand(workspace),
        variables: context.variables.clone(),
        offline: true,
        rules: Vec::new(),
    });
    let mut findings = doctor::refusals(&facts);
    findings.retain(|finding| {
        let is_of = |tier: &str| done.tiers.iter().any(|it| it == tier);
        finding.subject.as_deref() == Some(done.name.as_str())
            && finding.tier.as_deref().is_some_and(is_of)
    });
    for finding in &mut findings {
        let notes = std::mem::take(&mut finding.notes);
        finding.message = format!("{}; {}", finding.message, notes.join("; "));
    }
    findings
}

/// What the schemas have against the new value.
fn objections(environments: &Environments, done: &Done) -> Vec<Finding> {
    let mut findings = environments.findings(&done.tiers);
    findings.retain(|finding| {
        finding.severity >= Severity::Warning
            && finding.subject.as_deref() == Some(done.name.as_str())
    });
    findings.dedup_by(|one, other| one.message == other.message);
    findings
}
