//! What `uv.lock` has of the workspace's own projects, beside what they ask for.

use std::collections::{BTreeMap, BTreeSet};

use super::super::requirement::normal_name;
use super::super::version::normal;
use super::{Part, UvLock, list_of, table_of, text_of};

/// Of one project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    /// Its version, where it is written in its manifest.
    pub version: Option<String>,
    /// Its extras, also those that add nothing.
    pub extras: BTreeSet<String>,
    /// Its groups, likewise.
    pub groups: BTreeSet<String>,
    /// The groups that are installed unasked, where those are not the usual ones.
    pub default_groups: Option<BTreeSet<String>>,
}

/// The revision of its form since which a lock has extras and groups that add nothing.
const WITH_EMPTY: i64 = 1;

/// The one since which it has the groups that are installed unasked.
const WITH_DEFAULTS: i64 = 5;

impl Own {
    /// Reads it of a package of the workspace's own.
    pub(super) fn read(package: &toml::Value) -> Self {
        let metadata = package.get("metadata");
        let of = |key: &str| metadata.and_then(|metadata| metadata.get(key));
        let names = |value: Option<&toml::Value>| {
            let texts = list_of(value).filter_map(toml::Value::as_str);
            texts.map(normal_name).collect()
        };
        let groups = table_of(of("requires-dev"));
        Self {
            version: text_of(package.get("version")).map(str::to_owned),
            extras: names(of("provides-extras")),
            groups: groups.map(|(name, _)| normal_name(name)).collect(),
            default_groups: package.get("default-groups").map(|value| match value {
                toml::Value::String(one) => [one.clone()].into(),
                value => names(Some(value)),
            }),
        }
    }
}

impl UvLock {
    /// In what a member is another one than when it was locked, beside what it asks for: that tells of all extras and
    /// groups in which something `is_asked`.
    #[must_use]
    pub fn differs_in_itself(
        &self,
        member: &str,
        now: &Own,
        is_asked: impl Fn(&Part) -> bool,
    ) -> Vec<String> {
        let Some(then) = self.own.get(member) else {
            return Vec::new();
        };
        let mut differs = Vec::new();
        if let (Some(then), Some(now)) = (&then.version, &now.version)
            && normal(now).is_some_and(|now| normal(then) != Some(now))
        {
            differs.push(format!("version {now}, locked as {then}"));
        }
        if self.revision >= WITH_EMPTY {
            let extras = then.extras.symmetric_difference(&now.extras);
            let groups = then.groups.symmetric_difference(&now.groups);
            let parts = extras
                .map(|name| Part::Extra(name.clone()))
                .chain(groups.map(|name| Part::Group(name.clone())));
            let was_asked = |part: &Part| {
                let asked = self.asked.get(member);
                asked.is_some_and(|asked| asked.keys().any(|(of, _)| of == part))
            };
            let empty = parts.filter(|part| !is_asked(part) && !was_asked(part));
            differs.extend(empty.map(|part| part.to_string()));
        }
        if self.revision >= WITH_DEFAULTS && then.default_groups != now.default_groups {
            differs.push("default-groups".to_owned());
        }
        differs
    }
}

/// What is not to be installed together: sets of an extra or a group of a project.
pub type Conflicts = BTreeSet<BTreeSet<[Option<String>; 3]>>;

/// Reads them, of the project of this name where they name none.
#[must_use]
pub fn conflicts(value: Option<&toml::Value>, project: Option<&str>) -> Conflicts {
    let item = |item: &toml::Value| {
        let [package, extra, group] =
            ["package", "extra", "group"].map(|key| text_of(item.get(key)).map(normal_name));
        [package.or_else(|| project.map(normal_name)), extra, group]
    };
    let sets = list_of(value).map(|set| list_of(Some(set)).map(item).collect());
    sets.collect()
}

/// Whether these may be what was locked. Of groups uv writes what follows from those that they include, too.
pub(super) fn same_conflicts(then: &Conflicts, now: &Conflicts) -> bool {
    let has_group = |all: &Conflicts| all.iter().flatten().any(|[.., group]| group.is_some());
    if has_group(then) || has_group(now) {
        return then.is_empty() == now.is_empty();
    }
    then == now
}

/// The texts of `[options]`.
pub(super) fn options(document: &toml::Table) -> BTreeMap<String, String> {
    let texts = table_of(document.get("options"));
    let texts = texts.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    texts.collect()
}
