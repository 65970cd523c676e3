//! As the standard library starts a program.

use std::io;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};

use super::os::Tether;

/// A program that was started to be asked, and is tied to us as long as this is there.
#[derive(Debug)]
pub(in crate::system) struct Asked {
    child: Child,
    tether: Tether,
}

impl Asked {
    /// Starts it with nothing to read, and says where it prints to.
    pub(in crate::system) fn start(
        command: &mut Command,
    ) -> io::Result<(Self, ChildStdout, ChildStderr)> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Tether::prepare(command)?;
        let mut child = command.spawn()?;
        let tether = Tether::of(&child);
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            unreachable!("both were asked for");
        };
        Ok((Self { child, tether }, stdout, stderr))
    }

    /// How it ended, if it has.
    pub(in crate::system) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Ends it at once, with all that it started.
    pub(in crate::system) fn end(mut self) {
        self.tether.cut();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Only Linux tells who was started of the death of the one who did; on Windows the job ends it.
pub(in crate::system) fn tie(_command: &mut Command) {}
