//! One supervisor a workspace.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::session::{self, Found};
use crate::system::fs;
use crate::system::lock::{self, Lock, Refused};
use crate::workspace::Workspace;

/// What can be done where a session runs already.
const WAY_OUT: &str =
    "look at it: pixcrawler ps; attach to it: pixcrawler dev --attach; stop it: pixcrawler stop";

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
    fs::create_dir_all(&state.join("logs"))
        .and_then(|()| {
            let ignore = state.join(".gitignore");
            if fs::is_file(&ignore) {
                Ok(())
            } else {
                fs::write_atomic(&ignore, b"*\n")
            }
        })
        .map_err(|error| {
            Failure::unreachable(error.to_string())
                .help("make room on the disk, or make the folder writable")
        })?;
    let note = format!("{}\n", std::process::id());
    lock::acquire(&state.join("lock"), &note).map_err(|refused| match refused {
        Refused::Held(holder) => match holder.trim().parse::<u32>() {
            Ok(pid) => Failure::new(
                Exit::Busy,
                format!("this workspace is already running (pid {pid})"),
            )
            .help(way_out(workspace)),
            Err(_) => Failure::new(Exit::Busy, "this workspace is already running").help(WAY_OUT),
        },
        // A session of another user holds it: a lock that everybody may write would let in a second one.
        Refused::Broken(_) if let Some(foreign) = of_another(workspace) => foreign,
        Refused::Broken(error) => {
            Failure::unreachable(format!("{}: {}", state.join("lock"), fs::plain(&error)))
                .help("make the file writable")
        }
    })
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
