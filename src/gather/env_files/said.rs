//! What the code of a web application says of its variables.

use std::collections::BTreeMap;

use crate::schema::check::{Refused, Said};
use crate::workspace::{Environment, Runtime, Workspace};

use super::super::web_env::{self, Asked};
use super::Gathered;
use super::given::Given;

/// What the runtime sets by itself.
const OF_RUNTIME: &[&str] = &["NODE_ENV", "NEXT_RUNTIME", "PORT"];

/// Notes for each tier what its code says.
pub(super) fn fill(
    workspace: &Workspace,
    environment: Environment,
    tiers: &mut [Gathered],
    given: &[Given],
    variables: &BTreeMap<String, String>,
) {
    for gathered in tiers {
        (gathered.said, gathered.refused) = of(workspace, environment, gathered, given, variables);
    }
}

/// What is said where a developer starts the application; tests and deployments have their variables from elsewhere.
/// What nobody imports asks for nothing, and that is only looked for where something would be wrong.
fn of(
    workspace: &Workspace,
    environment: Environment,
    gathered: &Gathered,
    given: &[Given],
    variables: &BTreeMap<String, String>,
) -> (Vec<Said>, Vec<Refused>) {
    let tier = &gathered.tier;
    let none = || (Vec::new(), Vec::new());
    if tier.runtime != Runtime::Next || environment != Environment::Development {
        return none();
    }
    let Some((module, mut asked)) = web_env::of(workspace, &tier.dir) else {
        return none();
    };
    let is_given = |name: &str| given.iter().any(|given| given.has(&tier.name, name));
    let value = |name: &str| {
        let set = gathered.resolved.get(name).map(|it| it.value.as_str());
        set.or_else(|| variables.get(name).map(String::as_str))
    };
    let around = |name: &String| value(name).is_some_and(|it| !it.is_empty()) || is_given(name);
    // What is taken where a variable is not set is a matter of who compares it with others.
    let described = |name: &str| gathered.schema.get(name).is_some();
    asked.retain(|it| {
        let name = it.said.name.as_str();
        let is_of_runtime = OF_RUNTIME.contains(&name) || name.starts_with("npm_");
        !is_given(name) && !it.unless.iter().any(around) && (described(name) || !is_of_runtime)
    });
    let (mut said, mut refused) = (Vec::new(), Vec::new());
    for Asked {
        said: it,
        is_needed,
        takes,
        ignores_empty,
        ..
    } in asked
    {
        match value(&it.name).filter(|value| !(ignores_empty && value.is_empty())) {
            None if is_needed || it.default.is_some() => said.push(it),
            Some(value) if !OF_RUNTIME.contains(&it.name.as_str()) => {
                refused.extend(takes.refuses(value).map(|wanted| Refused {
                    name: it.name,
                    place: it.place,
                    wanted,
                    may_lack: !is_needed,
                }));
            }
            _ => {}
        }
    }
    let is_any = !said.is_empty() || !refused.is_empty();
    if is_any && !web_env::is_imported(workspace, &tier.dir, &module) {
        return none();
    }
    (said, refused)
}
