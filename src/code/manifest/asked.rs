//! The packages that a `package.json` asks for, and what is installed instead.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::PackageJson;

impl PackageJson {
    /// What is asked for when the application is developed. A package that two parts name is what the one
    /// says that the manager prefers, and optional where one of them says so.
    #[must_use]
    pub fn asked(&self, prefers_dev: bool) -> BTreeMap<String, String> {
        let mut parts = [&self.dependencies, &self.dev_dependencies];
        if !prefers_dev {
            parts.reverse();
        }
        let [mut asked, preferred] = parts.map(Clone::clone);
        asked.extend(preferred);
        asked.retain(|name, _| self.optional_dependencies.get(name).is_none());
        asked
    }

    /// What may be missing, and nothing else asks for.
    #[must_use]
    pub fn optional(&self) -> BTreeSet<String> {
        let all = self.optional_dependencies.as_object().into_iter().flatten();
        let is_asked = |name: &String| {
            self.dependencies.contains_key(name) || self.dev_dependencies.contains_key(name)
        };
        let names = all.map(|(name, _)| name.clone());
        names.filter(|name| !is_asked(name)).collect()
    }

    /// The packages that are installed in another version than the one that is asked for, wherever they
    /// are, with that version; without it where it depends on what is asked for. With `in_one_place` the
    /// manager reads no resolutions beside overrides.
    #[must_use]
    pub fn overridden(&self, in_one_place: bool) -> BTreeMap<String, Option<String>> {
        let of_pnpm = self.pnpm.get("overrides").unwrap_or(&Value::Null);
        let resolutions = if in_one_place && self.overrides.is_object() {
            &Value::Null
        } else {
            &self.resolutions
        };
        let all = [&self.overrides, resolutions, of_pnpm];
        all.into_iter()
            .filter_map(Value::as_object)
            .flatten()
            .filter_map(|(key, value)| {
                let value = value.get(".").unwrap_or(value).as_str()?;
                let (name, bound) = target(key)?;
                // `$name`: as the direct dependency of that name.
                let is_fixed = bound.is_none() && !value.starts_with('$');
                Some((name.to_owned(), is_fixed.then(|| value.to_owned())))
            })
            .collect()
    }
}

/// What is installed instead of what a package asks for, by that package; without the version where that refers to
/// another entry: `$name`.
pub type Within = BTreeMap<String, BTreeMap<String, Option<String>>>;

impl PackageJson {
    /// What bun installs instead within single packages. What lies deeper it passes over.
    #[must_use]
    pub fn overridden_within(&self) -> Within {
        let mut within = Within::new();
        if let Some(overrides) = self.overrides.as_object() {
            for (package, inner) in overrides {
                within.extend(inner_of(package, inner));
            }
            return within;
        }
        for (path, version) in self.resolutions.as_object().into_iter().flatten() {
            let Some((package, inner)) = pair(path) else {
                continue;
            };
            if let Some(version) = version.as_str() {
                let of_package = within.entry(package.to_owned()).or_default();
                of_package.insert(inner.to_owned(), plain(version));
            }
        }
        within
    }

    /// The packages that are patched, each with the file of the patch.
    pub fn patches(&self) -> impl Iterator<Item = (&str, &str)> {
        let patches = self.patched_dependencies.as_object();
        let patches = patches.into_iter().flatten();
        patches.filter_map(|(name, patch)| Some((name.as_str(), patch.as_str()?)))
    }
}

/// What is overridden within one package; none where nothing is.
fn inner_of(package: &str, inner: &Value) -> Option<(String, BTreeMap<String, Option<String>>)> {
    let inner = inner.as_object()?.iter().filter(|(name, _)| *name != ".");
    let inner: BTreeMap<String, Option<String>> = inner
        .filter_map(|(name, version)| Some((name.clone(), plain(version.as_str()?))))
        .collect();
    (!inner.is_empty()).then(|| (package.to_owned(), inner))
}

/// A version that is written out.
fn plain(version: &str) -> Option<String> {
    (!version.starts_with('$')).then(|| version.to_owned())
}

/// `next/postcss` and `@a/b/@c/d` are two packages, the second within the first.
fn pair(path: &str) -> Option<(&str, &str)> {
    let slashes = usize::from(path.starts_with('@'));
    let (at, _) = path.match_indices('/').nth(slashes)?;
    let (package, inner) = (&path[..at], &path[at + 1..]);
    let is_one = inner.matches('/').count() == usize::from(inner.starts_with('@'));
    (is_one && package != "**").then_some((package, inner))
}

/// The package that a key of overrides is about, and the versions of it; none where only what others
/// depend on is meant: `a>b`, `a/b`.
fn target(key: &str) -> Option<(&str, Option<&str>)> {
    let key = key.strip_prefix("**/").unwrap_or(key);
    let at = key.get(1..)?.find('@').map(|at| at + 1);
    let (name, bound) = at.map_or((key, None), |at| (&key[..at], Some(&key[at + 1..])));
    let slashes = usize::from(name.starts_with('@'));
    let is_direct = !name.contains('>') && name.matches('/').count() == slashes;
    is_direct.then_some((name, bound))
}

#[cfg(test)]
mod tests {
    use super::super::package_json;

    #[test]
    fn a_package_in_two_parts_is_what_the_manager_takes_it_for() {
        let package = package_json(
            r#"{ "dependencies": { "a": "1", "b": "1", "c": "1" }, "devDependencies": { "a": "2", "d": "2" },
                 "optionalDependencies": { "b": "1", "d": "3", "e": null } }"#,
        );
        let package = package.expect("a manifest");
        let asked = |prefers_dev| {
            let asked = package.asked(prefers_dev).into_iter();
            let asked = asked.map(|(name, range)| format!("{name}@{range}"));
            asked.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(asked(true), "a@2 c@1");
        assert_eq!(asked(false), "a@1 c@1");
    }

    #[test]
    fn what_is_installed_instead_is_read_in_each_managers_spelling() {
        let package = package_json(
            r#"{ "overrides": { "a": "1", "b": { ".": "2", "c": "3" }, "d": { "e": "4" }, "f@^1": "5", "g": "$a" },
                 "resolutions": { "**/h": "6", "i/j": "7", "@s/k": "8", "@s/k/l": "9" },
                 "pnpm": { "overrides": { "m>n": "10", "o": "11" } } }"#,
        );
        let package = package.expect("a manifest");
        let within = package.overridden_within();
        let within: Vec<&String> = within.keys().collect();
        assert_eq!(within, ["b", "d"]);
        let yarn = r#"{ "resolutions": { "**/h": "6", "i/j": "7", "@s/k": "8", "@s/k/@l/m": "9", "n/o/p": "1" } }"#;
        let yarn = package_json(yarn).expect("a manifest").overridden_within();
        let shown: Vec<String> = yarn.iter().map(|(of, it)| format!("{of} {it:?}")).collect();
        assert_eq!(
            shown,
            [r#"@s/k {"@l/m": Some("9")}"#, r#"i {"j": Some("7")}"#]
        );
        let found = package.overridden(false);
        assert!(!package.overridden(true).contains_key("h"));
        let shown: Vec<(&str, Option<&str>)> = found
            .iter()
            .map(|(name, version)| (name.as_str(), version.as_deref()))
            .collect();
        let expected = [
            ("@s/k", Some("8")),
            ("a", Some("1")),
            ("b", Some("2")),
            ("f", None),
            ("g", None),
            ("h", Some("6")),
            ("o", Some("11")),
        ];
        assert_eq!(shown, expected);
    }
}
