//! Windows has no root: servers run as whoever runs the tool (Postgres drops an administrator's rights by itself).

use std::io;
use std::path::Path;
use std::process::Command;

use super::Account;
use crate::failure::Failure;

pub(super) fn wear(_account: &Account, _command: &mut Command) {}

pub(super) fn can_reach(_account: &Account, path: &Path) -> bool {
    path.exists()
}

#[expect(clippy::unnecessary_wraps, reason = "the contract of every platform")]
pub(super) fn own(_account: &Account, _path: &Path) -> io::Result<()> {
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "the contract of every platform")]
pub(super) fn unprivileged(_sudo_uid: Option<u32>) -> Result<Option<Account>, Failure> {
    Ok(None)
}

pub(super) fn owner(_path: &Path) -> Option<Account> {
    None
}

pub(super) fn is_root() -> bool {
    false
}

pub(super) fn our_uid() -> Option<u32> {
    None
}
