//! One supervisor a workspace: a lock on a file, which the system lifts when its holder dies.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};

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
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(Refused::Broken)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            return Err(Refused::Held(holder));
        }
        Err(TryLockError::Error(error)) => return Err(Refused::Broken(error)),
    }
    file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(note.as_bytes())).map_err(Refused::Broken)?;
    Ok(Lock { _file: file })
}
