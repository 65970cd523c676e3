//! What an earlier session of this workspace left behind, because it was killed together with
//! everything that would have cleaned up: recognised by its mark or its stamp and the time of its start,
//! offered for takeover. A bare process number says nothing: the system gives it out again.
//!
//! A Procfile's session writes nothing into its folder, and keeps no journal: there the mark itself tells
//! of which folder it is.

use std::io::{self, BufRead, IsTerminal, Write};
use std::time::Duration;

use camino::Utf8Path;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::history::{self, Unended};
use crate::system::fs;
use crate::system::process::{self, Census, Identity};
use crate::text::remedy::quoted;
use crate::text::{and_list, plural};
use crate::workspace::Workspace;

use super::{Context, Request, alone};

/// Sessions that are looked at.
const SESSIONS: usize = 16;

/// So many of them are named.
const NAMED: usize = 8;

/// What was left is asked to end, and killed after this time.
const GRACE: Duration = Duration::from_secs(2);

/// Clocks are read to the second, and a little apart.
const SLACK: u64 = 2;

/// A process of an earlier session.
struct Leftover {
    process: Identity,
    session: Unended,
}

impl Leftover {
    /// ``python3 (pid 4711, `api`)``; a stamp tells no name.
    fn name(&self) -> String {
        let (name, pid) = (&self.process.name, self.process.pid);
        match self.process.parts() {
            Some((_, service)) => format!("{name} (pid {pid}, `{service}`)"),
            None => format!("{name} (pid {pid})"),
        }
    }
}

/// `10:42`, or with the day when it was another.
fn time(began: u64) -> String {
    let zone = TimeZone::system();
    let at = i64::try_from(began)
        .ok()
        .and_then(|at| Timestamp::from_second(at).ok());
    let Some(at) = at.map(|at| at.to_zoned(zone.clone())) else {
        return String::new();
    };
    let today = Timestamp::now().to_zoned(zone).date();
    let form = if at.date() == today {
        "%H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    };
    at.strftime(form).to_string()
}

/// Looks for leftovers and, where that is wanted, ends them. Must run before there are children.
///
/// # Errors
/// When something is left that does not end.
pub(super) fn deal_with(
    context: &Context,
    workspace: &Workspace,
    request: &Request,
) -> Result<(), Failure> {
    let unended = history::unended(&workspace.state().join("logs"), SESSIONS);
    if unended.is_empty() {
        return Ok(());
    }
    // A session that runs has not ended either, and is nobody's leftover.
    let Ok(_lock) = alone::lock(workspace) else {
        return Ok(());
    };
    settle(context, request, &find(&process::census(), &unended))
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
    let name = |pid| process::identity(pid).map(|process| process.name);
    let own = name(std::process::id());
    let is_ours = |pid| {
        let name = name(pid);
        name.is_some() && (name == own || name.as_deref() == Some(env!("CARGO_PKG_NAME")))
    };
    let census = process::census();
    let sessions = census.forsaken(&begin_of(folder), &is_ours).into_iter();
    let sessions: Vec<Unended> = sessions
        .map(|session| Unended { session, began: 0 })
        .collect();
    let mut left = find(&census, &sessions);
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
    let names: Vec<String> = left.iter().map(Leftover::name).collect();
    let mut sessions: Vec<&Unended> = left.iter().map(|left| &left.session).collect();
    sessions.dedup();
    let times: Vec<String> = sessions.iter().map(|session| time(session.began)).collect();
    let what = format!(
        "{} left by your session of {}: {}",
        if left.len() == 1 {
            "1 process was".to_owned()
        } else {
            format!("{} processes were", left.len())
        },
        and_list(&times),
        named(&names),
    );
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
    for session in sessions {
        if !process::end_session(&session.session, GRACE) {
            return Err(Failure::new(
                Exit::Unreachable,
                format!("{what}; not all of it could be ended"),
            )
            .help("end it by hand, as its owner"));
        }
    }
    context.say(&format!(
        "· ended {} of your session of {}",
        plural(names.len(), "leftover"),
        times.join(", ")
    ));
    Ok(())
}

/// All of them, or the first and how many more there are.
fn named(names: &[String]) -> String {
    match names.split_at_checked(NAMED) {
        Some((first, more)) if more.len() > 1 => {
            format!("{} and {} more", first.join(", "), more.len())
        }
        _ => and_list(names),
    }
}

/// The processes of those sessions, each started after its own began.
fn find(census: &Census, unended: &[Unended]) -> Vec<Leftover> {
    let mut left: Vec<Leftover> = Vec::new();
    for session in unended {
        let processes = census.left_of(&session.session).into_iter();
        let identities = processes.filter_map(|process| process::identity(process.pid));
        let own = identities.filter(|process| process.started + SLACK >= session.began);
        left.extend(own.map(|process| Leftover {
            process,
            session: session.clone(),
        }));
    }
    left.sort_by(|a, b| {
        (&a.session.session, a.process.pid).cmp(&(&b.session.session, b.process.pid))
    });
    left
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
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer).is_err() || answer.is_empty() {
        return false;
    }
    matches!(
        answer.trim().to_ascii_lowercase().as_str(),
        "" | "y" | "yes"
    )
}

/// Who holds a port, when it is a leftover of an earlier session of this workspace: when that began.
pub(super) fn session_of(workspace: &Workspace, pid: u32) -> Option<String> {
    let holder = process::identity(pid)?;
    let unended = history::unended(&workspace.state().join("logs"), usize::MAX);
    unended
        .iter()
        .find(|session| holder.is_of(&session.session) && holder.started + SLACK >= session.began)
        .map(|session| time(session.began))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_only_the_first_are_named() {
        let names =
            |many: u32| -> Vec<String> { (1..=many).map(|n| format!("sh (pid {n})")).collect() };
        assert_eq!(named(&names(2)), "sh (pid 1) and sh (pid 2)");
        assert!(named(&names(9)).ends_with(" and sh (pid 9)"));
        let many = named(&names(800));
        assert!(many.ends_with("sh (pid 8) and 792 more"), "{many}");
    }
}
