//! Unix: a session of its own, which no terminal controls.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// Makes `command` start away from our terminal.
#[expect(
    unsafe_code,
    reason = "a session of its own can only be made between fork and exec"
)]
pub(super) fn detach(command: &mut Command) {
    // SAFETY: between fork and exec only async-signal-safe calls are allowed: setsid is a plain system
    // call, and nothing is allocated.
    unsafe {
        command.pre_exec(|| {
            nix::unistd::setsid()?;
            Ok(())
        });
    }
}
