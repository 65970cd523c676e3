//! A run of the tool that goes on: what it says, what it is told, how it ends.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, ExitStatus};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::survivors::living;
use super::{HANG, within};

type Collected = Arc<Mutex<Vec<u8>>>;

/// A run that has not ended.
pub(crate) struct Session {
    child: Child,
    dir: PathBuf,
    out: Collected,
    err: Collected,
    unread: Option<ChildStdout>,
    readers: Vec<JoinHandle<()>>,
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    pub(crate) fn signal(&self) -> Option<i32> {
        std::os::unix::process::ExitStatusExt::signal(&self.status)
    }

    /// Both streams, for looking at and for messages.
    pub(crate) fn all(&self) -> String {
        format!(
            "{}\n--- stderr\n{}\n--- {}",
            end_of(&self.out),
            end_of(&self.err),
            self.status
        )
    }
}

pub(crate) fn pid(number: u32) -> nix::unistd::Pid {
    nix::unistd::Pid::from_raw(i32::try_from(number).expect("a pid"))
}

fn collect(mut stream: impl Read + Send + 'static, into: &Collected) -> JoinHandle<()> {
    let into = Arc::clone(into);
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            into.lock()
                .expect("no panic while it is held")
                .extend_from_slice(&buffer[..length]);
        }
    })
}

/// The end of a text: megabytes of it explain nothing.
fn end_of(text: &str) -> &str {
    let from = (text.len().saturating_sub(6000)..text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    &text[from..]
}

fn text(collected: &Collected) -> String {
    String::from_utf8_lossy(&collected.lock().expect("no panic while it is held")).into_owned()
}

impl Session {
    pub(crate) fn new(mut child: Child, dir: PathBuf, read: bool) -> Self {
        let (out, err) = (Collected::default(), Collected::default());
        let stderr = child.stderr.take().expect("piped");
        let mut session = Self {
            unread: child.stdout.take(),
            readers: vec![collect(stderr, &err)],
            child,
            dir,
            out,
            err,
        };
        if read {
            session.read_on();
        }
        session
    }

    /// From now on somebody reads.
    pub(crate) fn read_on(&mut self) {
        if let Some(stdout) = self.unread.take() {
            self.readers.push(collect(stdout, &self.out));
        }
    }

    /// Reads until `wanted` was shown, then closes the stream, as `head` does.
    pub(crate) fn read_until_then_close(&mut self, wanted: &str) {
        let mut stdout = self.unread.take().expect("nobody reads yet");
        let mut buffer = [0; 4096];
        while !self.out().contains(wanted) {
            let length = stdout.read(&mut buffer).expect("output");
            assert!(length > 0, "`{wanted}` never came: {}", self.out());
            self.out
                .lock()
                .expect("ours")
                .extend_from_slice(&buffer[..length]);
        }
    }

    /// The process that was typed.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What stdout has shown so far.
    pub(crate) fn out(&self) -> String {
        text(&self.out)
    }

    /// Waits until stdout shows `wanted`.
    pub(crate) fn wait_for(&mut self, wanted: &str) {
        let shown = within(HANG, || {
            self.out().contains(wanted) || self.child.try_wait().expect("wait").is_some()
        });
        let out = self.out();
        assert!(
            shown && within(HANG / 20, || self.out().contains(wanted)),
            "`{wanted}` never came:\n{}\n--- stderr\n{}",
            end_of(&out),
            text(&self.err)
        );
    }

    /// Waits until stderr shows `wanted`.
    pub(crate) fn wait_until_told(&mut self, wanted: &str) {
        let told = within(HANG, || {
            text(&self.err).contains(wanted) || self.child.try_wait().expect("wait").is_some()
        });
        assert!(
            told && text(&self.err).contains(wanted),
            "`{wanted}` never came:\n{}\n--- stderr\n{}",
            end_of(&self.out()),
            text(&self.err)
        );
    }

    /// Types into the terminal (or its stdin).
    pub(crate) fn type_in(&mut self, keys: &str) {
        self.child
            .stdin
            .as_mut()
            .expect("piped")
            .write_all(keys.as_bytes())
            .expect("keys");
    }

    pub(crate) fn signal(&self, signal: nix::sys::signal::Signal) {
        nix::sys::signal::kill(pid(self.id()), signal).expect("it is alive");
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        drop(self.child.stdin.take());
        let ended = within(HANG, || self.child.try_wait().expect("wait").is_some());
        if !ended {
            let left: Vec<String> = living(&self.dir).iter().map(ToString::to_string).collect();
            panic!(
                "it never ends:\n{}\n--- stderr\n{}\n--- alive\n{}",
                end_of(&self.out()),
                text(&self.err),
                left.join("\n")
            );
        }
        let status = self.child.wait().expect("wait");
        self.read_on();
        // A survivor may hold the pipes: what is there has been read, the rest is another assertion's business.
        within(HANG / 20, || {
            self.readers.iter().all(JoinHandle::is_finished)
        });
        Ended {
            status,
            out: text(&self.out),
            err: text(&self.err),
        }
    }
}
