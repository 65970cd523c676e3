//! The repository around a folder.

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::fs;

/// A repository: the folder that `.git` lies in, and the repository's own.
pub(super) struct Repository {
    pub(super) top: Utf8PathBuf,
    pub(super) git: Utf8PathBuf,
    /// Whether `.git` is that folder itself, not a file that points to it.
    pub(super) own: bool,
    pub(super) whole: bool,
}

/// The repository that git would take in that folder. It passes over a `.git` folder that is none; where
/// there is no other, that one is meant to be it.
pub(super) fn around(root: &Utf8Path) -> Option<Repository> {
    let mut broken = None;
    for dir in root.ancestors() {
        match repository(dir) {
            Some(found) if found.whole || !found.own => return Some(found),
            Some(found) => broken = broken.or(Some(found)),
            None => {}
        }
    }
    broken
}

/// The repository whose `.git` lies in that folder, or the file that stands for it in a worktree.
pub(super) fn repository(top: &Utf8Path) -> Option<Repository> {
    let path = top.join(".git");
    let own = fs::is_dir_if_there(&path)?;
    let git = if own {
        path
    } else {
        let text = fs::read_text(&path).unwrap_or_default();
        let target = text.strip_prefix("gitdir:").unwrap_or_default();
        top.join(target.trim())
    };
    Some(Repository {
        top: top.to_owned(),
        whole: fs::exists(&git.join("HEAD")),
        git,
        own,
    })
}
