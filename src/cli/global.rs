//! The flags that every command has.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;
use clap::Args;

use crate::commands::{Context, terminal};
use crate::failure::Failure;
use crate::output::{ColorChoice, Format};
use crate::settings;
use crate::workspace::Environment;

/// Flags that stand before or after any command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// The workspace's folder; found from the current one otherwise
    #[arg(long, global = true, value_name = "DIR", env = settings::WORKSPACE)]
    workspace: Option<Utf8PathBuf>,
    /// The environment: development, test, staging or production
    #[arg(long, global = true, value_name = "ENV", env = settings::ENVIRONMENT)]
    env: Option<Environment>,
    /// How to print the result
    #[arg(long, global = true, value_enum, default_value_t = Format::Human, env = settings::FORMAT)]
    format: Format,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, env = settings::COLOR)]
    color: ColorChoice,
    /// Say less
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more; twice: trace the tool itself
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

impl GlobalArgs {
    /// What a command needs to know of them, with the process environment as a value.
    pub(super) fn context(&self, variables: BTreeMap<String, String>) -> Result<Context, Failure> {
        let from_application = variables
            .get(settings::APPLICATION_ENVIRONMENT)
            .filter(|value| !value.trim().is_empty());
        let environment = match (self.env, from_application) {
            (Some(environment), _) => environment,
            (None, Some(value)) => value.parse().map_err(|error| {
                Failure::usage(format!("{}: {error}", settings::APPLICATION_ENVIRONMENT))
                    .help("correct the variable, or choose with --env")
            })?,
            (None, None) => Environment::default(),
        };
        Ok(Context {
            workspace: self.workspace.clone(),
            environment,
            format: self.format,
            color: self.color,
            terminal: terminal(&std::io::stdout(), &console::Term::stdout(), &variables),
            error_terminal: terminal(&std::io::stderr(), &console::Term::stderr(), &variables),
            quiet: self.quiet,
            verbose: self.verbose,
            variables,
            unwritten: Arc::default(),
            answered: Arc::default(),
        })
    }
}
