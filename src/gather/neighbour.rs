//! The session of another workspace that holds something: whoever ends its process alone has it back soon.

use camino::{Utf8Path, Utf8PathBuf};

use crate::service::ports::Neighbour;
use crate::system::process::{self, Identity};
use crate::workspace::{STATE, Workspace};

use super::{leftovers, session};

/// Processes one above the other that are looked at.
const MOST: usize = 64;

/// Whose a process is that has nothing to do with this workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stranger {
    /// Of the session of another workspace.
    Session(Neighbour),
    /// It works in another folder.
    Elsewhere(Utf8PathBuf),
}

/// Whose a process is, where it is known to be none of this workspace's: it does not work there, nor does its
/// program lie there. What works in the root folder may be anybody's, as a container's port is.
#[must_use]
pub fn stranger(workspace: &Workspace, pid: u32) -> Option<Stranger> {
    if let Some(session) = of(workspace, pid) {
        return Some(Stranger::Session(session));
    }
    let holder = process::identity(pid)?;
    let folder = holder.cwd.filter(|it| it.parent().is_some())?;
    let mut residents = process::residents(&workspace.root).into_iter();
    let is_apart = holder.mark.is_none() && !residents.any(|it| it.pid == pid);
    is_apart.then_some(Stranger::Elsewhere(folder))
}

/// Whose session a process belongs to: one that runs and is not that of this workspace.
#[must_use]
pub fn of(workspace: &Workspace, pid: u32) -> Option<Neighbour> {
    let parent = |one: &Identity| process::identity(one.parent?);
    let mut chain = std::iter::successors(process::identity(pid), parent).take(MOST);
    let holder = chain.next()?;
    let session = holder.parts().map(|(session, _)| session.to_owned());
    let service = holder.parts().map(|(_, service)| service.to_owned());
    // What runs within the session, as `pixcrawler env run` may, keeps nothing of it.
    let keeps = |one: &Identity| {
        session.as_deref().is_none_or(|session| !one.is_of(session)) && leftovers::keeps(one.pid)
    };
    let mut folders: Vec<Utf8PathBuf> = holder.cwd.into_iter().collect();
    let keeper = chain.find_map(|one| {
        folders.extend(one.cwd.clone());
        keeps(&one).then_some(one.pid)
    })?;
    let is_its = |state: &Utf8Path| {
        session::told_here(state).is_some_and(|told| match &session {
            Some(mark) => told.mark == *mark,
            // A daemon may have lost its mark, and is below its supervisor all the same.
            None => told.pid == keeper,
        })
    };
    if is_its(&workspace.state()) {
        return None;
    }
    let mut above = folders.iter().flat_map(|folder| folder.ancestors());
    let root = above.find(|folder| is_its(&folder.join(STATE)));
    // One that only stands below some `pixcrawler` may be anybody's.
    (session.is_some() || root.is_some()).then(|| Neighbour {
        service,
        root: root.map(ToString::to_string),
        keeper,
    })
}
