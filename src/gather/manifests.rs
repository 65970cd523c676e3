//! The manifests of one folder, or why they cannot be read.

use std::io::ErrorKind;

use camino::Utf8Path;

use crate::code::lock;
use crate::code::manifest::{self, PackageJson, PyProject, Unreadable};
use crate::env::secrets_in_settings;
use crate::system::{fs, variables};
use crate::text::encoding::{self, is_utf16};
use crate::text::{Source, Span, merge};
use crate::workspace::Workspace;
use crate::workspace::stack::{Broken, Fault, Manager};

use super::env_files::hidden_in;
use super::{closed, git};

/// A kind of manifest.
struct Kind<T> {
    name: &'static str,
    parse: fn(&str) -> Result<T, Unreadable>,
    /// Whether one asks for nothing at all.
    asks_nothing: fn(&T) -> bool,
    /// What one of those lacks, in words.
    lacks: &'static str,
    /// The lock in a folder that has packages all the same.
    locked: fn(&Utf8Path) -> Option<&'static str>,
    /// Whether a lock in a folder tells that there was one.
    is_left: fn(&Utf8Path) -> bool,
}

const PYPROJECT: Kind<PyProject> = Kind {
    name: "pyproject.toml",
    parse: manifest::pyproject,
    asks_nothing: PyProject::asks_nothing,
    lacks: "names no project, no workspace and no dependencies",
    locked: |dir| {
        let text = fs::read_text(&dir.join("uv.lock")).ok()?;
        text.contains("[[package]]").then_some("uv.lock")
    },
    is_left: |dir| fs::is_file(&dir.join("uv.lock")),
};

const PACKAGE: Kind<PackageJson> = Kind {
    name: "package.json",
    parse: manifest::package_json,
    asks_nothing: PackageJson::asks_nothing,
    lacks: "names no package, no workspaces and no dependencies",
    locked: |dir| {
        let mut read = ["bun.lock", "package-lock.json"].into_iter();
        read.find(|name| {
            let text = fs::read_text(&dir.join(name)).unwrap_or_default();
            let lock = lock::web_lock(&text, "").ok().flatten();
            lock.is_some_and(|lock| !lock.asked.is_empty() || !lock.workspaces.is_empty())
        })
    },
    is_left: |dir| Manager::all_locks().any(|name| fs::is_file(&dir.join(name))),
};

/// The `pyproject.toml` of a folder; none where there is none.
pub(super) fn pyproject(
    workspace: &Workspace,
    dir: &Utf8Path,
) -> Option<Result<PyProject, Broken>> {
    read(workspace, dir, &PYPROJECT)
}

/// The `package.json` of a folder; none where there is none.
pub(super) fn package_json(
    workspace: &Workspace,
    dir: &Utf8Path,
) -> Option<Result<PackageJson, Broken>> {
    read(workspace, dir, &PACKAGE)
}

/// The `pyproject.toml` of a folder that is gone, where the last commit has it.
pub(super) fn gone_pyproject(workspace: &Workspace, dir: &Utf8Path) -> Option<Broken> {
    gone(workspace, dir, &PYPROJECT)
}

/// What bun refuses of the `package.json` of a folder; none where it takes all, or cannot read it.
pub(super) fn refused_by_bun(workspace: &Workspace, dir: &Utf8Path) -> Option<Broken> {
    let file = dir.join(PACKAGE.name);
    let text = fs::read_text(&workspace.path(&file)).ok()?;
    // Of one that nobody can read that is told.
    let package = manifest::package_json(&text).ok()?;
    let refused = manifest::taken_by_bun(&text).err()?;
    let is_told = || emptied(workspace, dir, &text, Some(&package), &PACKAGE).is_some();
    (!is_told()).then(|| broken(workspace, &file, text.clone(), refused))
}

/// The first line that `is_it`.
pub(super) fn line(text: &str, mut is_it: impl FnMut(&str) -> bool) -> Option<Span> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if is_it(line) {
            return Some(Span::new(start, start + line.trim_end().len()));
        }
        start += line.len();
    }
    None
}

/// A manifest that can be read and that is refused all the same, for what `find` finds in it.
pub(super) fn refused(
    workspace: &Workspace,
    dir: &Utf8Path,
    name: &str,
    why: String,
    find: impl Fn(&str) -> Option<Span>,
) -> Broken {
    let file = dir.join(name);
    let text = fs::read_text(&workspace.path(&file)).unwrap_or_default();
    let at = find(&text).unwrap_or(Span::new(0, 0));
    broken(workspace, &file, text, Unreadable { why, at })
}

fn broken(
    workspace: &Workspace,
    file: &Utf8Path,
    text: String,
    Unreadable { why, at }: Unreadable,
) -> Broken {
    Broken {
        source: Source::with_secrets(file, text, hidden_in(workspace, secrets_in_settings)),
        at,
        why,
        fault: Fault::Text,
    }
}

/// The same of one whose text is not at fault.
pub(super) fn without_text(
    workspace: &Workspace,
    file: &Utf8Path,
    why: String,
    fault: Fault,
) -> Broken {
    let at = Span::new(0, 0);
    let one = broken(workspace, file, String::new(), Unreadable { why, at });
    Broken { fault, ..one }
}

/// What the last commit has of a manifest, where that can be read and asks for something.
fn is_committed<T>(workspace: &Workspace, file: &Utf8Path, kind: &Kind<T>) -> bool {
    let text = git::committed(&workspace.root, &variables::snapshot(), file);
    let manifest = text.and_then(|text| (kind.parse)(&text).ok());
    manifest.is_some_and(|manifest| !(kind.asks_nothing)(&manifest))
}

/// One that is not there any more.
fn gone<T>(workspace: &Workspace, dir: &Utf8Path, kind: &Kind<T>) -> Option<Broken> {
    let file = dir.join(kind.name);
    if !is_committed(workspace, &file, kind) {
        return None;
    }
    let mut way: Vec<&Utf8Path> = file.ancestors().collect();
    way.reverse();
    let is_lost = |path: &&Utf8Path| !fs::exists(&workspace.path(path));
    let lost = way.into_iter().find(is_lost).unwrap_or(&file).to_owned();
    let why = "is gone, and the last commit has it".to_owned();
    Some(without_text(workspace, &file, why, Fault::Gone(lost)))
}

/// One that asks for nothing, where that is no wish to have nothing installed: what it asked for is still locked,
/// or committed.
fn emptied<T>(
    workspace: &Workspace,
    dir: &Utf8Path,
    text: &str,
    manifest: Option<&T>,
    kind: &Kind<T>,
) -> Option<Broken> {
    let is_bare = text
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\0'))
        .is_empty();
    if !is_bare && !manifest.is_some_and(kind.asks_nothing) {
        return None;
    }
    let file = dir.join(kind.name);
    let committed = is_committed(workspace, &file, kind);
    let lock = || (kind.locked)(&workspace.path(dir));
    let is_nul = encoding::is_nul(text);
    let lacks = if is_nul {
        "holds no text, only NUL bytes"
    } else if is_bare {
        "is empty"
    } else {
        kind.lacks
    };
    let why = match (committed, is_bare) {
        (true, true) if is_nul => {
            format!("{lacks}, and the last commit has it whole")
        }
        (true, true) => format!("{lacks}, and the last commit's is not"),
        (true, false) => format!("{lacks}, and the last commit's does"),
        (false, _) => format!("{lacks}, and {} has packages", lock()?),
    };
    let fault = Fault::Emptied { committed, is_bare };
    Some(without_text(workspace, &file, why, fault))
}

fn read<T>(workspace: &Workspace, dir: &Utf8Path, kind: &Kind<T>) -> Option<Result<T, Broken>> {
    let file = dir.join(kind.name);
    let path = workspace.path(&file);
    match fs::read_text_if_there(&path) {
        Ok(None) => {
            // Git is asked only where something is left of it.
            let is_left = (kind.is_left)(&workspace.path(dir));
            is_left
                .then(|| gone(workspace, dir, kind))
                .flatten()
                .map(Err)
        }
        Ok(Some(text)) => {
            let read = (kind.parse)(&text);
            if let Some(broken) = emptied(workspace, dir, &text, read.as_ref().ok(), kind) {
                return Some(Err(broken));
            }
            if read.is_err() && encoding::is_nul(&text) {
                let why = encoding::NUL.to_owned();
                return Some(Err(without_text(workspace, &file, why, Fault::Text)));
            }
            Some(read.map_err(|unreadable| {
                let unreadable = unmerged(&text).unwrap_or(unreadable);
                broken(workspace, &file, text, unreadable)
            }))
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let closed = closed::of(workspace, &file);
            let why = closed.in_words();
            Some(Err(without_text(
                workspace,
                &file,
                why,
                Fault::Closed(closed),
            )))
        }
        // A folder of that name is no manifest, and nothing is in a folder that is a file.
        Err(_) if fs::is_dir(&path) || !fs::exists(&path) => None,
        Err(error) => {
            if let Some((text, at)) = fs::read(&path).ok().and_then(not_utf8) {
                let why = if is_utf16(&text) {
                    "it is UTF-16, not UTF-8".to_owned()
                } else {
                    format!("byte {} is not UTF-8", at.start + 1)
                };
                return Some(Err(broken(workspace, &file, text, Unreadable { why, at })));
            }
            if !fs::is_file(&path) && !fs::is_link(&path) {
                let why = "is not a regular file, so nothing stands in it".to_owned();
                let committed = is_committed(workspace, &file, kind);
                let fault = Fault::Strange { committed };
                return Some(Err(without_text(workspace, &file, why, fault)));
            }
            let words = fs::plain(&error);
            let why = words.strip_prefix(&format!("{path}: ")).unwrap_or(&words);
            Some(Err(without_text(
                workspace,
                &file,
                why.to_owned(),
                Fault::Text,
            )))
        }
    }
}

/// That both sides of a merge stand in a text: a parser may stop anywhere behind the first mark, with other words.
fn unmerged(text: &str) -> Option<Unreadable> {
    let merge = merge::unfinished(text)?;
    let mut at = 1..;
    let span = line(text, |_| at.next() == Some(merge.line))?;
    let why = format!("{}{}", lock::UNFINISHED, merge.line);
    Some(Unreadable { why, at: span })
}

/// What is no UTF-8, with U+FFFD for what cannot be read, and the first place of that.
fn not_utf8(bytes: Vec<u8>) -> Option<(String, Span)> {
    let error = String::from_utf8(bytes).err()?;
    let at = error.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
    Some((text, Span::new(at, at + '\u{fffd}'.len_utf8())))
}
