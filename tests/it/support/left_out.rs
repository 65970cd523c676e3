//! What this machine cannot test is said, never passed over in silence.

use std::io::Write;
use std::path::PathBuf;

/// Says that a case, or a part of one, did not run. The runner of the tests keeps what a case prints to
/// itself when it passes, so this goes past it.
pub(crate) fn left_out(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "left out: {what}: {why}");
}

/// A program that cannot be fetched; where it is missing, that is said, and `what` is left out.
pub(crate) fn program(name: &str, what: &str) -> Option<PathBuf> {
    let found = which::which(name).ok();
    if found.is_none() {
        left_out(what, &format!("there is no {name} on PATH"));
    }
    found
}
