//! What a manifest says otherwise than when the lock was written.

use std::collections::BTreeSet;

use crate::code::lock::WebLock;
use crate::gather::packages::WebPackages;
use crate::toolchain::{Range, Verdict, Version};
use crate::workspace::stack::{Manager, Web};

/// What differs from when the lock was written, by what was read or by what bun says.
pub(super) fn since(
    web: &Web,
    packages: &WebPackages,
    lock: &WebLock,
    said: &Verdict,
) -> Vec<String> {
    match said {
        // What it hears nothing of it leaves out where it may be missing, and says nothing.
        Verdict::InStep => optional_since(packages, lock).cloned().collect(),
        Verdict::Older(why) => {
            let names = changed(web, packages, lock);
            if names.is_empty() {
                let why = why.as_deref().unwrap_or("bun would write another one");
                return vec![why.to_owned()];
            }
            names
        }
        _ => changed(web, packages, lock),
    }
}

/// The packages of which the manifest says something else than when the lock was written.
fn changed(web: &Web, packages: &WebPackages, lock: &WebLock) -> Vec<String> {
    // What is overridden is locked as something else than what is asked for.
    let is_plain = |name: &String| {
        let by_manifest = || packages.overridden.contains_key(name);
        !lock.overridden.contains(name) && (by_version(web.manager) || !by_manifest())
    };
    let changed = packages
        .asked
        .iter()
        .filter(|(name, _)| is_plain(name))
        .filter(|(name, range)| match lock.asked.get(*name) {
            Some(then) => then != *range && !is_taken(web.manager, lock, name, [then, range]),
            None => true,
        });
    // npm takes a lock that has more than is asked for, and that of pnpm has what peers are needed, too.
    let gone = lock
        .asked
        .keys()
        .filter(|name| web.manager == Manager::Bun && !packages.asked.contains_key(*name));
    let names: BTreeSet<&String> = changed
        .map(|(name, _)| name)
        .chain(gone)
        .chain(overridden_since(web.manager, packages, lock))
        .chain(catalogued_since(web.manager, packages, lock))
        .chain(overridden_within_since(web.manager, packages, lock))
        .chain(joined_since(web.manager, packages, lock))
        .chain(optional_since(packages, lock))
        .collect();
    names.into_iter().cloned().collect()
}

/// What may be missing and was not asked for when bun wrote its lock, or is no more.
fn optional_since<'a>(
    packages: &'a WebPackages,
    lock: &'a WebLock,
) -> impl Iterator<Item = &'a String> {
    let then = lock.optional.iter();
    then.flat_map(|then| then.symmetric_difference(&packages.optional))
}

/// What is overridden by another version than when bun wrote its lock, which it refuses then if it is told not
/// to change it.
fn overridden_since<'a>(
    manager: Manager,
    packages: &'a WebPackages,
    lock: &'a WebLock,
) -> impl Iterator<Item = &'a String> {
    let plain = packages.overridden.iter().filter_map(|(name, version)| {
        let version = version.as_ref()?;
        (lock.fixed.get(name) != Some(version)).then_some(name)
    });
    let gone = lock.fixed.keys();
    let gone = gone.filter(|name| !name.contains('@') || name.starts_with('@'));
    let gone = gone.filter(|name| !packages.overridden.contains_key(*name));
    plain.chain(gone).filter(move |_| manager == Manager::Bun)
}

/// The same within single packages, by those. A lock of an older form has nothing of it.
fn overridden_within_since<'a>(
    manager: Manager,
    packages: &'a WebPackages,
    lock: &'a WebLock,
) -> impl Iterator<Item = &'a String> {
    let now = &packages.overridden_within;
    let then = lock
        .fixed_within
        .as_ref()
        .filter(|_| manager == Manager::Bun);
    then.into_iter().flat_map(move |then| {
        let is_same = |name: &String| match (then.get(name), now.get(name)) {
            (Some(then), Some(now)) => {
                then.keys().eq(now.keys()) && {
                    let mut both = then.values().zip(now.values());
                    both.all(|(then, now)| now.as_ref().is_none_or(|now| now == then))
                }
            }
            _ => false,
        };
        let names: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
        let differ: Vec<&String> = names.into_iter().filter(|it| !is_same(it)).collect();
        differ
    })
}

/// The workspaces that came since bun wrote its lock. One that is gone it takes for nothing that changed.
fn joined_since<'a>(
    manager: Manager,
    packages: &'a WebPackages,
    lock: &'a WebLock,
) -> impl Iterator<Item = &'a String> {
    let now = packages.workspaces.iter().flatten();
    now.filter(move |dir| manager == Manager::Bun && !lock.workspaces.contains(*dir))
}

/// What has another range in its catalog than when bun wrote its lock. Only who asks for it in both is compared: any
/// other was told.
fn catalogued_since<'a>(
    manager: Manager,
    packages: &'a WebPackages,
    lock: &'a WebLock,
) -> impl Iterator<Item = &'a String> {
    let now = packages.catalogued.iter();
    let now = now.filter(move |_| manager == Manager::Bun);
    let changed = now.filter(|(name, range)| {
        let then = lock.catalogued.get(*name);
        then.is_some_and(|then| then != *range)
    });
    changed.map(|(name, _)| name)
}

/// Whether a range that was changed is no reason to lock anew: `npm ci` and `bun install --frozen-lockfile`
/// take a lock whose version lies in it. The others compare how it is written.
fn is_taken(manager: Manager, lock: &WebLock, name: &str, ranges: [&str; 2]) -> bool {
    let version = lock.versions.get(name).and_then(|it| Version::parse(it));
    // A tag, a folder or an address says nothing of versions.
    let [then, now] = ranges.map(Range::of_npm);
    let are_ranges = then.unread().is_empty() && now.unread().is_empty();
    by_version(manager) && are_ranges && version.is_some_and(|version| now.contains(&version))
}

/// Whether a manager looks at versions, where the others compare how ranges are written.
fn by_version(manager: Manager) -> bool {
    matches!(manager, Manager::Npm | Manager::Bun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_bun_says_counts_before_what_was_read_and_adds_to_it() {
        let web = Web {
            dir: "".into(),
            top: "".into(),
            manager: Manager::Bun,
            fixed_port: None,
            has_dev: true,
            is_next: true,
        };
        let asked = |range: &str| [("zod".to_owned(), range.to_owned())].into();
        let packages = WebPackages {
            asked: asked("^4"),
            ..WebPackages::default()
        };
        let of = |then: &str, said: &Verdict| {
            let lock = WebLock {
                asked: asked(then),
                ..WebLock::default()
            };
            since(&web, &packages, &lock, said)
        };
        let older = |why: Option<&str>| Verdict::Older(why.map(str::to_owned));
        assert_eq!(of("^3", &Verdict::Unknown), ["zod"]);
        assert_eq!(of("^3", &older(Some("zod@^4"))), ["zod"]);
        assert!(of("^3", &Verdict::InStep).is_empty());
        assert!(of("^4", &Verdict::Unknown).is_empty());
        assert_eq!(
            of("^4", &older(Some("a was added in packages/ui"))),
            ["a was added in packages/ui"]
        );
        assert_eq!(of("^4", &older(None)), ["bun would write another one"]);
        let lock = WebLock {
            asked: asked("^4"),
            optional: Some(["pg".to_owned()].into()),
            ..WebLock::default()
        };
        for said in [Verdict::Unknown, Verdict::InStep, older(None)] {
            assert_eq!(since(&web, &packages, &lock, &said), ["pg"]);
        }
    }
}
