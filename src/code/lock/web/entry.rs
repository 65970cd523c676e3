//! One package in a lock of npm's or bun's, as each of the two writes it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::super::platform::{self, Platform};

/// One package, as each of the two writes it.
pub(super) enum Entry {
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
pub(super) struct Package {
    /// Its own name, where it is asked for by another one.
    #[serde(skip)]
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) dependencies: BTreeMap<String, String>,
    pub(super) dev_dependencies: BTreeMap<String, String>,
    pub(super) optional_dependencies: BTreeMap<String, String>,
    #[serde(deserialize_with = "platform::names")]
    os: Option<Vec<String>>,
    #[serde(deserialize_with = "platform::names")]
    cpu: Option<Vec<String>>,
    #[serde(deserialize_with = "platform::names")]
    libc: Option<Vec<String>>,
    pub(super) optional: bool,
    dev_optional: bool,
    pub(super) peer: bool,
    pub(super) link: bool,
    pub(super) in_bundle: bool,
}

impl Package {
    /// Its name and version, of one that is asked for by this name.
    pub(super) fn called(&self, asked: &str) -> String {
        let name = self.name.as_deref().unwrap_or(asked);
        format!("{name}@{}", self.version.as_deref().unwrap_or_default())
    }

    /// Whether it is installed wherever it is needed.
    pub(super) fn is_everywhere(&self) -> bool {
        let of_platform = self.os.is_some() || self.cpu.is_some() || self.libc.is_some();
        let left_out = self.optional || self.dev_optional || self.peer;
        let elsewhere = self.link || self.in_bundle;
        !of_platform && !left_out && !elsewhere && self.is_version()
    }

    /// Whether it comes from a registry and lies in a folder of its own.
    pub(super) fn is_own(&self) -> bool {
        !self.link && !self.in_bundle && self.is_version()
    }

    /// The machines that it is made for, where it is no package for all of them.
    pub(super) fn platform(&self) -> Option<Platform> {
        let platform = Platform {
            os: self.os.clone()?,
            cpu: self.cpu.clone()?,
            libc: self.libc.clone(),
        };
        self.is_own().then_some(platform)
    }

    /// What comes from a folder or from git lies where it lies.
    pub(super) fn is_version(&self) -> bool {
        let version = self.version.as_deref().unwrap_or_default();
        version.starts_with(|c: char| c.is_ascii_digit())
    }

    pub(super) fn needs(&self) -> impl Iterator<Item = &str> {
        self.dependencies.keys().map(String::as_str)
    }
}
