//! Waits for the end of a process that is no child of ours.

#[cfg(not(target_os = "linux"))]
#[path = "death/elsewhere.rs"]
mod os;
#[cfg(target_os = "linux")]
#[path = "death/linux.rs"]
mod os;

pub use os::death_of;
#[cfg(target_os = "linux")]
pub(super) use os::open;
