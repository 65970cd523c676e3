//! `pixcrawler env diff A B`: two environments, or two files, side by side.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde_json::{Value, json};

use crate::commands::Context;
use crate::env::dialect::{self, Ambient, Dialect};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::env_files;
use crate::output::{Cell, Format, Table, Tone, harmless};
use crate::system::fs;
use crate::workspace::Environment;

/// What is compared.
#[derive(Debug, Clone)]
pub struct Request {
    /// An environment's name, or a file.
    pub left: String,
    /// Likewise.
    pub right: String,
    /// Only these tiers; all when empty.
    pub tiers: Vec<String>,
}

/// A variable that is not the same on both sides.
struct Difference {
    tier: String,
    name: String,
    left: Option<String>,
    right: Option<String>,
}

/// Prints what is different.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    let differences = match (
        request.left.parse::<Environment>(),
        request.right.parse::<Environment>(),
    ) {
        (Ok(left), Ok(right)) => of_environments(context, request, left, right)?,
        _ => of_files(context, request)?,
    };
    if context.format == Format::Human {
        let mut table = Table::default();
        table.row([
            Cell::from(""),
            Cell::new(request.left.as_str(), Tone::Context),
            Cell::new(request.right.as_str(), Tone::Context),
        ]);
        let shown = |value: &Option<String>| {
            value.as_ref().map_or_else(
                || Cell::new("not set", Tone::Context),
                |value| Cell::from(harmless(value).replace('\n', "␤")),
            )
        };
        for difference in &differences {
            let name = if difference.tier.is_empty() {
                difference.name.clone()
            } else {
                format!("{} {}", difference.tier, difference.name)
            };
            table.row([
                Cell::new(harmless(&name).into_owned(), Tone::Name),
                shown(&difference.left),
                shown(&difference.right),
            ]);
        }
        let mut text = Vec::new();
        let written = table.write(context.style(), &mut text);
        debug_assert!(written.is_ok(), "writing to memory cannot fail");
        context.print(if differences.is_empty() {
            b"no difference\n"
        } else {
            &text
        });
    } else {
        let entries: Vec<Value> = differences
            .iter()
            .map(|difference| json!({"tier": difference.tier, "name": difference.name, "left": difference.left, "right": difference.right}))
            .collect();
        context.print(
            format!(
                "{:#}\n",
                json!({"version": 1, "command": "env diff", "differences": entries})
            )
            .as_bytes(),
        );
    }
    Ok(if differences.is_empty() {
        Exit::Clean
    } else {
        Exit::Findings
    })
}

fn of_environments(
    context: &Context,
    request: &Request,
    left: Environment,
    right: Environment,
) -> Result<Vec<Difference>, Failure> {
    let workspace = context.find_workspace()?;
    super::check::known_tiers(&workspace, &request.tiers)?;
    // The calling shell would win on both sides and hide every difference.
    let none = BTreeMap::new();
    let (one, other) = (
        env_files::load(&workspace, left, &none),
        env_files::load(&workspace, right, &none),
    );
    let mut differences = Vec::new();
    for gathered in one
        .tiers()
        .iter()
        .filter(|gathered| request.tiers.is_empty() || request.tiers.contains(&gathered.tier.name))
    {
        let tier = &gathered.tier.name;
        let right = other
            .tier(tier)
            .map(crate::env::Resolved::all)
            .unwrap_or_default();
        differences.extend(compare(
            tier,
            &gathered.resolved.all(),
            &right,
            &|name, value| one.masked(name, value),
        ));
    }
    Ok(differences)
}

fn of_files(context: &Context, request: &Request) -> Result<Vec<Difference>, Failure> {
    let here = Context::here()?;
    let read = |path: &str| -> Result<BTreeMap<String, String>, Failure> {
        let path = here.join(Utf8Path::new(path));
        let bytes = fs::read(&path).map_err(|error| {
            Failure::usage(error.to_string())
                .help("compare two environments, e.g. development production, or two files")
        })?;
        let frontend = path.components().any(|part| part.as_str() == "frontend");
        let dialect = if frontend {
            Dialect::Next
        } else {
            Dialect::PythonDotenv
        };
        let loaded = dialect::load(dialect, dialect::Source::new(&bytes), &Ambient::default());
        Ok(loaded
            .values
            .iter()
            .filter_map(|(name, entry)| Some((name.to_owned(), entry.value.as_ref()?.to_string())))
            .collect())
    };
    let (left, right) = (read(&request.left)?, read(&request.right)?);
    let _ = context;
    Ok(compare("", &left, &right, &crate::env::masked))
}

fn compare(
    tier: &str,
    left: &BTreeMap<String, String>,
    right: &BTreeMap<String, String>,
    masked: &dyn Fn(&str, &str) -> String,
) -> Vec<Difference> {
    let names: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let shown = |name: &str, value: Option<&String>| value.map(|value| masked(name, value));
    names
        .into_iter()
        .filter(|name| left.get(*name) != right.get(*name))
        .map(|name| Difference {
            tier: tier.to_owned(),
            name: name.clone(),
            left: shown(name, left.get(name)),
            right: shown(name, right.get(name)),
        })
        .collect()
}
