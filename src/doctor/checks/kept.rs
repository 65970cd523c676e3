//! A lock that cannot be read: what git has of it.

use camino::Utf8Path;

use crate::code::lock::UNFINISHED;
use crate::doctor::Facts;
use crate::gather::git;
use crate::text::command::Command;

/// What the last commit has of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// One that can be read.
    Whole,
    /// One that cannot be read either, as where a merge was committed with its markers.
    Broken,
    /// None.
    Nowhere,
}

impl Kept {
    /// What brings one back begins so.
    pub(super) const BACK: &str = "git checkout HEAD -- ";

    /// Asks git, which takes a moment: for a lock that is broken here.
    pub(super) fn of(facts: &Facts, lock: &Utf8Path, is_whole: impl Fn(&str) -> bool) -> Self {
        let root = &facts.workspace().root;
        match git::committed(root, &facts.questions.variables, lock) {
            Some(text) if is_whole(&text) => Self::Whole,
            Some(_) => Self::Broken,
            None => Self::Nowhere,
        }
    }

    /// What is to be known before a lock is made anew; `alone` is for where that need not be.
    pub(super) fn note(self, alone: String, file: &str) -> String {
        match self {
            Self::Whole => alone,
            Self::Broken => format!(
                "the last commit has it so, too: all versions are chosen anew, unless an older commit has a good one (git log {file})"
            ),
            Self::Nowhere => "git has no other one: all versions are chosen anew".to_owned(),
        }
    }
}

/// What brings a lock of the last commit back, in its folder.
pub(super) fn restored(file: &str) -> String {
    Command::new("git checkout HEAD --").path(file).to_string()
}

/// What shows both sides of a merge, where that is why a lock cannot be read.
pub(super) fn sides(why: &str, lock: &Utf8Path) -> Option<String> {
    let shows = Command::new("git diff").path(lock);
    why.starts_with(UNFINISHED)
        .then(|| format!("`{shows}` shows both sides"))
}
