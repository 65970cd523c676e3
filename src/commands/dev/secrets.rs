//! What must not be seen of a session: the secrets of its env files, those of its services, and those
//! that it inherits.

use crate::env::{log_secrets, secrets_of_address};
use crate::gather::tiers::Tiers;
use crate::service::assemble::Variables;
use crate::service::startable::commands;
use crate::service::{HealthCheck, Probe, Service};

/// All of them. What a service gets by its `env`, or from the environment that it is started in
/// (`variables`), is as secret as in an env file; and so is what its checks are let in with, and what its
/// commands have among their words.
pub(super) fn of(tiers: &Tiers, services: &[Service], variables: &Variables) -> Vec<String> {
    let mut secrets = tiers.secrets.clone();
    let own = services.iter().flat_map(|service| &service.env);
    let own = own.map(|(name, value)| (name, value));
    for (name, value) in own.chain(variables) {
        let secret = tiers.secret_names.contains(name);
        log_secrets(name, value, secret, &mut secrets);
    }
    for service in services {
        let health = service
            .health
            .as_ref()
            .and_then(|health| match &health.check {
                HealthCheck::Ask(probe) => Some(probe),
                _ => None,
            });
        for probe in service.ready.probe.iter().chain(health) {
            if let Probe::Http(http) = probe {
                secrets.extend(secrets_of_address(&http.url));
                for (name, value) in &http.headers {
                    let name = name.to_ascii_uppercase().replace('-', "_");
                    let is_login = matches!(
                        name.as_str(),
                        "AUTHORIZATION" | "COOKIE" | "PROXY_AUTHORIZATION"
                    );
                    log_secrets(&name, value, is_login, &mut secrets);
                }
            }
        }
        let run = commands(service).into_iter();
        secrets.extend(run.flat_map(|named| named.command.secrets()));
    }
    secrets.sort_unstable();
    secrets.dedup();
    secrets
}
