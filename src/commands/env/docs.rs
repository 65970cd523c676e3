//! `pixcrawler env docs`: a Markdown reference of every variable.

use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::env_files;
use crate::schema;

use super::check::known_tiers;

/// Prints the reference of these tiers, or of all.
pub fn run(context: &Context, tiers: &[String]) -> Result<Exit, Failure> {
    let workspace = context.find_workspace()?;
    known_tiers(&workspace, tiers)?;
    let environments = env_files::load(&workspace, context.environment, &context.variables);
    let mut text = "# Environment variables\n\n".to_owned();
    for gathered in environments.tiers() {
        if (tiers.is_empty() || tiers.contains(&gathered.tier.name))
            && !gathered.schema.variables.is_empty()
        {
            text.push_str(&schema::docs(&gathered.schema));
        }
    }
    context.print(format!("{}\n", text.trim_end()).as_bytes());
    Ok(Exit::Clean)
}
