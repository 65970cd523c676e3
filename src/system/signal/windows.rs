//! Windows: there are no signals to die by.

use std::process::ExitCode;

use crate::exit::Exit;

/// The process's exit code.
#[must_use]
pub fn end(exit: Exit) -> ExitCode {
    ExitCode::from(exit.code())
}
