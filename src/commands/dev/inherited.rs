//! What services inherit.

use std::collections::BTreeMap;

use crate::gather::tiers::Tiers;
use crate::service::assemble::Variables;
use crate::workspace::{Runtime, Workspace};

/// What the names of our own settings begin with: nobody inherits those.
pub(super) const OWN: &str = "PIXCRAWLER_CLI_";

/// What services inherit, by tier: our own environment, and the root tier's variables that the
/// service's own tier does not set.
pub(super) fn inherited(
    process: &Variables,
    workspace: &Workspace,
    tiers: &Tiers,
) -> BTreeMap<String, Variables> {
    let mut ours = process.clone();
    ours.retain(|name, _| !name.starts_with(OWN));
    let root = tiers.from_files("root");
    let mut environments = BTreeMap::from([(String::new(), ours.clone())]);
    for tier in &workspace.tiers {
        let own = tiers.seen.get(&tier.name);
        let has_own = |name: &str| {
            let is_it = |it: &str| match tier.runtime {
                Runtime::Next => it == name,
                Runtime::Python | Runtime::Shared => it.eq_ignore_ascii_case(name),
            };
            own.is_some_and(|own| own.keys().any(|it| is_it(it)))
        };
        let mut environment = root.clone();
        environment.retain(|name, _| tier.name != "root" && !has_own(name));
        environment.extend(ours.clone());
        environments.insert(tier.name.clone(), environment);
    }
    environments
}
