//! Windows: a job for each program, which the kernel ends with its last handle, and that is ours.

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::process::{Child, Command};
use std::ptr;

use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT,
    JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, JOBOBJECT_EXTENDED_LIMIT_INFORMATION,
    JobObjectExtendedLimitInformation, SetInformationJobObject, TerminateJobObject,
};

/// A program that is being asked, until this is dropped.
#[derive(Debug)]
pub(super) struct Tether {
    /// None where the system gave no job: then the program alone is ended.
    job: Option<OwnedHandle>,
}

impl Tether {
    /// Nothing is to be done before the program is started.
    #[expect(clippy::unnecessary_wraps, reason = "the contract of all systems")]
    pub(super) fn prepare(_command: &mut Command) -> io::Result<()> {
        Ok(())
    }

    /// Ties a program to us. What it has started by now, in less than a millisecond, is not.
    pub(super) fn of(child: &Child) -> Self {
        let job = job(child);
        if let Err(error) = &job {
            tracing::debug!("no job for a program that is asked: {error}");
        }
        Self { job: job.ok() }
    }

    /// Ends it at once, with all that it started.
    #[expect(unsafe_code, reason = "job objects have no safe wrapper")]
    pub(super) fn cut(&self) {
        if let Some(job) = &self.job {
            // SAFETY: the handle is ours and open.
            unsafe { TerminateJobObject(job.as_raw_handle(), 1) };
        }
    }
}

impl Drop for Tether {
    fn drop(&mut self) {
        if let Some(job) = &self.job {
            // What it left behind, as git does its watcher, goes on.
            let _ = limit(job, 0);
        }
    }
}

/// A program that works for us; the console tells it and us to end at the same time.
#[derive(Debug)]
pub(in crate::system) struct Held(Option<Tether>);

impl Held {
    /// Nothing is to be done before the program is started.
    #[expect(clippy::unnecessary_wraps, reason = "the contract of all systems")]
    pub(in crate::system) fn begin() -> io::Result<Self> {
        Ok(Self(None))
    }

    /// From now on the kernel ends it where we end first.
    pub(in crate::system) fn tie(&mut self, child: &Child) {
        self.0 = Some(Tether::of(child));
    }

    /// No signal is heard: what ends us does so at once.
    #[expect(clippy::unused_self, reason = "the contract of all systems")]
    pub(in crate::system) fn asked(&mut self) -> Option<i32> {
        None
    }

    /// How often we were asked.
    #[expect(clippy::unused_self, reason = "the contract of all systems")]
    pub(in crate::system) fn times(&self) -> u32 {
        0
    }
}

/// The kernel ends the jobs when it closes our handles.
pub(in crate::system) fn end_all() {}

#[expect(unsafe_code, reason = "job objects have no safe wrapper")]
fn job(child: &Child) -> io::Result<OwnedHandle> {
    // SAFETY: the job is checked before it is owned, which closes it; the process's handle is borrowed.
    unsafe {
        let job = CreateJobObjectW(ptr::null(), ptr::null());
        if job.is_null() {
            return Err(io::Error::last_os_error());
        }
        let job = OwnedHandle::from_raw_handle(job);
        limit(&job, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE)?;
        if AssignProcessToJobObject(job.as_raw_handle(), child.as_raw_handle()) == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(job)
    }
}

#[expect(unsafe_code, reason = "job objects have no safe wrapper")]
fn limit(job: &OwnedHandle, flags: JOB_OBJECT_LIMIT) -> io::Result<()> {
    let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
    limits.BasicLimitInformation.LimitFlags = flags;
    let length = u32::try_from(size_of_val(&limits)).unwrap_or_default();
    // SAFETY: the handle is open, and the structure outlives the call.
    let done = unsafe {
        SetInformationJobObject(
            job.as_raw_handle(),
            JobObjectExtendedLimitInformation,
            ptr::from_ref(&limits).cast(),
            length,
        )
    };
    if done == 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
