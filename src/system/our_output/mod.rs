//! The files into which goes what this process prints.

#[cfg(unix)]
#[path = "unix.rs"]
mod os;
#[cfg(windows)]
#[path = "windows.rs"]
mod os;

use camino::Utf8Path;

/// Whether a file is one of those: `dev > dev.txt`, the `nohup.out` of `nohup`. That it changes is our doing.
#[must_use]
pub fn goes_to(file: &Utf8Path) -> bool {
    os::goes_to(file)
}
