//! The comparison view: what the real loader, run alone on one file, reports.

use super::Dialect;
use super::model::{Ambient, Loaded, Origin};
use std::collections::BTreeMap;

/// `{"status": …, "values": …}` of the recorded loaders.
#[derive(Clone, PartialEq, Eq)]
pub struct Report {
    /// Whether the loader gives up.
    pub fatal: bool,
    /// Names with their values.
    pub values: BTreeMap<String, Option<String>>,
}

/// What the loader reports: a map where it returns one; the variables that are new or changed where it fills the
/// process environment.
#[must_use]
pub fn as_loader_reports(dialect: Dialect, loaded: &Loaded, ambient: &Ambient) -> Report {
    let entries = loaded.values.iter();
    let reported = entries.filter(|(name, entry)| match dialect {
        Dialect::Next | Dialect::Bun | Dialect::NodeEnvFile => {
            *name != "__proto__" && ambient.get(name) != entry.value.as_deref()
        }
        Dialect::Bash => {
            // What the shell itself changes is left out; a name that was unset is no longer there.
            !matches!(*name, "_" | "PWD" | "OLDPWD" | "SHLVL")
                && entry.value.is_some()
                && ambient.get(name) != entry.value.as_deref()
        }
        Dialect::Dotenvy => entry.origin == Origin::File,
        _ => true,
    });
    let values = reported
        .map(|(name, entry)| {
            (
                name.to_owned(),
                entry.value.as_ref().map(ToString::to_string),
            )
        })
        .collect();
    Report {
        fatal: loaded.is_fatal(),
        values,
    }
}
