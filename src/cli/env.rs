//! `pixcrawler env …`.

use clap::{Subcommand, ValueEnum};

use crate::commands::{self, Context};
use crate::diagnostic::Severity;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::env_files::Values;

/// What can be done with env files.
#[derive(Debug, Subcommand)]
pub(super) enum EnvCommand {
    /// Validate what each runtime will see, per tier and across tiers
    Check {
        /// Only this tier; may be repeated
        #[arg(long = "tier", value_name = "TIER")]
        tiers: Vec<String>,
        /// Fail on findings of this severity too: warnings or info
        #[arg(long, value_name = "SEVERITY")]
        deny: Option<Severity>,
        /// Check the process environment alone, as in a container
        #[arg(long)]
        from_process: bool,
        /// Whether values must be there: skip for image builds without secrets
        #[arg(long, value_name = "HOW", default_value = "require")]
        values: Demand,
        /// Apply the fixes that are certain, after showing them
        #[arg(long)]
        fix: bool,
    },
}

/// Whether values must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Demand {
    /// A required value that is missing is a finding
    Require,
    /// Names and types of what is there are checked
    Skip,
}

impl EnvCommand {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Self::Check { tiers, deny, from_process, values, fix } => {
                let request = commands::env::check::Request {
                    tiers,
                    deny,
                    from: if from_process { Values::Process } else { Values::Files },
                    skip_values: values == Demand::Skip,
                    fix,
                };
                commands::env::check::run(context, &request)
            }
        }
    }
}
