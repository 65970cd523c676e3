//! Windows: there are no signals to die by.

use std::process::ExitCode;

use crate::exit::Exit;

/// The process's exit code.
pub(super) fn end(exit: Exit) -> ExitCode {
    ExitCode::from(exit.code())
}

/// What asks us to stop: the console.
#[derive(Debug)]
pub struct Interrupts {
    interrupt: tokio::signal::windows::CtrlC,
    r#break: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
}

impl Interrupts {
    /// From now on they are received here and end nothing by themselves.
    ///
    /// # Errors
    /// When the system does not allow it.
    pub fn open() -> std::io::Result<Self> {
        use tokio::signal::windows;
        Ok(Self {
            interrupt: windows::ctrl_c()?,
            r#break: windows::ctrl_break()?,
            close: windows::ctrl_close()?,
        })
    }

    /// Waits for the next one, with the number of the Unix signal that means the same.
    pub async fn next(&mut self) -> i32 {
        tokio::select! {
            Some(()) = self.interrupt.recv() => 2,
            Some(()) = self.r#break.recv() => 15,
            Some(()) = self.close.recv() => 1,
            else => std::future::pending().await,
        }
    }
}
