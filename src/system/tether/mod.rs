//! A program that is only asked something ends with us, however we end, with all that it started
//! meanwhile; what it leaves behind once it has answered is its own.
//!
//! What ends us by force, where nothing of ours runs any more: Linux ends the program itself, Windows the
//! whole job, macOS nothing.

#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod asked;
#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod asked;
#[cfg(unix)]
#[path = "unix.rs"]
mod os;
#[cfg(windows)]
#[path = "windows.rs"]
mod os;

pub(super) use asked::{Asked, tie};
pub(super) use os::{Held, end_all};
