//! Env files belong to one machine: git must ignore them and must not track them.

use std::collections::BTreeSet;
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::system::fs;
use crate::system::program::{self, Answered};
use crate::text::{and_list, plural};

/// Git would take an env file.
pub(super) static NOT_IGNORED: Rule = Rule {
    code: "git/env-file",
    severity: Severity::Error,
    summary: "git tracks an env file, or would with the next `git add`",
    text: "\
Env files hold passwords and keys. What was committed once stays in the history, for everybody who
ever gets the repository.

Way out: take it out of the index and ignore it with the commands that are printed; change every
secret that was committed.",
};

pub(super) static RULES: &[&Rule] = &[&NOT_IGNORED];

/// Git on a slow disk.
const LIMIT: Duration = Duration::from_secs(10);

/// The names under which secrets lie in a tier's folder; examples hold none.
const NAMES: &[&str] = &[
    ".env",
    ".env.local",
    ".env.development",
    ".env.development.local",
    ".env.test",
    ".env.test.local",
    ".env.staging",
    ".env.production",
    ".env.production.local",
];

pub(super) fn ask(facts: &Facts) -> Answer {
    let Some(tracked) = facts.tracked() else {
        return Answer::irrelevant("no git repository");
    };
    let workspace = facts.workspace();
    let candidates: BTreeSet<Utf8PathBuf> = std::iter::once(Utf8PathBuf::new())
        .chain(workspace.tiers.iter().map(|tier| tier.dir.clone()))
        .flat_map(|dir| NAMES.iter().map(move |name| dir.join(name)))
        .collect();
    let (there, absent): (Vec<_>, Vec<_>) = candidates
        .into_iter()
        .partition(|path| tracked.contains(path) || fs::is_file(&workspace.path(path)));
    // The plain `.env` of each tier matters before it is made, too.
    let soon = absent
        .into_iter()
        .filter(|path| path.file_name() == Some(".env"));
    let asked: Vec<Utf8PathBuf> = there.iter().cloned().chain(soon).collect();
    let mut words: Vec<String> = ["git", "check-ignore", "--no-index", "--"]
        .map(str::to_owned)
        .to_vec();
    words.extend(asked.iter().map(ToString::to_string));
    let ignored = match program::ask(&words, &workspace.root, &facts.questions.variables, LIMIT) {
        Answered::Ended { text, .. } if text.contains("dubious ownership") => {
            let line = format!(
                "git config --global --add safe.directory {}",
                workspace.root
            );
            let finding = Finding::new(
                &NOT_IGNORED,
                "git refuses to look: the folder belongs to somebody else",
            )
            .severity(Severity::Warning);
            return Answer::default().mended_by(finding, Cure::new(line));
        }
        Answered::Ended { text, .. } => text.lines().map(Utf8PathBuf::from).collect(),
        Answered::NotFound => return Answer::skipped("git is not on PATH"),
        Answered::TimedOut | Answered::Failed(_) => return Answer::skipped("git does not answer"),
    };
    judge(&asked, &ignored, tracked)
}

fn judge(
    asked: &[Utf8PathBuf],
    ignored: &BTreeSet<Utf8PathBuf>,
    tracked: &BTreeSet<Utf8PathBuf>,
) -> Answer {
    let of = |wanted: &dyn Fn(&Utf8PathBuf) -> bool| {
        let chosen = asked.iter().filter(|path| wanted(path));
        chosen.map(ToString::to_string).collect::<Vec<_>>()
    };
    let committed = of(&|path| tracked.contains(path));
    let open = of(&|path| !ignored.contains(path));
    let mut answer = Answer::default();
    if !committed.is_empty() {
        let finding = Finding::new(&NOT_IGNORED, format!("git tracks {}", and_list(&committed)))
            .subject("tracked")
            .note("what was committed stays in the history: change the secrets in it");
        answer = answer.mended_by(
            finding,
            Cure::new(format!("git rm --cached {}", committed.join(" "))),
        );
    }
    if !open.is_empty() {
        let mut lines: Vec<&str> = open.iter().map(String::as_str).collect();
        lines.sort_unstable();
        let line = if cfg!(windows) {
            format!(
                "({}) >> .gitignore",
                lines
                    .iter()
                    .map(|line| format!("echo {line}"))
                    .collect::<Vec<_>>()
                    .join("& ")
            )
        } else {
            format!("printf '%s\\n' {} >> .gitignore", lines.join(" "))
        };
        let severity = if committed.is_empty() {
            Severity::Warning
        } else {
            Severity::Error
        };
        let finding = Finding::new(
            &NOT_IGNORED,
            format!("git does not ignore {}", and_list(&open)),
        )
        .severity(severity)
        .subject("ignored");
        answer = answer.mended_by(finding, Cure::new(line));
    }
    if answer.findings.is_empty() {
        answer = answer.and(format!("{} ignored", plural(asked.len(), "env file")));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn tracked_files_fail_and_open_ones_warn() {
        let set = |names: &[&str]| names.iter().map(Utf8PathBuf::from).collect::<BTreeSet<_>>();
        let asked: Vec<Utf8PathBuf> = vec![".env".into(), "backend/.env".into()];
        let judged =
            |ignored: &[&str], tracked: &[&str]| judge(&asked, &set(ignored), &set(tracked));
        assert_eq!(
            judged(&[".env", "backend/.env"], &[]).status(),
            Status::Pass
        );
        assert_eq!(judged(&[".env"], &[]).status(), Status::Warn);
        let tracked = judged(&[".env", "backend/.env"], &["backend/.env"]);
        assert_eq!(tracked.status(), Status::Fail);
        assert_eq!(tracked.cures, [Cure::new("git rm --cached backend/.env")]);
    }
}
