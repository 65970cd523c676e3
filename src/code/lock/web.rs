//! `bun.lock`, `bun.lockb` and `package-lock.json`.

mod entry;
mod plain;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::catalogs::Catalogs;
use super::platform::Platform;
use entry::{Entry, Package};
use plain::plain_json;

/// What a lock of the web says about one package of its workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebLock {
    /// The direct dependencies that it was made for, by name.
    pub asked: BTreeMap<String, String>,
    /// What a lock of bun has as its optional dependencies.
    pub optional: Option<BTreeSet<String>>,
    /// The version of each of them that it has.
    pub versions: BTreeMap<String, String>,
    /// Those that it has in another version than the one that is asked for, on purpose.
    pub overridden: BTreeSet<String>,
    /// What a lock of bun has as overrides: a version by the name of each package.
    pub fixed: BTreeMap<String, String>,
    /// What it has of them within single packages, by those; none where it is of a form that has none.
    pub fixed_within: Option<BTreeMap<String, BTreeMap<String, String>>>,
    /// The folders of its workspaces, but for its own.
    pub workspaces: BTreeSet<String>,
    /// What a lock of bun has for those of them that name a catalog.
    pub catalogued: BTreeMap<String, String>,
    /// Those of them that are installed nowhere, whoever asks for them.
    pub removed: BTreeSet<String>,
    /// All that must be installed on every platform, by way of others too: folders, relative to the lock's,
    /// each with what lies there, `@types/node@24.10.1`.
    pub folders: BTreeMap<String, String>,
    /// What those of them take where it is at hand, made for some machines: folders, too.
    pub of_platform: BTreeMap<String, Platform>,
    /// The folders of what else may be missing, by way of what may be missing too: `sharp` of Next.js, and its
    /// libraries with the machines that they are made for.
    pub dispensable: BTreeMap<String, Option<Platform>>,
}

/// Reads `bun.lock` or `package-lock.json` for the package in a folder, relative to the lock's: empty
/// where it lies there itself. None where it is of npm's first format, which does not have what the package
/// asks for.
///
/// # Errors
/// What the parser says.
pub fn web_lock(text: &str, dir: &str) -> Result<Option<WebLock>, String> {
    let text = plain_json(text);
    let mut file: File<'_> = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    let is_npm = file.workspaces.is_empty();
    if is_npm && file.packages.is_empty() && file.dependencies.is_some() {
        return Ok(None);
    }
    if let Some(form) = file.form.as_u64().filter(|form| !is_npm && *form > FORM) {
        return Err(format!(
            "its `lockfileVersion` is {form}, and the last one that bun is known to read is {FORM}"
        ));
    }
    let workspaces = file.workspaces.keys().filter(|it| !it.is_empty());
    let workspaces = workspaces.map(ToString::to_string).collect();
    let knows_inner = !is_npm && file.form.as_u64().is_some_and(|form| form >= WITHIN);
    let fixed_within = knows_inner.then(|| {
        let all = file.overrides.iter();
        all.filter_map(|(name, value)| within(name, value))
            .collect()
    });
    let mut places: BTreeMap<String, Package> = BTreeMap::new();
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
    let mut optional = None;
    if is_npm {
        for (key, entry) in file.packages {
            if let Entry::Npm(package) = entry {
                if key == dir {
                    asked.extend(package.dependencies.clone());
                    asked.extend(package.dev_dependencies.clone());
                }
                places.insert(key.into_owned(), package);
            }
        }
    } else {
        let workspace = file.workspaces.remove(dir).unwrap_or_default();
        asked.extend(workspace.dependencies);
        asked.extend(workspace.dev_dependencies);
        optional = Some(workspace.optional_dependencies.into_keys().collect());
        let name = workspace.name.as_str();
        for (key, entry) in file.packages {
            if let Entry::Bun(package) = entry {
                places.insert(place(&key, name, dir), package);
            }
        }
    }
    let fixed = file.overrides.into_iter().filter_map(|(name, value)| {
        let version = value.get(".").unwrap_or(&value).as_str()?.to_owned();
        Some((name.into_owned(), version))
    });
    let fixed = fixed.collect();
    let catalogued = Catalogs::read(&file.catalog, &file.catalogs).versions(&asked);
    let find = |from: &str, name: &str| resolve(&places, from, name);
    let locked = asked.keys().filter_map(|name| {
        let (_, package) = find(dir, name)?;
        Some((name.clone(), package.version.clone()?))
    });
    let versions = locked.collect();
    let mut folders = BTreeMap::new();
    let mut of_platform = BTreeMap::new();
    let mut open: Vec<(&str, &str)> = asked.keys().map(|name| (dir, name.as_str())).collect();
    while let Some((from, name)) = open.pop() {
        let Some((folder, package)) = find(from, name) else {
            continue;
        };
        if !package.is_everywhere() || folders.contains_key(folder) {
            continue;
        }
        folders.insert(folder.to_owned(), package.called(name));
        open.extend(package.needs().map(|name| (folder, name)));
        let at_hand = package.optional_dependencies.keys();
        of_platform.extend(at_hand.filter_map(|name| {
            let (folder, package) = find(folder, name)?;
            Some((folder.to_owned(), package.platform()?))
        }));
    }
    let dispensable = dispensable(&places, &folders, &of_platform);
    Ok(Some(WebLock {
        asked,
        optional,
        versions,
        fixed,
        fixed_within,
        workspaces,
        catalogued,
        folders,
        of_platform,
        dispensable,
        ..WebLock::default()
    }))
}

/// What may be missing of what those folders' packages take, by way of what may be missing too.
fn dispensable(
    places: &BTreeMap<String, Package>,
    folders: &BTreeMap<String, String>,
    of_platform: &BTreeMap<String, Platform>,
) -> BTreeMap<String, Option<Platform>> {
    let at_hand = folders.keys().flat_map(|folder| {
        let package = places.get(folder).into_iter();
        let names = package.flat_map(|it| it.optional_dependencies.keys());
        names.map(|name| (folder.as_str(), name.as_str()))
    });
    let mut open: Vec<(&str, &str)> = at_hand.collect();
    let mut dispensable = BTreeMap::new();
    while let Some((from, name)) = open.pop() {
        let Some((folder, package)) = resolve(places, from, name) else {
            continue;
        };
        let is_known = folders.contains_key(folder)
            || of_platform.contains_key(folder)
            || dispensable.contains_key(folder);
        if is_known || !package.is_own() {
            continue;
        }
        dispensable.insert(folder.to_owned(), package.platform());
        let at_hand = package.optional_dependencies.keys().map(String::as_str);
        let names = package.needs().chain(at_hand);
        open.extend(names.map(|name| (folder, name)));
    }
    dispensable
}

/// The package that another one gets by a name: its own, or that of a folder above.
fn resolve<'a>(
    places: &'a BTreeMap<String, Package>,
    from: &str,
    name: &str,
) -> Option<(&'a str, &'a Package)> {
    let mut from = from;
    loop {
        let folder = if from.is_empty() {
            format!("node_modules/{name}")
        } else {
            format!("{from}/node_modules/{name}")
        };
        if let Some((folder, package)) = places.get_key_value(&folder) {
            return Some((folder, package));
        }
        if from.is_empty() {
            return None;
        }
        from = from
            .rfind("node_modules/")
            .map_or("", |at| from[..at].trim_end_matches('/'));
    }
}

/// The folder of what bun calls `a/@b/c`: the package `@b/c` that `a` has for itself.
fn place(key: &str, workspace: &str, dir: &str) -> String {
    let own = key
        .strip_prefix(workspace)
        .and_then(|rest| rest.strip_prefix('/'))
        .filter(|_| !workspace.is_empty() && !dir.is_empty());
    let mut place = own.map_or(String::new(), |_| dir.to_owned());
    let mut is_name = true;
    for part in own.unwrap_or(key).split('/') {
        if is_name {
            if !place.is_empty() {
                place.push('/');
            }
            place.push_str("node_modules");
        }
        place.push('/');
        place.push_str(part);
        is_name = !part.starts_with('@');
    }
    place
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct File<'a> {
    #[serde(borrow)]
    workspaces: BTreeMap<Cow<'a, str>, Workspace>,
    #[serde(borrow)]
    packages: BTreeMap<Cow<'a, str>, Entry>,
    /// Of bun's: what is installed instead, wherever it is asked for.
    #[serde(borrow)]
    overrides: BTreeMap<Cow<'a, str>, Value>,
    /// Of bun's, too: the catalogs of its workspaces.
    catalog: Value,
    catalogs: Value,
    /// What the first format of npm's has instead.
    dependencies: Option<IgnoredAny>,
    #[serde(rename = "lockfileVersion")]
    form: Value,
}

/// The last form of its lock that bun is known to read.
const FORM: u64 = 3;

/// The first one of a bun that knows overrides within single packages.
const WITHIN: u64 = 2;

/// What is overridden within one package; none where nothing is.
fn within(package: &str, inner: &Value) -> Option<(String, BTreeMap<String, String>)> {
    let inner = inner.as_object()?.iter().filter(|(name, _)| *name != ".");
    let inner =
        inner.filter_map(|(name, version)| Some((name.clone(), version.as_str()?.to_owned())));
    let inner: BTreeMap<String, String> = inner.collect();
    (!inner.is_empty()).then(|| (package.to_owned(), inner))
}

/// A package of bun's workspace.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Workspace {
    name: String,
    dependencies: BTreeMap<String, String>,
    dev_dependencies: BTreeMap<String, String>,
    optional_dependencies: BTreeMap<String, String>,
}

/// Whether a `bun.lockb` is whole, as bun looks before it reads it: what it begins with, and that all is there
/// which it says it has. What stands in it only bun can tell.
///
/// # Errors
/// What is wrong with it.
pub fn bun_binary_lock(bytes: &[u8]) -> Result<(), String> {
    const BEGINNING: &[u8] = b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n";
    /// A format's number and a hash.
    const BEFORE_LENGTH: usize = 4 + 32;
    let Some(rest) = bytes.strip_prefix(BEGINNING) else {
        return Err("it does not begin as bun's locks do".to_owned());
    };
    let length = rest
        .get(BEFORE_LENGTH..)
        .and_then(<[u8]>::first_chunk)
        .map(|length| u64::from_le_bytes(*length));
    let there = bytes.len() as u64;
    match length {
        Some(length) if length <= there => Ok(()),
        Some(length) => Err(format!("it is cut off: {there} of {length} bytes")),
        None => Err("it is cut off".to_owned()),
    }
}

#[cfg(test)]
mod tests;
