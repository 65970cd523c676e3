//! Settings of uv's in a manifest. It reads those of the workspace's own one first; those of a member only
//! when it locks.

use std::collections::BTreeSet;

use toml::de::{DeTable, DeValue};

use crate::code::lock::{Marker, Reader, normal_name, refused};

use super::super::Unreadable;
use super::value::{Value, find, table, wrong};

/// Lists of requirements, of which some may be written in other forms.
const REQUIREMENTS: [&str; 3] = [
    "constraint-dependencies",
    "override-dependencies",
    "build-constraint-dependencies",
];

/// Lists of conditions.
const MARKERS: [&str; 2] = ["environments", "required-environments"];

pub(super) fn check(document: &DeTable<'_>) -> Result<(), Unreadable> {
    let all = |name: &str| {
        let value = find(document, &["tool", "uv", name]);
        value.map_or(&[][..], items)
    };
    for name in REQUIREMENTS {
        for item in all(name) {
            let why = item.get_ref().as_str();
            if let Some(why) = why.and_then(|text| refused(text, Reader::Uv)) {
                let why = format!("an item of `{name}` is no requirement: {why}");
                return Err(wrong(item.span(), why));
            }
        }
    }
    for name in MARKERS {
        for item in all(name) {
            if let Some(Err(why)) = item.get_ref().as_str().map(Marker::parse) {
                let why = format!("an item of `{name}` cannot be read: {why}");
                return Err(wrong(item.span(), why));
            }
        }
    }
    if let Some(value) = find(document, &["tool", "uv", "default-groups"]) {
        default_groups(document, value)?;
    }
    all("conflicts").iter().try_for_each(conflict)
}

/// The items of a list, or the only one.
fn items<'a, 'd>(value: &'a Value<'d>) -> &'a [Value<'d>] {
    match value.get_ref() {
        DeValue::Array(all) => all,
        _ => std::slice::from_ref(value),
    }
}

/// The groups that are installed unasked. `dev-dependencies` are none of them.
fn default_groups(document: &DeTable<'_>, value: &Value<'_>) -> Result<(), Unreadable> {
    if let Some(text) = value.get_ref().as_str() {
        let why = format!("`default-groups` is `{text}`, and must be `all` or a list of groups");
        return if text == "all" {
            Ok(())
        } else {
            Err(wrong(value.span(), why))
        };
    }
    let groups = table(document, &["dependency-groups"]);
    let groups = groups.into_iter().flatten();
    let known: BTreeSet<String> = groups
        .map(|(name, _)| normal_name(name.get_ref()))
        .collect();
    for item in items(value) {
        let name = item.get_ref().as_str();
        if let Some(name) = name.filter(|name| !known.contains(&normal_name(name))) {
            let why = format!(
                "`default-groups` names `{name}`, and `dependency-groups` has none of that name"
            );
            return Err(wrong(item.span(), why));
        }
    }
    Ok(())
}

/// What is not to be installed together.
fn conflict(set: &Value<'_>) -> Result<(), Unreadable> {
    let Some(all) = set.get_ref().as_array() else {
        return Ok(());
    };
    let of = |item: &Value<'_>| {
        let table = item.get_ref().as_table()?;
        let keys = ["package", "extra", "group"].map(|key| {
            let text = table.get(key)?.get_ref().as_str()?;
            Some(normal_name(text))
        });
        Some(keys)
    };
    let known: Option<BTreeSet<[Option<String>; 3]>> = all.iter().map(of).collect();
    if known.is_some_and(|known| known.len() < 2) {
        let why = "a set of `conflicts` names fewer than two that are not to be together";
        return Err(wrong(set.span(), why.to_owned()));
    }
    Ok(())
}
