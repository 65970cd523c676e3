//! Unix: the guard's end of the line to the supervisor, and the patience that it has with it.
//!
//! Signals go down, a byte each. Back comes a byte for each that was heard, and at the end how the session
//! ended. Who is suspended, or hangs, hears nothing.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::exit::Exit;

/// What the supervisor answers to a signal: no report begins so.
pub(super) const HEARD: u8 = 2;

/// Within this time two signals are one: `timeout` and others signal a process, and then its group.
const ONCE: Duration = Duration::from_millis(300);

/// The last report is on its way when the one who makes it has ended.
const REPORT: Duration = Duration::from_millis(100);

/// The line to the supervisor.
#[derive(Debug)]
pub(super) struct Line {
    stream: UnixStream,
    /// Signals that it has not heard.
    unheard: u32,
    /// When the first of these was sent.
    since: Option<Instant>,
    /// What came of its report.
    report: Vec<u8>,
}

impl Line {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            unheard: 0,
            since: None,
            report: Vec::new(),
        }
    }

    /// Tells of a signal. Whether an earlier one was not heard, and this is none of the same moment.
    pub(super) fn tell(&mut self, number: i32) -> bool {
        let was_deaf = self.is_deaf() && self.since.is_some_and(|since| since.elapsed() > ONCE);
        let byte = u8::try_from(number).unwrap_or(15);
        if self.stream.write_all(&[byte]).is_ok() {
            self.unheard += 1;
            self.since.get_or_insert_with(Instant::now);
        }
        was_deaf
    }

    /// Whether there are signals that were not heard, by one who has not reported yet.
    pub(super) fn is_deaf(&mut self) -> bool {
        let _ = self.stream.set_nonblocking(true);
        self.read();
        let _ = self.stream.set_nonblocking(false);
        self.unheard > 0 && self.report.is_empty()
    }

    /// Takes what has come: until there is nothing, or nothing more will come.
    fn read(&mut self) {
        let mut byte = [0];
        while self.report.len() < 2 && matches!(self.stream.read(&mut byte), Ok(1)) {
            if self.report.is_empty() && byte == [HEARD] {
                self.unheard = self.unheard.saturating_sub(1);
            } else {
                self.report.extend(byte);
            }
        }
        if self.unheard == 0 {
            self.since = None;
        }
    }

    /// How the session ended, if that was said.
    pub(super) fn report(&mut self) -> Option<Exit> {
        let _ = self.stream.set_read_timeout(Some(REPORT));
        self.read();
        let report = <[u8; 2]>::try_from(self.report.as_slice()).ok()?;
        Some(decode(report))
    }
}

/// An end in two bytes.
pub(super) fn encode(exit: Exit) -> [u8; 2] {
    match exit {
        Exit::Signal(number) => [1, u8::try_from(number).unwrap_or(15)],
        other => [0, other.code()],
    }
}

fn decode([kind, value]: [u8; 2]) -> Exit {
    match (kind, value) {
        (1, number) => Exit::Signal(i32::from(number)),
        (_, 0) => Exit::Clean,
        (_, 1) => Exit::Findings,
        (_, 2) => Exit::Usage,
        (_, 3) => Exit::Unreachable,
        (_, 4) => Exit::Busy,
        (_, 5) => Exit::Stale,
        (_, code) => Exit::Program(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_unheard_until_that_is_said_and_the_report_comes_after() {
        let (ours, mut theirs) = UnixStream::pair().expect("a pair");
        let mut line = Line::new(ours);
        assert!(!line.is_deaf());
        assert!(!line.tell(15), "nothing was said before");
        assert!(line.is_deaf());
        assert!(!line.tell(15), "the same moment");
        let mut heard = [0; 2];
        theirs.read_exact(&mut heard).expect("two bytes");
        assert_eq!(heard, [15, 15]);
        theirs.write_all(&[HEARD]).expect("there is room");
        assert!(line.is_deaf(), "one of two");
        std::thread::sleep(ONCE);
        assert!(line.tell(2), "an earlier one was not heard");
        theirs.write_all(&[HEARD, HEARD]).expect("there is room");
        assert!(!line.is_deaf() && !line.tell(1));
        theirs
            .write_all(&encode(Exit::Signal(2)))
            .expect("there is room");
        assert_eq!(line.report(), Some(Exit::Signal(2)));
    }

    #[test]
    fn who_dies_reports_nothing() {
        let (ours, theirs) = UnixStream::pair().expect("a pair");
        drop(theirs);
        assert_eq!(Line::new(ours).report(), None);
    }
}
