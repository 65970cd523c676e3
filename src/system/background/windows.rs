//! Windows: a console of its own that nobody sees, and a group that Ctrl+C does not reach.

use std::os::windows::process::CommandExt;
use std::process::Command;

/// `CREATE_NO_WINDOW` and `CREATE_NEW_PROCESS_GROUP`. Without any console, Ctrl+Break could not be sent
/// to services, and none could be asked to end.
const FLAGS: u32 = 0x0800_0000 | 0x0000_0200;

/// Makes `command` start away from our console.
pub(super) fn detach(command: &mut Command) {
    command.creation_flags(FLAGS);
}
