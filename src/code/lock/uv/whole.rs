//! Whether `uv.lock` has all packages that stand in it as needed: after a badly resolved merge it may not.

use std::collections::{BTreeMap, BTreeSet};

use super::super::graph::Edge;

/// What was read so far.
#[derive(Default)]
pub(super) struct Whole {
    /// How often each package stands there.
    times: BTreeMap<String, usize>,
    /// The versions of it that are written.
    versions: BTreeMap<String, BTreeSet<String>>,
    /// What is needed, each with who needs it.
    needed: Vec<(String, Edge)>,
}

impl Whole {
    pub(super) fn has(&mut self, name: &str, version: Option<&str>) {
        *self.times.entry(name.to_owned()).or_default() += 1;
        if let Some(version) = version {
            let versions = self.versions.entry(name.to_owned()).or_default();
            versions.insert(version.to_owned());
        }
    }

    pub(super) fn needs(&mut self, name: &str, edges: &[Edge]) {
        let edges = edges.iter();
        let of_name = edges.map(|edge| (name.to_owned(), edge.clone()));
        self.needed.extend(of_name);
    }

    /// The first thing for which uv refuses the lock.
    pub(super) fn lack(&self) -> Option<String> {
        self.needed.iter().find_map(|(by, edge)| {
            let name = &edge.name;
            let times = self.times.get(name).copied().unwrap_or_default();
            let has = |version: &String| {
                let versions = self.versions.get(name);
                versions.is_none_or(|all| all.contains(version))
            };
            match &edge.version {
                _ if times == 0 => Some(format!("`{by}` needs `{name}`, which has no [[package]]")),
                Some(version) if !has(version) => Some(format!(
                    "`{by}` needs `{name}` {version}, which has no [[package]]"
                )),
                None if times > 1 && !edge.has_source => Some(format!(
                    "`{by}` needs `{name}`, which has {times} [[package]], and does not say which"
                )),
                _ => None,
            }
        })
    }
}
