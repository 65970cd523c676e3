//! Unix: who was interrupted dies by the signal, so that the calling shell sees it and stops too.

use std::process::ExitCode;

use nix::sys::signal::{SigHandler, Signal, raise, signal};

use crate::exit::Exit;

/// The process's exit code; for an interruption the process dies here by its signal.
#[expect(
    unsafe_code,
    reason = "the default handler can only be restored through `signal`"
)]
#[must_use]
pub fn end(exit: Exit) -> ExitCode {
    if let Exit::Signal(number) = exit
        && let Ok(number) = Signal::try_from(number)
    {
        // Nothing can be restored for SIGKILL, which needs nothing restored.
        // SAFETY: SIG_DFL runs no code of ours.
        let _ = unsafe { signal(number, SigHandler::SigDfl) };
        let _ = raise(number);
    }
    ExitCode::from(exit.code())
}
