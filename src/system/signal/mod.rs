//! Ends the process the way its exit says; what asks a command to stop.

#[cfg(unix)]
#[path = "unix.rs"]
mod os;
#[cfg(windows)]
#[path = "windows.rs"]
mod os;

pub use os::{Interrupts, end};
