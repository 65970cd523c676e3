//! Windows: job objects, Ctrl+Break, pipes read by a thread.

use std::io::{self, Read};
use std::process::Stdio;

use process_wrap::tokio::{
    ChildWrapper, CommandWrap, CommandWrapper, CreationFlags, JobObject, KillOnDrop,
};
use tokio::process::Command;
use tokio::sync::mpsc;

use super::{Process, Spec, Tree};
use crate::service::{Ending, StopScope, StopSignal};

/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// Whether the system holds a bound that it was given with the start: a job does.
pub const HOLDS_BOUNDS: bool = true;

/// Windows services run as whoever started them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {}

impl Account {
    /// There are none.
    #[must_use]
    pub fn new(_uid: u32, _gid: u32) -> Option<Self> {
        None
    }
}

/// A process that was started, with its job: when the handle closes, the job ends.
#[derive(Debug)]
pub struct Child {
    inner: Box<dyn ChildWrapper>,
    pid: u32,
}

impl Child {
    /// Its number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.pid
    }

    /// Waits until the leader has ended; the rest of its tree may live on.
    pub async fn wait(&mut self) -> io::Result<Ending> {
        let status = self.inner.inner_mut().wait().await?;
        Ok(Ending::Code(status.code().unwrap_or(1)))
    }
}

/// What a child prints. Anonymous pipes cannot be waited for, so a thread reads.
#[derive(Debug)]
pub struct Output {
    chunks: mpsc::Receiver<Vec<u8>>,
    rest: Vec<u8>,
}

impl Output {
    /// Waits until there is something to read, or the end.
    pub async fn ready(&mut self) {
        if self.rest.is_empty() {
            self.rest = self.chunks.recv().await.unwrap_or_default();
        }
    }

    /// Reads what is there, at least one byte; none at the end.
    pub async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            self.rest = self.chunks.recv().await.unwrap_or_default();
        }
        let length = self.rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.rest[..length]);
        self.rest.drain(..length);
        Ok(length)
    }

    /// Bytes that were written and not read yet, at most: the chunks that wait, the one that the
    /// thread holds, and one for what is still in the pipe.
    #[must_use]
    pub fn ahead(&self) -> usize {
        (self.chunks.len() + 2) * CHUNK
    }
}

/// `cmd` takes the line as it stands: with `/s` it strips the outer quotes and leaves inner ones alone.
#[expect(clippy::disallowed_methods, reason = "this is the boundary")]
pub(super) fn shell(line: &str) -> Command {
    let mut command = Command::new("cmd.exe");
    command
        .args(["/d", "/s", "/c"])
        .raw_arg(format!("\"{line}\""));
    command
}

/// A job of its own around the child's, which holds no more processes than so many.
#[derive(Debug)]
struct AtMost(u32);

impl CommandWrapper for AtMost {
    /// The child is suspended until the last wrapper has had it.
    #[expect(unsafe_code, reason = "job objects have no safe wrapper")]
    fn wrap_child(
        &mut self,
        child: Box<dyn ChildWrapper>,
        _core: &CommandWrap,
    ) -> io::Result<Box<dyn ChildWrapper>> {
        use std::os::windows::io::AsRawHandle;
        use windows_sys::Win32::Foundation::CloseHandle;
        use windows_sys::Win32::System::JobObjects::{
            AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_ACTIVE_PROCESS,
            JOBOBJECT_BASIC_LIMIT_INFORMATION, JobObjectBasicLimitInformation,
            SetInformationJobObject,
        };
        let Some(process) = child.process_handle() else {
            return Ok(child);
        };
        let limits = JOBOBJECT_BASIC_LIMIT_INFORMATION {
            LimitFlags: JOB_OBJECT_LIMIT_ACTIVE_PROCESS,
            ActiveProcessLimit: self.0,
            ..Default::default()
        };
        let length = u32::try_from(size_of_val(&limits)).unwrap_or_default();
        // SAFETY: the job is checked before use and closed after it (it lives on with its processes),
        // the process's handle is borrowed from the child, and the structure outlives the call.
        let held = unsafe {
            let job = CreateJobObjectW(std::ptr::null(), std::ptr::null());
            if job.is_null() {
                return Err(io::Error::last_os_error());
            }
            let limits = std::ptr::from_ref(&limits).cast();
            let held = SetInformationJobObject(job, JobObjectBasicLimitInformation, limits, length)
                != 0
                && AssignProcessToJobObject(job, process.as_raw_handle()) != 0;
            let held = if held {
                Ok(())
            } else {
                Err(io::Error::last_os_error())
            };
            CloseHandle(job);
            held
        };
        held.map(|()| child)
    }
}

pub(super) fn spawn(spec: &Spec, mut command: Command) -> io::Result<(Child, Output)> {
    let (mut reader, writer) = io::pipe()?;
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut command = CommandWrap::from(command);
    if let Some(most) = spec.bound.most {
        command.wrap(AtMost(most));
    }
    command
        .wrap(CreationFlags(
            windows::Win32::System::Threading::CREATE_NEW_PROCESS_GROUP,
        ))
        .wrap(KillOnDrop)
        .wrap(JobObject);
    let inner = command.spawn()?;
    let pid = inner.id().unwrap_or_default();
    drop(command);
    let (sender, chunks) = mpsc::channel(16);
    std::thread::spawn(move || {
        let mut buffer = vec![0; CHUNK];
        while let Ok(length @ 1..) = reader.read(&mut buffer) {
            if sender.blocking_send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    Ok((
        Child { inner, pid },
        Output {
            chunks,
            rest: Vec::new(),
        },
    ))
}

/// In our console and our console group: what is typed reaches it as it reaches us.
pub(super) fn spawn_guest(
    _spec: &Spec,
    mut command: Command,
    stdout: Option<std::fs::File>,
) -> io::Result<Child> {
    if let Some(stdout) = stdout {
        command.stdout(stdout);
    }
    let mut command = CommandWrap::from(command);
    command.wrap(KillOnDrop).wrap(JobObject);
    let inner = command.spawn()?;
    let pid = inner.id().unwrap_or_default();
    Ok(Child { inner, pid })
}

/// The console has told it already.
#[expect(
    clippy::must_use_candidate,
    reason = "elsewhere it does something, whether that is asked or not"
)]
pub fn pass_on(_tree: &Tree, _number: i32) -> bool {
    false
}

/// Nobody took the console away.
pub fn take_terminal_back() {}

/// Asks a tree's leader to end: Windows has one gentle way, Ctrl+Break for the process group. Where
/// there is no console to send it by, nobody hears of it, and there is nothing to wait for.
#[expect(unsafe_code, reason = "the console interface has no safe wrapper")]
pub fn ask(tree: &Tree, stop: StopSignal, _scope: StopScope) {
    use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, GenerateConsoleCtrlEvent};
    // SAFETY: takes two numbers; a group that is gone gives an error.
    let asked = stop != StopSignal::Kill
        && unsafe { GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, tree.leader) } != 0;
    if !asked {
        kill(&super::census().members(tree));
    }
}

/// No terminal of Windows suspends anybody.
pub fn resume(_pid: u32) {}

pub(super) fn kill(members: &[Process]) {
    use windows_sys::Win32::Foundation::CloseHandle;
    use windows_sys::Win32::System::Threading::{OpenProcess, PROCESS_TERMINATE, TerminateProcess};
    for process in members {
        #[expect(unsafe_code, reason = "ending another process has no safe wrapper")]
        // SAFETY: the handle is checked before use and closed after it; no memory is shared.
        unsafe {
            let handle = OpenProcess(PROCESS_TERMINATE, 0, process.pid);
            if !handle.is_null() {
                TerminateProcess(handle, 1);
                CloseHandle(handle);
            }
        }
    }
}

/// A process without a console group of its own cannot be asked: nothing gentle is left to do.
pub(super) fn terminate(_members: &[Process]) {}

/// Nobody need know when children end: each is waited for by itself.
#[derive(Debug)]
pub enum Endings {}

impl Endings {
    /// There are none.
    #[must_use]
    pub fn watch() -> Option<Self> {
        None
    }

    /// Never called.
    #[expect(clippy::unused_async, reason = "the contract of every platform")]
    pub async fn next(&mut self) -> Option<()> {
        match *self {}
    }
}

/// Windows has no orphans that somebody must reap.
pub(super) fn reap_adopted(_known: &[u32], _before: &[u32]) -> Vec<u32> {
    Vec::new()
}
