//! One supervisor a workspace.

use std::io;

use camino::Utf8Path;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::session::{self, Found};
use crate::system::fs;
use crate::system::lock::{self, Lock, Refused};
use crate::text::remedy;
use crate::workspace::Workspace;

/// What can be done where a session runs already.
const WAY_OUT: &str =
    "look at it: pixcrawler ps; attach to it: pixcrawler dev --attach; stop it: pixcrawler stop";

/// That a session runs already, in one line.
pub(super) fn already(pid: u32) -> String {
    format!("{}: {WAY_OUT}", runs(pid))
}

fn runs(pid: u32) -> String {
    format!("this workspace is already running (pid {pid})")
}

/// The same, also of one that cannot be spoken to.
fn way_out(workspace: &Workspace) -> String {
    let found = session::run(async { Ok(session::find(workspace).await) });
    match found {
        Ok(Found::Deaf(told)) => {
            let deaf = session::deaf(&told);
            let help = deaf.help.unwrap_or_default();
            format!("{}; {help}", deaf.message)
        }
        _ => WAY_OUT.to_owned(),
    }
}

/// Makes sure that no other session runs here, as long as the lock is held.
///
/// # Errors
/// When one does, or the state cannot be written.
pub(super) fn lock(workspace: &Workspace) -> Result<Lock, Failure> {
    let state = workspace.state();
    make(&state).map_err(|error| unmade(&state, &error))?;
    lock::acquire(&state.join("lock"), &note()).map_err(|refused| match refused {
        Refused::Held(holder) => match holder.trim().parse::<u32>() {
            Ok(pid) => Failure::new(Exit::Busy, runs(pid)).help(way_out(workspace)),
            Err(_) => Failure::new(Exit::Busy, "this workspace is already running").help(WAY_OUT),
        },
        // A session of another user holds it: a lock that everybody may write would let in a second one.
        Refused::Broken(_) if let Some(foreign) = of_another(workspace) => foreign,
        Refused::Broken(error) => unlocked(&state.join("lock"), &error),
    })
}

/// The lock cannot be taken, and nobody holds it.
fn unlocked(file: &Utf8Path, error: &io::Error) -> Failure {
    let note = lock::beside(file);
    let in_the_way = [file, &note]
        .into_iter()
        .find(|path| lock::is_in_the_way(path));
    match in_the_way {
        Some(path) => Failure::unreachable(format!(
            "{path} is no file, and a session keeps its lock in one of that name"
        ))
        .help(remedy::put_aside(path.as_str())),
        None => Failure::unreachable(format!("{file}: {}", fs::plain(error)))
            .help("make the file writable"),
    }
}

/// What the holder of the lock writes there.
pub(super) fn note() -> String {
    format!("{}\n", std::process::id())
}

/// Makes the folder of a session's state, where it is not there.
///
/// # Errors
/// When that is not possible.
pub(super) fn make(state: &Utf8Path) -> io::Result<()> {
    fs::create_dir_all(&state.join("logs"))?;
    let ignore = state.join(".gitignore");
    if fs::is_file(&ignore) {
        return Ok(());
    }
    fs::write_atomic(&ignore, b"*\n")
}

/// The folder of the state cannot be made.
pub(super) fn unmade(state: &Utf8Path, error: &io::Error) -> Failure {
    let in_the_way = [state.to_owned(), state.join("logs")];
    let in_the_way = in_the_way
        .iter()
        .find(|path| fs::is_dir_if_there(path) == Some(false) || is_dangling(path));
    let Some(path) = in_the_way else {
        return Failure::unreachable(error.to_string())
            .help("make room on the disk, or make the folder writable");
    };
    Failure::unreachable(format!(
        "{path} is no folder, and a session keeps its state in one of that name"
    ))
    .help(remedy::put_aside(path.as_str()))
}

/// Whether this is a link to what is not there.
fn is_dangling(path: &Utf8Path) -> bool {
    fs::exists(path) && fs::is_dir_if_there(path).is_none() && !fs::is_closed(path)
}

/// That another user's session runs here, if one does.
fn of_another(workspace: &Workspace) -> Option<Failure> {
    match session::run(async { Ok(session::find(workspace).await) }) {
        Ok(Found::Foreign(foreign)) => Some(Failure {
            exit: Exit::Busy,
            ..session::not_ours(workspace, &foreign)
        }),
        _ => None,
    }
}
