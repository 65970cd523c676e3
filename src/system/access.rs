//! Who may read a file.

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

/// Whether we may make files in a folder.
#[must_use]
#[cfg(unix)]
pub fn writable(folder: &Utf8Path) -> bool {
    nix::unistd::access(folder.as_std_path(), nix::unistd::AccessFlags::W_OK).is_ok()
}

/// Whether we may make files in a folder; only a try would tell.
#[must_use]
#[cfg(not(unix))]
pub fn writable(_folder: &Utf8Path) -> bool {
    true
}
