//! The frontend's packages: installed, and in step with its manifest and lock.

mod installed;
mod restrained;
mod since;

use camino::Utf8Path;

use crate::code::lock;
use crate::code::manifest;
use crate::diagnostic::{Finding, Severity};
use crate::doctor::facts::at_once;
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::packages::WebPackages;
use crate::gather::tools::Stepped;
use crate::gather::venv::Obstacle;
use crate::gather::web::{Lack, LostPatch, LostWorkspace, Unsourced};
use crate::system::fs;
use crate::text::command::Command;
use crate::text::remedy::open_at;
use crate::toolchain::{self, Refusal, Verdict};
use crate::workspace::stack::{Broken, Manager, Web};

use super::foreign::Taking;
use super::kept::{Kept, restored, sides};
use super::python_packages::{MISSING, OUT_OF_STEP, few, put_aside};
use super::{foreign, waits};
use since::since;

pub(super) fn ask(facts: &Facts) -> Answer {
    let (asked, packages) = at_once(|| facts.bun_lock(), || facts.packages());
    let said = &asked.said.verdict;
    // What bun takes it does not refuse, whatever it seems to; Node reads the file, too.
    let is_taken =
        |it: &Broken| *said == Verdict::InStep && manifest::package_json(it.source.text()).is_ok();
    let broken = packages.broken.iter().filter(|it| !it.is_python());
    if let Some(answer) = waits::told(broken.filter(|it| !is_taken(it))) {
        return answer;
    }
    match (&facts.sides().web, &packages.web) {
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
            if let Verdict::Refused(refusal) = said {
                return Answer::default().problem(refused(web, asked, refusal));
            }
            // A lock that cannot be read may be what it fails at.
            if let (Verdict::Unable(words), Some((_, Ok(_)))) = (said, &packages.lock) {
                return Answer::default().problem(unable(facts, web, words));
            }
            let answer = || {
                unread(web, packages, said, |lock| kept(facts, lock))
                    .unwrap_or_else(|| judged(web, packages, said))
            };
            let install = || install(web, packages, said);
            match &packages.refusal {
                Some(it) => foreign::told(it, &MISSING, install, Taking::of(facts), answer),
                None => answer(),
            }
        }
        _ => Answer::irrelevant("no package.json"),
    }
}

/// What bun says that it refuses, and that was not read as wrong.
fn refused(web: &Web, asked: &Stepped, refusal: &Refusal) -> Finding {
    let finding = if let Some(broken) = &asked.refused {
        broken.refused_by("bun")
    } else {
        let message = format!("bun refuses what package.json says: {}", refusal.why);
        let shows = Cure::new("bun install").within(web.top.clone());
        let finding = Finding::new(&OUT_OF_STEP, message).severity(Severity::Error);
        finding.subject("web").help(shows.typed())
    };
    finding.note("bun installs nothing until then, and nothing else is compared")
}

/// That bun reads nothing here, though nothing is wrong with what it is to read.
fn unable(facts: &Facts, web: &Web, words: &str) -> Finding {
    let message = format!("bun does not work here: it ends with {words} over a sound lock");
    let finding = Finding::new(&toolchain::SILENT, message).subject("bun");
    if cfg!(target_os = "linux") && !fs::exists(Utf8Path::new("/proc/self")) {
        let mounts = facts.installers().as_admin("mount -t proc proc /proc");
        return finding
            .note("/proc is not mounted: bun reads there how large its stack is")
            .help(mounts);
    }
    let shows = Cure::new(toolchain::BUN_IN_STEP.join(" ")).within(web.top.clone());
    finding.help(shows.typed())
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
fn unread(
    web: &Web,
    packages: &WebPackages,
    said: &Verdict,
    kept: impl Fn(&Utf8Path) -> Kept,
) -> Option<Answer> {
    let (path, why) = match (packages.lock.as_ref()?, said) {
        (_, Verdict::InStep) => return None,
        ((path, Err(why)), _) | ((path, Ok(_)), Verdict::Unread(why)) => (path, why),
        _ => return None,
    };
    let finding = Finding::new(&OUT_OF_STEP, format!("{path} cannot be read: {why}"));
    let install = install(web, packages, said);
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
    // Nothing starts then, however little the lock alone keeps from it.
    let is_there = packages.is_plug_and_play || packages.installed.is_some();
    let finding = if is_there || packages.asked.is_empty() {
        finding
    } else {
        let missing = missing(web, packages).message;
        let note = format!("{missing}: nothing is installed");
        finding.severity(Severity::Error).note(note)
    };
    Some(if kept == Kept::Whole {
        // What its changes are worth only a person knows.
        let line = match packages.lost_lock {
            Some(_) => install.line.clone(),
            None => format!("{} && {}", restored(file), install.line),
        };
        Answer::default().problem(finding.help(install.line(line).typed()))
    } else {
        Answer::default().mended_by(finding, install)
    })
}

/// What installs all of it.
fn install(web: &Web, packages: &WebPackages, said: &Verdict) -> Cure {
    let install = match packages.lost_lock {
        Some(lock) => {
            let manager = Manager::of_lock(lock).unwrap_or(web.manager);
            format!("{} && {} install", restored(lock), manager.program())
        }
        None => format!("{} install", web.manager.program()),
    };
    let install = match &packages.restraints.frozen {
        // What is installed by an old lock lacks what the manifest has by now, or nothing is.
        Some(it) if is_behind(web, packages, said) => restrained::past(it, &install),
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
fn is_behind(web: &Web, packages: &WebPackages, said: &Verdict) -> bool {
    let lock = packages.lock.as_ref().map(|(_, lock)| lock.as_ref());
    let is_older = lock
        .is_some_and(|lock| lock.is_ok_and(|lock| !since(web, packages, lock, said).is_empty()));
    (!packages.is_locked && packages.lost_lock.is_none()) || is_older
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

fn judged(web: &Web, packages: &WebPackages, said: &Verdict) -> Answer {
    let cure = install(web, packages, said);
    if packages.asked.is_empty() {
        let answer = Answer::found("no dependencies");
        return match said {
            Verdict::Older(_) => of_lock(web, packages, said, answer, cure),
            _ => answer,
        };
    }
    let answer = match &packages.installed {
        // They are loaded out of archives, by a file that the manager writes.
        _ if packages.is_plug_and_play => Answer::found("Plug'n'Play: no node_modules"),
        Some(installed) => installed::judge(web, packages, installed, &cure),
        None => return Answer::default().mended_by(missing(web, packages), cure),
    };
    of_lock(web, packages, said, answer, cure)
}

/// What is wrong with the lock.
fn of_lock(
    web: &Web,
    packages: &WebPackages,
    said: &Verdict,
    answer: Answer,
    cure: Cure,
) -> Answer {
    if let Some(lock) = packages.lost_lock {
        // A folder in its place was told by itself.
        if packages.lock.is_some() {
            return answer;
        }
        let path = web.top.join(lock);
        let message = format!("{path} is gone, and the last commit has it");
        let finding = Finding::new(&OUT_OF_STEP, message).in_file(path);
        let program = Manager::of_lock(lock).unwrap_or(web.manager).program();
        let finding = finding.note(format!(
            "`{program} install` alone would choose all versions anew"
        ));
        return answer.mended_by(finding, cure);
    }
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
    let names = since(web, packages, lock, said);
    if names.is_empty() {
        return answer;
    }
    let message = format!("{path} is older than package.json: {}", few(&names));
    let finding = Finding::new(&OUT_OF_STEP, message).in_file(path.clone());
    answer.mended_by(restrained::noted(finding, packages), cure)
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
