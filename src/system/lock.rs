//! One supervisor a workspace: a lock on a file, which the system lifts when its holder dies.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::{fs as files, same};

/// How often a lock is tried that somebody holds, and the time between two tries: [`holder`] has it
/// for a moment.
const LOOKERS: u32 = 5;
const LOOK: Duration = Duration::from_millis(4);

/// A lock that is held as long as the value lives.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Whether whoever looks at this path finds the lock: the file may have been removed from under it.
    #[must_use]
    pub fn is_at(&self, path: &Utf8Path) -> bool {
        same::is_at(&self.file, path)
    }
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
    let beside = beside(path);
    for file in [path, &beside] {
        if is_in_the_way(file) {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "is no file");
            return Err(Refused::Broken(error));
        }
    }
    let mut tries = 0;
    let file = loop {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(Refused::Broken)?;
        match file.try_lock() {
            Ok(()) if same::is_at(&file, path) => break file,
            // Somebody may only be looking who holds it; and one that was removed meanwhile is nobody's.
            Ok(()) | Err(TryLockError::WouldBlock) if tries < LOOKERS => {
                tries += 1;
                std::thread::sleep(LOOK);
            }
            Ok(()) => return Err(Refused::Broken(io::ErrorKind::NotFound.into())),
            Err(TryLockError::WouldBlock) => {
                return Err(Refused::Held(noted(&beside)));
            }
            Err(TryLockError::Error(error)) => return Err(Refused::Broken(error)),
        }
    };
    fs::write(beside, note).map_err(Refused::Broken)?;
    Ok(Lock { file })
}

/// Where the holder's note stands. Windows lets nobody else read a locked file: beside it.
#[must_use]
pub fn beside(path: &Utf8Path) -> Utf8PathBuf {
    path.with_extension("holder")
}

/// Whether something that is no file is in the place of a lock or of its note: who opens a FIFO may wait for ever.
#[must_use]
pub fn is_in_the_way(path: &Utf8Path) -> bool {
    path.metadata().is_ok_and(|kind| !kind.is_file())
}

/// What a holder wrote; nothing where that cannot be read.
fn noted(beside: &Utf8Path) -> String {
    files::read_text(beside).unwrap_or_default()
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
    // Only a file can be held.
    if is_in_the_way(path) {
        return Ok(None);
    }
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
        Err(TryLockError::WouldBlock) => Ok(Some(noted(&beside(path)))),
        _ => Ok(None),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_held_by_nobody_and_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().expect("a folder");
        let lock = folder.path().join("lock");
        let lock = Utf8Path::from_path(&lock).expect("UTF-8");
        for path in [lock.to_owned(), beside(lock)] {
            nix::unistd::mkfifo(path.as_std_path(), nix::sys::stat::Mode::S_IRWXU).expect("a FIFO");
            assert!(matches!(look(lock), Ok(None)), "{path}");
            assert!(
                matches!(acquire(lock, ""), Err(Refused::Broken(_))),
                "{path}"
            );
            fs::remove_file(&path).expect("it was there");
        }
        fs::create_dir(lock).expect("a folder");
        assert!(matches!(look(lock), Ok(None)));
        assert!(matches!(acquire(lock, ""), Err(Refused::Broken(_))));
    }
}
