//! An env file as it lies on the disk.

use camino::{Utf8Path, Utf8PathBuf};

use crate::text::Source;
use crate::text::merge::Merge;

/// Why a file that is there cannot be read as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It is nothing that a loader reads: a folder, a FIFO, too large.
    Refused(String),
    /// This user may not read it. What it sets is not known, and to another user it may say everything.
    Closed {
        /// In the words of the system.
        why: String,
        /// The command that opens it, where that is known.
        cure: Option<String>,
    },
    /// The byte at this offset is not UTF-8.
    NotUtf8(usize),
    /// Both sides of a merge stand in it.
    Unmerged(Merge),
}

/// An env file that is there, with what the checks need to know about it.
#[derive(Debug, Clone)]
pub struct EnvFile {
    /// Its text; secret values are hidden from people. Bytes that are not UTF-8 are U+FFFD in it.
    pub source: Source,
    /// Why it cannot be read, if so.
    pub problem: Option<Problem>,
    /// Where the repository begins that tracks it, relative to the workspace, if one does.
    pub tracked: Option<Utf8PathBuf>,
    /// Whether other users of this machine can read it.
    pub exposed: bool,
}

impl EnvFile {
    /// A readable file.
    #[must_use]
    pub fn new(source: Source) -> Self {
        Self {
            source,
            problem: None,
            tracked: None,
            exposed: false,
        }
    }

    /// A file that the operating system does not hand out.
    pub fn refused(path: impl Into<Utf8PathBuf>, why: impl Into<String>) -> Self {
        Self {
            problem: Some(Problem::Refused(why.into())),
            ..Self::new(Source::new(path, ""))
        }
    }

    /// A file that this user may not read.
    pub fn closed(
        path: impl Into<Utf8PathBuf>,
        why: impl Into<String>,
        cure: Option<String>,
    ) -> Self {
        Self {
            problem: Some(Problem::Closed {
                why: why.into(),
                cure,
            }),
            ..Self::new(Source::new(path, ""))
        }
    }

    /// Its path, relative to the workspace.
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        self.source.path()
    }
}
