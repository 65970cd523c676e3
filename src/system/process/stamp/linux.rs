//! Linux: the soft limit of file locks, `RLIMIT_LOCKS`. It is inherited by every child and every
//! program, and no kernel since 2.4.25 has looked at it; the hard one stays as it is.

use std::ptr;

use nix::libc;

use super::Stamp;

/// A stamp as the system takes it.
#[derive(Clone, Copy)]
pub(in crate::system::process) struct Seal(libc::rlimit64);

impl Seal {
    /// None where somebody has set a hard limit below it: that one is kept.
    pub(in crate::system::process) fn of(stamp: Stamp) -> Option<Self> {
        let most = limit(0)?.rlim_max;
        (stamp.0 <= most).then_some(Self(libc::rlimit64 {
            rlim_cur: stamp.0,
            rlim_max: most,
        }))
    }

    /// Gives this process the stamp. One system call, so it may stand between fork and exec; where
    /// it is refused, the process runs without one.
    #[expect(unsafe_code, reason = "nix knows no prlimit")]
    pub(in crate::system::process) fn press(&self) {
        // SAFETY: the structure is whole and only read; none is written.
        unsafe {
            libc::prlimit64(0, libc::RLIMIT_LOCKS, &raw const self.0, ptr::null_mut());
        }
    }
}

/// The number that a process carries, be it a stamp or not.
pub(in crate::system::process) fn read(pid: u32) -> Option<u64> {
    let pid = i32::try_from(pid).ok().filter(|pid| *pid > 0)?;
    Some(limit(pid)?.rlim_cur)
}

/// The limit of a process, 0 for ours.
#[expect(unsafe_code, reason = "nix knows no prlimit")]
fn limit(pid: i32) -> Option<libc::rlimit64> {
    let mut limit = libc::rlimit64 {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: nothing is set, and what is written fits.
    let got = unsafe { libc::prlimit64(pid, libc::RLIMIT_LOCKS, ptr::null(), &raw mut limit) };
    (got == 0).then_some(limit)
}
