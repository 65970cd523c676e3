//! The guard: whatever happens to the supervisor, nothing of it stays behind.
//!
//! Unix: the process that was typed becomes the guard and forks the keeper, which forks the
//! supervisor. The guard waits for signals and passes them on; where nobody hears a second one, it kills
//! the supervisor. The keeper waits for the supervisor's
//! end (however it comes) and ends every process that is left of the session; the guard does so when
//! the keeper dies. On Linux all three are subreapers: a daemon that leaves its parent, its group and
//! its session still becomes a child of one of them. The guard's own death closes a socket, which
//! the supervisor takes as the order to stop at once.
//!
//! Windows: every service lives in a job object that the kernel ends with the last handle on it.

#[cfg(unix)]
mod line;
#[cfg(unix)]
#[path = "unix.rs"]
mod os;
#[cfg(windows)]
#[path = "windows.rs"]
mod os;

pub use os::{Link, guarded};

/// What the processes that end a session are called, where the system lets them choose.
pub const NAMES: [&str; 3] = [env!("CARGO_PKG_NAME"), "px-supervisor", "px-keeper"];

/// What the guard tells the supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// A signal of this number came, which ends the session.
    Signal(i32),
    /// A signal of this number came, which means something to a command alone.
    Other(i32),
    /// The guard is gone.
    GuardDied,
    /// The keeper is gone, and the guard with it or because of it.
    KeeperDied,
}
