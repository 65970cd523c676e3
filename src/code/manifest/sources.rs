//! Where a `pyproject.toml` says that packages come from.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use super::PyProject;
use crate::code::lock::normal_name;
use crate::text::Span;

/// What tells where a package comes from, but for the workspace.
const PLACES: [&str; 4] = ["path", "git", "url", "index"];

/// One source of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceOf {
    /// The folder or file.
    pub path: Option<String>,
    /// The index, by its name.
    pub index: Option<String>,
    /// The word that tells where it comes from, where that is not the workspace.
    pub place: Option<&'static str>,
    /// Whether it is said to be a member of the workspace.
    pub workspace: Option<bool>,
    /// The part of the project for which alone it counts.
    pub only: Option<Only>,
    /// Whether it counts only on some machines.
    pub conditional: bool,
}

/// A part of a project, by the name as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Only {
    /// One of its extras.
    Extra(String),
    /// One of its groups.
    Group(String),
}

impl SourceOf {
    fn read(source: &toml::Value) -> Self {
        let text = |key: &str| Some(source.get(key)?.as_str()?.to_owned());
        let extra = text("extra").map(Only::Extra);
        Self {
            path: text("path"),
            place: PLACES.into_iter().find(|key| source.get(key).is_some()),
            index: text("index"),
            workspace: source.get("workspace").and_then(toml::Value::as_bool),
            only: extra.or_else(|| text("group").map(Only::Group)),
            conditional: source.get("marker").is_some(),
        }
    }

    /// Of one with a condition is not known whether it counts.
    fn is_always(&self) -> bool {
        !self.conditional && self.only.is_none()
    }
}

pub(super) fn read(table: &toml::Table) -> BTreeMap<String, Vec<SourceOf>> {
    let each = table.iter().map(|(name, source)| {
        let several = source.as_array().map(Vec::as_slice);
        let several = several.unwrap_or(std::slice::from_ref(source));
        (
            normal_name(name),
            several.iter().map(SourceOf::read).collect(),
        )
    });
    each.collect()
}

/// Where a manifest says where a package comes from, by its normalised name.
#[must_use]
pub fn source_at(text: &str, name: &str) -> Option<Span> {
    let document = DeTable::parse(text).ok()?;
    let below = |table: &'_ DeTable<'_>| {
        let sources = table
            .iter()
            .find(|(key, _)| normal_name(key.get_ref()) == name);
        sources.map(|(key, _)| Span::from(key.span()))
    };
    let uv = document
        .get_ref()
        .get("tool")?
        .get_ref()
        .get("uv")?
        .get_ref();
    below(uv.get("sources")?.get_ref().as_table()?)
}

/// The names of indexes.
pub(super) fn indexes(list: &toml::Value) -> BTreeSet<String> {
    let each = list.as_array().into_iter().flatten();
    let names = each.filter_map(|index| index.get("name")?.as_str());
    names.map(str::to_owned).collect()
}

impl PyProject {
    /// The folders and files that packages come from everywhere, by normalised name.
    #[must_use]
    pub fn paths(&self) -> BTreeMap<String, String> {
        let always = self.always();
        let paths = always.filter_map(|(name, it)| Some((name.clone(), it.path.clone()?)));
        paths.collect()
    }

    /// What comes from the workspace's other members, by normalised name.
    #[must_use]
    pub fn siblings(&self) -> BTreeSet<String> {
        let siblings = self.always().filter(|(_, it)| it.workspace == Some(true));
        siblings.map(|(name, _)| name.clone()).collect()
    }

    fn always(&self) -> impl Iterator<Item = (&String, &SourceOf)> {
        let each = self
            .sources
            .iter()
            .flat_map(|(name, all)| all.iter().map(move |it| (name, it)));
        each.filter(|(_, it)| it.is_always())
    }
}
