//! The addresses of env files that services have moved away from.

use crate::service::Service;
use crate::service::moved::{self, ADDRESSES, Address, Stale};
use crate::system::net;
use crate::workspace::{Environment, Workspace, label};

use super::tiers::Tiers;

/// The addresses that lead nowhere; none for deployments, which this machine says nothing of.
#[must_use]
pub fn find(
    workspace: &Workspace,
    environment: Environment,
    tiers: &Tiers,
    services: &[Service],
) -> Vec<Stale> {
    if matches!(environment, Environment::Staging | Environment::Production) {
        return Vec::new();
    }
    let Some(seen) = tiers.seen.get("frontend") else {
        return Vec::new();
    };
    let addresses: Vec<Address<'_>> = ADDRESSES
        .iter()
        .filter_map(|(variable, service)| {
            Some(Address {
                variable,
                service,
                value: seen.get(*variable)?,
                origin: tiers.origin("frontend", variable),
                moved_at: written(workspace, service),
            })
        })
        .collect();
    moved::stale(&addresses, services, net::answers)
}

/// Where pixcrawler.toml gives a service its port.
fn written(workspace: &Workspace, service: &str) -> Option<String> {
    workspace.options.services.get(service)?.port?;
    let settings = workspace.settings.as_ref()?;
    let label = label(settings, &["services", service, "port"], "")?;
    Some(format!("{}:{}", settings.path(), label.start().line))
}
