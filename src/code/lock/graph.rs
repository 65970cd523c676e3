//! Which packages need which, as a lock has it.

use std::collections::{BTreeMap, BTreeSet};

use super::requirement::normal_name;

/// One package that another needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edge {
    /// Its normalised name.
    pub(super) name: String,
    /// The extras of it that are wanted.
    pub(super) extras: Vec<String>,
    /// Whether it holds only on some platform or some Python.
    pub(super) conditional: bool,
    /// Its version, where there are several of that name.
    pub(super) version: Option<String>,
    /// Whether it is said, too, where it comes from.
    pub(super) has_source: bool,
}

impl Edge {
    /// Reads `    { name = "kombu", extra = ["redis"], marker = "…" },`, which uv writes on a line of its own.
    pub(super) fn of_line(line: &str) -> Option<Self> {
        let (name, rest) = line.strip_prefix("    { name = \"")?.split_once('"')?;
        let extras = rest.split_once("extra = [");
        let extras = extras.and_then(|(_, rest)| rest.split(']').next());
        let extras = extras.unwrap_or_default().split('"');
        Some(Self {
            name: normal_name(name),
            extras: extras.skip(1).step_by(2).map(normal_name).collect(),
            conditional: rest.contains("marker = "),
            version: rest
                .split_once(", version = \"")
                .and_then(|(_, rest)| Some(rest.split_once('"')?.0.to_owned())),
            has_source: rest.contains(", source = "),
        })
    }

    /// Reads the same as a value.
    pub(super) fn of_value(value: &toml::Value) -> Option<Self> {
        let extras = value.get("extra").and_then(toml::Value::as_array);
        Some(Self {
            name: normal_name(value.get("name")?.as_str()?),
            extras: extras
                .into_iter()
                .flatten()
                .filter_map(toml::Value::as_str)
                .map(normal_name)
                .collect(),
            conditional: value.get("marker").is_some(),
            version: value
                .get("version")
                .and_then(toml::Value::as_str)
                .map(str::to_owned),
            has_source: value.get("source").is_some(),
        })
    }
}

/// What each package needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// By the name of each package what it needs itself, under nothing, and what its extras add.
    needs: BTreeMap<String, BTreeMap<String, Vec<Edge>>>,
    /// By the name of each member what its groups add.
    groups: BTreeMap<String, BTreeMap<String, Vec<Edge>>>,
    /// Packages that are never installed: those that cannot be built.
    virtually: BTreeSet<String>,
}

impl Graph {
    pub(super) fn needs(&mut self, name: &str, extra: &str, edges: Vec<Edge>) {
        let needs = self.needs.entry(name.to_owned()).or_default();
        needs.insert(extra.to_owned(), edges);
    }

    pub(super) fn adds(&mut self, name: &str, group: &str, edges: Vec<Edge>) {
        let groups = self.groups.entry(name.to_owned()).or_default();
        groups.insert(group.to_owned(), edges);
    }

    pub(super) fn is_virtual(&mut self, name: &str) {
        self.virtually.insert(name.to_owned());
    }

    /// A package of which there are several versions: which of them is needed where is not known.
    pub(super) fn forget(&mut self, name: &str) {
        self.needs.remove(name);
    }

    /// The packages that a member needs on every platform, by way of others too, but not by way of the
    /// other members.
    #[must_use]
    pub fn closure<'a>(
        &'a self,
        member: &str,
        is_member: impl Fn(&str) -> bool,
    ) -> BTreeSet<&'a str> {
        self.reached(self.needed(member, ""), is_member, false)
    }

    /// The same for what one of its groups adds.
    #[must_use]
    pub fn of_group<'a>(
        &'a self,
        member: &str,
        group: &str,
        is_member: impl Fn(&str) -> bool,
    ) -> BTreeSet<&'a str> {
        let groups = self.groups.get(member);
        let start = groups.and_then(|groups| groups.get(group));
        self.reached(start.into_iter().flatten(), is_member, false)
    }

    /// The same for what one of its extras adds.
    #[must_use]
    pub fn of_extra<'a>(
        &'a self,
        member: &str,
        extra: &str,
        is_member: impl Fn(&str) -> bool,
    ) -> BTreeSet<&'a str> {
        self.reached(self.needed(member, extra), is_member, false)
    }

    /// All that may be installed for a member on some platform, with what its groups add.
    #[must_use]
    pub fn possible<'a>(
        &'a self,
        member: &str,
        is_member: impl Fn(&str) -> bool,
    ) -> BTreeSet<&'a str> {
        let groups = self.groups.get(member);
        let groups = groups.into_iter().flat_map(BTreeMap::values);
        let start = self.needed(member, "").chain(groups.flatten());
        self.reached(start, is_member, true)
    }

    /// What a package needs itself, or what an extra of it adds.
    fn needed(&self, name: &str, extra: &str) -> impl Iterator<Item = &Edge> {
        let needs = self.needs.get(name).and_then(|needs| needs.get(extra));
        needs.into_iter().flatten()
    }

    fn reached<'a>(
        &'a self,
        start: impl Iterator<Item = &'a Edge>,
        is_member: impl Fn(&str) -> bool,
        all_platforms: bool,
    ) -> BTreeSet<&'a str> {
        let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
        let mut open: Vec<&Edge> = start.collect();
        while let Some(edge) = open.pop() {
            if (edge.conditional && !all_platforms) || is_member(&edge.name) {
                continue;
            }
            let wanted = std::iter::once("").chain(edge.extras.iter().map(String::as_str));
            for extra in wanted {
                if seen.insert((&edge.name, extra)) {
                    open.extend(self.needed(&edge.name, extra));
                }
            }
        }
        let names = seen.into_iter().map(|(name, _)| name);
        names
            .filter(|name| !self.virtually.contains(*name))
            .collect()
    }
}
