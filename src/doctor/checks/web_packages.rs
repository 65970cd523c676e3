//! The frontend's packages: installed, and in step with its manifest and lock.

use camino::Utf8PathBuf;

use crate::diagnostic::{Finding, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::git::Tracked;
use crate::gather::packages::WebPackages;
use crate::text::plural;
use crate::toolchain::{Range, Version};
use crate::workspace::stack::Web;

use super::python_packages::{MISSING, OUT_OF_STEP, few};
use super::waits;

pub(super) fn ask(facts: &Facts) -> Answer {
    let broken = facts.manifests().broken.iter().filter(|it| !it.is_python());
    if let Some(answer) = waits::told(broken) {
        return answer;
    }
    match (&facts.sides().web, &facts.packages().web) {
        (Some(web), Some(packages)) => {
            // Its way out installs the rest as well, and what installs alone would write over it.
            unread_lock(web, packages, |lock| is_tracked(facts, lock))
                .unwrap_or_else(|| judge(web, packages))
        }
        _ => Answer::irrelevant("no package.json"),
    }
}

/// Whether git has another version of the lock.
fn is_tracked(facts: &Facts, lock: &Utf8PathBuf) -> bool {
    matches!(facts.tracked(), Tracked::Paths(paths) if paths.contains(lock))
}

/// A lock of which nothing can be read: the installer leaves it aside, chooses all versions anew and writes
/// another one over it.
fn unread_lock(
    web: &Web,
    packages: &WebPackages,
    is_tracked: impl Fn(&Utf8PathBuf) -> bool,
) -> Option<Answer> {
    let (file, Err(why)) = packages.lock.as_ref()? else {
        return None;
    };
    let path = web.dir.join(file);
    let finding = Finding::new(&OUT_OF_STEP, format!("{path} cannot be read: {why}"));
    let install = format!("{} install", web.manager.program());
    let finding = finding.in_file(path.clone());
    let cure = |line: String| Cure::new(line).within(web.dir.clone());
    Some(if is_tracked(&path) {
        // What its changes are worth only a person knows.
        let line = format!("git checkout HEAD -- {file} && {install}");
        let note = format!("`{install}` alone would choose all versions anew");
        Answer::default().problem(finding.note(note).help(cure(line).typed()))
    } else {
        let note = "git has no other one: all versions are chosen anew";
        Answer::default().mended_by(finding.note(note), cure(install))
    })
}

fn judge(web: &Web, packages: &WebPackages) -> Answer {
    let cure = Cure::new(format!("{} install", web.manager.program())).within(web.dir.clone());
    let Some(installed) = packages
        .installed
        .as_ref()
        .filter(|_| !packages.asked.is_empty())
    else {
        if packages.asked.is_empty() {
            return Answer::found("no dependencies");
        }
        let message = format!("there is no {} yet", web.dir.join("node_modules"));
        return Answer::default().mended_by(Finding::new(&MISSING, message).subject("web"), cure);
    };
    let mut answer = Answer::found(plural(installed.len(), "direct package"));
    let missing: Vec<String> = packages
        .asked
        .keys()
        .filter(|name| !installed.contains_key(*name))
        .cloned()
        .collect();
    if !missing.is_empty() {
        let message = format!(
            "{} not installed: {}",
            plural(missing.len(), "package"),
            few(&missing)
        );
        let finding = Finding::new(&MISSING, message).subject("web");
        answer = answer.mended_by(finding, cure.clone());
    }
    let unfit: Vec<String> = packages
        .asked
        .iter()
        .filter_map(|(name, range)| {
            let version = installed.get(name)?;
            (!fits(range, version)).then(|| format!("{name} {version}, needs {range}"))
        })
        .collect();
    if !unfit.is_empty() {
        let message = format!("installed versions do not fit: {}", few(&unfit));
        let finding = Finding::new(&OUT_OF_STEP, message)
            .severity(Severity::Error)
            .subject("web");
        answer = answer.mended_by(finding, cure.clone());
    }
    if !packages.is_locked {
        let message = format!(
            "{} has no lock: every installation may get other versions",
            place(web)
        );
        let finding = Finding::new(&OUT_OF_STEP, message).subject("web");
        return answer.mended_by(finding, cure);
    }
    if let Some((file, lock)) = &packages.lock {
        let path = web.dir.join(file);
        let finding = match lock {
            Err(_) => None,
            Ok(locked) => {
                let changed = packages
                    .asked
                    .iter()
                    .filter(|(name, range)| locked.get(*name) != Some(range));
                let gone = locked
                    .keys()
                    .filter(|name| !packages.asked.contains_key(*name));
                let names: Vec<String> = changed
                    .map(|(name, _)| name.clone())
                    .chain(gone.cloned())
                    .collect();
                (!names.is_empty()).then(|| {
                    let message = format!("{path} is older than package.json: {}", few(&names));
                    Finding::new(&OUT_OF_STEP, message)
                })
            }
        };
        if let Some(finding) = finding {
            answer = answer.mended_by(finding.in_file(path), cure);
        }
    }
    answer
}

/// The folder in words.
fn place(web: &Web) -> &str {
    match web.dir.as_str() {
        "" => "the workspace",
        dir => dir,
    }
}

/// Whether a version lies in a range of npm's. Tags, paths and URLs say nothing about versions.
fn fits(range: &str, version: &str) -> bool {
    let is_range = range.starts_with(|c: char| c.is_ascii_digit() || "^~><=v".contains(c));
    !is_range
        || Version::parse(version).is_none_or(|version| Range::of_npm(range).contains(&version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use crate::workspace::stack::Manager;

    fn web() -> Web {
        Web {
            dir: "frontend".into(),
            manager: Manager::Bun,
            fixed_port: None,
            has_dev: true,
            is_next: true,
        }
    }

    fn packages(asked: &[(&str, &str)], installed: Option<&[(&str, &str)]>) -> WebPackages {
        let map = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect()
        };
        WebPackages {
            asked: map(asked),
            installed: installed.map(map),
            is_locked: true,
            ..WebPackages::default()
        }
    }

    #[test]
    fn what_package_json_names_must_be_there_and_fit() {
        let status = |asked: &[(&str, &str)], installed: Option<&[(&str, &str)]>| {
            judge(&web(), &packages(asked, installed)).status()
        };
        assert_eq!(
            status(&[("next", "^15.0.0")], Some(&[("next", "15.2.1")])),
            Status::Pass
        );
        assert_eq!(
            status(&[("next", "^15.0.0")], Some(&[("next", "14.2.1")])),
            Status::Fail
        );
        assert_eq!(
            status(
                &[("a", "latest"), ("b", "npm:c@^1")],
                Some(&[("a", "1.0.0"), ("b", "9.0.0")])
            ),
            Status::Pass
        );
        assert_eq!(status(&[("next", "^15")], Some(&[])), Status::Fail);
        let none = judge(&web(), &packages(&[("next", "^15")], None));
        assert_eq!(none.cures, [Cure::new("bun install").within("frontend")]);
    }

    #[test]
    fn a_lock_that_is_missing_is_made() {
        let mut packages = packages(&[("next", "^15")], Some(&[("next", "15.0.0")]));
        packages.is_locked = false;
        let answer = judge(&web(), &packages);
        assert_eq!(answer.status(), Status::Warn);
        assert_eq!(
            answer.findings[0].message,
            "frontend has no lock: every installation may get other versions"
        );
        assert_eq!(answer.cures, [Cure::new("bun install").within("frontend")]);
    }

    #[test]
    fn a_lock_that_cannot_be_read_comes_back_from_git_where_git_has_it() {
        let mut packages = packages(&[("next", "^15")], None);
        let help = |packages: &WebPackages, tracked: bool| {
            let answer = unread_lock(&web(), packages, |_| tracked)?;
            answer.findings[0].help.clone()
        };
        assert_eq!(help(&packages, true), None);
        packages.lock = Some(("bun.lockb".to_owned(), Err("it is cut off".to_owned())));
        assert_eq!(
            help(&packages, true).as_deref(),
            Some("(cd frontend && git checkout HEAD -- bun.lockb && bun install)")
        );
        assert_eq!(
            help(&packages, false).as_deref(),
            Some("(cd frontend && bun install)")
        );
    }

    #[test]
    fn a_lock_of_another_manifest_is_named() {
        let mut packages = packages(&[("next", "^15")], Some(&[("next", "15.0.0")]));
        let locked = [("next".to_owned(), "^14".to_owned())].into();
        packages.lock = Some(("bun.lock".to_owned(), Ok(locked)));
        let answer = judge(&web(), &packages);
        assert_eq!(answer.status(), Status::Warn);
        assert_eq!(
            answer.findings[0].message,
            "frontend/bun.lock is older than package.json: next"
        );
    }
}
