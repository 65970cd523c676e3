//! What the project's files say of modules: which packages are named, and which modules are its own.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::service::cause::{Modules, Sought};
use crate::system::fs;
use crate::workspace::Workspace;
use crate::workspace::stack::Stack;

use super::{fields, packages, web_modules};

/// Reads the manifests, the names in the lock, and the folders that code may lie in, for who runs in that folder, where
/// it is known.
#[must_use]
pub fn read(
    workspace: &Workspace,
    stack: &Stack,
    cwd: Option<&Utf8Path>,
    sought: Sought<'_>,
) -> Modules {
    let packages::Packages { python, .. } = packages::manifests(workspace, stack, &BTreeMap::new());
    let mut dirs: BTreeSet<Utf8PathBuf> = workspace
        .tiers
        .iter()
        .filter(|tier| tier.name != "frontend")
        .map(|tier| tier.dir.clone())
        .collect();
    dirs.extend(stack.api.as_ref().map(|api| api.imports.clone()));
    dirs.extend(stack.celery.as_ref().map(|celery| celery.imports.clone()));
    let mut modules = Modules {
        web: web_modules::of(workspace, stack, cwd, sought.importer.map(Utf8Path::new)),
        fields: sought.class.and_then(|it| fields::of(workspace, cwd, it)),
        ..Modules::default()
    };
    let mut unbuilt = BTreeSet::new();
    if let Some(python) = python {
        let lock = workspace.path(&python.dir).join("uv.lock");
        if let Ok(Some(text)) = fs::read_text_if_there(&lock) {
            (modules.packages, unbuilt) = locked(&text);
        }
        let asked = python.members.iter().flat_map(packages::Member::asks);
        modules
            .packages
            .extend(asked.map(|(_, requirement)| requirement.name.clone()));
        dirs.insert(python.dir.clone());
        for member in &python.members {
            dirs.insert(member.dir.clone());
            dirs.insert(member.dir.join("src"));
        }
        for tier in &workspace.tiers {
            let mut members = python.members.iter();
            // What the root depends on every member may use: it is no member of anybody's.
            let own = members.find(|member| member.dir == tier.dir && tier.dir != python.dir);
            let own = own.map(|member| (tier.name.clone(), member.name.clone()));
            modules.members.extend(own);
        }
        modules.manifest = Some(python.dir.to_string());
        modules.is_workspace = python.is_workspace;
    }
    modules.packages.retain(|name| !unbuilt.contains(name));
    for dir in dirs {
        own(workspace, &dir, &mut modules.own);
    }
    modules
}

/// Why a program is not found by who runs in that folder, where a package of JavaScript brings it, and what would help;
/// `place` says in words where it is named.
#[must_use]
pub fn unfound(
    workspace: &Workspace,
    cwd: &Utf8Path,
    program: &str,
    place: &str,
) -> Option<(String, String)> {
    let web = web_modules::of(workspace, &Stack::default(), Some(cwd), None)?;
    web.unfound(program, place)
}

/// Adds the modules that lie in a folder; of two with one name, that in the outer folder stays.
fn own(workspace: &Workspace, dir: &Utf8Path, found: &mut BTreeMap<String, String>) {
    let path = workspace.path(dir);
    for (name, is_dir) in fs::entries(&path) {
        let module = if is_dir {
            let has_code = || {
                let is_code = |name: &str| name.strip_suffix(".py").is_some();
                !fs::names(&path.join(&name), is_code).is_empty()
            };
            Some(&*name).filter(|name| is_module(name) && has_code())
        } else {
            name.strip_suffix(".py").filter(|name| is_module(name))
        };
        if let Some(module) = module {
            found
                .entry(module.to_owned())
                .or_insert_with(|| dir.to_string());
        }
    }
}

fn is_module(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name != "node_modules"
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(is_part)
}

/// The packages of a lock, and the members among them that are never installed as one; found by line,
/// since a lock may be long.
fn locked(text: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut packages, mut unbuilt, mut last) = (BTreeSet::new(), BTreeSet::new(), None);
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("name = \"") {
            last = Some(name.trim_end_matches('"'));
            packages.extend(last.map(str::to_owned));
        } else if line.starts_with("source = { virtual = ") {
            unbuilt.extend(last.map(str::to_owned));
        }
    }
    (packages, unbuilt)
}

#[cfg(test)]
mod tests {
    use super::locked;

    #[test]
    fn a_lock_names_packages_and_members_that_are_none() {
        let text = "version = 1\n\n[manifest]\nmembers = [\n    \"a\",\n]\n\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { virtual = \".\" }\ndependencies = [\n    { name = \"b\" },\n]\n\n[[package]]\nname = \"b\"\nversion = \"1\"\nsource = { registry = \"https://pypi.org/simple\" }\n";
        let (packages, unbuilt) = locked(text);
        assert_eq!(packages.into_iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(unbuilt.into_iter().collect::<Vec<_>>(), ["a"]);
    }
}
