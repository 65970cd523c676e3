//! A queue on disk: bytes that a slow reader has not taken yet.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};

use camino::{Utf8Path, Utf8PathBuf};

/// A file that is written at its end and read from its beginning. It goes with the value.
#[derive(Debug)]
pub struct Spool {
    file: File,
    path: Utf8PathBuf,
    read: u64,
    written: u64,
}

impl Spool {
    /// An empty queue at `path`.
    pub fn create(path: &Utf8Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        // It holds log lines: nobody else's business.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self {
            file: options.open(path)?,
            path: path.to_owned(),
            read: 0,
            written: 0,
        })
    }

    /// Appends `bytes`.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.written))?;
        self.file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Takes at most `limit` of the oldest bytes; none when all was taken.
    pub fn pop(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let length = usize::try_from(self.written - self.read)
            .unwrap_or(limit)
            .min(limit);
        let mut bytes = vec![0; length];
        self.file.seek(SeekFrom::Start(self.read))?;
        self.file.read_exact(&mut bytes)?;
        self.read += length as u64;
        Ok(bytes)
    }

    /// Bytes that wait.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.written - self.read
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
