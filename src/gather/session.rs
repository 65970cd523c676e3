//! The session of a workspace, as another terminal finds it and speaks with it.

mod line;
mod unreached;

use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::failure::Failure;
use crate::service::control::{Ask, Reply, Snapshot, Stage, Whereabouts};
use crate::system::socket::{self, Stream};
use crate::system::{access, fs, lock, same};
use crate::workspace::Workspace;

use super::leftovers::{self, Leftover};

pub use line::{Line, lost, refused, unexpected};
pub use unreached::{Foreign, deaf, not_ours, starting};

/// Between the end of a session's socket and its own there is less than this.
pub const ENDING: Duration = Duration::from_millis(500);

/// What there is of a session.
#[derive(Debug)]
pub enum Found {
    /// It runs, and this is the line to it.
    Running(Box<Line>),
    /// It holds the workspace's lock and cannot be spoken to yet.
    Starting(Option<u32>),
    /// It was ready to be spoken to, and nobody answers where it said that it would be.
    Deaf(Whereabouts),
    /// There was one that ended without saying so.
    Died(Whereabouts),
    /// Another user's, who alone may speak to it.
    Foreign(Foreign),
    /// There is none.
    None,
}

/// Where a session writes its whereabouts.
#[must_use]
pub fn file(state: &Utf8Path) -> Utf8PathBuf {
    state.join("session.json")
}

/// Looks for the session of a workspace.
pub async fn find(workspace: &Workspace) -> Found {
    let state = workspace.state();
    let told = match whereabouts(&state) {
        Ok(told) => told,
        Err(closed) => return of_another(&state, closed),
    };
    let holder = lock::holder(&state.join("lock"));
    let number = holder.as_deref().and_then(number);
    match (holder, told.filter(|told| is_of(told, &state, number))) {
        (_, Some(told)) if let Some(stream) = connect(&told, &state).await => {
            Found::Running(Box::new(Line::new(stream, told)))
        }
        (Some(_), Some(told)) => Found::Deaf(told),
        (Some(_), None) => Found::Starting(number),
        (None, Some(told)) => Found::Died(told),
        (None, None) => Found::None,
    }
}

/// The process that a lock's holder says it is.
fn number(note: &str) -> Option<u32> {
    note.trim().parse().ok()
}

/// Whether a session said this of itself in this very folder: in a copy stands what that of the first one
/// said, and in a folder that took the place of a renamed one stands nothing of it.
fn is_of(told: &Whereabouts, state: &Utf8Path, holder: Option<u32>) -> bool {
    match (holder, &told.folder) {
        (Some(pid), _) => pid == told.pid,
        // Nobody has the lock, or it is not said who: it may be gone from under its holder.
        (None, Some(folder)) => same::identity(state).as_ref() == Some(folder),
        (None, None) => true,
    }
}

/// What a session said about itself in this very folder, as far as it may be read.
#[must_use]
pub fn told_here(state: &Utf8Path) -> Option<Whereabouts> {
    let told = told(state)?;
    let holder = lock::holder(&state.join("lock"));
    let number = holder.as_deref().and_then(number);
    is_of(&told, state, number).then_some(told)
}

/// Whether a session runs here, or begins.
#[must_use]
pub fn runs(state: &Utf8Path) -> bool {
    lock::holder(&state.join("lock")).is_some()
}

/// The line to a session, where it has one that is still its own.
async fn connect(told: &Whereabouts, state: &Utf8Path) -> Option<Stream> {
    let address = told.socket.as_ref()?;
    socket::connect(&socket::of_folder(address, state))
        .await
        .ok()
}

/// What the last session said about itself, as far as it may be read.
#[must_use]
pub fn told(state: &Utf8Path) -> Option<Whereabouts> {
    whereabouts(state).ok().flatten()
}

/// What the last session said about itself; an error where we may not know.
fn whereabouts(state: &Utf8Path) -> Result<Option<Whereabouts>, Closed> {
    match fs::read_text_if_there(&file(state)) {
        Ok(text) => Ok(text.and_then(|text| serde_json::from_str(&text).ok())),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(Closed),
        Err(_) => Ok(None),
    }
}

/// What a session says about itself is only for its user.
struct Closed;

/// What there is of a session that says nothing to us.
fn of_another(state: &Utf8Path, Closed: Closed) -> Found {
    // Of a folder that we may not enter, only the folder itself can be seen.
    let owner = access::owner(&file(state)).or_else(|| access::owner(state));
    let user = owner.filter(|owner| !owner.is_us).map(|owner| owner.name);
    match lock::look(&state.join("lock")) {
        Ok(Some(note)) => Found::Foreign(Foreign {
            user,
            pid: note.trim().parse().ok(),
        }),
        Ok(None) => Found::None,
        Err(_) => Found::Foreign(Foreign { user, pid: None }),
    }
}

/// Runs what speaks with a session.
///
/// # Errors
/// Those of `talk`, or when the system gives no event loop.
pub fn run<T>(talk: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::unreachable(format!("no event loop: {error}")))?
        .block_on(talk)
}

/// The servers that a running session manages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Servers {
    /// Where they listen.
    pub ports: Vec<u16>,
    /// Those of them that do not run, with their ports: somebody stopped them, or they ended.
    pub down: Vec<(String, u16)>,
    /// The ports of those that run, or are on their way back: the port of another one may be somebody else's.
    pub up: Vec<u16>,
    /// All that runs in the session and has a port, be it a server or not.
    pub running: Vec<(String, u16)>,
    /// They are all that there is of it, in the background: nobody looks at it.
    pub alone: bool,
}

/// The servers that the workspace's session manages; none where no session can be spoken to.
pub async fn servers(workspace: &Workspace) -> Option<Servers> {
    let (whereabouts, snapshot) = state(workspace).await?;
    let live = snapshot.services.iter().filter(|it| it.pid.is_some());
    let running = live.filter_map(|it| Some((it.name.clone(), it.port?)));
    let running = running.collect();
    let (managed, others): (Vec<_>, Vec<_>) = snapshot
        .services
        .iter()
        .partition(|service| service.kind == "managed");
    let is_over = |state| {
        matches!(
            state,
            Stage::Stopped | Stage::Failed | Stage::Skipped | Stage::Done
        )
    };
    let up = managed
        .iter()
        .filter(|it| it.pid.is_some() || !is_over(it.state));
    Some(Servers {
        up: up.filter_map(|server| server.port).collect(),
        running,
        ports: managed.iter().filter_map(|server| server.port).collect(),
        down: managed
            .iter()
            .filter(|server| server.pid.is_none())
            .filter_map(|server| Some((server.name.clone(), server.port?)))
            .collect(),
        alone: whereabouts.detached && others.is_empty(),
    })
}

/// A session that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// The ports of its services.
    pub ports: Vec<u16>,
}

/// The workspace's session; none where none can be spoken to.
pub async fn running(workspace: &Workspace) -> Option<Running> {
    let (whereabouts, snapshot) = state(workspace).await?;
    let live = snapshot.services.iter().filter(|it| it.pid.is_some());
    Some(Running {
        pid: whereabouts.pid,
        ports: live.filter_map(|service| service.port).collect(),
    })
}

/// Milliseconds since the session started the service that listens on this port; none where it does not run there.
pub async fn uptime(workspace: &Workspace, port: u16) -> Option<u64> {
    let (_, snapshot) = state(workspace).await?;
    let mut services = snapshot.services.iter();
    services.find(|it| it.port == Some(port))?.uptime_ms
}

/// What there is to be known of a session, where one can be spoken to.
async fn state(workspace: &Workspace) -> Option<(Whereabouts, Snapshot)> {
    let Found::Running(mut line) = find(workspace).await else {
        return None;
    };
    let Ok(Reply::State(snapshot)) = line.ask(Ask::State).await else {
        return None;
    };
    Some((line.whereabouts, *snapshot))
}

/// The lines that services of the session have begun and not ended, and its mark, where it can be spoken to.
pub async fn begun(workspace: &Workspace) -> Option<(String, Vec<Reply>)> {
    let Found::Running(mut line) = find(workspace).await else {
        return None;
    };
    line.ask(Ask::State).await.ok()?;
    let mut begun = Vec::new();
    while let Ok(Some(reply)) = line.next().await {
        begun.push(reply);
    }
    Some((line.whereabouts.mark, begun))
}

/// The line to a running session, or why there is none.
///
/// # Errors
/// When no session runs.
pub async fn line(workspace: &Workspace) -> Result<Box<Line>, Failure> {
    let mut found = find(workspace).await;
    if matches!(found, Found::Deaf(_) | Found::Died(_)) {
        // One that is about to end takes its socket away first, and says that it has ended last.
        tokio::time::sleep(ENDING).await;
        found = find(workspace).await;
    }
    match found {
        Found::Running(line) => Ok(line),
        Found::Starting(pid) => Err(starting(pid)),
        Found::Deaf(told) => Err(deaf(&told)),
        Found::Died(told) => {
            let ended = format!(": the last one (pid {}) ended without saying so", told.pid);
            Err(none(workspace, &ended))
        }
        Found::Foreign(foreign) => Err(not_ours(workspace, &foreign)),
        Found::None => Err(none(workspace, "")),
    }
}

/// What is left of earlier sessions, be there one that runs or not; nothing where it cannot be told apart
/// from what runs.
#[must_use]
pub fn left(workspace: &Workspace) -> Vec<Leftover> {
    let state = workspace.state();
    // A session that runs has not ended either.
    match lock::look(&state.join("lock")) {
        Ok(None) => leftovers::of(workspace, None),
        Ok(Some(note)) => match whereabouts(&state) {
            Ok(Some(told)) if note.trim().parse() == Ok(told.pid) => {
                leftovers::of(workspace, Some(&told.mark))
            }
            // It is being prepared, or another user's.
            _ => Vec::new(),
        },
        Err(_) => Vec::new(),
    }
}

/// No session runs. Whoever would have cleaned up may have been killed with the last one, or with one
/// before it: then what it left lives on.
fn none(workspace: &Workspace, ended: &str) -> Failure {
    let left = left(workspace);
    let no_session = format!("no session is running in {}{ended}", workspace.root);
    if left.is_empty() {
        let more = if ended.is_empty() {
            ""
        } else {
            ", and nothing of it is left"
        };
        return Failure::unreachable(format!("{no_session}{more}"))
            .help("start one: pixcrawler dev");
    }
    Failure::unreachable(format!("{no_session}; {}", leftovers::words(&left)))
        .help("end what is left: pixcrawler stop")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::control::PROTOCOL;
    use crate::workspace::Options;

    #[test]
    fn a_session_that_is_about_to_say_that_it_has_ended_has_not_died() {
        let dir = tempfile::tempdir().expect("a folder");
        let workspace = Workspace {
            root: Utf8PathBuf::from_path_buf(dir.path().to_owned()).expect("UTF-8"),
            options: Options::default(),
            settings: None,
            tiers: Vec::new(),
        };
        let state = workspace.state();
        fs::create_dir_all(&state).expect("writable");
        let told = Whereabouts {
            protocol: PROTOCOL,
            pid: 1,
            mark: "a".to_owned(),
            socket: None,
            detached: false,
            folder: None,
        };
        let text = serde_json::to_vec(&told).expect("JSON");
        fs::write_atomic(&file(&state), &text).expect("writable");
        let found = run(async {
            let says_so = async { fs::remove(&file(&state)) };
            let (line, ()) = tokio::join!(line(&workspace), says_so);
            line
        });
        let failure = found.expect_err("nobody is there");
        let words = &failure.message;
        assert!(words.contains("no session is running"), "{words}");
        assert!(!words.contains("without saying so"), "{words}");
    }
}
