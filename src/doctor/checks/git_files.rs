//! Env files belong to one machine: git must ignore them and must not track them.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::git::{self, Part, Tracked, Trouble};
use crate::system::fs;
use crate::text::remedy::open_at;
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

/// Neither we nor git can read the repository.
pub(super) static UNREADABLE: Rule = Rule {
    code: "git/unreadable",
    severity: Severity::Warning,
    summary: "git cannot read the repository, so what it tracks and ignores is not known",
    text: "\
A folder with `.git` in it is there, but git itself refuses it: a part of it is missing or damaged,
`.git` points to a place where nothing is, or it belongs to another user. What it says about env files
and keys would then be worth nothing.

Way out: the command that is printed, by what git says. `git status` shows whether it was enough.",
};

pub(super) static RULES: &[&Rule] = &[&NOT_IGNORED, &UNREADABLE];

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
    let nothing = BTreeSet::new();
    let (tracked, untold) = match facts.tracked() {
        Tracked::Nowhere => return Answer::irrelevant("no git repository"),
        Tracked::Paths(paths) => (paths, None),
        Tracked::Unknown(trouble) => (&nothing, Some(trouble)),
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
    let ignored = git::ignored(&workspace.root, &facts.questions.variables, &asked);
    let rules = fs::read_text(&workspace.path(".gitignore")).unwrap_or_default();
    let answer = judge(&asked, ignored.as_ref().ok(), tracked, &rules);
    match ignored.as_ref().err().or(untold) {
        Some(trouble) => in_trouble(answer, trouble, &workspace.root),
        None => answer,
    }
}

/// What is tracked, and what is not ignored, where git says which files it ignores; `rules` is the
/// text of the workspace's `.gitignore`.
fn judge(
    asked: &[Utf8PathBuf],
    ignored: Option<&BTreeSet<Utf8PathBuf>>,
    tracked: &BTreeSet<Utf8PathBuf>,
    rules: &str,
) -> Answer {
    let of = |wanted: &dyn Fn(&Utf8PathBuf) -> bool| {
        let chosen = asked.iter().filter(|path| wanted(path));
        chosen.map(ToString::to_string).collect::<Vec<_>>()
    };
    let committed = of(&|path| tracked.contains(path));
    let open = of(&|path| ignored.is_some_and(|ignored| !ignored.contains(path)));
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
        let missing: Vec<String> = open
            .iter()
            .filter(|path| !stands(rules, path))
            .cloned()
            .collect();
        answer = if missing.is_empty() {
            let line = format!("git check-ignore -v --no-index {}", open.join(" "));
            answer.problem(
                finding
                    .note("`.gitignore` has these lines: a rule further below takes them out again, which this names")
                    .help(line),
            )
        } else {
            answer.mended_by(finding, Cure::new(ignoring(&missing)))
        };
    }
    if answer.findings.is_empty() && ignored.is_some() {
        answer = answer.and(format!("{} ignored", plural(asked.len(), "env file")));
    }
    answer
}

/// Whether a `.gitignore` has the line of this path, with none behind it that takes something out
/// again: one more would change nothing.
fn stands(rules: &str, path: &str) -> bool {
    let is_it = |line: &str| line.trim_end().trim_start_matches('/') == path;
    let excepts = |line: &str| line.starts_with('!');
    let last = rules.lines().rfind(|line| is_it(line) || excepts(line));
    last.is_some_and(|line| !excepts(line))
}

/// The command that adds these lines to `.gitignore`.
fn ignoring(open: &[String]) -> String {
    let mut lines: Vec<&str> = open.iter().map(String::as_str).collect();
    lines.sort_unstable();
    if cfg!(windows) {
        let lines: Vec<String> = lines.iter().map(|line| format!("echo {line}")).collect();
        format!("({}) >> .gitignore", lines.join("& "))
    } else {
        format!("printf '%s\\n' {} >> .gitignore", lines.join(" "))
    }
}

/// The answer, of which a part is not known.
fn in_trouble(answer: Answer, trouble: &Trouble, root: &Utf8Path) -> Answer {
    let Trouble { top, part, words } = trouble;
    let unreadable = || {
        Finding::new(
            &UNREADABLE,
            format!("git cannot read the repository: {words}"),
        )
        .subject("repository")
        .note(match part {
            Part::Index(_) => "what it tracks is not known",
            _ => "what it ignores is not known",
        })
    };
    // From where the person stands, as far as it lies below.
    let seen = |path: &Utf8Path| path.strip_prefix(root).unwrap_or(path).to_owned();
    match part {
        // The `git` check says what to do about it.
        Part::Program if answer.findings.is_empty() => Answer::skipped(words),
        Part::Program => answer.and(words),
        Part::Owner => {
            let line = format!("git config --global --add safe.directory {top}");
            let message = "git refuses to look: the folder belongs to somebody else";
            answer.mended_by(Finding::new(&UNREADABLE, message), Cure::new(line))
        }
        Part::Repository => answer.problem(
            unreadable()
                .note(format!(
                    "{top}/.git lacks its HEAD, or another part: `git init` writes what is missing and \
                     keeps the rest"
                ))
                .help(format!("git init {}", seen(top).as_str()).trim_end().to_owned()),
        ),
        Part::Pointer(target) => answer.problem(
            unreadable()
                .note(format!(
                    "{top}/.git is a file that points to {target}: write there where the repository \
                     is now, or run `git worktree repair {top}` in the repository"
                ))
                .help(open_at(seen(&top.join(".git")).as_str(), 1)),
        ),
        Part::Index(index) => {
            let index = seen(index);
            let line = if cfg!(windows) {
                format!("ren {index} index.broken & git reset")
            } else {
                format!("mv {index} {index}.broken && git reset")
            };
            let note = "`git reset` writes the index anew from the last commit; the files stay as they are";
            answer.problem(unreadable().note(note).help(line))
        }
        Part::Other => answer.problem(unreadable().help("git status")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn tracked_files_fail_and_open_ones_warn() {
        let set = |names: &[&str]| names.iter().map(Utf8PathBuf::from).collect::<BTreeSet<_>>();
        let asked: Vec<Utf8PathBuf> = vec![".env".into(), "backend/.env".into()];
        let judged = |ignored: &[&str], tracked: &[&str]| {
            judge(&asked, Some(&set(ignored)), &set(tracked), "")
        };
        assert_eq!(
            judged(&[".env", "backend/.env"], &[]).status(),
            Status::Pass
        );
        assert_eq!(judged(&[".env"], &[]).status(), Status::Warn);
        let tracked = judged(&[".env", "backend/.env"], &["backend/.env"]);
        assert_eq!(tracked.status(), Status::Fail);
        assert_eq!(tracked.cures, [Cure::new("git rm --cached backend/.env")]);
    }

    #[test]
    fn a_line_that_stands_is_not_written_again() {
        let asked: Vec<Utf8PathBuf> = vec![".env".into(), "backend/.env".into()];
        let judged = |rules: &str| judge(&asked, Some(&BTreeSet::new()), &BTreeSet::new(), rules);
        let line = |answer: Answer| answer.cures.first().map(|cure| cure.line.clone());
        let both = [".env".to_owned(), "backend/.env".to_owned()];
        assert_eq!(line(judged("node_modules\n")), Some(ignoring(&both)));
        assert_eq!(line(judged("/.env\n")), Some(ignoring(&both[1..])));
        // An exception behind it is undone by the same line once more.
        assert_eq!(
            line(judged(".env\nbackend/.env\n!.env\n")),
            Some(ignoring(&both))
        );
        // Nothing that we write here would help.
        let nested = judged(".env\nbackend/.env\n");
        assert_eq!(line(nested.clone()), None);
        assert_eq!(
            nested.findings[0].help.as_deref(),
            Some("git check-ignore -v --no-index .env backend/.env")
        );
    }

    #[test]
    fn what_git_cannot_read_is_no_pass() {
        let asked: Vec<Utf8PathBuf> = vec![".env".into()];
        let none = || judge(&asked, None, &BTreeSet::new(), "");
        let of = |part: Part| Trouble {
            top: "/w".into(),
            part,
            words: "index file corrupt".to_owned(),
        };
        let told = |answer: Answer, part: Part| in_trouble(answer, &of(part), Utf8Path::new("/w"));
        assert_eq!(told(none(), Part::Program).status(), Status::Skipped);
        for part in [
            Part::Owner,
            Part::Repository,
            Part::Pointer("/g".into()),
            Part::Index("/w/.git/index".into()),
            Part::Other,
        ] {
            let answer = told(none(), part.clone());
            assert_eq!(answer.status(), Status::Warn, "{part:?}");
            assert!(answer.found.is_empty(), "{part:?}");
            let help = answer.findings[0].help.as_deref().unwrap_or_default();
            assert!(crate::text::remedy::is_command(help), "{help}");
        }
        // What is known all the same is told.
        let tracked = judge(
            &asked,
            None,
            &BTreeSet::from([Utf8PathBuf::from(".env")]),
            "",
        );
        assert_eq!(told(tracked, Part::Repository).status(), Status::Fail);
    }
}
