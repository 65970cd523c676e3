//! The workspace's folder while a session runs: whoever renames it may make another workspace at its old
//! path, in which nothing of the session is to be started.

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::{fs, same};

/// The folder of a session.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub(super) root: Utf8PathBuf,
    /// What tells it from a folder that takes its path later.
    identity: Option<String>,
}

impl Home {
    pub(super) fn of(root: Utf8PathBuf) -> Self {
        Self {
            identity: same::identity(&root),
            root,
        }
    }

    /// Whether it is where it was when the session began.
    pub(super) fn is_there(&self) -> bool {
        fs::is_dir(&self.root) && same::identity(&self.root) == self.identity
    }

    /// Whether there is a folder that a service of the session can be started in.
    pub(super) fn has(&self, dir: &Utf8Path) -> bool {
        fs::is_dir(dir) && (!dir.starts_with(&self.root) || self.is_there())
    }

    /// Whether a folder of the session is another one by now, in which nothing of it may be started.
    pub(super) fn is_strange(&self, dir: &Utf8Path) -> bool {
        fs::is_dir(dir) && !self.has(dir)
    }

    /// What has become of a folder that it has not.
    pub(super) fn fate(dir: &Utf8Path) -> &'static str {
        if fs::is_dir(dir) {
            "is another folder by now"
        } else {
            "is gone"
        }
    }

    /// How a session goes on whose workspace has another name by now; nothing where it has not.
    pub(super) fn way_on(&self) -> Option<&'static str> {
        (!self.is_there()).then_some(
            "the workspace has another name by now: pixcrawler stop, then pixcrawler dev",
        )
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_stands_at_the_old_path_of_a_renamed_workspace_is_not_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = Utf8PathBuf::from_path_buf(dir.path().to_owned()).expect("UTF-8");
        let (old, new) = (dir.join("old"), dir.join("new"));
        fs::create_dir_all(&old.join("backend")).expect("a folder");
        let home = Home::of(old.clone());
        assert!(home.is_there() && home.has(&old.join("backend")));
        assert!(!home.has(&old.join("frontend")) && home.way_on().is_none());
        std::fs::rename(&old, &new).expect("renamed");
        assert!(!home.is_there() && !home.has(&old) && home.way_on().is_some());
        fs::create_dir_all(&old.join("backend")).expect("a folder");
        assert!(!home.has(&old.join("backend")) && home.is_strange(&old.join("backend")));
        // What stands elsewhere has nothing to do with it.
        assert!(home.has(&new.join("backend")));
        std::fs::rename(&old, dir.join("other")).expect("renamed");
        std::fs::rename(&new, &old).expect("renamed");
        assert!(home.is_there() && home.has(&old.join("backend")));
    }
}
