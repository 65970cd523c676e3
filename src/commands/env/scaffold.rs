//! `pixcrawler env scaffold`: documented example files from the schemas.

use similar::TextDiff;

use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::env_files;
use crate::output::harmless;
use crate::schema::example;
use crate::system::fs;
use crate::text::plural;

use super::check::known_tiers;

/// Which examples, and whether they are only compared.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Only these tiers; all when empty.
    pub tiers: Vec<String>,
    /// Write nothing; say what would change.
    pub check: bool,
}

/// Writes or compares the example files.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    let workspace = context.find_workspace()?;
    known_tiers(&workspace, &request.tiers)?;
    let environments = env_files::load(&workspace, context.environment, &context.variables);
    let broken = environments.broken();
    if !broken.is_empty() {
        return Err(Failure::usage("a schema cannot be understood").findings(broken.to_vec()));
    }
    let (mut seen, mut changed) = (0, 0);
    for gathered in environments.tiers() {
        let chosen = request.tiers.is_empty() || request.tiers.contains(&gathered.tier.name);
        if !chosen || gathered.schema.variables.is_empty() {
            continue;
        }
        for environment in example::ENVIRONMENTS {
            let path = example::path(&gathered.tier.dir, environment, &|path| {
                fs::is_file(&workspace.path(path))
            });
            let absolute = workspace.path(&path);
            let existing = fs::read_text_if_there(&absolute).map_err(|error| {
                Failure::usage(error.to_string()).help("make it a readable UTF-8 file")
            })?;
            let text = example::example(&gathered.schema, environment, existing.as_deref());
            seen += 1;
            if existing.as_deref() == Some(text.as_str()) {
                continue;
            }
            changed += 1;
            if request.check {
                let before = existing.unwrap_or_default();
                let diff = TextDiff::from_lines(before.as_str(), text.as_str());
                let diff = diff
                    .unified_diff()
                    .context_radius(2)
                    .header(path.as_str(), "from the schema")
                    .to_string();
                context.print(harmless(&diff).as_bytes());
            } else {
                fs::write_atomic(&absolute, text.as_bytes())
                    .map_err(|error| Failure::new(Exit::Findings, error.to_string()))?;
                context.say(&format!(
                    "{} {path}",
                    if existing.is_some() {
                        "updated"
                    } else {
                        "wrote"
                    }
                ));
            }
        }
    }
    if changed == 0 {
        context.say(&format!("{}: all up to date", plural(seen, "example file")));
        return Ok(Exit::Clean);
    }
    if request.check {
        context.say(&format!(
            "{} of {} out of date: pixcrawler env scaffold brings them up to date",
            changed,
            plural(seen, "example file")
        ));
        return Ok(Exit::Stale);
    }
    Ok(Exit::Clean)
}
