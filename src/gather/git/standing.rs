//! How the files of a checkout stand to git: which are meant to be there, which have both sides of a conflict, and
//! what was begun and not finished.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::fs;

use super::around::around;
use super::index;

/// Something that git began, and that a person has to finish or to give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// `git merge`, `git pull`.
    Merge,
    /// `git rebase`, `git pull --rebase`.
    Rebase,
    /// `git cherry-pick`.
    CherryPick,
    /// `git revert`.
    Revert,
    /// `git am`.
    Patches,
}

impl Unfinished {
    /// In words.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Merge => "a merge",
            Self::Rebase => "a rebase",
            Self::CherryPick => "a cherry-pick",
            Self::Revert => "a revert",
            Self::Patches => "`git am`",
        }
    }

    /// The word of git's that goes on with it or gives it up.
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Rebase => "rebase",
            Self::CherryPick => "cherry-pick",
            Self::Revert => "revert",
            Self::Patches => "am",
        }
    }

    /// By what it leaves in the repository's own folder.
    fn of(git: &Utf8Path) -> Option<Self> {
        let has = |name: &str| fs::exists(&git.join(name));
        // A rebase picks each commit.
        if has("rebase-merge") {
            Some(Self::Rebase)
        } else if has("rebase-apply") {
            Some(if has("rebase-apply/applying") {
                Self::Patches
            } else {
                Self::Rebase
            })
        } else if has("MERGE_HEAD") {
            Some(Self::Merge)
        } else if has("CHERRY_PICK_HEAD") {
            Some(Self::CherryPick)
        } else if has("REVERT_HEAD") {
            Some(Self::Revert)
        } else {
            None
        }
    }
}

/// How the files below a folder stand, relative to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Those that are meant to be there.
    pub files: BTreeSet<Utf8PathBuf>,
    /// Those in which a conflict is not resolved.
    pub unmerged: BTreeSet<Utf8PathBuf>,
    /// What was begun.
    pub unfinished: Option<Unfinished>,
}

/// How the files below a folder stand; none where no repository is around it, or its index is not understood.
#[must_use]
pub fn standing(root: &Utf8Path) -> Option<Standing> {
    let repository = around(root)?;
    let index = fs::read(&repository.git.join("index")).ok()?;
    let prefix = match root.strip_prefix(&repository.top).ok()?.as_str() {
        "" => String::new(),
        below => format!("{}/", below.replace('\\', "/")),
    };
    let below = |entry: index::Entry<'_>| {
        let path = entry.path.strip_prefix(&prefix)?;
        Some((Utf8PathBuf::from(path), entry.is_unmerged, entry.is_meant))
    };
    let mut standing = Standing {
        unfinished: Unfinished::of(&repository.git),
        ..Standing::default()
    };
    for (path, is_unmerged, is_meant) in index::each(&index, below)? {
        if is_unmerged {
            standing.unmerged.insert(path);
        } else if is_meant {
            standing.files.insert(path);
        }
    }
    Some(standing)
}
