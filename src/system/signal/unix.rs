//! Unix: who was interrupted dies by the signal, so that the calling shell sees it and stops too.

use std::process::ExitCode;
use std::sync::OnceLock;

use nix::libc;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigHandler, Signal, raise, signal};

use crate::exit::Exit;

/// The process's exit code; for an interruption the process dies here by its signal.
#[expect(
    unsafe_code,
    reason = "the default handler can only be restored through `signal`"
)]
pub(super) fn end(exit: Exit) -> ExitCode {
    if let Exit::Signal(number) = exit
        && let Ok(number) = Signal::try_from(number)
    {
        // Where a program that we ran has left a core, ours would say nothing and may take its place.
        let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
        // Nothing can be restored for SIGKILL, which needs nothing restored.
        // SAFETY: SIG_DFL runs no code of ours.
        let _ = unsafe { signal(number, SigHandler::SigDfl) };
        let _ = raise(number);
    }
    ExitCode::from(exit.code())
}

/// What asks us to stop: Ctrl+C, `kill`, a terminal that closes.
#[derive(Debug)]
pub struct Interrupts {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: Hangup,
}

/// Whether we were started so that a terminal that closes does not end us, as by `nohup`. The first who
/// asks must do so before anybody handles the signal.
#[expect(
    unsafe_code,
    reason = "asks for a signal's meaning without changing it"
)]
pub(in crate::system) fn hangup_is_ignored() -> bool {
    static IGNORED: OnceLock<bool> = OnceLock::new();
    *IGNORED.get_or_init(|| {
        // SAFETY: a zeroed `sigaction` is one; nothing is changed.
        unsafe {
            let mut known: libc::sigaction = std::mem::zeroed();
            libc::sigaction(libc::SIGHUP, std::ptr::null(), &raw mut known) == 0
                && known.sa_sigaction == libc::SIG_IGN
        }
    })
}

/// The terminal that closes, unless that is to mean nothing.
#[derive(Debug)]
pub(in crate::system) struct Hangup(Option<tokio::signal::unix::Signal>);

impl Hangup {
    /// From now on it is received here, and ends nothing by itself.
    pub(in crate::system) fn open() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        if hangup_is_ignored() {
            return Ok(Self(None));
        }
        signal(SignalKind::hangup()).map(|hangup| Self(Some(hangup)))
    }

    /// Waits for the next one; for ever where there is none.
    pub(in crate::system) async fn recv(&mut self) -> Option<()> {
        match &mut self.0 {
            Some(hangup) => hangup.recv().await,
            None => std::future::pending().await,
        }
    }
}

impl Interrupts {
    /// From now on they are received here and end nothing by themselves.
    ///
    /// # Errors
    /// When the system does not allow it.
    pub fn open() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: Hangup::open()?,
        })
    }

    /// Waits for the next one: its number.
    pub async fn next(&mut self) -> i32 {
        tokio::select! {
            Some(()) = self.interrupt.recv() => 2,
            Some(()) = self.terminate.recv() => 15,
            Some(()) = self.hangup.recv() => 1,
            else => std::future::pending().await,
        }
    }
}
