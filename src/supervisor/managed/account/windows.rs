//! Windows has no root, and servers run as whoever runs the tool. An administrator's rights are refused by Postgres too;
//! only its `pg_ctl` and `initdb` can drop them, and a server started by `pg_ctl` is nobody's child.

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

pub(super) fn unprivileged(_sudo_uid: Option<u32>) -> Result<Option<Account>, Failure> {
    if is_administrator() {
        return Err(Failure::unreachable(
            "Postgres refuses to run with administrator rights",
        )
        .help("start pixcrawler in an ordinary terminal, or start a Postgres service and use --no-managed"));
    }
    Ok(None)
}

/// Whether our rights include those of an administrator: what Postgres itself asks before it starts.
#[expect(
    unsafe_code,
    reason = "the question about our own token has no safe wrapper"
)]
fn is_administrator() -> bool {
    // SAFETY: takes nothing, keeps nothing, and answers with a number.
    unsafe { windows_sys::Win32::UI::Shell::IsUserAnAdmin() != 0 }
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
