//! Managed services: the Postgres and the Valkey that the tool itself starts for a workspace.
//!
//! [`prepare`] finds or installs the server, prepares its data folder and says what to run; it starts nothing that
//! outlives it. [`ready`] asks a started server by its own protocol, and gives Postgres the roles and databases that
//! the workspace's URLs name. Data, passwords and configuration stay under `.pixcrawler/`, or under
//! `/var/lib/pixcrawler/` (with a link in `.pixcrawler/`) where root's workspace is closed to the account that the
//! server has to run as.

#![expect(
    clippy::disallowed_methods,
    reason = "installing servers and owning their data folders is work on the system itself"
)]

pub mod account;
mod binaries;
mod cluster;
mod files;
mod further;
mod place;
mod postgres;
mod provision;
mod scram;
mod surroundings;
mod valkey;
mod wheels;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::service::managed::{Managed, PostgresPlan, ValkeyPlan};

pub use account::Account;
pub use further::rename_moved;
pub use surroundings::Surroundings;

/// How a managed server is asked to end cleanly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// SIGINT to the first process alone: Postgres' fast shutdown. Its children are its own business.
    Interrupt,
    /// SIGTERM to the first process: Valkey writes its data and ends.
    Terminate,
}

/// A server that is ready to be started.
pub struct Launch {
    /// Absolute path of the server.
    pub program: PathBuf,
    /// Its arguments; no secret among them.
    pub args: Vec<OsString>,
    /// Variables on top of our own environment.
    pub env: Vec<(&'static str, OsString)>,
    /// Working directory.
    pub cwd: PathBuf,
    /// The account to run as, when not ours: Postgres refuses root.
    pub account: Option<Account>,
    /// TCP port on 127.0.0.1 (and `::1`).
    pub port: u16,
    /// The signal that stops it without losing anything.
    pub stop: Stop,
    /// One phrase for tables, e.g. `managed, .pixcrawler/postgres`.
    pub describe: String,
    /// Which server this is and where it came from, e.g. `PostgreSQL 15.18, /usr/lib/postgresql/15/bin`.
    pub origin: String,
    /// What its user has to know of it before trusting it, a sentence each.
    pub warnings: Vec<String>,
    readiness: Readiness,
}

enum Readiness {
    Postgres {
        plan: PostgresPlan,
        data: PathBuf,
        password: PathBuf,
    },
    Valkey {
        plan: ValkeyPlan,
        config: PathBuf,
    },
}

/// Why a started server cannot be used.
#[derive(Debug)]
pub enum NotReady {
    /// Not yet: ask again. The reason in words.
    Waiting(String),
    /// Never: something that asking again does not mend.
    Failed(Box<Failure>),
}

impl Launch {
    /// The command to spawn, with its account. Its streams are the caller's to choose; the server talks on stderr
    /// (Postgres) and stdout (Valkey).
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .envs(self.env.iter().cloned())
            .current_dir(&self.cwd);
        if let Some(account) = &self.account {
            account.wear(&mut command);
        }
        command
    }
}

/// Without what the plan holds: the URLs' passwords are masked there too, but nobody needs them here.
impl fmt::Debug for Launch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch")
            .field("program", &self.program)
            .field("args", &self.args)
            .field("cwd", &self.cwd)
            .field("account", &self.account)
            .field("describe", &self.describe)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// Makes everything ready that `service` needs to start in `workspace`, and says how to start it.
///
/// `progress` hears what takes longer than a moment. Safe to repeat, and to be interrupted at any point.
///
/// # Errors
/// When there is no server to be had, when the data folder belongs to another major version or another user, when
/// another process already serves it, or when the disk refuses. Each failure names its way out.
pub async fn prepare(
    service: &Managed,
    workspace: &Path,
    surroundings: &Surroundings,
    progress: impl Fn(&str),
) -> Result<Launch, Failure> {
    match service {
        Managed::Postgres(plan) => {
            postgres::prepare(plan, workspace, surroundings, &progress).await
        }
        Managed::Valkey(plan) => valkey::prepare(plan, workspace, surroundings, &progress).await,
    }
}

/// Asks the started server whether it accepts work, and completes its roles and databases.
///
/// # Errors
/// [`NotReady::Waiting`] until it accepts; [`NotReady::Failed`] when it never will.
pub async fn ready(launch: &Launch) -> Result<(), NotReady> {
    match &launch.readiness {
        Readiness::Postgres {
            plan,
            data,
            password,
        } => {
            if !cluster::is_up(data) {
                return Err(NotReady::Waiting("it is starting".to_owned()));
            }
            provision::ready(plan, (data, password), launch.account.as_ref()).await
        }
        Readiness::Valkey { plan, config } => valkey::ready(plan, config).await,
    }
}
