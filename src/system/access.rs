//! Who may read a file, and who may write one.

use camino::Utf8Path;

/// Whether every user of this machine can read a file: its own permissions and those of all
/// folders above it allow it. On Windows, where a user's folder is closed to others, never.
#[must_use]
#[cfg(unix)]
pub fn readable_by_others(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    const OTHERS_READ: u32 = 0o004;
    const OTHERS_ENTER: u32 = 0o001;
    let mode = |path: &Utf8Path| {
        std::fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode())
    };
    mode(path) & OTHERS_READ != 0
        && path
            .ancestors()
            .skip(1)
            .filter(|folder| !folder.as_str().is_empty())
            .all(|folder| mode(folder) & OTHERS_ENTER != 0)
}

/// Whether every user of this machine can read a file. On Windows a user's folder is closed to others.
#[must_use]
#[cfg(not(unix))]
pub fn readable_by_others(_path: &Utf8Path) -> bool {
    false
}

/// Whether anybody but its owner may do anything with a file. On Windows never, as above.
#[must_use]
#[cfg(unix)]
pub fn open_to_others(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    const OTHERS: u32 = 0o077;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & OTHERS != 0)
}

/// Whether anybody but its owner may do anything with a file. On Windows a user's folder is closed to others.
#[must_use]
#[cfg(not(unix))]
pub fn open_to_others(_path: &Utf8Path) -> bool {
    false
}

/// The account that runs us, where it has a name.
#[must_use]
#[cfg(unix)]
pub fn account() -> Option<String> {
    use nix::unistd::{User, geteuid};
    let user = User::from_uid(geteuid()).ok().flatten()?;
    Some(user.name)
}

/// The account that runs us, where it has a name.
#[must_use]
#[cfg(not(unix))]
pub fn account() -> Option<String> {
    super::variables::snapshot().remove("USERNAME")
}

/// The home of the account that runs us, as the system knows it.
#[must_use]
#[cfg(unix)]
pub fn home() -> Option<camino::Utf8PathBuf> {
    use nix::unistd::{User, geteuid};
    let user = User::from_uid(geteuid()).ok().flatten()?;
    camino::Utf8PathBuf::from_path_buf(user.dir).ok()
}

/// The home of the account that runs us: Windows tells it in variables alone.
#[must_use]
#[cfg(not(unix))]
pub fn home() -> Option<camino::Utf8PathBuf> {
    None
}

/// Whether we may write a file, or make files in a folder, be it that the disk is read-only.
#[must_use]
#[cfg(unix)]
pub fn writable(path: &Utf8Path) -> bool {
    use nix::unistd::{AccessFlags, access};
    // Into a folder one has to come first.
    let wanted = if path.is_dir() {
        AccessFlags::W_OK | AccessFlags::X_OK
    } else {
        AccessFlags::W_OK
    };
    access(path.as_std_path(), wanted).is_ok()
}

/// Whether we may read a file, without opening it.
#[must_use]
#[cfg(unix)]
pub fn readable(path: &Utf8Path) -> bool {
    use nix::unistd::{AccessFlags, access};
    access(path.as_std_path(), AccessFlags::R_OK).is_ok()
}

/// Whether we may read a file; only a try would tell.
#[must_use]
#[cfg(not(unix))]
pub fn readable(_path: &Utf8Path) -> bool {
    true
}

/// Whether we may see what is in a folder, and reach it.
#[must_use]
#[cfg(unix)]
pub fn enterable(path: &Utf8Path) -> bool {
    use nix::unistd::{AccessFlags, access};
    access(path.as_std_path(), AccessFlags::R_OK | AccessFlags::X_OK).is_ok()
}

/// Whether we may see what is in a folder, and reach it; only a try would tell.
#[must_use]
#[cfg(not(unix))]
pub fn enterable(_path: &Utf8Path) -> bool {
    true
}

/// Whether somebody may run a file; a disk from which nothing may be run is another matter.
#[must_use]
#[cfg(unix)]
pub fn executable(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let mode = path.metadata().map(|it| it.permissions().mode());
    mode.is_ok_and(|mode| mode & 0o111 != 0)
}

/// Whether somebody may run a file: here its name tells.
#[must_use]
#[cfg(not(unix))]
pub fn executable(_path: &Utf8Path) -> bool {
    true
}

/// Who a file belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The account, or its number where it has no name.
    pub name: String,
    /// Whether that is who runs us.
    pub is_us: bool,
}

/// Who a file or folder belongs to.
#[must_use]
#[cfg(unix)]
pub fn owner(path: &Utf8Path) -> Option<Owner> {
    use nix::unistd::{Uid, User, geteuid};
    use std::os::unix::fs::MetadataExt;
    let uid = Uid::from_raw(std::fs::metadata(path).ok()?.uid());
    let user = User::from_uid(uid).ok().flatten();
    Some(Owner {
        name: user.map_or_else(|| uid.to_string(), |user| user.name),
        is_us: uid == geteuid(),
    })
}

/// Who a file or folder belongs to; not asked on Windows, where an owner may not be one who may write.
#[must_use]
#[cfg(not(unix))]
pub fn owner(_path: &Utf8Path) -> Option<Owner> {
    None
}

/// Whether we may make files in a folder; only a try would tell.
#[must_use]
#[cfg(not(unix))]
pub fn writable(_path: &Utf8Path) -> bool {
    true
}
