//! The account that a server runs as when ours will not do: Postgres refuses to run as root.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

use std::io;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;

/// A user of this machine, as passwd has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Login name.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
}

impl Account {
    /// Makes `command` run as this account, without our supplementary groups.
    pub fn wear(&self, command: &mut Command) {
        platform::wear(self, command);
    }

    /// Whether this account can use `path`: enter every folder on the way, and read (a program: execute) the end.
    #[must_use]
    pub fn can_reach(&self, path: &Path) -> bool {
        platform::can_reach(self, path)
    }

    /// Makes this account the owner of `path` itself.
    ///
    /// # Errors
    /// What the system says.
    pub fn own(&self, path: &Path) -> io::Result<()> {
        platform::own(self, path)
    }
}

/// The account for a server that refuses root: none unless we are root. Whoever called sudo, else `postgres`, else
/// `nobody`.
///
/// # Errors
/// When we are root and passwd has none of them.
pub fn unprivileged(sudo_uid: Option<u32>) -> Result<Option<Account>, Failure> {
    platform::unprivileged(sudo_uid)
}

/// The user that owns `path`, where the system has that notion and knows the user.
#[must_use]
pub fn owner(path: &Path) -> Option<Account> {
    platform::owner(path)
}

/// Whether we may act for every user.
#[must_use]
pub fn is_root() -> bool {
    platform::is_root()
}

/// The id of the user that we are, where the system has that notion.
#[must_use]
pub fn our_uid() -> Option<u32> {
    platform::our_uid()
}
