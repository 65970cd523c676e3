//! `pixcrawler env …`.

use clap::Subcommand;

use crate::commands::{self, Context};
use crate::exit::Exit;
use crate::failure::Failure;

/// What can be done with env files.
#[derive(Debug, Subcommand)]
pub(super) enum EnvCommand {
    /// Validate what each runtime will see, per tier and across tiers
    Check {
        /// Only this tier; may be repeated
        #[arg(long = "tier", value_name = "TIER")]
        tiers: Vec<String>,
    },
}

impl EnvCommand {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Self::Check { tiers } => commands::env::check::run(context, &commands::env::check::Request { tiers }),
        }
    }
}
