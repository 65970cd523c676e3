//! What a `pyproject.toml` says that a lock is made by, beside what it asks for.

use std::collections::BTreeSet;

use crate::code::lock::{Conflicts, conflicts, normal_name};

/// All of it that is compared with a lock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locking {
    /// The version of the project, where it is written here.
    pub version: Option<String>,
    /// `required-environments`.
    pub required: Vec<String>,
    /// The groups that are installed unasked, or `all`; none where nothing else than usual is said.
    pub default_groups: Option<BTreeSet<String>>,
    /// What is not to be installed together.
    pub conflicts: Conflicts,
    /// `exclude-dependencies`, by normalised name.
    pub excluded: BTreeSet<String>,
    /// Whether only who builds the project knows what it asks for, or in which version.
    pub is_dynamic: bool,
}

/// What uv builds a project for that does not say it.
const BUILT_FOR: [&str; 4] = [
    "version",
    "requires-python",
    "dependencies",
    "optional-dependencies",
];

impl Locking {
    pub(super) fn read(document: &toml::Table) -> Self {
        let project = document.get("project");
        let text = |key: &str| Some(project?.get(key)?.as_str()?.to_owned());
        let uv = document.get("tool").and_then(|tool| tool.get("uv"));
        let of = |key: &str| uv.and_then(|uv| uv.get(key));
        Self {
            version: text("version"),
            required: texts(of("required-environments")),
            default_groups: of("default-groups").and_then(default_groups),
            conflicts: conflicts(of("conflicts"), text("name").as_deref()),
            excluded: texts(of("exclude-dependencies"))
                .iter()
                .map(|it| normal_name(it))
                .collect(),
            is_dynamic: texts(project.and_then(|project| project.get("dynamic")))
                .iter()
                .any(|it| BUILT_FOR.contains(&it.as_str())),
        }
    }
}

/// The groups that a value names; none where it says what holds anyway.
fn default_groups(value: &toml::Value) -> Option<BTreeSet<String>> {
    let named = texts(Some(value));
    let named: BTreeSet<String> = named.iter().map(|it| normal_name(it)).collect();
    (!named.iter().eq(["dev"])).then_some(named)
}

/// The texts of a list, or the only one.
fn texts(value: Option<&toml::Value>) -> Vec<String> {
    match value {
        Some(toml::Value::String(one)) => vec![one.clone()],
        Some(toml::Value::Array(all)) => {
            let texts = all.iter().filter_map(toml::Value::as_str);
            texts.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}
