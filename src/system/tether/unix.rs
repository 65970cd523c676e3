//! Unix: a process group for each program, ended by the signals that end us.

use std::io;
#[cfg(not(target_os = "linux"))]
use std::os::unix::process::CommandExt;
use std::process::Child;
#[cfg(not(target_os = "linux"))]
use std::process::Command;
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};

use nix::libc;

/// Programs that are known to the handler at one time: more than are ever asked at once.
const MOST: usize = 64;

/// The groups of those that are being asked; zero where there is none.
static GROUPS: [AtomicI32; MOST] = [const { AtomicI32::new(0) }; MOST];

/// We are ending: whoever is started now, by a thread that has not heard of it, ends at once.
static ENDING: AtomicBool = AtomicBool::new(false);

/// What ends us unless somebody says otherwise.
const ENDINGS: [libc::c_int; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT];

/// A program that is being asked, until this is dropped.
#[derive(Debug)]
pub(super) struct Tether {
    group: libc::pid_t,
    place: Option<&'static AtomicI32>,
}

impl Tether {
    /// What it takes before the program is started.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn prepare(command: &mut Command) -> io::Result<()> {
        Self::listen()?;
        command.process_group(0);
        Ok(())
    }

    /// Ties a program to us that was started so.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn of(child: &Child) -> Self {
        Self::of_group(libc::pid_t::try_from(child.id()).unwrap_or_default())
    }

    /// From now on whatever is being asked ends with us. An error when we are about to end: nobody is to
    /// be asked any more.
    pub(super) fn listen() -> io::Result<()> {
        static LISTENS: Once = Once::new();
        LISTENS.call_once(hear);
        if ENDING.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(())
    }

    /// Ties a program to us that leads a group of its own.
    pub(super) fn of_group(group: libc::pid_t) -> Self {
        let take = |place: &&AtomicI32| {
            let taken = place.compare_exchange(0, group, Ordering::SeqCst, Ordering::Relaxed);
            taken.is_ok()
        };
        let tether = Self {
            group,
            place: GROUPS.iter().find(take),
        };
        if ENDING.load(Ordering::SeqCst) {
            tether.cut();
        }
        tether
    }

    /// Ends it at once, with all that it started.
    pub(super) fn cut(&self) {
        end(self.group);
    }
}

impl Drop for Tether {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            place.store(0, Ordering::SeqCst);
        }
    }
}

/// What asks us to end is only noted for now.
static HELD: AtomicBool = AtomicBool::new(false);

/// Which signal did so last; zero where none did.
static HEARD: AtomicI32 = AtomicI32::new(0);

/// How often one did.
static TIMES: AtomicU32 = AtomicU32::new(0);

/// As long as this is there, what asks us to end is only noted: what runs in our own group is to be ended first.
#[derive(Debug)]
pub(in crate::system) struct Held {
    /// Whether somebody here knows that we are to end.
    told: bool,
}

impl Held {
    /// From now on it is so. An error when we are about to end.
    pub(in crate::system) fn begin() -> io::Result<Self> {
        Tether::listen()?;
        HEARD.store(0, Ordering::SeqCst);
        HELD.store(true, Ordering::SeqCst);
        Ok(Self { told: false })
    }

    /// Nothing ends what runs in our group but who was told that we are to end.
    #[expect(clippy::unused_self, reason = "the contract of all systems")]
    pub(in crate::system) fn tie(&mut self, _child: &Child) {}

    /// The signal that asked us to end.
    pub(in crate::system) fn asked(&mut self) -> Option<i32> {
        let heard = HEARD.load(Ordering::SeqCst);
        self.told |= heard != 0;
        (heard != 0).then_some(heard)
    }

    /// How often we were asked.
    #[expect(clippy::unused_self, reason = "nobody asks who did not begin")]
    pub(in crate::system) fn times(&self) -> u32 {
        TIMES.load(Ordering::SeqCst)
    }
}

impl Drop for Held {
    #[expect(unsafe_code, reason = "the handler is one of plain system calls")]
    fn drop(&mut self) {
        HELD.store(false, Ordering::SeqCst);
        // One that came at the last moment means what it always does.
        let heard = HEARD.swap(0, Ordering::SeqCst);
        if heard != 0 && !self.told {
            // SAFETY: takes a number.
            let _ = unsafe { libc::raise(heard) };
        }
    }
}

/// Ends whatever is still being asked, and whatever is asked from now on: we are about to end.
pub(in crate::system) fn end_all() {
    ENDING.store(true, Ordering::SeqCst);
    for place in &GROUPS {
        end(place.load(Ordering::SeqCst));
    }
}

#[expect(
    unsafe_code,
    reason = "for a handler, which may call nothing that allocates"
)]
fn end(group: libc::pid_t) {
    if group > 1 {
        // SAFETY: takes two numbers.
        let _ = unsafe { libc::killpg(group, libc::SIGKILL) };
    }
}

/// From now on the signals that end us end first what is being asked. Where one of them means something
/// else already, it goes on to mean that.
#[expect(unsafe_code, reason = "a signal that is handled can only be told so")]
fn hear() {
    for signal in ENDINGS {
        // SAFETY: a zeroed `sigaction` is one, `handle` only makes calls that a handler may make.
        unsafe {
            let mut known: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(signal, ptr::null(), &raw mut known) == 0
                && known.sa_sigaction == libc::SIG_DFL
            {
                let mut ours: libc::sigaction = std::mem::zeroed();
                ours.sa_sigaction = handler();
                ours.sa_flags = libc::SA_RESTART;
                libc::sigaction(signal, &raw const ours, ptr::null_mut());
            }
        }
    }
}

fn handler() -> libc::sighandler_t {
    handle as extern "C" fn(libc::c_int) as libc::sighandler_t
}

#[expect(unsafe_code, reason = "a handler of signals")]
extern "C" fn handle(signal: libc::c_int) {
    // SAFETY: each of these may be called in a handler; the zeroed `sigaction` is written before it is read.
    unsafe {
        let mut known: libc::sigaction = std::mem::zeroed();
        let asked = libc::sigaction(signal, ptr::null(), &raw mut known);
        // Who took the signal over since then calls us as well, and decides itself whether we end.
        if asked != 0 || known.sa_sigaction != handler() {
            return;
        }
        if HELD.load(Ordering::SeqCst) {
            HEARD.store(signal, Ordering::SeqCst);
            TIMES.fetch_add(1, Ordering::SeqCst);
            return;
        }
        end_all();
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}
