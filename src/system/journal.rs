//! Log files: appended, rotated by size.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};

use camino::Utf8PathBuf;

/// A file of this size is set aside.
const LARGEST: u64 = 10 * 1024 * 1024;

/// How many files that were set aside are kept.
const KEPT: u32 = 3;

/// A log file that is appended to.
#[derive(Debug)]
pub struct Journal {
    path: Utf8PathBuf,
    file: Option<File>,
    size: u64,
}

impl Journal {
    /// The log file at `path`; it is opened with the first line.
    #[must_use]
    pub fn new(path: Utf8PathBuf) -> Self {
        Self {
            path,
            file: None,
            size: 0,
        }
    }

    /// Appends whole lines. After a failure the next call tries again.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.size >= LARGEST {
            self.rotate();
        }
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.open()?,
        };
        file.write_all(lines)?;
        self.size += lines.len() as u64;
        self.file = Some(file);
        Ok(())
    }

    fn open(&mut self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&self.path)?;
        self.size = file.metadata()?.len();
        Ok(file)
    }

    fn rotate(&mut self) {
        self.file = None;
        self.size = 0;
        let aside = |number: u32| Utf8PathBuf::from(format!("{}.{number}", self.path));
        for number in (1..KEPT).rev() {
            let _ = fs::rename(aside(number), aside(number + 1));
        }
        let _ = fs::rename(&self.path, aside(1));
    }
}
