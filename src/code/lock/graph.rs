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
}

impl Edge {
    /// Reads `    { name = "kombu", extra = ["redis"], marker = "…" },`, which uv writes on a line of its own.
    pub(super) fn of_line(line: &str) -> Option<Self> {
        let after = |key: &str| line.split_once(key).map(|(_, rest)| rest);
        let extras = after("extra = [")
            .and_then(|rest| rest.split(']').next())
            .unwrap_or_default();
        Some(Self {
            name: normal_name(after("name = \"")?.split('"').next()?),
            extras: extras
                .split('"')
                .skip(1)
                .step_by(2)
                .map(normal_name)
                .collect(),
            conditional: line.contains("marker = "),
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
        })
    }
}

/// What each package needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// What a package needs itself, by its name and nothing; or what its extra of that name adds.
    needs: BTreeMap<(String, String), Vec<Edge>>,
    /// What a member's group adds.
    groups: BTreeMap<(String, String), Vec<Edge>>,
    /// Packages that are never installed: those that cannot be built.
    virtually: BTreeSet<String>,
}

impl Graph {
    pub(super) fn needs(&mut self, name: &str, extra: &str, edges: Vec<Edge>) {
        self.needs
            .insert((name.to_owned(), extra.to_owned()), edges);
    }

    pub(super) fn adds(&mut self, name: &str, group: &str, edges: Vec<Edge>) {
        self.groups
            .insert((name.to_owned(), group.to_owned()), edges);
    }

    pub(super) fn is_virtual(&mut self, name: &str) {
        self.virtually.insert(name.to_owned());
    }

    /// A package of which there are several versions: which of them is needed where is not known.
    pub(super) fn forget(&mut self, name: &str) {
        self.needs.retain(|(known, _), _| known != name);
    }

    /// The packages that a member needs on every platform, by way of others too, but not by way of the
    /// other members.
    #[must_use]
    pub fn closure<'a>(
        &'a self,
        member: &str,
        is_member: impl Fn(&str) -> bool,
    ) -> BTreeSet<&'a str> {
        let start = self.needs.get(&(member.to_owned(), String::new()));
        self.reached(start.into_iter(), is_member, false)
    }

    /// The same for what one of its groups adds.
    #[must_use]
    pub fn of_group<'a>(
        &'a self,
        member: &str,
        group: &str,
        is_member: impl Fn(&str) -> bool,
    ) -> BTreeSet<&'a str> {
        let start = self.groups.get(&(member.to_owned(), group.to_owned()));
        self.reached(start.into_iter(), is_member, false)
    }

    /// The same for what one of its extras adds.
    #[must_use]
    pub fn of_extra<'a>(
        &'a self,
        member: &str,
        extra: &str,
        is_member: impl Fn(&str) -> bool,
    ) -> BTreeSet<&'a str> {
        let start = self.needs.get(&(member.to_owned(), extra.to_owned()));
        self.reached(start.into_iter(), is_member, false)
    }

    /// All that may be installed for a member on some platform, with what its groups add.
    #[must_use]
    pub fn possible<'a>(
        &'a self,
        member: &str,
        is_member: impl Fn(&str) -> bool,
    ) -> BTreeSet<&'a str> {
        let start = self.needs.get(&(member.to_owned(), String::new()));
        let groups = self.groups.iter().filter(|((of, _), _)| of == member);
        let groups = groups.map(|(_, edges)| edges);
        self.reached(start.into_iter().chain(groups), is_member, true)
    }

    fn reached<'a>(
        &'a self,
        start: impl Iterator<Item = &'a Vec<Edge>>,
        is_member: impl Fn(&str) -> bool,
        all_platforms: bool,
    ) -> BTreeSet<&'a str> {
        let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
        let mut open: Vec<&Edge> = start.flatten().collect();
        while let Some(edge) = open.pop() {
            if (edge.conditional && !all_platforms) || is_member(&edge.name) {
                continue;
            }
            let wanted = std::iter::once("").chain(edge.extras.iter().map(String::as_str));
            for extra in wanted {
                if seen.insert((&edge.name, extra)) {
                    let key = (edge.name.clone(), extra.to_owned());
                    open.extend(self.needs.get(&key).into_iter().flatten());
                }
            }
        }
        let names = seen.into_iter().map(|(name, _)| name);
        names
            .filter(|name| !self.virtually.contains(*name))
            .collect()
    }
}
