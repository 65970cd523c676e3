//! `pixcrawler env …`.

use camino::Utf8PathBuf;
use clap::{Subcommand, ValueEnum};

use crate::commands::env::set::Part;
use crate::commands::{self, Context};
use crate::diagnostic::Severity;
use crate::env::dialect::Dialect;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::env_files::Values;

/// What can be done with env files.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum EnvCommand {
    /// Validate what each runtime will see, per tier and across tiers
    Check {
        /// Only these files, wherever they lie, each by itself; all tiers and their examples otherwise
        #[arg(value_name = "FILE", conflicts_with_all = ["tiers", "from_process"])]
        files: Vec<Utf8PathBuf>,
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
    /// Show what a runtime sees, and from which file each value came; secrets are masked
    Show {
        /// Only this tier; may be repeated
        #[arg(long = "tier", value_name = "TIER")]
        tiers: Vec<String>,
        /// Show secret values too
        #[arg(long)]
        reveal: bool,
        /// One file as this loader reads it, values and all, as JSON
        #[arg(long, value_name = "LOADER", requires = "file")]
        dialect: Option<Dialect>,
        /// The file that the loader reads
        #[arg(long, value_name = "FILE", requires = "dialect")]
        file: Option<Utf8PathBuf>,
    },
    /// Write documented example files from the schemas; what people wrote is kept
    Scaffold {
        /// Only this tier; may be repeated
        #[arg(long = "tier", value_name = "TIER")]
        tiers: Vec<String>,
        /// Write nothing, and fail with exit code 5 if something would change
        #[arg(long)]
        check: bool,
    },
    /// Compare two environments, or two files
    Diff {
        /// An environment, e.g. development, or a file
        left: String,
        /// An environment, e.g. production, or a file
        right: String,
        /// Only this tier; may be repeated
        #[arg(long = "tier", value_name = "TIER")]
        tiers: Vec<String>,
    },
    /// Set variables where their tier reads them, spelled so that all its readers agree
    Set {
        /// For this tier; otherwise the one that has the variable
        #[arg(long, value_name = "TIER")]
        tier: Option<String>,
        /// In this file, from the workspace's folder; otherwise where the tier has it
        #[arg(long, value_name = "FILE")]
        file: Option<Utf8PathBuf>,
        /// Change one part of the URL that is there, or that --like gives: scheme, user, password, host,
        /// port, database, or an option behind its ?; an empty value takes it out, - asks for it;
        /// scheme=redis takes out what begins with ssl_, too. PART alone takes what --like names
        #[arg(long = "part", value_name = "PART=VALUE")]
        parts: Vec<String>,
        /// The same value as another variable, or as a part of the URL that it holds
        #[arg(long, value_name = "[TIER:]NAME[#PART]")]
        like: Option<String>,
        /// What to set; NAME=- asks for the value, so that it stands in no history of the shell
        #[arg(required = true, value_name = "NAME=VALUE")]
        assignments: Vec<String>,
    },
    /// Comment out the lines that set variables
    Unset {
        /// For this tier; otherwise the one that sets it
        #[arg(long, value_name = "TIER")]
        tier: Option<String>,
        /// In this file, from the workspace's folder; otherwise where the tier has it
        #[arg(long, value_name = "FILE")]
        file: Option<Utf8PathBuf>,
        /// The variables
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Run a command in a tier's environment
    Run {
        /// The tier
        #[arg(long, value_name = "TIER", default_value = "backend")]
        tier: String,
        /// The command with its arguments
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<String>,
    },
    /// Print a Markdown reference of every variable
    Docs {
        /// Only this tier; may be repeated
        #[arg(long = "tier", value_name = "TIER")]
        tiers: Vec<String>,
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
            Self::Check {
                files,
                tiers,
                deny,
                from_process,
                values,
                fix,
            } => {
                let request = commands::env::check::Request {
                    files,
                    tiers,
                    deny,
                    from: if from_process {
                        Values::Process
                    } else {
                        Values::Files
                    },
                    skip_values: values == Demand::Skip,
                    fix,
                };
                commands::env::check::run(context, &request)
            }
            Self::Show {
                tiers,
                reveal,
                dialect,
                file,
            } => commands::env::show::run(
                context,
                &commands::env::show::Request {
                    tiers,
                    reveal,
                    file: dialect.zip(file),
                },
            ),
            Self::Scaffold { tiers, check } => commands::env::scaffold::run(
                context,
                &commands::env::scaffold::Request { tiers, check },
            ),
            Self::Diff { left, right, tiers } => commands::env::diff::run(
                context,
                &commands::env::diff::Request { left, right, tiers },
            ),
            Self::Set {
                tier,
                file,
                parts,
                like,
                assignments,
            } => commands::env::set::run(
                context,
                &commands::env::set::Request {
                    tier,
                    file,
                    parts: parts
                        .iter()
                        .map(|text| part(text, like.is_some()))
                        .collect::<Result<_, _>>()?,
                    like,
                    assignments,
                },
            ),
            Self::Unset { tier, file, names } => commands::env::unset::run(
                context,
                &commands::env::unset::Request { tier, file, names },
            ),
            Self::Run { tier, command } => {
                commands::env::run::run(context, &commands::env::run::Request { tier, command })
            }
            Self::Docs { tiers } => commands::env::docs::run(context, &tiers),
        }
    }
}

/// `port=5432`; the part alone where its value comes from elsewhere. What is no such thing is not repeated:
/// it may be a password.
fn part(text: &str, like: bool) -> Result<Part, Failure> {
    match text.split_once('=') {
        Some((part, value)) if !part.is_empty() => Ok((part.to_owned(), Some(value.to_owned()))),
        None if like && !text.is_empty() => Ok((text.to_owned(), None)),
        _ => Err(Failure::usage("what follows --part has no `=`")
            .help("--part port=5432; --part password=- asks for it")),
    }
}
