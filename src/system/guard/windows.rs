//! Windows: the kernel is the guard; only Ctrl+C and its relatives are watched for.

use super::Order;
use crate::exit::Exit;
use crate::system::terminal::Saved;

/// Where orders come from: the console.
#[derive(Debug)]
pub struct Link {
    interrupt: tokio::signal::windows::CtrlC,
    r#break: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
    shutdown: tokio::signal::windows::CtrlShutdown,
}

impl Link {
    fn open() -> std::io::Result<Self> {
        use tokio::signal::windows;
        Ok(Self {
            interrupt: windows::ctrl_c()?,
            r#break: windows::ctrl_break()?,
            close: windows::ctrl_close()?,
            shutdown: windows::ctrl_shutdown()?,
        })
    }

    /// Waits for the next order, with the number of the Unix signal that means the same.
    pub async fn next(&mut self) -> Order {
        Order::Signal(tokio::select! {
            Some(()) = self.interrupt.recv() => 2,
            Some(()) = self.r#break.recv() => 15,
            Some(()) = self.close.recv() => 1,
            Some(()) = self.shutdown.recv() => 15,
        })
    }
}

/// Runs `supervise`: job objects that die with us are guard enough.
pub fn guarded(
    _session: &str,
    _terminal: Option<&Saved>,
    supervise: impl FnOnce(&mut dyn FnMut() -> std::io::Result<Link>) -> Exit,
) -> Exit {
    supervise(&mut Link::open)
}
