//! Cures that wait for another: they need a program which does not answer, and would wait for it as long as it likes,
//! or room on a disk that is full.

use crate::diagnostic::Severity;
use crate::doctor::{Checked, Cure, Status};
use crate::toolchain;

/// A disk on which nothing works.
const FULL: &str = "machine/disk";

/// Why a cure of these checks waits, in words: it needs a tool that does not answer, or room where there is none,
/// and nothing of this round, of which the checks in `mended` are, has put that right.
pub(super) fn by(
    cure: &Cure,
    of: &[&'static str],
    checked: &[Checked],
    mended: &[&'static str],
) -> Option<String> {
    if let Some(tool) = silent(cure, of, checked, mended) {
        return Some(format!(
            "it needs {tool}, which does not answer and would be waited for; {tool} is to be mended first"
        ));
    }
    let is_full = |it: &&Checked| is_failed(it, FULL) && !mended.contains(&it.id);
    let disk = checked.iter().find(is_full)?;
    (installs(&cure.line) && !of.contains(&disk.id)).then(|| {
        format!(
            "it installs packages, for which there is no room; {} is to be mended first",
            disk.id
        )
    })
}

/// Whether a check failed with a finding of this rule.
fn is_failed(it: &Checked, code: &str) -> bool {
    let mut findings = it.answer.findings.iter();
    it.answer.status() == Status::Fail
        && findings.any(|finding| finding.rule.code == code && finding.severity == Severity::Error)
}

/// Whether a line brings packages into the workspace.
fn installs(line: &str) -> bool {
    line.split(" && ").any(|command| {
        let mut words = command.split_whitespace();
        match words.next() {
            Some("uv") => words.any(|word| word == "sync"),
            Some("bun" | "npm" | "pnpm" | "yarn") => {
                command == "yarn" || words.any(|word| ["install", "ci", "add"].contains(&word))
            }
            _ => false,
        }
    })
}

/// The check of a tool that a cure needs, where that one does not answer.
fn silent(
    cure: &Cure,
    of: &[&'static str],
    checked: &[Checked],
    mended: &[&'static str],
) -> Option<&'static str> {
    let needed = needed(&cure.line);
    let mut silent = checked
        .iter()
        .filter(|it| is_failed(it, toolchain::SILENT.code));
    let found = silent.find(|it| {
        let name = it.answer.label.as_deref().unwrap_or(it.id);
        needed.contains(&name) && !of.contains(&it.id) && !mended.contains(&it.id)
    })?;
    Some(found.id)
}

/// The tools that a line needs, by the programs that it runs: uv asks every Python on its way, and npm is one of
/// Node's programs.
fn needed(line: &str) -> Vec<&str> {
    let mut needed = Vec::new();
    for command in line.split(" && ") {
        let program = command.split_whitespace().next().unwrap_or_default();
        needed.push(program);
        match program {
            "uv" => needed.push("python"),
            "npm" | "npx" | "pnpm" | "yarn" => needed.push("node"),
            _ => {}
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::diagnostic::{Finding, Rule};
    use crate::doctor::Answer;

    fn checked(id: &'static str, answer: Answer) -> Checked {
        Checked {
            id,
            answer,
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn what_needs_a_silent_tool_waits_for_its_mend() {
        let silent = || Answer::default().problem(Finding::new(&toolchain::SILENT, "no answer"));
        let npm = Answer {
            label: Some("npm".to_owned()),
            ..silent()
        };
        let all = [
            checked("python", silent()),
            checked("bun", npm),
            checked("node", Answer::found("22.1.0")),
        ];
        let by = |line: &str, id, mended: &[&'static str]| {
            super::silent(&Cure::new(line), &[id], &all, mended)
        };
        let sync = "uv sync --all-packages";
        assert_eq!(by(sync, "python-packages", &[]), Some("python"));
        assert_eq!(by(sync, "python-packages", &["python"]), None);
        assert_eq!(by("rm -rf .venv && uv sync", "disk", &[]), Some("python"));
        // Its own way out is what mends it.
        assert_eq!(by("uv python install 3.12", "python", &[]), None);
        assert_eq!(by("npm ci", "web-packages", &[]), Some("bun"));
        for line in ["bun install", "pixcrawler migrate"] {
            assert_eq!(by(line, "web-packages", &[]), None, "{line}");
        }
    }

    #[test]
    fn what_installs_packages_waits_for_room() {
        static DISK: Rule = Rule {
            code: super::FULL,
            severity: Severity::Error,
            summary: "",
            text: "",
        };
        let full = |severity| {
            let finding = Finding::new(&DISK, "only 62 MB free").severity(severity);
            [checked("disk", Answer::default().problem(finding))]
        };
        let waits = |line: &str, severity, mended: &[&'static str]| {
            let of = ["python-packages"];
            by(&Cure::new(line), &of, &full(severity), mended).is_some()
        };
        for line in [
            "uv sync --all-packages",
            "rm -rf .venv && uv sync --all-packages",
            "bun install",
            "npm ci",
            "cd frontend && yarn",
        ] {
            assert!(waits(line, Severity::Error, &[]), "{line}");
            assert!(!waits(line, Severity::Error, &["disk"]), "{line}");
            assert!(!waits(line, Severity::Warning, &[]), "{line}");
        }
        for line in ["pixcrawler migrate", "uv lock", "rm -rf frontend/.next"] {
            assert!(!waits(line, Severity::Error, &[]), "{line}");
        }
    }
}
