//! Linux: without a copy of our memory, and the kernel ends it when the thread ends that started it, also
//! where no handler runs.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{ChildStderr, ChildStdout, Command, ExitStatus};

use nix::errno::Errno;
use nix::libc;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use super::os::Tether;
use crate::system::image::{Image, Streams};

/// A program that was started to be asked, and is tied to us as long as this is there.
#[derive(Debug)]
pub(in crate::system) struct Asked {
    pid: Pid,
    tether: Tether,
}

impl Asked {
    /// Starts it with nothing to read, and says where it prints to. The thread that does so must be the
    /// one that waits for its end.
    #[expect(clippy::disallowed_methods, reason = "this is the boundary")]
    #[expect(unsafe_code, reason = "only the child can ask for its end")]
    pub(in crate::system) fn start(
        command: &mut Command,
    ) -> io::Result<(Self, ChildStdout, ChildStderr)> {
        Tether::listen()?;
        let image = Image::of(command, std::env::vars_os().collect())?;
        let nothing = std::fs::File::open("/dev/null")?;
        let ((stdout, output), (stderr, errors)) = (io::pipe()?, io::pipe()?);
        let streams = Streams {
            input: nothing.as_fd(),
            output: output.as_fd(),
            errors: errors.as_fd(),
        };
        let us = nix::unistd::getpid().as_raw();
        let last_steps = || {
            // SAFETY: plain system calls on numbers.
            let tied = unsafe {
                libc::setpgid(0, 0) == 0 && libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) == 0
            };
            // We may have ended before it asked.
            // SAFETY: as above.
            if tied && unsafe { libc::getppid() } != us {
                Errno::ECANCELED.set();
                return false;
            }
            tied
        };
        // SAFETY: the steps are a few system calls that allocate nothing.
        let pid = unsafe { image.start(&streams, &last_steps)? };
        let asked = Self {
            pid,
            tether: Tether::of_group(pid.as_raw_nonzero().get()),
        };
        let (stdout, stderr) = (OwnedFd::from(stdout), OwnedFd::from(stderr));
        Ok((asked, stdout.into(), stderr.into()))
    }

    /// How it ended, if it has: the system says that once.
    pub(in crate::system) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        let ended = waitpid(Some(self.pid), WaitOptions::NOHANG)?;
        Ok(ended.map(|(_, status)| ExitStatus::from_raw(status.as_raw())))
    }

    /// Ends it at once, with all that it started.
    pub(in crate::system) fn end(self) {
        self.tether.cut();
        // It may have left its group.
        let _ = kill_process(self.pid, Signal::KILL);
        let _ = rustix::io::retry_on_intr(|| waitpid(Some(self.pid), WaitOptions::empty()));
    }
}

/// From now on what a command starts is asked to end when the thread ends that started it, also where nothing of
/// ours runs any more.
#[expect(unsafe_code, reason = "only the child can ask for its end")]
pub(in crate::system) fn tie(command: &mut Command) {
    let us = nix::unistd::getpid();
    // SAFETY: between fork and exec only async-signal-safe calls are allowed: prctl and getppid are plain system
    // calls, and nothing is allocated.
    unsafe {
        command.pre_exec(move || {
            nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGTERM)?;
            // We may have ended before it asked.
            if nix::unistd::getppid() == us {
                Ok(())
            } else {
                Err(Errno::ECANCELED.into())
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "this is the boundary")]
    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    /// What a command prints on stdout, and how it ends.
    fn run(mut command: Command) -> (String, ExitStatus) {
        let (mut asked, mut stdout, _stderr) = Asked::start(&mut command).expect("it starts");
        let mut printed = String::new();
        stdout.read_to_string(&mut printed).expect("its text");
        loop {
            if let Some(status) = asked.ended().expect("a child of ours") {
                return (printed, status);
            }
            std::thread::yield_now();
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "to compare with")]
    fn our_environment_is_its_own_but_for_what_the_command_changes() {
        let ours = std::env::vars_os().count();
        let (plain, _) = run(shell("env -0 | tr -dc '\\0' | wc -c"));
        let mut changed = shell("echo \"$PATH $A\"; cat; env -0 | tr -dc '\\0' | wc -c");
        changed.env("A", "b").env_remove("HOME");
        // What the shell sets by itself is the same in both.
        let set_by_shell = plain.trim().parse::<usize>().expect("a number") - ours;
        let home = usize::from(std::env::var_os("HOME").is_some());
        let path = std::env::var("PATH").expect("PATH");
        let (printed, status) = run(changed);
        let count = ours + set_by_shell + 1 - home;
        assert_eq!(printed, format!("{path} b\n{count}\n"));
        assert!(status.success());
    }

    #[test]
    fn it_leads_a_group_of_its_own() {
        let (printed, status) = run(shell("echo $$; ps -o pgid= -p $$; kill -HUP 0"));
        let numbers: Vec<&str> = printed.split_whitespace().collect();
        assert!(
            matches!(numbers[..], [own, group] if own == group),
            "{printed}"
        );
        assert_eq!(status.signal(), Some(libc::SIGHUP));
    }

    #[test]
    fn it_ends_with_the_thread_that_started_it() {
        let thread = std::thread::spawn(|| Asked::start(&mut shell("echo up; exec sleep 600")));
        let (mut asked, ..) = thread.join().expect("no panic").expect("it starts");
        loop {
            if let Some(status) = asked.ended().expect("a child of ours") {
                assert_eq!(status.signal(), Some(libc::SIGKILL));
                break;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_cannot_start_says_why() {
        let mut lost = shell("true");
        lost.current_dir("/no/such");
        let error = Asked::start(&mut lost).expect_err("there is no such folder");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
