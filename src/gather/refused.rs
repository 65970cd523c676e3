//! Manifests that are sound each by itself, and that uv refuses beside those of the other members.

mod strangers;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::lock::{Marker, Requirement, normal_name};
use crate::code::manifest::{Only, PyProject, SourceOf};
use crate::system::fs;
use crate::text::Span;
use crate::workspace::Workspace;
use crate::workspace::stack::Broken;

use super::{manifests, members};

/// What is wrong, and where.
struct Refusal {
    why: String,
    place: Place,
}

/// Where it stands.
enum Place {
    /// In the first line in which all of these stand.
    Marks(Vec<String>),
    /// Here.
    At(Span),
}

impl Refusal {
    fn new<const N: usize>(why: String, marks: [&str; N]) -> Self {
        Self {
            why,
            place: Place::Marks(marks.map(str::to_owned).into()),
        }
    }

    fn at(why: String, at: Span) -> Self {
        let place = Place::At(at);
        Self { why, place }
    }

    fn told(self, workspace: &Workspace, dir: &Utf8Path) -> Broken {
        // Of the two kinds of quotes each will do.
        let plain = |text: &str| text.replace('\'', "\"");
        let find = |text: &str| match &self.place {
            Place::At(at) => Some(*at),
            Place::Marks(marks) => manifests::line(text, |line| {
                let line = plain(line);
                marks.iter().all(|mark| line.contains(&plain(mark)))
            }),
        };
        manifests::refused(workspace, dir, "pyproject.toml", self.why.clone(), find)
    }
}

/// Those of the manifests of a workspace; its own is the first. Where one of them `is_lacking`, since it cannot be
/// read, who is a member is not known.
pub(super) fn refused(
    workspace: &Workspace,
    projects: &[(Utf8PathBuf, PyProject)],
    is_lacking: bool,
    variables: &BTreeMap<String, String>,
) -> Vec<Broken> {
    let mut refused = Vec::new();
    for (at, (dir, project)) in projects.iter().enumerate() {
        let found = of_member(at, project)
            .or_else(|| of_name(at, projects))
            .or_else(|| undeclared(projects, project))
            .or_else(|| of_machines(at, project))
            .or_else(|| {
                of_sources(at, projects, variables, |name, source, asker| {
                    let stranger =
                        || strangers::of_source(workspace, (dir, asker), projects, name, source);
                    (!is_lacking).then(stranger).flatten()
                })
            });
        refused.extend(found.map(|it| it.told(workspace, dir)));
    }
    refused
}

/// Folders that the workspace takes for members, and that have no manifest. uv passes over one that is hidden, and
/// over one without any file.
pub(super) fn bare(
    workspace: &Workspace,
    projects: &[(Utf8PathBuf, PyProject)],
    dirs: &[Utf8PathBuf],
) -> Option<Broken> {
    let (top, root) = projects.first()?;
    let is_refused = |dir: &&Utf8PathBuf| {
        let is_hidden = dir.file_name().is_none_or(|name| name.starts_with('.'));
        !is_hidden && has_file(&workspace.path(dir), DEPTH)
    };
    let dir = dirs.iter().find(is_refused)?;
    let below = dir.strip_prefix(top).unwrap_or(dir).as_str();
    let below = below.replace('\\', "/");
    let mut patterns = root.members.iter().flatten();
    let named = patterns.find(|it| members::covers(std::slice::from_ref(*it), &below));
    let pattern = named.map_or(below.as_str(), String::as_str);
    let why = format!(
        "{dir} is a member of the workspace by `{pattern}`, and has no pyproject.toml: give it one, or leave it out \
         with `exclude = [\"{below}\"]` in [tool.uv.workspace]"
    );
    let refusal = Refusal::new(why, [&format!("\"{pattern}\"")]);
    Some(refusal.told(workspace, top))
}

/// So deep is looked for a file.
const DEPTH: usize = 16;

fn has_file(dir: &Utf8Path, depth: usize) -> bool {
    let entries = fs::entries(dir);
    let is_there = |(name, is_dir): &(String, bool)| {
        !is_dir || depth > 0 && has_file(&dir.join(name), depth - 1)
    };
    entries.iter().any(is_there)
}

/// What no member may be.
fn of_member(at: usize, project: &PyProject) -> Option<Refusal> {
    if at == 0 {
        return None;
    }
    if project.name.is_none() {
        let why = "it is a member of the workspace, and has no [project]";
        return Some(Refusal::new(why.to_owned(), ["["]));
    }
    project.members.as_ref()?;
    let why = "it is a member of the workspace, and has a [tool.uv.workspace] of its own";
    Some(Refusal::new(why.to_owned(), ["workspace"]))
}

fn name_of(project: &PyProject) -> Option<String> {
    project.name.as_deref().map(normal_name)
}

/// A name that another one has, too.
fn of_name(at: usize, projects: &[(Utf8PathBuf, PyProject)]) -> Option<Refusal> {
    let name = name_of(&projects.get(at)?.1)?;
    let mut before = projects.iter().take(at);
    let (other, _) = before.find(|(_, other)| name_of(other).as_ref() == Some(&name))?;
    let other = other.join("pyproject.toml");
    let why = format!("{other} has the name `{name}`, too: no two members share one");
    Some(Refusal::new(why, ["name", "="]))
}

/// All that a project asks for, as it is written.
fn asked(project: &PyProject) -> impl Iterator<Item = (&str, String)> {
    let parts = project.extras.values().chain(project.groups.values());
    let texts = parts.flatten().chain(&project.dependencies);
    texts.filter_map(|text| Some((text.as_str(), Requirement::parse(text)?.name)))
}

/// What a project asks for by the name of another member, while nothing says that it is that one.
fn undeclared(projects: &[(Utf8PathBuf, PyProject)], project: &PyProject) -> Option<Refusal> {
    let names = |name: &str, other: &PyProject| name_of(other).as_deref() == Some(name);
    // What the workspace's own manifest says counts for all members.
    let own = projects.first().map(|(_, first)| &first.sources)?;
    let (text, asked) = asked(project).find(|(_, name)| {
        let is_declared = project.sources.contains_key(name) || own.contains_key(name);
        let is_member = projects.iter().any(|(_, other)| names(name, other));
        is_member && !names(name, project) && !is_declared
    })?;
    let why = format!(
        "`{asked}` is a member of the workspace, and [tool.uv.sources] lacks `{asked} = {{ workspace = true }}`"
    );
    Some(Refusal::new(why, [&format!("\"{text}\"")]))
}

/// The machines that are locked for, of which none may be meant twice. Only the workspace's own are read.
fn of_machines(at: usize, project: &PyProject) -> Option<Refusal> {
    let all = if at == 0 {
        &project.environments[..]
    } else {
        &[]
    };
    let read: Vec<(&String, Marker)> = all
        .iter()
        .filter_map(|text| Some((text, Marker::parse(text).ok()?)))
        .collect();
    let mut each = read.iter().enumerate();
    let (first, second) = each.find_map(|(at, (text, marker))| {
        let mut before = read.iter().take(at);
        let (other, _) = before.find(|(_, other)| other.overlaps(marker))?;
        Some((*other, *text))
    })?;
    let why = format!("of `environments` two hold at once: `{first}` and `{second}`");
    Some(Refusal::new(why, ["environments", "="]))
}

/// Sources that uv cannot use for what is asked for. Those of the workspace's own manifest count for all members
/// that have none of their own.
fn of_sources(
    at: usize,
    projects: &[(Utf8PathBuf, PyProject)],
    variables: &BTreeMap<String, String>,
    stranger: impl Fn(&str, &SourceOf, &PyProject) -> Option<Refusal>,
) -> Option<Refusal> {
    let project = &projects.get(at)?.1;
    let is_off = |value: &String| matches!(value.as_str(), "" | "0" | "false");
    let no_sources = variables.get("UV_NO_SOURCES");
    if projects.first()?.1.passes_over_sources || no_sources.is_some_and(|it| !is_off(it)) {
        return None;
    }
    let each = project.sources.iter();
    let each = each.flat_map(|(name, all)| all.iter().map(move |it| (name, it)));
    // One without [project] has no parts.
    let mut parts = each.clone().filter(|_| project.name.is_some());
    if let Some(refusal) = parts.find_map(|(name, it)| of_part(project, name, it.only.as_ref()?)) {
        return Some(refusal);
    }
    let named = names_of_indexes(variables);
    let asks = |(_, other): &&(Utf8PathBuf, PyProject), name: &String| {
        let is_heard = other == project || at == 0 && !other.sources.contains_key(name);
        is_heard && asked(other).any(|(_, asked)| asked == *name)
    };
    let mut used = each.filter_map(|(name, it)| {
        let (_, asker) = projects.iter().find(|other| asks(other, name))?;
        Some((name.as_str(), it, asker))
    });
    used.find_map(|(name, source, asker)| {
        let of_index = || unusable(name, source, asker, projects, &named);
        stranger(name, source, asker).or_else(of_index)
    })
}

/// A source that uv can use for nobody.
fn unusable(
    name: &str,
    source: &SourceOf,
    asker: &PyProject,
    projects: &[(Utf8PathBuf, PyProject)],
    named: &BTreeSet<&str>,
) -> Option<Refusal> {
    match source {
        SourceOf {
            workspace: Some(false),
            ..
        } => {
            let why = format!("the source of `{name}` is `workspace = false`, which uv refuses");
            Some(Refusal::new(why, ["workspace", "false"]))
        }
        SourceOf {
            index: Some(index), ..
        } => {
            let mut first = projects.iter().take(1);
            let is_known = first.any(|(_, it)| it.indexes.contains(index))
                || asker.indexes.contains(index)
                || named.contains(index.as_str());
            let why = format!(
                "`{name}` is to come from the index `{index}`, and no [[tool.uv.index]] has that name"
            );
            if is_known {
                return None;
            }
            Some(Refusal::new(why, ["index", &format!("\"{index}\"")]))
        }
        _ => None,
    }
}

/// The names of indexes that the process environment has.
fn names_of_indexes(variables: &BTreeMap<String, String>) -> BTreeSet<&str> {
    let values = ["UV_INDEX", "UV_DEFAULT_INDEX"].map(|name| variables.get(name));
    let words = values
        .into_iter()
        .flatten()
        .flat_map(|value| value.split_whitespace());
    words
        .filter_map(|word| Some(word.split_once('=')?.0))
        .collect()
}

/// A source for a part of a project that is not there, or that does not ask for the package.
fn of_part(project: &PyProject, name: &str, only: &Only) -> Option<Refusal> {
    let (kind, part, parts) = match only {
        Only::Extra(part) => ("extra", part, &project.extras),
        Only::Group(part) => ("group", part, &project.groups),
    };
    let wanted = normal_name(part);
    let found = parts.iter().find(|(known, _)| normal_name(known) == wanted);
    let asks = |texts: &Vec<String>| {
        let mut texts = texts.iter().filter_map(|text| Requirement::parse(text));
        texts.any(|it| it.name == name)
    };
    let lack = match found {
        None => format!("there is no {kind} of that name"),
        Some((_, texts)) if !asks(texts) => format!("that one does not ask for `{name}`"),
        Some(_) => return None,
    };
    let why = format!("the source of `{name}` counts for the {kind} `{part}` alone, and {lack}");
    Some(Refusal::new(why, [kind, &format!("\"{part}\"")]))
}
