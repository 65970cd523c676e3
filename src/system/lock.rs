//! One supervisor a workspace: a lock on a file, which the system lifts when its holder dies.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;

use camino::Utf8Path;

/// A lock that is held as long as the value lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why a lock was not had.
#[derive(Debug)]
pub enum Refused {
    /// Somebody holds it; what it wrote there.
    Held(String),
    /// The file cannot be used.
    Broken(io::Error),
}

/// Takes the lock, and writes `note` for those who come later.
pub fn acquire(path: &Utf8Path, note: &str) -> Result<Lock, Refused> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(Refused::Broken)?;
    // Windows lets nobody else read a locked file: the note stands beside it.
    let beside = path.with_extension("holder");
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Refused::Held(
                fs::read_to_string(beside).unwrap_or_default(),
            ));
        }
        Err(TryLockError::Error(error)) => return Err(Refused::Broken(error)),
    }
    fs::write(beside, note).map_err(Refused::Broken)?;
    Ok(Lock { _file: file })
}
