//! Files of the checkout that this user may not read.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::access::{self, Owner};
use crate::system::fs;
use crate::text::command::Command;
use crate::workspace::Workspace;
use crate::workspace::stack::{Closed, Manager, Shut, Stack};

/// What uv reads in a folder of Python's.
const OF_PYTHON: &[&str] = &["pyproject.toml", "uv.lock", "uv.toml", ".python-version"];

/// What is read in a folder of the frontend's, beside the locks.
const OF_WEB: &[&str] = &[
    "package.json",
    "pnpm-workspace.yaml",
    "bunfig.toml",
    ".npmrc",
    ".node-version",
    ".nvmrc",
];

/// What is read of either.
const OF_BOTH: &[&str] = &[".tool-versions", "mise.toml", ".mise.toml"];

/// The files that tools are chosen by and install by, as far as they are closed: Python's, and the frontend's.
#[must_use]
pub fn settings(workspace: &Workspace, python: bool) -> Vec<Closed> {
    let mut dirs = vec![Utf8Path::new("")];
    dirs.extend(workspace.tiers.iter().map(|tier| tier.dir.as_path()));
    dirs.sort_unstable();
    dirs.dedup();
    let own = if python { OF_PYTHON } else { OF_WEB };
    let locks = Manager::all_locks().filter(|_| !python);
    let names: Vec<&str> = own.iter().chain(OF_BOTH).copied().chain(locks).collect();
    let files = dirs
        .iter()
        .flat_map(|dir| names.iter().map(|name| dir.join(name)));
    let mut found = each(workspace, files.clone());
    // Of manifests that is told where they are read.
    let others = files.filter(|it| !MANIFESTS.contains(&it.file_name().unwrap_or_default()));
    let strange = others.filter(|it| fs::is_strange(&workspace.path(it)));
    found.extend(strange.map(|path| Closed {
        whose: String::new(),
        cure: Some(Command::new("rm").path(&path).to_string()),
        kind: Shut::Strange,
        path,
    }));
    found
}

/// The files that say what is asked for.
const MANIFESTS: [&str; 2] = ["pyproject.toml", "package.json"];

/// Those of some files that are closed. What hides several of them is told once.
pub(super) fn each(
    workspace: &Workspace,
    files: impl IntoIterator<Item = Utf8PathBuf>,
) -> Vec<Closed> {
    let mut closed: Vec<Closed> = Vec::new();
    for file in files {
        let path = workspace.path(&file);
        if fs::is_refused(&path) || is_shut(&path) {
            let one = of(workspace, &file);
            if !closed.contains(&one) {
                closed.push(one);
            }
        }
    }
    closed
}

/// Whether a folder may not be looked into.
fn is_shut(path: &Utf8Path) -> bool {
    fs::is_dir(path) && !access::enterable(path)
}

/// The frontend's settings and sources, as far as they are closed.
#[must_use]
pub fn sources(workspace: &Workspace, stack: &Stack) -> Vec<Closed> {
    let Some(web) = &stack.web else {
        return Vec::new();
    };
    let mut refused = Vec::new();
    for (name, is_dir) in fs::entries(&workspace.path(&web.dir)) {
        let path = web.dir.join(&name);
        if is_dir && SOURCES.contains(&name.as_str()) {
            shut_below(workspace, &path, DEPTH, &mut refused);
        } else if !is_dir && is_code(&path) && !access::readable(&workspace.path(&path)) {
            refused.push(path);
        }
    }
    let groups = by_folder(workspace, &web.dir, &mut refused);
    let mut closed = each(workspace, refused);
    closed.extend(groups);
    closed
}

/// From so many files on those of one folder are told together.
const MANY: usize = 4;

/// What of some files lies in one folder of the frontend's and belongs to one user, where it is much: it is taken out.
fn by_folder(workspace: &Workspace, dir: &Utf8Path, refused: &mut Vec<Utf8PathBuf>) -> Vec<Closed> {
    let is_file = |path: &Utf8PathBuf| !fs::is_dir(&workspace.path(path));
    let group = |path: &Utf8PathBuf| {
        let below = path.strip_prefix(dir).ok()?;
        let mut parts = below.components();
        let (first, _) = (parts.next()?, parts.next()?);
        let owner = access::owner(&workspace.path(path))?;
        is_file(path).then(|| (dir.join(first), (owner.is_us, owner.name)))
    };
    let mut groups = BTreeMap::<_, usize>::new();
    for key in refused.iter().filter_map(group) {
        *groups.entry(key).or_default() += 1;
    }
    groups.retain(|_, count| *count >= MANY);
    refused.retain(|path| group(path).is_none_or(|key| !groups.contains_key(&key)));
    let told = |((path, (is_us, name)), count)| {
        let (whose, own) = if is_us {
            (
                "their modes refuse you, their owner".to_owned(),
                "chmod -R u+rX",
            )
        } else {
            (
                format!("they belong to {name}"),
                "sudo chown -R \"$(id -un)\"",
            )
        };
        Closed {
            whose,
            cure: Some(Command::new(own).path(&path).to_string()),
            kind: Shut::Files(count),
            path,
        }
    };
    groups.into_iter().map(told).collect()
}

/// Where the frontend's code lies.
const SOURCES: &[&str] = &[
    "app",
    "components",
    "db",
    "hooks",
    "lib",
    "pages",
    "src",
    "styles",
];

/// How deep that is looked through.
const DEPTH: usize = 6;

fn is_code(path: &Utf8Path) -> bool {
    const CODE: &[&str] = &["ts", "tsx", "mts", "js", "jsx", "mjs", "cjs", "css", "json"];
    path.extension().is_some_and(|it| CODE.contains(&it))
}

fn shut_below(workspace: &Workspace, dir: &Utf8Path, depth: usize, refused: &mut Vec<Utf8PathBuf>) {
    let entries = fs::entries(&workspace.path(dir));
    if entries.is_empty() && !access::enterable(&workspace.path(dir)) {
        refused.push(dir.to_owned());
    }
    for (name, is_dir) in entries {
        let path = dir.join(&name);
        if is_dir {
            if depth > 0 && !name.starts_with('.') && name != "node_modules" {
                shut_below(workspace, &path, depth - 1, refused);
            }
        } else if is_code(&path) && !access::readable(&workspace.path(&path)) {
            refused.push(path);
        }
    }
}

/// A file that is closed: itself, or the folder on the way to it that hides it.
#[must_use]
pub fn of(workspace: &Workspace, file: &Utf8Path) -> Closed {
    let seen = seen(workspace, file).unwrap_or(file);
    Closed {
        path: seen.to_owned(),
        whose: whose(access::owner(&workspace.path(seen)).as_ref()),
        cure: cure(workspace, file),
        kind: Shut::Refused,
    }
}

/// Whose something is that refuses us.
#[must_use]
pub fn whose(owner: Option<&Owner>) -> String {
    match owner {
        Some(owner) if owner.is_us => "its mode refuses you, its owner".to_owned(),
        Some(owner) => format!("it belongs to {}", owner.name),
        None => "its owner is not known".to_owned(),
    }
}

/// How far the way to a file can be seen.
fn seen<'a>(workspace: &Workspace, path: &'a Utf8Path) -> Option<&'a Utf8Path> {
    let mut way = path.ancestors().filter(|it| !it.as_str().is_empty());
    way.find(|it| fs::exists(&workspace.path(it)))
}

/// The command that lets us read one: the file itself is to be ours, or the folder on the way to it that
/// hides it. None where its owner is not known.
pub(super) fn cure(workspace: &Workspace, path: &Utf8Path) -> Option<String> {
    let seen = seen(workspace, path)?;
    let owner = access::owner(&workspace.path(seen))?;
    let own = "sudo chown \"$(id -un)\"";
    let is_file = seen == path && !fs::is_dir(&workspace.path(seen));
    let command = match (owner.is_us, is_file) {
        (true, true) => Command::new("chmod u+r"),
        (true, false) => Command::new("chmod u+rx"),
        (false, true) => Command::new(own),
        (false, false) => Command::new("sudo chown -R \"$(id -un)\""),
    };
    Some(command.path(seen).to_string())
}
