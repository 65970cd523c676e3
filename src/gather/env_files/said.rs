//! What the code of a web application says of its variables.

use std::collections::BTreeMap;

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
    variables: &BTreeMap<String, String>,
) {
    for gathered in tiers {
        gathered.said = of(workspace, environment, gathered, given, variables);
    }
}

/// What is said where a developer starts the application; tests and deployments have their variables from elsewhere.
/// What nobody imports asks for nothing, and that is only looked for where something would be missing.
fn of(
    workspace: &Workspace,
    environment: Environment,
    gathered: &Gathered,
    given: &[Given],
    variables: &BTreeMap<String, String>,
) -> Vec<Said> {
    let tier = &gathered.tier;
    if tier.runtime != Runtime::Next || environment != Environment::Development {
        return Vec::new();
    }
    let Some((module, mut asked)) = web_env::of(workspace, &tier.dir) else {
        return Vec::new();
    };
    let is_given = |name: &str| given.iter().any(|given| given.has(&tier.name, name));
    asked.retain(|it| {
        let name = it.said.name.as_str();
        let set = gathered.resolved.get(name);
        let is_set = set.is_some_and(|set| !(it.ignores_empty && set.value.is_empty()));
        let around = |name: &String| {
            let set = gathered.resolved.get(name).map(|it| it.value.as_str());
            let set = set.or_else(|| variables.get(name).map(String::as_str));
            set.is_some_and(|it| !it.is_empty()) || is_given(name)
        };
        !is_set && !is_given(name) && !it.unless.iter().any(around)
    });
    if !asked.is_empty() && !web_env::is_imported(workspace, &tier.dir, &module) {
        asked.clear();
    }
    asked.into_iter().map(|it| it.said).collect()
}
