//! `pixcrawler env scaffold`: documented example files from the schemas.

use camino::Utf8Path;
use serde_json::{Value, json};
use similar::TextDiff;

use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::env_files;
use crate::output::{Format, harmless};
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
    let human = context.format == Format::Human;
    let (mut seen, mut changed) = (0, 0);
    let mut files: Vec<Value> = Vec::new();
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
            if let Some(line) = existing.as_deref().and_then(example::unclosed) {
                return Err(Failure::usage(format!(
                    "{path}:{line}: a quote is opened here and never closed"
                ))
                .help("close it: what is added to the file would become part of that value"));
            }
            let text = example::example(&gathered.schema, environment, existing.as_deref());
            seen += 1;
            let state = match &existing {
                Some(before) if *before == text => "up-to-date",
                _ if request.check => "out-of-date",
                Some(_) => "updated",
                None => "written",
            };
            let mut entry = json!({"file": path.as_str(), "tier": gathered.tier.name, "environment": environment.as_str(), "state": state});
            if state == "up-to-date" {
                files.push(entry);
                continue;
            }
            changed += 1;
            if request.check {
                let diff = difference(&path, existing.as_deref().unwrap_or_default(), &text);
                if human {
                    context.print(diff.as_bytes());
                }
                entry["diff"] = Value::String(diff);
            } else {
                fs::write_atomic(&absolute, text.as_bytes())
                    .map_err(|error| Failure::new(Exit::Findings, error.to_string()))?;
                if human {
                    context.say(&format!(
                        "{} {path}",
                        if state == "updated" {
                            "updated"
                        } else {
                            "wrote"
                        }
                    ));
                }
            }
            files.push(entry);
        }
    }
    let stale = request.check && changed > 0;
    let exit = if stale { Exit::Stale } else { Exit::Clean };
    if !human {
        let document = json!({"version": 1, "command": "env scaffold", "files": files});
        context.print(format!("{document:#}\n").as_bytes());
        return Ok(exit);
    }
    if changed == 0 {
        context.say(&format!("{}: all up to date", plural(seen, "example file")));
    } else if stale {
        context.say(&format!(
            "{} of {} out of date: pixcrawler env scaffold brings them up to date",
            changed,
            plural(seen, "example file")
        ));
    }
    Ok(exit)
}

/// What would change in an example, as a patch.
fn difference(path: &Utf8Path, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let diff = diff
        .unified_diff()
        .context_radius(2)
        .header(path.as_str(), "from the schema")
        .to_string();
    harmless(&diff).into_owned()
}
