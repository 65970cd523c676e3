//! What the code of a web application says of its variables.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::schema::check::{Refused, Said};
use crate::workspace::{Environment, Runtime, Workspace};

use super::super::web_env::{self, Asked, Checked};
use super::super::web_imports;
use super::Gathered;
use super::filled::Filled;
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
    let filled = OnceCell::new();
    let filled = || filled.get_or_init(|| Filled::of(workspace, environment, tier));
    let is_given = |name: &str| given.iter().any(|given| given.has(&tier.name, name));
    let value = |name: &str| {
        let set = gathered.resolved.get(name).map(|it| it.value.as_str());
        set.or_else(|| variables.get(name).map(String::as_str))
    };
    let around = |name: &String| value(name).is_some_and(|it| !it.is_empty()) || is_given(name);
    // What is taken where a variable is not set is a matter of who compares it with others.
    let described = |name: &str| gathered.schema.get(name).is_some();
    let counts = |it: &Asked| {
        let name = it.said.name.as_str();
        let is_of_runtime = OF_RUNTIME.contains(&name) || name.starts_with("npm_");
        !is_given(name) && !it.unless.iter().any(around) && (described(name) || !is_of_runtime)
    };
    let (mut all, mut all_refused) = none();
    for Checked { path, asked } in web_env::all(workspace, &tier.dir) {
        let (mut said, mut refused) = none();
        for it in asked.into_iter().filter(counts) {
            match value(&it.said.name).filter(|value| !(it.ignores_empty && value.is_empty())) {
                None if !it.is_needed && it.said.default.is_none() => {}
                None if filled().may_set(&it.said.name) => {}
                None => said.push(it.said),
                Some(value) if !OF_RUNTIME.contains(&it.said.name.as_str()) => {
                    let of_file = |it: &Refused| !filled().sets(&it.name);
                    refused.extend(refusal(&it, value).filter(of_file));
                }
                _ => {}
            }
        }
        let is_any = !said.is_empty() || !refused.is_empty();
        if is_any && web_imports::is_imported(workspace, &tier.dir, &path) {
            all.extend(said);
            all_refused.extend(refused);
        }
    }
    (all, all_refused)
}

/// What the code has against a value, where it certainly refuses it.
fn refusal(asked: &Asked, value: &str) -> Option<Refused> {
    Some(Refused {
        name: asked.said.name.clone(),
        place: asked.said.place.clone(),
        wanted: asked.takes.refuses(value)?,
        may_lack: !asked.is_needed,
        instead: asked.takes.nearest(value),
        never: asked.takes.never(),
    })
}
