//! `package.json` and `pyproject.toml`, as far as starting a stack needs them.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What `package.json` says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PackageJson {
    /// Scripts by name.
    pub scripts: BTreeMap<String, String>,
    /// `bun@1.2.3`, `pnpm@9.0.0`, …
    pub package_manager: Option<String>,
    /// Version ranges of the runtimes.
    pub engines: BTreeMap<String, String>,
    /// Direct dependencies.
    pub dependencies: BTreeMap<String, String>,
    /// Direct dependencies of those who work on it.
    pub dev_dependencies: BTreeMap<String, String>,
}

/// What `pyproject.toml` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PyProject {
    /// The project's name; none when the file holds settings alone.
    pub name: Option<String>,
    /// What it depends on, as it is written.
    pub dependencies: Vec<String>,
    /// The versions of uv that the project works with.
    pub required_uv: Option<String>,
    /// `requires-python`, e.g. `>=3.11`.
    pub requires_python: Option<String>,
    /// Member patterns of a uv workspace; none when it is no workspace.
    pub members: Option<Vec<String>>,
}

/// Reads `package.json`.
///
/// # Errors
/// What the parser says, with line and column.
pub fn package_json(text: &str) -> Result<PackageJson, String> {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())
}

/// The `version` of a `package.json`, and nothing else of it: an installed package's may be long.
#[must_use]
pub fn package_version(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Package {
        version: String,
    }
    let package: Package = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    Some(package.version)
}

/// Reads `pyproject.toml`; what is not there is left out.
///
/// # Errors
/// What the parser says.
pub fn pyproject(text: &str) -> Result<PyProject, String> {
    let document: toml::Table = toml::from_str(text).map_err(|error| error.message().to_owned())?;
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
    let requires_python = at(&["project", "requires-python"])
        .flatten()
        .and_then(toml::Value::as_str)
        .map(str::to_owned);
    let members = at(&["tool", "uv", "workspace", "members"])
        .flatten()
        .and_then(toml::Value::as_array)
        .map(|members| {
            members
                .iter()
                .filter_map(toml::Value::as_str)
                .map(str::to_owned)
                .collect()
        });
    let is_workspace = at(&["tool", "uv", "workspace"]).flatten().is_some();
    let text = |path: &[&str]| {
        at(path)
            .flatten()
            .and_then(toml::Value::as_str)
            .map(str::to_owned)
    };
    let dependencies = at(&["project", "dependencies"])
        .flatten()
        .and_then(toml::Value::as_array)
        .map(|dependencies| {
            let texts = dependencies.iter().filter_map(toml::Value::as_str);
            texts.map(str::to_owned).collect()
        });
    Ok(PyProject {
        name: text(&["project", "name"]),
        dependencies: dependencies.unwrap_or_default(),
        required_uv: text(&["tool", "uv", "required-version"]),
        requires_python,
        members: members.or(is_workspace.then(Vec::new)),
    })
}

/// The port that a `next dev` line fixes with `-p` or `--port`.
#[must_use]
pub fn script_port(script: &str) -> Option<u16> {
    let words: Vec<&str> = script.split_whitespace().collect();
    let after = words
        .windows(2)
        .find(|pair| matches!(pair[0], "-p" | "--port"))
        .map(|pair| pair[1]);
    after
        .or_else(|| words.iter().find_map(|word| word.strip_prefix("--port=")))
        .and_then(|port| port.parse().ok())
}

/// Whether a script is Next.js's development server.
#[must_use]
pub fn runs_next(script: &str) -> bool {
    let words: Vec<&str> = script.split_whitespace().collect();
    words
        .windows(2)
        .any(|pair| pair[0].rsplit('/').next() == Some("next") && pair[1] == "dev")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_say_what_a_start_needs() {
        let project = pyproject(
            "[project]\nrequires-python='>=3.11'\n[tool.uv.workspace]\nmembers=['backend']\n",
        )
        .expect("valid");
        assert_eq!(
            project,
            PyProject {
                requires_python: Some(">=3.11".to_owned()),
                members: Some(vec!["backend".to_owned()]),
                ..PyProject::default()
            }
        );
        assert_eq!(
            pyproject("[project]\nname='x'\ndependencies=['a>=1']\n").expect("valid"),
            PyProject {
                name: Some("x".to_owned()),
                dependencies: vec!["a>=1".to_owned()],
                ..PyProject::default()
            }
        );
        assert_eq!(
            (
                script_port("next dev -p 3100"),
                script_port("next dev --port=4000"),
                script_port("next dev")
            ),
            (Some(3100), Some(4000), None)
        );
        assert!(runs_next("bunx next dev --turbo") && runs_next("./node_modules/.bin/next dev"));
        assert!(!runs_next("vite dev") && !runs_next("next start") && !runs_next("next"));
    }
}
