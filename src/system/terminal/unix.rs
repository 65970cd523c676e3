//! Unix: the controlling terminal, remembered by whoever outlives the one that changes it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;

use nix::sys::signal::{SigSet, Signal};
use nix::sys::termios::{self, OutputFlags, SetArg, Termios};
use nix::unistd::{ForkResult, fork};

use super::FAREWELL;

/// The line to a process that gives the terminal back should this one be killed.
static HEIR: OnceLock<UnixStream> = OnceLock::new();

/// How the controlling terminal was before it was taken.
#[derive(Clone)]
pub struct Saved(Termios);

impl Saved {
    /// Remembers it; none when there is no terminal.
    #[must_use]
    pub fn take() -> Option<Self> {
        termios::tcgetattr(terminal()?).ok().map(Self)
    }

    /// Gives it back, for one that took it and died; in a bounded time, since there are services to be
    /// ended.
    pub fn restore(&self) {
        let saved = self.clone();
        super::in_time(move || saved.restore_however_long());
    }

    fn restore_however_long(&self) {
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

    /// Gives it back if it is still taken. For one before whose end no shell has the terminal: whoever
    /// took it may have given it back, and what was said since must not be written over.
    pub fn restore_if_taken(&self) {
        if is_ours() {
            self.restore();
        }
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

/// The terminal of a process that has left its session, from before it did.
static KEPT: OnceLock<File> = OnceLock::new();

/// Leaves the session, and with it every claim of the terminal; [`Saved::restore`] still reaches it.
pub fn leave_session() {
    if let Some(terminal) = terminal() {
        let _ = KEPT.set(terminal);
    }
    let _ = nix::unistd::setsid();
}

fn terminal() -> Option<File> {
    if let Some(kept) = KEPT.get() {
        return kept.try_clone().ok();
    }
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

/// Leaves a process behind that gives the terminal back, and says these words on it, if this one is
/// killed while it has it: nobody can do so after SIGKILL. Before there is a second thread.
#[expect(
    unsafe_code,
    reason = "an heir must not be a program that can be missing"
)]
pub fn appoint_heir(words: &str) {
    let (Some(saved), Ok((ours, theirs))) = (Saved::take(), UnixStream::pair()) else {
        return;
    };
    // SAFETY: the caller promises that there is one thread, so the child is a whole copy.
    match unsafe { fork() } {
        Ok(ForkResult::Child) => {
            // Its end is the news, so it must not keep it open itself.
            drop(ours);
            inherit(&saved, words, theirs)
        }
        Ok(ForkResult::Parent { .. }) => {
            let _ = HEIR.set(ours);
        }
        Err(error) => tracing::debug!("nobody else gives the terminal back: {error}"),
    }
}

/// Tells the heir whether there is anything to be given back.
pub(super) fn tell_heir(taken: bool) {
    if let Some(mut heir) = HEIR.get() {
        let _ = heir.write_all(&[u8::from(taken)]);
    }
}

#[expect(clippy::exit, reason = "a fork may not return into the caller's code")]
fn inherit(saved: &Saved, words: &str, mut line: UnixStream) -> ! {
    // Whatever ends the other one, also in a whole group, is what this one waits for.
    let _ = SigSet::all().thread_block();
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_name(c"px-heir");
    look_away();
    crate::system::footprint::give_back_code();
    let (mut told, mut taken) = ([0], false);
    while let Ok(1) = line.read(&mut told) {
        taken = told == [1];
    }
    if taken {
        saved.restore_however_long();
        if let Some(mut terminal) = terminal() {
            let _ = write!(terminal, "{words}\r\n");
        }
    }
    std::process::exit(0)
}

/// Whoever reads our output must see its end when the other one ends.
fn look_away() {
    let nothing = OpenOptions::new().read(true).write(true).open("/dev/null");
    if let Ok(nothing) = nothing {
        let _ = nix::unistd::dup2_stdin(&nothing);
        let _ = nix::unistd::dup2_stdout(&nothing);
        let _ = nix::unistd::dup2_stderr(&nothing);
    }
}

/// A signal that ends us gives the terminal back first. Before there is a second thread.
pub fn leave_on_signal() {
    let mut ending = SigSet::empty();
    for number in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT] {
        if number != Signal::SIGHUP || !crate::system::signal::hangup_is_ignored() {
            ending.add(number);
        }
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
