//! Lock files, as far as one can tell from them whether they fit their manifests.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};

/// A requirement as PEP 508 writes it, as far as installing looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The normalised name: `sse-starlette`.
    pub name: String,
    /// Version bounds: `>=2.0,<3`; empty when any will do.
    pub bounds: String,
    /// Whether it holds only on some platform or some Python.
    pub conditional: bool,
}

impl Requirement {
    /// Reads `uvicorn[standard]>=0.24.0 ; python_version >= "3.8"`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (text, marker) = text.split_once(';').unwrap_or((text, ""));
        let text = text.trim();
        let end = text
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_'))
            .unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let rest = rest.trim_start();
        let rest = match rest.strip_prefix('[') {
            Some(extras) => extras.split_once(']')?.1,
            None => rest,
        };
        // `name @ https://…` binds no version.
        let bounds = if rest.trim_start().starts_with('@') {
            String::new()
        } else {
            rest.chars()
                .filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')'))
                .collect()
        };
        (!name.is_empty()).then(|| Self {
            name: normal_name(name),
            bounds,
            conditional: !marker.trim().is_empty(),
        })
    }

    /// The bounds as a set: their order says nothing.
    fn parts(bounds: &str) -> BTreeSet<String> {
        bounds
            .split(',')
            .map(|part| part.trim().replace(' ', ""))
            .filter(|part| !part.is_empty())
            .collect()
    }
}

/// PEP 503: `Foo_Bar.baz` and `foo-bar-baz` are one package.
#[must_use]
pub fn normal_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for part in name.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !out.is_empty() {
            out.push('-');
        }
        out.push_str(&part.to_ascii_lowercase());
    }
    out
}

/// What `uv.lock` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UvLock {
    /// The versions of each package, by name: several where platforms differ.
    pub versions: BTreeMap<String, BTreeSet<String>>,
    /// What each member of the workspace asked for when it was locked: name and bounds.
    pub asked: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

/// The text without the files of each package and without what the packages need themselves, which are
/// nine tenths of it and which nobody asks for: uv writes each on a line of its own.
fn without_files(text: &str) -> String {
    let mut kept = String::with_capacity(text.len() / 8);
    let mut needs = false;
    for line in text.split_inclusive('\n') {
        let item = line.starts_with("    { ");
        needs = line.starts_with("dependencies = [") || (needs && item);
        let file = line.starts_with("    { url = ") || line.starts_with("sdist = { url = ");
        let asked = !needs || !item;
        if asked && !file {
            kept.push_str(line);
        }
    }
    kept
}

/// Reads `uv.lock`.
///
/// # Errors
/// What the parser says.
pub fn uv_lock(text: &str) -> Result<UvLock, String> {
    let document: toml::Table =
        toml::from_str(&without_files(text)).map_err(|error| error.message().to_owned())?;
    let mut lock = UvLock::default();
    let packages = document.get("package").and_then(toml::Value::as_array);
    for package in packages.into_iter().flatten() {
        let get = |key: &str| package.get(key).and_then(toml::Value::as_str);
        let Some(name) = get("name").map(normal_name) else {
            continue;
        };
        if let Some(version) = get("version") {
            lock.versions
                .entry(name.clone())
                .or_default()
                .insert(version.to_owned());
        }
        let asked = package
            .get("metadata")
            .and_then(|metadata| metadata.get("requires-dist"))
            .and_then(toml::Value::as_array);
        for entry in asked.into_iter().flatten() {
            let get = |key: &str| entry.get(key).and_then(toml::Value::as_str);
            let of_extra = get("marker").is_some_and(|marker| marker.contains("extra =="));
            if let Some(dependency) = get("name").filter(|_| !of_extra) {
                lock.asked
                    .entry(name.clone())
                    .or_default()
                    .entry(normal_name(dependency))
                    .or_default()
                    .extend(Requirement::parts(get("specifier").unwrap_or_default()));
            }
        }
        // A project without a dependency has no metadata; one with them had none in old locks.
        let is_member = ["editable", "virtual"].iter().any(|kind| {
            let source = package.get("source");
            source.is_some_and(|source| source.get(kind).is_some())
        });
        let asks_nothing = is_member && package.get("dependencies").is_none();
        if package.get("metadata").is_some() || asks_nothing {
            lock.asked.entry(name).or_default();
        }
    }
    Ok(lock)
}

impl UvLock {
    /// The dependencies of a member that the lock knows otherwise or not at all; none when the lock does
    /// not know what the member asks for.
    #[must_use]
    pub fn differs(&self, member: &str, requirements: &[Requirement]) -> Vec<String> {
        let Some(asked) = self.asked.get(member) else {
            return if self.versions.contains_key(member) || requirements.is_empty() {
                Vec::new()
            } else {
                vec![member.to_owned()]
            };
        };
        let mut now: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for requirement in requirements {
            now.entry(requirement.name.as_str())
                .or_default()
                .extend(Requirement::parts(&requirement.bounds));
        }
        let changed = now
            .iter()
            .filter(|(name, bounds)| asked.get(**name) != Some(bounds))
            .map(|(name, _)| (*name).to_owned());
        let gone = asked
            .keys()
            .filter(|name| !now.contains_key(name.as_str()))
            .cloned();
        changed.chain(gone).collect()
    }
}

/// The direct dependencies that `bun.lock` or `package-lock.json` was made for, by name.
///
/// # Errors
/// What the parser says.
pub fn web_lock(text: &str) -> Result<BTreeMap<String, String>, String> {
    let text = without_trailing_commas(text);
    let lock: WebLock = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    let Asked {
        mut dependencies,
        dev_dependencies,
    } = lock.workspaces.0.or(lock.packages.0).unwrap_or_default();
    dependencies.extend(dev_dependencies);
    Ok(dependencies)
}

/// bun's names its own package among the workspaces, npm's among the packages.
#[derive(Deserialize, Default)]
#[serde(default)]
struct WebLock {
    workspaces: Own,
    packages: Own,
}

/// What the package that the lock belongs to asks for.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Asked {
    dependencies: BTreeMap<String, String>,
    dev_dependencies: BTreeMap<String, String>,
}

/// Of a map of packages the one without a name; the others, thousands, are read over.
#[derive(Default)]
struct Own(Option<Asked>);

impl<'de> Deserialize<'de> for Own {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Own;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("packages by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Own, A::Error> {
                let mut own = None;
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    if name.is_empty() {
                        own = Some(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Own(own))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// bun writes JSON with trailing commas: a blank stands where one stood, so that places stay the same.
fn without_trailing_commas(text: &str) -> Vec<u8> {
    let mut out = text.as_bytes().to_vec();
    let (mut quoted, mut escaped) = (false, false);
    let mut comma = None;
    for (at, byte) in text.bytes().enumerate() {
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match (byte, comma) {
            (b'}' | b']', Some(last)) => {
                out[last] = b' ';
                comma = None;
            }
            (b' ' | b'\t' | b'\r' | b'\n', _) => {}
            (b',', _) => comma = Some(at),
            _ => {
                quoted = byte == b'"';
                comma = None;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read_as_pip_reads_them() {
        let read = |text: &str| {
            let requirement = Requirement::parse(text).expect(text);
            (
                requirement.name,
                requirement.bounds,
                requirement.conditional,
            )
        };
        let plain = |name: &str, bounds: &str| (name.to_owned(), bounds.to_owned(), false);
        assert_eq!(
            read("uvicorn[standard] >= 0.24.0, <1"),
            plain("uvicorn", ">=0.24.0,<1")
        );
        assert_eq!(read("sse_starlette"), plain("sse-starlette", ""));
        assert_eq!(read("a.b @ https://example.com/x.whl"), plain("a-b", ""));
        assert_eq!(read("c (==1.*)"), plain("c", "==1.*"));
        assert!(read("colorama; sys_platform == 'win32'").2);
        assert_eq!(Requirement::parse("  "), None);
    }

    #[test]
    fn a_lock_tells_what_it_was_made_for() {
        let lock = uv_lock(
            "[[package]]\nname = \"app\"\nversion = \"1\"\nsource = { editable = \".\" }\n[package.metadata]\nrequires-dist = [{ name = \"a\", specifier = \">=1,<2\" }, { name = \"b\" }, { name = \"t\", marker = \"extra == 'dev'\" }]\n[[package]]\nname = \"a\"\nversion = \"1.5\"\n",
        )
        .expect("valid");
        let wants = |texts: &[&str]| {
            let requirements: Vec<_> = texts
                .iter()
                .filter_map(|text| Requirement::parse(text))
                .collect();
            lock.differs("app", &requirements)
        };
        assert_eq!(wants(&["a<2,>=1", "B"]), Vec::<String>::new());
        assert_eq!(wants(&["a>=2", "c"]), ["a", "c", "b"]);
        assert!(
            lock.versions
                .get("a")
                .is_some_and(|versions| versions.contains("1.5"))
        );
    }

    #[test]
    fn a_lock_of_the_web_tells_what_it_was_made_for() {
        let bun = "{ \"workspaces\": { \"\": { \"name\": \"x,}\", \"dependencies\": { \"next\": \"^15\", }, }, }, }";
        let found = web_lock(bun).expect("valid");
        assert_eq!(found.get("next").map(String::as_str), Some("^15"));
        assert!(web_lock("nonsense").is_err());
        let npm = "{ \"lockfileVersion\": 3, \"packages\": { \"\": { \"devDependencies\": { \"zod\": \"~4\" } }, \"node_modules/a\": { \"version\": \"1\", \"dependencies\": { \"b\": \"2\" } } } }";
        let found = web_lock(npm).expect("valid");
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [("zod".to_owned(), "~4".to_owned())]
        );
    }
}
