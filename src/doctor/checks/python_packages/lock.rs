//! Whether the lock fits the manifests, and what is installed fits the lock.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Finding, Severity};
use crate::doctor::Cure;
use crate::gather::packages::{Member, PythonPackages};
use crate::text::remedy::open_at;
use crate::toolchain::{Range, Version};

use super::super::kept::{Kept, sides};
use super::{OUT_OF_STEP, few};

/// A lock of which nothing can be read: uv installs nothing with it, and refuses to overwrite it.
pub(super) fn unread(packages: &PythonPackages, why: &str, kept: Kept) -> Finding {
    let file = packages.dir.join("uv.lock");
    let line = match kept {
        _ if packages.lock_is_folder => aside(kept),
        Kept::Whole => "git checkout HEAD -- uv.lock && uv lock",
        Kept::Broken | Kept::Nowhere if cfg!(windows) => "del uv.lock && uv lock",
        Kept::Broken | Kept::Nowhere => "rm uv.lock && uv lock",
    };
    let alone = "or delete it: `uv lock` chooses all versions anew".to_owned();
    let finding = Finding::new(&OUT_OF_STEP, format!("{file} cannot be read: {why}"))
        .severity(Severity::Error);
    let finding = if packages.lock_is_folder {
        finding.note("uv writes no lock in its place")
    } else {
        finding.note(kept.note(alone, "uv.lock"))
    };
    let finding = match sides(why, &file) {
        Some(sides) => finding.note(sides),
        None => finding,
    };
    let finding = if packages.installed.is_none() {
        finding.note("there is no Python environment yet: nothing is installed")
    } else {
        finding
    };
    let finding = finding.help(Cure::new(line).within(packages.dir.clone()).typed());
    finding.in_file(file)
}

/// What puts a folder aside that is in the lock's place, and makes the lock.
fn aside(kept: Kept) -> &'static str {
    match kept {
        Kept::Whole if cfg!(windows) => {
            "move uv.lock uv.lock.old && git checkout HEAD -- uv.lock && uv lock"
        }
        Kept::Whole => "mv uv.lock uv.lock.old && git checkout HEAD -- uv.lock && uv lock",
        _ if cfg!(windows) => "move uv.lock uv.lock.old && uv lock",
        _ => "mv uv.lock uv.lock.old && uv lock",
    }
}

/// A lock that is missing, or older than the manifests.
pub(super) fn stale(
    packages: &PythonPackages,
    settings: &BTreeMap<String, Option<String>>,
) -> Option<Finding> {
    let file = packages.dir.join("uv.lock");
    let lock = match packages.lock.as_ref() {
        Some(Ok(lock)) => lock,
        // It was told by itself.
        Some(Err(_)) => return None,
        None if asks_for_nothing(packages) => return None,
        None => {
            let message = format!("there is no {file}: every installation may get other versions");
            return Some(Finding::new(&OUT_OF_STEP, message).subject("python"));
        }
    };
    let mut stale: Vec<String> = packages
        .members
        .iter()
        .filter_map(|member| {
            let mut differs = lock.differs(&member.name, member.asks());
            let is_asked = |part: &_| member.asks().any(|(of, _)| of == *part);
            differs.extend(lock.differs_in_itself(&member.name, &member.own(), is_asked));
            (!differs.is_empty()).then(|| format!("{} ({})", member.name, few(&differs)))
        })
        .collect();
    if let Some(locked) = &lock.requires_python
        && !same_pythons(locked, &packages.members)
    {
        stale.push(format!("requires-python (locked for {locked})"));
    }
    stale.extend(lock.differs_everywhere(&packages.everywhere));
    stale.extend(lock.differs_in_settings(settings));
    (!stale.is_empty()).then(|| {
        let message = format!("{file} is older than the manifests: {}", few(&stale));
        Finding::new(&OUT_OF_STEP, message).in_file(file)
    })
}

/// A version that a member asks for and that the workspace's own bounds exclude: no lock has both.
pub(super) fn excluded(packages: &PythonPackages) -> Option<Finding> {
    let everywhere = &packages.everywhere;
    let is_instead = |name: &str| everywhere.overrides.iter().any(|it| it.name == name);
    let bounds = |name: &str| {
        let mut all = everywhere.constraints.iter();
        all.find(|it| it.name == name && !it.conditional && !it.bounds.is_empty())
    };
    let each = packages.members.iter().flat_map(|member| {
        let asked = member.requirements.iter();
        asked.map(move |asked| (member, asked))
    });
    let mut excluded = each.filter_map(|(member, asked)| {
        let version = asked.bounds.strip_prefix("==")?;
        let version = Version::parse(version).filter(|_| !version.contains(['*', ',']))?;
        let bound = bounds(&asked.name)?;
        let is_out = !Range::parse(&bound.bounds).contains(&version);
        (is_out && !asked.conditional && !is_instead(&asked.name)).then_some((member, asked, bound))
    });
    let (member, asked, bound) = excluded.next()?;
    let file = packages.dir.join("pyproject.toml");
    let message = format!(
        "{} asks for {} {}, and constraint-dependencies allows {} {} ({file}:{})",
        member.name, asked.name, asked.bounds, bound.name, bound.bounds, packages.constraints_at
    );
    Some(
        Finding::new(&OUT_OF_STEP, message)
            .severity(Severity::Error)
            .subject(asked.name.as_str())
            .help(open_at(file.as_str(), packages.constraints_at))
            .in_file(file)
            .note("no versions satisfy both, so uv locks and installs nothing"),
    )
}

/// Versions that are installed and that the lock, which fits the manifests, does not have.
pub(super) fn other(
    packages: &PythonPackages,
    installed: &BTreeMap<String, String>,
) -> Option<Finding> {
    let Some(Ok(lock)) = &packages.lock else {
        return None;
    };
    let file = packages.dir.join("uv.lock");
    let other: Vec<String> = installed
        .iter()
        .filter_map(|(name, version)| {
            let locked = lock.versions.get(name)?;
            (!locked.contains(version)).then(|| format!("{name} {version}"))
        })
        .collect();
    (!other.is_empty()).then(|| {
        let message = format!(
            "installed are other versions than {file} has: {}",
            few(&other)
        );
        Finding::new(&OUT_OF_STEP, message).in_file(file)
    })
}

fn asks_for_nothing(packages: &PythonPackages) -> bool {
    packages
        .members
        .iter()
        .all(|member| member.asks().next().is_none())
}

/// Whether the lock was made for the versions of Python that all members work with: uv writes one range
/// for all of them, so what it holds is compared, not how it is written.
fn same_pythons(locked: &str, members: &[Member]) -> bool {
    let asked: Vec<&str> = members
        .iter()
        .filter_map(|member| member.requires_python.as_deref())
        .filter(|range| !range.trim().is_empty())
        .collect();
    // Without one uv takes the Python that it happens to find.
    if asked.is_empty() {
        return true;
    }
    let texts = || std::iter::once(locked).chain(asked.iter().copied());
    let then = Range::parse(locked);
    let now: Vec<Range> = asked.iter().map(|range| Range::parse(range)).collect();
    probes(texts()).iter().all(|probe| {
        Version::parse(probe).is_none_or(|version| {
            then.contains(&version) == now.iter().all(|range| range.contains(&version))
        })
    })
}

/// Versions among which two ranges that differ do so: each that is named, its neighbours, and the first
/// of every line.
fn probes<'a>(ranges: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let mut probes: BTreeSet<String> = (0..40).map(|minor| format!("3.{minor}.0")).collect();
    probes.extend(["2.7.18".to_owned(), "4.0.0".to_owned()]);
    for part in ranges.flat_map(|range| range.split(',')) {
        let numbers: Vec<u64> = part
            .trim()
            .trim_start_matches(|c: char| !c.is_ascii_digit())
            .split('.')
            .map_while(|number| number.trim().parse().ok())
            .collect();
        let Some(major) = numbers.first() else {
            continue;
        };
        let minor = numbers.get(1).copied().unwrap_or(0);
        let patch = numbers.get(2).copied().unwrap_or(0);
        for patch in patch.saturating_sub(1)..=patch.saturating_add(1) {
            probes.insert(format!("{major}.{minor}.{patch}"));
        }
    }
    probes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_python_are_compared_by_what_they_hold() {
        let same = |locked: &str, asked: &[&str]| {
            let members: Vec<Member> = asked
                .iter()
                .map(|range| Member {
                    requires_python: Some((*range).to_owned()),
                    ..Member::default()
                })
                .collect();
            same_pythons(locked, &members)
        };
        assert!(same(">=3.11, <3.16", &[">=3.11,<3.16", ">=3.9"]));
        assert!(same(">=3.11", &[">=3.11.0"]));
        assert!(same(">=3.9", &[]));
        assert!(!same(">=3.11, <3.16", &[">=3.12,<3.16"]));
        assert!(!same(">=3.11", &[">=3.11.2"]));
        assert!(!same(">=3.11, <3.16", &[">=3.11"]));
    }
}
