//! Python packages: installed, in step with the manifests and the lock, and none pruned.

mod lack;
mod lock;

use std::collections::BTreeMap;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::git::Tracked;
use crate::gather::packages::{Member, PythonPackages};
use crate::gather::venv::Lost;
use crate::text::plural;
use crate::text::remedy::quoted;
use crate::toolchain::{Range, Version};

use super::waits;

/// Packages are not installed.
pub(super) static MISSING: Rule = Rule {
    code: "packages/missing",
    severity: Severity::Error,
    summary: "packages that the workspace needs are not installed",
    text: "\
What the manifests name is not all in the environment: nothing was installed yet, a manifest was
changed, or a `uv sync` inside one member removed what the other members need (the members of a uv
workspace share one environment). Or an environment is there that cannot run: the Python that it was made
with is gone, or the files of a package are.

Way out: install at the workspace's root; the command is printed with the finding.",
};

/// What is installed does not fit the manifests or the lock.
pub(super) static OUT_OF_STEP: Rule = Rule {
    code: "packages/out-of-step",
    severity: Severity::Warning,
    summary: "what is installed, what is locked and what the manifests ask for differ",
    text: "\
A manifest was changed after the last lock or the last installation, or there is no lock at all, so others
get other versions than you have.

Way out: lock and install again with the command that is printed.",
};

pub(super) static RULES: &[&Rule] = &[&MISSING, &OUT_OF_STEP];

/// How many names are told one by one.
const NAMED: usize = 6;

pub(super) fn ask(facts: &Facts) -> Answer {
    let broken = facts.manifests().broken.iter().filter(|it| it.is_python());
    if let Some(answer) = waits::told(broken) {
        return answer;
    }
    match &facts.packages().python {
        Some(packages) => {
            let is_broken = matches!(packages.lock, Some(Err(_)));
            judge(packages, is_broken && is_tracked(facts, packages))
        }
        None => Answer::irrelevant("no pyproject.toml"),
    }
}

/// Whether git has another version of the lock.
fn is_tracked(facts: &Facts, packages: &PythonPackages) -> bool {
    let lock = packages.dir.join("uv.lock");
    matches!(facts.tracked(), Tracked::Paths(paths) if paths.contains(&lock))
}

fn judge(packages: &PythonPackages, is_tracked: bool) -> Answer {
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
    if let Some(lost) = &packages.lost_interpreter {
        let message = match lost {
            Lost::Gone(program) => {
                format!("the environment's Python is gone: there is no {program}")
            }
            Lost::Closed(program) => format!(
                "the environment's Python is closed to us: {program} lies in a folder of somebody else's"
            ),
        };
        let finding = Finding::new(&MISSING, message).subject("python").note(
            "no program of the environment starts; uv makes it anew with a Python that is there",
        );
        return Answer::default().mended_by(finding, sync);
    }
    let needed = needed(packages);
    let mut answer = Answer::found(plural(installed.len(), "package"));
    if let Some(finding) = lack::finding(packages, &needed, installed) {
        answer = answer.mended_by(finding, sync.clone());
    }
    if !packages.hollow.is_empty() {
        let mut line = sync.line.clone();
        for name in &packages.hollow {
            line.push_str(" --reinstall-package ");
            line.push_str(&quoted(name));
        }
        let message = format!(
            "the files of installed packages are gone: {}",
            few(&packages.hollow)
        );
        let finding = Finding::new(&MISSING, message)
            .subject("python")
            .note("what describes them is left, so an installer takes them for installed");
        answer = answer.mended_by(finding, sync.clone().line(line));
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
    match lock::finding(packages, installed, is_tracked) {
        // What it is worth only a person knows: uv takes nothing from it, and refuses to overwrite it.
        Some(finding) if finding.help.is_some() => answer.problem(finding),
        Some(finding) => {
            let line = format!("uv lock && {}", sync.line);
            answer.mended_by(finding, sync.line(line))
        }
        None => answer,
    }
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

    fn judge(packages: &PythonPackages) -> Answer {
        super::judge(packages, true)
    }
    use crate::code::lock::{Requirement, UvLock, uv_lock};
    use crate::doctor::Status;

    fn member(name: &str, dir: &str, requirements: &[&str]) -> Member {
        Member {
            name: name.to_owned(),
            dir: dir.into(),
            requirements: requirements
                .iter()
                .filter_map(|text| Requirement::parse(text))
                .collect(),
            ..Member::default()
        }
    }

    fn workspace(installed: Option<&[(&str, &str)]>) -> PythonPackages {
        let members = vec![
            member("app", "", &["app-backend", "app-builder"]),
            member("app-backend", "backend", &["fastapi>=0.100"]),
            member(
                "app-builder",
                "builder",
                &["ddgs", "g4f", "colorama; sys_platform == 'win32'"],
            ),
            member("app-sdk", "sdk", &["requests"]),
        ];
        PythonPackages {
            is_workspace: true,
            lock: Some(locked(&members)),
            members,
            installed: installed.map(|pairs| {
                pairs
                    .iter()
                    .map(|(name, version)| ((*name).to_owned(), (*version).to_owned()))
                    .collect()
            }),
            ..PythonPackages::default()
        }
    }

    /// A lock that was made for these members.
    fn locked(members: &[Member]) -> Result<UvLock, String> {
        let package = |member: &Member| {
            let entry = |it: &Requirement| {
                format!(
                    "{{ name = \"{}\", specifier = \"{}\" }}",
                    it.name, it.bounds
                )
            };
            let asks: Vec<String> = member.requirements.iter().map(entry).collect();
            format!(
                "[[package]]\nname = \"{}\"\n[package.metadata]\nrequires-dist = [{}]\n",
                member.name,
                asks.join(", ")
            )
        };
        uv_lock(&members.iter().map(package).collect::<String>())
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
    fn one_package_that_only_others_need_tells_a_pruned_environment_too() {
        let members = vec![
            member("app", "", &["app-backend", "app-builder"]),
            member("app-backend", "backend", &["fastapi"]),
            member("app-builder", "builder", &["fastapi", "psycopg"]),
        ];
        let packages = |lock: &str, installed: &[&str]| PythonPackages {
            is_workspace: true,
            lock: Some(uv_lock(lock)),
            members: members.clone(),
            installed: Some(
                installed
                    .iter()
                    .map(|name| ((*name).to_owned(), "1".to_owned()))
                    .collect(),
            ),
            ..PythonPackages::default()
        };
        let lock = "[[package]]\nname = \"app-builder\"\ndependencies = [\n    { name = \"psycopg\" },\n]\n[[package]]\nname = \"psycopg\"\ndependencies = [\n    { name = \"psycopg-binary\", marker = \"os_name == 'posix'\" },\n]\n";
        let message = |installed: &[&str]| {
            let answer = judge(&packages(lock, installed));
            answer.findings[0].message.clone()
        };
        assert_eq!(
            message(&["fastapi"]),
            "the environment is pruned: it lacks packages of builder (psycopg)"
        );
        // What came with it is still there: somebody removed the one.
        assert_eq!(
            message(&["fastapi", "psycopg-binary"]),
            "1 package not installed: psycopg"
        );
        assert_eq!(message(&["psycopg"]), "1 package not installed: fastapi");
    }

    #[test]
    fn what_the_tests_need_is_a_warning() {
        let mut packages = workspace(Some(WHOLE));
        packages.lock = None;
        packages.members[0].default_groups = vec!["dev".to_owned()];
        let pytest = Requirement::parse("pytest==9").expect("valid");
        packages.members[0].groups = [("dev".to_owned(), vec![pytest])].into();
        let answer = judge(&packages);
        assert_eq!(answer.status(), Status::Warn);
        let messages: Vec<&str> = answer
            .findings
            .iter()
            .map(|it| it.message.as_str())
            .collect();
        assert_eq!(
            messages,
            [
                "packages of the group dev are not installed: pytest",
                "there is no uv.lock: every installation may get other versions"
            ]
        );
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

    #[test]
    fn an_environment_that_cannot_run_is_made_anew() {
        let mut packages = workspace(Some(WHOLE));
        packages.lost_interpreter = Some(Lost::Closed("/root/python".into()));
        assert!(
            judge(&packages).findings[0]
                .message
                .contains("closed to us: /root/python")
        );
        packages.lost_interpreter = Some(Lost::Gone("/nonexist/python".into()));
        let answer = judge(&packages);
        assert_eq!(answer.status(), Status::Fail);
        assert!(answer.findings[0].message.ends_with("no /nonexist/python"));
        assert_eq!(answer.cures, [Cure::new("uv sync --all-packages")]);
        packages.lost_interpreter = None;
        packages.hollow = vec!["g4f".to_owned()];
        let answer = judge(&packages);
        assert_eq!(
            answer.cures,
            [Cure::new("uv sync --all-packages --reinstall-package g4f")]
        );
    }
}
