//! Linux: a program that starts without a copy of our memory.
//!
//! `fork` marks all of our pages as shared, and each one that we write to afterwards is copied: a
//! hundred of them a start, which is more than half of what 200 services cost us. Here the child
//! runs in our memory until it is another program, and we wait meanwhile (`posix_spawn` does the
//! same, and has no word for [`PR_SET_PDEATHSIG`](https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html)).

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::ptr;

use nix::libc;
use nix::sched::CloneFlags;
use nix::sys::signal::{SigSet, SigmaskHow, pthread_sigmask};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::executable::{BEGINNING, is_script};

/// What the child may use of stack: a few calls of the system, one inside the other.
const STACK: usize = 64 * 1024;

/// What a child reads and prints to.
pub(super) struct Streams<'a> {
    /// Its stdin.
    pub(super) input: BorrowedFd<'a>,
    /// Its stdout.
    pub(super) output: BorrowedFd<'a>,
    /// Its stderr.
    pub(super) errors: BorrowedFd<'a>,
}

/// A program with its arguments and its environment, as the kernel takes them. Everything is made
/// before there is a child: it may not allocate.
pub(super) struct Image {
    program: CString,
    folder: Option<CString>,
    arguments: Vec<CString>,
    variables: Vec<CString>,
}

impl Image {
    /// What a command names: program, arguments, folder, and what it changes of the variables that are
    /// given. Its streams, and whether it clears the environment, nobody can ask it.
    pub(super) fn of(
        command: &Command,
        mut variables: BTreeMap<OsString, OsString>,
    ) -> io::Result<Self> {
        let program = text(command.get_program())?;
        let mut arguments = vec![program.clone()];
        for argument in command.get_args() {
            arguments.push(text(argument)?);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => variables.insert(name.to_owned(), value.to_owned()),
                None => variables.remove(name),
            };
        }
        let variables = variables.into_iter().map(|(mut variable, value)| {
            variable.push("=");
            variable.push(value);
            text(&variable)
        });
        let folder = command
            .get_current_dir()
            .map(|folder| text(folder.as_os_str()));
        Ok(Self {
            program,
            folder: folder.transpose()?,
            arguments,
            variables: variables.collect::<io::Result<_>>()?,
        })
    }

    /// Starts it. The child takes `last_steps` before it is the program; where they are false, `errno`
    /// is the reason, and nothing was started.
    ///
    /// # Safety
    /// The steps run in our memory, in another process, while we wait: system calls only, nothing that
    /// allocates, locks or panics.
    #[expect(unsafe_code, reason = "a child in our memory")]
    pub(super) unsafe fn start(
        &self,
        streams: &Streams<'_>,
        last_steps: &dyn Fn() -> bool,
    ) -> io::Result<Pid> {
        let arguments = pointers(&self.arguments);
        let variables = pointers(&self.variables);
        // A script without a first line that names its program is the shell's, as for `execvp`.
        let mut script = pointers(&self.arguments);
        script.insert(0, c"/bin/sh".as_ptr());
        let failed = Cell::new(0);
        let mut before = SigSet::empty();
        let mut stack = vec![0_u8; STACK];
        // A handler of ours must not run in the child, which shares our memory.
        pthread_sigmask(
            SigmaskHow::SIG_SETMASK,
            Some(&SigSet::all()),
            Some(&mut before),
        )?;
        let child = || {
            // SAFETY: the child only makes system calls, on values that live until the parent goes
            // on, which is after `execve` or the child's end.
            unsafe {
                if self.make_ready(streams, last_steps, &before) {
                    self.become_it(&arguments, &variables, &script);
                }
            }
            failed.set(nix::errno::Errno::last_raw());
            127
        };
        let flags = CloneFlags::CLONE_VM | CloneFlags::CLONE_VFORK;
        // SAFETY: the closure outlives the child's use of it, as we wait for it (CLONE_VFORK); the
        // stack is large enough for a few nested system calls.
        let started = unsafe {
            let child: Box<dyn FnMut() -> isize + '_> = Box::new(child);
            nix::sched::clone(child, &mut stack, flags, Some(libc::SIGCHLD))
        };
        pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&before), None)?;
        let started = started?;
        let pid = Pid::from_raw(started.as_raw())
            .ok_or_else(|| io::Error::other("the system gave a process no number"))?;
        if failed.get() != 0 {
            let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED);
            return Err(io::Error::from_raw_os_error(failed.get()));
        }
        Ok(pid)
    }

    /// In the child: what comes before another program; false when a step fails, with `errno` saying why.
    ///
    /// # Safety
    /// Only in the child.
    #[expect(unsafe_code, reason = "system calls between clone and exec")]
    unsafe fn make_ready(
        &self,
        streams: &Streams<'_>,
        last_steps: &dyn Fn() -> bool,
        mask: &SigSet,
    ) -> bool {
        // SAFETY: plain system calls on numbers, and on texts that live in `self`.
        unsafe {
            default_handlers();
            libc::dup2(streams.input.as_raw_fd(), 0) == 0
                && libc::dup2(streams.output.as_raw_fd(), 1) == 1
                && libc::dup2(streams.errors.as_raw_fd(), 2) == 2
                && self
                    .folder
                    .as_ref()
                    .is_none_or(|folder| libc::chdir(folder.as_ptr()) == 0)
                && last_steps()
                && libc::sigprocmask(libc::SIG_SETMASK, mask.as_ref(), ptr::null_mut()) == 0
        }
    }

    /// In the child: comes back only when it fails, with `errno` saying why.
    ///
    /// # Safety
    /// The arrays end with a null pointer, and all that they point to lives.
    #[expect(unsafe_code, reason = "system calls between clone and exec")]
    unsafe fn become_it(
        &self,
        arguments: &[*const libc::c_char],
        variables: &[*const libc::c_char],
        script: &[*const libc::c_char],
    ) {
        // SAFETY: plain system calls on pointers that the caller vouches for.
        unsafe {
            libc::execve(
                self.program.as_ptr(),
                arguments.as_ptr(),
                variables.as_ptr(),
            );
            if nix::errno::Errno::last_raw() == libc::ENOEXEC && self.is_script() {
                libc::execve(c"/bin/sh".as_ptr(), script.as_ptr(), variables.as_ptr());
            }
        }
    }

    /// In the child: whether the shell is to run what the system does not know. A program for another machine
    /// would be run as lines, whatever those do; then `errno` says again that it is not known.
    ///
    /// # Safety
    /// Only in the child.
    #[expect(unsafe_code, reason = "system calls between clone and exec")]
    unsafe fn is_script(&self) -> bool {
        let mut beginning = [0_u8; BEGINNING];
        // SAFETY: plain system calls on a text that lives in `self`, and on a buffer of that length.
        let length = unsafe {
            let file = libc::open(self.program.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
            let length = libc::read(file, beginning.as_mut_ptr().cast(), BEGINNING);
            libc::close(file);
            length
        };
        let read = usize::try_from(length).ok();
        let is_script = read
            .and_then(|length| beginning.get(..length))
            .is_some_and(is_script);
        if !is_script {
            nix::errno::Errno::ENOEXEC.set();
        }
        is_script
    }
}

/// What we handle is handled as usual in the child, also before it is another program; what we
/// ignore stays ignored, but for SIGPIPE, which Rust ignores unasked.
///
/// # Safety
/// Only in the child: its table of handlers is its own.
#[expect(unsafe_code, reason = "system calls between clone and exec")]
unsafe fn default_handlers() {
    // SAFETY: plain system calls; an all-zero `sigaction` is SIG_DFL without flags.
    unsafe {
        for number in 1..=libc::SIGRTMAX() {
            let mut action: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(number, ptr::null(), &raw mut action) != 0 {
                continue;
            }
            let handled =
                action.sa_sigaction != libc::SIG_DFL && action.sa_sigaction != libc::SIG_IGN;
            if handled || number == libc::SIGPIPE {
                let usual: libc::sigaction = std::mem::zeroed();
                libc::sigaction(number, &raw const usual, ptr::null_mut());
            }
        }
    }
}

fn text(text: &OsStr) -> io::Result<CString> {
    CString::new(text.as_bytes()).map_err(|_| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "a NUL byte in its command line, folder or environment",
        )
    })
}

/// As C takes a list of texts.
fn pointers(texts: &[CString]) -> Vec<*const libc::c_char> {
    let pointers = texts.iter().map(|text| text.as_ptr());
    pointers.chain([ptr::null()]).collect()
}
