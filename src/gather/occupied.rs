//! Whether a session runs from a workspace, or servers that one left behind, as far as this user may see. A server
//! breaks whose files change hands while it runs.

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::access::{self, Owner};
use crate::system::{fs, lock, process};
use crate::workspace::Workspace;

use super::{kept_data, session};

/// What runs from a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occupied {
    /// Whose it is, where that is known.
    pub owner: Option<Owner>,
    /// What it is.
    pub by: By,
}

/// What it is that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// A session, or one that begins, with its process where it tells.
    Session(Option<u32>),
    /// What an earlier session left behind.
    Leftovers,
    /// We may not see whether there is a session.
    Unseen,
}

impl Occupied {
    /// Whether it is our own.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.owner.as_ref().is_some_and(|owner| owner.is_us)
    }

    /// What runs, in words.
    #[must_use]
    pub fn in_words(&self, folder: &Utf8Path) -> String {
        let of = match &self.owner {
            Some(owner) if owner.is_us => "of yours".to_owned(),
            Some(owner) => format!("of {}", owner.name),
            None => "of another user".to_owned(),
        };
        match self.by {
            By::Session(Some(pid)) => {
                format!("a session {of} (pid {pid}) runs from {folder}: it is ended first")
            }
            By::Session(None) => format!("a session {of} runs from {folder}: it is ended first"),
            By::Leftovers => format!(
                "what an earlier session left behind still runs from {folder}: it is ended first"
            ),
            By::Unseen => format!(
                "whether a session runs from {folder} you may not see: one that does is ended first"
            ),
        }
    }

    /// Whether we know that it runs.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.by != By::Unseen
    }
}

/// The command that ends all of it, and ends well where nothing runs.
pub const END: &str = "pixcrawler stop";

/// What runs from a workspace; none where nothing does.
#[must_use]
pub fn find(workspace: &Workspace) -> Option<Occupied> {
    let state = workspace.state();
    if !fs::exists(&state) {
        return None;
    }
    let lock = state.join("lock");
    let files = [session::file(&state), lock.clone(), state.clone()];
    let owner = || files.iter().find_map(|file| access::owner(file));
    let by = match lock::look(&lock) {
        Ok(Some(note)) => By::Session(note.trim().parse().ok()),
        Ok(None) if is_left(workspace, &state) => By::Leftovers,
        Ok(None) => return None,
        Err(_) => By::Unseen,
    };
    let owner = match by {
        // Who began it is not told.
        By::Leftovers => None,
        By::Session(_) | By::Unseen => owner(),
    };
    Some(Occupied { owner, by })
}

/// Whether processes of earlier sessions are there, or a server of which the data tells.
fn is_left(workspace: &Workspace, state: &Utf8Path) -> bool {
    let serves = |data: &Utf8PathBuf| {
        let told = fs::read_text_if_there(&data.join("postmaster.pid"));
        let told = told.ok().flatten();
        let pid = told.and_then(|text| text.lines().next()?.trim().parse().ok());
        let process = pid.and_then(process::identity);
        process.is_some_and(|it| it.name.starts_with("postgres"))
    };
    kept_data::folders(state).iter().any(serves) || !session::left(workspace).is_empty()
}
