//! Sessions that cannot be spoken to, in words.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::control::Whereabouts;
use crate::system::fs;
use crate::text::remedy;
use crate::workspace::Workspace;

/// A session of another user, as far as it can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// Whose it is, where the system tells.
    pub(super) user: Option<String>,
    /// Its process, where it may be read; without one nothing tells whether it runs.
    pub(super) pid: Option<u32>,
}

/// A session of another user, who alone may speak to it.
#[must_use]
pub fn not_ours(workspace: &Workspace, foreign: &Foreign) -> Failure {
    let user = foreign.user.as_deref();
    let (of, only) = match user {
        Some(user) => (user, user),
        None => ("another user", "that user"),
    };
    let message = if let Some(pid) = foreign.pid {
        format!("a session of {of} (pid {pid}) runs here, and only {only} can speak to it")
    } else {
        let state = workspace.state();
        format!("{state} is closed to us: only {only} can see whether a session runs here")
    };
    let help = match user {
        Some(user) => {
            format!("ask {user}, or do the same as that user: sudo -u {user} pixcrawler ps")
        }
        None => "do the same as that user".to_owned(),
    };
    Failure::unreachable(message).help(help)
}

/// A session that cannot be spoken to yet.
#[must_use]
pub fn starting(pid: Option<u32>) -> Failure {
    let who = pid.map_or_else(String::new, |pid| format!(" (pid {pid})"));
    Failure::new(
        Exit::Busy,
        format!("the session{who} is being prepared and cannot be spoken to yet"),
    )
    .help(match pid {
        Some(pid) => format!(
            "try again in a moment; if it stays like this, end it: {}",
            remedy::end_process(pid)
        ),
        None => "try again in a moment".to_owned(),
    })
}

/// A session that cannot be spoken to any more.
#[must_use]
pub fn deaf(told: &Whereabouts) -> Failure {
    let pid = told.pid;
    let why = match &told.socket {
        Some(socket) if cfg!(unix) && fs::exists(socket.as_str().into()) => {
            format!("nobody of it listens at {socket} any more")
        }
        Some(socket) if cfg!(unix) => format!("its socket {socket} is gone"),
        Some(_) => "nobody answers on its line".to_owned(),
        None => "it could not open a socket".to_owned(),
    };
    Failure::unreachable(format!(
        "the session (pid {pid}) runs and cannot be spoken to: {why}"
    ))
    .help(format!(
        "stop it with Ctrl+C in its terminal, or with: {}",
        remedy::end_process(pid)
    ))
}
