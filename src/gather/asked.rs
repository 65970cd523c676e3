//! The packages that the manifests ask for, and which of those that were added to them are not installed.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use crate::code::lock::Part;
use crate::system::fs;
use crate::workspace::Workspace;
use crate::workspace::stack::Stack;

use super::packages::{self, Member};
use super::venv;

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What uv installs.
    Python,
    /// What the frontend's package manager installs.
    Web,
}

/// What every machine gets, each with the manifest that asks for it, relative to the workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    python: BTreeMap<String, Utf8PathBuf>,
    web: BTreeMap<String, Utf8PathBuf>,
}

impl Asked {
    /// Reads the manifests. One that cannot be read asks for nothing.
    #[must_use]
    pub fn read(workspace: &Workspace, stack: &Stack) -> Self {
        let packages = packages::manifests(workspace, stack, &BTreeMap::new());
        let mut asked = Self::default();
        if let Some(python) = &packages.python {
            // What is a project here need not be installed as a package, and what is overridden need not be there.
            let mut others: BTreeSet<&str> =
                python.everywhere.overrides.iter().map(name_of).collect();
            others.extend(python.members.iter().map(|member| member.name.as_str()));
            for member in &python.members {
                let manifest = member.dir.join("pyproject.toml");
                let names = always(member).filter(|name| !others.contains(name));
                let names = names.map(|name| (name.to_owned(), manifest.clone()));
                asked.python.extend(names);
            }
        }
        if let (Some(asks), Some(web)) = (packages.web, &stack.web) {
            let manifest = web.dir.join("package.json");
            let names = asks.asked.into_keys();
            asked.web = names.map(|name| (name, manifest.clone())).collect();
        }
        asked
    }

    /// Those of a side that were not asked for `before` and are not installed, with their manifest. None where
    /// nothing is installed at all: who starts like that means it.
    #[must_use]
    pub fn lacking(
        self,
        before: &Self,
        side: Side,
        (workspace, stack): (&Workspace, &Stack),
        variables: &BTreeMap<String, String>,
    ) -> Vec<(String, Utf8PathBuf)> {
        let (mut new, before) = match side {
            Side::Python => (self.python, &before.python),
            Side::Web => (self.web, &before.web),
        };
        new.retain(|name, _| !before.contains_key(name));
        if new.is_empty() {
            return Vec::new();
        }
        match (side, &stack.python, &stack.web) {
            (Side::Python, Some(python), _) => {
                let venv = venv::venv(workspace, python, variables);
                let Some(installed) = venv::installed(&venv) else {
                    return Vec::new();
                };
                new.retain(|name, _| !installed.versions.contains_key(name));
            }
            (Side::Web, _, Some(web)) => {
                let places = [&web.dir, &web.top];
                let places = places.map(|dir| workspace.path(dir).join("node_modules"));
                if !places.iter().any(|place| fs::is_dir(place)) {
                    return Vec::new();
                }
                let is_there = |name: &str| places.iter().any(|all| fs::exists(&all.join(name)));
                new.retain(|name, _| !is_there(name));
            }
            _ => return Vec::new(),
        }
        new.into_iter().collect()
    }
}

fn name_of(requirement: &crate::code::lock::Requirement) -> &str {
    &requirement.name
}

/// What an installation without further words brings, on whatever machine.
fn always(member: &Member) -> impl Iterator<Item = &str> {
    member.asks().filter_map(|(part, requirement)| {
        let is_brought = match part {
            Part::Main => true,
            Part::Extra(_) => false,
            Part::Group(name) => member.default_groups.contains(&name),
        };
        (is_brought && !requirement.conditional).then_some(requirement.name.as_str())
    })
}
