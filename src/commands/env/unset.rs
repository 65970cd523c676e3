//! `pixcrawler env unset NAME`: the lines that set a variable become comments.

use camino::Utf8PathBuf;
use serde_json::{Map, json};

use crate::commands::Context;
use crate::env::edit;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::env_files;
use crate::output::{Format, Sign, Tone};
use crate::system::fs;

use super::check::known_tiers;
use super::place::{Place, failed, told_of_shared};

/// What is to be left out, and where.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// For this tier; otherwise the one that sets it.
    pub tier: Option<String>,
    /// In this file, relative to the workspace; otherwise where the tier has it.
    pub file: Option<Utf8PathBuf>,
    /// The names.
    pub names: Vec<String>,
}

/// Writes them, each file whole or not at all.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    context.only_human_or_json("env unset")?;
    let workspace = context.find_workspace()?;
    known_tiers(&workspace, request.tier.as_slice())?;
    let style = context.style();
    let mut done = Vec::new();
    for name in &request.names {
        if !edit::is_name(name) {
            return Err(
                Failure::usage("this is no name of a variable: letters, digits and _")
                    .help("pixcrawler env unset NAME"),
            );
        }
        let environments = env_files::load(&workspace, context.environment, &context.variables);
        let mut tiers = environments.tiers().iter();
        let is_set = tiers.any(|it| it.resolved.get(name).is_some());
        // `env unset NAME VALUE`: what is not spelt as names are may be a secret.
        if !is_set && name.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(
                Failure::usage("one of the words is no variable that is set")
                    .help("pixcrawler env show tells which are"),
            );
        }
        let place = Place {
            tier: request.tier.as_deref(),
            file: request.file.as_deref(),
            is_written: false,
        };
        let found = place.find(context, &workspace, &environments, name)?;
        let text = found.read(&workspace)?.unwrap_or_default();
        let spelled = found.spelled(name);
        let written = edit::unset(&text, spelled, &found.dialects())
            .map_err(|why| found.refused(&format!("{name} cannot be left out of"), why))?;
        let spelled = spelled.to_owned();
        told_of_shared(context, &environments, &found, None);
        let file = found.file;
        let Some(written) = written else {
            return Err(Failure::usage(format!("{file} does not set {name}"))
                .help("pixcrawler env show tells where it comes from"));
        };
        fs::write_atomic(&workspace.path(&file), written.text.as_bytes())
            .map_err(|error| failed(&error))?;
        done.push((spelled, file, written.line));
    }
    if context.format == Format::Json {
        let written: Vec<_> = done
            .iter()
            .map(|(name, file, line)| json!({"name": name, "file": file, "line": line}))
            .collect();
        context.result(
            "env unset",
            Map::from_iter([("written".to_owned(), json!(written))]),
        );
        return Ok(Exit::Clean);
    }
    for (name, file, line) in &done {
        let text = format!(
            "{} {name} is a comment now {} {}:{line}\n",
            style.sign(Sign::Ok),
            style.dot(),
            style.paint(Tone::Name, file),
        );
        context.print(text.as_bytes());
    }
    Ok(Exit::Clean)
}
