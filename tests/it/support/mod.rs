//! Runs the binary in workspaces of its own, with stubborn programs as services, and looks at
//! what is left of it.

#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at the system from outside"
)]

#[cfg(unix)]
mod executable;
mod left_out;
mod pooler;
mod session;
mod survivors;
mod workspace;

#[cfg(unix)]
pub(crate) use executable::{executable, executable_copy};
pub(crate) use left_out::{left_out, program};
pub(crate) use pooler::{Mode, Pooler};
pub(crate) use session::{Ended, Session};
pub(crate) use survivors::{Living, is_there, keeper_of, living, supervisor_of, suspend};
pub(crate) use workspace::{Dev, Workspace, free_port, stubborn};

use std::time::{Duration, Instant};

/// Far beyond what anything here takes: only a hang ends at it.
pub(crate) const HANG: Duration = Duration::from_secs(40);

/// Whether `holds` within `limit`; asked again and again.
pub(crate) fn within(limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let give_up = Instant::now() + limit;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() >= give_up {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
