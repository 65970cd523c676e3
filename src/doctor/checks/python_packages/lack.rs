//! What is not installed, and whether somebody pruned it.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::lock::Part;
use crate::diagnostic::{Finding, Severity};
use crate::gather::packages::{Member, PythonPackages};
use crate::text::{and_list, plural};

use super::told::Told;
use super::{MISSING, few};

/// What a member needs beside the other members, and what of it is not there.
struct Needs<'a> {
    member: &'a Member,
    all: BTreeSet<&'a str>,
    lacking: BTreeSet<&'a str>,
    /// With what is needed on other platforms, and what its groups add.
    possible: BTreeSet<&'a str>,
}

impl Needs<'_> {
    fn folder(&self) -> &str {
        match self.member.dir.as_str() {
            "" => "the root",
            dir => dir,
        }
    }
}

/// What the members need and do not have; where they have all, what their groups add.
pub(super) fn finding(
    packages: &PythonPackages,
    needed: &[&Member],
    installed: &BTreeMap<String, String>,
    told: &Told,
) -> Option<Finding> {
    let each: Vec<Needs<'_>> = needed
        .iter()
        .map(|member| needs(packages, member, installed))
        .collect();
    let lacking = union(each.iter().map(|needs| &needs.lacking));
    if lacking.is_empty() {
        return of_groups(packages, needed, installed, told);
    }
    let shown = named(&each, &lacking);
    let pruned = kept(packages, &each, installed).map(|kept| pruned(&each, kept, &shown));
    let finding = pruned.unwrap_or_else(|| {
        let count = plural(lacking.len(), "package");
        Finding::new(&MISSING, format!("{count} not installed: {}", few(&shown)))
    });
    Some(finding.subject("python"))
}

fn needs<'a>(
    packages: &'a PythonPackages,
    member: &'a Member,
    installed: &BTreeMap<String, String>,
) -> Needs<'a> {
    let all = all(packages, member);
    let is_there = |name: &str| installed.contains_key(name);
    let mut possible: BTreeSet<&str> = member
        .asks()
        .filter(|(part, _)| !matches!(part, Part::Extra(_)))
        .map(|(_, requirement)| requirement.name.as_str())
        .filter(|name| !is_member(packages, name))
        .collect();
    if let Some(Ok(lock)) = &packages.lock {
        let is_member = |name: &str| is_member(packages, name);
        possible.extend(lock.graph.possible(&member.name, is_member));
    }
    Needs {
        member,
        lacking: all.iter().copied().filter(|name| !is_there(name)).collect(),
        all,
        possible,
    }
}

/// Members themselves are left out: one without a build system is in the workspace and never installed.
/// What a manifest names counts also where the lock does not know of it yet.
fn all<'a>(packages: &'a PythonPackages, member: &'a Member) -> BTreeSet<&'a str> {
    let is_left_out = |name: &str| is_left_out(packages, name);
    let direct = member
        .requirements
        .iter()
        .filter(|requirement| !requirement.conditional && !is_left_out(&requirement.name))
        .map(|requirement| requirement.name.as_str());
    let mut all: BTreeSet<&str> = direct.filter(|name| !is_member(packages, name)).collect();
    if let Some(Ok(lock)) = &packages.lock {
        all.extend(
            lock.graph
                .closure(&member.name, |name| is_member(packages, name)),
        );
    }
    all
}

/// What is excluded is installed nowhere, and what is overridden with a condition maybe.
fn is_left_out(packages: &PythonPackages, name: &str) -> bool {
    let everywhere = &packages.everywhere;
    let mut overrides = everywhere.overrides.iter();
    everywhere.excluded.contains(name) || overrides.any(|it| it.name == name && it.conditional)
}

fn is_member(packages: &PythonPackages, name: &str) -> bool {
    packages.members.iter().any(|member| member.name == name)
}

/// What the manifests name stands before what only others need: people know those.
fn named(each: &[Needs<'_>], names: &BTreeSet<&str>) -> Vec<String> {
    let direct = |name: &str| {
        let mut members = each.iter().flat_map(|needs| &needs.member.requirements);
        members.any(|requirement| requirement.name == name)
    };
    let (first, others): (Vec<&str>, Vec<&str>) =
        names.iter().copied().partition(|name| direct(name));
    first.into_iter().chain(others).map(str::to_owned).collect()
}

/// The member that somebody installed inside of: all is there that it reaches, and nothing that is only
/// for others. Where single packages were removed, others of the same members are still there.
fn kept<'a>(
    packages: &PythonPackages,
    each: &'a [Needs<'a>],
    installed: &BTreeMap<String, String>,
) -> Option<&'a Needs<'a>> {
    let fits = |needs: &&Needs<'_>| {
        let reached = reached(each, needs.member);
        let its_own: BTreeSet<&str> = union(reached.iter().map(|needs| &needs.possible));
        let mut others = each.iter().flat_map(|needs| &needs.possible);
        reached.iter().any(|needs| !needs.all.is_empty())
            && reached.iter().all(|needs| needs.lacking.is_empty())
            && others.all(|name| its_own.contains(name) || !installed.contains_key(*name))
    };
    let found = each.iter().filter(fits);
    found
        .max_by_key(|needs| needs.all.len())
        .filter(|_| packages.is_workspace)
}

/// A member and those that it reaches.
fn reached<'a>(each: &'a [Needs<'a>], member: &Member) -> Vec<&'a Needs<'a>> {
    let find = |name: &str| each.iter().find(|needs| needs.member.name == name);
    let mut reached: Vec<&Needs<'_>> = find(&member.name).into_iter().collect();
    let mut at = 0;
    while let Some(needs) = reached.get(at).copied() {
        for requirement in &needs.member.requirements {
            if let Some(next) = find(&requirement.name)
                && !reached
                    .iter()
                    .any(|known| known.member.name == next.member.name)
            {
                reached.push(next);
            }
        }
        at += 1;
    }
    reached
}

fn union<'a: 'b, 'b>(sets: impl Iterator<Item = &'b BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    sets.flatten().copied().collect()
}

fn pruned(each: &[Needs<'_>], kept: &Needs<'_>, shown: &[String]) -> Finding {
    let of: Vec<&str> = each
        .iter()
        .filter(|needs| !needs.lacking.is_empty())
        .map(Needs::folder)
        .collect();
    let inside = match kept.member.dir.as_str() {
        "" => "a member",
        dir => dir,
    };
    Finding::new(
        &MISSING,
        format!(
            "the environment is pruned: it lacks packages of {} ({})",
            and_list(&of),
            few(shown)
        ),
    )
    .note(format!(
        "all of {} is there: a `uv sync` inside {inside} removes what the other members need",
        kept.member.name
    ))
}

/// What chosen extras add: under the variable that chooses one, the program imports it.
pub(super) fn of_extras(
    packages: &PythonPackages,
    extras: &[String],
    installed: &BTreeMap<String, String>,
) -> Option<Finding> {
    let mut lacking: BTreeSet<&str> = BTreeSet::new();
    for (member, extra) in packages
        .members
        .iter()
        .flat_map(|member| extras.iter().map(move |extra| (member, extra)))
    {
        let asked = member.extras.get(extra).into_iter().flatten();
        let asked = asked.filter(|it| !it.conditional);
        lacking.extend(asked.map(|it| it.name.as_str()));
        if let Some(Ok(lock)) = &packages.lock {
            let is_member = |name: &str| is_member(packages, name);
            lacking.extend(lock.graph.of_extra(&member.name, extra, is_member));
        }
    }
    lacking.retain(|name| !is_member(packages, name) && !installed.contains_key(*name));
    let shown: Vec<String> = lacking.iter().map(|name| (*name).to_owned()).collect();
    (!shown.is_empty()).then(|| {
        let extras: Vec<&str> = extras.iter().map(String::as_str).collect();
        let message = format!(
            "packages of the extra{} {} are not installed: {}",
            if extras.len() == 1 { "" } else { "s" },
            and_list(&extras),
            few(&shown)
        );
        Finding::new(&MISSING, message)
            .subject("python")
            .note("STORAGE_PROVIDER is azure, so the API imports them")
    })
}

/// What groups add that uv installs unasked: the programs run without it, the tests do not.
fn of_groups(
    packages: &PythonPackages,
    needed: &[&Member],
    installed: &BTreeMap<String, String>,
    told: &Told,
) -> Option<Finding> {
    let mut groups: BTreeSet<&str> = BTreeSet::new();
    let mut lacking: BTreeSet<&str> = BTreeSet::new();
    for member in needed {
        let groups_of = member.default_groups.iter();
        for group in groups_of.filter(|group| told.takes(group)) {
            let asked = member.groups.get(group).into_iter().flatten();
            let asked = asked
                .filter(|it| !it.conditional)
                .map(|it| it.name.as_str());
            let mut names: BTreeSet<&str> = asked.collect();
            if let Some(Ok(lock)) = &packages.lock {
                let is_member = |name: &str| is_member(packages, name);
                names.extend(lock.graph.of_group(&member.name, group, is_member));
            }
            names.retain(|name| !is_member(packages, name) && !installed.contains_key(*name));
            names.retain(|name| !packages.everywhere.excluded.contains(*name));
            if !names.is_empty() {
                groups.insert(group);
                lacking.extend(names);
            }
        }
    }
    let shown: Vec<String> = lacking.iter().map(|name| (*name).to_owned()).collect();
    let groups: Vec<&str> = groups.into_iter().collect();
    (!shown.is_empty()).then(|| {
        let message = format!(
            "packages of the group{} {} are not installed: {}",
            if groups.len() == 1 { "" } else { "s" },
            and_list(&groups),
            few(&shown)
        );
        Finding::new(&MISSING, message)
            .severity(Severity::Warning)
            .subject("python")
    })
}
