//! Users and permissions on Linux and macOS.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Uid, User};

use super::Account;
use crate::failure::Failure;

impl From<User> for Account {
    fn from(user: User) -> Self {
        Self {
            name: user.name,
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
        }
    }
}

pub(super) fn wear(account: &Account, command: &mut Command) {
    // With a uid and no groups given, std drops the supplementary groups of root as well.
    command.uid(account.uid).gid(account.gid);
}

pub(super) fn can_reach(account: &Account, path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else {
        return false;
    };
    let allowed = |path: &Path, wanted: u32| {
        fs::metadata(path).is_ok_and(|found| {
            let shift = match (found.uid() == account.uid, found.gid() == account.gid) {
                (true, _) => 6,
                (false, true) => 3,
                (false, false) => 0,
            };
            (found.mode() >> shift) & wanted == wanted
        })
    };
    let end = if path.is_dir() { 0o1 } else { 0o5 };
    path.ancestors().skip(1).all(|folder| allowed(folder, 0o1)) && allowed(&path, end)
}

pub(super) fn own(account: &Account, path: &Path) -> io::Result<()> {
    std::os::unix::fs::lchown(path, Some(account.uid), Some(account.gid))
}

pub(super) fn unprivileged(sudo_uid: Option<u32>) -> Result<Option<Account>, Failure> {
    if !is_root() {
        return Ok(None);
    }
    let by_id = sudo_uid
        .filter(|&uid| uid != 0)
        .and_then(|uid| User::from_uid(Uid::from_raw(uid)).ok().flatten());
    let by_name = || {
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
    };
    match by_id.or_else(by_name).filter(|user| !user.uid.is_root()) {
        Some(user) => Ok(Some(user.into())),
        None => Err(Failure::unreachable("Postgres refuses to run as root, and there is neither a user `postgres` nor `nobody` to run it as")
            .help("useradd --system --no-create-home postgres")),
    }
}

pub(super) fn owner(path: &Path) -> Option<Account> {
    let uid = fs::metadata(path).ok()?.uid();
    User::from_uid(Uid::from_raw(uid))
        .ok()
        .flatten()
        .map(Account::from)
}

pub(super) fn is_root() -> bool {
    Uid::effective().is_root()
}

#[expect(clippy::unnecessary_wraps, reason = "Windows has no such id")]
pub(super) fn our_uid() -> Option<u32> {
    Some(Uid::effective().as_raw())
}
