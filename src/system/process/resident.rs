//! Processes that live in a folder: whose working folder it is, or whose command names it.

#[cfg(target_os = "linux")]
#[path = "resident/linux.rs"]
mod os;
#[cfg(not(target_os = "linux"))]
#[path = "resident/elsewhere.rs"]
mod os;

use camino::{Utf8Path, Utf8PathBuf};

use crate::settings;

/// One process with what a person wants to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// Its number.
    pub pid: u32,
    /// Its parent's number.
    pub parent: u32,
    /// Its program's name.
    pub name: String,
    /// Its words.
    pub command: Vec<String>,
    /// The folder that it works in, where that can be seen.
    pub cwd: Option<Utf8PathBuf>,
    /// Whether a session of ours started it; none where the system does not let us see.
    pub supervised: Option<bool>,
}

/// Every process that works in `dir` or below, or whose program or script lies there.
#[must_use]
pub fn residents(dir: &Utf8Path) -> Vec<Resident> {
    let real = dir.canonicalize_utf8().unwrap_or_else(|_| dir.to_owned());
    let mut found = os::residents(&real);
    found.sort_by_key(|process| process.pid);
    found
}

/// Whether a process lives in `dir`.
fn lives(dir: &Utf8Path, cwd: Option<&Utf8PathBuf>, command: &[String]) -> bool {
    cwd.is_some_and(|cwd| cwd.starts_with(dir))
        || command
            .iter()
            .take(2)
            .any(|word| Utf8Path::new(word).starts_with(dir))
}

/// Whether a variable is the mark of a session of ours.
fn is_mark(variable: &str) -> bool {
    variable
        .strip_prefix(settings::SERVICE)
        .is_some_and(|rest| rest.starts_with('='))
}
