//! What the code of a web application says of its variables.

use crate::schema::check::Said;
use crate::workspace::{Environment, Runtime, Workspace};

use super::super::web_env;
use super::Gathered;
use super::given::Given;

/// Notes for each tier what its code says.
pub(super) fn fill(
    workspace: &Workspace,
    environment: Environment,
    tiers: &mut [Gathered],
    given: &[Given],
) {
    for gathered in tiers {
        gathered.said = of(workspace, environment, gathered, given);
    }
}

/// What is said where a developer starts the application; tests and deployments have their variables from elsewhere.
/// What nobody imports asks for nothing, and that is only looked for where something would be missing.
fn of(
    workspace: &Workspace,
    environment: Environment,
    gathered: &Gathered,
    given: &[Given],
) -> Vec<Said> {
    let tier = &gathered.tier;
    if tier.runtime != Runtime::Next || environment != Environment::Development {
        return Vec::new();
    }
    let Some((module, mut said)) = web_env::of(workspace, &tier.dir) else {
        return Vec::new();
    };
    said.retain(|it| {
        let is_set = gathered.resolved.get(&it.name).is_some();
        !is_set && !given.iter().any(|given| given.has(&tier.name, &it.name))
    });
    if !said.is_empty() && !web_env::is_imported(workspace, &tier.dir, &module) {
        said.clear();
    }
    said
}
