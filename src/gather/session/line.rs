//! The line to a session: what is asked over it, and what comes back.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::control::{
    Ask, Frames, LONGEST_REPLY, PROTOCOL, Refusal, Reply, Request, Whereabouts, encode,
};
use crate::system::socket::Stream;
use crate::text::remedy;

/// A session that is alive answers within this time.
const ANSWER: Duration = Duration::from_secs(5);

/// Bytes read at once.
const CHUNK: usize = 16 * 1024;

/// The line to a session.
#[derive(Debug)]
pub struct Line {
    stream: Stream,
    frames: Frames,
    buffer: Vec<u8>,
    /// What the session says about itself.
    pub whereabouts: Whereabouts,
}

impl Line {
    /// The one over this stream.
    pub(super) fn new(stream: Stream, whereabouts: Whereabouts) -> Self {
        Self {
            stream,
            frames: Frames::new(LONGEST_REPLY),
            buffer: vec![0; CHUNK],
            whereabouts,
        }
    }

    /// Sends the request and waits for the first reply.
    ///
    /// # Errors
    /// When the session refuses, does not answer, or goes away.
    pub async fn ask(&mut self, ask: Ask) -> Result<Reply, Failure> {
        if self.whereabouts.protocol != PROTOCOL {
            return Err(other_version());
        }
        let request = encode(&Request::new(ask));
        if let Err(error) = self.stream.write_all(&request).await {
            return Err(lost(&error.to_string()));
        }
        match tokio::time::timeout(ANSWER, self.next()).await {
            Ok(Ok(Some(Reply::Refused(refusal)))) => Err(refused(refusal)),
            Ok(Ok(Some(reply))) => Ok(reply),
            Ok(Ok(None)) => Err(lost("it ended")),
            Ok(Err(error)) => Err(lost(&error.to_string())),
            Err(_) => Err(self.silent()),
        }
    }

    /// The next reply; none when the session is gone.
    ///
    /// # Errors
    /// When what arrives cannot be understood.
    pub async fn next(&mut self) -> io::Result<Option<Reply>> {
        loop {
            match self.frames.take::<Reply>() {
                Ok(Some(reply)) => return Ok(Some(reply)),
                Ok(None) => {}
                Err(broken) => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        broken.to_string(),
                    ));
                }
            }
            match self.stream.read(&mut self.buffer).await {
                Ok(length @ 1..) => self.frames.push(&self.buffer[..length]),
                // A supervisor that was killed resets the line instead of closing it.
                Ok(0) | Err(_) => return Ok(None),
            }
        }
    }

    fn silent(&self) -> Failure {
        let pid = self.whereabouts.pid;
        Failure::unreachable(format!(
            "the session (pid {pid}) does not answer: it is suspended, or the machine is very busy"
        ))
        .help(format!(
            "go on with it in its terminal (fg), or end it: pixcrawler stop; if that does not help: {}",
            remedy::kill_process(pid)
        ))
    }
}

/// An order that was refused.
#[must_use]
pub fn refused(refusal: Refusal) -> Failure {
    let exit = match refusal.exit {
        3 => Exit::Unreachable,
        4 => Exit::Busy,
        1 => Exit::Findings,
        _ => Exit::Usage,
    };
    let failure = Failure::new(exit, refusal.message);
    match refusal.help {
        Some(help) => failure.help(help),
        None => failure,
    }
}

fn other_version() -> Failure {
    Failure::unreachable("the session was started by another version of pixcrawler")
        .help("stop it in its terminal with Ctrl+C, then start it again: pixcrawler dev")
}

/// A session that went away.
#[must_use]
pub fn lost(why: &str) -> Failure {
    Failure::unreachable(format!("the session went away while it was asked: {why}"))
        .help("start another one: pixcrawler dev")
}

/// A reply that makes no sense here.
#[must_use]
pub fn unexpected(reply: &Reply) -> Failure {
    tracing::debug!("unexpected: {reply:?}");
    other_version()
}
