//! A repository that cannot be read, and what to do about it.

use camino::Utf8Path;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure};
use crate::gather::git::{Instead, LostHead, Part, Shut, Trouble};
use crate::text::command::Command;
use crate::text::remedy::{open_at, quoted};
use crate::toolchain::Installers;

use super::super::foreign::{made_ours, whose};
use super::written::Written;

/// Neither we nor git can read the repository.
pub(super) static UNREADABLE: Rule = Rule {
    code: "git/unreadable",
    severity: Severity::Warning,
    summary: "git cannot read the repository, so what it tracks and ignores is not known",
    text: "\
A folder with `.git` in it is there, but git itself refuses it: a part of it is missing or damaged,
`.git` points to a place where nothing is, or it belongs to another user, or a file of git's settings cannot be parsed. What it says about env files
and keys would then be worth nothing.

Way out: the command that is printed, by what git says. `git status` shows whether it was enough.",
};

/// The answer, of which a part is not known; `base` is where in the workspace the repository begins.
pub(super) fn told(
    answer: Answer,
    trouble: &Trouble,
    root: &Utf8Path,
    base: &Utf8Path,
    written: &Written,
) -> Answer {
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
            let message = "git refuses to look: the folder belongs to somebody else";
            let finding = Finding::new(&UNREADABLE, message);
            match written.allows(top) {
                (line, None) => answer.mended_by(finding, Cure::new(line)),
                // A line for the terminal, which no program can change.
                (line, Some(note)) => answer.problem(finding.note(note).help(line)),
            }
        }
        Part::Closed(shut) => {
            let Shut { path, git, owner } = &**shut;
            let whose = whose(owner.as_ref());
            let message = format!("{} is closed to you: {whose}", seen(path));
            // Where one thing in it is somebody else's, others are.
            let line = made_ours(&seen(git), owner.as_ref(), &Installers::default());
            let finding = Finding::new(&UNREADABLE, message).subject("repository");
            let finding = finding.note("git reads nothing of the repository until then");
            answer.problem(finding.help(line))
        }
        Part::Repository => answer.problem(
            unreadable()
                .note(format!(
                    "{top}/.git lacks its HEAD, or another part: `git init` writes what is missing and \
                     keeps the rest"
                ))
                .help(match seen(top).as_str() {
                    "" => Command::new("git init"),
                    top => Command::new("git init").path(top),
                }),
        ),
        Part::Head(lost) => {
            let (note, line) = head(&seen(&top.join(".git").join("HEAD")), lost);
            answer.problem(unreadable().note(note).help(line))
        }
        Part::Pointer(target) => answer.problem(
            unreadable()
                .note(format!(
                    "{top}/.git is a file that points to {target}: write there where the repository \
                     is now, or run `{}` in the repository",
                    Command::new("git worktree repair").path(top)
                ))
                .help(open_at(seen(&top.join(".git")).as_str(), 1)),
        ),
        Part::Index(index) => {
            let line = aside(&seen(index), "broken").and(Command::new("git reset").within(base));
            let note = "`git reset` writes the index anew from the last commit; the files stay as they are";
            answer.problem(unreadable().note(note).help(line))
        }
        Part::Settings(file, line) => answer.problem(
            unreadable()
                .note("git answers nothing before that line is mended")
                .help(open_at(seen(file).as_str(), *line)),
        ),
        Part::Other => {
            let line = Command::new("git status").within(base);
            answer.problem(unreadable().help(line))
        }
    }
}

/// What is wrong with a `HEAD`, and the command that writes another one.
fn head(head: &Utf8Path, lost: &LostHead) -> (String, String) {
    let LostHead { branch, instead } = lost;
    let line = if cfg!(windows) {
        format!("echo ref: refs/heads/{branch}> {}", quoted(head.as_str()))
    } else {
        let print = Command::new("printf 'ref: refs/heads/%s\\n'").word(branch);
        print.fixed(">").path(head).to_string()
    };
    let (what, line) = match instead {
        Instead::Rubbish => ("names no branch, and `git init` leaves it as it is", line),
        Instead::Folder => (
            "is a folder, and `git init` does not write over it",
            aside(head, "broken").and(line).to_string(),
        ),
        Instead::Nothing => (
            "is gone, and `git init` would begin a branch without a commit",
            line,
        ),
    };
    (format!("{head} {what}; {branch} may have been it"), line)
}

/// The command that gives what is in the way another name beside its own.
pub(super) fn aside(path: &Utf8Path, ending: &str) -> Command {
    if cfg!(windows) {
        let name = path.file_name().unwrap_or_default();
        Command::new("ren")
            .path(path)
            .word(format!("{name}.{ending}"))
    } else {
        let new = format!("{path}.{ending}");
        Command::new("mv").path(path).path(new)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use camino::Utf8PathBuf;

    use super::super::{Said, judge};
    use super::*;
    use crate::doctor::Status;

    fn judged(tracked: &[&str]) -> Answer {
        let said = Said {
            base: Utf8Path::new(""),
            tracked: &tracked.iter().map(Utf8PathBuf::from).collect(),
            harmless: &BTreeSet::new(),
            ignored: None,
            excepted: &BTreeMap::new(),
            rules: Some(String::new()),
            instead: None,
            closed: None,
            is_unborn: false,
        };
        judge(&[".env".into()], &said)
    }

    #[test]
    fn what_git_cannot_read_is_no_pass() {
        let root = Utf8Path::new("/a w");
        let of = |answer: Answer, part: Part| {
            let trouble = Trouble {
                top: root.to_owned(),
                part,
                words: "index file corrupt".to_owned(),
            };
            told(answer, &trouble, root, Utf8Path::new(""), &Written::Usual)
        };
        let lost = |instead| {
            let branch = "it's main".to_owned();
            Part::Head(LostHead { branch, instead })
        };
        assert_eq!(of(judged(&[]), Part::Program).status(), Status::Skipped);
        for part in [
            Part::Owner,
            Part::Closed(Box::new(Shut {
                path: "/a w/.git/HEAD".into(),
                git: "/a w/.git".into(),
                owner: None,
            })),
            Part::Repository,
            lost(Instead::Rubbish),
            lost(Instead::Folder),
            lost(Instead::Nothing),
            Part::Pointer("/g".into()),
            Part::Index("/g h/index".into()),
            Part::Settings("/h/.gitconfig".into(), 3),
            Part::Other,
        ] {
            let answer = of(judged(&[]), part.clone());
            assert_eq!(answer.status(), Status::Warn, "{part:?}");
            assert!(answer.found.is_empty(), "{part:?}");
            let help = answer.findings[0].help.as_deref().unwrap_or_default();
            assert!(crate::text::remedy::is_command(help), "{help}");
            let bare = help.replace("'/a w'", "").replace("'/g h/index", "");
            assert!(
                cfg!(windows) || !bare.contains("/a w") && !bare.contains("/g h"),
                "{help}"
            );
        }
        // What is known all the same is told.
        let tracked = of(judged(&[".env"]), Part::Repository);
        assert_eq!(tracked.status(), Status::Fail);
    }

    #[cfg(unix)]
    #[test]
    fn git_writes_its_settings_where_it_may() {
        let trouble = Trouble {
            top: "/w".into(),
            part: Part::Owner,
            words: "dubious ownership".to_owned(),
        };
        let of = |written: &Written| {
            let (root, base) = (Utf8Path::new("/w"), Utf8Path::new(""));
            let answer = told(Answer::default(), &trouble, root, base, written);
            (
                answer.findings[0].help.clone().unwrap_or_default(),
                answer.cures.len(),
            )
        };
        let line = "git config --global --add safe.directory /w";
        assert_eq!(of(&Written::Usual), (line.to_owned(), 1));
        // A line for the terminal, which no program can change.
        let own = Written::Home {
            own: "/home/me".into(),
            other: true,
        };
        let first = format!("export HOME=/home/me && {line}");
        assert_eq!(of(&own), (first, 0));
        let export =
            "export GIT_CONFIG_COUNT=3 GIT_CONFIG_KEY_2=safe.directory GIT_CONFIG_VALUE_2=/w";
        assert_eq!(of(&Written::Environment(2)), (export.to_owned(), 0));
    }
}
