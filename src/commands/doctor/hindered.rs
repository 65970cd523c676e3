//! Cures that need a program which does not answer: they would wait for it as long as it likes.

use crate::doctor::{Checked, Cure, Status};
use crate::toolchain;

/// The check of a tool that a cure of these checks needs, where that one does not answer and nothing of this round,
/// of which the checks in `mended` are, has put it right.
pub(super) fn by(
    cure: &Cure,
    of: &[&'static str],
    checked: &[Checked],
    mended: &[&'static str],
) -> Option<&'static str> {
    let needed = needed(&cure.line);
    let is_silent = |it: &&Checked| {
        let mut findings = it.answer.findings.iter();
        it.answer.status() == Status::Fail
            && findings.any(|finding| finding.rule.code == toolchain::SILENT.code)
    };
    let mut silent = checked.iter().filter(is_silent);
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
    use crate::diagnostic::Finding;
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
            super::by(&Cure::new(line), &[id], &all, mended)
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
}
