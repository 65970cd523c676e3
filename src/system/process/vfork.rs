//! Linux: starts a process without copying our memory for it.
//!
//! `fork` marks all of our pages as shared, and each one that we write to afterwards is copied: a
//! hundred of them a start, which is more than half of what 200 services cost us. Here the child
//! runs in our memory until it is another program, and we wait meanwhile (`posix_spawn` does the
//! same, and has no word for [`PR_SET_PDEATHSIG`](https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html)).

use std::cell::Cell;
use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::ptr;
use std::sync::OnceLock;

use nix::libc;
use nix::sched::CloneFlags;
use nix::sys::signal::{SigSet, SigmaskHow, pthread_sigmask};
use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions, WaitIdStatus, pidfd_open, waitid};
use tokio::io::unix::AsyncFd;

use super::stamp::Seal;
use crate::service::Ending;

/// What the child may use of stack: a few calls of the system, one inside the other.
const STACK: usize = 64 * 1024;

/// A process that was started here.
#[derive(Debug)]
pub(super) struct Child {
    /// Readable once it has ended.
    descriptor: AsyncFd<OwnedFd>,
    /// How it ended: the system says that once.
    ending: Option<Ending>,
}

impl Child {
    /// Waits until it has ended.
    pub(super) async fn wait(&mut self) -> io::Result<Ending> {
        loop {
            if let Some(ending) = self.ending {
                return Ok(ending);
            }
            let mut ready = self.descriptor.readable().await?;
            let id = WaitId::PidFd(self.descriptor.get_ref().as_fd());
            match waitid(id, WaitIdOptions::EXITED | WaitIdOptions::NOHANG)? {
                Some(status) => self.ending = Some(ending(&status)),
                None => ready.clear_ready(),
            }
        }
    }
}

fn ending(status: &WaitIdStatus) -> Ending {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Ending::Code(code),
        (None, Some(number)) => Ending::Signal(number),
        (None, None) => Ending::Code(1),
    }
}

/// Whether this kernel (5.3 and later) can say by a descriptor that a process has ended.
pub(super) fn is_possible() -> bool {
    static POSSIBLE: OnceLock<bool> = OnceLock::new();
    *POSSIBLE.get_or_init(|| pidfd_open(rustix::process::getpid(), PidfdFlags::NONBLOCK).is_ok())
}

/// Starts a command as the leader of a session of its own, with `output` for all that it prints.
/// `entrance` is the cage that it goes into first, `seal` what it and all that come of it carry. It is
/// asked to end when the thread ends that calls this.
#[expect(clippy::disallowed_methods, reason = "this is the boundary")]
pub(super) fn spawn(
    command: &Command,
    output: BorrowedFd<'_>,
    entrance: Option<BorrowedFd<'_>>,
    seal: Option<Seal>,
) -> io::Result<(Child, u32)> {
    let image = Image::of(command)?;
    let nothing = std::fs::File::open("/dev/null")?;
    let pid = image.start(&Start {
        input: nothing.as_raw_fd(),
        output: output.as_raw_fd(),
        entrance: entrance.map(|entrance| entrance.as_raw_fd()),
        seal,
    })?;
    let number = pid.as_raw_nonzero().get().unsigned_abs();
    match super::death::open(number) {
        Ok(descriptor) => {
            let child = Child {
                descriptor,
                ending: None,
            };
            Ok((child, number))
        }
        Err(error) => {
            // Nobody would ever hear of its end: it must not begin.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
            let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED);
            Err(error)
        }
    }
}

/// What a child begins with: descriptors, and a stamp.
struct Start {
    input: RawFd,
    output: RawFd,
    entrance: Option<RawFd>,
    seal: Option<Seal>,
}

/// A program with its arguments and its environment, as the kernel takes them. Everything is made
/// before there is a child: it may not allocate.
struct Image {
    program: CString,
    folder: Option<CString>,
    arguments: Vec<CString>,
    variables: Vec<CString>,
}

impl Image {
    fn of(command: &Command) -> io::Result<Self> {
        let program = text(command.get_program())?;
        let mut arguments = vec![program.clone()];
        for argument in command.get_args() {
            arguments.push(text(argument)?);
        }
        let mut variables = Vec::new();
        for (name, value) in command.get_envs() {
            let Some(value) = value else { continue };
            let mut variable = name.to_owned();
            variable.push("=");
            variable.push(value);
            variables.push(text(&variable)?);
        }
        let folder = command
            .get_current_dir()
            .map(|folder| text(folder.as_os_str()));
        Ok(Self {
            program,
            folder: folder.transpose()?,
            arguments,
            variables,
        })
    }

    #[expect(unsafe_code, reason = "a child in our memory")]
    fn start(&self, with: &Start) -> io::Result<Pid> {
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
                self.become_it(with, &before, &arguments, &variables, &script);
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

    /// In the child: comes back only when a step fails, with `errno` saying why.
    ///
    /// # Safety
    /// The arrays end with a null pointer, and all that they point to lives.
    #[expect(unsafe_code, reason = "system calls between clone and exec")]
    unsafe fn become_it(
        &self,
        with: &Start,
        mask: &SigSet,
        arguments: &[*const libc::c_char],
        variables: &[*const libc::c_char],
        script: &[*const libc::c_char],
    ) {
        // SAFETY: plain system calls on numbers, and on pointers that the caller vouches for.
        unsafe {
            default_handlers();
            if let Some(seal) = &with.seal {
                seal.press();
            }
            let ready = libc::dup2(with.input, 0) == 0
                && libc::dup2(with.output, 1) == 1
                && libc::dup2(with.output, 2) == 2
                && self.folder.as_ref().is_none_or(|folder| libc::chdir(folder.as_ptr()) == 0)
                && libc::setsid() != -1
                && with
                    .entrance
                    .is_none_or(|entrance| libc::write(entrance, c"0".as_ptr().cast(), 1) == 1)
                // Should guard and supervisor be killed in one blow, the leaders are still asked to end.
                && libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) == 0
                && libc::sigprocmask(libc::SIG_SETMASK, mask.as_ref(), ptr::null_mut()) == 0;
            if !ready {
                return;
            }
            libc::execve(
                self.program.as_ptr(),
                arguments.as_ptr(),
                variables.as_ptr(),
            );
            if nix::errno::Errno::last_raw() == libc::ENOEXEC {
                libc::execve(c"/bin/sh".as_ptr(), script.as_ptr(), variables.as_ptr());
            }
        }
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

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::fs::PermissionsExt;

    use super::super::Stamp;
    use super::*;

    /// What a command prints, and how it ends.
    async fn run(command: &Command) -> io::Result<(String, Ending)> {
        run_with(command, None).await
    }

    async fn run_with(command: &Command, seal: Option<Seal>) -> io::Result<(String, Ending)> {
        let (mut reader, writer) = io::pipe()?;
        let (mut child, _) = spawn(command, writer.as_fd(), None, seal)?;
        drop(writer);
        let ending = child.wait().await?;
        assert_eq!(child.wait().await?, ending, "asked again");
        let mut printed = String::new();
        reader.read_to_string(&mut printed)?;
        Ok((printed, ending))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the boundary")]
    fn command(program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear();
        command
    }

    #[tokio::test]
    async fn a_child_has_its_arguments_its_folder_and_nothing_but_its_environment() {
        let mut shell = command("/bin/sh");
        shell
            .args([
                "-c",
                "pwd; echo \"$1 $A\"; env | grep -c =; echo told >&2; exit 3",
                "sh",
                "x y",
            ])
            .current_dir("/")
            .env("A", "b");
        let (printed, ending) = run(&shell).await.expect("it starts");
        assert!(
            printed.starts_with("/\nx y b\n") && printed.ends_with("told\n"),
            "{printed}"
        );
        assert!(!printed.contains("PATH"), "{printed}");
        assert_eq!(ending, Ending::Code(3));
    }

    #[tokio::test]
    async fn a_stamp_stays_without_environment_in_another_session_and_changes_no_hard_limit() {
        let stamp = Stamp::of("session", 7).expect("few services");
        let seal = Seal::of(stamp).expect("nobody limits locks here");
        let mut shell = command("/bin/sh");
        let show = "grep 'Max file locks' /proc/self/limits";
        shell.args(["-c", &format!("env -i setsid sh -c \"{show}\"")]);
        shell.env("PATH", "/usr/bin:/bin");
        let (printed, _) = run_with(&shell, Some(seal)).await.expect("it starts");
        let (plain, _) = run(&shell).await.expect("it starts");
        let words = |text: &str| {
            let words = text.split_ascii_whitespace().map(str::to_owned);
            words.collect::<Vec<_>>()
        };
        let (printed, plain) = (words(&printed), words(&plain));
        assert_eq!(printed.get(3), Some(&stamp.number().to_string()));
        assert_ne!(printed.get(3), plain.get(3));
        assert_eq!(printed.get(4), plain.get(4));
    }

    #[tokio::test]
    async fn signals_are_as_for_any_program() {
        let mut shell = command("/bin/sh");
        // Were SIGPIPE ignored, as Rust has it, or SIGTERM blocked, it would go on.
        shell.args(["-c", "kill -PIPE $$; echo alive"]);
        let (printed, ending) = run(&shell).await.expect("it starts");
        assert_eq!(
            (printed.as_str(), ending),
            ("", Ending::Signal(libc::SIGPIPE))
        );
        shell = command("/bin/sh");
        shell.args(["-c", "kill -TERM $$; echo alive"]);
        let (printed, ending) = run(&shell).await.expect("it starts");
        assert_eq!(
            (printed.as_str(), ending),
            ("", Ending::Signal(libc::SIGTERM))
        );
    }

    #[tokio::test]
    async fn what_cannot_start_says_why_and_leaves_nothing() {
        let kind = |error: io::Error| error.kind();
        let missing = run(&command("/no/such/program")).await.map_err(kind);
        assert_eq!(missing, Err(io::ErrorKind::NotFound));
        let folder = run(command("/bin/sh").current_dir("/no/such"))
            .await
            .map_err(kind);
        assert_eq!(folder, Err(io::ErrorKind::NotFound));
        let barred = run(&command("/etc/passwd")).await.map_err(kind);
        assert_eq!(barred, Err(io::ErrorKind::PermissionDenied));
        let zero = run(command("/bin/sh").env("A", "b\0c")).await.map_err(kind);
        assert_eq!(zero, Err(io::ErrorKind::InvalidInput));
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "a file for this test alone")]
    async fn a_script_without_a_first_line_is_the_shells() {
        let folder = tempfile::tempdir().expect("a folder");
        let script = folder.path().join("script");
        std::fs::write(&script, "echo \"$0 $1\"\n").expect("a script");
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))
            .expect("its mode");
        let (printed, ending) = run(command(&script).arg("one")).await.expect("it starts");
        assert_eq!(printed, format!("{} one\n", script.display()));
        assert_eq!(ending, Ending::Code(0));
    }
}
