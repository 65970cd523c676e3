//! A file that is written while others may empty or remove it.

use std::fs::{self, File, OpenOptions};
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::same;

/// What somebody did with a file that is appended to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It is empty.
    Emptied,
    /// It is not there.
    Removed,
    /// It is shorter, or another one.
    Changed,
}

/// The workspace of a folder of logs (`WORKSPACE/.pixcrawler/logs`). One that is renamed takes its files along:
/// nothing is made anew in what stands in its place then.
#[derive(Debug)]
pub(super) struct Home {
    root: Utf8PathBuf,
    identity: Option<String>,
}

impl Home {
    pub(super) fn of(logs: &Utf8Path) -> Self {
        let root = logs.ancestors().nth(2).unwrap_or(logs).to_owned();
        let identity = same::identity(&root);
        Self { root, identity }
    }

    pub(super) fn is_there(&self) -> bool {
        same::identity(&self.root) == self.identity
    }
}

/// A file that is written, which is as it was left as long as nobody does anything with it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) file: File,
    place: (u64, u64),
}

impl Kept {
    pub(super) fn open(path: &Utf8Path) -> io::Result<Self> {
        let file = open(path)?;
        let place = same::place(&file.metadata()?);
        Ok(Self { file, place })
    }

    /// What somebody did with what was `size` bytes long, as the file itself tells it: that costs less than a look
    /// at its path, and knows nothing of a file that has another name.
    pub(super) fn asked(&self, size: u64) -> Option<Done> {
        let open = self.file.metadata().ok()?;
        if same::is_nameless(&open) {
            return Some(Done::Removed);
        }
        match open.len() {
            0 if size > 0 => Some(Done::Emptied),
            length => (length < size).then_some(Done::Changed),
        }
    }

    /// How long it is now, or what was done with it since it was `size` bytes long.
    pub(super) fn look(&self, path: &Utf8Path, size: u64) -> Result<u64, Done> {
        let there = match fs::metadata(path) {
            Ok(there) => there,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Done::Removed),
            // Whoever cannot look knows nothing of it.
            Err(_) => return Ok(size),
        };
        if there.len() >= size && same::place(&there) == self.place {
            return Ok(there.len());
        }
        // Drives of other machines may number a file anew, and tell late how long it is: ask the file itself.
        match self.file.metadata() {
            Ok(open) if open.len() >= size && same::place(&open) == same::place(&there) => {
                Ok(open.len())
            }
            Ok(_) if there.len() == 0 => Err(Done::Emptied),
            Ok(_) => Err(Done::Changed),
            Err(_) => Ok(size),
        }
    }
}

fn open(path: &Utf8Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
