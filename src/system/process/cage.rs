//! A bound on how many processes a service may have, held by the kernel where it offers that.

#[cfg(not(target_os = "linux"))]
#[path = "cage/elsewhere.rs"]
mod os;
#[cfg(target_os = "linux")]
#[path = "cage/linux.rs"]
mod os;

pub use os::{Cage, clear, tasks};
