//! What earlier sessions of a workspace left behind, because they were killed together with everything
//! that would have cleaned up: recognised by its mark or its stamp and the time of its start. A bare
//! process number says nothing: the system gives it out again.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::system::guard;
use crate::system::process::{self, Census, Identity};
use crate::text::and_list;
use crate::workspace::Workspace;

use super::history::{self, Unended};

/// Sessions that are looked at.
const SESSIONS: usize = 16;

/// So many of them are named.
const NAMED: usize = 8;

/// What was left is asked to end, and killed after this time.
const GRACE: Duration = Duration::from_secs(2);

/// Clocks are read to the second, and a little apart.
const SLACK: u64 = 2;

/// A process of an earlier session.
#[derive(Debug, Clone)]
pub struct Leftover {
    /// Who it is.
    pub process: Identity,
    /// Whose it was.
    pub session: Unended,
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

/// The sessions of a workspace that did not say that they ended, but for the one that runs: the mark of
/// that. What of them is left is looked for at another time than this.
#[must_use]
pub fn unended(workspace: &Workspace, running: Option<&str>) -> Vec<Unended> {
    let mut unended = history::unended(&workspace.state().join("logs"), SESSIONS);
    unended.retain(|session| Some(session.session.as_str()) != running);
    unended
}

/// What is left of the earlier sessions of a workspace. The mark of the one that runs must be given: it
/// has not ended either, and is nobody's leftover.
#[must_use]
pub fn of(workspace: &Workspace, running: Option<&str>) -> Vec<Leftover> {
    let unended = unended(workspace, running);
    if unended.is_empty() {
        return Vec::new();
    }
    find(&process::census(), &unended)
}

/// The processes of those sessions, each started after its own began. Of one that somebody keeps there are
/// none: the journals of a copied workspace tell of the sessions of the first one, which may run.
#[must_use]
pub fn find(census: &Census, unended: &[Unended]) -> Vec<Leftover> {
    let mut left: Vec<Leftover> = Vec::new();
    for session in unended {
        if census.is_kept(&session.session, &keeps) {
            continue;
        }
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

/// Whether a process is one of those that end a session's processes: supervisor, keeper or guard.
#[must_use]
pub fn keeps(pid: u32) -> bool {
    let name = |pid| process::identity(pid).map(|process| process.name);
    name(pid).is_some_and(|one| {
        guard::NAMES.contains(&one.as_str())
            || name(std::process::id()).is_some_and(|own| own == one)
    })
}

/// Whose they were, each session once.
fn sessions(left: &[Leftover]) -> Vec<&Unended> {
    let mut sessions: Vec<&Unended> = left.iter().map(|left| &left.session).collect();
    sessions.dedup();
    sessions
}

/// The sessions whose they were: `your session of 10:42`, `your sessions of 10:42 and 11:30`.
#[must_use]
pub fn whose(left: &[Leftover]) -> String {
    let sessions = sessions(left).into_iter();
    of_times(
        &sessions
            .map(|session| time(session.began))
            .collect::<Vec<_>>(),
    )
}

fn of_times(times: &[String]) -> String {
    let sessions = if times.len() == 1 {
        "session"
    } else {
        "sessions"
    };
    format!("your {sessions} of {}", and_list(times))
}

/// ``2 processes were left by your session of 10:42: sh (pid 4711, `api`) and sleep (pid 4712)``.
#[must_use]
pub fn words(left: &[Leftover]) -> String {
    let names: Vec<String> = left.iter().map(Leftover::name).collect();
    let count = match left.len() {
        1 => "1 process was".to_owned(),
        more => format!("{more} processes were"),
    };
    format!("{count} left by {}: {}", whose(left), named(&names))
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

/// Ends them; false when not all of them end.
#[must_use]
pub fn end(left: &[Leftover]) -> bool {
    let mut all = true;
    for session in sessions(left) {
        all &= process::end_session(&session.session, GRACE);
    }
    all
}

/// Some of them do not end.
#[must_use]
pub fn not_all(what: &str) -> Failure {
    Failure::new(
        Exit::Unreachable,
        format!("{what}; not all of it could be ended"),
    )
    .help("end it by hand, as its owner")
}

/// Who holds a port, when it is a leftover of an earlier session of this workspace: when that began.
#[must_use]
pub fn session_of(workspace: &Workspace, pid: u32) -> Option<String> {
    let holder = process::identity(pid)?;
    let unended = history::unended(&workspace.state().join("logs"), usize::MAX);
    let session = unended.iter().find(|session| {
        holder.is_of(&session.session) && holder.started + SLACK >= session.began
    })?;
    (!process::census().is_kept(&session.session, &keeps)).then(|| time(session.began))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sessions_are_not_called_one() {
        let times =
            |times: &[&str]| of_times(&times.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(times(&["10:42"]), "your session of 10:42");
        assert_eq!(
            times(&["10:42", "11:30"]),
            "your sessions of 10:42 and 11:30"
        );
    }

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
