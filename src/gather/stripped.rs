//! Manifests that ask for none of the packages any more that the last commit's asked for, while the code still uses
//! some: what installs by such a one takes the application away.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::lock::{Requirement, normal_name};
use crate::code::manifest::{self, PackageJson};
use crate::code::python;
use crate::system::{fs, variables};
use crate::text::and_list;
use crate::workspace::Workspace;
use crate::workspace::stack::{Broken, Fault, Stack, Web};

use super::packages::{Member, Packages, PythonPackages};
use super::{git, manifests, python_files};

/// Fewer may well have been taken out by hand.
const LEAST: usize = 2;

/// So many of those that are used are named.
const NAMED: usize = 3;

/// How deep code is looked through.
const DEPTH: usize = 4;

/// Those of both sides. Git is asked of manifests alone that ask for nothing.
#[must_use]
pub fn of(workspace: &Workspace, stack: &Stack, packages: &Packages) -> Vec<Broken> {
    let python = packages.python.iter().flat_map(|it| python(workspace, it));
    let web = stack.web.iter().flat_map(|it| web(workspace, it));
    python.chain(web).collect()
}

/// Those of the Python side.
fn python(workspace: &Workspace, side: &PythonPackages) -> Vec<Broken> {
    let asked: BTreeSet<&str> = side
        .members
        .iter()
        .flat_map(|member| member.asks().map(|(_, asked)| asked.name.as_str()))
        .chain(side.members.iter().map(|member| member.name.as_str()))
        .collect();
    let empty = side.members.iter().filter(|it| it.requirements.is_empty());
    empty
        .filter_map(|member| of_member(workspace, member, &asked))
        .collect()
}

/// `asked` is what any member asks for: what moved to another one is not lost.
fn of_member(workspace: &Workspace, member: &Member, asked: &BTreeSet<&str>) -> Option<Broken> {
    let file = member.dir.join("pyproject.toml");
    let now = manifests::pyproject(workspace, &member.dir)?.ok()?;
    if now.locking.is_dynamic {
        return None;
    }
    let before = git::committed(&workspace.root, &variables::snapshot(), &file)?;
    let before = manifest::pyproject(&before).ok()?;
    let names = before.dependencies.iter();
    let names = names.filter_map(|text| Some(Requirement::parse(text)?.name));
    let lost: BTreeSet<String> = names.filter(|name| !asked.contains(&**name)).collect();
    let used = || imported(workspace, &member.dir, &lost);
    told(workspace, &file, &lost, used)
}

/// Those of the packages that Python's code below a folder imports.
fn imported(workspace: &Workspace, dir: &Utf8Path, lost: &BTreeSet<String>) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let mut found = |_: &Utf8Path, text: String| {
        if lost.iter().any(|name| text.contains(&module(name))) {
            let imports = python::read(&text).imports;
            let names = imports.iter().map(|module| normal_name(module));
            used.extend(names.filter(|name| lost.contains(name)));
        }
    };
    python_files::collect(&workspace.root, dir, DEPTH, &mut found);
    used
}

/// The module of a package, where that has its name, as most have.
fn module(name: &str) -> String {
    name.replace('-', "_")
}

/// Those of the frontend, and of the workspace that it is in.
fn web(workspace: &Workspace, web: &Web) -> Vec<Broken> {
    let mut dirs = vec![&web.dir];
    if web.top != web.dir {
        dirs.push(&web.top);
    }
    let read = |dir: &&Utf8PathBuf| {
        let package = manifests::package_json(workspace, dir)?.ok()?;
        Some(((*dir).clone(), package))
    };
    let all: Vec<(Utf8PathBuf, PackageJson)> = dirs.iter().filter_map(read).collect();
    let asked: BTreeSet<String> = all
        .iter()
        .flat_map(|(_, package)| package.asked(true).into_keys())
        .collect();
    let empty = all.iter().filter(|(_, it)| it.dependencies.is_empty());
    empty
        .filter_map(|(dir, package)| of_package(workspace, dir, package, &asked))
        .collect()
}

fn of_package(
    workspace: &Workspace,
    dir: &Utf8Path,
    package: &PackageJson,
    asked: &BTreeSet<String>,
) -> Option<Broken> {
    let file = dir.join("package.json");
    let before = git::committed(&workspace.root, &variables::snapshot(), &file)?;
    let before = manifest::package_json(&before).ok()?;
    let names = before.dependencies.into_keys();
    let lost: BTreeSet<String> = names.filter(|name| !asked.contains(name)).collect();
    let used = || {
        let mut used: BTreeSet<String> = started(package, &lost).cloned().collect();
        if used.is_empty() {
            named(&workspace.path(dir), DEPTH, &lost, &mut used);
        }
        used
    };
    told(workspace, &file, &lost, used)
}

/// Those whose programs the scripts start.
fn started<'a>(
    package: &'a PackageJson,
    lost: &'a BTreeSet<String>,
) -> impl Iterator<Item = &'a String> {
    let words: BTreeSet<&str> = package
        .scripts
        .values()
        .flat_map(|script| script.split_whitespace())
        .map(|word| word.rsplit('/').next().unwrap_or(word))
        .collect();
    lost.iter()
        .filter(move |name| words.contains(name.as_str()))
}

/// Adds those that code below a folder names where it imports.
fn named(dir: &Utf8Path, depth: usize, lost: &BTreeSet<String>, used: &mut BTreeSet<String>) {
    const CODE: &[&str] = &["ts", "tsx", "mts", "js", "jsx", "mjs", "cjs"];
    const OTHERS: &[&str] = &["node_modules", "dist", "build", "out"];
    for (name, is_dir) in fs::entries(dir) {
        let path = dir.join(&name);
        if is_dir {
            if depth > 0 && !name.starts_with('.') && !OTHERS.contains(&name.as_str()) {
                named(&path, depth - 1, lost, used);
            }
        } else if path.extension().is_some_and(|it| CODE.contains(&it))
            && let Ok(text) = fs::read_text(&path)
        {
            let imports = |name: &&String| is_imported(&text, name);
            used.extend(lost.iter().filter(imports).cloned());
        }
    }
}

/// Whether a text of JavaScript has a package behind `from`, `import` or `require`.
fn is_imported(text: &str, name: &str) -> bool {
    let is_behind = |at: usize| {
        let (before, after) = text.split_at(at);
        let after = after.get(name.len()..).unwrap_or_default();
        let before = before.strip_suffix(['"', '\'']);
        let word = before.map_or("", |it| it.trim_end().trim_end_matches('('));
        after.starts_with(['"', '\'', '/'])
            && ["from", "import", "require"]
                .iter()
                .any(|it| word.ends_with(it))
    };
    text.match_indices(name).any(|(at, _)| is_behind(at))
}

fn told(
    workspace: &Workspace,
    file: &Utf8Path,
    lost: &BTreeSet<String>,
    used: impl FnOnce() -> BTreeSet<String>,
) -> Option<Broken> {
    if lost.len() < LEAST {
        return None;
    }
    let mut used: Vec<String> = used().into_iter().collect();
    if used.is_empty() {
        return None;
    }
    let others = used.len().saturating_sub(NAMED);
    used.truncate(NAMED);
    if others > 0 {
        used.push(format!("{others} more"));
    }
    let why = format!(
        "lost all its `dependencies` since the last commit, and the code still uses {}",
        and_list(&used)
    );
    Some(manifests::without_text(
        workspace,
        file,
        why,
        Fault::Stripped,
    ))
}

#[cfg(test)]
mod tests {
    use super::is_imported;

    #[test]
    fn a_package_is_used_where_it_is_imported() {
        for (text, is_it) in [
            ("import { z } from \"zod\";", true),
            ("import 'zod/v4'", true),
            ("const z = require( 'zod' )", true),
            ("await import('zod')", true),
            ("import x from \"zod-form\"", false),
            ("import x from \"./zod\"", false),
            ("// zod is not used", false),
            ("const name = 'zod'", false),
        ] {
            assert_eq!(is_imported(text, "zod"), is_it, "{text}");
        }
    }
}
