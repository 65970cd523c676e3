//! Both pipes of a program, each read in a thread of its own: anonymous pipes cannot be waited for together.

use std::io::{self, Read};
use std::process::{ChildStderr, ChildStdout, ExitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use super::Obstacle;

/// What a program prints on stdout and stderr.
pub(super) struct Pipes {
    heard: Receiver<(Side, Vec<u8>)>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    longest: usize,
    ended: bool,
}

#[derive(Clone, Copy)]
enum Side {
    Out,
    Err,
}

impl Pipes {
    /// A program that prints more than `longest` bytes is not held up.
    pub(super) fn of(stdout: ChildStdout, stderr: ChildStderr, longest: usize) -> Self {
        let (told, heard) = mpsc::channel();
        read(stdout, Side::Out, told.clone());
        read(stderr, Side::Err, told);
        Self {
            heard,
            stdout: Vec::new(),
            stderr: Vec::new(),
            longest,
            ended: false,
        }
    }

    /// Takes what comes next on either, waiting for it no longer than `limit`; false when that is over.
    pub(super) fn read(&mut self, limit: Duration) -> bool {
        match self.heard.recv_timeout(limit) {
            Ok((side, chunk)) => {
                let bytes = match side {
                    Side::Out => &mut self.stdout,
                    Side::Err => &mut self.stderr,
                };
                let room = self.longest.saturating_sub(bytes.len());
                bytes.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
                true
            }
            Err(error) => {
                self.ended |= error == RecvTimeoutError::Disconnected;
                self.ended
            }
        }
    }

    /// Whether nobody can print any more.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Whether there is an answer so far: something on stdout, or more on stderr than is read.
    pub(super) fn is_answered(&self) -> bool {
        !self.stdout.is_empty() || self.stderr.len() >= self.longest
    }

    /// What was printed, stdout first.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let mut bytes = self.stdout;
        bytes.extend(self.stderr);
        bytes
    }
}

/// What a program that could not be started is not to blame for: nothing that Windows tells.
pub(super) fn obstacle(_error: &io::Error) -> Option<Obstacle> {
    None
}

/// The signal that ended a program: Windows has none.
pub(super) fn signal(_status: ExitStatus) -> Option<i32> {
    None
}

fn read(mut stream: impl Read + Send + 'static, side: Side, told: Sender<(Side, Vec<u8>)>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            // Whoever has heard enough still lets the program print.
            let _ = told.send((side, buffer.get(..length).unwrap_or_default().to_vec()));
        }
    });
}
