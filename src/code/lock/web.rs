//! `bun.lock` and `package-lock.json`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};

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
