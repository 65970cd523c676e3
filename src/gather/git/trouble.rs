//! Why git does not say something, by its own words.

use camino::{Utf8Path, Utf8PathBuf};

use crate::service::Ending;
use crate::system::access::{self, Owner};
use crate::system::fs;
use crate::system::program::Answered;
use crate::toolchain::named_file;

use super::around::Repository;
use super::head::{self, LostHead};

/// Why git does not say something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The folder that `.git` lies in.
    pub top: Utf8PathBuf,
    /// What it is about.
    pub part: Part,
    /// Git's own words, where it has some.
    pub words: String,
}

/// What is in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Git itself: it is not there, or does not answer.
    Program,
    /// The folder's owner, who is somebody else.
    Owner,
    /// A part of the repository that this user may not read.
    Closed(Box<Shut>),
    /// What makes `.git` a repository: `HEAD`, `objects`, `refs`.
    Repository,
    /// Its `HEAD`, which names nothing.
    Head(LostHead),
    /// What `.git`, which is a file, points to.
    Pointer(Utf8PathBuf),
    /// The index.
    Index(Utf8PathBuf),
    /// A file of settings, at this line: the repository's, or the user's own.
    Settings(Utf8PathBuf, usize),
    /// Something else.
    Other,
}

/// A part of a repository that is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shut {
    /// That part.
    pub path: Utf8PathBuf,
    /// The repository's own folder.
    pub git: Utf8PathBuf,
    /// Whose the part is.
    pub owner: Option<Owner>,
}

pub(super) fn trouble(
    root: &Utf8Path,
    repository: Option<&Repository>,
    answered: Answered,
) -> Trouble {
    let top = repository.map_or(root, |repository| repository.top.as_path());
    let (part, words) = match answered {
        Answered::Ended {
            text,
            signal: Some(signal),
            ..
        } if text.trim().is_empty() => {
            let ending = Ending::Signal(signal);
            (Part::Other, format!("git is ended by {ending}"))
        }
        Answered::Ended { text, .. } => {
            let closed = repository.and_then(closed);
            let part = closed.unwrap_or_else(|| part(&text, repository));
            (part, fatal(&text))
        }
        Answered::NotFound => (Part::Program, "git is not on PATH".to_owned()),
        Answered::TimedOut | Answered::Endless | Answered::Failed(_) | Answered::Prevented(_) => {
            (Part::Program, "git does not answer".to_owned())
        }
    };
    Trouble {
        top: top.to_owned(),
        part,
        words,
    }
}

/// What of a repository this user may not read, whatever git makes of that: it takes it for damaged, or for none.
fn closed(repository: &Repository) -> Option<Part> {
    const PARTS: [&str; 6] = ["", "HEAD", "config", "index", "objects", "refs"];
    let git = &repository.git;
    let mut parts = PARTS.iter().map(|part| match *part {
        "" => git.clone(),
        part => git.join(part),
    });
    let is_closed =
        |path: &Utf8PathBuf| fs::is_refused(path) || fs::is_dir(path) && !access::enterable(path);
    let path = parts.find(is_closed)?;
    Some(Part::Closed(Box::new(Shut {
        owner: access::owner(&path),
        path,
        git: git.clone(),
    })))
}

fn part(text: &str, repository: Option<&Repository>) -> Part {
    let Some(repository) = repository else {
        return Part::Other;
    };
    if let Some((path, line)) = named_file(text) {
        Part::Settings(repository.top.join(path), line)
    } else if text.contains("dubious ownership") {
        Part::Owner
    } else if text.contains("not a git repository") || text.contains("invalid gitfile") {
        if repository.own {
            head::lost(&repository.git).map_or(Part::Repository, Part::Head)
        } else {
            Part::Pointer(repository.git.clone())
        }
    } else if text.contains("index") {
        Part::Index(repository.git.join("index"))
    } else {
        Part::Other
    }
}

/// The line that says why git gives up, without the word before it.
fn fatal(text: &str) -> String {
    let last = text
        .lines()
        .find_map(|line| line.strip_prefix("fatal: "))
        .or_else(|| text.lines().find(|line| !line.trim().is_empty()));
    last.unwrap_or("git says nothing").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_says_tells_what_is_broken() {
        let repository = |own| Repository {
            top: "/w".into(),
            git: "/g".into(),
            own,
            whole: false,
        };
        let nowhere = "fatal: not a git repository (or any of the parent directories): .git\n";
        assert_eq!(part(nowhere, Some(&repository(true))), Part::Repository);
        let elsewhere = "fatal: not a git repository: /g\n";
        assert_eq!(
            part(elsewhere, Some(&repository(false))),
            Part::Pointer("/g".into())
        );
        let index = "error: bad signature 0x62726167\nfatal: index file corrupt\n";
        assert_eq!(
            part(index, Some(&repository(true))),
            Part::Index("/g/index".into())
        );
        assert_eq!(fatal(index), "index file corrupt");
        let owner =
            "fatal: detected dubious ownership in repository at '/w'\nTo add an exception\n";
        assert_eq!(part(owner, Some(&repository(true))), Part::Owner);
        let settings = "fatal: bad config line 6 in file .git/config\n";
        assert_eq!(
            part(settings, Some(&repository(true))),
            Part::Settings("/w/.git/config".into(), 6)
        );
        assert_eq!(fatal("\nwarning: x\n"), "warning: x");
        assert_eq!(fatal(""), "git says nothing");
    }
}
