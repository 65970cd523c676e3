//! `pixcrawler env run --tier T -- CMD`: a command in a tier's environment.

use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::env_files;
use crate::system::replace;

use super::check::known_tiers;

/// Which tier, and what to run.
#[derive(Debug, Clone)]
pub struct Request {
    /// The tier.
    pub tier: String,
    /// Program and arguments.
    pub command: Vec<String>,
}

/// Runs a command with what the tier's files set, where the process environment does not set it.
/// Its exit code and signals are the program's own.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    let workspace = context.find_workspace()?;
    known_tiers(&workspace, std::slice::from_ref(&request.tier))?;
    let environments = env_files::load(&workspace, context.environment, &context.variables);
    let added = environments
        .tier(&request.tier)
        .map(crate::env::Resolved::from_files)
        .unwrap_or_default();
    let Some((program, arguments)) = request.command.split_first() else {
        return Err(Failure::usage("there is no command to run").help(format!(
            "pixcrawler env run --tier {} -- COMMAND",
            request.tier
        )));
    };
    match replace::run(program, arguments, &added) {
        Ok(code) => Ok(Exit::Program(code)),
        Err(error) => Err(Failure::unreachable(format!(
            "{program} cannot be run: {}",
            crate::system::fs::plain(&error)
        ))
        .help("check the name, or give the path")),
    }
}
