//! `pixcrawler migrate`: Drizzle's migrations, applied safely.

pub mod adopt;
mod beside;
pub mod check;
mod dry_run;
pub mod fresh;
pub mod harden;
pub mod holder;
pub mod new;
mod progress;
mod record;
pub mod repair;
pub mod status;
pub mod up;

use std::time::Duration;

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::gather;
use crate::gather::migrations::{Missing, Project};
use crate::migration::Target;
use crate::migration::target::Pooling;
use crate::text::Secrets;
use crate::workspace::Workspace;

use super::Context;

/// Which database is meant.
#[derive(Debug, Clone, Default)]
pub struct Database {
    /// `--database-url`.
    pub url: Option<String>,
    /// How long to wait until it answers.
    pub wait: Duration,
}

/// What every command about migrations begins with.
struct Setting {
    workspace: Workspace,
    project: Project,
    target: Target,
}

/// Finds the workspace, its migrations and its database.
fn setting(context: &Context, database: &Database) -> Result<Setting, Failure> {
    let workspace = context.find_workspace()?;
    let mut project = project(&workspace)?;
    let tiers = gather::tiers::load(&workspace, context.environment, &context.variables);
    let target = gather::migrations::target(&workspace, &tiers, &project, database.url.as_deref())?;
    project.journal.conceal(&Secrets::new(&target.secrets));
    Ok(Setting {
        workspace,
        project,
        target,
    })
}

/// The migrations of a workspace.
fn project(workspace: &Workspace) -> Result<Project, Failure> {
    gather::migrations::find(workspace).map_err(|missing| match missing {
        Missing::Config => Failure::usage(format!(
            "no tier of {} has a drizzle.config.ts, or a drizzle/ folder with migrations",
            workspace.root
        ))
        .help("run it in a workspace with Drizzle, or name the folder: --workspace DIR"),
        Missing::Folder(config) => Failure::usage(format!(
            "{} has no migrations: neither meta/_journal.json nor folders with migration.sql",
            config.out
        ))
        .help(match &config.source {
            Some(source) => format!(
                "generate the first one (drizzle-kit generate), or correct `out` in {}",
                source.path()
            ),
            None => "generate the first one: drizzle-kit generate".to_owned(),
        }),
        Missing::Broken(findings) => {
            Failure::new(crate::exit::Exit::Findings, "the migrations cannot be read")
                .help("see the finding above")
                .findings(findings)
        }
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::unreachable(format!("no event loop: {error}")).help("try again"))
}

/// The database as JSON shows it.
fn database_json(target: &Target) -> Value {
    json!({
        "address": target.endpoint.address(),
        "name": target.database(),
        "variable": target.endpoint.variable,
        "origin": target.endpoint.origin,
        "pooling": match target.pooling { Pooling::Session => "session", Pooling::Transaction => "transaction" },
    })
}
