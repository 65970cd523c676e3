//! `package.json` and `pyproject.toml`, as far as starting a stack needs them.

mod asked;
mod bun;
mod entries;
mod locking;
mod script;
mod shape;
mod sources;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::text::Span;

use super::lock::{Catalogs, normal_name};

pub use asked::Within;
pub use bun::taken_by_bun;
pub use entries::{InstalledPackage, Way, installed_package};
pub use locking::Locking;
pub use script::{Script, runs_next, runs_script, script_port};
pub use sources::{Only, SourceOf, source_at};

/// What `package.json` says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PackageJson {
    /// Its name.
    #[serde(deserialize_with = "text_of")]
    pub name: Option<String>,
    /// Its version.
    #[serde(deserialize_with = "text_of")]
    pub version: Option<String>,
    /// Scripts by name.
    #[serde(deserialize_with = "texts_of")]
    pub scripts: BTreeMap<String, String>,
    /// `bun@1.2.3`, `pnpm@9.0.0`, …
    #[serde(deserialize_with = "text_of")]
    pub package_manager: Option<String>,
    /// Version ranges of the runtimes.
    #[serde(deserialize_with = "texts_of")]
    pub engines: BTreeMap<String, String>,
    /// Direct dependencies.
    pub dependencies: BTreeMap<String, String>,
    /// Direct dependencies of those who work on it.
    pub dev_dependencies: BTreeMap<String, String>,
    /// What may be missing.
    optional_dependencies: Value,
    /// What is installed with it: patterns of folders, or an object that has them as its `packages`.
    workspaces: Value,
    /// The versions that its workspaces name by `catalog:`.
    catalog: Value,
    /// The same under names of their own.
    catalogs: Value,
    /// What npm and bun install instead of what is asked for.
    overrides: Value,
    /// The same for yarn and bun.
    resolutions: Value,
    /// Patches of installed packages.
    patched_dependencies: Value,
    /// Settings of pnpm's.
    pnpm: Value,
}

impl PackageJson {
    /// Patterns of the folders that are installed with it.
    #[must_use]
    pub fn patterns(&self) -> Vec<String> {
        let named = self.workspaces.get("packages").unwrap_or(&self.workspaces);
        let texts = named.as_array().into_iter().flatten();
        let texts = texts.filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    }

    /// Its catalogs: those beside the workspaces' patterns, or else its own.
    #[must_use]
    pub fn catalogs(&self) -> Catalogs {
        let of = |key| self.workspaces.get(key).unwrap_or(&Value::Null);
        let beside = Catalogs::read(of("catalog"), of("catalogs"));
        if beside.are_there() {
            return beside;
        }
        Catalogs::read(&self.catalog, &self.catalogs)
    }

    /// Whether it says nothing of what is installed or run: not even its name.
    #[must_use]
    pub fn asks_nothing(&self) -> bool {
        let is_named = self.name.is_some() || self.version.is_some();
        let others = [
            &self.optional_dependencies,
            &self.workspaces,
            &self.catalog,
            &self.catalogs,
        ];
        !is_named
            && self.scripts.is_empty()
            && self.dependencies.is_empty()
            && self.dev_dependencies.is_empty()
            && others.iter().all(|it| it.is_null())
    }

    /// Whether it is an application that can be started, and not only what holds others together.
    #[must_use]
    pub fn is_application(&self) -> bool {
        let has = |name: &str| {
            self.dependencies.contains_key(name) || self.dev_dependencies.contains_key(name)
        };
        self.scripts.contains_key("dev") || has("next") || has("vite")
    }
}

/// A text; anything else is nothing to the package managers.
fn text_of<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(reader)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

/// The texts of an object, as the package managers take it.
fn texts_of<'de, D: Deserializer<'de>>(reader: D) -> Result<BTreeMap<String, String>, D::Error> {
    let Value::Object(entries) = Value::deserialize(reader)? else {
        return Ok(BTreeMap::new());
    };
    let texts = entries.into_iter().filter_map(|(name, value)| match value {
        Value::String(text) => Some((name, text)),
        _ => None,
    });
    Ok(texts.collect())
}

/// What `pyproject.toml` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PyProject {
    /// The project's name; none when the file holds settings alone.
    pub name: Option<String>,
    /// What it depends on, as it is written.
    pub dependencies: Vec<String>,
    /// What each of its extras adds, as it is written.
    pub extras: BTreeMap<String, Vec<String>>,
    /// What each of its dependency groups adds, with the groups that it includes.
    pub groups: BTreeMap<String, Vec<String>>,
    /// The groups that uv installs unasked.
    pub default_groups: Vec<String>,
    /// The versions of uv that the project works with.
    pub required_uv: Option<String>,
    /// `requires-python`, e.g. `>=3.11`.
    pub requires_python: Option<String>,
    /// Member patterns of a uv workspace; none when it is no workspace.
    pub members: Option<Vec<String>>,
    /// Whether uv is told to leave it alone: as a member it is passed over.
    pub is_unmanaged: bool,
    /// Patterns of folders that are no members of it.
    pub excluded: Vec<String>,
    /// What is installed instead of what any package asks for.
    pub overrides: Vec<String>,
    /// What bounds the versions of whatever any package asks for.
    pub constraints: Vec<String>,
    /// The conditions of the machines that it is locked for; none where it is for all.
    pub environments: Vec<String>,
    /// What is said of where packages come from, by normalised name.
    pub sources: BTreeMap<String, Vec<SourceOf>>,
    /// The indexes that it names.
    pub indexes: BTreeSet<String>,
    /// Whether uv is told to pass over all sources.
    pub passes_over_sources: bool,
    /// What else a lock is made by.
    pub locking: Locking,
}

impl PyProject {
    /// Whether it names no project, no workspace and nothing that is to be installed.
    #[must_use]
    pub fn asks_nothing(&self) -> bool {
        self.name.is_none()
            && self.members.is_none()
            && self.dependencies.is_empty()
            && self.groups.is_empty()
    }
}

/// Why a manifest cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The parser's words, without the place.
    pub why: String,
    /// Where it stopped.
    pub at: Span,
}

/// Reads `package.json`.
///
/// # Errors
/// What the parser says, and where.
pub fn package_json(text: &str) -> Result<PackageJson, Unreadable> {
    let json = text.trim_start_matches('\u{feff}');
    // A struct would be read out of a list, too.
    if !json.trim_start().starts_with('{')
        && let Ok(value) = serde_json::from_str::<Value>(json)
    {
        let start = text.len() - json.trim_start().len();
        return Err(Unreadable {
            why: format!("it is {}, and must be an object", kind_of(&value)),
            at: Span::new(start, text.trim_end().len()),
        });
    }
    serde_json::from_str(json).map_err(|error| {
        let words = error.to_string();
        // The place is said once, by whoever shows it; a file that ends too early has one as well.
        let why = words
            .rsplit_once(" at line ")
            .map_or(&*words, |(why, _)| why);
        let before: usize = json
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let at = text.len() - json.len() + before + error.column().saturating_sub(1);
        Unreadable {
            why: why.to_owned(),
            at: Span::new(at.min(text.len()), (at + 1).min(text.len())),
        }
    })
}

/// What a value is, in words.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Reads `pyproject.toml`; what is not there is left out.
///
/// # Errors
/// What the parser says, or for which value uv refuses the file, and where.
pub fn pyproject(text: &str) -> Result<PyProject, Unreadable> {
    let document: toml::Table = toml::from_str(text).map_err(|error| Unreadable {
        why: error
            .message()
            .lines()
            .next()
            .unwrap_or("not TOML")
            .to_owned(),
        at: error.span().map_or(Span::new(0, 0), Span::from),
    })?;
    shape::check(text)?;
    let at = |path: &[&str]| {
        path.iter()
            .try_fold(None, |found: Option<&toml::Value>, key| {
                let next = match found {
                    None => document.get(*key),
                    Some(value) => value.get(key),
                };
                next.map(Some)
            })
    };
    let is_workspace = at(&["tool", "uv", "workspace"]).flatten().is_some();
    let text = |path: &[&str]| {
        at(path)
            .flatten()
            .and_then(toml::Value::as_str)
            .map(str::to_owned)
    };
    let texts = |value: &toml::Value| -> Vec<String> {
        let values = value.as_array().into_iter().flatten();
        let texts = values.filter_map(toml::Value::as_str);
        texts.map(str::to_owned).collect()
    };
    let list = |path: &[&str]| at(path).flatten().map(texts);
    let table = |path: &[&str]| at(path).flatten().and_then(toml::Value::as_table);
    let extras = table(&["project", "optional-dependencies"])
        .into_iter()
        .flatten();
    let mut groups = table(&["dependency-groups"])
        .map(flat_groups)
        .unwrap_or_default();
    if let Some(more) = list(&["tool", "uv", "dev-dependencies"]) {
        groups.entry("dev".to_owned()).or_default().extend(more);
    }
    let default_groups = match at(&["tool", "uv", "default-groups"]).flatten() {
        None => vec!["dev".to_owned()],
        // `default-groups = "all"`
        Some(toml::Value::String(_)) => groups.keys().cloned().collect(),
        Some(named) => texts(named),
    };
    Ok(PyProject {
        locking: Locking::read(&document),
        is_unmanaged: at(&["tool", "uv", "managed"]).flatten()
            == Some(&toml::Value::Boolean(false)),
        sources: table(&["tool", "uv", "sources"])
            .map(sources::read)
            .unwrap_or_default(),
        indexes: at(&["tool", "uv", "index"])
            .flatten()
            .map(sources::indexes)
            .unwrap_or_default(),
        passes_over_sources: at(&["tool", "uv", "no-sources"]).flatten()
            == Some(&toml::Value::Boolean(true)),
        name: text(&["project", "name"]),
        dependencies: list(&["project", "dependencies"]).unwrap_or_default(),
        extras: extras
            .map(|(name, value)| (name.clone(), texts(value)))
            .collect(),
        groups,
        default_groups,
        required_uv: text(&["tool", "uv", "required-version"]),
        requires_python: text(&["project", "requires-python"]),
        excluded: list(&["tool", "uv", "workspace", "exclude"]).unwrap_or_default(),
        overrides: list(&["tool", "uv", "override-dependencies"]).unwrap_or_default(),
        constraints: list(&["tool", "uv", "constraint-dependencies"]).unwrap_or_default(),
        environments: match at(&["tool", "uv", "environments"]).flatten() {
            Some(toml::Value::String(one)) => vec![one.clone()],
            Some(several) => texts(several),
            None => Vec::new(),
        },
        members: list(&["tool", "uv", "workspace", "members"]).or(is_workspace.then(Vec::new)),
    })
}

/// The versions of uv that a `uv.toml` asks for.
#[must_use]
pub fn required_uv(text: &str) -> Option<String> {
    let document: toml::Table = toml::from_str(text).ok()?;
    Some(document.get("required-version")?.as_str()?.to_owned())
}

/// The groups with what they include instead of the names of those. One that includes itself, which uv
/// refuses, adds nothing.
fn flat_groups(groups: &toml::Table) -> BTreeMap<String, Vec<String>> {
    fn add(groups: &toml::Table, name: &str, on_the_way: &mut Vec<String>, out: &mut Vec<String>) {
        let normal = normal_name(name);
        if on_the_way.contains(&normal) {
            return;
        }
        let named = groups
            .iter()
            .find(|(known, _)| normal_name(known) == normal);
        on_the_way.push(normal);
        let items = named.and_then(|(_, value)| value.as_array());
        for item in items.into_iter().flatten() {
            if let Some(text) = item.as_str() {
                out.push(text.to_owned());
            } else if let Some(name) = item.get("include-group").and_then(toml::Value::as_str) {
                add(groups, name, on_the_way, out);
            }
        }
        on_the_way.pop();
    }
    let flat = groups.keys().map(|name| {
        let mut out = Vec::new();
        add(groups, name, &mut Vec::new(), &mut out);
        (normal_name(name), out)
    });
    flat.collect()
}

#[cfg(test)]
mod tests;
