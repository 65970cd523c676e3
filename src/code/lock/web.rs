//! `bun.lock`, `bun.lockb` and `package-lock.json`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::platform::{self, Platform};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// What a lock of the web says about one package of its workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebLock {
    /// The direct dependencies that it was made for, by name.
    pub asked: BTreeMap<String, String>,
    /// The version of each of them that it has.
    pub versions: BTreeMap<String, String>,
    /// Those that it has in another version than the one that is asked for, on purpose.
    pub overridden: BTreeSet<String>,
    /// What a lock of bun has as overrides: a version by the name of each package.
    pub fixed: BTreeMap<String, String>,
    /// Those of them that are installed nowhere, whoever asks for them.
    pub removed: BTreeSet<String>,
    /// All that must be installed on every platform, by way of others too: folders, relative to the lock's,
    /// each with what lies there, `@types/node@24.10.1`.
    pub folders: BTreeMap<String, String>,
    /// What those of them take where it is at hand, made for some machines: folders, too.
    pub of_platform: BTreeMap<String, Platform>,
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
    let mut places: BTreeMap<String, Package> = BTreeMap::new();
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
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
        let name = workspace.name.as_str();
        for (key, entry) in file.packages {
            if let Entry::Bun(package) = entry {
                places.insert(place(&key, name, dir), package);
            }
        }
    }
    let fixed = file.overrides.into_iter().filter_map(|(name, value)| {
        let version = value.as_str()?.to_owned();
        Some((name.into_owned(), version))
    });
    let fixed = fixed.collect();
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
    Ok(Some(WebLock {
        asked,
        versions,
        fixed,
        folders,
        of_platform,
        ..WebLock::default()
    }))
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
    /// What the first format of npm's has instead.
    dependencies: Option<IgnoredAny>,
}

/// A package of bun's workspace.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Workspace {
    name: String,
    dependencies: BTreeMap<String, String>,
    dev_dependencies: BTreeMap<String, String>,
}

/// One package, as each of the two writes it.
enum Entry {
    /// A list: name and version, where it comes from, what it needs.
    Bun(Package),
    Npm(Package),
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(AnyEntry)
    }
}

struct AnyEntry;

impl<'de> Visitor<'de> for AnyEntry {
    type Value = Entry;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a package")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Entry, M::Error> {
        Package::deserialize(MapAccessDeserializer::new(map)).map(Entry::Npm)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Entry, S::Error> {
        let called: Option<Cow<'de, str>> = list.next_element()?;
        let mut package = Package::default();
        while let Some(part) = list.next_element()? {
            if let Part::Needs(needs) = part {
                package = needs;
            }
        }
        (package.name, package.version) = called
            .as_deref()
            .and_then(|called| called.rsplit_once('@'))
            .map(|(name, version)| (name.to_owned(), version.to_owned()))
            .unzip();
        Ok(Entry::Bun(package))
    }
}

/// What follows in an entry of bun's.
enum Part {
    Text,
    Needs(Package),
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(AnyPart)
    }
}

struct AnyPart;

impl<'de> Visitor<'de> for AnyPart {
    type Value = Part;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text, or what a package needs")
    }

    fn visit_str<E>(self, _: &str) -> Result<Part, E> {
        Ok(Part::Text)
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Part, M::Error> {
        Package::deserialize(MapAccessDeserializer::new(map)).map(Part::Needs)
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "npm writes them")]
struct Package {
    /// Its own name, where it is asked for by another one.
    #[serde(skip)]
    name: Option<String>,
    version: Option<String>,
    dependencies: BTreeMap<String, String>,
    dev_dependencies: BTreeMap<String, String>,
    optional_dependencies: BTreeMap<String, String>,
    #[serde(deserialize_with = "platform::names")]
    os: Option<Vec<String>>,
    #[serde(deserialize_with = "platform::names")]
    cpu: Option<Vec<String>>,
    #[serde(deserialize_with = "platform::names")]
    libc: Option<Vec<String>>,
    optional: bool,
    dev_optional: bool,
    peer: bool,
    link: bool,
    in_bundle: bool,
}

impl Package {
    /// Its name and version, of one that is asked for by this name.
    fn called(&self, asked: &str) -> String {
        let name = self.name.as_deref().unwrap_or(asked);
        format!("{name}@{}", self.version.as_deref().unwrap_or_default())
    }

    /// Whether it is installed wherever it is needed.
    fn is_everywhere(&self) -> bool {
        let of_platform = self.os.is_some() || self.cpu.is_some() || self.libc.is_some();
        let left_out = self.optional || self.dev_optional || self.peer;
        let elsewhere = self.link || self.in_bundle;
        !of_platform && !left_out && !elsewhere && self.is_version()
    }

    /// The machines that it is made for, where it is no package for all of them.
    fn platform(&self) -> Option<Platform> {
        let elsewhere = self.link || self.in_bundle || !self.is_version();
        let platform = Platform {
            os: self.os.clone()?,
            cpu: self.cpu.clone()?,
            libc: self.libc.clone(),
        };
        (!elsewhere).then_some(platform)
    }

    /// What comes from a folder or from git lies where it lies.
    fn is_version(&self) -> bool {
        let version = self.version.as_deref().unwrap_or_default();
        version.starts_with(|c: char| c.is_ascii_digit())
    }

    fn needs(&self) -> impl Iterator<Item = &str> {
        self.dependencies.keys().map(String::as_str)
    }
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

/// bun takes comments in its lock, and writes a comma behind the last of a list: blanks stand where they stood,
/// so that places stay the same.
fn plain_json(text: &str) -> Vec<u8> {
    let mut out = text.as_bytes().to_vec();
    let mut comma: Option<usize> = None;
    let mut at = 0;
    while let Some([first, inner @ ..]) = out.get(at..) {
        let after = match (first, inner) {
            (b'"', _) => string(inner),
            (b'/', [b'/', ..]) => memchr::memchr(b'\n', inner).unwrap_or(inner.len()),
            (b'/', [b'*', rest @ ..]) => {
                memchr::memmem::find(rest, b"*/").map_or(inner.len(), |end| end + 3)
            }
            _ => 0,
        };
        match first {
            b'/' if after > 0 => {
                let comment = out.iter_mut().skip(at).take(1 + after);
                comment
                    .filter(|byte| **byte != b'\n')
                    .for_each(|byte| *byte = b' ');
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b',' => comma = Some(at),
            b'}' | b']' => {
                if let Some(last) = comma.take() {
                    out[last] = b' ';
                }
            }
            _ => comma = None,
        }
        at += 1 + after;
    }
    out
}

/// The length of the rest of a string with the quote that ends it.
fn string(inner: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'"', b'\\', inner.get(at..).unwrap_or_default()) {
        at += found + 1;
        if inner.get(at - 1) == Some(&b'"') {
            return at;
        }
        at += 1;
    }
    inner.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, dir: &str) -> WebLock {
        web_lock(text, dir).ok().flatten().expect("it is known")
    }

    #[test]
    fn the_first_format_of_npm_has_no_ranges() {
        let first = r#"{ "lockfileVersion": 1, "requires": true, "dependencies": { "ms": { "version": "2.1.3" } } }"#;
        assert_eq!(web_lock(first, ""), Ok(None));
        let second = first.replace("\"requires\"", r#""packages": { "": {} }, "requires""#);
        assert_eq!(read(&second, ""), WebLock::default());
    }

    #[test]
    fn a_lock_of_the_web_tells_what_it_was_made_for() {
        let bun = "{ \"workspaces\": { \"\": { \"name\": \"x,}\", \"dependencies\": { \"next\": \"^15\", }, }, }, }";
        let found = read(bun, "").asked;
        assert_eq!(found.get("next").map(String::as_str), Some("^15"));
        assert!(web_lock("nonsense", "").is_err());
        let commented = "// {\n{ /* \" */ \"workspaces\": {\"\": {\"dependencies\": {\"a\": \"https://x//y\\\"/*\", /**/}, }, }, } // end";
        let found = read(commented, "").asked;
        assert_eq!(found.get("a").map(String::as_str), Some("https://x//y\"/*"));
        assert!(web_lock("{} /* no end", "").is_ok() && web_lock("{ / }", "").is_err());
        let npm = "{ \"lockfileVersion\": 3, \"packages\": { \"\": { \"devDependencies\": { \"zod\": \"~4\" } }, \"node_modules/a\": { \"version\": \"1\", \"dependencies\": { \"b\": \"2\" } } } }";
        let found = read(npm, "").asked;
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [("zod".to_owned(), "~4".to_owned())]
        );
    }

    #[test]
    fn a_lock_in_bytes_is_whole_or_not() {
        let mut lock = b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n\x03\0\0\0".to_vec();
        lock.extend([7; 32]);
        lock.extend(100_u64.to_le_bytes());
        let why = |bytes: &[u8]| bun_binary_lock(bytes).err().unwrap_or_default();
        assert_eq!(why(&lock), "it is cut off: 86 of 100 bytes");
        assert_eq!(why(&lock[..60]), "it is cut off");
        assert_eq!(why(&lock[..30]), "it does not begin as bun's locks do");
        lock.resize(120, 0);
        assert_eq!(bun_binary_lock(&lock), Ok(()));
    }

    const BUN: &str = r#"{
      "workspaces": {
        "": { "name": "top", "devDependencies": { "husky": "9" } },
        "frontend": { "name": "web", "dependencies": { "next": "^16", "own": "file:./own" } },
      },
      "packages": {
        "next": ["next@16.4.6", "", { "dependencies": { "@s/env": "1", "a": "1" }, "optionalDependencies": { "sharp": "1", "linux": "1" }, "peerDependencies": { "react": "*" }, "bin": { "next": "x" } }, "sha"],
        "@s/env": ["@s/env@1.0.0", "", { "dependencies": { "a": "2" } }, "sha"],
        "@s/env/a": ["a@2.0.0", "", {}, "sha"],
        "a": ["a@1.0.0", "", { "dependencies": { "linux": "1" } }, "sha"],
        "web/a": ["a@3.0.0", "", {}, "sha"],
        "linux": ["linux@1.0.0", "", { "os": "linux", "cpu": ["x64", "arm64"] }, "sha"],
        "sharp": ["sharp@1.0.0", "", {}, "sha"],
        "husky": ["husky@9.0.0", "", {}, "sha"],
        "own": ["own@file:frontend/own", {}],
        "web": ["web@workspace:frontend"],
      },
    }"#;

    #[test]
    fn what_must_be_there_is_followed_by_way_of_others() {
        let lock = read(BUN, "frontend");
        let folders: Vec<&str> = lock.folders.keys().map(String::as_str).collect();
        assert_eq!(
            folders,
            [
                "node_modules/@s/env",
                "node_modules/@s/env/node_modules/a",
                "node_modules/a",
                "node_modules/next",
            ]
        );
        let platforms: Vec<&str> = lock.of_platform.keys().map(String::as_str).collect();
        assert_eq!(platforms, ["node_modules/linux"]);
        let linux = &lock.of_platform["node_modules/linux"];
        assert!(linux.fits("linux", "arm64", None) && !linux.fits("win32", "x64", None));
        let version = |name: &str| lock.versions.get(name).map(String::as_str);
        assert_eq!(version("next"), Some("16.4.6"));
        assert_eq!(version("husky"), None);
        let top = read(BUN, "");
        assert_eq!(
            top.folders,
            BTreeMap::from([("node_modules/husky".to_owned(), "husky@9.0.0".to_owned())])
        );
    }

    #[test]
    fn npm_writes_the_folders_themselves() {
        let npm = r#"{ "lockfileVersion": 3, "packages": {
          "": { "workspaces": ["frontend"] },
          "frontend": { "dependencies": { "a": "^1" }, "devDependencies": { "b": "^1" } },
          "frontend/node_modules/a": { "version": "1.1.0", "dependencies": { "b": "*", "c": "*", "d": "*" } },
          "node_modules/b": { "version": "1.0.0", "dev": true, "os": null },
          "node_modules/c": { "version": "1.0.0", "optional": true },
          "node_modules/d": { "version": "1.0.0", "os": ["darwin"] },
          "node_modules/web": { "resolved": "frontend", "link": true } } }"#;
        let lock = read(npm, "frontend");
        assert_eq!(
            lock.folders.into_values().collect::<Vec<_>>(),
            ["a@1.1.0", "b@1.0.0"]
        );
        assert_eq!(lock.versions.get("a").map(String::as_str), Some("1.1.0"));
    }
}
