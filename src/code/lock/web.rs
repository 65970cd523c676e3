//! `bun.lock`, `bun.lockb` and `package-lock.json`.

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
    let text = without_trailing_commas(without_comments(text));
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

/// bun takes comments in its lock: blanks stand where one stood, so that places stay the same.
fn without_comments(text: &str) -> Vec<u8> {
    let mut out = text.as_bytes().to_vec();
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'"', b'/', out.get(at..).unwrap_or_default()) {
        at += found;
        let rest = out.get(at..).unwrap_or_default();
        let length = match rest {
            [b'"', inner @ ..] => {
                at += 1 + string(inner);
                continue;
            }
            [b'/', b'/', ..] => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
            [b'/', b'*', ..] => memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2),
            _ => 1,
        };
        if length > 1 {
            let comment = out.iter_mut().skip(at).take(length);
            comment
                .filter(|byte| **byte != b'\n')
                .for_each(|byte| *byte = b' ');
        }
        at += length;
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

/// bun writes JSON with trailing commas: a blank stands where one stood, so that places stay the same.
fn without_trailing_commas(mut out: Vec<u8>) -> Vec<u8> {
    let (mut quoted, mut escaped) = (false, false);
    let mut comma: Option<usize> = None;
    for at in 0..out.len() {
        let byte = out[at];
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
        let commented = "// {\n{ /* \" */ \"workspaces\": {\"\": {\"dependencies\": {\"a\": \"https://x//y\\\"/*\", /**/}, }, }, } // end";
        let found = web_lock(commented).expect("valid");
        assert_eq!(found.get("a").map(String::as_str), Some("https://x//y\"/*"));
        assert!(web_lock("{} /* no end").is_ok() && web_lock("{ / }").is_err());
        let npm = "{ \"lockfileVersion\": 3, \"packages\": { \"\": { \"devDependencies\": { \"zod\": \"~4\" } }, \"node_modules/a\": { \"version\": \"1\", \"dependencies\": { \"b\": \"2\" } } } }";
        let found = web_lock(npm).expect("valid");
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
}
