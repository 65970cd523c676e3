//! Python packages: installed, in step with the manifests and the lock, and none pruned.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::packages::{Member, PythonPackages};
use crate::text::{and_list, plural};
use crate::toolchain::{Range, Version};

/// Packages are not installed.
pub(super) static MISSING: Rule = Rule {
    code: "packages/missing",
    severity: Severity::Error,
    summary: "packages that the workspace needs are not installed",
    text: "\
What the manifests name is not all in the environment: nothing was installed yet, a manifest was
changed, or a `uv sync` inside one member removed what the other members need (the members of a uv
workspace share one environment).

Way out: install at the workspace's root; the command is printed with the finding.",
};

/// What is installed does not fit the manifests or the lock.
pub(super) static OUT_OF_STEP: Rule = Rule {
    code: "packages/out-of-step",
    severity: Severity::Warning,
    summary: "what is installed, what is locked and what the manifests ask for differ",
    text: "\
A manifest was changed after the last lock or the last installation, so others get other versions
than you have.

Way out: lock and install again with the command that is printed.",
};

pub(super) static RULES: &[&Rule] = &[&MISSING, &OUT_OF_STEP];

/// How many names are told one by one.
const NAMED: usize = 6;

pub(super) fn ask(facts: &Facts) -> Answer {
    match &facts.packages().python {
        Some(packages) => judge(packages),
        None => Answer::irrelevant("no pyproject.toml"),
    }
}

fn judge(packages: &PythonPackages) -> Answer {
    let sync = Cure::new(if packages.is_workspace {
        "uv sync --all-packages"
    } else {
        "uv sync"
    })
    .within(packages.dir.clone());
    let Some(installed) = &packages.installed else {
        let finding =
            Finding::new(&MISSING, "there is no Python environment yet").subject("python");
        return Answer::default().mended_by(finding, sync);
    };
    let needed = needed(packages);
    let mut answer = Answer::found(plural(installed.len(), "package"));
    let lacking: Vec<(&Member, Vec<&str>)> = needed
        .iter()
        .map(|member| (*member, missing(member, &packages.members, installed)))
        .filter(|(_, missing)| !missing.is_empty())
        .collect();
    if !lacking.is_empty() {
        answer = answer.mended_by(pruned(packages, &needed, &lacking), sync.clone());
    }
    let unfit: Vec<String> = needed
        .iter()
        .flat_map(|member| unfit(member, installed))
        .collect();
    if !unfit.is_empty() {
        let finding = Finding::new(
            &OUT_OF_STEP,
            format!("installed versions do not fit: {}", few(&unfit)),
        )
        .severity(Severity::Error)
        .subject("python");
        answer = answer.mended_by(finding, sync.clone());
    }
    if let Some(finding) = lock(packages, installed) {
        answer = answer.mended_by(
            finding,
            sync.clone().line(format!("uv lock && {}", sync.line)),
        );
    }
    answer
}

/// The members that the first project reaches; all where it names none of them.
fn needed(packages: &PythonPackages) -> Vec<&Member> {
    let Some(first) = packages.members.first() else {
        return Vec::new();
    };
    let find = |name: &str| packages.members.iter().find(|member| member.name == name);
    let mut reached: Vec<&Member> = vec![first];
    let mut at = 0;
    while let Some(member) = reached.get(at).copied() {
        for requirement in &member.requirements {
            if let Some(next) = find(&requirement.name)
                && !reached.iter().any(|known| known.name == next.name)
            {
                reached.push(next);
            }
        }
        at += 1;
    }
    if reached.len() == 1 || first.dir != packages.dir {
        packages.members.iter().collect()
    } else {
        reached
    }
}

/// Members themselves are left out: one without a build system is in the workspace and never installed.
fn missing<'a>(
    member: &'a Member,
    members: &[Member],
    installed: &BTreeMap<String, String>,
) -> Vec<&'a str> {
    let unconditional = member
        .requirements
        .iter()
        .filter(|requirement| !requirement.conditional);
    unconditional
        .map(|requirement| requirement.name.as_str())
        .filter(|name| !members.iter().any(|member| member.name == **name))
        .filter(|name| !installed.contains_key(*name))
        .collect()
}

fn unfit(member: &Member, installed: &BTreeMap<String, String>) -> Vec<String> {
    let bound = member
        .requirements
        .iter()
        .filter(|requirement| !requirement.conditional && !requirement.bounds.is_empty());
    bound
        .filter_map(|requirement| {
            let version = installed.get(&requirement.name)?;
            let fits = Version::parse(version)
                .is_none_or(|version| Range::parse(&requirement.bounds).contains(&version));
            (!fits).then(|| {
                format!(
                    "{} {version}, {} needs {}",
                    requirement.name, member.name, requirement.bounds
                )
            })
        })
        .collect()
}

/// Some members are whole and others are not: somebody installed inside one of them.
fn pruned(
    packages: &PythonPackages,
    needed: &[&Member],
    lacking: &[(&Member, Vec<&str>)],
) -> Finding {
    let names: BTreeSet<&str> = lacking
        .iter()
        .flat_map(|(_, missing)| missing.iter().copied())
        .collect();
    let is_member = |name: &str| packages.members.iter().any(|member| member.name == name);
    let foreign = |member: &Member| {
        let names = member.requirements.iter().map(|it| it.name.as_str());
        names.filter(|name| !is_member(name)).count()
    };
    let whole = needed
        .iter()
        .filter(|member| !lacking.iter().any(|(other, _)| other.name == member.name))
        .max_by_key(|member| foreign(member))
        .filter(|member| names.len() > 1 && foreign(member) > 0);
    let shown: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let of: Vec<&str> = lacking
        .iter()
        .map(|(member, _)| member.dir.as_str())
        .map(|dir| if dir.is_empty() { "the root" } else { dir })
        .collect();
    let finding = match whole.filter(|_| packages.is_workspace) {
        Some(whole) => Finding::new(
            &MISSING,
            format!(
                "the environment is pruned: it lacks packages of {} ({})",
                and_list(&of),
                few(&shown)
            ),
        )
        .note(format!(
            "all of {} is there: a `uv sync` inside {} removes what the other members need",
            whole.name,
            if whole.dir.as_str().is_empty() {
                "a member"
            } else {
                whole.dir.as_str()
            },
        )),
        None => Finding::new(
            &MISSING,
            format!(
                "{} not installed: {}",
                plural(shown.len(), "package"),
                few(&shown)
            ),
        ),
    };
    finding.subject("python")
}

fn lock(packages: &PythonPackages, installed: &BTreeMap<String, String>) -> Option<Finding> {
    let lock = match packages.lock.as_ref()? {
        Ok(lock) => lock,
        Err(why) => {
            return Some(
                Finding::new(&OUT_OF_STEP, format!("uv.lock cannot be read: {why}"))
                    .severity(Severity::Error)
                    .in_file(packages.dir.join("uv.lock")),
            );
        }
    };
    let file = packages.dir.join("uv.lock");
    let stale: Vec<String> = packages
        .members
        .iter()
        .filter_map(|member| {
            let differs = lock.differs(&member.name, &member.requirements);
            (!differs.is_empty()).then(|| format!("{} ({})", member.name, few(&differs)))
        })
        .collect();
    if !stale.is_empty() {
        let message = format!("uv.lock is older than the manifests: {}", few(&stale));
        return Some(Finding::new(&OUT_OF_STEP, message).in_file(file));
    }
    let other: Vec<String> = installed
        .iter()
        .filter_map(|(name, version)| {
            let locked = lock.versions.get(name)?;
            (!locked.contains(version)).then(|| format!("{name} {version}"))
        })
        .collect();
    (!other.is_empty()).then(|| {
        let message = format!(
            "installed are other versions than uv.lock has: {}",
            few(&other)
        );
        Finding::new(&OUT_OF_STEP, message).in_file(file)
    })
}

/// The first few of a list, and how many there are beside them.
pub(super) fn few(names: &[String]) -> String {
    match names.get(..NAMED) {
        Some(first) if names.len() > NAMED => {
            format!("{} and {} more", first.join(", "), names.len() - NAMED)
        }
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::lock::Requirement;
    use crate::doctor::Status;

    fn member(name: &str, dir: &str, requirements: &[&str]) -> Member {
        Member {
            name: name.to_owned(),
            dir: dir.into(),
            requires_python: None,
            requirements: requirements
                .iter()
                .filter_map(|text| Requirement::parse(text))
                .collect(),
        }
    }

    fn workspace(installed: Option<&[(&str, &str)]>) -> PythonPackages {
        PythonPackages {
            is_workspace: true,
            members: vec![
                member("app", "", &["app-backend", "app-builder"]),
                member("app-backend", "backend", &["fastapi>=0.100"]),
                member(
                    "app-builder",
                    "builder",
                    &["ddgs", "g4f", "colorama; sys_platform == 'win32'"],
                ),
                member("app-sdk", "sdk", &["requests"]),
            ],
            installed: installed.map(|pairs| {
                pairs
                    .iter()
                    .map(|(name, version)| ((*name).to_owned(), (*version).to_owned()))
                    .collect()
            }),
            ..PythonPackages::default()
        }
    }

    const WHOLE: &[(&str, &str)] = &[
        ("app-backend", "0"),
        ("app-builder", "0"),
        ("fastapi", "0.110.0"),
        ("ddgs", "1"),
        ("g4f", "1"),
    ];

    #[test]
    fn what_the_root_reaches_must_be_there() {
        assert_eq!(judge(&workspace(Some(WHOLE))).status(), Status::Pass);
        let none = judge(&workspace(None));
        assert_eq!(none.cures, [Cure::new("uv sync --all-packages")]);
    }

    #[test]
    fn a_pruned_environment_is_named_with_its_cause() {
        let pruned = judge(&workspace(Some(&[
            ("app-backend", "0"),
            ("fastapi", "0.110.0"),
        ])));
        let finding = &pruned.findings[0];
        assert_eq!(
            finding.message,
            "the environment is pruned: it lacks packages of builder (ddgs, g4f)"
        );
        assert!(finding.notes[0].contains("a `uv sync` inside backend"));
    }

    #[test]
    fn versions_outside_the_bounds_fail() {
        let mut old = WHOLE.to_vec();
        old[2] = ("fastapi", "0.95.0");
        let answer = judge(&workspace(Some(&old)));
        assert_eq!(answer.status(), Status::Fail);
        assert!(
            answer.findings[0]
                .message
                .contains("fastapi 0.95.0, app-backend needs >=0.100")
        );
    }
}
