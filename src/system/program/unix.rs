//! Both pipes of a program, waited for together: no thread is needed for them.

use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{ChildStderr, ChildStdout, ExitStatus};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::Obstacle;
use crate::system::fs::plain;
use crate::system::resources::is_admin;

/// What a program prints on stdout and stderr.
pub(super) struct Pipes {
    stdout: Pipe<ChildStdout>,
    stderr: Pipe<ChildStderr>,
}

struct Pipe<S> {
    /// None once it has ended.
    stream: Option<S>,
    bytes: Vec<u8>,
    longest: usize,
}

impl Pipes {
    /// A program that prints more than `longest` bytes is not held up.
    pub(super) fn of(stdout: ChildStdout, stderr: ChildStderr, longest: usize) -> Self {
        Self {
            stdout: Pipe::of(stdout, longest),
            stderr: Pipe::of(stderr, longest),
        }
    }

    /// Takes what comes next on either, waiting for it no longer than `limit`; false when that is over.
    pub(super) fn read(&mut self, limit: Duration) -> bool {
        let timeout = PollTimeout::try_from(limit).unwrap_or(PollTimeout::MAX);
        let asked = [self.stdout.asked(), self.stderr.asked()];
        let mut asked: Vec<PollFd<'_>> = asked.into_iter().flatten().collect();
        match poll(&mut asked, timeout) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(Errno::EINTR) => return true,
            Err(_) => {
                self.stdout.stream = None;
                self.stderr.stream = None;
                return true;
            }
        }
        let mut ready = asked.iter().map(|pipe| pipe.any().unwrap_or(true));
        let out = self.stdout.stream.is_some() && ready.next().unwrap_or(false);
        let err = self.stderr.stream.is_some() && ready.next().unwrap_or(false);
        drop(ready);
        if out {
            self.stdout.take();
        }
        if err {
            self.stderr.take();
        }
        true
    }

    /// Whether nobody can print any more.
    pub(super) fn ended(&self) -> bool {
        self.stdout.stream.is_none() && self.stderr.stream.is_none()
    }

    /// Whether there is an answer so far: something on stdout, or more on stderr than is read.
    pub(super) fn is_answered(&self) -> bool {
        !self.stdout.bytes.is_empty() || self.stderr.bytes.len() >= self.stderr.longest
    }

    /// What was printed, stdout first.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let mut bytes = self.stdout.bytes;
        bytes.extend(self.stderr.bytes);
        bytes
    }
}

/// What a program that could not be started is not to blame for.
#[expect(clippy::disallowed_methods, reason = "this is the boundary")]
pub(super) fn obstacle(error: &io::Error) -> Option<Obstacle> {
    // Each program gets it as its input.
    if let Err(error) = std::fs::File::open(NOTHING) {
        let as_admin = if is_admin() { "" } else { "sudo " };
        return Some(Obstacle {
            why: format!("{NOTHING}: {}", plain(&error)),
            way: if cfg!(target_os = "linux") && error.kind() == ErrorKind::NotFound {
                format!("{as_admin}mknod -m 666 {NOTHING} c 1 3")
            } else {
                format!("ls -l {NOTHING}")
            },
        });
    }
    let scarce = [Errno::EAGAIN, Errno::ENOMEM, Errno::EMFILE, Errno::ENFILE];
    let code = error.raw_os_error()?;
    scarce.contains(&Errno::from_raw(code)).then(|| Obstacle {
        why: plain(error),
        way: "ulimit -a".to_owned(),
    })
}

/// The signal that ended a program.
pub(super) fn signal(status: ExitStatus) -> Option<i32> {
    status.signal()
}

/// What has nothing to read.
const NOTHING: &str = "/dev/null";

impl<S: Read + AsFd> Pipe<S> {
    fn of(stream: S, longest: usize) -> Self {
        Self {
            stream: Some(stream),
            bytes: Vec::new(),
            longest,
        }
    }

    fn asked(&self) -> Option<PollFd<'_>> {
        let stream = self.stream.as_ref()?;
        Some(PollFd::new(stream.as_fd(), PollFlags::POLLIN))
    }

    /// Takes what is there, or its end.
    fn take(&mut self) {
        let mut buffer = [0; 4096];
        let Some(stream) = &mut self.stream else {
            return;
        };
        match stream.read(&mut buffer) {
            Ok(length @ 1..) => {
                let room = self.longest.saturating_sub(self.bytes.len());
                let chunk = buffer.get(..length.min(room)).unwrap_or_default();
                self.bytes.extend_from_slice(chunk);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            _ => self.stream = None,
        }
    }
}
