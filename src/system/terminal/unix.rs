//! Unix: the controlling terminal, remembered by whoever outlives the one that changes it.

use std::fs::{File, OpenOptions};
use std::io::Write;

use nix::sys::signal::{SigSet, Signal};
use nix::sys::termios::{self, OutputFlags, SetArg, Termios};

use super::FAREWELL;

/// How the controlling terminal was before it was taken.
#[derive(Clone)]
pub struct Saved(Termios);

impl Saved {
    /// Remembers it; none when there is no terminal.
    #[must_use]
    pub fn take() -> Option<Self> {
        termios::tcgetattr(terminal()?).ok().map(Self)
    }

    /// Gives it back, for one that took it and died.
    pub fn restore(&self) {
        let Some(mut terminal) = terminal() else {
            return;
        };
        // The shell may have taken over already: a write from the background must not stop us.
        survive_background();
        if is_ours() {
            let _ = termios::tcsetattr(&terminal, SetArg::TCSANOW, &self.0);
        }
        let _ = terminal.write_all(FAREWELL);
    }
}

impl std::fmt::Debug for Saved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Saved")
    }
}

/// Whether the terminal still is as we made it. A shell whose child was killed has made it its own at
/// once, and edits a line by now: what it was before would break that. No shell's editor is as raw as
/// we are.
pub(super) fn is_ours() -> bool {
    let now = terminal().and_then(|terminal| termios::tcgetattr(terminal).ok());
    now.is_none_or(|now| !now.output_flags.contains(OutputFlags::OPOST))
}

fn terminal() -> Option<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .ok()
}

/// When our parent dies, the shell takes the terminal: neither reading nor writing may stop us then,
/// since there is a session to be ended. For this thread and those that it starts; blocked and not
/// ignored, since a child would inherit what is ignored.
pub fn survive_background() {
    let mut background = SigSet::empty();
    background.add(Signal::SIGTTOU);
    background.add(Signal::SIGTTIN);
    let _ = background.thread_block();
}

/// A signal that ends us gives the terminal back first. Before there is a second thread.
pub fn leave_on_signal() {
    let mut ending = SigSet::empty();
    for number in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT] {
        ending.add(number);
    }
    let _ = ending.thread_block();
    std::thread::spawn(move || {
        if let Ok(number) = ending.wait() {
            super::leave();
            let _ = ending.thread_unblock();
            let _ = crate::system::signal::end(crate::exit::Exit::Signal(number as i32));
        }
    });
}
