//! One supervisor a workspace: a lock on a file, which the system lifts when its holder dies.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::time::Duration;

use camino::Utf8Path;

/// How often a lock is tried that somebody holds, and the time between two tries: [`holder`] has it
/// for a moment.
const LOOKERS: u32 = 5;
const LOOK: Duration = Duration::from_millis(4);

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
    let mut tries = 0;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            // Somebody may only be looking who holds it.
            Err(TryLockError::WouldBlock) if tries < LOOKERS => {
                tries += 1;
                std::thread::sleep(LOOK);
            }
            Err(TryLockError::WouldBlock) => {
                return Err(Refused::Held(
                    fs::read_to_string(beside).unwrap_or_default(),
                ));
            }
            Err(TryLockError::Error(error)) => return Err(Refused::Broken(error)),
        }
    }
    fs::write(beside, note).map_err(Refused::Broken)?;
    Ok(Lock { _file: file })
}

/// What the holder of the lock wrote there; none when nobody holds it, or nobody lets us see that.
#[must_use]
pub fn holder(path: &Utf8Path) -> Option<String> {
    look(path).unwrap_or_default()
}

/// The same, for who must know the one from the other.
///
/// # Errors
/// When we may not look.
pub fn look(path: &Utf8Path) -> io::Result<Option<String>> {
    // To look at another user's lock, reading has to do.
    let opened = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => File::open(path),
        opened => opened,
    };
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // Shared, so that two who look do not see each other. Whoever takes the lock in this very
    // moment tries again.
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Ok(Some(
            fs::read_to_string(path.with_extension("holder")).unwrap_or_default(),
        )),
        _ => Ok(None),
    }
}
