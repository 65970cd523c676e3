//! `uv.lock`.

mod options;
mod own;
mod plain;
mod whole;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::form;
use super::graph::{Edge, Graph};
use super::requirement::{Requirement, normal_name};
use super::version::normal_bound;
pub use options::SETTINGS;
use own::same_conflicts;
pub use own::{Conflicts, Own, conflicts};
use plain::{Plain, is_file, split};
use whole::Whole;

/// The part of a manifest that asks for something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What is always installed.
    Main,
    /// An extra.
    Extra(String),
    /// A dependency group.
    Group(String),
}

/// What one member asked for, by part and name.
type Asked = BTreeMap<(Part, String), BTreeSet<Wanted>>;

/// What is asked of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Wanted {
    Bound(String),
    Extra(String),
    /// It comes from a place, be it of another member: uv notes no bounds.
    Place,
}

/// What `uv.lock` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UvLock {
    /// The versions of each package, by name: several where platforms differ.
    pub versions: BTreeMap<String, BTreeSet<String>>,
    /// The versions of Python that it was made for.
    pub requires_python: Option<String>,
    /// Which packages need which.
    pub graph: Graph,
    /// What each member of the workspace asked for when it was locked.
    asked: BTreeMap<String, Asked>,
    /// What bounded all versions, and what was taken instead of what is asked for.
    bounds: [Asked; 2],
    /// The conditions of the machines that it was made for; none where it is for all.
    markers: Vec<String>,
    /// Those of which it must have something that can be installed.
    required: Vec<String>,
    /// The revision of its form.
    revision: i64,
    /// What it was made by, as texts.
    options: BTreeMap<String, String>,
    /// The members of the workspace; none where it is of one project.
    members: Option<BTreeSet<String>>,
    /// What it has of each project of the workspace's own.
    own: BTreeMap<String, Own>,
    /// What was not to be installed together.
    conflicts: Conflicts,
}

/// What a workspace's manifest says that counts for all packages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Everywhere {
    /// `constraint-dependencies`.
    pub constraints: Vec<Requirement>,
    /// `override-dependencies`.
    pub overrides: Vec<Requirement>,
    /// `exclude-dependencies`, by normalised name.
    pub excluded: BTreeSet<String>,
    /// `environments`.
    pub environments: Vec<String>,
    /// `required-environments`.
    pub required: Vec<String>,
    /// `conflicts`, of all members.
    pub conflicts: Conflicts,
    /// The members of the workspace.
    pub members: BTreeSet<String>,
    /// Whether there may be others, by patterns that are not understood here.
    pub has_others: bool,
}

/// What each package begins with.
const PACKAGE: &str = "\n[[package]]\n";

/// Reads `uv.lock`: what is as uv always writes it line by line, the rest with a parser.
///
/// # Errors
/// What the parser says, or what uv refuses it for.
pub fn uv_lock(text: &str) -> Result<UvLock, String> {
    let mut lock = UvLock::default();
    let mut whole = Whole::default();
    let mut rest = String::new();
    for (number, package) in split(text, PACKAGE).enumerate() {
        if let Some(Plain {
            name,
            version,
            needs,
        }) = Plain::read(package)
        {
            let name = normal_name(name);
            whole.has(&name, Some(version));
            whole.needs(&name, &needs);
            lock.needs(&name, needs);
            lock.has(name, version);
            continue;
        }
        if number > 0 {
            rest.push_str(PACKAGE);
        }
        let lines = package.split_inclusive('\n');
        rest.extend(lines.filter(|line| !is_file(line)));
    }
    let document: toml::Table =
        toml::from_str(&rest).map_err(|error| located(text, error.message()))?;
    form::let_in(&document)?;
    lock.requires_python = text_of(document.get("requires-python")).map(str::to_owned);
    lock.bounds = ["constraints", "overrides"].map(|key| {
        let manifest = document.get("manifest");
        let entries = list_of(manifest.and_then(|manifest| manifest.get(key)));
        let mut asked = Asked::new();
        entries.for_each(|entry| add(&mut asked, Part::Main, entry));
        asked
    });
    let texts = |value| -> Vec<String> {
        let texts = list_of(value).filter_map(toml::Value::as_str);
        texts.map(str::to_owned).collect()
    };
    lock.markers = texts(document.get("supported-markers"));
    lock.required = texts(document.get("required-markers"));
    let revision = document.get("revision").and_then(toml::Value::as_integer);
    lock.revision = revision.unwrap_or_default();
    lock.options = own::options(&document);
    lock.conflicts = conflicts(document.get("conflicts"), None);
    let members = document.get("manifest").and_then(|it| it.get("members"));
    lock.members = members.map(|it| texts(Some(it)).iter().map(|it| normal_name(it)).collect());
    for package in list_of(document.get("package")) {
        let Some(name) = text_of(package.get("name")).map(normal_name) else {
            continue;
        };
        whole.has(&name, text_of(package.get("version")));
        lock.graph(package, &name, &mut whole);
        if let Some(version) = text_of(package.get("version")) {
            lock.has(name.clone(), version);
        }
        let asked = asked(package);
        // A project without a dependency has no metadata; one with them had none in old locks.
        let is_member = ["editable", "virtual"].iter().any(|kind| {
            let source = package.get("source");
            source.is_some_and(|source| source.get(kind).is_some())
        });
        let asks_nothing = is_member && package.get("dependencies").is_none();
        if is_member {
            lock.own.insert(name.clone(), Own::read(package));
        }
        if package.get("metadata").is_some() || asks_nothing {
            lock.asked.entry(name).or_default().extend(asked);
        }
    }
    match whole.lack() {
        Some(why) => Err(why),
        None => Ok(lock),
    }
}

/// Why a text is no TOML, with the line: what was parsed is only a part of it.
fn located(text: &str, why: &str) -> String {
    let whole = toml::from_str::<toml::Table>(text).err();
    let at = whole.and_then(|error| error.span());
    let why = why.lines().next().unwrap_or("not TOML");
    let before = at.and_then(|at| text.get(..at.start));
    before.map_or(why.to_owned(), |before| {
        format!("{why} at line {}", before.matches('\n').count() + 1)
    })
}

fn text_of(value: Option<&toml::Value>) -> Option<&str> {
    value.and_then(toml::Value::as_str)
}

fn list_of(value: Option<&toml::Value>) -> impl Iterator<Item = &toml::Value> {
    value.and_then(toml::Value::as_array).into_iter().flatten()
}

fn table_of(value: Option<&toml::Value>) -> impl Iterator<Item = (&String, &toml::Value)> {
    value.and_then(toml::Value::as_table).into_iter().flatten()
}

/// Where a package may come from but for an index.
const PLACES: [&str; 6] = ["editable", "virtual", "directory", "path", "url", "git"];

/// What a package asked for, as its metadata has it.
fn asked(package: &toml::Value) -> Asked {
    let metadata = package.get("metadata");
    let of = |key: &str| metadata.and_then(|metadata| metadata.get(key));
    let dist = list_of(of("requires-dist")).map(|entry| {
        let marker = text_of(entry.get("marker")).unwrap_or_default();
        // `extra == 'azure'`, be it beside other conditions.
        let extra = marker
            .split_once("extra == '")
            .and_then(|(_, rest)| rest.split('\'').next());
        let part = extra.map_or(Part::Main, |extra| Part::Extra(normal_name(extra)));
        (part, entry)
    });
    let groups = table_of(of("requires-dev")).flat_map(|(group, entries)| {
        let part = Part::Group(normal_name(group));
        list_of(Some(entries)).map(move |entry| (part.clone(), entry))
    });
    let mut asked = Asked::new();
    for (part, entry) in dist.chain(groups) {
        add(&mut asked, part, entry);
    }
    asked
}

/// One entry of what is asked for.
fn add(asked: &mut Asked, part: Part, entry: &toml::Value) {
    let Some(name) = text_of(entry.get("name")) else {
        return;
    };
    let wanted = asked.entry((part, normal_name(name))).or_default();
    if let Some(bounds) = text_of(entry.get("specifier")) {
        wanted.extend(parts(bounds));
    } else if PLACES.iter().any(|place| entry.get(place).is_some()) {
        wanted.insert(Wanted::Place);
    }
    let extras = list_of(entry.get("extras")).filter_map(toml::Value::as_str);
    wanted.extend(extras.map(|extra| Wanted::Extra(normal_name(extra))));
}

/// What requirements ask for.
fn asked_by<'a>(asks: impl Iterator<Item = (Part, &'a Requirement)>) -> Asked {
    let mut asked = Asked::new();
    for (part, requirement) in asks {
        let wanted = asked.entry((part, requirement.name.clone())).or_default();
        wanted.extend(parts(&requirement.bounds));
        wanted.extend(requirement.extras.iter().cloned().map(Wanted::Extra));
    }
    asked
}

/// The bounds as a set: their order says nothing, nor does the way in which a version is written.
fn parts(bounds: &str) -> impl Iterator<Item = Wanted> {
    bounds
        .split(',')
        .map(|part| part.replace(' ', ""))
        .filter(|part| !part.is_empty())
        .map(|part| Wanted::Bound(normal_bound(&part).unwrap_or(part)))
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Main => Ok(()),
            Self::Extra(name) => write!(out, "extra {name}"),
            Self::Group(name) => write!(out, "group {name}"),
        }
    }
}

impl UvLock {
    fn has(&mut self, name: String, version: &str) {
        let versions = self.versions.entry(name).or_default();
        versions.insert(version.to_owned());
    }

    /// What a package needs itself, and whether it is the only one of its name so far.
    fn needs(&mut self, name: &str, needs: Vec<Edge>) -> bool {
        let is_first = !self.versions.contains_key(name);
        if is_first {
            self.graph.needs(name, "", needs);
        } else {
            self.graph.forget(name);
        }
        is_first
    }

    fn graph(&mut self, package: &toml::Value, name: &str, whole: &mut Whole) {
        let mut edges = |value| {
            let edges: Vec<Edge> = list_of(value).filter_map(Edge::of_value).collect();
            whole.needs(name, &edges);
            edges
        };
        let is_first = self.needs(name, edges(package.get("dependencies")));
        let graph = &mut self.graph;
        for (extra, list) in table_of(package.get("optional-dependencies")) {
            let edges = edges(Some(list));
            if is_first {
                graph.needs(name, &normal_name(extra), edges);
            }
        }
        for (group, list) in table_of(package.get("dev-dependencies")) {
            let edges = edges(Some(list));
            if is_first {
                graph.adds(name, &normal_name(group), edges);
            }
        }
        if !is_first {
            return;
        }
        let source = package.get("source");
        if source.is_some_and(|source| source.get("virtual").is_some()) {
            graph.is_virtual(name);
        }
    }

    /// The settings of the workspace that it was made with others of, each with the packages that it differs in.
    #[must_use]
    pub fn differs_everywhere(&self, now: &Everywhere) -> Vec<String> {
        let lists = [
            ("constraint-dependencies", &now.constraints),
            ("override-dependencies", &now.overrides),
        ];
        let differ = |(then, (key, now)): (&Asked, (&str, &Vec<Requirement>))| {
            let now = asked_by(now.iter().map(|it| (Part::Main, it)));
            let names: Vec<&str> = others(then, &now).map(|(_, name)| name.as_str()).collect();
            (!names.is_empty()).then(|| format!("{key} ({})", names.join(", ")))
        };
        let bounds = self.bounds.iter().zip(lists).filter_map(differ);
        let machines = !same_machines(&self.markers, &now.environments);
        let required = !same_machines(&self.required, &now.required);
        let conflicts = !same_conflicts(&self.conflicts, &now.conflicts);
        let others = [
            ("environments", machines),
            ("required-environments", required),
            ("conflicts", conflicts),
        ];
        let others = others.into_iter().filter(|(_, differs)| *differs);
        let members = self.members_since(now);
        bounds
            .chain(others.map(|(key, _)| key.to_owned()))
            .chain((!members.is_empty()).then(|| format!("members ({})", members.join(", "))))
            .collect()
    }

    /// Who is a member of the workspace by now, or no more; of a lock of one project its dependencies tell.
    fn members_since<'a>(&'a self, now: &'a Everywhere) -> Vec<&'a str> {
        let Some(then) = &self.members else {
            return Vec::new();
        };
        let gone = then.difference(&now.members).filter(|_| !now.has_others);
        let all = now.members.difference(then).chain(gone);
        all.map(String::as_str).collect()
    }

    /// The dependencies of a member that the lock knows otherwise or not at all; none when the lock does
    /// not know what the member asks for.
    #[must_use]
    pub fn differs<'a>(
        &self,
        member: &str,
        asks: impl Iterator<Item = (Part, &'a Requirement)>,
    ) -> Vec<String> {
        let now = asked_by(asks);
        let Some(asked) = self.asked.get(member) else {
            // Where it has the members, they tell of new ones.
            let is_known = self.members.is_some()
                || self.own.contains_key(member)
                || self.versions.contains_key(member);
            return if is_known {
                Vec::new()
            } else {
                vec![member.to_owned()]
            };
        };
        // `all = ["app[one,two]"]`: older ones than today's uv write what that comes to.
        let names_itself = |asked: &Asked| asked.keys().any(|(_, name)| name == member);
        let of_itself = names_itself(&now) && !names_itself(asked);
        let compared = |part: &Part| !(of_itself && matches!(part, Part::Extra(_)));
        others(asked, &now)
            .filter(|(part, _)| compared(part))
            .map(|(part, name)| match part {
                Part::Main => name.clone(),
                part => format!("{name} of {part}"),
            })
            .collect()
    }
}

/// What is asked for otherwise than then, or no more.
fn others<'a>(then: &'a Asked, now: &'a Asked) -> impl Iterator<Item = &'a (Part, String)> {
    let changed = now
        .iter()
        .filter(|(key, wanted)| !then.get(*key).is_some_and(|then| same(then, wanted)))
        .map(|(key, _)| key);
    let gone = then.keys().filter(|key| !now.contains_key(*key));
    changed.chain(gone)
}

/// The one platform that a condition is about, where it is about nothing else: uv writes all others in its own
/// way.
fn platform(marker: &str) -> Option<String> {
    let marker: String = marker.split_whitespace().collect();
    let value = marker.strip_prefix("sys_platform==")?;
    let value = ['"', '\''].iter().find_map(|quote| {
        let value = value.strip_prefix(*quote)?.strip_suffix(*quote)?;
        (!value.contains(*quote)).then_some(value)
    })?;
    Some(value.to_owned())
}

/// Whether these may be the conditions that it was locked for.
fn same_machines(then: &[String], now: &[String]) -> bool {
    let platforms = |markers: &[String]| {
        let platforms = markers.iter().map(|marker| platform(marker));
        platforms.collect::<Option<BTreeSet<String>>>()
    };
    match (platforms(then), platforms(now)) {
        // Of one that always holds uv may write nothing.
        (Some(then), None) if then.is_empty() => true,
        (Some(then), Some(now)) => then == now,
        _ => !now.is_empty(),
    }
}

/// Whether the manifest asks for what it asked for then.
fn same(then: &BTreeSet<Wanted>, now: &BTreeSet<Wanted>) -> bool {
    if !then.contains(&Wanted::Place) {
        return then == now;
    }
    let extras = |wanted: &BTreeSet<Wanted>| {
        let extras = wanted.iter().filter(|it| matches!(it, Wanted::Extra(_)));
        extras.cloned().collect::<Vec<_>>()
    };
    extras(then) == extras(now)
}

#[cfg(test)]
mod tests;
