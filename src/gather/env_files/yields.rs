//! What the built-in schemas ask for gives way to what code and manifests say: they describe one kind of workspace, and
//! a sound one need not be of that kind.

mod by_settings;
pub mod verdict;

use std::cell::OnceCell;
use std::sync::Arc;

use crate::env::is_placeholder;
use crate::schema::types::{Kind, PostgresUrl, Text};
use crate::schema::{Schema, Variable};
use crate::system::fs;
use crate::workspace::{Environment, Runtime, Workspace};

use super::super::used::Code;
use super::{Gathered, SCHEMAS};

/// The variable with the address of the web application's own pages, which are where it listens.
const OWN: &str = "NEXT_PUBLIC_APP_URL";

/// What takes the name of a driver in a URL.
const SQLALCHEMY: &[&str] = &["sqlalchemy", "sqlmodel", "alembic", "ormar"];

/// Drivers that are used alone, too.
const DRIVERS: &[&str] = &["asyncpg", "psycopg", "psycopg2", "pg8000"];

/// How one variable of a schema is read here.
enum Change {
    /// Nobody needs it.
    Unasked,
    /// It is of another kind.
    Kind(Kind),
    /// It names no driver, and its examples do not either.
    Bare,
    /// It is another one where it is not set.
    Default(String),
}

/// Takes out of the built-in schemas what nobody here needs. The code is read only where something would be wrong
/// otherwise.
pub(super) fn apply(workspace: &Workspace, environment: Environment, tiers: &mut [Gathered]) {
    let read = OnceCell::new();
    let code = || read.get_or_init(|| Code::read(&workspace.root));
    by_settings::apply(workspace, environment, tiers, &code);
    super::by_web::apply(workspace, environment, tiers, &code);
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
                    Change::Bare => {
                        variable.kind = Kind::PostgresUrl(PostgresUrl::default());
                        let limits = variable.limits.values_mut().map(|it| &mut it.example);
                        for example in limits.chain([&mut variable.example]).flatten() {
                            *example = without_driver(example);
                        }
                    }
                    Change::Default(value) => {
                        if let Some(limits) = variable.limits.get_mut(&environment) {
                            limits.default = None;
                        }
                        variable.default = Some(value);
                    }
                }
            }
        }
        gathered.schema = Arc::new(schema);
    }
}

/// Whether it is known that nobody in the workspace has to do with a variable of the built-in schemas.
#[must_use]
pub fn is_unused(workspace: &Workspace, name: &str) -> bool {
    let is_described = || fs::exists(&workspace.path(SCHEMAS));
    !is_described() && !Code::read(&workspace.root).may_read(name, Runtime::Shared)
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
    if is_bare(&variable.kind, code) {
        return Some(Change::Bare);
    }
    if variable.name == OWN
        && let Some(listens) = &gathered.listens
    {
        let default = with_port(variable.default_in(environment)?, listens.port)?;
        return Some(Change::Default(default));
    }
    let is_asked = variable.required.environments.contains(&environment) && !variable.is_group();
    (is_asked && !code().may_read(&variable.name, gathered.tier.runtime)).then_some(Change::Unasked)
}

/// Whether a URL names a driver by its schema, and the one that is here is used without what understands that.
fn is_bare<'c>(kind: &Kind, code: &impl Fn() -> &'c Code) -> bool {
    let names = matches!(kind, Kind::PostgresUrl(PostgresUrl { driver: Some(_) }));
    let has_driver = || DRIVERS.iter().any(|it| code().has_driver(it));
    names && lacks_sqlalchemy(code) && has_driver()
}

fn lacks_sqlalchemy<'c>(code: &impl Fn() -> &'c Code) -> bool {
    SQLALCHEMY.iter().all(|it| code().lacks_package(it))
}

/// A URL without the name of a driver.
fn without_driver(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let base = scheme.split('+').next().unwrap_or(scheme);
            format!("{base}://{rest}")
        }
        None => url.to_owned(),
    }
}

/// The same origin with another port.
fn with_port(origin: &str, port: u16) -> Option<String> {
    let mut url = url::Url::parse(origin).ok()?;
    url.set_port(Some(port)).ok()?;
    Some(url.as_str().trim_end_matches('/').to_owned())
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
    // Only SQLAlchemy, and who builds on it, takes a driver's name.
    let is_postgres = matches!(base, "postgres" | "postgresql");
    if is_postgres && (driver.is_none() && lacks_sqlalchemy(code) || is_bare(kind, code)) {
        return Some(Kind::PostgresUrl(PostgresUrl::default()));
    }
    if driver == Some(usual) {
        return None;
    }
    if !code().lacks_package(usual) {
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
