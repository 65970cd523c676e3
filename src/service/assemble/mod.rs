//! From what was found in a workspace to the services that run it.

mod broker;
mod checks;
mod configured;
mod detected;
mod endpoints;
mod groups;
mod handed;
mod left_out;
mod port;
mod postgres_parts;
mod redis_parts;
mod sense;
mod shared_parts;
mod switched_off;
mod unasked;
mod unfit_parts;
mod watched;

use std::collections::BTreeMap;

use crate::diagnostic::Finding;
use crate::workspace::stack::Stack;
use crate::workspace::{Environment, Workspace};

pub use super::commanded::Loads;
use super::managed::{Managed, ManagedPlan};
use super::{Service, Template};

pub use broker::{Broker, DEFAULT_BROKER, READ_OVER_ALL, Sight, broker, broker_of, brokers};
pub use configured::{RULES, of_scale};
pub use endpoints::{alternates, endpoints, is_url_for_a_host, names_sentinels, unreadable};
pub use groups::Groups;
pub use handed::{
    Handed, WORKER, handed, handed_to, has_own_command, listens, loads, places as given_places,
    queues, set as set_for, variables as given_to,
};
pub use left_out::{is_left_out, left_out};
pub use postgres_parts::{
    HOSTS, NAMES, USERS, by_parts, postgres_parts, postgres_prefixes, usual_postgres_prefixes,
};
pub use redis_parts::{all_hostless, hostless};
pub use shared_parts::is_shared_part;
pub use switched_off::{is_switched_off, switched_off};
pub use unfit_parts::{has_unfit_parts, unfit_parts};

/// The variables that a tier's runtime sees: its files, under the process environment.
pub type Variables = BTreeMap<String, String>;

/// Everything that decides which services there are.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// The workspace with its settings.
    pub workspace: &'a Workspace,
    /// What was found in it.
    pub stack: &'a Stack,
    /// What each tier's runtime sees, by the tier's name.
    pub tiers: &'a BTreeMap<String, Variables>,
    /// The same with where it stands.
    pub sight: Sight<'a>,
    /// The servers that the tool starts itself.
    pub managed: &'a ManagedPlan,
    /// The environment of the session.
    pub environment: Environment,
    /// What must be installed first.
    pub install: Install,
    /// Whether migrations are applied first.
    pub migrate: bool,
    /// Whether the services should colour what they print.
    pub colour: bool,
    /// Whether a change of the code restarts the API by itself.
    pub reload: bool,
    /// How many replicas are wanted, by the service's name: more than what the settings say.
    pub scale: &'a BTreeMap<String, u32>,
}

/// The services of a workspace.
#[derive(Debug, Default)]
pub struct Assembled {
    /// All of them.
    pub services: Vec<Service>,
    /// What more replicas are made of, where that is not the service as it stands.
    pub templates: Vec<Template>,
}

/// What must be installed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Install {
    /// The Python packages.
    pub python: bool,
    /// And their environment before that: what is there belongs to another folder.
    pub anew: bool,
    /// The frontend's packages.
    pub web: bool,
}

impl Inputs<'_> {
    /// What the named tier's runtime sees.
    fn tier(&self, name: &str) -> Variables {
        self.tiers.get(name).cloned().unwrap_or_default()
    }
}

/// The services of the workspace: managed servers, installations, migrations, then what was
/// detected, changed and completed by `pixcrawler.toml`.
///
/// # Errors
/// What is wrong in `pixcrawler.toml`.
pub fn services(inputs: &Inputs<'_>) -> Result<Assembled, Vec<Finding>> {
    let mut services: Vec<Service> = inputs
        .managed
        .services
        .iter()
        .map(|server| detected::managed(inputs, server))
        .collect();
    services.extend(detected::install_python(inputs));
    services.extend(detected::install_web(inputs));
    services.extend(detected::migrate(inputs, &services));
    let applications = [
        detected::api(inputs, &services),
        detected::worker(inputs, &services),
        detected::web(inputs, &services),
    ];
    services.extend(applications.into_iter().flatten());
    configured::apply(inputs, services)
}

/// The name of the task that installs Python packages.
pub const INSTALL_PYTHON: &str = "uv-sync";

/// The name of the task that applies migrations.
pub const MIGRATE: &str = "migrate";

/// Whether a service of this name is a task that prepares a session, once.
#[must_use]
pub fn is_preparation(name: &str) -> bool {
    matches!(name, MIGRATE | INSTALL_PYTHON) || name.ends_with("-install")
}

impl Managed {
    fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}
