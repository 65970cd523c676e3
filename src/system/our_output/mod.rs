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

/// Whether there was no stdout when we were started (`>&-`): what is printed goes nowhere then, and no write says so.
#[must_use]
pub fn is_closed() -> bool {
    os::is_closed()
}
