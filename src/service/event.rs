//! What a session pushes to those who show or keep it.

use std::time::Duration;

use super::Service;
use super::cause::Cause;
use super::fleet::{Fleet, Id, Notice};
use crate::diagnostic::Finding;

/// Something happened: sinks decide what to make of it.
#[derive(Debug)]
pub enum Event<'a> {
    /// A service printed these whole lines (each ends with a newline).
    Lines(Id, &'a [u8]),
    /// A service stopped in the middle of this line, as for a question. The line comes again, as
    /// the beginning of a whole one.
    Unfinished(Id, &'a [u8]),
    /// Something to tell people.
    Notice(&'a Notice),
    /// A line of the tool's own about a service: how far its preparation is.
    Progress(Id, &'a str),
    /// Something is wrong with a sink, and the others should say so.
    Trouble(&'a str),
    /// A remark of the tool's own that asks for nothing.
    Remark(&'a str),
    /// Something was found in the files that the session reads.
    Finding(&'a Finding),
}

/// What a sink may look at while it takes an event.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// Time since the session began.
    pub now: Duration,
    /// All services and their states.
    pub fleet: &'a Fleet,
    /// With the news that a service ended or did not get ready: what it said last.
    pub last: Option<&'a Last>,
}

/// The last words of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Last {
    /// What stands above them: what led to the error that they belong to, and its first line.
    pub above: Vec<Above>,
    /// The lines, oldest first.
    pub lines: Vec<String>,
    /// What they mean.
    pub cause: Option<Cause>,
}

/// Lines of an error that came before the last ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Above {
    /// The lines, oldest first.
    pub lines: Vec<String>,
    /// How many came after them that were not kept.
    pub more: usize,
}

impl<'a> Scene<'a> {
    /// What it is that the last words mean which came with the event.
    #[must_use]
    pub fn cause(&self) -> Option<&'a Cause> {
        self.last?.cause.as_ref()
    }

    /// The service of that number.
    #[must_use]
    pub fn service(&self, id: Id) -> &Service {
        &self.fleet.services()[id]
    }
}

/// Shows or keeps a session.
pub trait Sink {
    /// Takes one event.
    fn accept(&mut self, scene: Scene<'_>, event: &Event<'_>);

    /// What went wrong in this sink since it was asked last.
    fn trouble(&mut self) -> Option<String> {
        None
    }

    /// When it wants to be woken, as time since the session began.
    fn due(&self) -> Option<Duration> {
        None
    }

    /// Does what is due by now.
    fn tick(&mut self, _scene: Scene<'_>) {}

    /// Somebody else has the terminal from now on, while the session ends: whoever has the whole of it
    /// gives it back. `who` died: the guard, or the keeper.
    fn yield_terminal(&mut self, _who: &str) {}

    /// Writes out what is held back; nothing comes after it. Waits for nobody.
    fn finish(&mut self, _scene: Scene<'_>) {}

    /// After [`Sink::finish`], how many bytes its reader has not taken yet; none when nothing is
    /// waited for.
    fn unread(&self) -> Option<u64> {
        None
    }

    /// Leaves out what its reader has not taken; how many bytes that is.
    fn give_up(&mut self) -> u64 {
        0
    }
}
