//! Where a session can be spoken to: what it leaves in the workspace for other terminals.

use serde::{Deserialize, Serialize};

/// The content of `.pixcrawler/session.json`, which is there as long as the session is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whereabouts {
    /// The version of its protocol.
    pub protocol: u32,
    /// The supervisor's process.
    pub pid: u32,
    /// Its mark, in the environment of every process of it.
    pub mark: String,
    /// Where it listens; none when it cannot.
    pub socket: Option<String>,
    /// Whether it runs in the background, where nobody looks at it. Older versions do not tell.
    #[serde(default)]
    pub detached: bool,
    /// What tells the folder that this stands in from a copy of it, where the system tells. Older versions
    /// do not.
    #[serde(default)]
    pub folder: Option<String>,
}
