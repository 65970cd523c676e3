//! What must not be seen of a session: the secrets of its env files, those of its services, and those
//! that it inherits.

use crate::env::log_secrets;
use crate::gather::tiers::Tiers;
use crate::service::Service;
use crate::service::assemble::Variables;

/// All of them. What a service gets by its `env`, or from the environment that it is started in
/// (`variables`), is as secret as in an env file.
pub(super) fn of(tiers: &Tiers, services: &[Service], variables: &Variables) -> Vec<String> {
    let mut secrets = tiers.secrets.clone();
    let own = services.iter().flat_map(|service| &service.env);
    let own = own.map(|(name, value)| (name, value));
    for (name, value) in own.chain(variables) {
        let secret = tiers.secret_names.contains(name);
        log_secrets(name, value, secret, &mut secrets);
    }
    secrets.sort_unstable();
    secrets.dedup();
    secrets
}
