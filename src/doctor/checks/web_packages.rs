//! The frontend's packages: installed, and in step with its manifest and lock.

mod installed;
mod restrained;

use std::collections::BTreeSet;

use camino::Utf8Path;

use crate::code::lock::{self, WebLock};
use crate::diagnostic::Finding;
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::packages::WebPackages;
use crate::gather::venv::Obstacle;
use crate::gather::web::{Lack, LostPatch, LostWorkspace, Unsourced};
use crate::text::command::Command;
use crate::text::remedy::open_at;
use crate::toolchain::{Range, Version};
use crate::workspace::stack::{Manager, Web};

use super::kept::{Kept, sides};
use super::python_packages::{MISSING, OUT_OF_STEP, few, put_aside};
use super::{foreign, waits};

pub(super) fn ask(facts: &Facts) -> Answer {
    let broken = facts.manifests().broken.iter().filter(|it| !it.is_python());
    if let Some(answer) = waits::told(broken) {
        return answer;
    }
    match (&facts.sides().web, &facts.packages().web) {
        (Some(web), Some(packages)) => {
            // Nothing is installed before they are there.
            if !packages.lost_workspaces.is_empty() {
                let each = packages.lost_workspaces.iter();
                return each.map(lost).fold(Answer::default(), Answer::problem);
            }
            if !packages.lost_patches.is_empty() {
                let each = packages.lost_patches.iter();
                return each.map(unpatched).fold(Answer::default(), Answer::problem);
            }
            // Its way out installs the rest as well, and what installs alone would write over it.
            if !packages.unsourced.is_empty() {
                let each = packages.unsourced.iter();
                let each = each.map(|it| unsourced(web, it));
                return each.fold(Answer::default(), Answer::problem);
            }
            let answer = || {
                unread_lock(web, packages, |lock| kept(facts, lock))
                    .unwrap_or_else(|| judge(web, packages))
            };
            let install = || install(web, packages);
            match &packages.refusal {
                Some(it) => foreign::told(it, &MISSING, install, facts.installers(), answer),
                None => answer(),
            }
        }
        _ => Answer::irrelevant("no package.json"),
    }
}

/// A package that is to come from where nothing is.
fn unsourced(web: &Web, it: &Unsourced) -> Finding {
    let Unsourced {
        name,
        asked,
        lack,
        file,
        line,
    } = it;
    let top = web.top.join("package.json");
    let mut note = "put it back, or write where it is now";
    let lack = match lack {
        Lack::Path => "where nothing is".to_owned(),
        Lack::Workspace => format!("and {top} has no `workspaces`"),
        Lack::Catalog => format!("and {top} has no `catalog`"),
        Lack::CatalogOf(catalog) => format!("and {top} has no catalog `{catalog}`"),
        Lack::Entry => format!("and that catalog of {top} lacks it"),
        Lack::Member => format!("and no workspace of {top} has that name"),
        Lack::Link => {
            note = "type `bun link` in the folder of that package, or write where it comes from";
            "and no package of that name is linked here".to_owned()
        }
        Lack::Version(version) => {
            note = "write a range that it fits, or `workspace:*` for any";
            match version {
                Some(version) => format!("and there it has the version {version}"),
                None => "and there it has no version".to_owned(),
            }
        }
    };
    let program = web.manager.program();
    let message = format!("{name} is to come from {asked}, {lack} ({file}:{line})");
    Finding::new(&MISSING, message)
        .subject(name.as_str())
        .in_file(file.clone())
        .note(format!("{program} installs nothing without it: {note}"))
        .help(open_at(file.as_str(), *line))
}

/// A workspace that is named and not there.
fn lost(it: &LostWorkspace) -> Finding {
    let LostWorkspace { named, file, line } = it;
    let message =
        format!("{file} names the workspace `{named}`, where no package.json is ({file}:{line})");
    Finding::new(&MISSING, message)
        .subject("web")
        .in_file(file.clone())
        .note("bun installs nothing without it: put it back, or take it out of `workspaces`")
        .help(open_at(file.as_str(), *line))
}

/// A patch that is named and not there.
fn unpatched(it: &LostPatch) -> Finding {
    let LostPatch {
        package,
        named,
        file,
        line,
    } = it;
    let message =
        format!("{package} is to be patched with {named}, where nothing is ({file}:{line})");
    Finding::new(&MISSING, message)
        .subject("web")
        .in_file(file.clone())
        .note(
            "bun installs nothing without it: put it back, or take it out of `patchedDependencies`",
        )
        .help(open_at(file.as_str(), *line))
}

/// What git has of the lock. One in bytes cannot be told from what git says of it.
fn kept(facts: &Facts, lock: &Utf8Path) -> Kept {
    let is_bytes = lock.extension() == Some("lockb");
    Kept::of(facts, lock, |text| {
        is_bytes || lock::web_lock(text, "").is_ok()
    })
}

/// A lock of which nothing can be read: the installer leaves it aside, chooses all versions anew and writes
/// another one over it.
fn unread_lock(
    web: &Web,
    packages: &WebPackages,
    kept: impl Fn(&Utf8Path) -> Kept,
) -> Option<Answer> {
    let (path, Err(why)) = packages.lock.as_ref()? else {
        return None;
    };
    let finding = Finding::new(&OUT_OF_STEP, format!("{path} cannot be read: {why}"));
    let install = install(web, packages);
    let file = path.file_name().unwrap_or_default();
    if why == lock::FOLDER {
        let aside = Command::new(if cfg!(windows) { "move" } else { "mv" });
        let aside = aside.path(file).path(format!("{file}.old"));
        let line = aside.and(&install.line).to_string();
        let finding = finding.in_file(path.clone());
        return Some(Answer::default().mended_by(finding, install.line(line)));
    }
    let alone = format!(
        "`{} install` alone would choose all versions anew",
        web.manager.program()
    );
    let kept = kept(path);
    let finding = finding.in_file(path.clone()).note(kept.note(alone, file));
    let finding = match sides(why, path) {
        Some(sides) => finding.note(sides),
        None => finding,
    };
    Some(if kept == Kept::Whole {
        // What its changes are worth only a person knows.
        let line = format!("git checkout HEAD -- {file} && {}", install.line);
        Answer::default().problem(finding.help(install.line(line).typed()))
    } else {
        Answer::default().mended_by(finding, install)
    })
}

/// What installs all of it.
fn install(web: &Web, packages: &WebPackages) -> Cure {
    let install = format!("{} install", web.manager.program());
    let install = match &packages.restraints.frozen {
        // What is installed by an old lock lacks what the manifest has by now, or nothing is.
        Some(it) if is_behind(web, packages) => restrained::past(it, &install),
        _ => Cure::new(install),
    };
    let install = install.within(web.top.clone());
    match &packages.in_the_way {
        Some(it) => {
            let line = put_aside(it, &install.line);
            install.line(line)
        }
        None => install,
    }
}

/// Whether there is no lock, or one that is older than the manifest.
fn is_behind(web: &Web, packages: &WebPackages) -> bool {
    let lock = packages.lock.as_ref().map(|(_, lock)| lock.as_ref());
    let is_older =
        lock.is_some_and(|lock| lock.is_ok_and(|lock| !changed(web, packages, lock).is_empty()));
    !packages.is_locked || is_older
}

/// Where packages are to be, and what is there instead.
fn missing(web: &Web, packages: &WebPackages) -> Finding {
    let place = web.top.join("node_modules");
    let told = |message: String| Finding::new(&MISSING, message).subject("web");
    let program = web.manager.program();
    match packages.in_the_way.as_ref().map(|it| &it.what) {
        Some(Obstacle::Link(target)) => {
            told(format!("{place} is a link to {target}, which is gone"))
                .note(format!("{program} installs nothing through such a link"))
        }
        Some(_) => told(format!("{place} is a file, where packages are to be")),
        None => told(format!("there is no {place} yet")),
    }
}

fn judge(web: &Web, packages: &WebPackages) -> Answer {
    let cure = install(web, packages);
    if packages.asked.is_empty() {
        return Answer::found("no dependencies");
    }
    let answer = match &packages.installed {
        // They are loaded out of archives, by a file that the manager writes.
        _ if packages.is_plug_and_play => Answer::found("Plug'n'Play: no node_modules"),
        Some(installed) => installed::judge(web, packages, installed, &cure),
        None => return Answer::default().mended_by(missing(web, packages), cure),
    };
    of_lock(web, packages, answer, cure)
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

/// What is wrong with the lock.
fn of_lock(web: &Web, packages: &WebPackages, answer: Answer, cure: Cure) -> Answer {
    if !packages.is_locked {
        let message = format!(
            "{} has no lock: every installation may get other versions",
            place(web)
        );
        let mut finding = Finding::new(&OUT_OF_STEP, message).subject("web");
        if let Some(other) = &packages.other_lock {
            let program = web.manager.program();
            finding = finding.note(format!(
                "{other} is another manager's: {program} does not read it"
            ));
        }
        return answer.mended_by(restrained::noted(finding, packages), cure);
    }
    // One that cannot be read was told by itself.
    let Some((path, Ok(lock))) = &packages.lock else {
        return answer;
    };
    let names = changed(web, packages, lock);
    if names.is_empty() {
        return answer;
    }
    let message = format!("{path} is older than package.json: {}", few(&names));
    let finding = Finding::new(&OUT_OF_STEP, message).in_file(path.clone());
    answer.mended_by(restrained::noted(finding, packages), cure)
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
        .collect();
    names.into_iter().cloned().collect()
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

/// The folder in words.
fn place(web: &Web) -> &str {
    match web.top.as_str() {
        "" => "the workspace",
        dir => dir,
    }
}

#[cfg(test)]
mod tests;
