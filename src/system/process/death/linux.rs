//! Linux: a descriptor of the process becomes readable.

use std::io;
use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Waits until a process has ended; false when that cannot be known here.
pub async fn death_of(pid: u32) -> bool {
    match open(pid) {
        Ok(descriptor) => descriptor.readable().await.is_ok(),
        Err(_) => false,
    }
}

/// A descriptor that is readable once that process has ended.
///
/// # Errors
/// When there is no such process, or the kernel is older than 5.3.
#[expect(
    unsafe_code,
    reason = "tokio wants to be told that a descriptor stays open"
)]
pub(in crate::system::process) fn open(pid: u32) -> io::Result<AsyncFd<OwnedFd>> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or(io::ErrorKind::InvalidInput)?;
    let descriptor = pidfd_open(pid, PidfdFlags::NONBLOCK)?;
    // SAFETY: the descriptor is open, and what is returned owns it: it stays open as long as that.
    let registered = unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) };
    Ok(registered?)
}
