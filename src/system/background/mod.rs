//! This program once more, in the background, where no terminal can end it.

#[cfg(unix)]
#[path = "unix.rs"]
mod os;
#[cfg(windows)]
#[path = "windows.rs"]
mod os;

use std::io;
use std::process::{Command, Stdio};

use camino::Utf8Path;

/// The program in the background.
#[derive(Debug)]
pub struct Background(std::process::Child);

impl Background {
    /// Its exit code, once it has ended; none of those who died by a signal.
    pub fn ended(&mut self) -> Option<Option<u8>> {
        match self.0.try_wait() {
            Ok(Some(status)) => Some(status.code().and_then(|code| u8::try_from(code).ok())),
            Ok(None) => None,
            Err(_) => Some(None),
        }
    }
}

/// Starts what runs here with the same words, but for one that is replaced by another. What it says on
/// stderr goes to a file that only we may read; nobody hears what it prints.
///
/// # Errors
/// When it cannot be started, or the file cannot be written.
#[expect(clippy::disallowed_methods, reason = "this is the boundary")]
pub fn start_again(word: &str, instead: &str, said: &Utf8Path) -> io::Result<Background> {
    let program = super::variables::own_program().ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            "this program does not know where it is",
        )
    })?;
    super::fs::write_private(said, b"")?;
    let stderr = std::fs::OpenOptions::new().append(true).open(said)?;
    let words = std::env::args_os().skip(1).map(|argument| {
        if argument == word {
            instead.into()
        } else {
            argument
        }
    });
    let mut command = Command::new(program);
    command
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(stderr);
    os::detach(&mut command);
    command.spawn().map(Background)
}
