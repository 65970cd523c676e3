//! What goes into the machine and what comes out of it.

use std::time::Duration;

use crate::service::Ending;

use super::Id;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The session begins.
    Begin,
    /// A service's process runs.
    Launched(Id, u32),
    /// A service's process could not be started.
    LaunchFailed(Id, String),
    /// A service's readiness check passed.
    Passed(Id),
    /// An attempt of a service's readiness check failed, for this reason; there will be others.
    Unready(Id, String),
    /// A service will never be ready, and why.
    Broken(Id, String),
    /// A service's server could not start, and its reloader waits for a change of the code.
    Stalled(Id),
    /// So ended the server of a service whose process lives on.
    ServerEnded(Id, Ending),
    /// A service's process ended and all its output was read.
    Ended(Id, Ending),
    /// No process of a service's tree is left.
    Gone(Id),
    /// One health check of a service passed, or why not.
    Checked(Id, Result<(), String>),
    /// A service that speaks by itself said that it works.
    Alive(Id),
    /// A service said that it is about to end.
    Leaving(Id),
    /// A service that is to stop runs these tasks, and finishes them first.
    Busy(Id, Vec<String>),
    /// A service was refused another process.
    Refused(Id),
    /// A service has so many processes: more than it may.
    Overgrown(Id, u32),
    /// Somebody stops this service alone; the session and the other services go on.
    StopOne(Id),
    /// Somebody starts this service, and what it waits for where that was stopped or has failed.
    StartOne(Id),
    /// This service alone is to be stopped and started again, and why.
    RestartOne(Id, Why),
    /// Time passed.
    Tick,
    /// Everything is to stop, gently.
    Stop(Reason),
    /// Everything is to be killed at once.
    Kill,
}

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Ctrl+C, or another signal of this number.
    Signal(i32),
    /// `pixcrawler stop`.
    Asked,
    /// All is ready, and that was all that was wanted.
    AllReady,
    /// Not all was ready in time.
    TooSlow,
    /// The reader of our output went away.
    OutputClosed,
    /// This service ended, and the others are not to go on without it.
    Service(Id),
    /// All was to be ready, and this service was stopped by hand before it was.
    Without(Id),
    /// The guard process died.
    GuardDied,
    /// The process between the guard and the supervisor died.
    KeeperDied,
}

/// Why a service is stopped and started again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Somebody asked for it.
    Asked,
    /// This file changed, relative to the workspace.
    File(String),
    /// This env file changed, and with it these variables of the service; or the settings, and with
    /// them these parts of its definition.
    Definition(String, Vec<String>),
    /// This env file was broken when the service may have read it, and is not any more.
    Mended(String),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Start this service's process.
    Launch(Id),
    /// Check this service's readiness until it passes or the service ends.
    Probe(Id),
    /// Check this service's health again and again until it ends.
    Monitor(Id),
    /// Ask this service to stop.
    Ask(Id),
    /// Kill this service's whole tree.
    Kill(Id),
    /// This service's process ended: end what is left of its tree, then report [`Input::Gone`].
    Sweep(Id, Rest),
    /// Tell the people that this service has ended, and is started again when what it is made of
    /// changes.
    Await(Id),
    /// Tell the people what starts this service again, which has ended while the session goes on.
    Left(Id),
    /// Tell the people.
    Notice(Notice),
}

/// What is done with those of a service that outlive its leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// They are asked, and killed a moment later.
    Brief,
    /// The leader's group has until [`Effect::Kill`]: the leader was asked, and was only a shell or another
    /// that started what the service really is. Only others are killed a moment later.
    Patient,
}

/// What people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A service is being started.
    Starting(Id),
    /// A service is ready, this long after its start.
    Ready(Id, Duration),
    /// Everything is ready.
    AllReady,
    /// Nobody is on the way any more, and not all is ready: something has failed, and the others go on.
    Settled,
    /// A task did its work in this time.
    Completed(Id, Duration),
    /// A service could not be started.
    LaunchFailed(Id, String),
    /// A service that is always started again ended with success, after this time.
    Finished(Id, Ending, Duration),
    /// A service ended without being asked, after this time.
    Died(Id, Ending, Duration),
    /// A service did not get ready, and why.
    NotReady(Id, String),
    /// A service that was ready fails its health check, and why.
    Unhealthy(Id, String),
    /// A service is not started yet: it waits for this one to be healthy, which is not.
    WaitsForHealth(Id, Id),
    /// A service passes its health check again.
    Recovered(Id),
    /// A service was refused another process: it has as many as it may.
    Refused(Id),
    /// A service has so many processes, more than it may, and is killed.
    Overgrown(Id, u32),
    /// A service's server could not start; it is tried again when the code changes.
    Stalled(Id),
    /// A service is not started, since this one is not there.
    Skipped(Id, Id),
    /// A service that was down is to be started, since somebody starts this other one, which needs it.
    Needed(Id, Id),
    /// A service is started again after this time.
    Restarting(Id, Duration),
    /// A service is stopped in order to be started again, and why.
    Renewing(Id, Why),
    /// A service failed too often in a row.
    CrashLoop(Id),
    /// The session ends.
    Stopping(Reason),
    /// A service that was asked ended, this long afterwards.
    Stopped(Id, Duration),
    /// A service that was asked is still there; it is killed after this time.
    WaitingFor(Id, Duration),
    /// A service did not end in time and is killed.
    Killing(Id),
}

impl Notice {
    /// The service that it is about; none where it is about the session.
    #[must_use]
    pub fn service(&self) -> Option<Id> {
        match self {
            Self::Starting(id)
            | Self::Ready(id, _)
            | Self::Completed(id, _)
            | Self::LaunchFailed(id, _)
            | Self::Finished(id, ..)
            | Self::Died(id, ..)
            | Self::NotReady(id, _)
            | Self::Unhealthy(id, _)
            | Self::Recovered(id)
            | Self::Refused(id)
            | Self::Overgrown(id, _)
            | Self::Stalled(id)
            | Self::Skipped(id, _)
            | Self::WaitsForHealth(id, _)
            | Self::Needed(id, _)
            | Self::Restarting(id, _)
            | Self::Renewing(id, _)
            | Self::CrashLoop(id)
            | Self::Stopped(id, _)
            | Self::WaitingFor(id, _)
            | Self::Killing(id) => Some(*id),
            Self::AllReady | Self::Settled | Self::Stopping(_) => None,
        }
    }
}

/// What is to happen when a service ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// The others go on.
    pub keep_going: bool,
    /// The session ends as soon as all is ready.
    pub until_ready: bool,
    /// All must be ready after this time.
    pub timeout: Option<Duration>,
    /// Where chance begins: the machine draws from it and from nothing else.
    pub seed: u64,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Why it ended; none when everything had ended by itself.
    pub reason: Option<Reason>,
    /// The first service that failed, and how.
    pub failed: Option<(Id, Ending)>,
    /// How the guest ended by itself; none where it never ran, or was stopped before its end.
    pub guest: Option<Ending>,
    /// Whether a second request killed what was left.
    pub killed: bool,
    /// Whether all was ready once.
    pub ready: bool,
}
