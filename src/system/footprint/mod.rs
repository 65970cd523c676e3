//! Memory that only the start needed.
//!
//! A session is opened by a lot of code (settings, schemas, plans) and then lasts all day with
//! little of it. The pages of code that were used once would count as ours for as long as it lasts.

#[cfg(unix)]
#[path = "unix.rs"]
mod os;
#[cfg(windows)]
#[path = "windows.rs"]
mod os;

/// Gives pages of code back to the kernel: those that are needed again come back from its cache, at
/// the price of a page fault.
pub fn give_back_code() {
    os::give_back_code();
}
