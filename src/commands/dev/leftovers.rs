//! What an earlier session of this workspace left behind, offered for takeover before a new one begins.
//!
//! A Procfile's session writes nothing into its folder, and keeps no journal: there the mark itself tells
//! of which folder it is.

use std::io::{self, IsTerminal, Write};

use camino::Utf8Path;

use crate::failure::Failure;
use crate::gather::history::Unended;
use crate::gather::leftovers::{self, Leftover};
use crate::system::{answer, fs, process};
use crate::text::plural;
use crate::text::remedy::quoted;
use crate::workspace::Workspace;

use super::{Context, Request, alone};

/// Looks for leftovers and, where that is wanted, ends them. Must run before there are children.
///
/// # Errors
/// When something is left that does not end.
pub(super) fn deal_with(
    context: &Context,
    workspace: &Workspace,
    request: &Request,
) -> Result<(), Failure> {
    let unended = leftovers::unended(workspace, None);
    if unended.is_empty() {
        return Ok(());
    }
    // A session that runs has not ended either, and is nobody's leftover.
    let Ok(_lock) = alone::lock(workspace) else {
        return Ok(());
    };
    settle(
        context,
        request,
        &leftovers::find(&process::census(), &unended),
    )
}

/// The same for the folder of a Procfile: of a session that nobody keeps any more, whatever of it carries
/// its mark is a leftover.
///
/// # Errors
/// As [`deal_with`].
pub(super) fn deal_with_unrecorded(
    context: &Context,
    folder: &Utf8Path,
    request: &Request,
) -> Result<(), Failure> {
    let census = process::census();
    let sessions = census
        .forsaken(&begin_of(folder), &leftovers::keeps)
        .into_iter();
    let sessions: Vec<Unended> = sessions
        .map(|session| Unended { session, began: 0 })
        .collect();
    let mut left = leftovers::find(&census, &sessions);
    for session in &sessions {
        let own = |left: &&mut Leftover| left.session.session == session.session;
        // No earlier moment of it is known.
        let began = left.iter_mut().filter(own).map(|it| it.process.started);
        let began = began.min().unwrap_or_default();
        for left in left.iter_mut().filter(own) {
            left.session.began = began;
        }
    }
    settle(context, request, &left)
}

/// How the marks of all sessions begin whose Procfile lies in this folder (FNV-1a of its path).
pub(super) fn begin_of(folder: &Utf8Path) -> String {
    let bytes = fs::real(folder).into_string().into_bytes().into_iter();
    let number = bytes.fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    format!("{number:08x}")
}

/// Says what is left and ends it, where that is wanted.
fn settle(context: &Context, request: &Request, left: &[Leftover]) -> Result<(), Failure> {
    if left.is_empty() {
        return Ok(());
    }
    let what = leftovers::words(left);
    if !request.takeover && !agrees(context, &what, left.len()) {
        let procfile = request.procfile.as_ref();
        let of = procfile.map_or(String::new(), |file| {
            format!(" --procfile {}", quoted(file.as_str()))
        });
        context.say(&format!(
            "! {what}\n  → pixcrawler dev{of} --takeover   ends what was left and starts"
        ));
        return Ok(());
    }
    if !leftovers::end(left) {
        return Err(leftovers::not_all(&what));
    }
    context.say(&format!(
        "· ended {} of {}",
        plural(left.len(), "leftover"),
        leftovers::whose(left)
    ));
    Ok(())
}

/// Asks, where somebody can answer.
fn agrees(context: &Context, what: &str, many: usize) -> bool {
    let somebody = context.error_terminal.is_terminal
        && !context.error_terminal.ci
        && io::stdin().is_terminal()
        && !context.quiet;
    if !somebody {
        return false;
    }
    let them = if many == 1 { "it" } else { "them" };
    let _ = write!(
        io::stderr().lock(),
        "! {what}\n  end {them} and go on? [Y/n] "
    );
    let Ok(Some(answer)) = answer::line() else {
        return false;
    };
    matches!(
        answer.trim().to_ascii_lowercase().as_str(),
        "" | "y" | "yes"
    )
}
