//! The code of the checkout: all there, without marks of a merge, and such that Python can load it.

use crate::diagnostic::{Finding, Label, Rule, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::git::Unfinished;
use crate::gather::lost_files::Lost;
use crate::gather::torn_files::{self, Found, Tear, Torn};
use crate::text::command::Command;
use crate::text::remedy::open_at;
use crate::text::{and_list, plural};
use crate::workspace::stack::Fault;

use super::python_packages::few;

/// What it is called.
pub(super) const ID: &str = "checkout";

/// Code is gone.
pub(super) static LOST: Rule = Rule {
    code: "workspace/lost",
    severity: Severity::Error,
    summary: "code that git has is not in the folder",
    text: "\
A folder or a module is in git's index and not in the folder: it was deleted, and the deletion is not committed. It
is an error where something that is left imports it, where it made the API or the worker, or where a whole side, the
frontend's pages or Drizzle's migrations went with it. What nothing is seen to need is a warning: it may be meant. What
a sparse checkout leaves out is not missed.

Way out: `git checkout -- PATH` brings it back as git has it. Where it is meant to go, commit that.",
};

/// Both sides of a merge stand in code.
pub(super) static UNMERGED: Rule = Rule {
    code: "workspace/unmerged",
    severity: Severity::Error,
    summary: "a merge was not finished in code",
    text: "\
The marks of a conflict (`<<<<<<<`, `=======`, `>>>>>>>`) are no code: what has to load the file stops there. They are
left by a merge, a rebase, a cherry-pick or a `git stash pop` that was not finished, or were committed.

Way out: keep what is meant of both sides, delete the lines of the marks, `git add` the file, and go on with what git
began.",
};

/// Python cannot load a module.
pub(super) static SYNTAX: Rule = Rule {
    code: "workspace/syntax",
    severity: Severity::Error,
    summary: "Python cannot read a module that a service loads",
    text: "\
A module that the API or the worker imports as it starts, itself or by way of others, is not Python: the service ends
with a SyntaxError. What is imported only under a condition, or in a function, is not looked at.

Way out: correct the line that is printed.",
};

/// An import leads nowhere.
pub(super) static ASTRAY: Rule = Rule {
    code: "workspace/no-module",
    severity: Severity::Error,
    summary: "a service imports a module of the workspace that is not there",
    text: "\
A module that the API or the worker loads as it starts imports another one from a package of the workspace, and that
has nothing of the name: it was deleted or moved, or the name is misspelt. The service ends with a ModuleNotFoundError.
What is imported under `try`, under a condition, or in a function, is not looked at.

Way out: where the last commit has it, the printed command brings it back; else correct the import.",
};

pub(super) static RULES: &[&Rule] = &[&LOST, &UNMERGED, &SYNTAX, &ASTRAY];

/// So many files are told one by one.
const TOLD: usize = 6;

/// So many paths make a line that can still be read.
const LISTED: usize = 30;

pub(super) fn ask(facts: &Facts) -> Answer {
    let variables = &facts.questions.variables;
    let mut found = torn_files::find(facts.workspace(), facts.stack(), variables);
    // What git can bring back is told as that.
    found.torn.retain(|it| match &it.tear {
        Tear::Astray(module, _) => {
            let file = module.with_extension("py");
            let is_it = |lost: &Lost| {
                lost.path == file || lost.path.starts_with(module) || module.starts_with(&lost.path)
            };
            !facts.lost().iter().any(is_it)
        }
        _ => true,
    });
    let lost: Vec<&Lost> = facts
        .lost()
        .iter()
        .filter(|it| !is_told(facts, it))
        .collect();
    judge(&lost, &found)
}

/// Whether the check of the packages tells of it: a folder with a manifest in it.
fn is_told(facts: &Facts, lost: &Lost) -> bool {
    if !lost.is_side {
        return false;
    }
    let mut broken = facts.packages().broken.iter();
    broken.any(|manifest| {
        let of_side = if manifest.is_python() {
            "python-packages"
        } else {
            "web-packages"
        };
        let is_it = matches!(&manifest.fault, Fault::Gone(gone) if lost.path.starts_with(gone));
        is_it && facts.is_asked(of_side)
    })
}

/// What a check that needs something says while that is gone.
pub(in crate::doctor) fn awaited(facts: &Facts, lost: &Lost) -> Answer {
    if facts.is_asked(ID) || is_told(facts, lost) {
        Answer::skipped(format!("waits for {}, which is gone", lost.path))
    } else {
        told(Answer::default(), &[lost], true)
    }
}

fn judge(lost: &[&Lost], found: &Found) -> Answer {
    let (needed, others): (Vec<&Lost>, Vec<&Lost>) = lost.iter().partition(|it| it.is_needed);
    let mut answer = told(Answer::default(), &needed, true);
    answer = torn(answer, found);
    answer = told(answer, &others, false);
    if !answer.findings.is_empty() {
        return answer;
    }
    let answer = if found.files == 0 {
        Answer::irrelevant("no code")
    } else {
        Answer::found(format!("{} of code", plural(found.files, "file")))
    };
    match found.unfinished {
        Some(unfinished) => answer.and(format!("{} is under way", unfinished.in_words())),
        None => answer,
    }
}

/// With what is gone.
fn told(answer: Answer, lost: &[&Lost], is_needed: bool) -> Answer {
    let paths: Vec<String> = lost.iter().map(|it| it.path.to_string()).collect();
    let (first, is_one) = match lost {
        [] => return answer,
        [one] => (*one, true),
        [first, ..] => (*first, false),
    };
    let names = if paths.len() > TOLD {
        few(&paths)
    } else {
        and_list(&paths)
    };
    let verb = if is_one { "is" } else { "are" };
    let message = format!(
        "{names} {verb} gone, and git has {}",
        if is_one { "it" } else { "them" }
    );
    let mut finding = Finding::new(&LOST, message).in_file(first.path.clone());
    let files: usize = lost.iter().map(|it| it.files).sum();
    if files > lost.len() {
        finding = finding.note(format!("that is {} of the checkout", plural(files, "file")));
    }
    let line = Command::new("git checkout --").paths(&paths).to_string();
    if is_needed {
        let finding = finding.note("what imports or starts it does not work without");
        return answer.mended_by(finding, Cure::new(line));
    }
    let finding = finding
        .severity(Severity::Warning)
        .note("nothing is seen to need it; where that is meant, commit it");
    answer.problem(finding.help(if paths.len() > LISTED {
        "git status".to_owned()
    } else {
        line
    }))
}

/// With what cannot be loaded.
fn torn(mut answer: Answer, found: &Found) -> Answer {
    let mut unfinished = found.unfinished;
    for it in found.torn.iter().take(TOLD) {
        let mut finding = one(it, &mut unfinished);
        answer = match &it.tear {
            Tear::Astray(_, Some(committed)) => {
                let line = Command::new("git restore --source=HEAD --staged --worktree");
                let line = line.path(committed).to_string();
                finding.help = None;
                answer.mended_by(finding, Cure::new(line))
            }
            _ => answer.problem(finding),
        };
    }
    let rest = found.torn.get(TOLD..).unwrap_or_default();
    if let Some(last) = answer.findings.last_mut().filter(|_| !rest.is_empty()) {
        let paths: Vec<String> = rest.iter().map(|it| it.source.path().to_string()).collect();
        last.notes.push(format!("the same in {}", few(&paths)));
    }
    answer
}

fn one(torn: &Torn, unfinished: &mut Option<Unfinished>) -> Finding {
    let path = torn.source.path();
    let line = torn.source.position(torn.at.start).line;
    let label = Label::new(&torn.source, torn.at, "");
    let finding = match &torn.tear {
        Tear::Merge { merge, is_unmerged } => {
            let message = format!("a merge was not finished here ({path}:{line})");
            let mut finding = Finding::new(&UNMERGED, message);
            finding.notes.extend(merge.sides());
            if *is_unmerged {
                let shows = Command::new("git diff").path(path);
                finding = finding.note(format!("`{shows}` shows both sides"));
            }
            // Of all of them it is one thing.
            match unfinished.take() {
                Some(begun) => {
                    let (words, verb) = (begun.in_words(), begun.verb());
                    finding.note(format!(
                        "{words} is under way: `git add` each file, then `git {verb} --continue`; `git {verb} --abort` gives it up"
                    ))
                }
                None => finding,
            }
        }
        Tear::Mistake(why) => {
            let message = format!("Python cannot read {path}:{line}: {why}");
            Finding::new(&SYNTAX, message).note("a service loads it, and ends with a SyntaxError")
        }
        Tear::Astray(module, committed) => {
            let message = format!("{path}:{line} imports {module}.py, which is not there");
            let finding = Finding::new(&ASTRAY, message)
                .note("a service loads it, and ends with a ModuleNotFoundError");
            match committed {
                Some(_) => finding.note("the last commit has it"),
                None => finding,
            }
        }
    };
    finding
        .subject(path.as_str())
        .at(label)
        .help(open_at(path.as_str(), line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn lost(path: &str, files: usize, is_needed: bool) -> Lost {
        Lost {
            path: path.into(),
            files,
            is_needed,
            is_python: true,
            is_side: false,
            is_of_migrations: false,
        }
    }

    #[test]
    fn what_is_needed_comes_back_and_the_rest_is_asked_about() {
        let (core, main, test) = (
            lost("backend/core", 20, true),
            lost("backend/main.py", 1, true),
            lost("it's.py", 1, false),
        );
        let answer = judge(&[&core, &test, &main], &Found::default());
        assert_eq!(answer.status(), Status::Fail);
        let told: Vec<&str> = answer.findings.iter().map(|it| &*it.message).collect();
        assert_eq!(
            told,
            [
                "backend/core and backend/main.py are gone, and git has them",
                "it's.py is gone, and git has it"
            ]
        );
        // What may be meant is not undone unasked.
        let line = "git checkout -- backend/core backend/main.py";
        assert_eq!(answer.cures, [Cure::new(line)]);
        assert_eq!(judge(&[&test], &Found::default()).status(), Status::Warn);
        let many: Vec<Lost> = (0..40)
            .map(|at| lost(&format!("{at}.py"), 1, false))
            .collect();
        let answer = judge(&many.iter().collect::<Vec<_>>(), &Found::default());
        assert!(answer.findings[0].message.contains(" and 34 more are gone"));
        assert_eq!(answer.findings[0].help.as_deref(), Some("git status"));
    }

    #[test]
    fn what_is_under_way_is_no_fault() {
        let found = Found {
            files: 3,
            unfinished: Some(Unfinished::Rebase),
            ..Found::default()
        };
        let answer = judge(&[], &found);
        assert_eq!(answer.status(), Status::Pass);
        assert_eq!(answer.found, ["3 files of code", "a rebase is under way"]);
    }
}
