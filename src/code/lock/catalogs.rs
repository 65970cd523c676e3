//! The versions that packages of a workspace take by name, as bun has them in `package.json` and in its lock.

use std::collections::BTreeMap;

use serde_json::Value;

/// The catalog without a name.
const DEFAULT: &str = "default";

/// Versions by the names of catalogs and packages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogs(BTreeMap<String, BTreeMap<String, String>>);

/// The catalog that `catalog:` or `catalog:NAME` means; none where a version is asked for in another way.
#[must_use]
pub fn catalog_of(asked: &str) -> Option<&str> {
    let name = asked.strip_prefix("catalog:")?.trim();
    Some(if name.is_empty() { DEFAULT } else { name })
}

impl Catalogs {
    /// Reads the value of `catalog` and that of `catalogs`.
    #[must_use]
    pub fn read(catalog: &Value, catalogs: &Value) -> Self {
        let mut all = BTreeMap::new();
        let named = catalogs.as_object().into_iter().flatten();
        let named = named.map(|(name, value)| (name.as_str(), value));
        for (name, value) in named.chain([(DEFAULT, catalog)]) {
            let Some(versions) = value.as_object() else {
                continue;
            };
            let texts = versions
                .iter()
                .filter_map(|(name, version)| Some((name.clone(), version.as_str()?.to_owned())));
            let known: &mut BTreeMap<String, String> = all.entry(name.to_owned()).or_default();
            known.extend(texts);
        }
        Self(all)
    }

    /// Whether there is any.
    #[must_use]
    pub fn are_there(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether there is one of this name.
    #[must_use]
    pub fn has(&self, catalog: &str) -> bool {
        self.0.contains_key(catalog)
    }

    /// The version that a package has in the one that is asked for; none where none is, or it has none.
    #[must_use]
    pub fn version(&self, package: &str, asked: &str) -> Option<&String> {
        self.0.get(catalog_of(asked)?)?.get(package)
    }

    /// The versions of all that ask for one.
    #[must_use]
    pub fn versions(&self, asked: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let found = asked.iter().filter_map(|(name, asked)| {
            let version = self.version(name, asked)?;
            Some((name.clone(), version.clone()))
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_catalog_that_is_named() {
        let version = |text: &str, asked: &str| {
            let file: Value = serde_json::from_str(text).expect("JSON");
            let catalogs = Catalogs::read(&file["catalog"], &file["catalogs"]);
            catalogs.version("a", asked).cloned()
        };
        let own = r#"{"catalog": {"a": "1"}, "catalogs": {"old": {"a": "0"}}}"#;
        for (asked, expected) in [
            ("catalog:", Some("1")),
            ("catalog: ", Some("1")),
            ("catalog:default", Some("1")),
            ("catalog:old", Some("0")),
            ("catalog:new", None),
            ("^1", None),
        ] {
            assert_eq!(version(own, asked).as_deref(), expected, "{asked}");
        }
        let named = r#"{"catalogs": {"default": {"a": "3"}}}"#;
        assert_eq!(version(named, "catalog:").as_deref(), Some("3"));
    }
}
