//! What the tasks around the hub report to it.

use std::sync::Arc;

use crate::service::Ending;
use crate::service::fleet::Id;
use crate::service::notify::Said;
use crate::system::notify::Socket;
use crate::system::process::{Cage, Child, Output};

use super::chunk::Chunk;
use super::environment::Reading;
use super::managed;

/// Something that happened.
pub(super) enum News {
    /// A service's process of this run was started, or could not be.
    Launched(Id, u32, Box<Result<Launched, String>>),
    /// How far a service's preparation is.
    Progress(Id, String),
    /// A service's process printed this.
    Output(Id, Chunk),
    /// The service's process of this run ended, and all it printed was read.
    Ended(Id, u32, Ending),
    /// The readiness check of this run says this.
    Verdict(Id, u32, Verdict),
    /// A health check of this run passed, or why not.
    Checked(Id, u32, Result<(), String>),
    /// The service of this run said something about itself.
    Said(Id, u32, Vec<Said>),
    /// The command that was to stop this run has ended with success, or why not.
    StopRan(Id, u32, Result<(), String>),
    /// The server of this run died below its process, and nobody answers; how it
    /// died, where that is known.
    Silent(Id, u32, Option<Ending>),
    /// The worker of this run, which is to stop, runs these tasks.
    Busy(Id, u32, Vec<String>),
    /// The env files were read again; none where that broke off.
    EnvRead(Box<Option<Reading>>),
    /// A child ended: one that we adopted may wait to be reaped.
    Reap,
}

/// A process that runs, and what a managed server says about itself.
pub(super) struct Launched {
    pub(super) child: Child,
    /// None for a guest, which prints by itself.
    pub(super) output: Option<Output>,
    /// Where it says how it is, if it does.
    pub(super) notify: Option<Socket>,
    pub(super) managed: Option<managed::Launch>,
    /// Holds its processes, where the kernel does.
    pub(super) cage: Option<Arc<Cage>>,
}

/// What a readiness check came to.
pub(super) enum Verdict {
    /// Not yet: why its last attempt failed. Further ones follow.
    NotYet(String),
    /// Ready.
    Passed,
    /// It never will be, and why.
    Broken(String),
}
