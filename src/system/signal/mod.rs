//! Ends the process the way its exit says; what asks a command to stop.

#[cfg(unix)]
#[path = "unix.rs"]
mod os;
#[cfg(windows)]
#[path = "windows.rs"]
mod os;

use std::process::ExitCode;

use crate::exit::Exit;

pub use os::Interrupts;
#[cfg(unix)]
pub(in crate::system) use os::{Hangup, hangup_is_ignored};

/// The process's exit code, once nobody is asked anything any more. On Unix an interrupted process dies
/// here by its signal.
#[must_use]
pub fn end(exit: Exit) -> ExitCode {
    super::tether::end_all();
    os::end(exit)
}
