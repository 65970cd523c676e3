//! Writes to stdout on a thread of its own, so that a slow terminal never slows a service.
//!
//! What the reader has not taken is held in memory up to a limit, and beyond it in a file: nothing
//! is lost, order is kept, memory is bounded. Only when the disk refuses too are lines left out,
//! and then the screen says how many bytes.

use std::io::{ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use camino::Utf8PathBuf;
use tokio::sync::Notify;

use crate::system::{spool::Spool, stdout};

use super::status::{Line, Status};

/// Is told when the reader of our output goes away, and when it has taken the last of it.
pub type Gone = Arc<Notify>;

/// Bytes held in memory for a reader that is behind.
const MEMORY: usize = 512 << 10;

/// Bytes taken from the spool at once.
const CHUNK: usize = 128 << 10;

/// So long a reader that is behind may take for what is held in memory before the rest goes to the
/// file: 50 MB/s. Shorter than anybody notices, and much cheaper than a file.
const MOMENT: Duration = Duration::from_millis(20);

/// What the writing thread does.
#[derive(Debug, Default, PartialEq, Eq)]
enum Thread {
    #[default]
    Waiting,
    /// It writes what it took.
    Writing,
    /// Everything was written, and nothing more comes.
    Done,
}

#[derive(Debug, Default)]
struct Queue {
    memory: Vec<u8>,
    spool: Option<Spool>,
    /// The beginning of a line whose end is still in the spool.
    begun: Vec<u8>,
    /// What the thread took and has not written yet.
    in_flight: usize,
    left_out: u64,
    /// What the line at the bottom of a terminal is to say.
    bottom: Option<String>,
    thread: Thread,
    /// Nothing more comes.
    done: bool,
    /// The reader went away, or is not waited for any more.
    closed: bool,
}

impl Queue {
    /// Bytes that the reader has not taken.
    fn pending(&self) -> u64 {
        let spooled = self.spool.as_ref().map_or(0, Spool::pending);
        (self.memory.len() + self.begun.len() + self.in_flight) as u64 + spooled
    }

    /// Forgets what is to be written.
    fn clear(&mut self) {
        self.memory = Vec::new();
        self.begun = Vec::new();
        self.spool = None;
        self.in_flight = 0;
    }
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    more: Condvar,
    less: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A panic while the lock was held leaves bytes, and bytes are never half valid.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A way to stdout that never blocks.
#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
    spool: Utf8PathBuf,
    gone: Gone,
    /// What a pipe takes at once is written at once: to wake the thread first would take as long
    /// again as all the rest of a line's way.
    at_once: bool,
}

impl Writer {
    /// Starts the thread; what does not fit into memory goes to the file `spool`.
    pub(super) fn new(spool: Utf8PathBuf, status: Status, gone: Gone) -> Self {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            more: Condvar::new(),
            less: Condvar::new(),
        });
        let at_once = stdout::is_pipe();
        let thread = Arc::clone(&shared);
        std::thread::spawn({
            let gone = Arc::clone(&gone);
            move || {
                write_out(&thread, &mut status.line(), at_once);
                gone.notify_one();
            }
        });
        // While nobody prints anything, only this tells that nobody would read it.
        std::thread::spawn({
            let (thread, gone) = (Arc::clone(&shared), Arc::clone(&gone));
            move || {
                if stdout::wait_until_unread() {
                    thread.lock().closed = true;
                    tell_if_closed(&thread, &gone);
                }
            }
        });
        Self {
            shared,
            spool,
            gone,
            at_once,
        }
    }

    /// Hands over bytes, and takes another buffer for them where that saves a copy.
    pub(super) fn hand(&self, bytes: &mut Vec<u8>) {
        if self.written_at_once(bytes) {
            return;
        }
        let mut queue = self.shared.lock();
        if queue.memory.is_empty() && queue.spool.is_none() && !queue.closed {
            std::mem::swap(&mut queue.memory, bytes);
            drop(queue);
            self.shared.more.notify_one();
        } else {
            drop(queue);
            self.push(bytes);
        }
    }

    /// Hands over bytes.
    pub(super) fn push(&self, bytes: &[u8]) {
        if self.written_at_once(bytes) {
            return;
        }
        let mut queue = self.shared.lock();
        if queue.spool.is_none() && queue.memory.len() + bytes.len() > MEMORY {
            queue = self.wait_for_room(queue);
        }
        if queue.closed {
            return;
        }
        if queue.spool.is_none() && queue.memory.len() + bytes.len() > MEMORY {
            queue.spool = Spool::create(&self.spool).ok();
        }
        let was_empty = queue.memory.is_empty();
        let kept = if let Some(spool) = &mut queue.spool {
            spool.push(bytes).is_ok()
        } else {
            let fits = queue.memory.len() + bytes.len() <= 4 * MEMORY;
            if fits {
                queue.memory.extend_from_slice(bytes);
            }
            fits
        };
        if !kept {
            queue.left_out += bytes.len() as u64;
        }
        drop(queue);
        if was_empty {
            self.shared.more.notify_one();
        }
    }

    /// Writes right here what a pipe has room for, when nothing waits to be written before it.
    fn written_at_once(&self, bytes: &[u8]) -> bool {
        if !self.at_once || !stdout::takes(bytes.len()) {
            return false;
        }
        let mut queue = self.shared.lock();
        let idle = queue.memory.is_empty()
            && queue.spool.is_none()
            && queue.left_out == 0
            && queue.thread == Thread::Waiting
            && !queue.closed;
        if idle && !write_all(bytes) {
            queue.closed = true;
            drop(queue);
            tell_if_closed(&self.shared, &self.gone);
        }
        idle
    }

    /// A reader that takes what there is within a moment is fast enough to be waited for.
    fn wait_for_room<'a>(&self, queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        let full = |queue: &mut Queue| !queue.memory.is_empty() && !queue.closed;
        self.shared
            .less
            .wait_timeout_while(queue, MOMENT, full)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    /// The line at the bottom says this from now on.
    pub(super) fn bottom(&self, words: Option<String>) {
        let mut queue = self.shared.lock();
        if queue.bottom != words {
            queue.bottom = words;
            drop(queue);
            self.shared.more.notify_one();
        }
    }

    /// Nothing more comes.
    pub(super) fn finish(&self) {
        self.shared.lock().done = true;
        self.shared.more.notify_one();
    }

    /// After [`Self::finish`], how many bytes the reader has not taken yet; none when it has all of
    /// them, or went away.
    pub(super) fn unread(&self) -> Option<u64> {
        let queue = self.shared.lock();
        let over = queue.closed || queue.thread == Thread::Done;
        (!over).then(|| queue.pending())
    }

    /// Leaves out what the reader has not taken; how many bytes that is.
    pub(super) fn give_up(&self) -> u64 {
        let mut queue = self.shared.lock();
        if queue.closed {
            return 0;
        }
        let left = queue.pending();
        queue.closed = true;
        queue.clear();
        left
    }
}

fn tell_if_closed(shared: &Shared, gone: &Gone) {
    if shared.lock().closed {
        gone.notify_one();
    }
}

/// Writes and draws: whatever waits for the terminal is done here.
fn write_out(shared: &Shared, line: &mut Line, is_pipe: bool) {
    let mut buffer = Vec::with_capacity(CHUNK);
    loop {
        buffer.clear();
        let bottom = {
            let mut queue = shared.lock();
            while !next(&mut queue, &mut buffer) && line.says(queue.bottom.as_ref()) {
                if queue.done {
                    queue.thread = Thread::Done;
                    return;
                }
                let Some(due) = line.due() else {
                    let woken = shared.more.wait(queue);
                    queue = woken.unwrap_or_else(PoisonError::into_inner);
                    continue;
                };
                let woken = shared.more.wait_timeout(queue, due);
                queue = woken.unwrap_or_else(PoisonError::into_inner).0;
                if due.is_zero() {
                    break;
                }
            }
            queue.in_flight = buffer.len();
            queue.thread = Thread::Writing;
            shared.less.notify_one();
            queue.bottom.clone()
        };
        // First the line, over an echoed `^C`, which would stand in front of the text.
        line.say(bottom);
        let written = buffer.is_empty() || line.above(|| write_pieces(shared, &buffer, is_pipe));
        let mut queue = shared.lock();
        queue.thread = Thread::Waiting;
        if !written {
            queue.closed = true;
            queue.clear();
            shared.less.notify_all();
            return;
        }
    }
}

/// Takes what is to be written next: memory first, it is older than the spool.
fn next(queue: &mut Queue, buffer: &mut Vec<u8>) -> bool {
    if !queue.memory.is_empty() {
        std::mem::swap(&mut queue.memory, buffer);
        return true;
    }
    if let Some(spool) = &mut queue.spool {
        buffer.append(&mut queue.begun);
        let popped = spool.pop(CHUNK);
        match &popped {
            Ok(bytes) => buffer.extend_from_slice(bytes),
            Err(_) => queue.left_out += spool.pending(),
        }
        if popped.is_err() || spool.pending() == 0 {
            queue.spool = None;
        } else if let Some(end) = memchr::memrchr(b'\n', buffer) {
            queue.begun = buffer.split_off(end + 1);
        }
        if !buffer.is_empty() {
            return true;
        }
    }
    if queue.left_out > 0 {
        buffer.extend_from_slice(format!("! {} bytes of output are not shown: the screen was too slow and the disk is full\n", queue.left_out).as_bytes());
        queue.left_out = 0;
        return true;
    }
    false
}

/// Writes to a pipe what it takes whole, line by line: a reader that comes too late for the rest
/// finds no torn line. False when the reader went away, or is not waited for any more.
fn write_pieces(shared: &Shared, bytes: &[u8], is_pipe: bool) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = if is_pipe {
            whole_lines(rest, stdout::WHOLE)
        } else {
            rest.len()
        };
        if !write_all(&rest[..length]) {
            return false;
        }
        rest = &rest[length..];
        let mut queue = shared.lock();
        if queue.closed {
            return false;
        }
        queue.in_flight = rest.len();
    }
    true
}

/// The length of the lines that fit into `most` bytes; of the first line where that alone does not.
fn whole_lines(bytes: &[u8], most: usize) -> usize {
    if bytes.len() <= most {
        return bytes.len();
    }
    memchr::memrchr(b'\n', &bytes[..most])
        .or_else(|| memchr::memchr(b'\n', bytes))
        .map_or(bytes.len(), |end| end + 1)
}

/// False when the reader went away.
fn write_all(mut bytes: &[u8]) -> bool {
    let mut out = std::io::stdout().lock();
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return false,
            Ok(length) => bytes = &bytes[length..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Somebody made our terminal non-blocking: it will take more in a moment.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(error) => {
                // Nobody else knows: a session whose output nobody takes ends.
                if error.kind() != ErrorKind::BrokenPipe {
                    let why = crate::system::fs::plain(&error);
                    let line = format!("! stdout takes no more: {why}; the session ends\n");
                    let _ = std::io::stderr().write_all(line.as_bytes());
                }
                return false;
            }
        }
    }
    out.flush().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_ends_where_a_line_ends() {
        assert_eq!(whole_lines(b"one\ntwo\nthree\n", 9), 8);
        assert_eq!(whole_lines(b"one\ntwo\n", 9), 8);
        assert_eq!(whole_lines(b"a long line\ntwo\n", 4), 12);
        assert_eq!(whole_lines(b"no end at all", 4), 13);
    }

    #[test]
    fn what_is_taken_from_the_spool_ends_where_a_line_ends() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = Utf8PathBuf::from_path_buf(dir.path().join("spool")).expect("UTF-8");
        let mut spool = Spool::create(&path).expect("a file");
        let line = [&[b'x'; 99][..], b"\n"].concat();
        let all = line.repeat(2 * CHUNK / line.len());
        spool.push(&all).expect("room");
        let mut queue = Queue {
            spool: Some(spool),
            ..Queue::default()
        };
        let (mut buffer, mut taken) = (Vec::new(), Vec::new());
        while next(&mut queue, &mut buffer) {
            assert!(buffer.ends_with(b"\n"), "{} bytes", buffer.len());
            taken.append(&mut buffer);
            assert_eq!(queue.pending(), (all.len() - taken.len()) as u64);
        }
        assert!(taken == all && queue.spool.is_none());
    }
}
