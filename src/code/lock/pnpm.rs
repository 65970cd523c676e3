//! `pnpm-lock.yaml`, as far as it tells what it was made for. pnpm writes its YAML in one form only, a key a
//! line and two blanks a level, so that reading lines is enough.

use std::collections::{BTreeMap, BTreeSet};

use super::web::WebLock;

/// The formats whose lines are known: pnpm 8, and pnpm 9 and later.
const FORMATS: [&str; 2] = ["6.", "9."];

/// The parts of a manifest that are compared.
const PARTS: [&str; 2] = ["dependencies", "devDependencies"];

/// Reads it for the package in a folder, relative to the lock's. None where it is of another format, or says
/// nothing of that package.
#[must_use]
pub fn pnpm_lock(text: &str, dir: &str) -> Option<WebLock> {
    // Later ones have a document before it, of what pnpm needs for itself.
    let text = text.rsplit("\n---\n").next().unwrap_or(text);
    let lines = || text.lines().filter_map(Line::of);
    let format = lines().find(|line| line.depth == 0 && line.key == "lockfileVersion")?;
    if !FORMATS.iter().any(|known| format.value.starts_with(known)) {
        return None;
    }
    let importer = if dir.is_empty() { "." } else { dir };
    let mut path: Vec<&str> = Vec::new();
    let mut is_known = false;
    let mut overridden = BTreeSet::new();
    let mut removed = BTreeSet::new();
    let mut asked = BTreeMap::new();
    let mut versions = BTreeMap::new();
    for Line { depth, key, value } in lines() {
        if depth == 0 && key == "packages" {
            break;
        }
        path.truncate(depth);
        if path.len() < depth {
            // A form that pnpm does not write.
            return None;
        }
        path.push(key);
        let inner = match path.as_slice() {
            ["overrides", key] => {
                let name = target(key).to_owned();
                if value == "-" && !key.contains('>') {
                    removed.insert(name.clone());
                }
                overridden.insert(name);
                continue;
            }
            ["importers", of, inner @ ..] if *of == importer => inner,
            // A package alone has no importers, but before the ninth format.
            [first, ..] if dir.is_empty() && PARTS.contains(first) => path.as_slice(),
            _ => continue,
        };
        is_known = true;
        if let [part, name, what] = inner
            && PARTS.contains(part)
        {
            match *what {
                "specifier" => drop(asked.insert((*name).to_owned(), value.to_owned())),
                // `19.3.1(react@19.3.1)`: with what it was resolved for.
                "version" => {
                    let version = value.split('(').next().unwrap_or_default();
                    versions.insert((*name).to_owned(), version.to_owned());
                }
                _ => {}
            }
        }
    }
    // What is overridden is written as if it were asked for.
    asked.retain(|name, _| !overridden.contains(name));
    is_known.then_some(WebLock {
        asked,
        versions,
        overridden,
        removed,
        ..WebLock::default()
    })
}

/// The package that an override is about: `a@1>b@2` is about b.
fn target(key: &str) -> &str {
    let name = key.rsplit('>').next().unwrap_or(key).trim();
    let at = name.get(1..).and_then(|rest| rest.find('@'));
    at.and_then(|at| name.get(..=at)).unwrap_or(name)
}

/// `key: value`, and how deep it stands.
struct Line<'a> {
    depth: usize,
    key: &'a str,
    value: &'a str,
}

impl<'a> Line<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let inner = line.trim_start_matches(' ');
        let (key, value) = match inner.chars().next()? {
            quote @ ('\'' | '"') => {
                let (key, rest) = inner.get(1..)?.split_once(quote)?;
                (key, rest.strip_prefix(':')?)
            }
            '#' | '-' => return None,
            _ => match inner.split_once(": ") {
                Some(parts) => parts,
                None => (inner.trim_end().strip_suffix(':')?, ""),
            },
        };
        let blanks = line.len() - inner.len();
        let value = value.trim();
        let unquoted = ['\'', '"'].iter().find_map(|quote| {
            let inner = value.strip_prefix(*quote)?;
            inner.strip_suffix(*quote)
        });
        blanks.is_multiple_of(2).then(|| Self {
            depth: blanks / 2,
            key,
            value: unquoted.unwrap_or(value),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NINTH: &str = "lockfileVersion: '9.0'

settings:
  autoInstallPeers: true

overrides:
  left>right@1: 2.0.0
  '@s/fixed': 1.0.0
  left>away: '-'
  gone: '-'

importers:

  .:
    devDependencies:
      husky:
        specifier: ^9
        version: 9.0.0

  apps/web:
    dependencies:
      '@s/env':
        specifier: 'catalog:'
        version: 16.4.6
      '@s/fixed':
        specifier: 1.0.0
        version: 1.0.0
      next:
        specifier: ^16.0.0
        version: 16.4.6(react-dom@19.3.1(react@19.3.1))(react@19.3.1)
      own:
        specifier: workspace:*
        version: link:../own
    optionalDependencies:
      fsevents:
        specifier: ^2
        version: 2.0.0

packages:

  next@16.4.6:
    resolution: {integrity: sha512-0}
    dependencies:
      husky: 8.0.0
";

    fn of(map: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
        map.iter()
            .map(|(name, it)| (name.as_str(), it.as_str()))
            .collect()
    }

    #[test]
    fn each_package_of_a_workspace_is_read_for_itself() {
        let web = pnpm_lock(NINTH, "apps/web").expect("it is known");
        assert_eq!(
            of(&web.asked),
            [
                ("@s/env", "catalog:"),
                ("next", "^16.0.0"),
                ("own", "workspace:*")
            ]
        );
        assert_eq!(web.versions.get("next").map(String::as_str), Some("16.4.6"));
        assert_eq!(
            web.overridden,
            ["@s/fixed", "away", "gone", "right"]
                .map(str::to_owned)
                .into()
        );
        assert_eq!(web.removed, ["gone".to_owned()].into());
        let top = pnpm_lock(NINTH, "").expect("it is known");
        assert_eq!(of(&top.asked), [("husky", "^9")]);
        assert_eq!(pnpm_lock(NINTH, "apps/other"), None);
        let own = "---\nlockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    configDependencies: {}\n";
        let both = pnpm_lock(&format!("{own}\n---\n{NINTH}"), "");
        assert_eq!(both, Some(top));
    }

    #[test]
    fn a_package_alone_has_no_importers_in_the_sixth_format() {
        let sixth = "lockfileVersion: '6.0'\n\ndependencies:\n  zod:\n    specifier: ^3.0.0\n    version: 3.2.1\n\npackages:\n\n  /zod@3.2.1:\n    resolution: {integrity: sha512-0}\n    dev: false\n";
        let lock = pnpm_lock(sixth, "").expect("it is known");
        assert_eq!(of(&lock.asked), [("zod", "^3.0.0")]);
        assert_eq!(of(&lock.versions), [("zod", "3.2.1")]);
        for other in [sixth.replace("6.0", "5.4"), String::new(), "{}".to_owned()] {
            assert_eq!(pnpm_lock(&other, ""), None);
        }
    }
}
