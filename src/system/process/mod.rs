//! Processes: started with one pipe for all they print, found again as trees, ended as trees.
//!
//! Every child leads a session of its own (Unix) or a job object (Windows), so the terminal's
//! Ctrl+C never reaches it directly, and it carries a marker in its environment, so that a
//! daemon that left the session is still recognised as ours. On Linux one that cleared its
//! environment, too, is known by its [`Stamp`].

mod cage;
mod death;
mod identity;
#[cfg(unix)]
#[path = "unix.rs"]
mod os;
#[cfg(windows)]
#[path = "windows.rs"]
mod os;
mod refused;
mod resident;
mod stamp;
mod table;
mod usage;
#[cfg(target_os = "linux")]
mod vfork;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use crate::service::Command;
use crate::service::shell;
use crate::service::startable::Obstacle;
use crate::settings;
use crate::text::remedy::quoted;

pub use cage::{Cage, clear, tasks};
pub use death::death_of;
pub use identity::{Identity, identity};
pub use os::{Account, Child, Endings, HOLDS_BOUNDS, Output};
pub(super) use refused::not_started;
pub use resident::{Resident, residents};
pub use stamp::Stamp;
pub use table::{Census, Process, census, is_descendant, kin, signal_of, snapshot};
pub use usage::{Meter, Usage};

/// What to start.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Program and arguments, or a line for the shell.
    pub command: Command,
    /// The folder it runs in.
    pub cwd: Utf8PathBuf,
    /// Its whole environment: nothing is inherited beside it.
    pub env: BTreeMap<String, String>,
    /// The account it runs as, when it is not ours.
    pub account: Option<Account>,
    /// How many processes may come of it.
    pub bound: Bound,
    /// What it and all that come of it carry, where the system has something for that.
    pub stamp: Option<Stamp>,
}

/// How many processes may come of one.
#[derive(Debug, Clone, Default)]
pub struct Bound {
    /// So many, where the system takes a number with the start: on Windows.
    pub most: Option<u32>,
    /// It goes in here first.
    pub cage: Option<Arc<Cage>>,
}

impl Spec {
    /// Puts the marks of a session and a service into the environment, and the service's stamp on
    /// what is started.
    pub fn mark(&mut self, session: &str, service: &str, stamp: Option<Stamp>) {
        self.stamp = stamp;
        self.env
            .insert(settings::SESSION.to_owned(), session.to_owned());
        self.env
            .insert(settings::SERVICE.to_owned(), format!("{session}/{service}"));
    }
}

/// A process tree: a leader that was started, and everything that came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The process that was started.
    pub leader: u32,
    /// The value of its [`settings::SERVICE`] mark.
    pub mark: String,
    /// The stamp that it was started with.
    pub stamp: Option<Stamp>,
}

/// Starts a process whose stdout and stderr go, in the order in which they are written, into one pipe.
///
/// # Errors
/// When the program or the folder does not exist or may not be used; the message says which.
pub fn spawn(spec: &Spec) -> io::Result<(Child, Output)> {
    let command = command(spec)?;
    named(command, |command| os::spawn(spec, command))
}

/// Starts a process that has our terminal, our standard input and our stderr, and prints to
/// `stdout`, or ours when there is none. It is no part of our process group: a signal reaches it
/// once, from the terminal or from [`pass_on`].
///
/// # Errors
/// As [`spawn`].
pub fn spawn_guest(spec: &Spec, stdout: Option<&std::fs::File>) -> io::Result<Child> {
    let command = command(spec)?;
    let stdout = stdout.map(std::fs::File::try_clone).transpose()?;
    named(command, |command| os::spawn_guest(spec, command, stdout))
}

/// What a spec says, ready to be started.
#[expect(clippy::disallowed_methods, reason = "this is the boundary")]
fn command(spec: &Spec) -> io::Result<tokio::process::Command> {
    if !spec.cwd.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!(
                "there is no folder {0} to run in; make it, or correct `cwd`: mkdir -p {1}",
                spec.cwd,
                quoted(spec.cwd.as_str())
            ),
        ));
    }
    let mut command = match &spec.command {
        Command::Exec(words) => {
            let (program, args) = words.split_first().ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidInput, "the command is empty")
            })?;
            let mut command = tokio::process::Command::new(find(program, &spec.cwd, &spec.env)?);
            command.args(args);
            command
        }
        Command::Shell(line) => os::shell(&direct(line, spec)),
    };
    command.current_dir(&spec.cwd).env_clear().envs(&spec.env);
    Ok(command)
}

/// A line as the shell gets it: where it is but one program, the shell is to become that. What cannot be
/// found is left for the shell to say.
fn direct<'a>(line: &'a str, spec: &Spec) -> Cow<'a, str> {
    // cmd.exe has no word for it.
    if cfg!(windows) || path_of(&spec.env).is_none() {
        return Cow::Borrowed(line);
    }
    let becoming = shell::becoming(line).filter(|(program, _)| {
        which::which_in(program, path_of(&spec.env), spec.cwd.as_std_path()).is_ok()
    });
    becoming.map_or(Cow::Borrowed(line), |(_, line)| Cow::Owned(line))
}

/// Starts a command; an error names its program.
fn named<T>(
    command: tokio::process::Command,
    start: impl FnOnce(tokio::process::Command) -> io::Result<T>,
) -> io::Result<T> {
    let program = command
        .as_std()
        .get_program()
        .to_string_lossy()
        .into_owned();
    start(command)
        .map_err(|error| io::Error::new(error.kind(), refused::not_started(&program, &error)))
}

/// What stands in the way of a start, as things stand; nothing is started. `place` says in words where
/// the command is written.
#[must_use]
pub fn obstacle(
    command: &Command,
    cwd: &Utf8Path,
    env: &BTreeMap<String, String>,
    place: &str,
) -> Option<Obstacle> {
    if !cwd.is_dir() {
        return Some(Obstacle::Folder {
            is_file: cwd.exists(),
        });
    }
    let program = match command {
        Command::Exec(words) => words.first()?.as_str(),
        // cmd.exe has other words of its own, and another way to quote.
        Command::Shell(_) if cfg!(windows) => return None,
        Command::Shell(line) if let Some(at) = shell::open_quote(line) => {
            let quote = line[at..].chars().next()?;
            return Some(Obstacle::Quote { quote, at });
        }
        // Without a PATH the shell has one of its own.
        Command::Shell(_) if path_of(env).is_none() => return None,
        Command::Shell(line) => shell::first(line)?.program,
    };
    let found = which::which_in(program, path_of(env), cwd.as_std_path());
    let refused::NotFound { why, way } = match found {
        Ok(file) => refused::misread(program, &file)?,
        Err(_) => refused::not_found(program, cwd, place),
    };
    Some(Obstacle::Program {
        program: program.to_owned(),
        why,
        way,
    })
}

/// Where programs are looked for.
fn path_of(env: &BTreeMap<String, String>) -> Option<&str> {
    let mut variables = env.iter();
    variables
        .find(|(name, _)| name.eq_ignore_ascii_case("PATH"))
        .map(|(_, value)| value.as_str())
}

/// The full path of a program as the child itself would find it: on Windows `bun` may be `bun.cmd`.
fn find(program: &str, cwd: &Utf8Path, env: &BTreeMap<String, String>) -> io::Result<Utf8PathBuf> {
    let found = which::which_in(program, path_of(env), cwd.as_std_path())
        .ok()
        .and_then(|path| Utf8PathBuf::from_path_buf(path).ok());
    let why = || refused::not_found(program, cwd, "the command").to_string();
    found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, why()))
}

#[cfg(unix)]
pub use os::spare_our_group;
/// Asks a tree's leader (or its whole group) to end; passes a signal of this number on to its
/// group, and says whether that was for us to do; makes the terminal ours again after a guest.
pub use os::{ask, pass_on, take_terminal_back};

/// Lets a process and its group go on, if a terminal suspended them (Ctrl+Z).
pub use os::resume;

/// Asks these processes to end.
pub fn terminate_all(processes: &[Process]) {
    os::terminate(processes);
}

/// Ends what an earlier session left behind, and says whether nothing of it is left: asks, and
/// kills after `grace`.
#[must_use]
pub fn end_session(session: &str, grace: Duration) -> bool {
    let began = Instant::now();
    let mut asked = false;
    loop {
        let left = census().left_of(session);
        if left.is_empty() || began.elapsed() > grace + Duration::from_secs(5) {
            return left.is_empty();
        }
        if !asked {
            terminate_all(&left);
            asked = true;
        } else if began.elapsed() >= grace {
            kill_all(&left);
        }
        std::thread::sleep(Duration::from_millis(15));
    }
}

/// Kills what is left of a command that was run by the way: its session, its descendants and what
/// carries its stamp.
pub fn kill_rest(tree: &Tree) {
    // Whoever forks meanwhile is seen with the next look.
    for _ in 0..3 {
        let left = kin().members(tree);
        if left.is_empty() {
            return;
        }
        kill_all(&left);
    }
}

/// Kills these processes, and whatever they forked since they were listed.
pub fn kill_all(processes: &[Process]) {
    os::kill(processes);
}

/// Reaps orphans that we inherited as a subreaper: children that have ended, are not `known` as ours
/// by birth, and were there `before` already. Returns the others, for the next time.
#[must_use]
pub fn reap_adopted(known: &[u32], before: &[u32]) -> Vec<u32> {
    os::reap_adopted(known, before)
}
