//! What others may ask of a running session, and what they are told.

use tokio::sync::{mpsc, oneshot};

use crate::service::fleet::View;

/// A wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Stop this service alone; the session goes on.
    Stop(String),
    /// Start this service, and what it waits for.
    Start(String),
    /// Stop this service and start it again.
    Restart(String),
    /// Run so many replicas of this service.
    Scale(String, u32),
    /// End the session.
    Shutdown,
    /// How are they?
    Snapshot,
}

/// The answer. An order is answered when it was accepted, not when it is done: that is seen in the
/// next snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It is on its way.
    Accepted,
    /// There is no service of this name; the names that there are.
    Unknown {
        /// The name that was asked for.
        name: String,
        /// All names.
        known: Vec<String>,
    },
    /// It cannot be done, and why.
    Refused(String),
    /// Every service, in the plan's order.
    Snapshot(Vec<View>),
}

/// A wish and where the answer goes. Nobody need wait for it.
#[derive(Debug)]
pub struct Ask {
    /// What is wanted.
    pub request: Request,
    /// Gets the answer.
    pub answer: oneshot::Sender<Reply>,
}

/// Where a session hears wishes.
pub type Asks = mpsc::Receiver<Ask>;

/// Where wishes go.
pub type Asker = mpsc::Sender<Ask>;

/// A way into a session.
#[must_use]
pub fn line() -> (Asker, Asks) {
    mpsc::channel(16)
}
