//! What is wrong with what is installed.

use std::collections::BTreeMap;

use crate::diagnostic::{Finding, Severity};
use crate::doctor::{Answer, Cure};
use crate::gather::packages::WebPackages;
use crate::text::plural;
use crate::toolchain::{self, Range, Version};
use crate::workspace::stack::{Manager, Web};

use super::super::kept::restored;
use super::super::python_packages::{MISSING, OUT_OF_STEP, few, gone};
use super::super::shut;
use super::restrained;

/// Packages that are there and of which something is gone.
fn damaged(mut answer: Answer, web: &Web, packages: &WebPackages, cure: &Cure) -> Answer {
    // Without the lock that was committed it would be other versions.
    let line = |line: String| {
        cure.clone().line(match packages.lost_lock {
            Some(lock) => format!("{} && {line}", restored(lock)),
            None => line,
        })
    };
    if !packages.hollow.is_empty() {
        let message = format!(
            "the files of installed packages are gone: {}",
            few(&packages.hollow)
        );
        let finding = Finding::new(&MISSING, message)
            .subject("web")
            .note("what describes them is left, so an installer takes them for installed");
        answer = answer.mended_by(finding, line(web.manager.anew()));
    }
    // One line for both, so that they are one matter.
    let broken = packages.gutted.iter().chain(packages.holed.keys());
    if broken.clone().next().is_some() {
        let renewed = web.manager.renewing(packages.is_isolated, broken);
        let gutted: Vec<String> = packages.gutted.iter().cloned().collect();
        let finding = Finding::new(&MISSING, gone(gutted, &packages.holed)).subject("web");
        let finding = if packages.gutted.is_empty() {
            let program = web.manager.program();
            finding.note(format!(
                "what describes the packages is left, so `{program} install` alone restores nothing"
            ))
        } else {
            finding.note(
                "programs in node_modules/.bin lead to nothing; an installer takes the packages for installed",
            )
        };
        answer = answer.mended_by(finding, line(renewed));
    }
    if !packages.lost_programs.is_empty() {
        let message = format!(
            "programs of installed packages are gone: {}",
            few(&packages.lost_programs)
        );
        let finding = Finding::new(&MISSING, message)
            .subject("web")
            .note("scripts look for them in node_modules/.bin");
        answer = answer.mended_by(finding, cure.clone());
    }
    answer
}

/// Packages for this kind of machine that are not there: those without which something fails, and the others.
fn natives(mut answer: Answer, packages: &WebPackages, cure: &Cure) -> Answer {
    let known = |name: &String| toolchain::native(name);
    let fails = |name: &String| {
        known(name).is_some_and(|it| it.is_needed || packages.asked.contains_key(it.owner))
    };
    let all = packages.absent_here.iter().cloned();
    let (needed, others): (Vec<String>, Vec<String>) = all.partition(fails);
    for (names, severity) in [(needed, Severity::Error), (others, Severity::Warning)] {
        if names.is_empty() {
            continue;
        }
        let message = format!(
            "packages for this kind of machine are not installed: {}",
            few(&names)
        );
        let finding = Finding::new(&MISSING, message)
            .severity(severity)
            .subject("web");
        let mut words: Vec<&str> = names
            .iter()
            .map(|name| known(name).map_or("what takes them may do without", |it| it.without))
            .collect();
        words.dedup();
        let finding = words.into_iter().fold(finding, Finding::note);
        answer = answer.mended_by(finding, cure.clone());
    }
    answer
}

/// The answer in which what an installation that was broken off leaves is one matter: whatever the same command
/// installs stands beside the packages that are missing.
fn once(mut answer: Answer, cure: &Cure) -> Answer {
    let line = cure.typed();
    let is_of_it = |it: &Finding| it.help.as_deref() == Some(line.as_str());
    let (mut same, others): (Vec<Finding>, Vec<Finding>) =
        answer.findings.into_iter().partition(is_of_it);
    let further = same.split_off(same.len().min(1));
    if let Some(first) = same.first_mut() {
        for it in further {
            first.notes.push(it.message);
            first.notes.extend(it.notes);
        }
    }
    same.extend(others);
    answer.findings = same;
    answer
}

/// What is missing, and what does not fit.
pub(super) fn judge(
    web: &Web,
    packages: &WebPackages,
    installed: &BTreeMap<String, String>,
    cure: &Cure,
) -> Answer {
    let mut answer = Answer::found(plural(installed.len(), "direct package"));
    let missing: Vec<String> = packages
        .asked
        .keys()
        .filter(|name| !installed.contains_key(*name) && !is_removed(packages, name))
        .chain(&packages.absent)
        .cloned()
        .collect();
    let (left_out, missing) = restrained::left_out(packages, missing);
    if let Some((finding, cure)) = left_out.and_then(|it| restrained::finding(packages, &it, cure))
    {
        answer = answer.mended_by(finding, cure);
    }
    if !missing.is_empty() {
        let message = format!(
            "{} not installed: {}",
            plural(missing.len(), "package"),
            few(&missing)
        );
        let finding = Finding::new(&MISSING, message).subject("web");
        answer = answer.mended_by(finding, cure.clone());
    }
    answer = natives(answer, packages, cure);
    answer = damaged(answer, web, packages, cure);
    if !missing.is_empty() {
        answer = once(answer, cure);
    }
    answer = shut::told(answer, &MISSING, "web", &packages.shut_programs, few);
    let unfit: Vec<String> = packages
        .asked
        .iter()
        .filter_map(|(name, range)| {
            let version = installed.get(name)?;
            let range = packages.catalogued.get(name).unwrap_or(range);
            let asked = range;
            let range = match packages.overridden.get(name) {
                Some(instead) => instead.as_ref()?,
                // pnpm may have it from a file that only the lock tells of.
                None if is_overridden(packages, name) => return None,
                None => range,
            };
            // yarn keeps both, and which of them lies at the top is as it comes.
            let is_asked = web.manager == Manager::Yarn && fits(asked, version);
            (!is_asked && !fits(range, version)).then(|| format!("{name} {version}, needs {range}"))
        })
        .collect();
    if !unfit.is_empty() {
        let message = format!("installed versions do not fit: {}", few(&unfit));
        let finding = Finding::new(&OUT_OF_STEP, message)
            .severity(Severity::Error)
            .subject("web");
        answer = answer.mended_by(finding, cure.clone());
    } else if let Some((path, Ok(lock))) = &packages.lock {
        let is_version = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        let other: Vec<String> = installed
            .iter()
            // A private package of the workspace may have none.
            .filter(|(_, version)| !version.is_empty())
            .filter_map(|(name, version)| {
                let locked = lock.versions.get(name).filter(|it| is_version(it))?;
                (without_build(locked) != without_build(version))
                    .then(|| format!("{name} {version}, locked {locked}"))
            })
            .collect();
        if !other.is_empty() {
            let message = format!(
                "installed are other versions than {path} has: {}",
                few(&other)
            );
            let finding = Finding::new(&OUT_OF_STEP, message).in_file(path.clone());
            answer = answer.mended_by(finding, cure.clone());
        }
    }
    answer
}

/// A version without what was noted of its build (`+build.1`): for npm it is the same one, which locks name without.
fn without_build(version: &str) -> &str {
    version.split('+').next().unwrap_or_default()
}

/// Whether the lock has another version than the one that is asked for, on purpose.
fn is_overridden(packages: &WebPackages, name: &str) -> bool {
    let lock = packages.lock.as_ref().map(|(_, lock)| lock.as_ref());
    lock.is_some_and(|lock| lock.is_ok_and(|lock| lock.overridden.contains(name)))
}

/// Whether pnpm is told to install it nowhere.
fn is_removed(packages: &WebPackages, name: &str) -> bool {
    let lock = packages.lock.as_ref().map(|(_, lock)| lock.as_ref());
    let by_lock = lock.is_some_and(|lock| lock.is_ok_and(|lock| lock.removed.contains(name)));
    let by_manifest = packages.overridden.get(name).and_then(Option::as_deref);
    by_lock || by_manifest == Some("-")
}

/// Whether a version lies in a range of npm's. Tags, paths and URLs say nothing about versions.
fn fits(range: &str, version: &str) -> bool {
    let is_range = range.starts_with(|c: char| c.is_ascii_digit() || "^~><=v".contains(c));
    !is_range
        || Version::parse(version).is_none_or(|version| Range::of_npm(range).contains(&version))
}
