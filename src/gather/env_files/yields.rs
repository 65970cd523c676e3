//! What the built-in schemas ask for gives way to what code and manifests say: they describe one kind of workspace, and
//! a sound one need not be of that kind.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::env::is_placeholder;
use crate::schema::types::{Kind, PostgresUrl, Text};
use crate::schema::{Schema, Variable};
use crate::system::fs;
use crate::workspace::{Environment, Workspace};

use super::super::used::Code;
use super::Gathered;

/// How one variable of a schema is read here.
enum Change {
    /// Nobody needs it.
    Unasked,
    /// It is of another kind.
    Kind(Kind),
}

/// Takes out of the built-in schemas what nobody here needs. The code is read only where something would be wrong
/// otherwise.
pub(super) fn apply(workspace: &Workspace, environment: Environment, tiers: &mut [Gathered]) {
    let read = OnceCell::new();
    let code = || read.get_or_init(|| Code::read(&workspace.root));
    for gathered in tiers {
        let variables = gathered.schema.variables.iter().enumerate();
        let changes: Vec<(usize, Change)> = variables
            .filter_map(|(at, variable)| {
                Some((at, change(gathered, variable, environment, &code)?))
            })
            .collect();
        // What the workspace's own schema asks for is meant.
        let own = workspace.path(gathered.schema.source.path());
        if changes.is_empty() || fs::exists(&own) {
            continue;
        }
        let mut schema = Schema::clone(&gathered.schema);
        for (at, change) in changes {
            if let Some(variable) = schema.variables.get_mut(at) {
                match change {
                    Change::Unasked => variable.required.environments.clear(),
                    Change::Kind(kind) => variable.kind = kind,
                }
            }
        }
        gathered.schema = Arc::new(schema);
    }
}

fn change<'c>(
    gathered: &Gathered,
    variable: &Variable,
    environment: Environment,
    code: &impl Fn() -> &'c Code,
) -> Option<Change> {
    let value = gathered.resolved.nonempty(&variable.name);
    let value = value.filter(|it| !is_placeholder(it));
    if let Some(value) = value {
        let kind = by_driver(&variable.kind, value, code)?;
        return Some(Change::Kind(kind));
    }
    let is_asked = variable.required.environments.contains(&environment) && !variable.is_group();
    (is_asked && !code().may_read(&variable.name, gathered.tier.runtime)).then_some(Change::Unasked)
}

/// What a URL is by its driver, where that is installed and the one that is usual is not.
fn by_driver<'c>(kind: &Kind, value: &str, code: &impl Fn() -> &'c Code) -> Option<Kind> {
    let Kind::PostgresUrl(PostgresUrl {
        driver: Some(usual),
    }) = kind
    else {
        return None;
    };
    let (scheme, _) = value.split_once("://")?;
    let (base, driver) = match scheme.split_once('+') {
        Some((base, driver)) => (base, Some(driver)),
        None => (scheme, None),
    };
    if driver == Some(usual) || !code().lacks_package(usual) {
        return None;
    }
    match (base, driver) {
        ("postgres" | "postgresql", None) => Some(Kind::PostgresUrl(PostgresUrl::default())),
        ("postgresql", Some(driver)) if code().has_driver(driver) => {
            Some(Kind::PostgresUrl(PostgresUrl {
                driver: Some(driver.to_owned()),
            }))
        }
        // Python brings its driver.
        ("sqlite", None | Some("pysqlite")) => Some(Kind::Text(Text::default())),
        (base, Some(driver)) if !base.starts_with("postgres") && code().has_driver(driver) => {
            Some(Kind::Text(Text::default()))
        }
        _ => None,
    }
}
