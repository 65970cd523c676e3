//! What must not be seen of a session: the secrets of its env files, and those of its services.

use crate::env::log_secrets;
use crate::gather::tiers::Tiers;
use crate::service::Service;

/// All of them. What a service gets by its `env` is as secret as in an env file.
pub(super) fn of(tiers: &Tiers, services: &[Service]) -> Vec<String> {
    let mut secrets = tiers.secrets.clone();
    for (name, value) in services.iter().flat_map(|service| &service.env) {
        let secret = tiers.secret_names.contains(name);
        log_secrets(name, value, secret, &mut secrets);
    }
    secrets.sort_unstable();
    secrets.dedup();
    secrets
}
