//! Sources and members that do not agree: a source that says `workspace = true` of what is no member, and a member
//! that is to come from elsewhere. uv refuses both as soon as one asks for the package.

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::lock::normal_name;
use crate::code::manifest::{self, PyProject, SourceOf};
use crate::code::settings::line_of;
use crate::system::fs;
use crate::workspace::Workspace;

use super::super::{manifests, members, sources};
use super::{Refusal, name_of};

/// What is wrong with a source that `asker` has for a package.
pub(super) fn of_source(
    workspace: &Workspace,
    (dir, asker): (&Utf8Path, &PyProject),
    projects: &[(Utf8PathBuf, PyProject)],
    name: &str,
    source: &SourceOf,
) -> Option<Refusal> {
    let is_it = |project: &PyProject| name_of(project).as_deref() == Some(name);
    let member = projects.iter().find(|(_, it)| is_it(it));
    let why = match (member, source.workspace) {
        (None, Some(true)) => {
            let why = unknown(workspace, projects, name)?;
            format!(
                "the source of `{name}` is `workspace = true`, and no member of the workspace has that name: {why}"
            )
        }
        (Some((at, _)), None) if !is_it(asker) => {
            let (at, place) = (at.join("pyproject.toml"), source.place?);
            format!(
                "the source of `{name}` is a `{place}`, and {at} is the member of that name: uv takes \
                 `{{ workspace = true }}` alone"
            )
        }
        _ => return None,
    };
    let text = fs::read_text(&workspace.path(dir).join("pyproject.toml")).unwrap_or_default();
    Some(Refusal::at(why, manifest::source_at(&text, name)?))
}

/// Why a name is no member's; none where its folder is gone, which is told by itself.
fn unknown(
    workspace: &Workspace,
    projects: &[(Utf8PathBuf, PyProject)],
    name: &str,
) -> Option<String> {
    let (top, root) = projects.first()?;
    let file = top.join("pyproject.toml");
    let Some(patterns) = &root.members else {
        return Some(format!("{file} has no [tool.uv.workspace]"));
    };
    if sources::lost_member(workspace, top, patterns, name).is_some() {
        return None;
    }
    let text = fs::read_text(&workspace.path(&file)).unwrap_or_default();
    let place = |key: &str| format!("`{key}` ({file}:{})", line_of(&text, key));
    let below = |dir: &Utf8Path| {
        let below = dir.strip_prefix(top).unwrap_or(dir).as_str();
        below.replace('\\', "/")
    };
    if let Some(dir) = named(workspace, top, name) {
        let is_out = members::covers(&root.excluded, &below(&dir));
        return Some(if is_out {
            format!("{dir} has it, and {} takes that out", place("exclude"))
        } else {
            format!("{dir} has it, and {} lacks that", place("members"))
        });
    }
    let is_called = |dir: &Utf8PathBuf| dir.file_name().map(normal_name).as_deref() == Some(name);
    let mut called = projects.iter().skip(1).filter(|(dir, _)| is_called(dir));
    if let Some((dir, project)) = called.next() {
        let other = project.name.as_deref().unwrap_or_default();
        let file = dir.join("pyproject.toml");
        let text = fs::read_text(&workspace.path(&file)).unwrap_or_default();
        return Some(format!(
            "{dir} is called `{other}` ({file}:{})",
            line_of(&text, "name")
        ));
    }
    let is_pattern = |it: &&String| it.contains(['*', '?', '[', '{', '!']);
    let mut literal = patterns.iter().filter(|it| !is_pattern(it));
    let gone = literal.find(|it| !fs::exists(&workspace.path(top.join(it))));
    Some(match gone {
        Some(gone) => format!("{} names `{gone}`, where nothing is", place("members")),
        None => format!("none of {} has it", place("members")),
    })
}

/// The folder just below the top whose project has a name.
fn named(workspace: &Workspace, top: &Utf8Path, name: &str) -> Option<Utf8PathBuf> {
    let entries = fs::entries(&workspace.path(top));
    let folders = entries.into_iter().filter(|(_, is_dir)| *is_dir);
    let folders = folders.map(|(folder, _)| top.join(folder));
    let mut folders = folders.filter(|dir| {
        let is_hidden = dir.file_name().is_none_or(|name| name.starts_with('.'));
        !is_hidden && fs::is_file(&workspace.path(dir).join("pyproject.toml"))
    });
    folders.find(|dir| {
        let project = manifests::pyproject(workspace, dir).and_then(Result::ok);
        project.is_some_and(|it| !it.is_unmanaged && name_of(&it).as_deref() == Some(name))
    })
}
