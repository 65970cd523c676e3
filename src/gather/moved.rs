//! The addresses of env files that services have moved away from.

use crate::service::moved::{self, ADDRESSES, Address, Stale};
use crate::service::{Service, listening};
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
                moved_at: written(workspace, services, service),
            })
        })
        .collect();
    moved::stale(&addresses, services, net::answers)
}

/// Where pixcrawler.toml gives a service its port.
fn written(workspace: &Workspace, services: &[Service], service: &str) -> Option<String> {
    let options = workspace.options.services.get(service)?;
    let path: &[&str] = if options.command.is_some() && is_in_command(services, service) {
        &["services", service, "command"]
    } else if options.env.contains_key("PORT") {
        &["services", service, "env", "PORT"]
    } else {
        options.port?;
        &["services", service, "port"]
    };
    let settings = workspace.settings.as_ref()?;
    let label = label(settings, path, "")?;
    Some(format!("{}:{}", settings.path(), label.start().line))
}

/// Whether the command of a service names its port.
fn is_in_command(services: &[Service], name: &str) -> bool {
    let mut all = services.iter().filter(|service| service.group() == name);
    all.any(|service| listening::of_command(service).is_some())
}
