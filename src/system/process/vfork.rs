//! Linux: starts a process in our memory ([`Image`]), and hears of its end by a descriptor.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::process::Command;
use std::sync::OnceLock;

use nix::libc;
use rustix::process::{PidfdFlags, WaitId, WaitIdOptions, WaitIdStatus, pidfd_open, waitid};
use tokio::io::unix::AsyncFd;

use super::stamp::Seal;
use crate::service::Ending;
use crate::system::image::{Image, Streams};

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
#[expect(unsafe_code, reason = "steps in a child that shares our memory")]
pub(super) fn spawn(
    command: &Command,
    output: BorrowedFd<'_>,
    entrance: Option<BorrowedFd<'_>>,
    seal: Option<Seal>,
) -> io::Result<(Child, u32)> {
    let image = Image::of(command, BTreeMap::new())?;
    let nothing = std::fs::File::open("/dev/null")?;
    let streams = Streams {
        input: nothing.as_fd(),
        output,
        errors: output,
    };
    let entrance = entrance.map(|entrance| entrance.as_raw_fd());
    let last_steps = || {
        if let Some(seal) = &seal {
            seal.press();
        }
        // SAFETY: plain system calls on numbers, and on a text that lives for ever.
        unsafe {
            libc::setsid() != -1
                && entrance
                    .is_none_or(|entrance| libc::write(entrance, c"0".as_ptr().cast(), 1) == 1)
                // Should guard and supervisor be killed in one blow, the leaders are still asked to end.
                && libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) == 0
        }
    };
    // SAFETY: the steps are a few system calls that allocate nothing.
    let pid = unsafe { image.start(&streams, &last_steps)? };
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

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::io::Read;

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
    async fn a_script_without_a_first_line_is_the_shells() {
        let folder = tempfile::tempdir().expect("a folder");
        let script = folder.path().join("script");
        // Written by another process: what is open for writing here, a child that another
        // test starts right now holds, too, and such a file is not run.
        let make = "echo 'echo \"$0 $1\"' > \"$0\" && chmod 755 \"$0\"";
        let written = run(command("/bin/sh").args(["-c", make]).arg(&script)).await;
        assert_eq!(written.expect("a shell").1, Ending::Code(0));
        let (printed, ending) = run(command(&script).arg("one")).await.expect("it starts");
        assert_eq!(printed, format!("{} one\n", script.display()));
        assert_eq!(ending, Ending::Code(0));
    }
}
