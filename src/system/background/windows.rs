//! Windows: no console, and a group of its own, which Ctrl+C does not reach.

use std::os::windows::process::CommandExt;
use std::process::Command;

/// `DETACHED_PROCESS` and `CREATE_NEW_PROCESS_GROUP`.
const FLAGS: u32 = 0x0000_0008 | 0x0000_0200;

/// Makes `command` start away from our console.
pub(super) fn detach(command: &mut Command) {
    command.creation_flags(FLAGS);
}
