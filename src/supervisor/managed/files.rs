//! Private files and folders, and failures that name them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::account::Account;
use crate::exit::Exit;
use crate::failure::Failure;

/// Turns what the system said about `path` into a failure: `cannot create /x: permission denied`.
pub(super) fn refused(what: &str, path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let message = format!("cannot {what} {}", path.display());
    move |error| Failure::new(Exit::Findings, format!("{message}: {error}"))
}

/// Creates a folder, and those above it, if it is not there. `mode` is for the folder itself, on unix.
pub(super) fn folder(path: &Path, mode: u32) -> Result<(), Failure> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path).map_err(refused("create", path))?;
    set_mode(path, mode).map_err(refused("set the permissions of", path))
}

/// `path` without links, in the form that programs understand.
pub(super) fn real(path: &Path) -> io::Result<PathBuf> {
    let real = path.canonicalize()?;
    // Windows answers with `\\?\C:\…`, which neither Postgres nor cmd take.
    match real.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(plain) if !plain.starts_with("UNC") => Ok(PathBuf::from(plain)),
        _ => Ok(real),
    }
}

/// Writes a file that only its owner can read, whole or not at all.
pub(super) fn private_file(
    path: &Path,
    contents: &str,
    owner: Option<&Account>,
) -> Result<(), Failure> {
    let written = || -> io::Result<()> {
        let fresh = path.with_extension("new");
        let _ = fs::remove_file(&fresh);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&fresh)?;
        file.write_all(contents.as_bytes())?;
        file.sync_all()?;
        if let Some(owner) = owner {
            owner.own(&fresh)?;
        }
        fs::rename(&fresh, path)
    };
    written().map_err(refused("write", path))
}

#[cfg(unix)]
pub(super) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Shuts others out of a data folder that they may enter or write to, since Postgres does not start on such
/// data; whether that was so. Its group may read, as `initdb --allow-group-access` has it.
#[cfg(unix)]
pub(super) fn shut_out(data: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(data)?.permissions().mode();
    if mode & 0o027 == 0 {
        return Ok(false);
    }
    set_mode(data, 0o700)?;
    Ok(true)
}

#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "the contract of every platform")]
pub(super) fn shut_out(_data: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "the contract of every platform")]
pub(super) fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    // The folders of a user's profile are private on Windows.
    Ok(())
}

/// Makes a whole folder readable for everybody: what root installed for another account to run.
#[cfg(unix)]
pub(super) fn open_to_all(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let found = fs::symlink_metadata(path)?;
    if found.is_symlink() {
        return Ok(());
    }
    let mode = found.permissions().mode();
    if found.is_dir() {
        set_mode(path, mode | 0o555)?;
        for entry in fs::read_dir(path)? {
            open_to_all(&entry?.path())?;
        }
        return Ok(());
    }
    set_mode(
        path,
        if mode & 0o100 == 0 {
            mode | 0o444
        } else {
            mode | 0o555
        },
    )
}

#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "the contract of every platform")]
pub(super) fn open_to_all(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// 24 random bytes in an alphabet that needs no quoting anywhere.
pub(super) fn random_word() -> Result<String, Failure> {
    use base64::Engine;
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::new(
            Exit::Findings,
            format!("the system gave no random bytes: {error}"),
        )
    })?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_data_folder_is_open_to_others_no_longer_than_a_start() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a folder");
        for (open, shut, told) in [
            (0o755, 0o700, true),
            (0o770, 0o700, true),
            (0o750, 0o750, false),
            (0o700, 0o700, false),
        ] {
            set_mode(dir.path(), open).expect("ours");
            assert_eq!(shut_out(dir.path()).expect("ours"), told, "{open:o}");
            let mode = fs::metadata(dir.path()).expect("there").permissions();
            assert_eq!(mode.mode() & 0o777, shut, "{open:o}");
        }
    }
}
